//! Rules and words of the neighborhood service.
//!
//! Everything here is a pure function of its arguments: no AWS, no HTTP, no async, no clock, no environment, no
//! randomness. Whoever calls passes `now`.

pub mod calendar;
pub mod clock;
pub mod ids;
pub mod ladder;
pub mod texts;
