//! Rules and words of the neighborhood service.
//!
//! Everything here is a pure function of its arguments: no AWS, no HTTP, no async, no clock, no environment, no
//! randomness. Whoever calls passes `now`.

pub mod audience;
pub mod calendar;
pub mod case;
pub mod clock;
pub mod decide;
pub mod digest;
pub mod directory;
pub mod event;
pub mod evidence;
pub mod failure;
pub mod hold;
pub mod ids;
pub mod ladder;
pub mod limits;
pub mod notice;
pub mod org;
pub mod personal;
pub mod photo;
pub mod promise;
pub mod proposal;
pub mod publication;
pub mod recount;
pub mod report;
pub mod rights;
pub mod rulebook;
pub mod state;
pub mod supervision;
pub mod teamwork;
pub mod texts;
pub mod timers;
