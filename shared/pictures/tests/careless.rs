//! Files whose writers were careless and which common viewers open all the same: they come out as pictures. Files of
//! which something is missing are refused, and so are kinds that cannot be read, each for its own reason.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "support/files.rs"]
mod files;
#[path = "support/look.rs"]
mod look;

use exif::{Rational, Tag, Value};
use files::{exif as exif_block, jpeg, jpeg_of, progressive, riff, riff_chunk, segment, webp};
use jpeg_encoder::ColorType;
use look::{assert_upright, sizes};
use zhitiao_pictures::{Rejection, Sanitized, sanitize};

const SIZE: (u32, u32) = (160, 120);

/// The four quadrants, upright and in their colors.
#[track_caller]
fn assert_shown(file: &[u8], what: &str) -> Sanitized {
    let clean = sanitize(file).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
    assert_eq!(sizes(&clean), [SIZE; 2], "{what}");
    assert_upright(&clean.large, what);
    clean
}

fn code(file: &[u8]) -> &'static str {
    sanitize(file).map_or_else(|refusal| Rejection::code(&refusal), |_| "shown")
}

/// A file with something put in at a place.
fn with(file: &[u8], at: usize, extra: &[u8]) -> Vec<u8> {
    [&file[..at], extra, &file[at..]].concat()
}

/// Where the first segment of a kind begins.
fn place_of(file: &[u8], marker: u8) -> usize {
    let at = file.windows(2).position(|pair| pair == [0xff, marker]);
    at.unwrap()
}

/// The file without its end mark.
fn endless(file: &[u8]) -> Vec<u8> {
    file[..file.len() - 2].to_vec()
}

/// One JPEG of each kind that encoders write, all of the same quadrants.
fn jpegs() -> [(&'static str, Vec<u8>); 4] {
    let rgb = files::quadrants(SIZE.0, SIZE.1);
    let restarting = jpeg_of(&rgb, SIZE, ColorType::Rgb, |encoder| {
        encoder.set_restart_interval(5);
    });
    let full = jpeg_of(&rgb, SIZE, ColorType::Rgb, |encoder| {
        encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_1_1);
    });
    [
        ("baseline", jpeg(SIZE.0, SIZE.1)),
        ("progressive", progressive(SIZE.0, SIZE.1)),
        ("with restart marks", restarting),
        ("of full chroma", full),
    ]
}

#[test]
fn jpegs_with_flaws_between_their_segments_are_shown() {
    let adobe = |transform: u8| [b"Adobe\0\x64\0\0\0\0", &[transform][..]].concat();
    for (kind, file) in jpegs() {
        let (tables, frame) = (place_of(&file, 0xdb), 2);
        for (flaw, careless) in [
            ("two stray bytes", with(&file, tables, b"\0\0")),
            ("many stray bytes", with(&file, tables, &[0x20; 1000])),
            ("a stuffed zero", with(&file, tables, &[0xff, 0])),
            ("fill bytes", with(&file, tables, &[0xff; 9])),
            ("a second start mark", with(&file, frame, &[0xff, 0xd8])),
            (
                "a comment of no length",
                with(&file, tables, &[0xff, 0xfe, 0, 0]),
            ),
            (
                "a JFIF of version 9",
                with(&file, 2, &segment(0xe0, b"JFIF\0\x09\x09\0")),
            ),
            (
                "half an Adobe segment",
                with(&file, 2, &segment(0xee, &adobe(0)[..10])),
            ),
            (
                "an Adobe transform of 9",
                with(&file, 2, &segment(0xee, &adobe(9))),
            ),
            (
                "half an EXIF segment",
                with(&file, 2, &segment(0xe1, b"Exif\0\0MM\0\x2a\0\0")),
            ),
            (
                "a Photoshop segment cut",
                with(&file, 2, &segment(0xed, b"Photoshop 3.0\0")),
            ),
            (
                "half a profile",
                with(&file, 2, &segment(0xe2, b"ICC_PROFILE\0\x01")),
            ),
        ] {
            assert_shown(&careless, &format!("{kind} JPEG with {flaw}"));
        }
    }
}

#[test]
fn jpegs_that_are_whole_but_for_their_end_mark_are_shown() {
    for (kind, file) in jpegs() {
        let whole = endless(&file);
        for (flaw, after) in [
            ("nothing", &b""[..]),
            ("half an end mark", &[0xff]),
            ("zeros", &[0; 100]),
            ("another picture", &file),
            ("half a segment", &[0xff, 0xe1, 0xff, 0xff, 1, 2, 3]),
        ] {
            let what = format!("{kind} JPEG that ends with {flaw}");
            assert_shown(&[whole.as_slice(), after].concat(), &what);
        }
    }
}

#[test]
fn jpegs_of_which_something_is_missing_are_refused_wherever_they_were_cut() {
    for (kind, file) in jpegs() {
        for at in 4..file.len() - 3 {
            assert_eq!(
                code(&file[..at]),
                "truncated",
                "{kind} cut to {at} of {}",
                file.len()
            );
        }
    }
    // A program that saves what it has got adds the end mark, and the rest is missing nevertheless.
    for (kind, file) in jpegs() {
        let scan = file
            .windows(2)
            .rposition(|pair| pair == [0xff, 0xda])
            .unwrap();
        let half = usize::midpoint(scan, file.len());
        let ended = [&file[..half], &[0xff, 0xd9]].concat();
        assert_eq!(code(&ended), "corrupt", "{kind}, ended at {half}");
    }
}

#[test]
fn a_jpeg_without_tables_uses_those_that_everybody_knows() {
    let mut file = jpeg(SIZE.0, SIZE.1);
    while let Some(at) = file.windows(2).position(|pair| pair == [0xff, 0xc4]) {
        let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        file.drain(at..at + 2 + length);
    }
    assert_shown(&file, "a frame of a motion JPEG");
}

#[test]
fn kinds_of_jpeg_that_cannot_be_read_are_named_so() {
    let file = jpeg(64, 48);
    let frame = place_of(&file, 0xc0);
    for marker in [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf] {
        let mut other = file.clone();
        other[frame + 1] = marker;
        assert_eq!(code(&other), "unsupported_jpeg", "frame type {marker:x}");
    }
    let arithmetic = with(&file, frame, &segment(0xcc, &[0, 0]));
    assert_eq!(code(&arithmetic), "unsupported_jpeg", "arithmetic coding");
    let mut deep = file;
    deep[frame + 4] = 12;
    assert_eq!(code(&deep), "unsupported_jpeg", "12 bits");
}

/// Chunks of a still picture with a header for extensions that has these flags.
fn extended(flags: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = riff_chunk(*b"VP8X", &[flags, 0, 0, 0, 159, 0, 0, 119, 0, 0]);
    riff(&[vec![header], chunks.to_vec()].concat())
}

#[test]
fn webps_that_announce_what_they_do_not_have_are_shown() {
    let file = webp(SIZE.0, SIZE.1, Vec::new());
    let frame = file[12..].to_vec();
    let junk = riff_chunk(*b"JUNK", b"odd");
    for (flags, announced) in [
        (0x10, "alpha"),
        (0x08, "EXIF"),
        (0x04, "XMP"),
        (0x20, "a profile"),
    ] {
        let careless = extended(flags, std::slice::from_ref(&frame));
        assert_shown(&careless, &format!("WebP with {announced} announced"));
    }
    for (what, careless) in [
        ("a foreign chunk", extended(0, &[junk, frame.clone()])),
        (
            "a wrong length",
            [&file[..4], &[9, 0, 0, 0], &file[8..]].concat(),
        ),
        (
            "something behind it",
            [file.as_slice(), b"trailing bytes"].concat(),
        ),
        ("one frame of an animation", files::animated_webp(1)),
    ] {
        assert_shown(&careless, &format!("WebP with {what}"));
    }
    assert_eq!(code(&files::animated_webp(2)), "animated");
    assert_eq!(code(&file[..file.len() / 2]), "truncated");
    // The shortest lossy picture, with alpha announced and missing.
    assert_eq!(
        code(&extended(0x10, &[files::LOSSY_WEBP[12..].to_vec()])),
        "shown"
    );
}

/// EXIF data of a photo taken upside down at 10.5 north, 20.5 east.
fn upside_down() -> Vec<u8> {
    let part = |num| Rational { num, denom: 1 };
    let letter = |letter: &str| Value::Ascii(vec![letter.into()]);
    exif_block(&[
        (Tag::Orientation, Value::Short(vec![3])),
        (Tag::GPSLatitudeRef, letter("N")),
        (
            Tag::GPSLatitude,
            Value::Rational(vec![part(10), part(30), part(0)]),
        ),
        (Tag::GPSLongitudeRef, letter("E")),
        (
            Tag::GPSLongitude,
            Value::Rational(vec![part(20), part(30), part(0)]),
        ),
    ])
}

/// A PNG with its Exif data before or after the picture.
fn png_with_exif(pixels: &[u8], content: &[u8], is_last: bool) -> Vec<u8> {
    let (width, height) = SIZE;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    if !is_last {
        writer.write_chunk(png::chunk::eXIf, content).unwrap();
    }
    writer.write_image_data(pixels).unwrap();
    if is_last {
        writer.write_chunk(png::chunk::eXIf, content).unwrap();
    }
    writer.finish().unwrap();
    file
}

/// A WebP with Exif data, announced by its flags or not.
fn webp_with_exif(pixels: &[u8], content: &[u8], flags: u8) -> Vec<u8> {
    let (width, height) = SIZE;
    let mut still = Vec::new();
    let color = image_webp::ColorType::Rgb8;
    image_webp::WebPEncoder::new(&mut still)
        .encode(pixels, width, height, color)
        .unwrap();
    let exif = riff_chunk(*b"EXIF", content);
    extended(flags, &[still[12..].to_vec(), exif])
}

#[test]
fn exif_data_are_found_where_programs_write_them() {
    let (width, height) = SIZE;
    let mut lying = files::quadrants(width, height);
    lying.reverse();
    lying.chunks_exact_mut(3).for_each(<[u8]>::reverse);
    let block = upside_down();
    let prefixed = [b"Exif\0\0", block.as_slice()].concat();
    let twice = [b"Exif\0\0", prefixed.as_slice()].concat();

    let stored = jpeg_of(&lying, SIZE, ColorType::Rgb, |_| ());
    let jpeg = |content: &[u8]| with(&stored, 2, &segment(0xe1, content));
    let webp = |content: &[u8], flags| webp_with_exif(&lying, content, flags);
    let png = |content: &[u8], is_last| png_with_exif(&lying, content, is_last);
    for (what, file) in [
        ("JPEG", jpeg(&prefixed)),
        ("JPEG with its prefix twice", jpeg(&twice)),
        (
            "JPEG after stray bytes",
            with(
                &jpeg(&prefixed),
                2,
                &[&segment(0xfe, b"")[..], &[0, 0]].concat(),
            ),
        ),
        (
            "JPEG after the thumbnail's",
            with(
                &jpeg(&prefixed),
                place_of(&jpeg(&prefixed), 0xdb),
                &segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0"),
            ),
        ),
        ("WebP", webp(&block, 0x08)),
        ("WebP with the prefix of a JPEG", webp(&prefixed, 0x08)),
        ("WebP that does not announce it", webp(&prefixed, 0)),
        ("PNG", png(&block, false)),
        ("PNG with the prefix of a JPEG", png(&prefixed, false)),
        ("PNG that has it last", png(&block, true)),
    ] {
        let point = assert_shown(&file, what).point.expect(what);
        assert!(
            (point.lat - 10.5).abs() < 1e-9 && (point.lon - 20.5).abs() < 1e-9,
            "{what}"
        );
    }
}
