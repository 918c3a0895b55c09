//! Telling people: whom a message speaks to, when a phone may ring, and when digests are sent.

pub mod audience;
pub mod digest_schedule;
pub mod schedule;
