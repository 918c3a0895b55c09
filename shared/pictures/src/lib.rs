//! Pictures: what an uploaded file becomes ([`mod@sanitize`]), and street scenes drawn to test that with ([`scene`]).
//!
//! Bytes in, bytes out: it knows of no case, no bucket and no other crate of ours, so that its optimized code is
//! compiled once and not with every change of a rule.

pub mod sanitize;
#[cfg(feature = "scenes")]
pub mod scene;

pub use sanitize::{GpsPoint, Rejection, Rendition, Sanitized, sanitize};
