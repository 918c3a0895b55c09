//! From a resident's upload to the two pictures that are served: decoded within limits, upright, without metadata.
//!
//! Pure computation, used by photo-intake. It trusts nothing about the file, neither its name nor its declared type:
//! the first bytes decide, the header's size is checked before any pixel is decoded, and what leaves is always a
//! picture encoded anew. Color profiles are dropped with the rest of the metadata: wide-gamut photos come out slightly
//! paler, which a report can bear.

mod decode;
mod facts;
mod format;
mod raster;
mod rejection;

use std::fmt;
use std::panic;

pub use facts::GpsPoint;
pub use format::Unsupported;
pub use rejection::Rejection;

use facts::Facts;
#[cfg(feature = "scenes")]
pub(crate) use raster::Orientation;
pub(crate) use raster::Raster;

/// Largest upload that is looked at, in bytes: 10 MiB.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// Most pixels that are decoded: 67 million, which is 8192x8192. Phones in use take 8192x6144, and panoramas of
/// 16384x4096.
pub const MAX_PIXELS: u64 = 8192 * 8192;

/// Longest side that is decoded, in pixels: beyond every phone panorama, short of what makes resizing tables explode.
pub const MAX_SIDE: u32 = 30_000;

/// Longest side of the large rendition, in pixels, unless the picture is longer than 5:2.
pub const LARGE_SIDE: u32 = 1600;

/// Shortest side to which the large rendition of a longer picture is shrunk, in pixels: the text of a long screenshot
/// stays readable.
pub const LARGE_SHORT_SIDE: u32 = 640;

/// Longest side of the small rendition, in pixels. It shows of a picture longer than 5:2 the top, or the middle of its
/// width.
pub const SMALL_SIDE: u32 = 320;

const LARGE_QUALITY: u8 = 80;
const SMALL_QUALITY: u8 = 75;

/// What is kept of an upload.
#[derive(Debug)]
pub struct Sanitized {
    /// The whole picture, for the case page: longest side at most [`LARGE_SIDE`], or shortest [`LARGE_SHORT_SIDE`].
    pub large: Rendition,
    /// The picture for lists: longest side at most [`SMALL_SIDE`].
    pub small: Rendition,
    /// Where the camera says the photo was taken. The caller keeps it only if the reporter agreed.
    pub point: Option<GpsPoint>,
}

/// One derived picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendition {
    /// A baseline JPEG file with a JFIF header and no other metadata.
    pub jpeg: Vec<u8>,
    /// Width in pixels, as shown.
    pub width: u32,
    /// Height in pixels, as shown.
    pub height: u32,
}

impl fmt::Debug for Rendition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Rendition({}x{}, {} bytes)",
            self.width,
            self.height,
            self.jpeg.len()
        )
    }
}

/// Makes the two renditions of an uploaded JPEG, PNG or WebP file.
///
/// Takes about 0.1 s for 12 megapixels, and for any input at most a few seconds and half a gigabyte of memory: run it
/// where blocking is allowed. A picture smaller than a rendition keeps its size; transparency becomes white.
///
/// # Errors
/// A [`Rejection`] for whatever is not one whole, still picture within the limits. A decoder that panics counts as a
/// corrupt file.
pub fn sanitize(original: &[u8]) -> Result<Sanitized, Rejection> {
    panic::catch_unwind(|| derive(original)).unwrap_or_else(|_| {
        tracing::error!("a decoder panicked; the photo is refused");
        Err(Rejection::Corrupt)
    })
}

/// Decodes a file as it lies in storage, before orientation.
#[cfg(feature = "scenes")]
pub(crate) fn open(file: &[u8]) -> Result<Raster, Rejection> {
    Ok(decode::decode(format::sniff(file)?, file)?.raster)
}

fn derive(original: &[u8]) -> Result<Sanitized, Rejection> {
    let decoded = decode::decode(format::sniff(original)?, original)?;
    let facts = decoded.exif.map(Facts::read).unwrap_or_default();
    // Turning comes after shrinking: a sixth of the pixels to move for a photo of 12 megapixels.
    let large = decoded
        .raster
        .shrunk_to(LARGE_SIDE, LARGE_SHORT_SIDE)?
        .turned(facts.orientation);
    let small = large.excerpt().shrunk_into(SMALL_SIDE, SMALL_SIDE)?;
    Ok(Sanitized {
        large: render(&large, LARGE_QUALITY)?,
        small: render(&small, SMALL_QUALITY)?,
        point: facts.point,
    })
}

fn render(raster: &Raster, quality: u8) -> Result<Rendition, Rejection> {
    Ok(Rendition {
        jpeg: raster.jpeg(quality)?,
        width: raster.width(),
        height: raster.height(),
    })
}
