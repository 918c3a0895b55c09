//! What the stream of the cases table says, in our own words.

use zhitiao_domain::case::{Case, Event};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};

use crate::case::item as head;
use crate::error::StoreError;
use crate::event;
use crate::item::Item;
use crate::keys;
use crate::notify::delivery::{Delivery, DeliveryState};
use crate::notify::digest::DigestRequest;
use crate::partition::Partition;

/// One new image of the stream, as far as it needs a notification.
#[derive(Debug)]
pub enum Announcement {
    /// A case was received.
    NewCase(Box<Case>),
    /// Something happened to a case.
    Happened(DistrictId, CaseId, Box<Event>),
    /// A delivery is asked for: another try, or its time has come.
    Again(Delivery),
    /// The digest of a unit is asked for.
    Digest(DigestRequest),
}

/// Reads a new image. `is_insert` tells a new head from a changed one; `None` for changes that need no notification.
///
/// # Errors
/// [`StoreError::Malformed`] for an image that is none of ours, or for none at all.
pub fn announcement(item: Item, is_insert: bool) -> Result<Option<Announcement>, StoreError> {
    // A stream of keys only would otherwise lose every message without a word.
    if item.is_empty() {
        return Err(StoreError::malformed(
            "a record without an image; the stream must show NEW_IMAGE",
        ));
    }
    let text = |name: &str| {
        item.get(name)
            .and_then(|value| value.as_s().ok())
            .cloned()
            .unwrap_or_default()
    };
    let (pk, sk) = (text("pk"), text("sk"));
    // A newer version may have partitions that this one does not know.
    let Ok(partition) = Partition::parse(&pk) else {
        return Ok(None);
    };
    match partition {
        Partition::Case(district, id) if is_insert => of_case(district, id, &sk, item),
        Partition::Digests(_) if is_insert && sk.starts_with(keys::DIGEST) => {
            DigestRequest::from_item(item).map(|request| Some(Announcement::Digest(request)))
        }
        Partition::Sent(..) => {
            let delivery = Delivery::from_item(item)?;
            let is_asked = delivery.state == DeliveryState::Again;
            Ok(is_asked.then_some(Announcement::Again(delivery)))
        }
        Partition::Case(..)
        | Partition::Digests(_)
        | Partition::Contact(..)
        | Partition::Rate(..)
        | Partition::Channels(_)
        | Partition::Inbox(..)
        | Partition::Recalculation(_)
        | Partition::Budget(..) => Ok(None),
    }
}

/// A new item of a case: its head or an event. Event 0 carries words of the report that moved out of the head.
fn of_case(
    district: DistrictId,
    id: CaseId,
    sk: &str,
    item: Item,
) -> Result<Option<Announcement>, StoreError> {
    if sk == keys::HEAD {
        let case = head::read(item)?.0;
        return Ok(Some(Announcement::NewCase(Box::new(case))));
    }
    if !sk.starts_with(keys::EVENT) {
        return Ok(None);
    }
    let event = event::read(item)?;
    Ok((event.number > 0).then(|| Announcement::Happened(district, id, Box::new(event))))
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    #[test]
    fn a_record_without_an_image_is_an_error_and_a_foreign_item_is_not() {
        assert!(announcement(Item::new(), true).is_err());
        let foreign = [("pk", "shinan#CASE#1"), ("sk", "PHOTO#00")];
        let foreign =
            foreign.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())));
        assert!(matches!(announcement(Item::from(foreign), true), Ok(None)));
    }
}
