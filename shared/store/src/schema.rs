//! Which stored data this code knows, by the steps that change it.

use serde::{Deserialize, Serialize};

use zhitiao_domain::kernel::ids::DistrictId;

use crate::error::StoreError;
use crate::item::{Item, from_item, n};
use crate::table::Table;
use crate::write::{Key, Write};

pub mod migration;

/// A change of stored data, done by `zhitiao-operator migrate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its place: the first is 1, and each follows the one before.
    pub number: u32,
    /// What it does, for operators.
    pub says: &'static str,
}

/// All steps, one a line: `make package` and the generator of the template read them here.
pub const STEPS: &[Step] = &[];

/// The number of the newest step that this code knows. It refuses data on which a newer one was begun.
pub const SCHEMA: u32 = 0;

/// The oldest data that this code still reads: this step must be finished before it is deployed.
pub const NEEDS: u32 = 0;

/// The sort key of the item, in the partition of the directory: what reads a directory reads this along with it.
pub(crate) const KEY: &str = "SCHEMA";

/// Which steps were done with the stored data of a district.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSchema {
    /// The newest step that was begun: some items may be as it leaves them.
    #[serde(default)]
    pub begun: u32,
    /// The newest step that was finished.
    #[serde(default)]
    pub done: u32,
}

impl StoredSchema {
    /// Refuses data that is newer than what is known.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a step after `known` was begun.
    pub fn require(self, known: u32) -> Result<(), StoreError> {
        let stored = self.begun;
        if stored <= known {
            return Ok(());
        }
        let error = StoreError::Newer { stored, known };
        // A function that does not start shows its error by Debug, which says too little.
        tracing::error!(%error, "the stored data is refused");
        Err(error)
    }
}

/// Refuses the stored data by its item, when this code does not know it.
pub(crate) fn require_known(item: Item) -> Result<(), StoreError> {
    from_item::<StoredSchema>(item)?.require(SCHEMA)
}

fn key(district: &DistrictId) -> Key {
    Key::at(district.as_str(), KEY)
}

impl Table {
    /// What the directory table says of the stored data; nothing was done with it where no item says so.
    pub(crate) async fn schema(&self, district: &DistrictId) -> Result<StoredSchema, StoreError> {
        let item = self.get(key(district)).await?;
        item.map_or(Ok(StoredSchema::default()), from_item)
    }

    /// Says that a step was begun, so that older code refuses the data from now on.
    async fn begin(&self, district: &DistrictId, number: u32) -> Result<(), StoreError> {
        let begin = Write::update(key(district), "SET begun = :number")
            .when("attribute_not_exists(begun) OR begun < :number")
            .value(":number", n(number));
        self.write_if(begin).await.map(|_| ())
    }

    /// Says that a step is finished, and every step before it.
    pub(crate) async fn finish(
        &self,
        district: &DistrictId,
        number: u32,
    ) -> Result<(), StoreError> {
        let finish = Write::update(key(district), "SET done = :number, begun = :number")
            .when("attribute_not_exists(done) OR done < :number")
            .value(":number", n(number));
        self.write_if(finish).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::s;

    #[test]
    fn steps_are_numbered_from_one_without_a_gap() {
        // The linter sees that there is no step yet, and would have the comparisons written without them.
        let [newest, needed] = [SCHEMA, NEEDS].map(std::hint::black_box);
        let numbers = STEPS.iter().map(|step| step.number);
        assert!(numbers.eq(1..=newest), "a step is missing, or SCHEMA is");
        assert!(needed <= newest);
    }

    #[test]
    fn data_on_which_a_newer_step_was_begun_is_refused_and_older_data_is_not() {
        let item = |begun| Item::from([("begun".to_owned(), n(begun)), ("pk".to_owned(), s("d"))]);
        assert!(require_known(item(SCHEMA)).is_ok());
        let refusal = require_known(item(SCHEMA + 1)).unwrap_err().to_string();
        assert!(refusal.contains("deploy the release"), "{refusal}");
        assert!(StoredSchema { begun: 2, done: 1 }.require(2).is_ok());
    }
}
