//! What stands in the street.

use std::f32::consts::TAU;

use glam::{Mat3, Vec2, Vec3};

use crate::scene::geometry::{Shape, Solid};
use crate::scene::grove::Thing;
use crate::scene::paint::Paint;
use crate::scene::texture::{cell, index};
use crate::scene::{Scene, Subject};

/// Center of the open shaft, as x and z.
pub(super) const HOLE: Vec2 = Vec2::new(0.4, 5.2);

/// Half the carriageway.
const CURB: f32 = 3.6;

/// Where houses begin, on either side.
const FRONT: f32 = 6.6;

/// From behind the photographer to the end of the street.
const FROM: f32 = -30.0;
const TO: f32 = 130.0;

/// Half the length of a piece of sidewalk.
const PIECE: f32 = 4.0;

const PLASTER: [Vec3; 5] = [
    Vec3::new(0.74, 0.63, 0.42),
    Vec3::new(0.72, 0.70, 0.64),
    Vec3::new(0.70, 0.52, 0.42),
    Vec3::new(0.60, 0.62, 0.60),
    Vec3::new(0.76, 0.70, 0.52),
];

/// Things with their paint, and the bulbs of the lamps that burn.
pub(super) type Furniture = (Vec<Thing>, Vec<Vec3>);

/// Fills the street of a scene, as it was reported or as it is after the repair.
pub(super) fn furnish(scene: Scene, repaired: bool) -> Furniture {
    let mut street = Street {
        things: Vec::new(),
        bulbs: Vec::new(),
        seed: scene.seed,
        repaired,
    };
    for side in [-1.0, 1.0] {
        street.sidewalk(side);
        let yard = scene.subject == Subject::LeaningWall && side > 0.0;
        street.houses(side, if yard { FRONT + 4.5 } else { FRONT });
        street.trees(side, scene.subject);
    }
    street.car(-2.55, 15.0, Vec3::new(0.55, 0.06, 0.05));
    street.car(2.6, 27.0, Vec3::new(0.75, 0.77, 0.80));
    street.lamps(scene.subject);
    match scene.subject {
        Subject::OpenManhole => street.cover(),
        Subject::LeaningWall => street.walls(),
        Subject::DarkLamp => {}
    }
    (street.things, street.bulbs)
}

struct Street {
    things: Vec<Thing>,
    bulbs: Vec<Vec3>,
    seed: u32,
    repaired: bool,
}

impl Street {
    fn add(&mut self, center: Vec3, shape: Shape, paint: Paint) {
        self.things.push((Solid { center, shape }, paint));
    }

    fn block(&mut self, center: Vec3, half: Vec3, paint: Paint) {
        self.turned_block(center, half, Mat3::IDENTITY, paint);
    }

    fn turned_block(&mut self, center: Vec3, half: Vec3, turn: Mat3, paint: Paint) {
        self.add(center, Shape::Block { half, turn }, paint);
    }

    /// A random number from 0 to 1 that belongs to a place.
    fn chance(&self, place: i32, what: i32) -> f32 {
        cell(place, what, self.seed)
    }

    fn sidewalk(&mut self, side: f32) {
        // In pieces, so that a ray meets only the one under its way.
        let mut z = FROM + PIECE;
        while z < TO {
            let curb = Vec3::new(side * (CURB + 0.09), 0.0, z);
            self.block(curb, Vec3::new(0.09, 0.15, PIECE), Paint::Stone);
            let walk = Vec3::new(side * 5.2, 0.0, z);
            self.block(walk, Vec3::new(1.43, 0.145, PIECE), Paint::Pavers);
            z += 2.0 * PIECE;
        }
    }

    fn houses(&mut self, side: f32, front: f32) {
        let mut from = FROM;
        for n in 0.. {
            let place = if side > 0.0 { n } else { -n - 1 };
            let length = 11.0 + 5.0 * self.chance(place, 1);
            if from + length > TO {
                break;
            }
            let floors = 3.0 + (self.chance(place, 2) * 3.99).floor();
            let height = floors * 1.5 + 0.3;
            let center = Vec3::new(side * (front + 5.0), height, from + length / 2.0);
            let color = self.plaster(place);
            self.block(
                center,
                Vec3::new(5.0, height, length / 2.0),
                Paint::Plaster(color),
            );
            let roof = Vec3::new(side * (front + 2.1), 2.0 * height + 0.85, center.z);
            let turn = Mat3::from_rotation_z(side * 0.4);
            self.turned_block(
                roof,
                Vec3::new(2.9, 0.12, length / 2.0 + 0.3),
                turn,
                Paint::Tiles,
            );
            from += length + 0.8 + 2.6 * self.chance(place, 4);
        }
    }

    fn plaster(&self, place: i32) -> Vec3 {
        let pick = index(self.chance(place, 3) * 4.99);
        let color = usize::try_from(pick)
            .ok()
            .and_then(|pick| PLASTER.get(pick));
        color.copied().unwrap_or(PLASTER[0])
    }

    fn trees(&mut self, side: f32, subject: Subject) {
        let mut z = FROM + 6.0;
        for n in 0.. {
            if z > TO {
                break;
            }
            let place = if side > 0.0 { n } else { -n - 1 };
            let near_subject =
                side > 0.0 && (0.0..14.0).contains(&z) && subject != Subject::OpenManhole;
            if !near_subject {
                self.tree(Vec3::new(side * 4.45, 0.0, z), place);
            }
            z += 8.0 + 2.0 * self.chance(place, 5);
        }
    }

    fn tree(&mut self, foot: Vec3, place: i32) {
        let tall = 2.5 + 0.7 * self.chance(place, 6);
        self.add(
            foot + Vec3::Y * tall / 2.0,
            Shape::Drum {
                radius: 0.12,
                half: tall / 2.0,
            },
            Paint::Bark,
        );
        let crown = foot + Vec3::Y * (tall + 0.9);
        for (n, [x, y, z]) in (7..).zip([[0.0, 0.5, 0.0], [0.55, -0.1, 0.5], [-0.5, 0.0, -0.45]]) {
            let size = 1.25 + 0.4 * self.chance(place, n);
            let axes = Vec3::new(size, size * 0.85, size);
            self.add(
                crown + Vec3::new(x, y, z),
                Shape::Ball { axes },
                Paint::Leaves,
            );
        }
    }

    fn car(&mut self, x: f32, z: f32, color: Vec3) {
        self.block(
            Vec3::new(x, 0.62, z),
            Vec3::new(0.84, 0.30, 2.1),
            Paint::Plain(color),
        );
        self.block(
            Vec3::new(x, 1.15, z + 0.2),
            Vec3::new(0.74, 0.28, 1.15),
            Paint::Glass,
        );
        self.block(
            Vec3::new(x, 1.45, z + 0.2),
            Vec3::new(0.72, 0.04, 1.05),
            Paint::Plain(color),
        );
        for (dx, dz) in [(-0.7, -1.35), (0.7, -1.35), (-0.7, 1.35), (0.7, 1.35)] {
            let wheel = Vec3::new(x + dx, 0.3, z + dz);
            self.block(
                wheel,
                Vec3::new(0.12, 0.30, 0.30),
                Paint::Plain(Vec3::splat(0.02)),
            );
        }
        for dx in [-0.6, 0.6] {
            let light = Vec3::new(x + dx, 0.72, z - 2.1);
            self.block(
                light,
                Vec3::new(0.16, 0.07, 0.02),
                Paint::Plain(Vec3::new(0.5, 0.05, 0.04)),
            );
        }
    }

    /// A row of lamps on either side; at dusk all burn, but the nearest on the right only after its
    /// repair. None stands before the wall.
    fn lamps(&mut self, subject: Subject) {
        let dusk = subject == Subject::DarkLamp;
        let right = if subject == Subject::LeaningWall {
            13.5
        } else {
            7.0
        };
        for (side, first) in [(1.0, right), (-1.0, 13.5)] {
            for n in 0_u8..4 {
                let z = first + 13.0 * f32::from(n);
                let dead = side > 0.0 && n == 0 && !self.repaired;
                self.lamp(side, z, dusk && !dead);
            }
        }
    }

    fn lamp(&mut self, side: f32, z: f32, burns: bool) {
        let x = side * (CURB + 0.45);
        let iron = Paint::Plain(Vec3::new(0.10, 0.12, 0.12));
        self.add(
            Vec3::new(x, 2.6, z),
            Shape::Drum {
                radius: 0.065,
                half: 2.6,
            },
            iron,
        );
        self.add(
            Vec3::new(x, 0.45, z),
            Shape::Drum {
                radius: 0.13,
                half: 0.45,
            },
            iron,
        );
        let arm = Mat3::from_rotation_z(-side * 0.10);
        self.turned_block(
            Vec3::new(x - side * 0.65, 5.24, z),
            Vec3::new(0.68, 0.035, 0.035),
            arm,
            iron,
        );
        let head = Vec3::new(x - side * 1.45, 5.28, z);
        self.block(head + Vec3::Y * 0.06, Vec3::new(0.36, 0.06, 0.15), iron);
        let bulb = head - Vec3::Y * 0.05;
        self.add(
            bulb,
            Shape::Ball {
                axes: Vec3::new(0.30, 0.11, 0.13),
            },
            if burns { Paint::Bulb } else { Paint::DeadBulb },
        );
        if burns {
            self.bulbs.push(bulb - Vec3::Y * 0.15);
        }
    }

    /// The manhole's cover beside it, with some rubble; or on it.
    fn cover(&mut self) {
        let (center, half) = if self.repaired {
            (Vec3::new(HOLE.x, 0.0, HOLE.y), 0.008)
        } else {
            (Vec3::new(1.42, 0.035, 5.75), 0.035)
        };
        let cover = Shape::Drum { radius: 0.43, half };
        self.add(center, cover, Paint::Cover);
        if !self.repaired {
            self.rubble();
        }
    }

    fn rubble(&mut self) {
        for n in 0..9_i8 {
            let place = i32::from(n);
            let (a, b) = (self.chance(place, 20), self.chance(place, 21));
            let size = 0.015 + 0.03 * self.chance(place, 22);
            let way = Vec2::from_angle(a * TAU) * (0.55 + 0.5 * b);
            let center = Vec3::new(HOLE.x + way.x, size * 0.6, HOLE.y + way.y);
            let turn = Mat3::from_rotation_y(a * 9.0) * Mat3::from_rotation_x(b);
            self.turned_block(
                center,
                Vec3::new(size, size * 0.7, size * 1.3),
                turn,
                Paint::Stone,
            );
        }
    }

    /// A garden wall: sound, leaning, sound, with bricks that fell; or sound all along.
    fn walls(&mut self) {
        let sound = Vec3::new(0.13, 1.2, 4.5);
        self.block(Vec3::new(6.35, 1.3, 0.9), sound, Paint::Bricks);
        self.block(Vec3::new(6.35, 1.3, 15.7), sound, Paint::Bricks);
        if self.repaired {
            let rebuilt = Vec3::new(0.13, 1.2, 2.9);
            self.block(Vec3::new(6.35, 1.3, 8.3), rebuilt, Paint::Bricks);
            return;
        }
        let turn = Mat3::from_rotation_z(0.27);
        self.turned_block(
            Vec3::new(6.02, 1.27, 8.3),
            Vec3::new(0.13, 1.2, 2.75),
            turn,
            Paint::CrackedBricks,
        );
        for n in 0..11_i8 {
            let place = i32::from(n);
            let (a, b) = (self.chance(place, 30), self.chance(place, 31));
            let center = Vec3::new(5.15 + 0.5 * a, 0.145 + 0.03, 6.4 + 3.4 * b);
            let turn = Mat3::from_rotation_y(a * 40.0);
            self.turned_block(center, Vec3::new(0.06, 0.03, 0.12), turn, Paint::Brick);
        }
    }
}
