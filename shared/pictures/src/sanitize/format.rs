//! What a file is, by its first bytes.

use std::fmt;

use super::{MAX_BYTES, Rejection};

/// How far into a text file the `<svg` element is looked for, in bytes.
const TEXT_PROBE: usize = 1024;

/// A format that is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    WebP,
}

/// A format that is recognized only to tell the resident what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsupported {
    /// HEIC, the default of iPhones: choosing "Most Compatible" in the camera's settings gives JPEG.
    Heic,
    /// AVIF.
    Avif,
    /// GIF.
    Gif,
    /// SVG, which is a program rather than a photo.
    Svg,
    /// Anything else: documents, videos, web pages.
    Unknown,
}

impl Unsupported {
    /// The reason in `snake_case`, stable across releases.
    pub fn code(self) -> &'static str {
        match self {
            Self::Heic => "unsupported_heic",
            Self::Avif => "unsupported_avif",
            Self::Gif => "unsupported_gif",
            Self::Svg => "unsupported_svg",
            Self::Unknown => "unsupported_format",
        }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Heic => "a HEIC picture",
            Self::Avif => "an AVIF picture",
            Self::Gif => "a GIF picture",
            Self::Svg => "an SVG drawing",
            Self::Unknown => "of an unknown format",
        })
    }
}

/// Names the format of a file of acceptable size.
pub(super) fn sniff(bytes: &[u8]) -> Result<Format, Rejection> {
    if bytes.is_empty() {
        return Err(Rejection::Empty);
    }
    if bytes.len() > MAX_BYTES {
        return Err(Rejection::TooManyBytes {
            bytes: bytes.len() as u64,
        });
    }
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Format::Png),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Ok(Format::WebP),
        _ => Err(Rejection::UnsupportedFormat(unsupported(bytes))),
    }
}

fn unsupported(bytes: &[u8]) -> Unsupported {
    match bytes {
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Unsupported::Gif,
        [_, _, _, _, b'f', b't', b'y', b'p', brands @ ..] => iso_media(brands),
        _ if is_svg(bytes) => Unsupported::Svg,
        _ => Unsupported::Unknown,
    }
}

/// Sorts an ISO base media file (ISO/IEC 14496-12) by its major and compatible brands.
fn iso_media(brands: &[u8]) -> Unsupported {
    let named = |names: &[&[u8; 4]]| {
        brands
            .chunks_exact(4)
            .take(8)
            .any(|brand| names.iter().any(|name| brand == *name))
    };
    if named(&[b"avif", b"avis"]) {
        Unsupported::Avif
    } else if named(&[b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1"]) {
        Unsupported::Heic
    } else {
        Unsupported::Unknown
    }
}

fn is_svg(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(TEXT_PROBE)];
    let text = String::from_utf8_lossy(head);
    text.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('<')
        && text.contains("<svg")
}
