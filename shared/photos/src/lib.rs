//! Photos of cases: what an upload becomes ([`mod@sanitize`]) and where it lies ([`store`]).
//!
//! The only crate that names the S3 client. It knows nothing of cases beyond their id, and nothing of HTTP.

pub mod sanitize;
#[cfg(feature = "scenes")]
pub mod scene;
pub mod store;

pub use sanitize::{GpsPoint, Rejection, Rendition, Sanitized, sanitize};
pub use store::{Original, PhotoKey, PhotoStore, PhotoStoreError, Size, UploadGrant, Waiting};
