//! A decided change as one transaction: the same steps for every aggregate.

use jiff::Timestamp;
use serde::Serialize;

use zhitiao_domain::kernel::change::{Aggregate, Change};

use crate::error::StoreError;
use crate::event;
use crate::item::{Item, n};
use crate::keys;
use crate::partition::Partition;
use crate::table::Table;
use crate::write::{Key, Write};

/// How an aggregate is stored. A context says what its head is; the rest has defaults.
pub(crate) trait Stored: Aggregate<Event: Serialize + Clone> + Sized {
    /// The partition in which it lies.
    fn partition(&self) -> Partition;

    /// The partition of another aggregate of its kind in the same district.
    fn partition_of(&self, id: &Self::Id) -> Partition;

    /// Counts every write of it; stored as `r`.
    fn rev(&self) -> u32;

    /// Its head as an item, with the places in the indexes that the listing names.
    fn item(&self, listing: &Self::Listing, at: Timestamp) -> Result<Item, StoreError>;

    /// The head of one that comes into being with the change.
    fn opened(&self, listing: &Self::Listing, change: &Change<Self>) -> Result<Item, StoreError> {
        self.item(listing, change.event.at)
    }

    /// The writes by which the head follows the change, if it is still as it was read.
    fn head(change: &Change<Self>) -> Result<Vec<Write>, StoreError> {
        let (listing_before, listing_after) = &change.listing;
        let old = change.before.item(listing_before, change.event.at)?;
        let new = change.after.item(listing_after, change.event.at)?;
        let update = difference(&old, &new, None)?;
        Ok(vec![unchanged(update, change.before.rev())])
    }

    /// The writes by which what lies beside head and events follows the change.
    fn beside(_change: &Change<Self>) -> Result<Vec<Write>, StoreError> {
        Ok(Vec::new())
    }
}

impl Table {
    /// Saves a change: head and event in one transaction with what ends or begins with it, and with what else is to be
    /// written; or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another writer was first.
    pub(crate) async fn save<A: Stored>(
        &self,
        change: &Change<A>,
        with: Vec<Write>,
    ) -> Result<(), StoreError> {
        let mut all = writes(change)?;
        all.extend(with);
        for ended in &change.ended {
            all.extend(writes(ended)?);
        }
        if let Some((id, rev)) = &change.requires_unchanged {
            let head = Key::new(&change.before.partition_of(id), keys::HEAD);
            all.push(unchanged(Write::check(head), *rev));
        }
        for (opened, listing) in &change.opened {
            all.push(Write::put_new(opened.opened(listing, change)?));
        }
        self.write_all(all).await
    }
}

/// The write under the condition that the aggregate is still at that `rev`.
fn unchanged(write: Write, rev: u32) -> Write {
    write.when("r = :r").value(":r", n(rev))
}

/// The writes of one aggregate's change: its head by what differs, the event, and what lies beside.
fn writes<A: Stored>(change: &Change<A>) -> Result<Vec<Write>, StoreError> {
    let mut writes = A::head(change)?;
    let event = event::write(&change.after.partition(), &change.event)?;
    writes.push(Write::put_new(event));
    writes.extend(A::beside(change)?);
    Ok(writes)
}

/// One update that turns the stored `old` into `new`; it writes the attribute `always` even where both agree on it.
pub(crate) fn difference(
    old: &Item,
    new: &Item,
    always: Option<&str>,
) -> Result<Write, StoreError> {
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    let mut attributes: Vec<&String> = old.keys().chain(new.keys()).collect();
    attributes.sort_unstable();
    attributes.dedup();
    attributes.retain(|name| always == Some(name.as_str()) || old.get(*name) != new.get(*name));
    for (i, name) in attributes.iter().enumerate() {
        if new.contains_key(*name) {
            set.push(format!("#{i} = :{i}"));
        } else {
            remove.push(format!("#{i}"));
        }
    }
    let clauses = [("SET", set), ("REMOVE", remove)].into_iter();
    let clauses = clauses.filter(|(_, names)| !names.is_empty());
    let clauses: Vec<_> = clauses
        .map(|(verb, names)| format!("{verb} {}", names.join(", ")))
        .collect();
    let expression = clauses.join(" ");
    let mut update = Write::update(Key::of(new)?, expression);
    for (i, name) in attributes.into_iter().enumerate() {
        update = update.name(&format!("#{i}"), name);
        if let Some(value) = new.get(name) {
            update = update.value(&format!(":{i}"), value.clone());
        }
    }
    Ok(update)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::s;

    fn item(attributes: &[(&str, &str)]) -> Item {
        let key = [("pk", "p"), ("sk", "#")];
        let all = key.iter().chain(attributes);
        all.map(|(name, value)| ((*name).to_owned(), s(*value)))
            .collect()
    }

    #[test]
    fn an_update_says_what_differs_and_no_more() {
        let old = item(&[("a", "1"), ("b", "1"), ("c", "1")]);
        for (new, always, expression) in [
            (
                item(&[("a", "2"), ("b", "1")]),
                None,
                "SET #0 = :0 REMOVE #1",
            ),
            (item(&[("a", "1"), ("b", "1")]), None, "REMOVE #0"),
            (
                item(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]),
                None,
                "SET #0 = :0",
            ),
            (
                item(&[("a", "1"), ("b", "1"), ("c", "1")]),
                Some("b"),
                "SET #0 = :0",
            ),
        ] {
            let update = difference(&old, &new, always).unwrap();
            assert!(
                format!("{update:?}").contains(&format!("{expression:?}")),
                "{update:?}"
            );
        }
    }
}
