//! WebP: lossy and lossless, with and without alpha.

use std::io::{Cursor, ErrorKind};

use image_webp::{DecodingError, WebPDecoder};

use super::{afford, onto_white};
use crate::sanitize::Rejection;
use crate::sanitize::raster::Raster;

/// A lossy frame's planes (1.5), RGBA output (4), and its alpha plane decoded by way of RGBA (5).
const BYTES_PER_PIXEL_ALPHA: u64 = 11;

/// A lossless frame decoded as RGBA (4) and copied to RGB (3).
const BYTES_PER_PIXEL: u64 = 7;

pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Rejection> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|e| refusal(&e))?;
    if decoder.is_animated() {
        return Err(Rejection::Animated);
    }
    let (width, height) = decoder.dimensions();
    let alpha = decoder.has_alpha();
    afford(
        width,
        height,
        if alpha {
            BYTES_PER_PIXEL_ALPHA
        } else {
            BYTES_PER_PIXEL
        },
    )?;
    if !frames_fit(bytes, width, height) {
        return Err(Rejection::Corrupt);
    }

    let size = decoder.output_buffer_size().ok_or(Rejection::Corrupt)?;
    let mut pixels = vec![0; size];
    decoder.read_image(&mut pixels).map_err(|e| refusal(&e))?;
    let rgb = if alpha { onto_white(pixels) } else { pixels };
    Raster::new(width, height, rgb)
}

/// Whether every lossy frame is as large as the canvas. The decoder compares the two only after it has decoded the
/// frame, so that a canvas of one pixel could hide a frame of 268 million.
fn frames_fit(bytes: &[u8], width: u32, height: u32) -> bool {
    let mut rest = bytes.get(12..).unwrap_or_default();
    while let Some((header, body)) = rest.split_first_chunk::<8>() {
        let [name @ .., a, b, c, d] = *header;
        let size = u32::from_le_bytes([a, b, c, d]) as usize;
        if name == *b"VP8 " && frame_size(body) != Some((width, height)) {
            return false;
        }
        rest = body
            .get(size.saturating_add(size % 2)..)
            .unwrap_or_default();
    }
    true
}

/// The dimensions in a lossy frame's header (RFC 6386, section 9.1), after its 3-byte tag and 3-byte start code.
fn frame_size(body: &[u8]) -> Option<(u32, u32)> {
    let side = |at: usize| {
        let pair = [*body.get(at)?, *body.get(at + 1)?];
        Some(u32::from(u16::from_le_bytes(pair) & 0x3fff))
    };
    Some((side(6)?, side(8)?))
}

fn refusal(error: &DecodingError) -> Rejection {
    match error {
        DecodingError::IoError(io) if io.kind() == ErrorKind::UnexpectedEof => Rejection::Truncated,
        _ => Rejection::Corrupt,
    }
}
