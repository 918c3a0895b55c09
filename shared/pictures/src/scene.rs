//! Street scenes drawn by code, written as a phone's camera would: for tests and the demo, never for a function.
//!
//! Three things that residents report, each from the three angles that they are asked for. The same scene gives the
//! same bytes on every machine of one kind, so that a test or a demo needs no photo of a real place or person.

mod exif;
mod film;
mod geometry;
mod grove;
mod paint;
mod sheet;
mod texture;
mod world;

use crate::sanitize::GpsPoint;

pub use sheet::contact_sheet;

/// Width of a photographed scene as it is shown, in pixels.
pub const WIDTH: u32 = 4032;

/// Height of a photographed scene as it is shown, in pixels.
pub const HEIGHT: u32 = 3024;

/// What is wrong in the street.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A manhole in the lane without its cover, by day.
    OpenManhole,
    /// A brick wall that leans over the sidewalk, by day.
    LeaningWall,
    /// The one lamp of the street that stays dark, at dusk.
    DarkLamp,
}

/// From where the photo is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// Straight on and near.
    Front,
    /// From the side.
    Side,
    /// From afar, with the street around it.
    Surroundings,
}

/// One photo's motif. The seed varies houses, trees and light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scene {
    /// What is wrong.
    pub subject: Subject,
    /// From where it is seen.
    pub view: View,
    /// Which street of the many possible ones; the views of one place share it.
    pub seed: u32,
}

/// What the camera writes beside the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraNote {
    /// How the camera was held: the EXIF orientation, 1 to 8. Pixels are stored so that it shows the scene upright.
    pub orientation: u8,
    /// Where the camera was, in degrees of WGS-84.
    pub point: Option<GpsPoint>,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 3] = [Self::OpenManhole, Self::LeaningWall, Self::DarkLamp];
}

impl View {
    /// Every view.
    pub const ALL: [Self; 3] = [Self::Front, Self::Side, Self::Surroundings];
}

/// Maker, model and serial number that every photo's metadata names: what must not survive [`crate::sanitize()`].
pub const CAMERA: [&str; 3] = ["Zhanqiao Optics", "ZQ-12 Pier", "SN-7731-0042-QD"];

/// Takes a photo: a JPEG file of [`WIDTH`] x [`HEIGHT`] pixels with EXIF data, of a phone photo's size (some
/// megabytes).
///
/// An orientation outside 1 to 8 counts as 1. Takes about a second on two processors.
pub fn photograph(scene: Scene, note: &CameraNote) -> Vec<u8> {
    take(scene, false, note)
}

/// Takes the photo that staff take from the same place when the work is done: the cover lies on its shaft, the wall
/// stands upright, the lamp burns. Otherwise like [`photograph`].
pub fn photograph_repaired(scene: Scene, note: &CameraNote) -> Vec<u8> {
    take(scene, true, note)
}

fn take(scene: Scene, repaired: bool, note: &CameraNote) -> Vec<u8> {
    let world = world::World::build(scene, repaired);
    film::develop(&world, scene.seed, note)
}
