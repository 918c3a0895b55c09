//! Where a case stands in the lists, and when it is next due: what the store's indexes hold of it.
//!
//! Computed once by the rules with each change; the store writes it down and asks no rules.

use jiff::Timestamp;

use crate::kernel::ids::UnitId;

/// What the indexes hold of a case beside its own attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The subdistrict in whose lists the case stands.
    pub subdistrict: UnitId,
    /// When the case must be looked at next; every open case has such a moment.
    pub next_at: Option<Timestamp>,
    /// The departments and teams in whose own queues the case stands: they have it, help with it or are waited for, and
    /// lie outside of the subdistrict. None once the case has ended.
    pub outside_units: Vec<UnitId>,
}
