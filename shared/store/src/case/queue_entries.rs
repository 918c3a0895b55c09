//! The rows of a case beside its head: lists that a case stands in without the head paying for an index of its own.
//!
//! A department or team that has the case, helps with it or is waited for has a row in its own queue, for it lies
//! outside of the subdistrict's partition. A case on hold and a supervised case have a row each in the subdistrict's
//! lists of those.

use std::collections::BTreeMap;

use zhitiao_domain::case::listing::Listing;
use zhitiao_domain::case::{Case, Change};

use crate::case::queue::QueueItem;
use crate::change::Stored;
use crate::error::StoreError;
use crate::item::{Item, to_item};
use crate::keys;
use crate::write::{Key, Write};

/// The rows of the case as it is, by sort key.
fn rows(case: &Case, listing: &Listing) -> Result<BTreeMap<String, Item>, StoreError> {
    let mut rows = BTreeMap::new();
    if !case.state.is_open() {
        return Ok(rows);
    }
    let mut add = |row: QueueItem, sk: String| -> Result<(), StoreError> {
        rows.insert(sk, to_item(&row)?);
        Ok(())
    };
    for unit in &listing.outside_units {
        let sk = keys::assignment(unit);
        let partition = keys::unit_queue(&case.district, unit);
        add(
            QueueItem::beside(case, sk.clone(), partition, case.report.at),
            sk,
        )?;
    }
    let subdistrict = &listing.subdistrict;
    if let Some(hold) = case.open_hold() {
        let partition = keys::holds(&case.district, subdistrict);
        let row = QueueItem::beside(case, keys::HELD.to_owned(), partition, hold.span.from);
        add(row.held(hold), keys::HELD.to_owned())?;
    }
    if let Some(order) = &case.supervision {
        let partition = keys::supervised(&case.district, subdistrict);
        let row = QueueItem::beside(case, keys::SUPERVISED.to_owned(), partition, order.at);
        add(row, keys::SUPERVISED.to_owned())?;
    }
    Ok(rows)
}

/// The writes by which the rows follow a change: only those that show something else now.
pub(crate) fn writes(change: &Change) -> Result<Vec<Write>, StoreError> {
    let (before, after) = &change.listing;
    let (old, new) = (rows(&change.before, before)?, rows(&change.after, after)?);
    let partition = change.before.partition();
    let gone = old.keys().filter(|sk| !new.contains_key(*sk));
    let deletes = gone.map(|sk| Write::delete(Key::new(&partition, sk)));
    let mut writes: Vec<Write> = deletes.collect();
    let shown = new.into_iter().filter(|(sk, row)| old.get(sk) != Some(row));
    writes.extend(shown.map(|(_, row)| Write::put(row)));
    Ok(writes)
}
