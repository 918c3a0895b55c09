//! Many pictures on one page, each with its label.

use std::convert::Infallible;

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::ascii::FONT_9X18_BOLD;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::*;
use embedded_graphics::text::{Baseline, Text};

use crate::sanitize::{Raster, Rejection, open};

/// The space for one picture, in pixels.
const CELL: u32 = 480;
const CELL_HEIGHT: u32 = 360;
const GAP: u32 = 16;
const LABEL: u32 = 28;
const COLUMNS: u32 = 3;
const PAPER: u8 = 0xf4;
const INK: Rgb888 = Rgb888::new(0x22, 0x22, 0x22);

/// Lays JPEG, PNG or WebP pictures out in rows of three, each above its label, and gives the page as a PNG file.
///
/// Labels are ASCII; other characters show as question marks.
///
/// # Errors
/// The first picture that is refused.
pub fn contact_sheet(pictures: &[(&[u8], &str)]) -> Result<Vec<u8>, Rejection> {
    let rows = u32::try_from(pictures.len())
        .unwrap_or(u32::MAX)
        .div_ceil(COLUMNS);
    let mut page = Page::blank(
        COLUMNS * (CELL + GAP) + GAP,
        rows * (CELL_HEIGHT + LABEL + GAP) + GAP,
    );
    let places = (0..).flat_map(|row| (0..COLUMNS).map(move |column| (column, row)));
    for ((file, label), (column, row)) in pictures.iter().zip(places) {
        let left = GAP + column * (CELL + GAP);
        let top = GAP + row * (CELL_HEIGHT + LABEL + GAP);
        let picture = open(file)?.shrunk_into(CELL, CELL_HEIGHT)?;
        let (right, down) = (
            (CELL - picture.width()) / 2,
            (CELL_HEIGHT - picture.height()) / 2,
        );
        page.paste(&picture, left + right, top + down);
        page.write(label, left, top + CELL_HEIGHT + 6);
    }
    page.png().map_err(|_| Rejection::Corrupt)
}

struct Page {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Page {
    fn blank(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            rgb: vec![PAPER; (width * height * 3) as usize],
        }
    }

    fn paste(&mut self, picture: &Raster, left: u32, top: u32) {
        let row_bytes = picture.width() as usize * 3;
        for (y, row) in (top..).zip(picture.rgb().chunks_exact(row_bytes)) {
            let start = ((y * self.width + left) * 3) as usize;
            self.rgb[start..start + row_bytes].copy_from_slice(row);
        }
    }

    fn write(&mut self, label: &str, left: u32, top: u32) {
        let style = MonoTextStyle::new(&FONT_9X18_BOLD, INK);
        let at = Point::new(left.cast_signed(), top.cast_signed());
        let Ok(_) = Text::with_baseline(label, at, style, Baseline::Top).draw(self);
    }

    fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(file)
    }
}

impl OriginDimensions for Page {
    fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }
}

impl DrawTarget for Page {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I>(&mut self, pixels: I) -> Result<(), Self::Error>
    where
        I: IntoIterator<Item = Pixel<Self::Color>>,
    {
        for Pixel(at, color) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(at.x), u32::try_from(at.y)) else {
                continue;
            };
            if x < self.width && y < self.height {
                let start = ((y * self.width + x) * 3) as usize;
                self.rgb[start..start + 3].copy_from_slice(&[color.r(), color.g(), color.b()]);
            }
        }
        Ok(())
    }
}
