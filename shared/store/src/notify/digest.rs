//! The digest in the table: one item that says when the next one is, and one item per unit and day that asks for it.

use std::collections::BTreeSet;
use std::future::ready;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use zhitiao_domain::case::digest::Entry;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{DistrictId, UnitId};

use crate::case::queue::{List, Position, QueueFilter, Row, partitions};
use crate::error::StoreError;
use crate::item::{Item, from_item, moment, n, s, to_item};
use crate::keys;
use crate::table::CaseTable;

/// Days for which it is kept that a digest was asked for.
const KEPT_DAYS: i64 = 30;

/// Rows that a digest reads at a time: more than a district has open, so that its partitions are read once.
const WHOLE_QUEUE_ROWS: usize = 10_000;

/// Partitions that are looked into at a time.
const LOOKS_AT_ONCE: usize = 16;

/// When the next digest of a district is, and when the one before was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextDigest {
    /// When it is due.
    pub at: Timestamp,
    /// The one before.
    pub since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct NextItem {
    pk: String,
    sk: String,
    dp: String,
    dn: i64,
    since: i64,
}

/// The digest of a unit and a day, asked for by the sweep; the stream carries this to the notifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestRequest {
    /// The district.
    pub tenant: DistrictId,
    /// The unit.
    pub unit: UnitId,
    /// The day.
    pub day: Date,
    /// The digest before.
    pub since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct OrderItem {
    pk: String,
    sk: String,
    since: i64,
    ttl: i64,
}

impl DigestRequest {
    /// Reads a stored order, e.g. from the stream.
    ///
    /// # Errors
    /// [`StoreError::Malformed`].
    pub(crate) fn from_item(item: Item) -> Result<Self, StoreError> {
        let item: OrderItem = from_item(item)?;
        let key = item.sk.strip_prefix(keys::DIGEST).unwrap_or_default();
        let (day, unit) = key
            .split_once('#')
            .ok_or_else(|| StoreError::malformed(format!("digest key {}", item.sk)))?;
        Ok(Self {
            tenant: keys::parse_digests(&item.pk).map_err(StoreError::malformed)?,
            unit: UnitId::parse(unit).map_err(StoreError::malformed)?,
            day: day.parse().map_err(StoreError::malformed)?,
            since: moment(item.since)?,
        })
    }
}

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

fn next_item(tenant: &DistrictId, next: NextDigest) -> NextItem {
    NextItem {
        pk: keys::digests(tenant),
        sk: keys::NEXT.to_owned(),
        dp: keys::due_shard(tenant.as_str()),
        dn: next.at.as_millisecond(),
        since: next.since.as_millisecond(),
    }
}

impl CaseTable {
    /// Says when the first digest of a district is, unless one is known already.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn begin_digests(
        &self,
        tenant: &DistrictId,
        first: NextDigest,
    ) -> Result<(), StoreError> {
        let item = to_item(&next_item(tenant, first))?;
        self.put_once(item).await.map(|_| ())
    }

    /// When the next digest of a district is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn next_digest(&self, tenant: &DistrictId) -> Result<Option<NextDigest>, StoreError> {
        let key = (keys::digests(tenant), keys::NEXT.to_owned());
        let Some(item) = self.get(key.0, key.1).await? else {
            return Ok(None);
        };
        let item: NextItem = from_item(item)?;
        Ok(Some(NextDigest {
            at: moment(item.dn)?,
            since: moment(item.since)?,
        }))
    }

    /// Goes on to the next digest, unless somebody else did.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn move_digest(
        &self,
        tenant: &DistrictId,
        from: NextDigest,
        to: NextDigest,
    ) -> Result<(), StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_item(&next_item(tenant, to))?))
            .condition_expression("dn = :from")
            .expression_attribute_values(":from", n(from.at.as_millisecond()));
        match put.send().await.map_err(StoreError::from_sdk) {
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Asks for the digest of a unit and a day, once: whether this was the first time.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn order_digest(
        &self,
        order: &DigestRequest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let item = OrderItem {
            pk: keys::digests(&order.tenant),
            sk: keys::digest(order.day, &order.unit),
            since: order.since.as_millisecond(),
            ttl: (now + SignedDuration::from_hours(24 * KEPT_DAYS)).as_second(),
        };
        self.put_once(to_item(&item)?).await
    }

    /// The digest of a unit and a day that was asked for.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn digest_order(
        &self,
        tenant: &DistrictId,
        day: Date,
        unit: &UnitId,
    ) -> Result<Option<DigestRequest>, StoreError> {
        let item = self
            .get(keys::digests(tenant), keys::digest(day, unit))
            .await?;
        item.map(DigestRequest::from_item).transpose()
    }

    /// Those of the units in whose part of the index anything is open; a community is counted with its subdistrict. The
    /// others have nothing to say in the morning.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn with_open_cases(
        &self,
        tenant: &DistrictId,
        units: &[UnitId],
        rules: &Rulebook,
    ) -> Result<BTreeSet<UnitId>, StoreError> {
        let of_unit = |unit: &UnitId| partitions(List::Open, tenant, unit, rules).0;
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
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("queue")
            .key_condition_expression("qp = :partition")
            .expression_attribute_values(":partition", s(partition))
            .limit(1);
        let answer = query.send().await.map_err(StoreError::from_sdk)?;
        Ok(answer.count > 0)
    }

    /// All open cases of a unit and all below it, for a digest.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn whole_queue(
        &self,
        tenant: &DistrictId,
        unit: &UnitId,
        rules: &Rulebook,
    ) -> Result<Vec<Entry>, StoreError> {
        let (filter, mut from) = (QueueFilter::default(), Position::default());
        let mut entries = Vec::new();
        loop {
            let page = self
                .queue(tenant, unit, rules, &filter, from, WHOLE_QUEUE_ROWS)
                .await?;
            entries.extend(page.rows.into_iter().map(Row::entry));
            match page.next {
                Some(next) => from = next,
                None => return Ok(entries),
            }
        }
    }
}
