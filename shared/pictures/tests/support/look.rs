//! Looking at what came out of the sanitizer.
#![allow(dead_code, reason = "each test binary needs some of them")]

use zhitiao_pictures::{Rendition, Sanitized};
use zune_core::bytestream::ZCursor;
use zune_jpeg::JpegDecoder;

use crate::files::COLORS;

/// Pixels of a rendition.
pub(crate) fn pixels(picture: &Rendition) -> Vec<u8> {
    let pixels = JpegDecoder::new(ZCursor::new(&picture.jpeg))
        .decode()
        .unwrap();
    assert_eq!(
        pixels.len() as u64,
        u64::from(picture.width) * u64::from(picture.height) * 3
    );
    pixels
}

/// The color at a place given in quarters of the width and height.
pub(crate) fn color_at(picture: &Rendition, x: u32, y: u32) -> [u8; 3] {
    let (x, y) = (picture.width * x / 4, picture.height * y / 4);
    let at = ((y * picture.width + x) * 3) as usize;
    pixels(picture)[at..at + 3].try_into().unwrap()
}

#[track_caller]
pub(crate) fn assert_near(found: [u8; 3], wanted: [u8; 3], what: &str) {
    let near = found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 8);
    assert!(near, "{what}: found {found:?}, wanted {wanted:?}");
}

/// Sees the four quadrants in their places.
#[track_caller]
pub(crate) fn assert_upright(picture: &Rendition, what: &str) {
    let places = [(1, 1), (3, 1), (1, 3), (3, 3)];
    for ((x, y), wanted) in places.into_iter().zip(COLORS) {
        assert_near(
            color_at(picture, x, y),
            wanted,
            &format!("{what} at {x}/4, {y}/4"),
        );
    }
}

/// Width and height of both renditions.
pub(crate) fn sizes(clean: &Sanitized) -> [(u32, u32); 2] {
    [&clean.large, &clean.small].map(|picture| (picture.width, picture.height))
}
