//! Which units could be told of things outside the house when that was last looked at: what a change is compared with.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use zhitiao_domain::kernel::ids::{DistrictId, UnitId};

use crate::error::StoreError;
use crate::item::{from_item, to_item};
use crate::keys;
use crate::notify::Notifications;
use crate::partition::Partition;
use crate::write::{Key, Write};

#[derive(Serialize, Deserialize)]
struct ReachItem {
    pk: String,
    sk: String,
    units: BTreeSet<UnitId>,
}

impl Notifications {
    /// The units that could be told outside the house; `None` when that was never noted.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn reached_units(
        &self,
        district: &DistrictId,
    ) -> Result<Option<BTreeSet<UnitId>>, StoreError> {
        let key = Key::new(&Partition::Channels(district.clone()), keys::REACHED);
        let item = self.table.get(key).await?;
        let item: Option<ReachItem> = item.map(from_item).transpose()?;
        Ok(item.map(|item| item.units))
    }

    /// Notes which units can be told outside the house.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn note_reached_units(
        &self,
        district: &DistrictId,
        units: &BTreeSet<UnitId>,
    ) -> Result<(), StoreError> {
        let item = ReachItem {
            pk: Partition::Channels(district.clone()).to_string(),
            sk: keys::REACHED.to_owned(),
            units: units.clone(),
        };
        self.table.write(Write::put(to_item(&item)?)).await
    }
}
