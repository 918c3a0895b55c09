//! Deliveries: each message to a unit over a channel is claimed before it is sent, and a failed one becomes due again.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use zhitiao_domain::ids::{CaseId, TenantId, UnitId};
use zhitiao_domain::limits;

use crate::cases::CaseTable;
use crate::error::StoreError;
use crate::item::{Item, from_item, n, s, to_item};
use crate::keys;

/// How long a claim holds while nothing is heard of it: the sender may have died between sending and recording.
const CLAIM_MINUTES: i64 = 5;

/// Which delivery: an event of a case to a unit over a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryKey {
    /// The district.
    pub tenant: TenantId,
    /// The case.
    pub case: CaseId,
    /// The event.
    pub event: u32,
    /// The unit.
    pub unit: UnitId,
    /// The channel's stable name.
    pub channel: String,
}

impl DeliveryKey {
    fn pk(&self) -> String {
        keys::sent(&self.tenant, self.case)
    }

    fn sk(&self) -> String {
        keys::delivery(self.event, &self.unit, &self.channel)
    }

    /// Reads the key of a stored delivery.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it is none.
    pub fn parse(pk: &str, sk: &str) -> Result<Self, StoreError> {
        let (tenant, case) = keys::parse_sent(pk).map_err(StoreError::malformed)?;
        let mut parts = sk
            .strip_prefix(keys::DELIVERY)
            .unwrap_or_default()
            .splitn(3, '#');
        let mut part = || {
            parts
                .next()
                .ok_or_else(|| StoreError::malformed(format!("delivery key {sk}")))
        };
        let event = part()?
            .parse()
            .map_err(StoreError::malformed_of("event number"))?;
        let unit = UnitId::parse(part()?).map_err(StoreError::malformed)?;
        Ok(Self {
            tenant,
            case,
            event,
            unit,
            channel: part()?.to_owned(),
        })
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Somebody sends it now.
    Claimed,
    /// The sweep asks for another try; the stream carries this to the notifier.
    Again,
    /// It failed and waits.
    Failed,
    /// The receiver has it.
    Sent,
    /// Given up: on the desk's list.
    Parked,
}

/// A stored delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    pk: String,
    sk: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How many tries were begun.
    pub attempt: u32,
    /// The stable code of the latest failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dn: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qs: Option<i64>,
}

impl Delivery {
    /// Reads a stored delivery, e.g. from the stream.
    ///
    /// # Errors
    /// [`StoreError::Malformed`].
    pub fn from_item(item: Item) -> Result<Self, StoreError> {
        from_item(item)
    }

    /// Which delivery this is.
    ///
    /// # Errors
    /// [`StoreError::Malformed`].
    pub fn key(&self) -> Result<DeliveryKey, StoreError> {
        DeliveryKey::parse(&self.pk, &self.sk)
    }

    fn due(&mut self, case: CaseId, at: Timestamp) {
        self.dp = Some(keys::due_shard(case));
        self.dn = Some(at.as_millisecond());
    }
}

impl CaseTable {
    /// Claims a delivery: true for exactly one caller per attempt, whatever overlaps. The first attempt puts the item;
    /// a later one takes it from [`DeliveryState::Again`].
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn claim(
        &self,
        key: &DeliveryKey,
        attempt: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut item = Delivery {
            pk: key.pk(),
            sk: key.sk(),
            state: DeliveryState::Claimed,
            attempt,
            fault: None,
            dp: None,
            dn: None,
            qp: None,
            qs: None,
        };
        item.due(key.case, now + SignedDuration::from_mins(CLAIM_MINUTES));
        if attempt == 1 {
            return self.put_once(to_item(&item)?).await;
        }
        self.replace(&item, DeliveryState::Again, attempt).await
    }

    /// Records how an attempt ended: sent, failed and due again after 1, then 4 minutes, or parked after the last try.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn record_delivery(
        &self,
        key: &DeliveryKey,
        attempt: u32,
        fault: Option<&str>,
        now: Timestamp,
    ) -> Result<DeliveryState, StoreError> {
        let mut item = Delivery {
            pk: key.pk(),
            sk: key.sk(),
            state: DeliveryState::Sent,
            attempt,
            fault: fault.map(str::to_owned),
            dp: None,
            dn: None,
            qp: None,
            qs: None,
        };
        if fault.is_some() && attempt >= limits::DELIVERY_TRIES {
            item.park(key, now);
        } else if fault.is_some() {
            item.state = DeliveryState::Failed;
            item.due(
                key.case,
                now + SignedDuration::from_mins(i64::from(attempt * attempt)),
            );
        }
        let state = item.state;
        // Somebody else's newer attempt must not be overwritten by a late answer to an older one.
        self.replace(&item, DeliveryState::Claimed, attempt).await?;
        Ok(state)
    }

    /// Asks for another try of a delivery whose time has come; the stream will carry it. Parks it when a claim ran out
    /// with the last try. Says what it did, or nothing when there was nothing to do any more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn retry_delivery(
        &self,
        key: &DeliveryKey,
        now: Timestamp,
    ) -> Result<Option<DeliveryState>, StoreError> {
        let Some(item) = self.get(key.pk(), key.sk()).await? else {
            return Ok(None);
        };
        let mut delivery = Delivery::from_item(item)?;
        if delivery.dn.is_none_or(|due| due > now.as_millisecond()) {
            return Ok(None);
        }
        let (was, attempt) = (delivery.state, delivery.attempt);
        if attempt >= limits::DELIVERY_TRIES {
            delivery.fault.get_or_insert_with(|| "no_answer".to_owned());
            delivery.park(key, now);
        } else {
            delivery.state = DeliveryState::Again;
            delivery.attempt += 1;
            // Should the stream lose it, it is due again after the claim time.
            delivery.due(key.case, now + SignedDuration::from_mins(CLAIM_MINUTES));
        }
        Ok(self
            .replace(&delivery, was, attempt)
            .await?
            .then_some(delivery.state))
    }

    /// The parked deliveries to a unit, newest first, at most 100.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn parked(
        &self,
        tenant: &TenantId,
        unit: &UnitId,
    ) -> Result<Vec<(DeliveryKey, Timestamp)>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("queue")
            .key_condition_expression("qp = :parked")
            .expression_attribute_values(":parked", s(keys::parked_queue(tenant, unit)))
            .scan_index_forward(false)
            .limit(100)
            .send()
            .await
            .map_err(StoreError::from_sdk)?;
        let text = |item: &Item, name: &str| {
            item.get(name)
                .and_then(|v| v.as_s().ok())
                .cloned()
                .unwrap_or_default()
        };
        let rows = answer.items.unwrap_or_default();
        rows.iter()
            .map(|item| {
                let at = item
                    .get("qs")
                    .and_then(|value| value.as_n().ok())
                    .and_then(|at| at.parse().ok());
                let at = crate::item::moment(at.unwrap_or_default())?;
                Ok((
                    DeliveryKey::parse(&text(item, "pk"), &text(item, "sk"))?,
                    at,
                ))
            })
            .collect()
    }

    /// Replaces a delivery if it is still in the state and attempt that was read.
    async fn replace(
        &self,
        item: &Delivery,
        was: DeliveryState,
        attempt: u32,
    ) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_item(item)?))
            .condition_expression("#state = :was AND attempt = :attempt")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(
                ":was",
                serde_dynamo::to_attribute_value(was).map_err(StoreError::malformed)?,
            )
            .expression_attribute_values(":attempt", n(attempt));
        match put.send().await.map_err(StoreError::from_sdk) {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(err) => Err(err),
        }
    }
}

impl Delivery {
    fn park(&mut self, key: &DeliveryKey, now: Timestamp) {
        self.state = DeliveryState::Parked;
        self.dp = None;
        self.dn = None;
        self.qp = Some(keys::parked_queue(&key.tenant, &key.unit));
        self.qs = Some(now.as_millisecond());
    }
}
