//! From a file to pixels, with the cost known before it is paid.

mod jpeg;
mod png;
mod webp;

use super::format::Format;
use super::raster::Raster;
use super::{MAX_PIXELS, MAX_SIDE, Rejection};

/// The memory that decoding may use, in bytes: with the upload and the resizer's buffers it stays under 512 MB.
pub(super) const MEMORY: u64 = 475_000_000;

/// A decoded file.
pub(super) struct Decoded<'a> {
    /// The pixels as stored, before orientation.
    pub(super) raster: Raster,
    /// The EXIF data, as they lie in the file.
    pub(super) exif: Option<&'a [u8]>,
}

/// Decodes a file of the given format.
pub(super) fn decode(format: Format, bytes: &[u8]) -> Result<Decoded<'_>, Rejection> {
    match format {
        Format::Jpeg => jpeg::decode(bytes),
        Format::Png => png::decode(bytes),
        Format::WebP => webp::decode(bytes),
    }
}

/// Refuses announced dimensions that would take too much; `memory` is the decoder's peak in bytes, output included.
fn afford(width: u32, height: u32, memory: u64) -> Result<(), Rejection> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(Rejection::Corrupt);
    }
    if pixels > MAX_PIXELS || width.max(height) > MAX_SIDE || memory > MEMORY {
        return Err(Rejection::TooManyPixels { width, height });
    }
    Ok(())
}

/// Lays RGBA pixels onto white, in place: a second buffer of 150 MB would break the memory bound.
fn onto_white(mut pixels: Vec<u8>) -> Vec<u8> {
    let count = pixels.len() / 4;
    for i in 0..count {
        let alpha = u32::from(pixels[4 * i + 3]);
        for c in 0..3 {
            let color = u32::from(pixels[4 * i + c]);
            let blended = (color * alpha + 255 * (255 - alpha) + 127) / 255;
            pixels[3 * i + c] = u8::try_from(blended).unwrap_or(u8::MAX);
        }
    }
    pixels.truncate(3 * count);
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_becomes_white_and_opaque_pixels_stay() {
        let pixels = vec![10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128];
        assert_eq!(
            onto_white(pixels),
            [10, 20, 30, 255, 255, 255, 127, 127, 127]
        );
    }

    #[test]
    fn the_limits_are_inclusive() {
        assert_eq!(afford(8192, 8192, MEMORY), Ok(()));
        assert!(afford(8192, 8193, 1).is_err());
        assert!(afford(8192, 8192, MEMORY + 1).is_err());
        assert_eq!(afford(MAX_SIDE, 1, 4), Ok(()));
        assert!(afford(1, MAX_SIDE + 1, 4).is_err());
        assert_eq!(afford(0, 7, 4), Err(Rejection::Corrupt));
        assert!(afford(u32::MAX, u32::MAX, 4).is_err());
    }
}
