//! What became of each photo. Only photo-intake writes the outcome. Of the head it writes nothing but the revision,
//! when the outcome is an event of the case.

use serde::{Deserialize, Serialize};

use zhitiao_domain::case::photo::{Announced, Photo, PhotoState};
use zhitiao_domain::case::{Case, Change, Event};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};

use crate::case::CaseTable;
use crate::change::Stored;
use crate::error::StoreError;
use crate::event;
use crate::item::{Item, from_item, moment, n, s, to_item};
use crate::keys;
use crate::partition::Partition;
use crate::write::{Key, Write};

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

fn write(district: &DistrictId, case: CaseId, photo: &Photo) -> Result<Item, StoreError> {
    to_item(&PhotoItem {
        pk: Partition::Case(district.clone(), case).to_string(),
        sk: keys::photo(photo.number),
        at: photo.at.as_millisecond(),
        what: photo.state.clone(),
        ann: photo.announced.clone(),
    })
}

impl CaseTable {
    /// Announces an evidence photo, in the place of a lapsed or refused announcement when one is given; says whether
    /// the number was still free.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn announce_photo(
        &self,
        district: &DistrictId,
        case: CaseId,
        photo: &Photo,
        replaces: Option<&Photo>,
    ) -> Result<bool, StoreError> {
        let item = write(district, case, photo)?;
        let Some(replaced) = replaces else {
            return self.table.put_new(item).await;
        };
        let put = Write::put(item)
            .when("#at = :at AND what.#state <> :ready")
            .name("#at", "at")
            .name("#state", "state")
            .value(":at", n(replaced.at.as_millisecond()))
            .value(":ready", s("ready"));
        self.table.write_if(put).await
    }

    /// One photo, when something is recorded about it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn photo(
        &self,
        district: &DistrictId,
        case: CaseId,
        number: u8,
    ) -> Result<Option<Photo>, StoreError> {
        let key = Key::new(
            &Partition::Case(district.clone(), case),
            keys::photo(number),
        );
        self.table.get(key).await?.map(read).transpose()
    }

    /// Records what became of a photo; says whether it was recorded. A photo that can be seen stays as it is: a
    /// repeated or late event changes nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn record_photo(
        &self,
        district: &DistrictId,
        case: CaseId,
        photo: &Photo,
    ) -> Result<bool, StoreError> {
        let put = if_not_ready(write(district, case, photo)?);
        self.table.write_if(put).await
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
        let photo = if_not_ready(write(&case.district, case.id, photo)?);
        let head = Key::new(&Partition::Case(case.district.clone(), case.id), keys::HEAD);
        let revision = Write::update(head, "SET r = :next")
            .when("r = :r")
            .value(":next", n(event.number))
            .value(":r", n(case.rev));
        let event = Write::put_new(event::write(&case.partition(), event)?);
        self.table.write_all([photo, revision, event]).await
    }
}

/// The record that a photo of the reporter may arrive from now on.
pub(crate) fn announced_by_reporter(change: &Change, number: u8) -> Result<Write, StoreError> {
    let photo = Photo {
        number,
        state: PhotoState::Pending,
        at: change.event.at,
        announced: None,
    };
    let case = &change.after;
    write(&case.district, case.id, &photo).map(if_not_ready)
}

fn if_not_ready(photo: Item) -> Write {
    Write::put(photo)
        .when(NOT_READY)
        .name("#state", "state")
        .value(":ready", s("ready"))
}
