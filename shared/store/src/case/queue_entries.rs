//! The rows of a case beside its head: lists that a case stands in without the head paying for an index of its own.
//!
//! A department or team that has the case, helps with it or is waited for has a row in its own queue, for it lies
//! outside of the subdistrict's partition. A case on hold and a supervised case have a row each in the subdistrict's
//! lists of those.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};

use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::{Case, Change};
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::org::UnitKind;

use crate::case::queue::QueueItem;
use crate::error::StoreError;
use crate::item::{Item, s, to_item};
use crate::keys;
use crate::table::{CaseTable, put_item};

/// The rows of the case as it is, by sort key.
fn rows(case: &Case, rules: &Rulebook) -> Result<BTreeMap<String, Item>, StoreError> {
    let mut rows = BTreeMap::new();
    if !case.state.is_open() {
        return Ok(rows);
    }
    let community = &case.report.place.community;
    let subdistrict = rules.org.ancestor(community, UnitKind::Subdistrict);
    let subdistrict = subdistrict.map_or(community, |unit| &unit.id);
    let mut add = |row: QueueItem, sk: String| -> Result<(), StoreError> {
        rows.insert(sk, to_item(&row)?);
        Ok(())
    };
    for unit in outside_units(case, rules) {
        let sk = keys::assignment(unit);
        let partition = keys::unit_queue(&case.tenant, unit);
        add(
            QueueItem::beside(case, sk.clone(), partition, case.report.at),
            sk,
        )?;
    }
    if let Some(hold) = case.open_hold() {
        let partition = keys::holds(&case.tenant, subdistrict);
        let row = QueueItem::beside(case, keys::HELD.to_owned(), partition, hold.span.from);
        add(row.held(hold), keys::HELD.to_owned())?;
    }
    if let Some(order) = &case.supervision {
        let partition = keys::supervised(&case.tenant, subdistrict);
        let row = QueueItem::beside(case, keys::SUPERVISED.to_owned(), partition, order.at);
        add(row, keys::SUPERVISED.to_owned())?;
    }
    Ok(rows)
}

/// The departments and teams that have something to do with the case now.
fn outside_units<'a>(case: &'a Case, rules: &Rulebook) -> Vec<&'a UnitId> {
    let assigned = case.assignment.as_ref().map(|with| &with.unit);
    let helpers = case.co_handlers.iter().filter(|helper| !helper.done);
    let units = assigned
        .into_iter()
        .chain(case.awaited_unit())
        .chain(helpers.map(|helper| &helper.unit));
    units
        .filter(|unit| {
            let kind = rules.org.unit(unit).map(|unit| unit.kind);
            matches!(kind, Some(UnitKind::Department | UnitKind::Team))
        })
        .collect()
}

impl CaseTable {
    /// The writes by which the rows follow a change: only those that show something else now.
    pub(crate) fn row_writes(
        &self,
        change: &Change,
        rules: &Rulebook,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let (old, new) = (rows(&change.before, rules)?, rows(&change.after, rules)?);
        let mut writes = Vec::new();
        for sk in old.keys().filter(|sk| !new.contains_key(*sk)) {
            let delete = Delete::builder()
                .table_name(&self.table)
                .key("pk", s(keys::case(&change.before.tenant, change.before.id)))
                .key("sk", s(sk))
                .build()
                .map_err(StoreError::malformed)?;
            writes.push(TransactWriteItem::builder().delete(delete).build());
        }
        for (_, row) in new.into_iter().filter(|(sk, row)| old.get(sk) != Some(row)) {
            writes.push(put_item(self.put(row))?);
        }
        Ok(writes)
    }
}
