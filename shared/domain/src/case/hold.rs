//! Holds: times in which the promise stands still for a reason that everyone may read.
//!
//! A hold is requested by the unit that handles the case, granted by a person above it, and must be looked at again by
//! a date; otherwise it ends by itself. Money that does not come for long makes a case a supervised one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kernel::deadline::Hold as HeldSpan;
use crate::kernel::ids::{BudgetLineId, StaffId, UnitId};

/// Why the resolve clock stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// 等待资金.
    Budget,
    /// 等待部门.
    OtherUnit,
    /// 等待居民补充.
    Resident,
    /// 季节.
    Season,
    /// 司法.
    Legal,
}

impl HoldReason {
    /// Every reason, for tables and tests.
    pub const ALL: [Self; 5] = [
        Self::Budget,
        Self::OtherUnit,
        Self::Resident,
        Self::Season,
        Self::Legal,
    ];

    /// The stable code, as the APIs and the texts name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::OtherUnit => "other_unit",
            Self::Resident => "resident",
            Self::Season => "season",
            Self::Legal => "legal",
        }
    }
}

/// What is asked for with a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldTerms {
    /// Why.
    pub reason: HoldReason,
    /// By when it must be looked at again.
    pub review_at: Timestamp,
    /// The unit whose answer is waited for; with [`HoldReason::OtherUnit`] only, and then always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<UnitId>,
    /// The line whose approval is waited for; with [`HoldReason::Budget`] only, and then always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_line: Option<BudgetLineId>,
}

/// One time on hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// From when to when; open while the case is on hold.
    pub span: HeldSpan,
    /// Why.
    pub reason: HoldReason,
    /// When it resumes by itself unless reviewed.
    pub review_at: Timestamp,
    /// Who asked for it; kept while it is open.
    pub requester: Option<StaffId>,
    /// Who granted it, and is told when it was not reviewed; kept while it is open.
    pub approver: Option<StaffId>,
    /// The unit whose answer is waited for.
    pub waits_for: Option<UnitId>,
    /// The line whose approval is waited for.
    pub budget_line: Option<BudgetLineId>,
}
