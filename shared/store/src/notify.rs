//! What people are told: inboxes, deliveries to other channels, digests, and how much each person was sent.

pub mod delivery;
pub mod digest;
pub mod inbox;
pub mod rate;
pub(crate) mod reach;
