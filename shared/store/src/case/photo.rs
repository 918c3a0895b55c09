//! What became of each photo. Only photo-intake writes the outcome. Of the head it writes nothing but the revision, when
//! the outcome is an event of the case.

use serde::{Deserialize, Serialize};

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};

use zhitiao_domain::case::photo::{Announced, Photo, PhotoState};
use zhitiao_domain::case::{Case, Event};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};

use crate::case::event;
use crate::error::StoreError;
use crate::item::{Item, from_item, moment, n, s, to_item};
use crate::keys;
use crate::table::{CaseTable, put_item};

/// A photo that can be seen is never replaced; one that waits or was refused is.
const NOT_READY: &str = "attribute_not_exists(pk) OR what.#state <> :ready";

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
    /// Announces an evidence photo, in the place of a lapsed or refused announcement when one is given; says whether the
    /// number was still free.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn announce_photo(
        &self,
        tenant: &DistrictId,
        case: CaseId,
        photo: &Photo,
        replaces: Option<&Photo>,
    ) -> Result<bool, StoreError> {
        let item = write(tenant, case, photo)?;
        let Some(replaced) = replaces else {
            return self.put_once(item).await;
        };
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("#at = :at AND what.#state <> :ready")
            .expression_attribute_names("#at", "at")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":at", n(replaced.at.as_millisecond()))
            .expression_attribute_values(":ready", s("ready"));
        match put.send().await.map_err(StoreError::from_sdk) {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(err) => Err(err),
        }
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

    /// Records what became of a photo; says whether it was recorded. A photo that can be seen stays as it is: a repeated
    /// or late event changes nothing.
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
            .condition_expression(NOT_READY)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":ready", s("ready"));
        match put.send().await.map_err(StoreError::from_sdk) {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(err) => Err(err),
        }
    }

    /// Records a photo together with the event that announces it, or neither. Of the head only the revision changes, so
    /// that no rule is needed to write it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the case was written meanwhile or the photo is recorded already.
    pub async fn record_arrival(
        &self,
        case: &Case,
        photo: &Photo,
        event: &Event,
    ) -> Result<(), StoreError> {
        let photo = self
            .put(write(&case.tenant, case.id, photo)?)
            .condition_expression(NOT_READY)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":ready", s("ready"));
        let revision = Update::builder()
            .table_name(&self.table)
            .key("pk", s(keys::case(&case.tenant, case.id)))
            .key("sk", s(keys::HEAD))
            .update_expression("SET r = :next")
            .condition_expression("r = :r")
            .expression_attribute_values(":next", n(event.number))
            .expression_attribute_values(":r", n(case.rev))
            .build()
            .map_err(StoreError::malformed)?;
        let event = self
            .put(event::write(case, event)?)
            .condition_expression("attribute_not_exists(pk)");
        let writes = vec![
            put_item(photo)?,
            TransactWriteItem::builder().update(revision).build(),
            put_item(event)?,
        ];
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await;
        sent.map(|_| ()).map_err(StoreError::from_transaction)
    }
}
