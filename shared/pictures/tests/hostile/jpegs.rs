//! JPEG files that announce, repeat or contain too much.

use super::Expected::{Answer, Picture, Refusal};
use super::files::segment;
use super::{Hostile, files};

const BASELINE: u8 = 0xc0;
const PROGRESSIVE: u8 = 0xc2;

/// The catalog.
pub(crate) fn all() -> Vec<Hostile> {
    let mut all = bombs();
    all.extend(scans());
    all.extend(frames());
    all.extend(metadata());
    all
}

/// A frame header of components with these sampling factors.
fn frame(marker: u8, (width, height): (u16, u16), sampling: &[u8]) -> Vec<u8> {
    let mut content = vec![8];
    content.extend(height.to_be_bytes());
    content.extend(width.to_be_bytes());
    content.push(u8::try_from(sampling.len()).unwrap());
    for (id, factors) in (1..).zip(sampling) {
        content.extend([id, *factors, 0]);
    }
    segment(marker, &content)
}

/// A file of flat gray whose compressed data are zeros: one bit for a block's mean, fifteen for 16384 empty blocks.
fn flat(marker: u8, size: (u16, u16), sampling: &[u8], scans: &[Vec<u8>]) -> Vec<u8> {
    let table = |class, symbol| {
        let mut content = vec![class, 1];
        content.extend([0; 15]);
        content.push(symbol);
        segment(0xc4, &content)
    };
    [
        vec![0xff, 0xd8],
        segment(0xdb, &[&[0][..], &[1; 64]].concat()),
        table(0x00, 0x00),
        table(0x10, 0xe0),
        frame(marker, size, sampling),
        scans.concat(),
        vec![0xff, 0xd9],
    ]
    .concat()
}

/// A scan over components, of coefficients from `first` to `last`, at the given bit positions, with its zeros.
fn scan(components: &[u8], (first, last): (u8, u8), bits: u8, data: usize) -> Vec<u8> {
    let mut content = vec![u8::try_from(components.len()).unwrap()];
    content.extend(components.iter().flat_map(|id| [*id, 0]));
    content.extend([first, last, bits]);
    [segment(0xda, &content), vec![0; data]].concat()
}

fn bombs() -> Vec<Hostile> {
    let mut all = Vec::new();
    let color: &[u8] = &[0x11; 3];
    for (size, expected) in [
        ((65500, 65500), Refusal("too_many_pixels")),
        ((30000, 30000), Refusal("too_many_pixels")),
        ((65535, 1), Answer),
        ((1, 65535), Answer),
        ((8192, 8193), Refusal("too_many_pixels")),
        ((8192, 6144), Answer),
        ((16384, 4096), Answer),
        ((0, 100), Answer),
        ((100, 0), Answer),
    ] {
        for marker in [BASELINE, PROGRESSIVE] {
            let file = flat(marker, size, color, &[scan(&[1, 2, 3], (0, 0), 0, 100)]);
            all.push(Hostile::new(
                format!("JPEG {marker:x} that announces {size:?}"),
                file,
                expected,
            ));
        }
    }
    let four = flat(
        PROGRESSIVE,
        (10000, 5000),
        &[0x11; 4],
        &[scan(&[1], (0, 0), 0, 100)],
    );
    all.push(Hostile::new(
        "JPEG of four components at the limit",
        four,
        Refusal("too_many_pixels"),
    ));
    for sampling in [
        &[0x44, 0x11, 0x11][..],
        &[0x44; 3],
        &[0x11, 0x44, 0x22],
        &[0x00; 3],
        &[0xff; 3],
        &[0x31, 0x13, 0x11],
    ] {
        for marker in [BASELINE, PROGRESSIVE] {
            let file = flat(
                marker,
                (8000, 6000),
                sampling,
                &[scan(&[1], (0, 0), 0, 1000)],
            );
            all.push(Hostile::new(
                format!("JPEG {marker:x} sampled {sampling:x?}"),
                file,
                Answer,
            ));
        }
    }
    all
}

/// A picture at the pixel limit that is worked over again and again.
fn scans() -> Vec<Hostile> {
    let size = (8192, 6144);
    let blocks = 1024 * 768;
    let means = scan(&[1, 2, 3], (0, 0), 0, 3 * blocks / 8 + 1);
    let details = |id: u8, first, last, bits| scan(&[id], (first, last), bits, 200);
    let color: &[u8] = &[0x11; 3];
    let mut few = vec![means.clone()];
    few.extend((1..=3).map(|id| details(id, 1, 63, 0)));
    let mut many = few.clone();
    many.extend((0..1000_u16).map(|n| details(u8::try_from(n % 3).unwrap() + 1, 1, 63, 0)));
    let mut refined = vec![means];
    refined.extend((1..=3).map(|id| details(id, 1, 63, 1)));
    refined.extend((0..11_u8).map(|n| details(n % 3 + 1, 1, 63, 0x10)));
    let (wide, halved): (_, &[u8]) = ((16384, 4096), &[0x21, 0x11, 0x11]);
    let all = scan(&[1, 2, 3], (0, 63), 0, 4 * 2048 * 512 / 8 + 1);
    let mut progressive = vec![scan(&[1, 2, 3], (0, 0), 0, 4 * 2048 * 512 / 16 + 1)];
    progressive.extend((1..=3).map(|id| details(id, 1, 63, 0)));
    let mut pictures: Vec<_> = [
        ("a flat panorama", flat(BASELINE, wide, halved, &[all])),
        (
            "a flat progressive panorama",
            flat(PROGRESSIVE, wide, halved, &progressive),
        ),
        (
            "a flat progressive panorama without an end mark",
            without_end(flat(PROGRESSIVE, wide, halved, &progressive)),
        ),
    ]
    .map(|(name, file)| Hostile::new(name, file, Picture))
    .into();
    let scans = [
        ("a flat JPEG at the limit", few, Picture),
        (
            "a JPEG of a thousand scans",
            many,
            Refusal("unsupported_jpeg"),
        ),
        (
            "a JPEG of as many refinements as are followed",
            refined,
            Answer,
        ),
    ]
    .map(|(name, scans, expected)| {
        Hostile::new(name, flat(PROGRESSIVE, size, color, &scans), expected)
    });
    pictures.extend(scans);
    pictures
}

fn without_end(mut file: Vec<u8>) -> Vec<u8> {
    file.truncate(file.len() - 2);
    file
}

/// Kinds of JPEG that no camera writes, and contradictions between segments.
fn frames() -> Vec<Hostile> {
    let one = &[scan(&[1], (0, 63), 0, 64)];
    let mut all: Vec<_> = [
        0xc1, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf,
    ]
    .map(|marker| {
        let file = flat(marker, (64, 64), &[0x11], one);
        Hostile::new(format!("JPEG of frame type {marker:x}"), file, Answer)
    })
    .into();
    let two_frames = [&frame(BASELINE, (16, 16), &[0x11])[..], &one[0]].concat();
    let wild = [
        (
            "two frames",
            flat(BASELINE, (64, 64), &[0x11], &[two_frames]),
        ),
        ("no scan", flat(BASELINE, (64, 64), &[0x11], &[])),
        (
            "a scan of a foreign component",
            flat(BASELINE, (64, 64), &[0x11], &[scan(&[9], (0, 63), 0, 64)]),
        ),
        (
            "a scan that repeats a component",
            flat(
                BASELINE,
                (64, 64),
                &[0x11; 3],
                &[scan(&[1, 1, 1], (0, 63), 0, 64)],
            ),
        ),
        (
            "coefficients out of range",
            flat(
                PROGRESSIVE,
                (64, 64),
                &[0x11],
                &[scan(&[1], (60, 200), 0xff, 64)],
            ),
        ),
        (
            "two components",
            flat(
                BASELINE,
                (64, 64),
                &[0x11; 2],
                &[scan(&[1, 2], (0, 63), 0, 64)],
            ),
        ),
        ("no components", flat(BASELINE, (64, 64), &[], one)),
    ];
    all.extend(wild.map(|(name, file)| Hostile::new(format!("JPEG with {name}"), file, Answer)));
    all
}

/// EXIF data that lead in circles or out of the file; the picture itself is good.
fn metadata() -> Vec<Hostile> {
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [
            &tag.to_le_bytes()[..],
            &kind.to_le_bytes(),
            &count.to_le_bytes(),
            &value.to_le_bytes(),
        ]
        .concat()
    };
    let tiff = |entries: &[Vec<u8>], next: u32| {
        let count = u16::try_from(entries.len()).unwrap();
        [
            b"II*\0\x08\0\0\0",
            &count.to_le_bytes()[..],
            &entries.concat(),
            &next.to_le_bytes(),
        ]
        .concat()
    };
    let orientation = || entry(0x112, 3, 1, 1);
    [
        ("a directory that follows itself", tiff(&[orientation()], 8)),
        (
            "an EXIF directory that is the first one",
            tiff(&[entry(0x8769, 4, 1, 8)], 0),
        ),
        (
            "a GPS directory that is the first one",
            tiff(&[entry(0x8825, 4, 1, 8)], 8),
        ),
        (
            "a field of four billion values",
            tiff(&[entry(0x10f, 2, u32::MAX, 0)], 0),
        ),
        (
            "a field outside the file",
            tiff(&[entry(0x10f, 5, 1000, u32::MAX)], u32::MAX),
        ),
        (
            "a field of unknown type",
            tiff(&[entry(0x112, 999, 7, 7)], 0),
        ),
        (
            "five thousand directories",
            tiff(&vec![entry(0x8769, 4, 1, 8); 5000], 8),
        ),
        (
            "five thousand orientations",
            tiff(&vec![orientation(); 5000], 0),
        ),
        ("four bytes", b"II*\0".to_vec()),
        ("nothing", Vec::new()),
    ]
    .map(|(name, block)| {
        let file = files::jpeg_of(
            &files::quadrants(64, 48),
            (64, 48),
            jpeg_encoder::ColorType::Rgb,
            |encoder| {
                encoder.add_exif_metadata(&block).unwrap();
            },
        );
        Hostile::new(format!("EXIF data with {name}"), file, Picture)
    })
    .into()
}
