//! What became of each photo. Only photo-intake writes the outcome, and never the head.

use serde::{Deserialize, Serialize};

use zhitiao_domain::case::photo::{Announced, Photo, PhotoState};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};

use crate::case::table::CaseTable;
use crate::error::StoreError;
use crate::item::{Item, from_item, moment, to_item};
use crate::keys;

#[derive(Serialize, Deserialize)]
struct PhotoItem {
    pk: String,
    sk: String,
    at: i64,
    what: PhotoState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ann: Option<Announced>,
}

/// Reads a photo back.
pub(crate) fn read(item: Item) -> Result<Photo, StoreError> {
    let item: PhotoItem = from_item(item)?;
    let number = item
        .sk
        .strip_prefix(keys::PHOTO)
        .and_then(|number| number.parse().ok());
    Ok(Photo {
        number: number.ok_or_else(|| StoreError::malformed(format!("photo key {}", item.sk)))?,
        state: item.what,
        at: moment(item.at)?,
        announced: item.ann,
    })
}

fn write(tenant: &DistrictId, case: CaseId, photo: &Photo) -> Result<Item, StoreError> {
    to_item(&PhotoItem {
        pk: keys::case(tenant, case),
        sk: keys::photo(photo.number),
        at: photo.at.as_millisecond(),
        what: photo.state.clone(),
        ann: photo.announced.clone(),
    })
}

impl CaseTable {
    /// Announces an evidence photo; says whether the number was still free.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn announce_photo(
        &self,
        tenant: &DistrictId,
        case: CaseId,
        photo: &Photo,
    ) -> Result<bool, StoreError> {
        self.put_once(write(tenant, case, photo)?).await
    }

    /// One photo, when something is recorded about it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn photo(
        &self,
        tenant: &DistrictId,
        case: CaseId,
        number: u8,
    ) -> Result<Option<Photo>, StoreError> {
        self.get(keys::case(tenant, case), keys::photo(number))
            .await?
            .map(read)
            .transpose()
    }

    /// Records what became of a photo, once: a repeated or late event finds the outcome there and changes nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn record_photo(
        &self,
        tenant: &DistrictId,
        case: CaseId,
        photo: &Photo,
    ) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write(tenant, case, photo)?));
        let put = put
            .condition_expression("attribute_not_exists(pk) OR what.#state = :pending")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":pending", crate::item::s("pending"));
        match put.send().await.map_err(StoreError::from_sdk) {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(err) => Err(err),
        }
    }
}
