//! PNG: every color type and depth, interlaced or not; of an animation, the first frame.

use std::io::{Cursor, ErrorKind};

use png::{ColorType, Decoder, DecodingError, Limits, Transformations};

use super::{Decoded, afford, onto_white};
use crate::sanitize::Rejection;
use crate::sanitize::raster::Raster;

/// What the decoder itself may allocate beside the output, in bytes: rows and inflated chunks.
const WORKING_BYTES: usize = 64 * 1024 * 1024;

/// Four bytes a pixel at most come out: 8-bit RGBA, or gray beside its expansion.
const BYTES_PER_PIXEL: u64 = 4;

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Rejection> {
    let limits = Limits {
        bytes: WORKING_BYTES,
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    // Both may hold compressed bombs, and no code reads them.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(|e| refusal(&e))?;
    let pixels = u64::from(header.width) * u64::from(header.height);
    afford(header.width, header.height, BYTES_PER_PIXEL * pixels)?;

    let mut reader = decoder.read_info().map_err(|e| refusal(&e))?;
    let size = reader.output_buffer_size().ok_or(Rejection::Corrupt)?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(|e| refusal(&e))?;
    let rgb = match frame.color_type {
        ColorType::Grayscale => from_gray(&pixels),
        ColorType::GrayscaleAlpha => from_gray_alpha(&pixels),
        ColorType::Rgb => pixels,
        ColorType::Rgba => onto_white(pixels),
        ColorType::Indexed => return Err(Rejection::Corrupt),
    };
    Ok(Decoded {
        raster: Raster::new(frame.width, frame.height, rgb)?,
        exif: exif(bytes),
    })
}

/// The content of the EXIF chunk, which may stand before or after the pixels.
fn exif(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(8..)?;
    loop {
        let (length, tail) = rest.split_first_chunk::<4>()?;
        let (name, tail) = tail.split_first_chunk::<4>()?;
        let (content, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        if name == b"eXIf" {
            return Some(content);
        }
        // Its checksum follows.
        rest = tail.get(4..)?;
    }
}

fn from_gray(pixels: &[u8]) -> Vec<u8> {
    pixels.iter().flat_map(|gray| [*gray; 3]).collect()
}

fn from_gray_alpha(pixels: &[u8]) -> Vec<u8> {
    onto_white(
        pixels
            .chunks_exact(2)
            .flat_map(|pair| [pair[0], pair[0], pair[0], pair[1]])
            .collect(),
    )
}

fn refusal(error: &DecodingError) -> Rejection {
    match error {
        DecodingError::IoError(io) if io.kind() == ErrorKind::UnexpectedEof => Rejection::Truncated,
        _ => Rejection::Corrupt,
    }
}
