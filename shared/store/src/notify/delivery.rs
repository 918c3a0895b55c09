//! Deliveries: each message to a unit or to staff over a channel is stored, queued for the sender, and claimed before
//! the call; a failed one becomes due again, and one for which it is too early waits.
//!
//! Until it has ended every delivery is due at some time, also while it is queued or claimed: what the queue or the
//! sender loses is asked for again.
//!
//! A delivery that is not stored yet and one that the sweep asks for take the same steps: every write says whether the
//! item must be new or must still be as it was read.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use zhitiao_domain::kernel::ids::{CaseId, DistrictId, StaffId, UnitId};
use zhitiao_domain::kernel::limits;
use zhitiao_domain::kernel::reference::AggregateRef;

use crate::error::StoreError;
use crate::item::{Item, from_item, moment, n, to_item};
use crate::keys;
use crate::notify::Notifications;
use crate::partition::Partition;
use crate::write::{Key, Write};

/// The condition under which a stored delivery is replaced.
const AS_IT_WAS: &str = "#state = :was AND attempt = :attempt";

/// How long a claim holds while nothing is heard of it: the sender may have died between sending and recording.
const CLAIM_MINUTES: i64 = 5;

/// Days for which a delivery that belongs to no case is kept.
const KEPT_DAYS: i64 = 30;

/// The channel that speaks to persons; all others speak to units.
pub const PEOPLE: &str = "people";

/// Names in place of a case's id in the partition of what was sent.
const DIGEST: &str = "DIGEST";
const FOLDED: &str = "FOLDED";

/// What stands in a key before the moment until which messages about an incident were held back.
const INCIDENT: char = 'I';

/// What is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// An event of an aggregate; 0 is its receipt.
    Event(AggregateRef, u32),
    /// The digest of a day.
    Digest(Date),
    /// How many messages of the hour that began then were held back.
    Folded(Timestamp),
    /// How many messages about one incident were held back until then, by the case that was told of at first.
    Incident(CaseId, Timestamp),
}

/// To whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A unit.
    Unit(UnitId),
    /// A member of staff.
    Staff(StaffId),
}

impl Recipient {
    /// Reads the id of a receiver of that channel.
    pub(crate) fn parse(id: &str, channel: &str) -> Result<Self, StoreError> {
        if channel == PEOPLE {
            StaffId::parse(id)
                .map(Self::Staff)
                .map_err(StoreError::malformed)
        } else {
            UnitId::parse(id)
                .map(Self::Unit)
                .map_err(StoreError::malformed)
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unit(unit) => unit.as_str(),
            Self::Staff(person) => person.as_str(),
        }
    }
}

/// Which delivery: what to whom over which channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryKey {
    /// The district.
    pub district: DistrictId,
    /// What.
    pub about: About,
    /// To whom.
    pub to: Recipient,
    /// The channel's stable name.
    pub channel: String,
}

impl DeliveryKey {
    /// The name of what it is about: the aggregate's, if it is about one.
    fn name(&self) -> String {
        match &self.about {
            About::Event(about, _) => about.to_string(),
            About::Incident(case, _) => case.to_string(),
            About::Digest(_) => DIGEST.to_owned(),
            About::Folded(_) => FOLDED.to_owned(),
        }
    }

    fn partition(&self) -> Partition {
        Partition::Sent(self.district.clone(), self.name())
    }

    fn place(&self) -> Key {
        Key::new(&self.partition(), self.sk())
    }

    fn sk(&self) -> String {
        let message = match &self.about {
            About::Event(_, event) => format!("{event:08}"),
            About::Digest(day) => day.to_string(),
            About::Folded(hour) => keys::stamp(*hour),
            About::Incident(_, until) => format!("{INCIDENT}{}", keys::stamp(*until)),
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
        let Ok(Partition::Sent(district, name)) = Partition::parse(pk) else {
            return Err(StoreError::malformed(format!("delivery key {pk}")));
        };
        Self::of(district, &name, sk)
    }

    /// Reads the key of a delivery about what has that name.
    pub(crate) fn of(district: DistrictId, name: &str, sk: &str) -> Result<Self, StoreError> {
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
            name => about_aggregate(name, message)?,
        };
        Ok(Self {
            district,
            about,
            to: Recipient::parse(to, channel)?,
            channel: channel.to_owned(),
        })
    }
}

fn about_aggregate(name: &str, message: &str) -> Result<About, StoreError> {
    let about = AggregateRef::parse(name).map_err(StoreError::malformed)?;
    if let (Some(until), Some(case)) = (message.strip_prefix(INCIDENT), about.case()) {
        let until = keys::parse_stamp(until).map_err(StoreError::malformed)?;
        return Ok(About::Incident(case, until));
    }
    let event = message.parse();
    let event = event.map_err(StoreError::malformed_of("event number"))?;
    Ok(About::Event(about, event))
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Planned in this process, and not stored yet.
    Planned,
    /// It waits in the queue for the sender.
    Queued,
    /// A sender calls now.
    Claimed,
    /// It is too early for it.
    Waiting,
    /// The sweep asks for it, or for another try; the stream carries this to the notifier.
    Again,
    /// It failed and waits.
    Failed,
    /// The receiver has it.
    Sent,
    /// Held back: a single message tells how many there are.
    Folded,
    /// Overtaken: nothing was left to say.
    Dropped,
    /// Given up: on the desk's list.
    Parked,
}

/// A delivery, stored or about to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    pk: String,
    sk: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was asked for or claimed: tells a claim from the one before, and makes an older message of the
    /// queue void.
    pub attempt: u32,
    /// How many calls were begun and failed. A claim that ran out counts as none: whether it came to a call is not
    /// known.
    #[serde(default)]
    pub tries: u32,
    /// The stable code of the latest failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// How many messages it tells of, when it tells of those that were held back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// For a member of staff, the unit whose matter it is.
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
    /// A delivery in a matter of the unit that is not stored yet.
    pub fn planned(key: &DeliveryKey, unit: &UnitId, now: Timestamp) -> Self {
        let is_of_case = matches!(
            key.about,
            About::Event(AggregateRef::Case(_), _) | About::Incident(..)
        );
        let expires = now + SignedDuration::from_hours(24 * KEPT_DAYS);
        Self {
            pk: key.partition().to_string(),
            sk: key.sk(),
            state: DeliveryState::Planned,
            attempt: 0,
            tries: 0,
            fault: None,
            count: None,
            unit: matches!(key.to, Recipient::Staff(_)).then(|| unit.clone()),
            dp: None,
            dn: None,
            qp: None,
            qs: None,
            ttl: (!is_of_case).then(|| expires.as_second()),
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

    /// The unit whose matter it is.
    ///
    /// # Errors
    /// [`StoreError::Malformed`].
    pub fn unit(&self) -> Result<UnitId, StoreError> {
        match (&self.unit, self.key()?.to) {
            (Some(unit), _) => Ok(unit.clone()),
            (None, Recipient::Unit(unit)) => Ok(unit),
            (None, Recipient::Staff(_)) => {
                Err(StoreError::malformed(format!("no unit: {}", self.sk)))
            }
        }
    }

    /// The same delivery in another state, and no longer due.
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
        let name = match Partition::parse(&self.pk) {
            Ok(Partition::Sent(_, name)) => name,
            _ => String::new(),
        };
        Self {
            dp: Some(keys::due_shard(&name)),
            dn: Some(at.as_millisecond()),
            ..self.at_rest(state)
        }
    }

    /// The same delivery, claimed until the sender must have answered.
    fn claimed(&self, state: DeliveryState, now: Timestamp) -> Self {
        self.due(state, now + SignedDuration::from_mins(CLAIM_MINUTES))
    }

    /// The write that turns this delivery into another one, if it is still as it was read, or still not there.
    fn becomes(&self, next: &Self) -> Result<Write, StoreError> {
        let item = to_item(next)?;
        if self.state == DeliveryState::Planned {
            return Ok(Write::put_new(item));
        }
        let state = serde_dynamo::to_attribute_value(self.state).map_err(StoreError::malformed)?;
        Ok(Write::put(item)
            .when(AS_IT_WAS)
            .name("#state", "state")
            .value(":was", state)
            .value(":attempt", n(self.attempt)))
    }

    /// The write that holds this delivery back, as part of a transaction.
    pub(crate) fn held_back(&self) -> Result<Write, StoreError> {
        self.becomes(&self.at_rest(DeliveryState::Folded))
    }

    /// The write that asks for this new delivery about `count` messages, as part of a transaction.
    pub(crate) fn asked(&self, count: u32, now: Timestamp) -> Result<Write, StoreError> {
        let mut asked = self.claimed(DeliveryState::Again, now);
        asked.count = Some(count);
        self.becomes(&asked)
    }

    /// The same delivery, given up.
    fn parked(&self, now: Timestamp) -> Result<Self, StoreError> {
        let (district, unit) = (self.key()?.district, self.unit()?);
        Ok(Self {
            qp: Some(keys::parked_queue(&district, &unit)),
            qs: Some(now.as_millisecond()),
            ..self.at_rest(DeliveryState::Parked)
        })
    }
}

impl Notifications {
    /// Stores a delivery that is about to be queued, unless it is stored already, and answers it as the sender must
    /// find it; `None` when it is past that. One that was asked for is stored as it must be.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn queue(
        &self,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        if delivery.state != DeliveryState::Planned {
            return Ok(Some(delivery.clone()));
        }
        let queued = delivery.claimed(DeliveryState::Queued, now);
        let met = self.table.put_new_or_met(to_item(&queued)?, Vec::new());
        match met.await? {
            None => Ok(Some(queued)),
            // Nobody knows whether the queue has it: the sender takes it once.
            Some(met) => {
                let met = Delivery::from_item(met)?;
                Ok((met.state == DeliveryState::Queued).then_some(met))
            }
        }
    }

    /// Claims a delivery for exactly one caller, whatever overlaps; `None` for the others. The call follows at once.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn claim(
        &self,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let mut claimed = delivery.claimed(DeliveryState::Claimed, now);
        claimed.attempt += 1;
        let is_mine = self.replace(&claimed, delivery).await?;
        Ok(is_mine.then_some(claimed))
    }

    /// Puts a delivery aside until a moment.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn put_aside(&self, delivery: &Delivery, until: Timestamp) -> Result<(), StoreError> {
        let waiting = delivery.due(DeliveryState::Waiting, until);
        self.replace(&waiting, delivery).await.map(|_| ())
    }

    /// Ends a delivery of which nothing is left to say; whether it was still to be made.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn drop_delivery(&self, delivery: &Delivery) -> Result<bool, StoreError> {
        let dropped = delivery.at_rest(DeliveryState::Dropped);
        self.replace(&dropped, delivery).await
    }

    /// Records how a claimed call ended, and says where the delivery stands then; `None` when a newer claim overtook
    /// this one. A call that failed counts as a try; it is due again after 1, then 4 minutes, or parked after the last.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn record(
        &self,
        claimed: &Delivery,
        outcome: Result<(), &str>,
        now: Timestamp,
    ) -> Result<Option<DeliveryState>, StoreError> {
        let mut delivery = match outcome {
            Ok(()) => claimed.at_rest(DeliveryState::Sent),
            Err(_) if claimed.tries + 1 >= limits::DELIVERY_TRIES => claimed.parked(now)?,
            Err(_) => {
                let tries = i64::from(claimed.tries + 1);
                let next = now + SignedDuration::from_mins(tries * tries);
                claimed.due(DeliveryState::Failed, next)
            }
        };
        delivery.tries += u32::from(outcome.is_err());
        delivery.fault = outcome.err().map(str::to_owned);
        // A late answer to an older call must not overwrite a newer claim.
        let is_mine = self.replace(&delivery, claimed).await?;
        Ok(is_mine.then_some(delivery.state))
    }

    /// Asks for a delivery whose time has come; the stream carries it to the notifier. Says whether there was anything
    /// to ask for. Asking is no try: a delivery that nobody can begin is asked for until it can be begun.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn retry_delivery(
        &self,
        key: &DeliveryKey,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(item) = self.table.get(key.place()).await? else {
            return Ok(false);
        };
        let found = Delivery::from_item(item)?;
        if found.dn.is_none_or(|due| due > now.as_millisecond()) {
            return Ok(false);
        }
        // Should the stream, the queue or the sender lose it, it is due again after the claim time.
        let mut again = found.claimed(DeliveryState::Again, now);
        again.attempt += 1;
        self.replace(&again, &found).await
    }

    /// The parked deliveries in matters of a unit, newest first, at most 100.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn parked(
        &self,
        district: &DistrictId,
        unit: &UnitId,
    ) -> Result<Vec<(DeliveryKey, Timestamp)>, StoreError> {
        let parked = keys::parked_queue(district, unit);
        let query = self.table.index("queue", "qp", &parked);
        let (found, _) = query.newest_first().limit(100).page().await?;
        let rows = found.into_iter().map(|item| {
            let row: ParkedRow = from_item(item)?;
            Ok((DeliveryKey::parse(&row.pk, &row.sk)?, moment(row.qs)?))
        });
        rows.collect()
    }

    /// Writes a delivery if it is still in the state and attempt that was read, or still not there.
    async fn replace(&self, next: &Delivery, was: &Delivery) -> Result<bool, StoreError> {
        self.table.write_if(was.becomes(next)?).await
    }
}

/// What the index holds of a parked delivery.
#[derive(Deserialize)]
struct ParkedRow {
    pk: String,
    sk: String,
    qs: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_no_aggregate_has_a_name_that_no_aggregate_has() {
        for name in [DIGEST, FOLDED] {
            assert!(AggregateRef::parse(name).is_err(), "{name}");
        }
        let case = CaseId::parse("K7M39QXD").unwrap();
        let text = AggregateRef::from(case).to_string();
        assert_eq!(AggregateRef::parse(&text), Ok(AggregateRef::Case(case)));
        let key = DeliveryKey::parse("shinan#SENT#DIGEST", "DELIVERY#2026-11-30#badaguan#wecom");
        assert!(matches!(key.unwrap().about, About::Digest(_)));
    }
}
