//! Telling people: whom a message speaks to, over which channels, when a phone may be disturbed, and when digests
//! are sent.

pub mod audience;
pub mod channel;
pub mod digest_schedule;
pub mod schedule;
