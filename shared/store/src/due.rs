//! What is due: the sparse index from which the sweep reads.

use jiff::Timestamp;

use zhitiao_domain::kernel::ids::{BudgetLineId, CaseId, DistrictId};

use crate::error::StoreError;
use crate::item::{Item, n};
use crate::keys;
use crate::notify::delivery::DeliveryKey;
use crate::notify::rate::Window;
use crate::partition::Partition;
use crate::table::Table;

/// Something whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DueItem {
    /// A case has a rung to climb or a hold to review.
    Case(DistrictId, CaseId),
    /// The district's open cases are to be counted by a new calendar.
    Recalculation(DistrictId),
    /// A delivery must be tried again, or its time has come.
    Delivery(DeliveryKey),
    /// Cases that wait for a budget line must be woken.
    Budget(DistrictId, BudgetLineId),
    /// It is time for the digest of a district.
    Digest(DistrictId),
    /// Messages were held back for a while, and that is over.
    Window(Window),
}

/// What is due, and the key behind which the next page begins.
pub type DuePage = (Vec<Result<DueItem, StoreError>>, Option<Item>);

impl Table {
    /// One page of everything due by `now` in a shard, earliest first, and the key of the next page.
    ///
    /// The index holds keys only: 27 of them cost half a read unit. A key that cannot be read, for example one of a
    /// newer version, is an error of its own, so that it holds up nothing else.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn due(
        &self,
        shard: u32,
        now: Timestamp,
        after: Option<Item>,
    ) -> Result<DuePage, StoreError> {
        let shard = keys::due_shard_number(shard);
        let query = self
            .index("due", "dp", &shard)
            .range("dn <= :now", ":now", n(now.as_millisecond()))
            .limit(100)
            .behind(after);
        let (found, next) = query.page().await?;
        Ok((found.iter().map(due_item).collect(), next))
    }
}

fn due_item(item: &Item) -> Result<DueItem, StoreError> {
    let text = |name: &str| {
        let text = item.get(name).and_then(|value| value.as_s().ok());
        text.map_or("", String::as_str)
    };
    let (pk, sk) = (text("pk"), text("sk"));
    match (Partition::parse(pk).map_err(StoreError::malformed)?, sk) {
        (Partition::Case(district, id), keys::HEAD) => Ok(DueItem::Case(district, id)),
        (Partition::Recalculation(district), keys::RECALCULATION) => {
            Ok(DueItem::Recalculation(district))
        }
        (Partition::Budget(district, line), keys::HEAD) => Ok(DueItem::Budget(district, line)),
        (Partition::Digests(district), keys::NEXT) => Ok(DueItem::Digest(district)),
        (Partition::Rate(district, to), sk) => Window::of(district, &to, sk).map(DueItem::Window),
        (Partition::Sent(district, name), sk) => {
            DeliveryKey::of(district, &name, sk).map(DueItem::Delivery)
        }
        (
            Partition::Case(..)
            | Partition::Recalculation(_)
            | Partition::Budget(..)
            | Partition::Digests(_)
            | Partition::Contact(..)
            | Partition::Channels(_)
            | Partition::Inbox(..),
            _,
        ) => Err(StoreError::malformed(format!(
            "nothing is ever due there: {pk} {sk}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::s;

    fn read(pk: &str, sk: &str) -> Result<DueItem, StoreError> {
        let key = [("pk", pk), ("sk", sk)];
        due_item(&key.map(|(name, value)| (name.to_owned(), s(value))).into())
    }

    #[test]
    fn each_key_is_read_as_what_is_due_there_and_every_other_is_an_error() {
        let due = |pk: &str, sk: &str| read(pk, sk).unwrap();
        assert!(matches!(due("shinan#K7M39QXD", "#"), DueItem::Case(..)));
        assert!(matches!(
            due("shinan#CALENDAR", "RECOUNT"),
            DueItem::Recalculation(_)
        ));
        assert!(matches!(
            due("shinan#BUDGET#2027-pipes-18", "#"),
            DueItem::Budget(..)
        ));
        assert!(matches!(due("shinan#DIGEST", "NEXT"), DueItem::Digest(_)));
        assert!(matches!(
            due("shinan#RATE#wang.fang", "1795395600000"),
            DueItem::Window(_)
        ));
        let delivery = "DELIVERY#00000000#wang.fang#people";
        assert!(matches!(
            due("shinan#SENT#K7M39QXD", delivery),
            DueItem::Delivery(_)
        ));
        for (pk, sk) in [
            ("shinan#K7M39QXD", "EVENT#00000001"),
            ("shinan#CALENDAR", "#"),
            ("shinan#DIGEST", "DIGEST#2026-11-30#badaguan"),
            ("shinan#RATE#wang.fang", "#"),
            ("shinan#SENT#K7M39QXD", "#"),
            ("shinan#CONTACT#K7M39QXD", "#"),
            ("shinan#INBOX#badaguan", "#"),
            ("shinan#PERMIT#1", "#"),
            ("", ""),
        ] {
            assert!(read(pk, sk).is_err(), "{pk} {sk}");
        }
    }
}
