//! The edge of every function: Lambda and HTTP on the outside, plain values on the inside.
//!
//! A handler takes what it needs as extractors ([`StaffCaller`], [`IdempotencyKey`], [`IfMatch`], [`JsonBody`], ...),
//! answers a value or a [`Problem`], and never sees an event, a header or a language. [`http()`] puts the layers around
//! a router, [`bootstrap`] runs it. Nothing here knows a table, a bucket or a rule.

pub mod answers;
pub mod body;
pub mod caller;
mod cloudfront_origin;
pub mod cursor;
pub mod etag;
pub mod fields;
pub mod form;
pub mod idempotency;
pub mod json;
pub mod language;
pub mod layers;
mod negotiation;
mod node;
pub mod problem;
#[cfg(test)]
mod testing;

pub use caller::{NumberInPath, PathValue, StaffCaller};
pub use cursor::{CursorKey, Page};
pub use etag::{ETag, IfMatch, Precondition};
pub use fields::{Field, FieldErrors, Fields};
pub use form::FormBody;
pub use idempotency::IdempotencyKey;
pub use json::{JsonBody, QueryString};
pub use language::Language;
pub use layers::{http, run_http};
pub use negotiation::Hotline;
pub use problem::{FieldError, Problem, ProblemBody};
