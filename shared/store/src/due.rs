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

impl Table {
    /// One page of everything due by `now` in a shard, earliest first, and the key of the next page.
    ///
    /// The index holds keys only: 27 of them cost half a read unit.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn due(
        &self,
        shard: u32,
        now: Timestamp,
        after: Option<Item>,
    ) -> Result<(Vec<DueItem>, Option<Item>), StoreError> {
        let shard = keys::due_shard_number(shard);
        let query = self
            .index("due", "dp", &shard)
            .range("dn <= :now", ":now", n(now.as_millisecond()))
            .limit(100)
            .behind(after);
        let (found, next) = query.page().await?;
        let items = found.iter().map(due_item).collect::<Result<_, _>>()?;
        Ok((items, next))
    }
}

fn due_item(item: &Item) -> Result<DueItem, StoreError> {
    let text = |name: &str| {
        let text = item.get(name).and_then(|value| value.as_s().ok());
        text.map_or("", String::as_str)
    };
    let (pk, sk) = (text("pk"), text("sk"));
    match Partition::parse(pk).map_err(StoreError::malformed)? {
        Partition::Case(district, id) => Ok(DueItem::Case(district, id)),
        Partition::Recalculation(district) => Ok(DueItem::Recalculation(district)),
        Partition::Budget(district, line) => Ok(DueItem::Budget(district, line)),
        Partition::Digests(district) => Ok(DueItem::Digest(district)),
        Partition::Rate(district, to) => Window::of(district, &to, sk).map(DueItem::Window),
        Partition::Sent(district, name) => {
            DeliveryKey::of(district, &name, sk).map(DueItem::Delivery)
        }
        Partition::Contact(..) | Partition::Channels(_) | Partition::Inbox(..) => Err(
            StoreError::malformed(format!("nothing is ever due there: {pk} {sk}")),
        ),
    }
}
