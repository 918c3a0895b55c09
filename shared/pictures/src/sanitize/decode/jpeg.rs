//! JPEG: baseline and progressive; gray, YCbCr, RGB, CMYK and YCCK.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::afford;
use crate::sanitize::Rejection;
use crate::sanitize::raster::Raster;

/// Scans of a progressive file that are followed. Encoders write about ten; each costs a walk over all coefficients, so
/// that a small file with a thousand of them would keep the processor busy for minutes.
const MAX_SCANS: usize = 24;

const SCAN: u8 = 0xda;
const END: [u8; 2] = [0xff, 0xd9];

pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Rejection> {
    let options = DecoderOptions::default()
        // The decoder's own limit is lower, and would not say which one was passed: `afford` decides.
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        // A damaged photo is refused rather than served with gray bars.
        .set_strict_mode(true)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| refusal(&error))?;
    let info = decoder.info().ok_or(Rejection::Corrupt)?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    // Three bytes of output, and two per coefficient where all must be held until the last scan.
    afford(width, height, 3 + 2 * u64::from(info.components))?;
    if !reaches_its_end(bytes) {
        return Err(Rejection::Truncated);
    }
    let rgb = decoder.decode().map_err(|error| refusal(&error))?;
    Raster::new(width, height, rgb)
}

/// Whether the end marker follows the first scan. Inside compressed data the two bytes cannot occur (ITU-T T.81,
/// F.1.2.3); before it they can, as the end of an embedded thumbnail.
fn reaches_its_end(bytes: &[u8]) -> bool {
    first_scan(bytes).is_some_and(|scan| scan.windows(2).any(|pair| pair == END))
}

/// The file from its first scan on, found by stepping over the segments before it.
fn first_scan(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(2..)?;
    loop {
        let start = rest.windows(2).position(|w| w[0] == 0xff && w[1] != 0xff)?;
        let (marker, tail) = rest[start + 1..].split_first()?;
        if *marker == SCAN {
            return Some(tail);
        }
        let length = u16::from_be_bytes([*tail.first()?, *tail.get(1)?]);
        rest = tail.get(usize::from(length)..)?;
    }
}

fn refusal(error: &DecodeErrors) -> Rejection {
    match error {
        DecodeErrors::Unsupported(_) => Rejection::UnsupportedVariant,
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => Rejection::Truncated,
        _ => Rejection::Corrupt,
    }
}
