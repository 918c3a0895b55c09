//! The numbers of the case rules that are not promised per tier: how often, how long, how many.

/// From the third dispatch on, the desk designates a unit and it cannot be returned (Tianjin's implementing rules).
pub const DISPATCHES_UNTIL_DESIGNATED: u8 = 3;
/// Days until a hold must be reviewed.
pub const HOLD_REVIEW_DAYS: i64 = 30;
/// Working days until a hold that waits for the resident must be reviewed.
pub const RESIDENT_REVIEW_WORK_DAYS: u32 = 5;
/// Days that a case may wait for money, all its holds together, before a leader must have signed for it.
pub const BUDGET_HOLD_DAYS: i64 = 60;
/// Times that a case is reopened until supervision is proposed by itself.
pub const REOPENED_UNTIL_SUPERVISED: u8 = 2;
/// Parts into which one case may be split.
pub const PARTS: usize = 5;
/// Units that may help with one case.
pub const CO_HANDLERS: usize = 5;
/// Days ahead for which a visit may be agreed.
pub const VISIT_DAYS_AHEAD: i64 = 30;
/// Hours of the longest slot for a visit.
pub const VISIT_SLOT_HOURS: i64 = 12;
