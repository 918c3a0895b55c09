//! Queues and the board: what the two indexes project, read page by page.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::overdue::is_owed;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::State;
use zhitiao_domain::kernel::ids::{BudgetLineId, CategoryId, DistrictId, UnitId};
use zhitiao_domain::kernel::org::UnitKind;

use crate::case::CaseTable;
use crate::error::StoreError;
use crate::item::{Item, from_item, n, s};
use crate::keys;
use crate::query::Query;

mod row;
pub mod whole;

pub(crate) use row::{QueueItem, read_promise, stored_promise};
pub use row::{Row, Waiting};

/// Rows that the first request of a filtered list reads: about 60 KB, 8 RRU.
const FILTERED_ROWS: usize = 200;

/// How many times as many rows each further request of a filtered list reads as the one before; the third fills
/// DynamoDB's page of 1 MB.
const FILTERED_GROWTH: usize = 4;

/// What a queue is asked for. Everything is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QueueFilter {
    /// Which list.
    pub list: List,
    /// Only these states.
    pub states: Vec<State>,
    /// Only cases that are overdue at this moment, epoch milliseconds.
    pub overdue_at: Option<i64>,
    /// Only cases received before this moment, epoch milliseconds.
    pub received_before: Option<i64>,
    /// Only this category.
    pub category: Option<CategoryId>,
    /// Only cases on hold for this reason; in the list of holds.
    pub hold: Option<HoldReason>,
    /// Only cases that wait for this unit; in the list of holds.
    pub waits_for: Option<UnitId>,
    /// Only cases that wait for this budget line; in the list of holds.
    pub budget_line: Option<BudgetLineId>,
}

/// Where a list goes on: one position per partition that it merges. The function signs it before the caller gets it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position(Vec<Option<Key>>);

/// The key after which a partition goes on; none when it is exhausted is kept apart by [`Key::End`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Key {
    After { pk: String, sk: String, at: i64 },
    End,
}

/// A page of rows, oldest first in queues and newest first on the board.
#[derive(Debug)]
pub struct RowPage {
    /// The rows.
    pub rows: Vec<Row>,
    /// Where the next page starts; none at the end.
    pub next: Option<Position>,
}

/// A list that the index `queue` holds of each subdistrict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum List {
    /// Open cases, by time of receipt; of a department or team what it has, helps with or is waited for.
    #[default]
    Open,
    /// Cases on hold, by the time since when they wait.
    Holds,
    /// Supervised cases that are not closed, by the time of the order.
    Supervised,
}

impl List {
    fn of_subdistrict(self, district: &DistrictId, subdistrict: &UnitId) -> String {
        match self {
            Self::Open => keys::open_queue(district, subdistrict),
            Self::Holds => keys::holds(district, subdistrict),
            Self::Supervised => keys::supervised(district, subdistrict),
        }
    }
}

/// Which partitions of `queue` hold a unit's cases, and which rows of them are the unit's own.
pub(crate) fn partitions(
    list: List,
    district: &DistrictId,
    unit: &UnitId,
    rules: &Rulebook,
) -> (Vec<String>, Option<UnitId>) {
    let org = &rules.org;
    match org.unit(unit).map(|found| found.kind) {
        Some(UnitKind::District) => (
            org.units_of_kind(UnitKind::Subdistrict)
                .map(|found| list.of_subdistrict(district, &found.id))
                .collect(),
            None,
        ),
        Some(UnitKind::Subdistrict) => (vec![list.of_subdistrict(district, unit)], None),
        Some(UnitKind::Community | UnitKind::Grid) => {
            let community = org
                .ancestor(unit, UnitKind::Community)
                .map_or(unit, |found| &found.id);
            let subdistrict = org
                .ancestor(unit, UnitKind::Subdistrict)
                .map_or(unit, |found| &found.id);
            (
                vec![list.of_subdistrict(district, subdistrict)],
                Some(community.clone()),
            )
        }
        _ => (vec![keys::unit_queue(district, unit)], None),
    }
}

/// A query of one index partition, filtered, that can be read on from a key.
struct IndexPartition<'a> {
    index: &'static str,
    names: (&'static str, &'static str),
    value: String,
    ascending: bool,
    /// Only rows before this sort key: an index key may not stand in a filter.
    before: Option<i64>,
    filter: &'a str,
    values: &'a HashMap<String, AttributeValue>,
}

/// A row that a partition has for the page.
struct Offer {
    item: QueueItem,
    partition: usize,
    /// Nothing follows it in its partition.
    is_last: bool,
}

/// Cuts a page from the offers by time of receipt, and moves each partition's position behind its last row on the page.
fn cut(
    mut offers: Vec<Offer>,
    position: &mut [Option<Key>],
    ascending: bool,
    limit: usize,
) -> Vec<QueueItem> {
    // Stable: among equal times a partition's rows stay in the index's own order, in which it is also read on.
    offers.sort_by_key(|offer| {
        let at = offer.item.at();
        if ascending { at } else { -at }
    });
    offers.truncate(limit);
    for offer in &offers {
        position[offer.partition] = Some(if offer.is_last {
            Key::End
        } else {
            Key::After {
                pk: offer.item.pk.clone(),
                sk: offer.item.sk.clone(),
                at: offer.item.at(),
            }
        });
    }
    offers.into_iter().map(|offer| offer.item).collect()
}

impl IndexPartition<'_> {
    /// The query of the partition behind a key.
    fn query(&self, cases: &CaseTable, behind: Option<Item>) -> Query {
        let (hash, range) = self.names;
        let query = cases.table.index(self.index, hash, &self.value);
        let query = match self.before {
            Some(before) => query.range(&format!("{range} < :before"), ":before", n(before)),
            None => query,
        };
        let query = query.filter(self.filter, self.values).behind(behind);
        if self.ascending {
            query
        } else {
            query.newest_first()
        }
    }
}

impl CaseTable {
    /// The cases of a list that belong to a unit and all below it, oldest first.
    ///
    /// A subdistrict is one partition, a community is filtered out of it, the district merges its subdistricts, a
    /// department or team has its own.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn queue(
        &self,
        district: &DistrictId,
        unit: &UnitId,
        rules: &Rulebook,
        filter: &QueueFilter,
        from: Position,
        limit: usize,
    ) -> Result<RowPage, StoreError> {
        let (partitions, community) = partitions(filter.list, district, unit, rules);
        let (expression, values) = filter_expression(filter, community.as_ref());
        let partitions: Vec<IndexPartition<'_>> = partitions
            .into_iter()
            .map(|value| IndexPartition {
                index: "queue",
                names: ("qp", "qs"),
                value,
                ascending: true,
                before: filter.received_before,
                filter: &expression,
                values: &values,
            })
            .collect();
        self.merge(&partitions, from, limit).await
    }

    /// How many cases of a subdistrict are on hold, by reason.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn hold_counts(
        &self,
        district: &DistrictId,
        subdistrict: &UnitId,
    ) -> Result<BTreeMap<HoldReason, u32>, StoreError> {
        let holds = keys::holds(district, subdistrict);
        let mut counts = BTreeMap::new();
        for row in self.table.index("queue", "qp", &holds).all().await? {
            let row: QueueItem = from_item(row)?;
            if let Some(reason) = row.hr {
                *counts.entry(reason).or_default() += 1;
            }
        }
        Ok(counts)
    }

    /// The public cases of a community received in a month (`202611`, Asia/Shanghai), newest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn board(
        &self,
        district: &DistrictId,
        community: &UnitId,
        month: &str,
        filter: &QueueFilter,
        from: Position,
        limit: usize,
    ) -> Result<RowPage, StoreError> {
        let (expression, values) = filter_expression(filter, None);
        let partition = IndexPartition {
            index: "board",
            names: ("bp", "bs"),
            value: keys::board(district, community, month),
            ascending: false,
            before: None,
            filter: &expression,
            values: &values,
        };
        self.merge(&[partition], from, limit).await
    }

    /// Merges the partitions by time of receipt. A page is cut from what each partition offers; what was not used is
    /// read again for the next page, because the cursor must hold one small position per partition and nothing else.
    async fn merge(
        &self,
        partitions: &[IndexPartition<'_>],
        from: Position,
        limit: usize,
    ) -> Result<RowPage, StoreError> {
        let mut position = from.0;
        position.resize(partitions.len(), None);
        let mut offers = Vec::new();
        for (number, partition) in partitions.iter().enumerate() {
            let (items, more) = self
                .read_partition(partition, position[number].as_ref(), limit)
                .await?;
            let last = items.len();
            if last == 0 && !more {
                position[number] = Some(Key::End);
            }
            offers.extend(items.into_iter().enumerate().map(|(i, item)| Offer {
                item,
                partition: number,
                is_last: !more && i + 1 == last,
            }));
        }
        let ascending = partitions
            .first()
            .is_none_or(|partition| partition.ascending);
        let items = cut(offers, &mut position, ascending, limit);
        let ended = position.iter().all(|key| *key == Some(Key::End));
        let rows: Result<_, _> = items.into_iter().map(QueueItem::row).collect();
        Ok(RowPage {
            rows: rows?,
            next: (!ended).then_some(Position(position)),
        })
    }

    /// Up to `limit` rows of a partition after `from`, and whether there are more.
    async fn read_partition(
        &self,
        partition: &IndexPartition<'_>,
        from: Option<&Key>,
        limit: usize,
    ) -> Result<(Vec<QueueItem>, bool), StoreError> {
        let mut start = match from {
            Some(Key::End) => return Ok((Vec::new(), false)),
            Some(Key::After { pk, sk, at }) => Some(HashMap::from([
                ("pk".to_owned(), s(pk)),
                ("sk".to_owned(), s(sk)),
                (partition.names.0.to_owned(), s(&partition.value)),
                (partition.names.1.to_owned(), n(at)),
            ])),
            None => None,
        };
        // Without a filter one row more than the page says whether there are more; with one, it is unknown how many
        // rows must be read, so that each request reads more than the one before.
        let (mut reads, growth) = match partition.filter {
            "" => (limit + 1, 1),
            _ => ((limit + 1).max(FILTERED_ROWS), FILTERED_GROWTH),
        };
        let mut rows = Vec::new();
        loop {
            let query = partition.query(self, start.take()).limit(reads);
            reads = reads.saturating_mul(growth);
            let (items, behind) = query.page().await?;
            for item in items {
                rows.push(from_item::<QueueItem>(item)?);
            }
            start = behind;
            if rows.len() > limit {
                rows.truncate(limit);
                return Ok((rows, true));
            }
            if start.is_none() {
                return Ok((rows, false));
            }
        }
    }
}

fn filter_expression(
    filter: &QueueFilter,
    community: Option<&UnitId>,
) -> (String, HashMap<String, AttributeValue>) {
    let mut parts = Vec::new();
    let mut values = HashMap::new();
    if let Some(community) = community {
        parts.push("cm = :community".to_owned());
        values.insert(":community".to_owned(), s(community.as_str()));
    }
    if let Some(category) = &filter.category {
        parts.push("ca = :category".to_owned());
        values.insert(":category".to_owned(), s(category.as_str()));
    }
    if let Some(reason) = filter.hold {
        parts.push("hr = :hold".to_owned());
        values.insert(":hold".to_owned(), s(reason.code()));
    }
    if let Some(unit) = &filter.waits_for {
        parts.push("wu = :waits".to_owned());
        values.insert(":waits".to_owned(), s(unit.as_str()));
    }
    if let Some(line) = &filter.budget_line {
        parts.push("bl = :line".to_owned());
        values.insert(":line".to_owned(), s(line.as_str()));
    }
    if !filter.states.is_empty() {
        let names: Vec<String> = (0..filter.states.len())
            .map(|i| format!(":state{i}"))
            .collect();
        parts.push(format!("st IN ({})", names.join(", ")));
        values.extend(
            names
                .into_iter()
                .zip(filter.states.iter().copied().map(state_value)),
        );
    }
    if let Some(at) = filter.overdue_at {
        let (overdue, more) = overdue_expression(at / 1000);
        parts.push(overdue);
        values.extend(more);
    }
    (parts.join(" AND "), values)
}

/// [`Promise::is_overdue`](zhitiao_domain::case::overdue::Promise::is_overdue) in the table's words, for a time in
/// seconds.
fn overdue_expression(now: i64) -> (String, HashMap<String, AttributeValue>) {
    let done = State::ALL.into_iter().filter(|state| !is_owed(*state));
    let (names, mut values): (Vec<String>, HashMap<_, _>) = done
        .enumerate()
        .map(|(i, state)| {
            let name = format!(":done{i}");
            (name.clone(), (name, state_value(state)))
        })
        .unzip();
    let expression = format!(
        "(du < :missed OR (du < :now AND NOT st IN ({})))",
        names.join(", ")
    );
    values.insert(":missed".to_owned(), n(0));
    values.insert(":now".to_owned(), n(now));
    (expression, values)
}

fn state_value(state: State) -> AttributeValue {
    serde_dynamo::to_attribute_value(state).unwrap_or_else(|_| s(""))
}

#[cfg(test)]
mod tests {
    use zhitiao_domain::case::promise::Tier;

    use super::*;

    fn offer(partition: usize, pk: &str, at: i64, is_last: bool) -> Offer {
        let item = QueueItem {
            pk: pk.to_owned(),
            sk: keys::HEAD.to_owned(),
            qp: None,
            qs: Some(at),
            bs: None,
            s: String::new(),
            st: State::Submitted,
            cm: UnitId::parse("xianggang-huayuan").unwrap(),
            un: None,
            pe: None,
            ca: None,
            pc: None,
            ti: Tier::P2,
            du: None,
            v: None,
            hr: None,
            wu: None,
            bl: None,
            rv: None,
        };
        Offer {
            item,
            partition,
            is_last,
        }
    }

    #[test]
    fn a_page_is_cut_by_time_and_each_partition_goes_on_behind_its_own_last_row() {
        // Two reports of one millisecond, in an order that only the index knows.
        let offers = vec![
            offer(0, "z", 5, false),
            offer(0, "a", 5, false),
            offer(1, "m", 4, true),
            offer(2, "k", 9, true),
        ];
        let mut position = vec![None; 3];
        let page = cut(offers, &mut position, true, 2);
        let page: Vec<&str> = page.iter().map(|item| item.pk.as_str()).collect();
        assert_eq!(page, ["m", "z"]);
        let after = Key::After {
            pk: "z".to_owned(),
            sk: "#".to_owned(),
            at: 5,
        };
        assert_eq!(position, [Some(after), Some(Key::End), None]);
    }
}
