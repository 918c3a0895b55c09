//! Cases: the head with its events and photos, the lists that a case stands in, and what is kept beside it.

use crate::notify::Notifications;
use crate::table::Table;

pub mod accept;
pub mod budget;
pub mod contact;
pub(crate) mod item;
pub mod open_case_counts;
pub mod page;
mod photo;
pub mod queue;
mod queue_entries;
pub mod recalculation;

/// The cases of all districts.
#[derive(Debug, Clone)]
pub struct CaseTable {
    pub(crate) table: Table,
}

impl CaseTable {
    /// Opens the table.
    pub fn new(config: &aws_config::SdkConfig, table: String) -> Self {
        Self {
            table: Table::open(config, table),
        }
    }

    /// The same table, for what tells people.
    pub fn notifications(&self) -> Notifications {
        Notifications {
            table: self.table.clone(),
        }
    }

    /// The table itself, for what is due in it.
    pub fn table(&self) -> &Table {
        &self.table
    }
}
