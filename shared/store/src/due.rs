//! What is due: the sparse index from which the sweep reads.

use jiff::Timestamp;

use zhitiao_domain::kernel::ids::{BudgetLineId, CaseId, DistrictId};

use crate::error::StoreError;
use crate::item::{Item, n, s};
use crate::keys;
use crate::notify::delivery::DeliveryKey;
use crate::notify::rate::Window;
use crate::table::CaseTable;

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

impl CaseTable {
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
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("due")
            .key_condition_expression("dp = :shard AND dn <= :now")
            .expression_attribute_values(":shard", s(keys::due_shard_number(shard)))
            .expression_attribute_values(":now", n(now.as_millisecond()))
            .limit(100)
            .set_exclusive_start_key(after)
            .send()
            .await
            .map_err(StoreError::from_sdk)?;
        let items = answer
            .items
            .unwrap_or_default()
            .iter()
            .map(due_item)
            .collect::<Result<_, _>>()?;
        Ok((items, answer.last_evaluated_key))
    }
}

fn due_item(item: &Item) -> Result<DueItem, StoreError> {
    let text = |name: &str| {
        item.get(name)
            .and_then(|value| value.as_s().ok())
            .map_or("", String::as_str)
    };
    let (pk, sk) = (text("pk"), text("sk"));
    if let Some((tenant, line)) = keys::parse_budget(pk) {
        return Ok(DueItem::Budget(tenant, line));
    }
    if sk == keys::HEAD {
        let (tenant, id) = keys::parse_case(pk).map_err(StoreError::malformed)?;
        return Ok(DueItem::Case(tenant, id));
    }
    if sk == keys::NEXT {
        let tenant = keys::parse_digests(pk).map_err(StoreError::malformed)?;
        return Ok(DueItem::Digest(tenant));
    }
    if let Some(window) = Window::parse(pk, sk)? {
        return Ok(DueItem::Window(window));
    }
    if sk == keys::RECOUNT {
        let tenant = keys::parse_recount(pk).map_err(StoreError::malformed)?;
        return Ok(DueItem::Recalculation(tenant));
    }
    DeliveryKey::parse(pk, sk).map(DueItem::Delivery)
}
