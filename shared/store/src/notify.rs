//! What people are told: inboxes, deliveries to other channels, digests, and how much each person was sent.

use crate::table::Table;

pub mod delivery;
pub mod digest;
pub mod inbox;
pub mod outbound;
pub mod rate;
mod reach;

/// What people are told; it lies in the table of cases, so that one transaction and one stream serve both.
#[derive(Debug, Clone)]
pub struct Notifications {
    pub(crate) table: Table,
}
