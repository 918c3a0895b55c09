//! The edge of every function: Lambda and HTTP on the outside, plain values on the inside.
//!
//! A handler takes what it needs as extractors ([`StaffCaller`], [`IdempotencyKey`], [`IfMatch`], [`JsonBody`], ...),
//! answers a value or a [`Problem`], and never sees an event, a header or a language. [`http()`] puts the layers around a
//! router, [`bootstrap`] runs it. Nothing here knows a table, a bucket or a rule.

pub mod answers;
pub mod batch;
pub mod bootstrap;
pub mod caller;
pub mod capability;
pub mod clock;
pub mod config;
pub mod cursor;
pub mod etag;
pub mod fields;
pub mod idempotency;
pub mod json;
pub mod language;
pub mod layers;
mod mac;
mod origin;
pub mod problem;
pub mod report;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod view;

pub use caller::{NumberInPath, PathValue, StaffCaller};
pub use capability::{TrackingKeys, TrackingToken};
pub use clock::Clock;
pub use config::{ConfigError, Env, Secret};
pub use cursor::CursorKey;
pub use etag::{ETag, IfMatch, Seen};
pub use fields::{Faulty, Field, Fields};
pub use idempotency::IdempotencyKey;
pub use json::{JsonBody, QueryString};
pub use language::Language;
pub use layers::http;
pub use problem::{FieldFault, Problem, ProblemBody};
