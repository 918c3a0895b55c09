//! DynamoDB: typed keys, items and access patterns. The only crate that names `aws-sdk-dynamodb`.
//!
//! Used by every function. Every query here is a row in docs/access-patterns.md; there is no scan.

pub mod case;
mod change;
pub mod directory;
pub mod due;
pub mod error;
mod event;
mod item;
pub mod keys;
pub mod notify;
pub mod partition;
mod query;
pub mod schema;
pub mod stream;
pub mod table;
pub mod transaction;
mod write;

pub use case::CaseTable;
pub use case::accept::{Accepted, Opening, Submission};
pub use case::contact::ContactReading;
pub use case::item::part_id;
pub use case::page::CasePage;
pub use directory::snapshot::Snapshot;
pub use directory::{Directory, DirectoryData};
pub use error::StoreError;
pub use item::Item;
pub use notify::Notifications;
pub use table::Table;
