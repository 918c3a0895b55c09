//! Several hands on one case: helping units, parts, and visits to the place.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{CategoryId, UnitId};

/// 协办单位: a unit that helps the one that has the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoHandler {
    /// The unit.
    pub unit: UnitId,
    /// Whether it has done its part.
    pub done: bool,
}

/// A visit to the place within an agreed slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The earliest time at which staff come.
    pub from: Timestamp,
    /// The time by which staff have come.
    pub to: Timestamp,
    /// When staff arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived: Option<Timestamp>,
}

/// One part into which a case is split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What is to be done.
    pub text: String,
    /// Its kind.
    pub category: CategoryId,
}

/// When an evidence photo was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the work.
    Before,
    /// After the work.
    After,
}
