//! WebP: lossy and lossless, with and without alpha; an animation of one frame is a still picture.

use std::io::{Cursor, ErrorKind};

use image_webp::{DecodingError, WebPDecoder};

use super::{Decoded, afford, onto_white};
use crate::sanitize::Rejection;
use crate::sanitize::raster::Raster;

/// A lossy frame's planes (1.5), RGBA output (4), and its alpha plane decoded by way of RGBA (5).
const BYTES_PER_PIXEL_ALPHA: u64 = 11;

/// A lossless frame decoded as RGBA (4) and copied to RGB (3).
const BYTES_PER_PIXEL: u64 = 7;

/// The flag of a file with alpha in the header for extensions.
const ALPHA: u8 = 0x10;

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Rejection> {
    let parts = Parts::read(bytes.get(12..).unwrap_or_default())?;
    let file = parts.file()?;
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(|e| refusal(&e))?;
    let (width, height) = decoder.dimensions();
    let alpha = decoder.has_alpha();
    let bytes_per_pixel = if alpha {
        BYTES_PER_PIXEL_ALPHA
    } else {
        BYTES_PER_PIXEL
    };
    let pixels = u64::from(width) * u64::from(height);
    afford(width, height, bytes_per_pixel * pixels)?;

    let size = decoder.output_buffer_size().ok_or(Rejection::Corrupt)?;
    let mut pixels = vec![0; size];
    decoder.read_image(&mut pixels).map_err(|e| refusal(&e))?;
    let rgb = if alpha { onto_white(pixels) } else { pixels };
    Ok(Decoded {
        raster: Raster::new(width, height, rgb)?,
        exif: parts.exif,
    })
}

/// What a file consists of, whatever its header for extensions announces (RFC 9649). The first chunk of a kind counts.
#[derive(Default)]
struct Parts<'a> {
    lossy: Option<&'a [u8]>,
    lossless: Option<&'a [u8]>,
    alpha: Option<&'a [u8]>,
    exif: Option<&'a [u8]>,
    is_cut: bool,
}

impl<'a> Parts<'a> {
    fn read(rest: &'a [u8]) -> Result<Self, Rejection> {
        let (mut parts, mut chunks) = (Self::default(), Chunks { rest });
        let mut frames = 0;
        for (name, content) in &mut chunks {
            match &name {
                b"EXIF" => parts.exif = parts.exif.or(Some(content)),
                b"ANMF" if frames == 1 => return Err(Rejection::Animated),
                b"ANMF" => {
                    frames = 1;
                    // Its place, size and time come before its chunks.
                    let rest = content.get(16..).unwrap_or_default();
                    Chunks { rest }.for_each(|(name, content)| parts.take(name, content));
                }
                _ => parts.take(name, content),
            }
        }
        parts.is_cut = !chunks.rest.is_empty();
        Ok(parts)
    }

    fn take(&mut self, name: [u8; 4], content: &'a [u8]) {
        let place = match &name {
            b"VP8 " => &mut self.lossy,
            b"VP8L" => &mut self.lossless,
            b"ALPH" => &mut self.alpha,
            _ => return,
        };
        place.get_or_insert(content);
    }

    /// The picture in the shortest form that holds it. The decoder learns its size from the frame itself: a canvas of
    /// another size could hide a frame of 268 million pixels.
    fn file(&self) -> Result<Vec<u8>, Rejection> {
        let chunks = match (self.lossless, self.lossy, self.alpha) {
            (Some(frame), _, _) => vec![chunk(*b"VP8L", frame)],
            (None, Some(frame), None) => vec![chunk(*b"VP8 ", frame)],
            (None, Some(frame), Some(alpha)) => {
                let header = chunk(*b"VP8X", &extended(frame)?);
                vec![header, chunk(*b"ALPH", alpha), chunk(*b"VP8 ", frame)]
            }
            (None, None, _) if self.is_cut => return Err(Rejection::Truncated),
            (None, None, _) => return Err(Rejection::Corrupt),
        };
        let body = [b"WEBP".to_vec(), chunks.concat()].concat();
        Ok(chunk(*b"RIFF", &body))
    }
}

/// The chunks of a file or of a frame, up to one that is not whole.
struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Chunks<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (header, tail) = self.rest.split_first_chunk::<8>()?;
        let [name @ .., a, b, c, d] = *header;
        let size = u32::from_le_bytes([a, b, c, d]) as usize;
        let (content, tail) = tail.split_at_checked(size)?;
        self.rest = tail.get(size % 2..).unwrap_or_default();
        Some((name, content))
    }
}

/// The header for extensions of a lossy frame with alpha; the size in the frame's own header (RFC 6386, section 9.1)
/// stands after its 3-byte tag and 3-byte start code.
fn extended(frame: &[u8]) -> Result<[u8; 10], Rejection> {
    let side = |at: usize| {
        let pair = frame.get(at..)?.first_chunk::<2>()?;
        let side = u16::from_le_bytes(*pair) & 0x3fff;
        Some(side.checked_sub(1)?.to_le_bytes())
    };
    let ([w0, w1], [h0, h1]) = side(6).zip(side(8)).ok_or(Rejection::Corrupt)?;
    Ok([ALPHA, 0, 0, 0, w0, w1, 0, h0, h1, 0])
}

/// A chunk with its padding.
fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    // Contents come from an upload, whose length fits.
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let padding = &[0][..content.len() % 2];
    [&name[..], &length.to_le_bytes()[..], content, padding].concat()
}

fn refusal(error: &DecodingError) -> Rejection {
    match error {
        DecodingError::IoError(io) if io.kind() == ErrorKind::UnexpectedEof => Rejection::Truncated,
        _ => Rejection::Corrupt,
    }
}
