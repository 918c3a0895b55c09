//! Picture files made by code.
#![allow(dead_code, reason = "each test binary needs some of them")]

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Field, In, Tag, Value};
use image_webp::WebPEncoder;
use jpeg_encoder::{ColorType, Encoder};

/// The colors of [`quadrants`]: above left, above right, below left, below right.
pub(crate) const COLORS: [[u8; 3]; 4] =
    [[220, 30, 30], [30, 200, 60], [30, 60, 210], [230, 210, 40]];

/// RGB pixels of four colored quadrants.
pub(crate) fn quadrants(width: u32, height: u32) -> Vec<u8> {
    (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| COLORS[usize::from(2 * y >= height) * 2 + usize::from(2 * x >= width)])
        .collect()
}

/// A JPEG file of pixels of any color type, changed as asked before it is written.
pub(crate) fn jpeg_of(
    pixels: &[u8],
    (width, height): (u32, u32),
    color: ColorType,
    change: impl FnOnce(&mut Encoder<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    change(&mut encoder);
    let side = |n: u32| u16::try_from(n).unwrap();
    encoder
        .encode(pixels, side(width), side(height), color)
        .unwrap();
    file
}

/// A baseline JPEG file of quadrants.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    jpeg_of(
        &quadrants(width, height),
        (width, height),
        ColorType::Rgb,
        |_| (),
    )
}

/// A progressive JPEG file of quadrants.
pub(crate) fn progressive(width: u32, height: u32) -> Vec<u8> {
    jpeg_of(
        &quadrants(width, height),
        (width, height),
        ColorType::Rgb,
        |encoder| {
            encoder.set_progressive(true);
        },
    )
}

/// A PNG file of quadrants.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&quadrants(width, height))
        .unwrap();
    file
}

/// A lossless WebP file of quadrants, with EXIF data if any.
pub(crate) fn webp(width: u32, height: u32, exif: Vec<u8>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    if !exif.is_empty() {
        encoder.set_exif_metadata(exif);
    }
    encoder
        .encode(
            &quadrants(width, height),
            width,
            height,
            image_webp::ColorType::Rgb8,
        )
        .unwrap();
    file
}

/// A known lossy WebP file of one pixel: the shortest there is.
pub(crate) const LOSSY_WEBP: &[u8] =
    b"RIFF\x22\0\0\0WEBPVP8 \x16\0\0\0\x30\x01\0\x9d\x01\x2a\x01\0\x01\0\
    \x0e\xc0\xfe%\xa4\0\x03p\0\0\0\0";

/// The same with an alpha channel.
pub(crate) const ALPHA_WEBP: &[u8] = b"RIFFJ\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\0\0\0\0\0\0ALPH\x0c\0\0\0\
    \x11\x07\x10\x11\xfd\x0fDD\xff\x03\0\0VP8 \x18\0\0\0\x14\x01\0\x9d\x01\x2a\x01\0\x01\0\0\0\xfe\0\0\
    \x0d\xc0\0\xfe\xe6\xb5\0\0\0";

/// An animation of so many frames of quadrants, 160x120 pixels each.
pub(crate) fn animated_webp(frames: usize) -> Vec<u8> {
    let still = webp(160, 120, Vec::new());
    // Place, size less one, time and flags; then the chunk of the still picture.
    let frame = [
        &[0, 0, 0, 0, 0, 0, 159, 0, 0, 119, 0, 0, 100, 0, 0, 0],
        &still[12..],
    ]
    .concat();
    let mut chunks = vec![
        riff_chunk(*b"VP8X", &[0x02, 0, 0, 0, 159, 0, 0, 119, 0, 0]),
        riff_chunk(*b"ANIM", &[0xff, 0xff, 0xff, 0xff, 0, 0]),
    ];
    chunks.extend(vec![riff_chunk(*b"ANMF", &frame); frames]);
    riff(&chunks)
}

/// An EXIF block of the given fields.
pub(crate) fn exif(fields: &[(Tag, Value)]) -> Vec<u8> {
    let fields: Vec<Field> = fields
        .iter()
        .map(|(tag, value)| Field {
            tag: *tag,
            ifd_num: In::PRIMARY,
            value: value.clone(),
        })
        .collect();
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut block = Cursor::new(Vec::new());
    writer.write(&mut block, true).unwrap();
    block.into_inner()
}

/// A JPEG segment: marker, length, content.
pub(crate) fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [&[0xff, marker][..], &length.to_be_bytes(), content].concat()
}

/// A chunk of a RIFF file, padded to an even length.
pub(crate) fn riff_chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    let padding = &[0][..content.len() % 2];
    [&name[..], &length.to_le_bytes(), content, padding].concat()
}

/// A WebP file of the given chunks.
pub(crate) fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    let length = u32::try_from(body.len() + 4).unwrap();
    [b"RIFF", &length.to_le_bytes()[..], b"WEBP", &body].concat()
}
