//! JPEG: baseline and progressive; gray, YCbCr, RGB, CMYK and YCCK.

mod outline;

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::{Decoded, afford};
use crate::sanitize::Rejection;
use crate::sanitize::raster::Raster;
use outline::Outline;

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Rejection> {
    let outline = Outline::read(bytes)?;
    let (width, height) = outline.size();
    afford(width, height, outline.memory())?;
    let options = DecoderOptions::default()
        // The decoder's own limits are lower, and would not say which one was passed: `afford` and the outline decide.
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        // A damaged photo is refused rather than served with gray bars.
        .set_strict_mode(true)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let file = ZCursor::new(outline.file.as_slice());
    let rgb = JpegDecoder::new_with_options(file, options)
        .decode()
        .map_err(|error| refusal(&error, &outline))?;
    Ok(Decoded {
        raster: Raster::new(width, height, rgb)?,
        exif: outline.exif,
    })
}

fn refusal(error: &DecodeErrors, outline: &Outline<'_>) -> Rejection {
    match error {
        DecodeErrors::Unsupported(_) => Rejection::UnsupportedVariant,
        _ => outline.missing(),
    }
}
