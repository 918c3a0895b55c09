//! A street with houses, trees and lamps, what is wrong in it, and how light falls on it.

mod street;

use glam::{Vec2, Vec3};

use super::geometry::{Flat, Hit, Ray, tube};
use super::grove::Grove;
use super::paint::{self, Paint, Spot};
use super::texture::{cloudy, noise3, step};
use super::{Scene, Subject, View};

/// Radius of the shaft of a manhole, in meters.
const SHAFT: f32 = 0.38;

/// Half the width of the picture at distance 1: a phone's main lens (26 mm equivalent).
const FIELD: f32 = 0.69;

/// Everything that is seen.
pub(super) struct World {
    things: Grove,
    eye: Vec3,
    forward: Vec3,
    sky: Sky,
    /// Center of the open shaft on the ground, as x and z.
    hole: Option<Vec2>,
    seed: u32,
}

/// Where light comes from.
struct Sky {
    /// Direction towards the sun.
    sun: Vec3,
    sunlight: Vec3,
    ambient: Vec3,
    zenith: Vec3,
    horizon: Vec3,
    /// Bulbs of the lamps that burn.
    bulbs: Vec<Vec3>,
}

impl World {
    /// Builds the street of a scene and stands in it where the view asks.
    pub(super) fn build(scene: Scene, repaired: bool) -> Self {
        let dusk = scene.subject == Subject::DarkLamp;
        let (things, bulbs) = street::furnish(scene, repaired);
        let (eye, target) = stand(scene.subject, scene.view);
        Self {
            things: Grove::plant(things),
            eye,
            forward: (target - eye).normalize(),
            sky: if dusk { Sky::dusk(bulbs) } else { Sky::day() },
            hole: (scene.subject == Subject::OpenManhole).then_some(street::HOLE),
            seed: scene.seed,
        }
    }

    /// The linear light that arrives at a place on the film.
    pub(super) fn light(&self, film: Vec2) -> Vec3 {
        let right = Vec3::Y.cross(self.forward).normalize();
        let up = self.forward.cross(right);
        let ray = Ray {
            from: self.eye,
            to: (self.forward + (right * film.x + up * film.y) * FIELD).normalize(),
        };
        let vignette = 1.0 - 0.16 * film.length_squared();
        let (light, distance) = self.seen(&ray);
        (light + self.halos(&ray, distance)) * vignette
    }

    /// What a ray sees, and how far away.
    fn seen(&self, ray: &Ray) -> (Vec3, f32) {
        let ground = -ray.from.y / ray.to.y;
        let ground = if ground > 0.0 { ground } else { f32::INFINITY };
        let (light, distance) = match self.nearest(ray, ground) {
            Some((hit, paint)) => (self.shade(ray, &hit, paint), hit.t),
            None if ground.is_finite() => (self.ground(ray, ground), ground),
            None => return (self.sky.seen(ray.to, self.seed), f32::INFINITY),
        };
        let haze = 1.0 - (-distance / 190.0).exp();
        (light.lerp(self.sky.horizon * 0.8, haze), distance)
    }

    fn nearest(&self, ray: &Ray, limit: f32) -> Option<(Hit, Paint)> {
        self.things.nearest(ray, limit, &|hit, paint| {
            paint != Paint::Leaves || !sparse(ray, hit)
        })
    }

    fn shade(&self, ray: &Ray, hit: &Hit, paint: Paint) -> Vec3 {
        let point = ray.at(hit.t);
        let spot = Spot {
            point,
            local: hit.local,
            face: hit.face,
            seed: self.seed,
            dark: !self.sky.bulbs.is_empty(),
        };
        let (color, glow) = paint::solid(paint, &spot);
        color * self.lit(point, hit.normal, paint == Paint::Leaves) + glow
    }

    fn ground(&self, ray: &Ray, distance: f32) -> Vec3 {
        let point = ray.at(distance);
        let mut color = paint::ground(point, self.seed);
        if let Some(hole) = self.hole {
            let from_hole = point - Vec3::new(hole.x, 0.0, hole.y);
            let radius = from_hole.xz_length();
            if radius < SHAFT {
                return self.shaft(from_hole, ray.to);
            }
            if radius < SHAFT + 0.09 {
                color = paint::rim(from_hole);
            }
        }
        color * self.lit(point, Vec3::Y, false)
    }

    /// The inside of the open shaft: its wall fades into the dark, its bottom is black water.
    fn shaft(&self, from: Vec3, to: Vec3) -> Vec3 {
        let far = tube(from, to, SHAFT).map_or(f32::INFINITY, |(_, far)| far);
        let depth = -to.y * far;
        let wall = (from + to * far) / SHAFT;
        let day = self.sky.ambient * 0.7 * (-depth * 4.0).exp();
        let sunny = step(0.35, 0.1, depth) * wall.dot(-self.sky.sun).max(0.0);
        paint::shaft(wall, depth) * (day + self.sky.sunlight * sunny * 0.6)
    }

    /// The light on a surface: sky, sun unless something stands before it, and lamps.
    fn lit(&self, point: Vec3, normal: Vec3, leaves: bool) -> Vec3 {
        let above = 0.62 + 0.38 * normal.y;
        // Corners near the ground see less of the sky.
        let open = 0.72 + 0.28 * step(0.0, 1.4, point.y + 1.4 * normal.y.max(0.0));
        let slant = normal.dot(self.sky.sun);
        let slant = if leaves { slant * 0.6 + 0.4 } else { slant };
        let mut light = self.sky.ambient * above * open;
        if slant > 0.0 {
            light += self.sky.sunlight * slant * self.sunny(point, normal, leaves);
        }
        for bulb in &self.sky.bulbs {
            let way = *bulb - point;
            let facing = normal.dot(way.normalize()).max(0.0);
            light += paint::LAMPLIGHT * (facing * 16.0 / (way.length_squared() + 1.0));
        }
        light
    }

    /// How much of the sun reaches a point: leaves let some through, also from one side of a crown to the other.
    fn sunny(&self, point: Vec3, normal: Vec3, leaves: bool) -> f32 {
        let ray = Ray {
            from: point + normal * 0.01,
            to: self.sky.sun,
        };
        match self.nearest(&ray, f32::INFINITY) {
            None => 1.0,
            Some((_, Paint::Leaves)) => {
                if leaves {
                    0.45
                } else {
                    0.12
                }
            }
            Some(_) => 0.0,
        }
    }

    /// The glow around lamps that burn.
    fn halos(&self, ray: &Ray, distance: f32) -> Vec3 {
        let glow = |bulb: &Vec3| {
            let way = *bulb - ray.from;
            let along = way.dot(ray.to);
            let beside = (way.length_squared() - along * along).max(0.0) / along.max(0.1);
            if along > 0.0 && along < distance + 0.6 {
                0.012 / (beside + 0.004)
            } else {
                0.0
            }
        };
        paint::LAMPLIGHT * self.sky.bulbs.iter().map(glow).sum::<f32>()
    }
}

impl Sky {
    fn day() -> Self {
        Self {
            sun: Vec3::new(-0.52, 0.78, -0.36).normalize(),
            sunlight: Vec3::new(1.28, 1.16, 0.98) * 0.95,
            ambient: Vec3::new(0.36, 0.42, 0.52) * 0.9,
            zenith: Vec3::new(0.16, 0.36, 0.80),
            horizon: Vec3::new(0.72, 0.82, 0.95),
            bulbs: Vec::new(),
        }
    }

    fn dusk(bulbs: Vec<Vec3>) -> Self {
        Self {
            sun: Vec3::new(-0.9, 0.12, 0.42).normalize(),
            sunlight: Vec3::ZERO,
            ambient: Vec3::new(0.085, 0.095, 0.155),
            zenith: Vec3::new(0.030, 0.060, 0.17),
            horizon: Vec3::new(0.40, 0.24, 0.20),
            bulbs,
        }
    }

    /// The sky in a direction: a gradient with clouds that thin out above.
    fn seen(&self, to: Vec3, seed: u32) -> Vec3 {
        let height = to.y.max(0.0);
        let clear = self
            .horizon
            .lerp(self.zenith, step(-0.05, 0.55, height).sqrt());
        let plane = Vec2::new(to.x, to.z) / (height + 0.12);
        let cloud = step(0.48, 0.78, cloudy(plane * 1.1, seed)) * step(0.02, 0.2, height);
        clear.lerp(self.horizon * 1.1, cloud * 0.8)
    }
}

/// Whether a ray slips between the leaves: more easily near the edge of a crown.
fn sparse(ray: &Ray, hit: &Hit) -> bool {
    let edge = 1.0 - hit.normal.dot(ray.to).abs();
    let point = ray.at(hit.t);
    noise3(point * 2.6, 7) * 0.5 + noise3(point * 10.0, 8) * 0.5 < 0.26 + 0.42 * edge * edge
}

/// Where the photographer stands, and what they look at.
fn stand(subject: Subject, view: View) -> (Vec3, Vec3) {
    let (eye, target) = match (subject, view) {
        (Subject::OpenManhole, View::Front) => ([0.4, 1.6, 2.7], [0.75, 0.0, 5.2]),
        (Subject::OpenManhole, View::Side) => ([3.2, 1.6, 4.1], [0.5, 0.0, 5.5]),
        (Subject::OpenManhole, View::Surroundings) => ([-1.4, 1.7, -0.5], [0.5, 0.75, 8.0]),
        (Subject::LeaningWall, View::Front) => ([0.9, 1.6, 7.6], [6.0, 1.35, 8.1]),
        (Subject::LeaningWall, View::Side) => ([4.6, 1.6, 2.6], [5.7, 1.35, 8.4]),
        (Subject::LeaningWall, View::Surroundings) => ([-1.8, 1.7, -1.4], [3.6, 1.5, 8.0]),
        (Subject::DarkLamp, View::Front) => ([0.9, 1.5, -0.2], [2.7, 3.7, 7.0]),
        (Subject::DarkLamp, View::Side) => ([-2.9, 1.5, 4.6], [3.0, 3.6, 7.6]),
        (Subject::DarkLamp, View::Surroundings) => ([-1.2, 1.6, -7.0], [1.2, 3.2, 10.0]),
    };
    (Vec3::from_array(eye), Vec3::from_array(target))
}
