//! Positions, and where a district lies.

use serde::{Deserialize, Serialize};

/// A position in degrees, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// -90 to 90.
    pub latitude: f64,
    /// -180 to 180.
    pub longitude: f64,
}

impl Point {
    /// Whether it is 0 / 0, in the sea off Africa: what devices send that have found no position.
    pub fn is_null(self) -> bool {
        self.latitude == 0.0 && self.longitude == 0.0
    }

    /// The position as the public sees it: to three decimals, which is about 110 meters from south to north and, in
    /// Qingdao, 90 from west to east. The address on the board says as much; it leads to no door.
    #[must_use]
    pub fn coarse(self) -> Self {
        let coarse = |degrees: f64| (degrees * 1_000.0).round() / 1_000.0;
        Self {
            latitude: coarse(self.latitude),
            longitude: coarse(self.longitude),
        }
    }
}

/// The rectangle in which a district lies, in degrees, WGS 84. It is never empty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Corners", into = "Corners")]
pub struct Bounds(Corners);

/// The four sides of [`Bounds`], as stored and exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corners {
    /// The least latitude, -90 to 90.
    pub south: f64,
    /// The least longitude, -180 to 180.
    pub west: f64,
    /// The greatest latitude.
    pub north: f64,
    /// The greatest longitude.
    pub east: f64,
}

/// Sides that enclose nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "bounds must run from south to north and from west to east, within -90 to 90 and -180 to 180 degrees"
)]
pub struct InvalidBounds;

impl TryFrom<Corners> for Bounds {
    type Error = InvalidBounds;

    fn try_from(corners: Corners) -> Result<Self, InvalidBounds> {
        let Corners {
            south,
            west,
            north,
            east,
        } = corners;
        let is_sound = -90.0 <= south && south < north && north <= 90.0;
        let is_sound = is_sound && -180.0 <= west && west < east && east <= 180.0;
        is_sound.then_some(Self(corners)).ok_or(InvalidBounds)
    }
}

impl From<Bounds> for Corners {
    fn from(bounds: Bounds) -> Self {
        bounds.0
    }
}

impl Bounds {
    /// Whether the position lies inside or on the edge.
    pub fn contains(&self, point: Point) -> bool {
        let Corners {
            south,
            west,
            north,
            east,
        } = self.0;
        (south..=north).contains(&point.latitude) && (west..=east).contains(&point.longitude)
    }
}
