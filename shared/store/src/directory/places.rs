//! Places with a code: items of a partition of their own, so that 2,000 of them are not loaded with the directory.

use serde::{Deserialize, Serialize};

use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::place::{CodedPlace, PlaceCode};

use crate::directory::Directory;
use crate::error::StoreError;
use crate::item::{Item, from_item, s, to_item};
use crate::keys;
use crate::table::BATCH_WRITES;
use crate::write::{Key, Write};

#[derive(Serialize, Deserialize)]
struct PlaceItem {
    pk: String,
    sk: String,
    place: CodedPlace,
}

fn key(district: &DistrictId, code: PlaceCode) -> Result<Key, StoreError> {
    let key = [("pk", keys::places(district)), ("sk", keys::place(code))];
    Key::of(&key.map(|(name, value)| (name.to_owned(), s(value))).into())
}

fn read(item: Item) -> Result<CodedPlace, StoreError> {
    Ok(from_item::<PlaceItem>(item)?.place)
}

impl Directory {
    /// The place with a code; also one that is retired.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn place(
        &self,
        district: &DistrictId,
        code: PlaceCode,
    ) -> Result<Option<CodedPlace>, StoreError> {
        let item = self.table.get(key(district, code)?).await?;
        item.map(read).transpose()
    }

    /// Every place of the district, by code.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn places(&self, district: &DistrictId) -> Result<Vec<CodedPlace>, StoreError> {
        let items = self.table.hash(keys::places(district)).all().await?;
        items.into_iter().map(read).collect()
    }

    /// Writes places under their codes, past the log of changes: for an import.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn import_places(
        &self,
        district: &DistrictId,
        places: &[CodedPlace],
    ) -> Result<(), StoreError> {
        for batch in places.chunks(BATCH_WRITES) {
            let writes = batch.iter().map(|place| {
                let item = PlaceItem {
                    pk: keys::places(district),
                    sk: keys::place(PlaceCode::of(district, &place.id)),
                    place: place.clone(),
                };
                to_item(&item).map(Write::put)
            });
            let writes = writes.collect::<Result<_, _>>()?;
            self.table.write_batch(writes).await?;
        }
        Ok(())
    }
}
