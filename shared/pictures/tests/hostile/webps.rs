//! WebP files that announce, hide or contain too much.

use super::Expected::{Answer, Refusal};
use super::files::{riff, riff_chunk};
use super::{Hostile, files};

const ALPHA: u8 = 0x10;
const ANIMATION: u8 = 0x02;

/// The catalog.
pub(crate) fn all() -> Vec<Hostile> {
    let mut all = bombs();
    all.extend(contradictions());
    all.push(Hostile::new(
        "an animated WebP",
        files::animated_webp(2),
        Refusal("animated"),
    ));
    all
}

/// The header of a file with extensions, whose canvas is given less one.
fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let [width, height] = [width, height].map(|n| (n - 1).to_le_bytes());
    let content = [&[flags, 0, 0, 0][..], &width[..3], &height[..3]].concat();
    riff_chunk(*b"VP8X", &content)
}

/// A lossy frame of announced size with `data` zeros for its first partition.
fn lossy(width: u16, height: u16, data: usize) -> Vec<u8> {
    let tag = u32::try_from(data << 5).unwrap() | 0x10;
    let content = [
        &tag.to_le_bytes()[..3],
        &[0x9d, 0x01, 0x2a],
        &width.to_le_bytes(),
        &height.to_le_bytes(),
        &vec![0; 2 * data],
    ];
    riff_chunk(*b"VP8 ", &content.concat())
}

/// A lossless frame of announced size with `data` of the same byte.
fn lossless(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let sizes = (width - 1) | ((height - 1) << 14);
    riff_chunk(
        *b"VP8L",
        &[&[0x2f][..], &sizes.to_le_bytes(), data].concat(),
    )
}

fn bombs() -> Vec<Hostile> {
    let too_many = Refusal("too_many_pixels");
    [
        (
            "lossy of 268 megapixels",
            riff(&[lossy(0x3fff, 0x3fff, 100)]),
            too_many,
        ),
        (
            "lossy at the limit",
            riff(&[lossy(8192, 8192, 1000)]),
            Answer,
        ),
        (
            "lossy at the limit, long",
            riff(&[lossy(8192, 8192, 400_000)]),
            Answer,
        ),
        (
            "lossless of 256 megapixels",
            riff(&[lossless(16000, 16000, &[0; 100])]),
            too_many,
        ),
        (
            "lossless at the limit",
            riff(&[lossless(8192, 8192, &[0; 1000])]),
            Answer,
        ),
        (
            "lossless at the limit, of ones",
            riff(&[lossless(8192, 8192, &vec![0xff; 100_000])]),
            Answer,
        ),
        (
            "a small frame on a huge canvas",
            riff(&[canvas(0, 16000, 16000), lossy(16, 16, 100)]),
            Answer,
        ),
        (
            "a huge lossy frame on a small canvas",
            riff(&[canvas(0, 1, 1), lossy(0x3fff, 0x3fff, 100)]),
            too_many,
        ),
        (
            "a huge lossy frame behind a small one",
            riff(&[
                canvas(0, 16, 16),
                lossy(16, 16, 100),
                lossy(0x3fff, 0x3fff, 100),
            ]),
            Answer,
        ),
        (
            "a huge lossless frame on a small canvas",
            riff(&[canvas(0, 1, 1), lossless(16000, 16000, &[0; 100])]),
            too_many,
        ),
        (
            "alpha at the limit",
            riff(&[
                canvas(ALPHA, 8000, 6250),
                riff_chunk(*b"ALPH", &[1; 99]),
                lossy(8000, 6250, 99),
            ]),
            too_many,
        ),
        (
            "alpha within the limit",
            riff(&[
                canvas(ALPHA, 8000, 5000),
                riff_chunk(*b"ALPH", &[1; 9999]),
                lossy(8000, 5000, 9999),
            ]),
            Answer,
        ),
        (
            "a huge frame in a small one of an animation",
            riff(&[
                canvas(ANIMATION, 1, 1),
                riff_chunk(
                    *b"ANMF",
                    &[vec![0; 16], lossy(0x3fff, 0x3fff, 100)].concat(),
                ),
            ]),
            too_many,
        ),
        (
            "a hundred thousand frames in each other",
            nested_frames(),
            Answer,
        ),
        (
            "an animation of a huge canvas",
            riff(&[canvas(ANIMATION, 1 << 24, 1 << 24)]),
            Answer,
        ),
    ]
    .map(|(name, file, expected)| Hostile::new(format!("WebP: {name}"), file, expected))
    .into()
}

/// Frames of an animation, each the only chunk of the one around it.
fn nested_frames() -> Vec<u8> {
    let mut file = Vec::new();
    for depth in (0..100_000_u32).rev() {
        file.extend(b"ANMF");
        file.extend((16 + 24 * depth).to_le_bytes());
        file.extend([0; 16]);
    }
    riff(&[canvas(ANIMATION, 16, 16), file])
}

fn contradictions() -> Vec<Hostile> {
    let mut long_chunk = riff(&[lossy(16, 16, 100)]);
    long_chunk[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut short_file = riff(&[lossy(16, 16, 100)]);
    short_file[4..8].copy_from_slice(&1_u32.to_le_bytes());
    [
        ("a chunk of four gigabytes", long_chunk),
        ("a length of one byte", short_file),
        ("no frame", riff(&[canvas(0, 16, 16)])),
        (
            "alpha announced and missing",
            riff(&[canvas(ALPHA, 16, 16), lossy(16, 16, 100)]),
        ),
        ("a frame without pixels", riff(&[lossy(0, 0, 100)])),
        (
            "ten thousand empty chunks",
            riff(&vec![riff_chunk(*b"JUNK", &[]); 10_000]),
        ),
        (
            "ten thousand frames",
            riff(
                &[
                    vec![canvas(0, 16, 16)],
                    vec![lossless(16, 16, &[0; 9]); 10_000],
                ]
                .concat(),
            ),
        ),
        (
            "an unknown version",
            riff(&[riff_chunk(*b"VP8L", &[0x2f, 0, 0, 0, 0xf0, 0, 0])]),
        ),
        (
            "animation frames of no size",
            riff(&[canvas(ANIMATION, 16, 16), riff_chunk(*b"ANMF", &[])]),
        ),
    ]
    .map(|(name, file)| Hostile::new(format!("WebP with {name}"), file, Answer))
    .into()
}
