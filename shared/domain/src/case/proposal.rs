//! What one person asks for and another must grant: holds, extensions, supervision.
//!
//! A person cannot grant their own request. A hold is granted at or above the asking unit, more time in a post as high
//! as the promises name, an order of supervision where the subdistrict is answered for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::hold::HoldTerms;
use crate::kernel::deadline::ClockSpec;
use crate::kernel::ids::{StaffId, UnitId};
use crate::kernel::org::Role;

/// What a proposal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// 挂起: the promise is to stand still.
    Hold,
    /// 延期: the promise is to move.
    Extension,
    /// 督办: the case is to be supervised.
    Supervision,
}

impl Matter {
    /// Every matter, for tables and tests.
    pub const ALL: [Self; 3] = [Self::Hold, Self::Extension, Self::Supervision];

    /// The stable code, as the APIs and the texts name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Extension => "extension",
            Self::Supervision => "supervision",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "matter", rename_all = "snake_case")]
pub enum Ask {
    /// A hold.
    Hold(HoldTerms),
    /// More time; the role is the one that the promises name for it.
    Extension {
        /// How much.
        by: ClockSpec,
        /// The unit that must grant it, or one above it.
        approver: Role,
    },
    /// An order of supervision.
    Supervision,
}

impl Ask {
    /// What it is about.
    pub fn matter(&self) -> Matter {
        match self {
            Self::Hold(_) => Matter::Hold,
            Self::Extension { .. } => Matter::Extension,
            Self::Supervision => Matter::Supervision,
        }
    }
}

/// Something that was asked for and waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What.
    pub ask: Ask,
    /// Why.
    pub reason: String,
    /// Who asked; none when the rules did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<StaffId>,
    /// In the name of which unit.
    pub unit: UnitId,
    /// When.
    pub at: Timestamp,
}
