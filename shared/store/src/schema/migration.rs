//! How the steps are done: partition by partition, page by page, each item by a write of its own.
//!
//! A step says which partitions it walks and what becomes of an item. It is repeatable, because an item that is as the
//! step leaves it is left alone: a run that was killed is run again from the beginning.

use std::fmt;

use zhitiao_domain::kernel::ids::DistrictId;

use super::{STEPS, Step, StoredSchema};
use crate::error::StoreError;
use crate::item::Item;
use crate::table::Table;
use crate::write::{Key, Write};

/// Rows of one page.
const PAGE: usize = 25;

/// How often an item is read anew that another writer changed at the same moment.
const ATTEMPTS: usize = 5;

/// Where steps work.
#[derive(Debug)]
pub struct Place {
    /// The directory table.
    pub directory: Table,
    /// The cases table.
    pub cases: Table,
    /// Whose data it is.
    pub district: DistrictId,
}

/// A partition that a step walks: of which table, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Walk {
    /// A partition of the directory table.
    Directory(String),
    /// A partition of the cases table.
    Cases(String),
}

/// The steps that can be done. The real ones are [`Registry`]; a test brings others.
pub trait Steps {
    /// All of them, in their order.
    fn steps(&self) -> &[Step];

    /// The partitions that a step walks. A step finds them by Query, never by Scan: open cases by the index `queue` of
    /// each subdistrict, ended ones by `DONE` of each month.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn partitions(
        &self,
        number: u32,
        place: &Place,
    ) -> impl Future<Output = Result<Vec<Walk>, StoreError>>;

    /// What becomes of an item; `None` when it is as the step leaves it, or none of its business. Keys never change.
    fn change(&self, number: u32, item: &Item) -> Option<Item>;
}

/// The steps of this release. A new one is a row of [`STEPS`] and a match in each of these functions.
#[derive(Debug)]
pub struct Registry;

impl Steps for Registry {
    fn steps(&self) -> &[Step] {
        STEPS
    }

    async fn partitions(&self, number: u32, _place: &Place) -> Result<Vec<Walk>, StoreError> {
        Err(StoreError::malformed(format!("there is no step {number}")))
    }

    fn change(&self, _number: u32, _item: &Item) -> Option<Item> {
        None
    }
}

/// How far a step has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Which step.
    pub number: u32,
    /// Partitions that are done, and how many there are.
    pub partitions: (usize, usize),
    /// Items that were read.
    pub seen: usize,
    /// Items that were changed, or would be.
    pub changed: usize,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (done, all) = self.partitions;
        let (number, seen, changed) = (self.number, self.seen, self.changed);
        write!(
            f,
            "step {number}: {done} of {all} partitions, {seen} items read, {changed} changed"
        )
    }
}

impl Place {
    /// Which steps were done here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn schema(&self) -> Result<StoredSchema, StoreError> {
        self.directory.schema(&self.district).await
    }

    /// Does every step that is not finished, and tells after each page how far it has come. With `is_dry` nothing is
    /// written.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a step was begun that these do not have. What is done stays done: run it again.
    pub async fn migrate(
        &self,
        steps: &impl Steps,
        is_dry: bool,
        mut tell: impl FnMut(Progress),
    ) -> Result<(), StoreError> {
        let stored = self.schema().await?;
        let all = steps.steps();
        stored.require(all.last().map_or(0, |step| step.number))?;
        for step in all.iter().filter(|step| step.number > stored.done) {
            if !is_dry {
                self.directory.begin(&self.district, step.number).await?;
            }
            self.walk(steps, step.number, is_dry, &mut tell).await?;
            if !is_dry {
                self.directory.finish(&self.district, step.number).await?;
            }
        }
        Ok(())
    }

    async fn walk(
        &self,
        steps: &impl Steps,
        number: u32,
        is_dry: bool,
        tell: &mut impl FnMut(Progress),
    ) -> Result<(), StoreError> {
        let partitions = steps.partitions(number, self).await?;
        let mut progress = Progress {
            number,
            partitions: (0, partitions.len()),
            ..Progress::default()
        };
        for partition in partitions {
            let (table, pk) = match &partition {
                Walk::Directory(pk) => (&self.directory, pk),
                Walk::Cases(pk) => (&self.cases, pk),
            };
            let mut behind = None;
            loop {
                let query = table.hash(pk.clone()).consistent().limit(PAGE);
                let (items, next) = query.behind(behind).page().await?;
                progress.seen += items.len();
                for item in items {
                    let change = |item: &Item| steps.change(number, item);
                    let is_changed = table.rewrite(item, change, is_dry).await?;
                    progress.changed += usize::from(is_changed);
                }
                tell(progress);
                behind = next;
                if behind.is_none() {
                    break;
                }
            }
            progress.partitions.0 += 1;
        }
        Ok(())
    }
}

impl Table {
    /// Writes what becomes of an item, if no other writer changed the same attributes meanwhile; otherwise the item is
    /// read anew. Answers whether there was anything to change.
    async fn rewrite(
        &self,
        mut item: Item,
        change: impl Fn(&Item) -> Option<Item>,
        is_dry: bool,
    ) -> Result<bool, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(changed) = change(&item) else {
                return Ok(false);
            };
            if is_dry || self.write_if(difference(&item, &changed)?).await? {
                return Ok(true);
            }
            let Some(anew) = self.get(Key::of(&item)?).await? else {
                return Ok(false);
            };
            item = anew;
        }
        Err(StoreError::Conflict)
    }
}

/// The write that makes one item of another: it touches what differs, and needs that to be as it was read.
fn difference(before: &Item, after: &Item) -> Result<Write, StoreError> {
    let (mut sets, mut removes, mut conditions) = (Vec::new(), Vec::new(), Vec::new());
    let (mut names, mut values) = (Vec::new(), Vec::new());
    let mut all: Vec<&String> = before.keys().chain(after.keys()).collect();
    all.sort_unstable();
    all.dedup();
    for (at, name) in all.into_iter().enumerate() {
        let (old, new) = (before.get(name), after.get(name));
        if old == new {
            continue;
        }
        names.push((format!("#a{at}"), name.clone()));
        match new {
            Some(new) => {
                sets.push(format!("#a{at} = :n{at}"));
                values.push((format!(":n{at}"), new.clone()));
            }
            None => removes.push(format!("#a{at}")),
        }
        match old {
            Some(old) => {
                conditions.push(format!("#a{at} = :o{at}"));
                values.push((format!(":o{at}"), old.clone()));
            }
            None => conditions.push(format!("attribute_not_exists(#a{at})")),
        }
    }
    // An item that was deleted meanwhile must not come back.
    conditions.push("attribute_exists(pk)".to_owned());
    let clause = |word: &str, parts: Vec<String>| {
        let is_there = !parts.is_empty();
        is_there.then(|| format!("{word} {}", parts.join(", ")))
    };
    let clauses = [clause("SET", sets), clause("REMOVE", removes)];
    let expression: Vec<_> = clauses.into_iter().flatten().collect();
    let write = Write::update(Key::of(before)?, expression.join(" "));
    let write = write.when(conditions.join(" AND "));
    let write = names.into_iter().fold(write, |write, (placeholder, name)| {
        write.name(&placeholder, name)
    });
    Ok(values
        .into_iter()
        .fold(write, |write, (placeholder, value)| {
            write.value(&placeholder, value)
        }))
}
