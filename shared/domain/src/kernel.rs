//! What every context shares: identifiers, the org chart, time by the working-day calendar, limits and languages.

pub mod bounds;
pub mod calendar;
pub mod change;
pub mod deadline;
pub mod error;
pub mod ids;
pub mod input;
pub mod ladder;
pub mod lang;
pub mod limits;
pub mod org;
pub mod phone;
pub mod place;
pub mod profile;
pub mod reference;
pub mod roles;
pub mod worded;
