//! Photos of cases: where an upload and what became of it lie ([`store`]).
//!
//! The only crate that names the S3 client. It knows nothing of cases beyond their id, and nothing of HTTP.

pub mod store;

pub use store::{
    FormGrant, Original, PhotoKey, PhotoStore, PhotoStoreError, Size, UploadGrant, Waiting,
};
