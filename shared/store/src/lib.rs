//! DynamoDB: typed keys, items and access patterns. The only crate that names `aws-sdk-dynamodb`.
//!
//! Used by every function. Every query here is a row in docs/access-patterns.md; there is no scan.

mod accept;
pub mod budget;
mod case_item;
pub mod cases;
pub mod census;
mod contact;
pub mod delivery;
pub mod digest_item;
pub mod directory;
pub mod due;
pub mod edition;
pub mod error;
mod event_item;
pub mod inbox;
mod item;
pub mod keys;
mod photo_item;
pub mod queue;
pub mod rate;
mod reach;
pub mod recount;
mod rows;
pub mod seeding;
pub mod stream;

pub use accept::{Accepted, Submission};
pub use case_item::part_id;
pub use cases::{CasePage, CaseTable};
pub use directory::{Directory, DirectoryData};
pub use edition::Edition;
pub use error::StoreError;
pub use item::Item;
