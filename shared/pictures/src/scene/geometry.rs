//! Rays and the few shapes that a street is built of. Lengths in meters; x to the right, y up, z along the street.

use glam::{Mat3, Vec3};

/// Smallest distance that counts as a hit, so that a surface does not shade itself.
const NEAR: f32 = 1e-3;

/// A half-line with a direction of length 1.
#[derive(Clone, Copy)]
pub(super) struct Ray {
    pub(super) from: Vec3,
    pub(super) to: Vec3,
}

impl Ray {
    pub(super) fn at(&self, t: f32) -> Vec3 {
        self.from + self.to * t
    }
}

/// Where a ray meets a surface.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    /// Distance along the ray.
    pub(super) t: f32,
    /// Outward normal, length 1.
    pub(super) normal: Vec3,
    /// The point in the shape's own coordinates, whose origin is its center.
    pub(super) local: Vec3,
    /// The normal in the shape's own coordinates.
    pub(super) face: Vec3,
}

/// A solid.
pub(super) enum Shape {
    /// A box of half extents `half`, turned by `turn`.
    Block { half: Vec3, turn: Mat3 },
    /// An upright cylinder with closed ends.
    Drum { radius: f32, half: f32 },
    /// An ellipsoid of half axes.
    Ball { axes: Vec3 },
}

/// A solid at its place.
pub(super) struct Solid {
    pub(super) center: Vec3,
    pub(super) shape: Shape,
}

impl Solid {
    /// How far it extends from its center along each axis.
    pub(super) fn reach(&self) -> Vec3 {
        match &self.shape {
            Shape::Block { half, turn } => {
                turn.x_axis.abs() * half.x + turn.y_axis.abs() * half.y + turn.z_axis.abs() * half.z
            }
            Shape::Drum { radius, half } => Vec3::new(*radius, *half, *radius),
            Shape::Ball { axes } => *axes,
        }
    }

    /// The nearest point of the solid on the ray, nearer than `limit`.
    pub(super) fn hit(&self, ray: &Ray, limit: f32) -> Option<Hit> {
        let offset = ray.from - self.center;
        let hit = match &self.shape {
            Shape::Block { half, turn } => block(offset, ray.to, *half, turn),
            Shape::Drum { radius, half } => drum(offset, ray.to, *radius, *half),
            Shape::Ball { axes } => ball(offset, ray.to, *axes),
        }?;
        (hit.t < limit).then_some(hit)
    }
}

fn block(from: Vec3, to: Vec3, half: Vec3, turn: &Mat3) -> Option<Hit> {
    let back = turn.transpose();
    let (from, to) = (back * from, back * to);
    let inverse = to.recip();
    let (a, b) = ((-half - from) * inverse, (half - from) * inverse);
    let (near, far) = (a.min(b), a.max(b));
    let (enter, leave) = (near.max_element(), far.min_element());
    if enter > leave || enter < NEAR {
        return None;
    }
    let entered = near.cmpeq(Vec3::splat(enter));
    let face = Vec3::select(entered, -to.signum(), Vec3::ZERO).normalize();
    Some(Hit {
        t: enter,
        normal: *turn * face,
        local: from + to * enter,
        face,
    })
}

fn drum(from: Vec3, to: Vec3, radius: f32, half: f32) -> Option<Hit> {
    let mantle = tube(from, to, radius)
        .map(|(near, _)| near)
        .filter(|t| *t > NEAR && (from.y + to.y * t).abs() <= half)
        .map(|t| {
            let local = from + to * t;
            (t, Vec3::new(local.x, 0.0, local.z) / radius)
        });
    let end = -half * to.y.signum();
    let t = (end - from.y) / to.y;
    let cap = (t > NEAR && (from + to * t).xz_length() <= radius)
        .then_some((t, Vec3::new(0.0, end.signum(), 0.0)));
    let (t, normal) = match (mantle, cap) {
        (Some(a), Some(b)) => {
            if a.0 < b.0 {
                a
            } else {
                b
            }
        }
        (a, b) => a.or(b)?,
    };
    Some(Hit {
        t,
        normal,
        local: from + to * t,
        face: normal,
    })
}

/// Where a ray enters and leaves an endless upright tube around the origin.
pub(super) fn tube(from: Vec3, to: Vec3, radius: f32) -> Option<(f32, f32)> {
    let a = to.x * to.x + to.z * to.z;
    let b = from.x * to.x + from.z * to.z;
    let c = from.x * from.x + from.z * from.z - radius * radius;
    let discriminant = b * b - a * c;
    if a < 1e-9 || discriminant < 0.0 {
        return None;
    }
    let root = discriminant.sqrt();
    Some(((-b - root) / a, (-b + root) / a))
}

fn ball(from: Vec3, to: Vec3, axes: Vec3) -> Option<Hit> {
    // In units of the axes it is a ball of radius 1.
    let (start, way) = (from / axes, to / axes);
    let (a, b, c) = (way.dot(way), start.dot(way), start.dot(start) - 1.0);
    let discriminant = b * b - a * c;
    if discriminant < 0.0 {
        return None;
    }
    let t = (-b - discriminant.sqrt()) / a;
    if t < NEAR {
        return None;
    }
    let local = from + to * t;
    let normal = (local / (axes * axes)).normalize();
    Some(Hit {
        t,
        normal,
        local,
        face: normal,
    })
}

/// The length of a vector's shadow on the ground.
pub(super) trait Flat {
    fn xz_length(self) -> f32;
}

impl Flat for Vec3 {
    fn xz_length(self) -> f32 {
        self.x.hypot(self.z)
    }
}
