//! What became of each photo. Only photo-intake writes the outcome, and never the head.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use zhitiao_domain::ids::{CaseId, StaffId, TenantId};
use zhitiao_domain::report::{PhotoGrant, Point};

use crate::cases::CaseTable;
use crate::error::StoreError;
use crate::item::{Item, from_item, moment, to_item};
use crate::keys;

/// What became of a photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PhotoState {
    /// Announced by staff; not received yet.
    Pending,
    /// Checked, cleaned and stored in two sizes.
    Ready {
        /// Pixels of the large size.
        width: u32,
        /// Pixels of the large size.
        height: u32,
        /// Where it was taken, kept only with the reporter's consent.
        point: Option<Point>,
    },
    /// Refused, with the stable code of the reason.
    Rejected {
        /// Why.
        reason: String,
    },
}

/// One photo of a case. Numbers from 0 are the reporter's, in the order of the report; from
/// [`FIRST_EVIDENCE`] on they are evidence by staff.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Its number in the case.
    pub number: u8,
    /// What became of it.
    pub state: PhotoState,
    /// When that was recorded.
    pub at: Timestamp,
    /// For evidence: what was announced, by whom, under which idempotency key.
    pub announced: Option<Announced>,
}

/// An evidence photo that a member of staff announced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announced {
    /// The member of staff.
    pub by: StaffId,
    /// The idempotency key of the announcement.
    pub command: String,
    /// Angle, type and length.
    #[serde(flatten)]
    pub grant: PhotoGrant,
}

impl Photo {
    /// Whether it can be shown.
    pub fn is_ready(&self) -> bool {
        matches!(self.state, PhotoState::Ready { .. })
    }
}

/// The number of the first evidence photo.
#[expect(clippy::cast_possible_truncation, reason = "the limit is 9")]
pub const FIRST_EVIDENCE: u8 = zhitiao_domain::limits::PHOTOS as u8;

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

fn write(tenant: &TenantId, case: CaseId, photo: &Photo) -> Result<Item, StoreError> {
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
        tenant: &TenantId,
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
        tenant: &TenantId,
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
        tenant: &TenantId,
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
