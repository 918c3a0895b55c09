//! From a world to a JPEG file: every second pixel is traced, the rest is what a lens blurs and a sensor invents.

use std::num::NonZero;
use std::thread;

use glam::{Vec2, Vec3};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::texture::fraction;
use super::world::World;
use super::{CameraNote, HEIGHT, WIDTH, exif};
use crate::sanitize::{Orientation, Raster};

/// Traced pixels per side of a picture pixel's neighborhood: a quarter of the rays, and no visible difference once the
/// photo is shrunk to 1600 pixels.
const STEP: u32 = 2;

/// As phones do.
const QUALITY: u8 = 92;

/// Strength of the sensor's noise, in steps of 8-bit brightness.
const GRAIN: f32 = 5.0;

/// Takes the photo.
pub(super) fn develop(world: &World, seed: u32, note: &CameraNote) -> Vec<u8> {
    let traced = expose(world);
    let photo = enlarge(&traced, seed);
    let orientation = Orientation::from_exif(note.orientation.into()).unwrap_or_default();
    let stored = photo.turned(orientation.inverse());
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let written = encoder
        .add_exif_metadata(&exif::write(note))
        .and_then(|()| {
            let side = |n| u16::try_from(n).unwrap_or(u16::MAX);
            encoder.encode(
                stored.rgb(),
                side(stored.width()),
                side(stored.height()),
                ColorType::Rgb,
            )
        });
    debug_assert!(written.is_ok(), "a photo of fixed size always encodes");
    jpeg
}

/// Traces the world into rows of 8-bit pixels.
fn expose(world: &World) -> Vec<u8> {
    let (width, height) = (WIDTH / STEP, HEIGHT / STEP);
    let mut pixels = vec![0; (width * height * 3) as usize];
    by_rows(&mut pixels, width, |y, row| {
        for (x, pixel) in (0_u32..).zip(row.chunks_exact_mut(3)) {
            let light = world.light(on_film(x, width, y, height));
            pixel.copy_from_slice(&develop_pixel(light));
        }
    });
    pixels
}

/// A pixel's place on the film: x from -1 to 1 over the width, y upward at the same scale.
#[expect(clippy::cast_precision_loss, reason = "pixel numbers are small")]
fn on_film(x: u32, width: u32, y: u32, height: u32) -> Vec2 {
    let half = width as f32 / 2.0;
    Vec2::new(
        (x as f32 + 0.5 - half) / half,
        (height as f32 / 2.0 - y as f32 - 0.5) / half,
    )
}

/// Linear light to display values: a film's curve (Narkowicz's fit of ACES), then sRGB's in its usual approximation.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 to 255"
)]
fn develop_pixel(light: Vec3) -> [u8; 3] {
    let shoulder = (light * (light * 2.51 + 0.03)) / (light * (light * 2.43 + 0.59) + 0.14);
    let display = shoulder.clamp(Vec3::ZERO, Vec3::ONE).powf(1.0 / 2.2) * 255.0;
    display.to_array().map(|value| value as u8)
}

/// Doubles the sides and adds the grain of a small sensor.
fn enlarge(traced: &[u8], seed: u32) -> Raster {
    let mut rgb = vec![0; (WIDTH * HEIGHT * 3) as usize];
    let (width, height) = ((WIDTH / STEP) as usize, (HEIGHT / STEP) as usize);
    let at = |x: usize, y: usize, c: usize| {
        u16::from(traced[3 * (y.min(height - 1) * width + x.min(width - 1)) + c])
    };
    by_rows(&mut rgb, WIDTH, |y, row| {
        let mut state = (y ^ seed.rotate_left(13)).wrapping_mul(0x9e37_79b1) | 1;
        let (near, far) = (y as usize / 2, y.div_ceil(2) as usize);
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let grain = grain(&mut state);
            for (c, value) in pixel.iter_mut().enumerate() {
                let (left, right) = (x / 2, x.div_ceil(2));
                let sum =
                    at(left, near, c) + at(right, near, c) + at(left, far, c) + at(right, far, c);
                *value = noisy(sum, grain[c]);
            }
        }
    });
    Raster::of_size(WIDTH, HEIGHT, rgb)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 to 255"
)]
fn noisy(sum_of_four: u16, grain: f32) -> u8 {
    (f32::from(sum_of_four) / 4.0 + grain + 0.5).clamp(0.0, 255.0) as u8
}

/// Noise of one pixel: mostly brightness, a little color.
fn grain(state: &mut u32) -> [f32; 3] {
    let mut next = || {
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        fraction(*state) - 0.5
    };
    let brightness = (next() + next()) * GRAIN * 1.6;
    [next(), 0.0, next()].map(|color| brightness + color * GRAIN)
}

/// Fills rows of RGB pixels, shared out among the processors.
fn by_rows(pixels: &mut [u8], width: u32, fill: impl Fn(u32, &mut [u8]) + Sync) {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let row_bytes = width as usize * 3;
    let rows = pixels.len() / row_bytes;
    let band = rows.div_ceil(threads);
    thread::scope(|scope| {
        let fill = &fill;
        for (n, rows) in pixels.chunks_mut(band * row_bytes).enumerate() {
            scope.spawn(move || {
                let first = u32::try_from(n * band).unwrap_or_default();
                for (y, row) in (first..).zip(rows.chunks_exact_mut(row_bytes)) {
                    fill(y, row);
                }
            });
        }
    });
}
