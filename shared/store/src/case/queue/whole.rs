//! Whole queues, as a digest reads them: every open case of a unit, and which units have any.

use std::collections::BTreeSet;
use std::future::ready;

use futures_util::{StreamExt, TryStreamExt, stream};

use zhitiao_domain::case::digest::Entry;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{DistrictId, UnitId};

use super::{List, Position, QueueFilter, Row, partitions};
use crate::case::CaseTable;
use crate::error::StoreError;

/// Rows that are read at a time: more than a district has open, so that its partitions are read once.
const WHOLE_QUEUE_ROWS: usize = 10_000;

/// Partitions that are looked into at a time.
const LOOKS_AT_ONCE: usize = 16;

impl Row {
    /// What a digest says of the case: never the reporter's words.
    pub fn entry(self) -> Entry {
        Entry {
            id: self.id,
            state: self.state,
            community: self.community,
            unit: self.unit,
            person: self.person,
            category: self.category,
            received_at: self.received_at,
            due_at: self.due_at,
            missed: self.missed,
        }
    }
}

impl CaseTable {
    /// Those of the units in whose part of the index anything is open; a community is counted with its subdistrict. The
    /// others have nothing to say in the morning.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn with_open_cases(
        &self,
        district: &DistrictId,
        units: &[UnitId],
        rules: &Rulebook,
    ) -> Result<BTreeSet<UnitId>, StoreError> {
        let of_unit = |unit: &UnitId| partitions(List::Open, district, unit, rules).0;
        let all: BTreeSet<String> = units.iter().flat_map(of_unit).collect();
        let busy: BTreeSet<String> = stream::iter(all)
            .map(|partition| async move {
                Ok::<_, StoreError>((self.has_any(&partition).await?, partition))
            })
            .buffer_unordered(LOOKS_AT_ONCE)
            .try_filter_map(|(has_any, partition)| ready(Ok(has_any.then_some(partition))))
            .try_collect()
            .await?;
        let is_busy = |unit: &&UnitId| of_unit(unit).iter().any(|one| busy.contains(one));
        Ok(units.iter().filter(is_busy).cloned().collect())
    }

    async fn has_any(&self, partition: &str) -> Result<bool, StoreError> {
        let query = self.table.index("queue", "qp", partition).limit(1);
        Ok(!query.page().await?.0.is_empty())
    }

    /// All open cases of a unit and all below it, for a digest.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn whole_queue(
        &self,
        district: &DistrictId,
        unit: &UnitId,
        rules: &Rulebook,
    ) -> Result<Vec<Entry>, StoreError> {
        let (filter, mut from) = (QueueFilter::default(), Position::default());
        let mut entries = Vec::new();
        loop {
            let page = self
                .queue(district, unit, rules, &filter, from, WHOLE_QUEUE_ROWS)
                .await?;
            entries.extend(page.rows.into_iter().map(Row::entry));
            match page.next {
                Some(next) => from = next,
                None => return Ok(entries),
            }
        }
    }
}
