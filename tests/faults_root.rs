//! Temporary root while this part is written; it becomes a module of it.rs.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod faults;
