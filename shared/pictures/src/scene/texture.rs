//! Repeatable randomness: what makes asphalt grainy and leaves uneven.

use glam::{Vec2, Vec3, Vec3Swizzles};

/// A number from 0 to 1 for a cell of a grid.
pub(super) fn cell(x: i32, y: i32, seed: u32) -> f32 {
    let mut h = x
        .cast_unsigned()
        .wrapping_mul(0x9e37_79b1)
        .wrapping_add(y.cast_unsigned().wrapping_mul(0x85eb_ca77))
        .wrapping_add(seed.wrapping_mul(0xc2b2_ae3d));
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    h ^= h >> 15;
    fraction(h)
}

/// The upper 24 bits of a random word as a number from 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "24 bits fit a float exactly")]
pub(super) fn fraction(word: u32) -> f32 {
    (word >> 8) as f32 / 16_777_216.0
}

/// The grid cell of a coordinate.
#[expect(clippy::cast_possible_truncation, reason = "streets are short")]
pub(super) fn index(coordinate: f32) -> i32 {
    coordinate.floor() as i32
}

/// Smooth noise from 0 to 1 with features about one unit wide.
pub(super) fn noise(at: Vec2, seed: u32) -> f32 {
    let (x, y) = (index(at.x), index(at.y));
    let within = at - at.floor();
    let eased = within * within * (Vec2::splat(3.0) - 2.0 * within);
    let row = |y| {
        let (left, right) = (cell(x, y, seed), cell(x + 1, y, seed));
        left + (right - left) * eased.x
    };
    let (lower, upper) = (row(y), row(y + 1));
    lower + (upper - lower) * eased.y
}

/// Noise with detail at three scales, from 0 to 1.
pub(super) fn cloudy(at: Vec2, seed: u32) -> f32 {
    (noise(at, seed) * 4.0 + noise(at * 2.1, seed ^ 1) * 2.0 + noise(at * 4.3, seed ^ 2)) / 7.0
}

/// Noise over a curved surface: the mean of two planes through it.
pub(super) fn noise3(at: Vec3, seed: u32) -> f32 {
    f32::midpoint(
        noise(at.xy() + at.z * 0.7, seed),
        noise(at.zy() - at.x * 0.6, seed ^ 5),
    )
}

/// From 0 below `low` to 1 above `high`.
pub(super) fn step(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
