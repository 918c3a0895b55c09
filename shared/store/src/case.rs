//! Cases: the head with its events and photos, the lists that a case stands in, and what is kept beside it.

pub mod accept;
pub mod budget;
pub mod contact;
pub(crate) mod event;
pub(crate) mod item;
pub mod open_case_counts;
pub mod page;
pub(crate) mod photo;
pub mod queue;
mod queue_entries;
pub mod recalculation;
