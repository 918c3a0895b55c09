//! Which units could be told of things outside the house when that was last looked at: what a change is compared with.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use zhitiao_domain::kernel::ids::{DistrictId, UnitId};

use crate::error::StoreError;
use crate::item::{from_item, to_item};
use crate::keys;
use crate::table::CaseTable;

#[derive(Serialize, Deserialize)]
struct ReachItem {
    pk: String,
    sk: String,
    units: BTreeSet<UnitId>,
}

impl CaseTable {
    /// The units that could be told outside the house; `None` when that was never noted.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn reached_units(
        &self,
        tenant: &DistrictId,
    ) -> Result<Option<BTreeSet<UnitId>>, StoreError> {
        let key = (keys::channels(tenant), keys::REACHED.to_owned());
        let item = self.get(key.0, key.1).await?;
        let item: Option<ReachItem> = item.map(from_item).transpose()?;
        Ok(item.map(|item| item.units))
    }

    /// Notes which units can be told outside the house.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn note_reached_units(
        &self,
        tenant: &DistrictId,
        units: &BTreeSet<UnitId>,
    ) -> Result<(), StoreError> {
        let item = ReachItem {
            pk: keys::channels(tenant),
            sk: keys::REACHED.to_owned(),
            units: units.clone(),
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(to_item(&item)?)).send().await;
        put.map(|_| ()).map_err(StoreError::from_sdk)
    }
}
