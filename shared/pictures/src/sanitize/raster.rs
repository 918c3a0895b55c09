//! Decoded pixels and what is done to them.

use std::borrow::Cow;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder};

use super::{LARGE_SHORT_SIDE, LARGE_SIDE, Rejection};

/// A picture in memory: 8-bit sRGB, three bytes a pixel, rows from the top.
#[derive(Debug, Clone)]
pub(crate) struct Raster {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Raster {
    /// Takes decoded pixels, and refuses a decoder's answer whose size does not fit its own header.
    pub(crate) fn new(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self, Rejection> {
        let expected = width as usize * height as usize * 3;
        if expected == 0 || rgb.len() != expected {
            return Err(Rejection::Corrupt);
        }
        Ok(Self { width, height, rgb })
    }

    /// A picture of given size; the caller has made `rgb` to fit.
    #[cfg(feature = "scenes")]
    pub(crate) fn of_size(width: u32, height: u32, rgb: Vec<u8>) -> Self {
        Self { width, height, rgb }
    }

    /// The pixels.
    #[cfg(feature = "scenes")]
    pub(crate) fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    pub(crate) fn height(&self) -> u32 {
        self.height
    }

    /// The picture with its longest side at most `long` pixels, or its shortest side at least `short`; never enlarged.
    pub(crate) fn shrunk_to(&self, long: u32, short: u32) -> Result<Self, Rejection> {
        let (longest, shortest) = (self.width.max(self.height), self.width.min(self.height));
        let side = long.max((longest * short).div_ceil(shortest));
        self.shrunk_into(side, side)
    }

    /// What stands for a long picture in a list: of one longer than [`LARGE_SIDE`] to [`LARGE_SHORT_SIDE`] the top, or
    /// the middle of its width.
    pub(crate) fn excerpt(&self) -> Cow<'_, Self> {
        let longest = |side: u32| (side * LARGE_SIDE / LARGE_SHORT_SIDE).max(1);
        let (width, height) = (
            self.width.min(longest(self.height)),
            self.height.min(longest(self.width)),
        );
        if (width, height) == (self.width, self.height) {
            return Cow::Borrowed(self);
        }
        let [row, left, columns] =
            [self.width, (self.width - width) / 2, width].map(|n| 3 * n as usize);
        let rows = self.rgb.chunks_exact(row).take(height as usize);
        Cow::Owned(Self {
            width,
            height,
            rgb: rows
                .flat_map(|row| &row[left..left + columns])
                .copied()
                .collect(),
        })
    }

    /// The picture in a frame of the given width and height, with its proportions; never enlarged.
    pub(crate) fn shrunk_into(&self, width: u32, height: u32) -> Result<Self, Rejection> {
        if self.width <= width && self.height <= height {
            return Ok(self.clone());
        }
        let scaled = |n: u32, to: u32, of: u32| ((n * to + of / 2) / of).max(1);
        // Which side meets the frame first; sides are at most `MAX_SIDE`, so products fit.
        let (width, height) = if self.width * height >= self.height * width {
            (width, scaled(self.height, width, self.width))
        } else {
            (scaled(self.width, height, self.height), height)
        };
        let source = ImageRef::new(self.width, self.height, &self.rgb, PixelType::U8x3)
            .map_err(|_| Rejection::Corrupt)?;
        let mut target = Image::new(width, height, PixelType::U8x3);
        Resizer::new()
            .resize(&source, &mut target, None)
            .map_err(|_| Rejection::Corrupt)?;
        Self::new(width, height, target.into_vec())
    }

    /// The picture as its camera held it.
    pub(crate) fn turned(self, orientation: Orientation) -> Self {
        if orientation == Orientation::default() {
            return self;
        }
        let (w, h) = (self.width as usize, self.height as usize);
        let (width, height) = if orientation.swaps_sides() {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        };
        let (start, right, down) = orientation.walk(w, h);
        let mut rgb = Vec::with_capacity(self.rgb.len());
        let mut row = start;
        for _ in 0..height {
            let mut at = row;
            for _ in 0..width {
                rgb.extend_from_slice(&self.rgb[3 * at..3 * at + 3]);
                at = at.wrapping_add_signed(right);
            }
            row = row.wrapping_add_signed(down);
        }
        Self { width, height, rgb }
    }

    /// The picture as a JPEG file.
    pub(crate) fn jpeg(&self, quality: u8) -> Result<Vec<u8>, Rejection> {
        let (Ok(width), Ok(height)) = (u16::try_from(self.width), u16::try_from(self.height))
        else {
            return Err(Rejection::TooManyPixels {
                width: self.width,
                height: self.height,
            });
        };
        let mut jpeg = Vec::new();
        let mut encoder = Encoder::new(&mut jpeg, quality);
        encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
        encoder
            .encode(&self.rgb, width, height, ColorType::Rgb)
            .map_err(|_| Rejection::Corrupt)?;
        Ok(jpeg)
    }
}

/// How the stored pixels lie to the upright picture: the EXIF orientation, 1 to 8 (EXIF 2.32, section 4.6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Orientation(u8);

impl Default for Orientation {
    fn default() -> Self {
        Self(1)
    }
}

impl Orientation {
    /// The orientation of an EXIF value, if there is such a one.
    pub(crate) fn from_exif(value: u32) -> Option<Self> {
        u8::try_from(value)
            .ok()
            .filter(|value| (1..=8).contains(value))
            .map(Self)
    }

    /// The orientation that undoes this one.
    #[cfg(feature = "scenes")]
    pub(crate) fn inverse(self) -> Self {
        match self.0 {
            6 => Self(8),
            8 => Self(6),
            same => Self(same),
        }
    }

    fn swaps_sides(self) -> bool {
        self.0 >= 5
    }

    /// The way through `w` x `h` stored pixels that reads the upright picture row by row: the index of its first pixel,
    /// the step to the next one on the right, the step to the next one below.
    fn walk(self, w: usize, h: usize) -> (usize, isize, isize) {
        let (last, bottom, row) = (w * h - 1, w * (h - 1), w.cast_signed());
        match self.0 {
            2 => (w - 1, -1, row),
            3 => (last, -1, -row),
            4 => (bottom, 1, -row),
            5 => (0, row, 1),
            6 => (bottom, -row, 1),
            7 => (last, -row, -1),
            8 => (w - 1, row, -1),
            _ => (0, 1, row),
        }
    }
}
