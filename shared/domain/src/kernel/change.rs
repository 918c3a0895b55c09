//! A decided change: an aggregate as it was and as it will be, and the one event that explains it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{StaffId, UnitId};

/// Who caused an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Author {
    /// The reporter.
    Resident,
    /// A member of staff, in the name of a unit.
    Staff {
        /// The person.
        id: StaffId,
        /// The unit that stands in the timeline.
        unit: UnitId,
    },
    /// Time itself.
    System,
}

/// One entry of a history. Histories only grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded<E> {
    /// Its number: 1, 2, 3 without holes; 0 is the receipt.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub author: Author,
    /// The caller's idempotency key, by which a retry recognizes its own write.
    pub command: Option<String>,
    /// What.
    pub kind: E,
}

/// What is loaded, changed by one decision at a time, and saved as a whole.
pub trait Aggregate {
    /// Its identifier.
    type Id;
    /// What can happen to it.
    type Event;
    /// Where it stands in the lists and when it is next due, as the rules say.
    type Listing;
}

/// A decided change. Its parts are saved together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<A: Aggregate> {
    /// The aggregate before: what the write is conditioned on.
    pub before: A,
    /// The aggregate after.
    pub after: A,
    /// Where it stood in the lists by the rules of now, and where it stands after.
    pub listing: (A::Listing, A::Listing),
    /// Why.
    pub event: Recorded<A::Event>,
    /// Aggregates that come into being with it, each with its place in the lists, saved in the same write.
    pub opened: Vec<(A, A::Listing)>,
    /// The changes by which other aggregates end with it, saved in the same write.
    pub ended: Vec<Self>,
    /// Another aggregate that was looked at for it, with its `rev`: it must still be so when the change is saved.
    pub requires_unchanged: Option<(A::Id, u32)>,
}

impl<A: Aggregate> Change<A> {
    /// A change of one aggregate that depends on no other one.
    pub fn new(
        before: A,
        after: A,
        listing: (A::Listing, A::Listing),
        event: Recorded<A::Event>,
    ) -> Self {
        Self {
            before,
            after,
            listing,
            event,
            opened: Vec::new(),
            ended: Vec::new(),
            requires_unchanged: None,
        }
    }
}
