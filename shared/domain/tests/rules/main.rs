//! The rules of a case, tried on the seeded district: one binary, one file per question.

#![allow(clippy::unwrap_used)] // A test fails by panicking.

mod audience;
mod case_properties;
mod case_rules;
mod clocks;
mod digest;
mod directory;
mod district;
mod extensions;
mod holds;
mod model;
mod notice;
mod publication;
mod recount;
mod rights_matrix;
mod standing_in;
mod supervision;
mod teamwork;
