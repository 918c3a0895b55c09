//! Approved budget lines, and the waking of the cases that wait for one.
//!
//! The approval is itself due until nothing waits for it any more, so that an outage between approval and waking, or a
//! case that begins to wait in the same second, only delays.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use zhitiao_domain::kernel::ids::{BudgetLineId, DistrictId, StaffId, UnitId};

use crate::case::CaseTable;
use crate::error::StoreError;
use crate::item::{from_item, moment, n, to_item};
use crate::keys;
use crate::partition::Partition;
use crate::write::{Key, Write};

/// How long after the approval the list of holds is looked at again: it may be behind the table.
pub const SETTLING: SignedDuration = SignedDuration::from_mins(2);

/// An approved line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetApproval {
    /// When.
    pub at: Timestamp,
    /// Who said so.
    pub by: StaffId,
    /// In the name of which unit.
    pub unit: UnitId,
    /// The words of the approval, e.g. the number of the document.
    pub reason: String,
    /// The idempotency key of the command.
    pub command: String,
    /// How many cases it has woken.
    pub woken: u32,
    /// Whether cases may still have to be woken.
    pub waking: bool,
}

#[derive(Serialize, Deserialize)]
struct BudgetItem {
    pk: String,
    sk: String,
    at: i64,
    by: StaffId,
    unit: UnitId,
    reason: String,
    cmd: String,
    woken: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dn: Option<i64>,
}

impl CaseTable {
    /// Records an approval; false when the line was approved before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn approve_budget(
        &self,
        district: &DistrictId,
        line: &BudgetLineId,
        approval: &BudgetApproval,
    ) -> Result<bool, StoreError> {
        let at = approval.at.as_millisecond();
        let item = BudgetItem {
            pk: Partition::Budget(district.clone(), line.clone()).to_string(),
            sk: keys::HEAD.to_owned(),
            at,
            by: approval.by.clone(),
            unit: approval.unit.clone(),
            reason: approval.reason.clone(),
            cmd: approval.command.clone(),
            woken: 0,
            dp: Some(keys::due_shard_number(0)),
            dn: Some(at),
        };
        self.table.put_new(to_item(&item)?).await
    }

    /// What became of a line; nothing while it is not approved.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn budget(
        &self,
        district: &DistrictId,
        line: &BudgetLineId,
    ) -> Result<Option<BudgetApproval>, StoreError> {
        let Some(item) = self.table.get(key(district, line)).await? else {
            return Ok(None);
        };
        let item: BudgetItem = from_item(item)?;
        Ok(Some(BudgetApproval {
            at: moment(item.at)?,
            by: item.by,
            unit: item.unit,
            reason: item.reason,
            command: item.cmd,
            woken: item.woken,
            waking: item.dn.is_some(),
        }))
    }

    /// Records how many cases were woken in all, and when to look again; never again with `None`.
    ///
    /// The count is for people: a sweep that is killed between waking and counting leaves it too low.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn record_waking(
        &self,
        district: &DistrictId,
        line: &BudgetLineId,
        woken: u32,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let key = key(district, line);
        let update = match next {
            Some(next) => Write::update(key, "SET dn = :next, woken = :woken")
                .value(":next", n(next.as_millisecond())),
            None => Write::update(key, "SET woken = :woken REMOVE dp, dn"),
        };
        let update = update.when("attribute_exists(pk)");
        self.table.write(update.value(":woken", n(woken))).await
    }
}

fn key(district: &DistrictId, line: &BudgetLineId) -> Key {
    let partition = Partition::Budget(district.clone(), line.clone());
    Key::new(&partition, keys::HEAD)
}
