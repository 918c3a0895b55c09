//! Categories and what the district promises for each: data, versioned; a case keeps the version it was promised under.

use serde::{Deserialize, Serialize};

use crate::kernel::deadline::ClockSpec;
use crate::kernel::ids::{CategoryId, UnitId};
use crate::kernel::org::{Name, Role};
use crate::kernel::worded::{Worded, Wording, names};

/// How urgent a category is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Danger to life: a missing manhole cover, falling glass, a live wire, gas. Clocks run day and night.
    P0,
    /// A household without what it needs: burst pipe, lift, an old person's lamp.
    P1,
    /// Ordinary: litter, street lamp, handrail. Also the promise while no category is named.
    P2,
    /// Needs several offices: illegal building, noise, property firm.
    P3,
    /// Needs a project and a budget: wall, facade, pipe network.
    P4,
    /// A question about policy or courses.
    Question,
}

/// A kind of case (Open311: service).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its identifier (Open311: service code).
    pub id: CategoryId,
    /// What residents read.
    pub name: Name,
    /// How urgent it is.
    pub tier: Tier,
    /// The department that a case of this category escalates to.
    pub department: UnitId,
}

impl Worded for Category {
    fn wordings(&mut self) -> Vec<Wording<'_>> {
        names(&mut self.name)
    }
}

/// One extension that a tier allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// The longest it may add.
    pub by: ClockSpec,
    /// Who must approve it.
    pub approver: Role,
}

/// What is promised for one tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierPromise {
    /// The tier.
    pub tier: Tier,
    /// From dispatch until the unit takes the case.
    pub accept: ClockSpec,
    /// From dispatch until the first human message to the resident.
    pub contact: ClockSpec,
    /// From receipt until it is done.
    pub resolve: ClockSpec,
    /// From receipt, or from when it was found to be danger, until that is out of the way; for tiers of danger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make_safe: Option<ClockSpec>,
    /// From dispatch, while the unit may still return the case.
    #[serde(rename = "return")]
    pub return_window: ClockSpec,
    /// The same for a case that the desk knows to be hard to place.
    pub return_hard: ClockSpec,
    /// The extensions that may be asked for, in order.
    #[serde(default)]
    pub extensions: Vec<Extension>,
}

/// One version of all promises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promises {
    /// Grows with every change; stored with each case.
    pub version: u32,
    /// One row per tier.
    pub tiers: Vec<TierPromise>,
    /// From receipt until the desk assigns an ordinary case; danger and household cases use their accept time.
    pub triage: ClockSpec,
    /// The longest silence toward the resident.
    pub word: ClockSpec,
    /// The longest silence while the case is on hold.
    pub word_on_hold: ClockSpec,
    /// From resolution until the desk has checked and closed.
    pub revisit: ClockSpec,
    /// From reopening until it is done again.
    pub redo: ClockSpec,
    /// From a proposal until a second person has decided on it.
    pub approval: ClockSpec,
    /// From the order of supervision until the first reminder of it; the next ones follow every five working days.
    pub supervision: ClockSpec,
}

impl Promises {
    /// The row of a tier. The checked [`crate::case::rulebook::Rulebook`] has a row for each.
    pub fn of(&self, tier: Tier) -> Option<&TierPromise> {
        self.tiers.iter().find(|promise| promise.tier == tier)
    }
}
