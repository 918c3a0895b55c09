//! Everything that is proved from outside: one binary, grouped by what is proved.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]
#![expect(clippy::too_many_lines, reason = "a story is told in one piece")]

mod contracts;
mod faults;
mod hostile;
mod journeys;
