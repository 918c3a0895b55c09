//! Everything that is proved from outside: one binary, grouped by what is proved.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod contracts;
mod faults;
mod hostile;
mod journeys;
