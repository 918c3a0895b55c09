//! Bringing a stored directory in line with files: what differs is written, in an order that never contradicts itself.

use std::collections::BTreeMap;

use zhitiao_domain::kernel::ids::DistrictId;

use crate::directory::{Directory, DirectoryData};
use crate::error::StoreError;
use crate::item::Item;
use crate::schema;
use crate::table::BATCH_WRITES;
use crate::write::{Key, Write};

/// The order in which items are put; they are deleted in the opposite one. What is referred to comes first.
const ORDER: [&str; 5] = ["UNIT", "PROMISES", "CALENDAR", "CATEGORY", "STAFF"];

/// Kinds whose versions are kept for ever and never change: cases are promised under them.
const VERSIONED: [&str; 2] = ["PROMISES", "CALENDAR"];

/// What would be written, by sort keys.
#[derive(Debug, Default)]
pub struct Plan {
    /// Items that are not there yet.
    pub added: Vec<String>,
    /// Items that are there with another content.
    pub changed: Vec<String>,
    /// Units, staff and categories that are there and not in the files.
    pub removed: Vec<String>,
    /// Versions that are stored with another content; carrying the plan out fails while there are any.
    pub rewritten: Vec<String>,
    /// How many items are as they should be.
    pub unchanged: usize,
    /// How many items are stored.
    pub stored: usize,
    requests: Vec<Write>,
}

impl Plan {
    /// Whether nothing differs.
    pub fn is_done(&self) -> bool {
        self.requests.is_empty() && self.rewritten.is_empty()
    }

    /// How many items would be written or deleted.
    pub fn writes(&self) -> usize {
        self.requests.len()
    }
}

impl Directory {
    /// Compares the stored directory with `data`, which is checked first.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when the data contradicts itself.
    pub async fn plan(
        &self,
        district: &DistrictId,
        data: &DirectoryData,
    ) -> Result<Plan, StoreError> {
        data.clone().rulebook()?;
        let mut stored = keyed(self.stored(district).await?);
        stored.remove(schema::KEY);
        let wanted = keyed(data.items(district)?);
        let mut plan = Plan {
            stored: stored.len(),
            ..Plan::default()
        };
        let mut puts: Vec<&String> = wanted.keys().collect();
        puts.sort_by_key(|key| rank(key));
        for key in puts {
            match stored.get(key) {
                Some(there) if *there == wanted[key] => {
                    plan.unchanged += 1;
                    continue;
                }
                Some(_) if VERSIONED.contains(&kind(key)) => {
                    plan.rewritten.push(key.clone());
                    continue;
                }
                Some(_) => plan.changed.push(key.clone()),
                None => plan.added.push(key.clone()),
            }
            plan.requests.push(Write::put(wanted[key].clone()));
        }
        let mut gone: Vec<&String> = stored
            .keys()
            .filter(|key| !wanted.contains_key(*key) && !VERSIONED.contains(&kind(key)))
            .collect();
        gone.sort_by_key(|key| std::cmp::Reverse(rank(key)));
        for key in gone {
            plan.removed.push(key.clone());
            plan.requests.push(Write::delete(Key::of(&stored[key])?));
        }
        Ok(plan)
    }

    /// Writes what a plan says, and tells after each batch how many items are done.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when a stored version would be rewritten; nothing is written then.
    pub async fn execute(
        &self,
        plan: Plan,
        mut progress: impl FnMut(usize),
    ) -> Result<(), StoreError> {
        if !plan.rewritten.is_empty() {
            let versions = plan.rewritten.join(", ");
            return Err(StoreError::malformed(format!(
                "{versions} cannot be rewritten"
            )));
        }
        let mut done = 0;
        for batch in plan.requests.chunks(BATCH_WRITES) {
            self.table.write_batch(batch.to_vec()).await?;
            done += batch.len();
            progress(done);
        }
        Ok(())
    }
}

fn kind(key: &str) -> &str {
    key.split_once('#').map_or(key, |(kind, _)| kind)
}

fn rank(key: &str) -> usize {
    ORDER
        .iter()
        .position(|known| *known == kind(key))
        .unwrap_or(ORDER.len())
}

fn keyed(items: Vec<Item>) -> BTreeMap<String, Item> {
    let key = |item: &Item| item.get("sk").and_then(|key| key.as_s().ok()).cloned();
    items
        .into_iter()
        .map(|item| (key(&item).unwrap_or_default(), item))
        .collect()
}
