//! Deliveries: each message to a unit or a person over a channel is claimed before it is sent; a failed one becomes due
//! again, and one for which it is too early waits.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use zhitiao_domain::ids::{CaseId, StaffId, TenantId, UnitId};
use zhitiao_domain::limits;

use crate::cases::CaseTable;
use crate::error::StoreError;
use crate::item::{Item, from_item, n, s, to_item};
use crate::keys;

/// How long a claim holds while nothing is heard of it: the sender may have died between sending and recording.
const CLAIM_MINUTES: i64 = 5;

/// Days for which a delivery that belongs to no case is kept.
const KEPT_DAYS: i64 = 30;

/// The channel that speaks to persons; all others speak to units.
pub const PEOPLE: &str = "people";

/// Names in place of a case's id in the partition of what was sent.
const DIGEST: &str = "DIGEST";
const FOLDED: &str = "FOLDED";

/// What is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An event of a case; 0 is its receipt.
    Event(CaseId, u32),
    /// The digest of a day.
    Digest(Date),
    /// How many messages of the hour that began then were held back.
    Folded(Timestamp),
}

/// To whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A unit.
    Unit(UnitId),
    /// A person.
    Person(StaffId),
}

impl Recipient {
    /// The id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unit(unit) => unit.as_str(),
            Self::Person(person) => person.as_str(),
        }
    }
}

/// Which delivery: what to whom over which channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryKey {
    /// The district.
    pub tenant: TenantId,
    /// What.
    pub about: About,
    /// To whom.
    pub to: Recipient,
    /// The channel's stable name.
    pub channel: String,
}

impl DeliveryKey {
    /// A delivery to a person.
    pub fn to_person(tenant: &TenantId, about: About, person: &StaffId) -> Self {
        Self {
            tenant: tenant.clone(),
            about,
            to: Recipient::Person(person.clone()),
            channel: PEOPLE.to_owned(),
        }
    }

    /// The name of what it is about: the case's id, if it is about one.
    fn name(&self) -> &str {
        match &self.about {
            About::Event(case, _) => case.as_str(),
            About::Digest(_) => DIGEST,
            About::Folded(_) => FOLDED,
        }
    }

    fn pk(&self) -> String {
        keys::sent(&self.tenant, self.name())
    }

    fn sk(&self) -> String {
        let message = match &self.about {
            About::Event(_, event) => format!("{event:08}"),
            About::Digest(day) => day.to_string(),
            About::Folded(hour) => keys::stamp(*hour),
        };
        keys::delivery(&message, self.to.as_str(), &self.channel)
    }

    /// The whole key as one text.
    pub(crate) fn text(&self) -> String {
        format!("{}#{}", self.name(), self.sk())
    }

    /// Reads the key of a stored delivery.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it is none.
    pub fn parse(pk: &str, sk: &str) -> Result<Self, StoreError> {
        let (tenant, name) = keys::parse_sent(pk).map_err(StoreError::malformed)?;
        let parts = sk.strip_prefix(keys::DELIVERY).unwrap_or_default();
        let mut parts = parts.splitn(3, '#');
        let mut part = || {
            parts
                .next()
                .ok_or_else(|| StoreError::malformed(format!("delivery key {sk}")))
        };
        let (message, to, channel) = (part()?, part()?, part()?);
        let about = match name {
            DIGEST => About::Digest(message.parse().map_err(StoreError::malformed)?),
            FOLDED => About::Folded(keys::parse_stamp(message).map_err(StoreError::malformed)?),
            case => About::Event(
                CaseId::parse(case).map_err(StoreError::malformed)?,
                message
                    .parse()
                    .map_err(StoreError::malformed_of("event number"))?,
            ),
        };
        let to = if channel == PEOPLE {
            Recipient::Person(StaffId::parse(to).map_err(StoreError::malformed)?)
        } else {
            Recipient::Unit(UnitId::parse(to).map_err(StoreError::malformed)?)
        };
        Ok(Self {
            tenant,
            about,
            to,
            channel: channel.to_owned(),
        })
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Somebody sends it now.
    Claimed,
    /// It is too early for it.
    Waiting,
    /// The sweep asks for it, or for another try; the stream carries this to the notifier.
    Again,
    /// It failed and waits.
    Failed,
    /// The receiver has it.
    Sent,
    /// Its hour was full: a single message tells how many there are.
    Folded,
    /// Overtaken: nothing was left to say.
    Dropped,
    /// Given up: on the desk's list.
    Parked,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'f> {
    /// The receiver has it.
    Sent,
    /// It failed, with the stable code of the failure.
    Failed(&'f str),
    /// The person's hour is full.
    Folded,
    /// There is nothing to say any more.
    Dropped,
}

/// A stored delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    pk: String,
    sk: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was claimed: tells a claim from the one before.
    pub attempt: u32,
    /// How many calls were begun and failed. A claim that ran out counts as none: whether it came to a call is not known.
    #[serde(default)]
    pub tries: u32,
    /// The stable code of the latest failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// For a person, the unit whose matter it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dn: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qs: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl Delivery {
    fn new(key: &DeliveryKey, unit: &UnitId, state: DeliveryState, now: Timestamp) -> Self {
        let is_of_case = matches!(key.about, About::Event(..));
        Self {
            pk: key.pk(),
            sk: key.sk(),
            state,
            attempt: u32::from(state == DeliveryState::Claimed),
            tries: 0,
            fault: None,
            unit: matches!(key.to, Recipient::Person(_)).then(|| unit.clone()),
            dp: None,
            dn: None,
            qp: None,
            qs: None,
            ttl: (!is_of_case)
                .then(|| (now + SignedDuration::from_hours(24 * KEPT_DAYS)).as_second()),
        }
    }

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

    /// The same delivery in another state, of which nobody needs to be reminded.
    fn at_rest(&self, state: DeliveryState) -> Self {
        Self {
            state,
            dp: None,
            dn: None,
            ..self.clone()
        }
    }

    /// The same delivery in another state, due at a moment.
    fn due(&self, state: DeliveryState, at: Timestamp) -> Self {
        let name = keys::parse_sent(&self.pk).map_or("", |(_, name)| name);
        Self {
            dp: Some(keys::due_shard(name)),
            dn: Some(at.as_millisecond()),
            ..self.at_rest(state)
        }
    }

    /// The same delivery, claimed until the sender must have answered.
    fn claimed(&self, state: DeliveryState, now: Timestamp) -> Self {
        self.due(state, now + SignedDuration::from_mins(CLAIM_MINUTES))
    }

    /// The same delivery, given up.
    fn parked(&self, now: Timestamp) -> Result<Self, StoreError> {
        let key = self.key()?;
        let unit = match (&self.unit, &key.to) {
            (Some(unit), _) | (None, Recipient::Unit(unit)) => unit,
            (None, Recipient::Person(_)) => {
                return Err(StoreError::malformed(format!("no unit: {}", self.sk)));
            }
        };
        Ok(Self {
            qp: Some(keys::parked_queue(&key.tenant, unit)),
            qs: Some(now.as_millisecond()),
            ..self.at_rest(DeliveryState::Parked)
        })
    }
}

impl CaseTable {
    /// Claims a new delivery, in a matter of the unit, for exactly one caller, whatever overlaps; nothing for the others.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn claim(
        &self,
        key: &DeliveryKey,
        unit: &UnitId,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let delivery = Delivery::new(key, unit, DeliveryState::Claimed, now);
        let delivery = delivery.claimed(DeliveryState::Claimed, now);
        let is_mine = self.put_once(to_item(&delivery)?).await?;
        Ok(is_mine.then_some(delivery))
    }

    /// Puts a new delivery aside until a moment, unless it is there already.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_aside(
        &self,
        key: &DeliveryKey,
        unit: &UnitId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let delivery = Delivery::new(key, unit, DeliveryState::Waiting, now);
        let delivery = delivery.due(DeliveryState::Waiting, until);
        self.put_once(to_item(&delivery)?).await.map(|_| ())
    }

    /// Asks the notifier for a new delivery, unless it is there already.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn ask_for(
        &self,
        key: &DeliveryKey,
        unit: &UnitId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let delivery = Delivery::new(key, unit, DeliveryState::Again, now);
        let delivery = delivery.claimed(DeliveryState::Again, now);
        self.put_once(to_item(&delivery)?).await.map(|_| ())
    }

    /// Claims a delivery that the sweep asks for, for exactly one caller.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn claim_again(
        &self,
        asked: &Delivery,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let mut delivery = asked.claimed(DeliveryState::Claimed, now);
        delivery.attempt += 1;
        let is_mine = self.replace(&delivery, asked).await?;
        Ok(is_mine.then_some(delivery))
    }

    /// Puts a delivery that the sweep asks for aside once more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_aside_again(
        &self,
        asked: &Delivery,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let delivery = asked.due(DeliveryState::Waiting, until);
        self.replace(&delivery, asked).await.map(|_| ())
    }

    /// Records how a claimed attempt ended. A call that failed counts as a try; it is due again after 1, then 4 minutes, or
    /// parked after the last.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn record(
        &self,
        claimed: &Delivery,
        outcome: Outcome<'_>,
        now: Timestamp,
    ) -> Result<DeliveryState, StoreError> {
        let tries = claimed.tries + u32::from(matches!(outcome, Outcome::Failed(_)));
        let mut delivery = match outcome {
            Outcome::Sent => claimed.at_rest(DeliveryState::Sent),
            Outcome::Folded => claimed.at_rest(DeliveryState::Folded),
            Outcome::Dropped => claimed.at_rest(DeliveryState::Dropped),
            Outcome::Failed(_) if tries >= limits::DELIVERY_TRIES => claimed.parked(now)?,
            Outcome::Failed(_) => {
                let minutes = i64::from(tries * tries);
                claimed.due(
                    DeliveryState::Failed,
                    now + SignedDuration::from_mins(minutes),
                )
            }
        };
        delivery.tries = tries;
        delivery.fault = match outcome {
            Outcome::Failed(fault) => Some(fault.to_owned()),
            _ => None,
        };
        // Somebody else's newer attempt must not be overwritten by a late answer to an older one.
        self.replace(&delivery, claimed).await?;
        Ok(delivery.state)
    }

    /// Asks for a delivery whose time has come; the stream carries it to the notifier. Says whether there was anything to
    /// ask for. Asking is no try: a delivery that the notifier cannot begin is asked for until it can.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn retry_delivery(
        &self,
        key: &DeliveryKey,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(item) = self.get(key.pk(), key.sk()).await? else {
            return Ok(false);
        };
        let found = Delivery::from_item(item)?;
        if found.dn.is_none_or(|due| due > now.as_millisecond()) {
            return Ok(false);
        }
        // Should the stream lose it, it is due again after the claim time.
        let again = found.claimed(DeliveryState::Again, now);
        self.replace(&again, &found).await
    }

    /// The parked deliveries in matters of a unit, newest first, at most 100.
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
    async fn replace(&self, item: &Delivery, was: &Delivery) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_item(item)?))
            .condition_expression("#state = :was AND attempt = :attempt")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(
                ":was",
                serde_dynamo::to_attribute_value(was.state).map_err(StoreError::malformed)?,
            )
            .expression_attribute_values(":attempt", n(was.attempt));
        match put.send().await.map_err(StoreError::from_sdk) {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(err) => Err(err),
        }
    }
}
