//! PNG files that announce or inflate to too much.

use super::Expected::{Answer, Picture, Refusal};
use super::bytes::{chunk, deflated_zeros};
use super::{Hostile, files};

/// The catalog.
pub(crate) fn all() -> Vec<Hostile> {
    let mut all = bombs();
    all.extend(contradictions());
    all.extend(compressed_extras());
    all
}

/// Depth, color type and interlacing as the header counts them, with the bits of a pixel.
#[derive(Clone, Copy)]
struct Kind {
    depth: u8,
    color: u8,
    interlaced: bool,
    bits: usize,
}

const GRAY: Kind = Kind {
    depth: 8,
    color: 0,
    interlaced: false,
    bits: 8,
};
const BILEVEL: Kind = Kind {
    depth: 1,
    color: 0,
    interlaced: false,
    bits: 1,
};
const DEEP: Kind = Kind {
    depth: 16,
    color: 6,
    interlaced: false,
    bits: 64,
};
const DEEP_INTERLACED: Kind = Kind {
    depth: 16,
    color: 6,
    interlaced: true,
    bits: 64,
};

fn header(width: u32, height: u32, kind: Kind) -> Vec<u8> {
    let last = [kind.depth, kind.color, 0, 0, u8::from(kind.interlaced)];
    let content = [&width.to_be_bytes()[..], &height.to_be_bytes(), &last].concat();
    chunk(*b"IHDR", &content)
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    [
        b"\x89PNG\r\n\x1a\n",
        &chunks.concat()[..],
        &chunk(*b"IEND", b""),
    ]
    .concat()
}

/// A black picture; `share` is how much of its pixels there is, in percent.
fn black(width: u32, height: u32, kind: Kind, share: usize) -> Vec<u8> {
    // Interlaced rows have a filter byte in each of seven passes: some zeros too many do no harm.
    let [columns, rows] = [width, height].map(|n| usize::try_from(n).unwrap());
    let filters = rows * if kind.interlaced { 3 } else { 1 };
    let bytes = rows * (columns * kind.bits).div_ceil(8) + filters;
    let data = deflated_zeros(bytes * share / 100);
    file(&[header(width, height, kind), chunk(*b"IDAT", &data)])
}

fn bombs() -> Vec<Hostile> {
    let far = 0x7fff_ffff;
    let few = |width, height, kind| {
        file(&[
            header(width, height, kind),
            chunk(*b"IDAT", &deflated_zeros(999)),
        ])
    };
    let too_many = Refusal("too_many_pixels");
    [
        (
            "a PNG of all the pixels there are",
            few(far, far, DEEP),
            too_many,
        ),
        ("a PNG one pixel high", few(far, 1, BILEVEL), too_many),
        ("a PNG one pixel wide", few(1, far, BILEVEL), too_many),
        ("a PNG just over the limit", few(8192, 8193, GRAY), too_many),
        (
            "a PNG just wider than the limit",
            few(30_001, 1, GRAY),
            too_many,
        ),
        (
            "a PNG with a negative width",
            few(0x8000_0001, 5, GRAY),
            Answer,
        ),
        ("a PNG without pixels", few(0, 0, GRAY), Refusal("corrupt")),
        (
            "a PNG at the limit, of bits",
            black(16_384, 4096, BILEVEL, 100),
            Picture,
        ),
        (
            "a PNG at the limit, of gray",
            black(8192, 8192, GRAY, 100),
            Picture,
        ),
        (
            "a PNG at the limit, 537 MB inflated",
            black(8192, 8192, DEEP, 100),
            Picture,
        ),
        (
            "a PNG at the limit, 537 MB interlaced",
            black(8192, 8192, DEEP_INTERLACED, 100),
            Picture,
        ),
        (
            "a PNG at the limit, of which half is there",
            black(8192, 8192, GRAY, 50),
            Answer,
        ),
        (
            "a small PNG with data for a large one",
            black_with_surplus(),
            Answer,
        ),
    ]
    .map(|(name, file, expected)| Hostile::new(name, file, expected))
    .into()
}

fn black_with_surplus() -> Vec<u8> {
    file(&[
        header(8, 8, GRAY),
        chunk(*b"IDAT", &deflated_zeros(1 << 28)),
    ])
}

fn contradictions() -> Vec<Hostile> {
    let data = || chunk(*b"IDAT", &deflated_zeros(8 * 9));
    let kind = |depth, color| Kind {
        depth,
        color,
        ..GRAY
    };
    let with = |extra: Vec<u8>| file(&[header(8, 8, GRAY), extra, data()]);
    let mut wrong_length = with(Vec::new());
    wrong_length[33..37].copy_from_slice(&u32::MAX.to_be_bytes());
    let mut wrong_sum = with(Vec::new());
    wrong_sum[29] ^= 1;
    [
        ("no palette", file(&[header(8, 8, kind(8, 3)), data()])),
        (
            "a palette of two bytes",
            file(&[header(8, 8, kind(8, 3)), chunk(*b"PLTE", &[1, 2]), data()]),
        ),
        (
            "colors outside its palette",
            file(&[header(8, 8, kind(8, 3)), chunk(*b"PLTE", &[]), data()]),
        ),
        (
            "more transparency than palette",
            file(&[
                header(8, 8, kind(8, 3)),
                chunk(*b"PLTE", &[1; 3]),
                chunk(*b"tRNS", &[0; 256]),
                data(),
            ]),
        ),
        (
            "an impossible depth",
            file(&[header(8, 8, kind(16, 3)), data()]),
        ),
        (
            "an impossible color type",
            file(&[header(8, 8, kind(8, 5)), data()]),
        ),
        ("two headers", with(header(9999, 9999, DEEP))),
        ("no data", file(&[header(8, 8, GRAY)])),
        (
            "data that are not deflated",
            file(&[header(8, 8, GRAY), chunk(*b"IDAT", b"plain text")]),
        ),
        ("a chunk of four gigabytes", wrong_length),
        ("a wrong checksum", wrong_sum),
        (
            "frames of an animation outside the picture",
            with(
                [
                    chunk(*b"acTL", &[0, 0, 0, 9, 0, 0, 0, 0]),
                    chunk(*b"fcTL", &[0xff; 26]),
                ]
                .concat(),
            ),
        ),
        (
            "the end before its data",
            [
                b"\x89PNG\r\n\x1a\n",
                &header(8, 8, GRAY)[..],
                &chunk(*b"IEND", b""),
                &data(),
            ]
            .concat(),
        ),
    ]
    .map(|(name, file)| Hostile::new(format!("PNG with {name}"), file, Answer))
    .into()
}

/// Compressed texts and color profiles that inflate to a quarter of a gigabyte; no code reads them.
fn compressed_extras() -> Vec<Hostile> {
    let bomb = deflated_zeros(1 << 28);
    let data = files::png(8, 8);
    [
        (*b"zTXt", &b"Comment\0\0"[..]),
        (*b"iTXt", b"Comment\0\x01\0\0\0"),
        (*b"iCCP", b"profile\0\0"),
    ]
    .map(|(name, start)| {
        let extra = chunk(name, &[start, &bomb].concat());
        let (head, tail) = data.split_at(33);
        let what = String::from_utf8_lossy(&name).into_owned();
        Hostile::new(
            format!("PNG with a bomb in its {what}"),
            [head, &extra, tail].concat(),
            Picture,
        )
    })
    .into()
}
