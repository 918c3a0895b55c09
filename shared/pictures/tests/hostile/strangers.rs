//! Files that are not photos at all, or also something else.

use super::Expected::{Answer, Picture, Refusal};
use super::{Hostile, files};

/// The catalog.
pub(crate) fn all() -> Vec<Hostile> {
    let mut all = plain();
    all.extend(magic_only());
    all.extend(polyglots());
    all.push(Hostile::new(
        "ten megabytes of zeros",
        vec![0; 10 << 20],
        Refusal("unsupported_format"),
    ));
    all.push(Hostile::new(
        "a byte too many",
        vec![0xff; (10 << 20) + 1],
        Refusal("too_many_bytes"),
    ));
    all
}

fn plain() -> Vec<Hostile> {
    let unknown = Refusal("unsupported_format");
    [
        ("nothing", &b""[..], Refusal("empty")),
        ("one byte", b"\xff", unknown),
        (
            "a web page",
            b"<!doctype html><script>alert(1)</script>",
            unknown,
        ),
        (
            "a web page in disguise",
            b"\xef\xbb\xbf <html><img src=x onerror=alert(1)></html>",
            unknown,
        ),
        (
            "an SVG drawing",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            Refusal("unsupported_svg"),
        ),
        (
            "an SVG drawing with entities",
            b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'>]>\n<svg>&a;</svg>",
            Refusal("unsupported_svg"),
        ),
        (
            "a GIF",
            b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
            Refusal("unsupported_gif"),
        ),
        (
            "a HEIC",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
            Refusal("unsupported_heic"),
        ),
        (
            "a HEIC by its compatible brands",
            b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic",
            Refusal("unsupported_heic"),
        ),
        (
            "an AVIF",
            b"\0\0\0\x18ftypavif\0\0\0\0mif1avif",
            Refusal("unsupported_avif"),
        ),
        (
            "an AVIF by its compatible brands",
            b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif",
            Refusal("unsupported_avif"),
        ),
        ("a film", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", unknown),
        (
            "a PDF",
            b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript>>>>",
            unknown,
        ),
        ("an archive", b"PK\x03\x04\x14\0\0\0\x08\0", unknown),
        ("a program", b"\x7fELF\x02\x01\x01\0", unknown),
        ("a TIFF", b"II*\0\x08\0\0\0\0\0", unknown),
        ("a BMP", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", unknown),
        ("a sound", b"RIFF\x24\0\0\0WAVEfmt ", unknown),
        ("a JPEG XL", b"\xff\x0a\xfa\x1f\x01\x91", unknown),
        (
            "a JPEG in base64",
            b"data:image/jpeg;base64,/9j/4AAQSkZJRg==",
            unknown,
        ),
    ]
    .map(|(name, file, expected)| Hostile::new(name, file.to_vec(), expected))
    .into()
}

fn magic_only() -> Vec<Hostile> {
    [
        ("JPEG", &b"\xff\xd8\xff"[..]),
        ("JPEG with its end", b"\xff\xd8\xff\xd9"),
        (
            "JPEG of markers",
            &[0xff, 0xd8, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        ("PNG", b"\x89PNG\r\n\x1a\n"),
        ("WebP", b"RIFF\0\0\0\0WEBP"),
        (
            "WebP of endless length",
            b"RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff",
        ),
    ]
    .map(|(name, file)| {
        Hostile::new(
            format!("only the first bytes of a {name}"),
            file.to_vec(),
            Answer,
        )
    })
    .into()
}

/// Good pictures that are also something else, and something else that also holds a picture.
fn polyglots() -> Vec<Hostile> {
    let payloads: [(&str, &[u8]); 3] = [
        ("a script", b"<script>alert(1)</script>"),
        ("an archive", b"PK\x03\x04\x14\0\0\0\x08\0PK\x05\x06"),
        (
            "another photo",
            &[0xff, 0xd8, 0xff, 0xe1, 0, 8, b'E', b'x', b'i', b'f', 0, 0],
        ),
    ];
    let photos = [
        ("JPEG", files::jpeg(64, 48)),
        ("PNG", files::png(64, 48)),
        ("WebP", files::webp(64, 48, Vec::new())),
    ];
    let mut all = Vec::new();
    for (kind, photo) in &photos {
        for (what, payload) in payloads {
            let after = [photo, payload].concat();
            all.push(Hostile::new(
                format!("{kind} followed by {what}"),
                after,
                Picture,
            ));
            let before = [payload, photo].concat();
            all.push(Hostile::new(format!("{kind} after {what}"), before, Answer));
        }
    }
    let commented = files::jpeg_of(
        &files::quadrants(64, 48),
        (64, 48),
        jpeg_encoder::ColorType::Rgb,
        |encoder| {
            encoder
                .add_app_segment(13, b"<script>alert(1)</script>".repeat(2000))
                .unwrap();
        },
    );
    all.push(Hostile::new(
        "JPEG with a script inside",
        commented,
        Picture,
    ));
    all
}
