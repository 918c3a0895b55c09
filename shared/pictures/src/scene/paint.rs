//! What surfaces look like: linear colors from where on a surface one looks.

use std::f32::consts::PI;

use glam::{Vec2, Vec3, Vec3Swizzles};

use super::geometry::Flat;
use super::texture::{cell, cloudy, index, noise, noise3, step};

/// The color of a burning street lamp.
pub(super) const LAMPLIGHT: Vec3 = Vec3::new(1.0, 0.66, 0.34);

const BRICK: Vec3 = Vec3::new(0.40, 0.15, 0.10);
const MORTAR: Vec3 = Vec3::new(0.46, 0.42, 0.37);
const IRON: Vec3 = Vec3::new(0.13, 0.115, 0.105);

/// What a solid is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Paint {
    Plain(Vec3),
    Stone,
    Pavers,
    Plaster(Vec3),
    Tiles,
    Glass,
    Bricks,
    CrackedBricks,
    Brick,
    Leaves,
    Bark,
    Cover,
    Bulb,
    DeadBulb,
}

/// A place on a solid's surface.
pub(super) struct Spot {
    /// In the world.
    pub(super) point: Vec3,
    /// In the solid's own coordinates.
    pub(super) local: Vec3,
    /// The normal in the solid's own coordinates.
    pub(super) face: Vec3,
    pub(super) seed: u32,
    /// It is dusk: people have lights on.
    pub(super) dark: bool,
}

impl Spot {
    /// Coordinates on a face: along it, and up (or deep, on a horizontal one).
    fn on_face(&self) -> Vec2 {
        let face = self.face.abs();
        if face.y > 0.7 {
            self.local.xz()
        } else if face.x > 0.7 {
            self.local.zy()
        } else {
            self.local.xy()
        }
    }
}

/// The color of a solid, and what it shines itself.
pub(super) fn solid(paint: Paint, spot: &Spot) -> (Vec3, Vec3) {
    let color = match paint {
        Paint::Plain(color) => color,
        Paint::Stone => Vec3::splat(0.40) * speckled(spot.point.xz() + spot.point.y, 9.0, 0.35),
        Paint::Pavers => pavers(spot),
        Paint::Plaster(color) => return plaster(color, spot),
        Paint::Tiles => tiles(spot),
        Paint::Glass => Vec3::new(0.04, 0.05, 0.06),
        Paint::Bricks => bricks(spot.on_face()),
        Paint::CrackedBricks => bricks(spot.on_face()) * crack(spot.on_face()),
        Paint::Brick => BRICK * speckled(spot.local.xz() * 5.0, 9.0, 0.4),
        Paint::Leaves => leaves(spot),
        Paint::Bark => {
            Vec3::new(0.17, 0.12, 0.08)
                * speckled(Vec2::new(spot.local.x * 30.0, spot.point.y), 3.0, 0.7)
        }
        Paint::Cover => cover(spot),
        Paint::Bulb => return (Vec3::ONE, LAMPLIGHT * 5.0),
        Paint::DeadBulb => Vec3::new(0.30, 0.31, 0.33) * speckled(spot.local.xz() * 8.0, 3.0, 0.5),
    };
    (color, Vec3::ZERO)
}

/// The ground beside and between the sidewalks.
pub(super) fn ground(point: Vec3, seed: u32) -> Vec3 {
    let at = point.xz();
    if point.x.abs() > 3.62 {
        return Vec3::new(0.16, 0.20, 0.07) * speckled(at, 2.0, 0.8);
    }
    let patch = 0.84 + 0.32 * cloudy(at * Vec2::new(0.9, 0.25), seed);
    let grain = 0.78 + 0.30 * noise(at * 90.0, seed) + 0.14 * noise(at * 37.0, seed ^ 3);
    let asphalt = Vec3::new(0.135, 0.135, 0.14) * patch * grain * seam(at);
    let worn = step(0.25, 0.55, noise(at * 14.0, 11));
    let dash = point.x.abs() < 0.07
        && (point.z / 6.0).rem_euclid(1.0) < 0.45
        && (point.z - 5.2).abs() > 1.2;
    let edge = (point.x.abs() - 3.3).abs() < 0.05;
    if dash || edge {
        asphalt.lerp(Vec3::splat(0.62), 0.35 + 0.5 * worn)
    } else if (point.x.abs() - 3.52).abs() < 0.10 {
        asphalt * 0.8
    } else {
        asphalt
    }
}

/// A wandering tar line in the asphalt.
fn seam(at: Vec2) -> f32 {
    let x = 1.9
        + 0.5 * noise(Vec2::new(at.y * 0.5, 3.0), 17)
        + 0.06 * noise(Vec2::new(at.y * 6.0, 1.0), 18);
    1.0 - 0.55 * step(0.028, 0.012, (at.x - x).abs())
}

/// The iron rim around the shaft, and the broken asphalt at its outer edge.
pub(super) fn rim(from_hole: Vec3) -> Vec3 {
    let radius = from_hole.xz_length();
    let groove = 1.0 - 0.5 * step(0.012, 0.004, (radius - 0.415).abs());
    IRON * 1.5 * groove * speckled(from_hole.xz() * 4.0, 12.0, 0.6)
}

/// The brick wall of the shaft, from a point on it in units of its radius and the depth in meters.
pub(super) fn shaft(wall: Vec3, depth: f32) -> Vec3 {
    let around = wall.z.atan2(wall.x) * 0.38;
    let rim = if depth < 0.14 {
        IRON * 1.6
    } else {
        bricks(Vec2::new(around, depth)) * 1.1
    };
    // Climbing irons.
    let rung = around.abs() < 0.12 && (depth.rem_euclid(0.3) - 0.15).abs() < 0.014 && depth > 0.2;
    if rung {
        Vec3::new(0.30, 0.17, 0.09)
    } else {
        rim
    }
}

/// Brightness that varies between 1 and 1 less `depth`.
fn speckled(at: Vec2, scale: f32, depth: f32) -> f32 {
    1.0 - depth * cloudy(at * scale, 23)
}

fn pavers(spot: &Spot) -> Vec3 {
    let at = spot.point.xz();
    let (x, z) = (at.x / 0.30, at.y / 0.30);
    let grout = line(x, 0.035).max(line(z, 0.035));
    let tone = cell(index(x), index(z), spot.seed);
    // The yellow ribbed strip that guides the blind.
    let guide = (at.x.abs() - 5.4).abs() < 0.3;
    let base = if guide {
        let rib = 0.75 + 0.25 * step(0.2, 0.35, (x * 4.0).rem_euclid(1.0));
        Vec3::new(0.62, 0.44, 0.10) * rib
    } else {
        Vec3::new(0.40, 0.34, 0.31).lerp(Vec3::new(0.36, 0.22, 0.18), step(0.62, 0.64, tone))
    };
    base * (0.82 + 0.25 * tone) * (1.0 - 0.5 * grout) * speckled(at, 6.0, 0.25)
}

/// 1 near whole numbers, else 0.
fn line(x: f32, width: f32) -> f32 {
    step(width * 1.6, width, (x - x.round()).abs())
}

fn plaster(color: Vec3, spot: &Spot) -> (Vec3, Vec3) {
    let at = spot.on_face();
    let wall = color * speckled(at, 0.8, 0.16) * (1.0 - 0.25 * step(0.9, 0.1, spot.point.y));
    if spot.face.y.abs() > 0.7 {
        return (wall, Vec3::ZERO);
    }
    let (column, floor) = (at.x / 2.7, spot.point.y / 3.0);
    let (u, v) = (column.rem_euclid(1.0), floor.rem_euclid(1.0));
    let (i, j) = (index(column), index(floor));
    let ledge = spot.point.y > 2.5 && v < 0.045;
    let (low, high) = if j == 0 { (0.05, 0.82) } else { (0.30, 0.80) };
    let frame = (0.24..0.76).contains(&u) && (low..high).contains(&v);
    let pane = (0.28..0.72).contains(&u)
        && (low + 0.04..high - 0.04).contains(&v)
        && (u - 0.5).abs() > 0.015;
    match (pane, frame, ledge) {
        (true, ..) => window(spot, i, j, v),
        (_, true, _) => (Vec3::splat(0.66), Vec3::ZERO),
        (_, _, true) => (wall * 1.25, Vec3::ZERO),
        _ => (wall, Vec3::ZERO),
    }
}

/// A pane: the sky in it, perhaps a curtain, at dusk perhaps a light.
fn window(spot: &Spot, column: i32, floor: i32, up: f32) -> (Vec3, Vec3) {
    let kind = cell(column ^ index(spot.point.x * 0.1), floor, spot.seed ^ 0x29);
    if spot.dark {
        let on = step(0.62, 0.64, kind);
        return (
            Vec3::splat(0.05),
            Vec3::new(0.85, 0.60, 0.30) * on * (0.35 + 0.4 * up),
        );
    }
    let sky = Vec3::new(0.10, 0.15, 0.20).lerp(Vec3::new(0.32, 0.42, 0.52), up);
    let curtain = Vec3::new(0.55, 0.52, 0.46) * step(0.70, 0.72, kind);
    (sky.max(curtain), Vec3::ZERO)
}

fn tiles(spot: &Spot) -> Vec3 {
    let (along, down) = (spot.local.z / 0.24, spot.local.x / 0.36);
    let round = 0.6 + 0.4 * (along.rem_euclid(1.0) * PI).sin();
    let lap = 1.0 - 0.4 * line(down, 0.06);
    let tone = 0.8 + 0.4 * cell(index(along), index(down), spot.seed);
    Vec3::new(0.52, 0.15, 0.08) * round * lap * tone
}

fn bricks(at: Vec2) -> Vec3 {
    let row = at.y / 0.07;
    let shift = if index(row).rem_euclid(2) == 0 {
        0.0
    } else {
        0.5
    };
    let along = at.x / 0.25 + shift;
    let joint = line(row, 0.09).max(line(along, 0.03));
    let tone = cell(index(along), index(row), 3);
    let brick = BRICK.lerp(Vec3::new(0.33, 0.16, 0.13), tone) * (0.8 + 0.4 * tone);
    brick.lerp(MORTAR * 0.8, joint) * speckled(at, 3.0, 0.35)
}

/// Two long cracks with a branch: darkness along them.
fn crack(at: Vec2) -> f32 {
    let wander = |y: f32, seed| {
        0.5 * (noise(Vec2::new(y * 1.3, 0.5), seed) - 0.5)
            + 0.16 * (noise(Vec2::new(y * 7.0, 0.5), seed) - 0.5)
    };
    let width = 0.012 + 0.02 * step(-1.2, 1.2, at.y);
    let apart = |x: f32, seed| step(width * 0.6, width, (at.x - x - wander(at.y, seed)).abs());
    let branch = if at.y > -0.1 {
        apart(0.3 + 0.5 * at.y, 53)
    } else {
        1.0
    };
    0.06 + 0.94 * apart(0.25, 51).min(apart(-1.5, 52)).min(branch)
}

fn leaves(spot: &Spot) -> Vec3 {
    let clump = noise3(spot.point * 2.2, 61);
    let leaf = noise3(spot.point * 13.0, 62);
    Vec3::new(0.055, 0.105, 0.028).lerp(Vec3::new(0.16, 0.25, 0.06), clump) * (0.35 + 1.1 * leaf)
}

/// A cast-iron cover: a grid of studs inside a plain border.
fn cover(spot: &Spot) -> Vec3 {
    let radius = spot.local.xz_length();
    if spot.face.y < 0.5 {
        return IRON;
    }
    let stud = (spot.local.x / 0.055)
        .rem_euclid(1.0)
        .max((spot.local.z / 0.055).rem_euclid(1.0))
        < 0.62;
    let raised = radius > 0.385 || (stud && radius < 0.36);
    let rust = Vec3::new(0.20, 0.12, 0.07);
    let iron = IRON.lerp(rust, step(0.4, 0.75, cloudy(spot.point.xz() * 5.0, 71)));
    iron * if raised { 2.0 } else { 0.8 }
}
