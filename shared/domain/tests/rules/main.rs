//! The rules of a case, tried on the seeded district: one binary, one file per question.

#![allow(clippy::unwrap_used)] // A test fails by panicking.
#![allow(clippy::too_many_lines)] // A morning with all its cases is told in one piece.

mod audience;
mod audience_completeness;
mod case_properties;
mod case_rules;
mod channel;
mod clocks;
mod cooperation;
mod digest;
mod directory;
mod district;
mod extensions;
mod holds;
mod input;
mod late_entry;
mod likeness;
mod masking;
mod model;
mod notice;
mod publication;
mod recalculate;
mod reporter;
mod rights_matrix;
mod standing_in;
mod supervision;
