//! What every context shares: identifiers, the org chart, time by the working-day calendar, limits and languages.

pub mod calendar;
pub mod change;
pub mod deadline;
pub mod error;
pub mod ids;
pub mod ladder;
pub mod lang;
pub mod limits;
pub mod org;
pub mod roles;
