//! Telling people: who can be told, and when a phone may ring.

pub mod schedule;
