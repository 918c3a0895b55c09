//! Few messages in a stretch of time: one small item per receiver and stretch lets the first ones through and counts
//! the others, so that a single message can say how many there are.
//!
//! What is held back is counted in the transaction that ends its delivery: the item stays small, and a repeated write
//! counts nothing twice.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use zhitiao_domain::case::announcement::Incident;
use zhitiao_domain::kernel::ids::{CaseId, CategoryId, DistrictId, StaffId, UnitId};

use crate::error::StoreError;
use crate::item::{from_item, moment, n, s};
use crate::keys;
use crate::notify::Notifications;
use crate::notify::delivery::{About, Delivery, DeliveryKey, PEOPLE, Recipient};
use crate::partition::Partition;
use crate::write::{Key, Write};

/// Days for which a stretch is kept: longer than the sweep may be away.
const KEPT_DAYS: i64 = 30;

/// What a receiver gets few messages of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stretch {
    /// Everything that is no danger, in the hour that began then.
    Hour(Timestamp),
    /// One incident, a minute at a time.
    Incident(Incident),
}

/// A stretch of time of one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The district.
    pub district: DistrictId,
    /// Who gets the messages.
    pub to: Recipient,
    /// The channel's stable name.
    pub channel: String,
    /// Which messages.
    pub of: Stretch,
}

/// The message that an incident's minute began with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Opening {
    /// The case that it told of.
    pub case: CaseId,
    /// Whether no unit had accepted that case.
    pub waiting: bool,
    /// The delivery.
    opened_by: String,
    /// The end of the minute, epoch milliseconds.
    until: i64,
}

/// What a window holds when it is over.
#[derive(Deserialize)]
struct Held {
    #[serde(default)]
    dn: Option<i64>,
    #[serde(default, rename = "held")]
    counted: Option<u32>,
    /// Written before messages were counted: the names of those that were held back.
    #[serde(default)]
    folded: Vec<String>,
    #[serde(default)]
    case: Option<CaseId>,
    #[serde(default)]
    until: Option<i64>,
    #[serde(default)]
    unit: Option<UnitId>,
}

impl Held {
    fn count(&self) -> Result<u32, StoreError> {
        let names = u32::try_from(self.folded.len()).map_err(StoreError::malformed)?;
        Ok(self.counted.unwrap_or_default() + names)
    }
}

impl Opening {
    /// How the message about a case opens a minute.
    pub fn of(message: &DeliveryKey, case: CaseId, waiting: bool, until: Timestamp) -> Self {
        Self {
            case,
            waiting,
            opened_by: message.text(),
            until: until.as_millisecond(),
        }
    }
}

impl Window {
    /// The hour of a member of staff.
    pub fn hour(district: &DistrictId, staff: &StaffId, now: Timestamp) -> Self {
        Self {
            district: district.clone(),
            to: Recipient::Staff(staff.clone()),
            channel: PEOPLE.to_owned(),
            of: Stretch::Hour(hour_of(now).0),
        }
    }

    /// An incident's minute at the receiver of a message about it.
    pub fn incident(message: &DeliveryKey, incident: Incident) -> Self {
        Self {
            district: message.district.clone(),
            to: message.to.clone(),
            channel: message.channel.clone(),
            of: Stretch::Incident(incident),
        }
    }

    fn key(&self) -> Key {
        let partition = Partition::Rate(self.district.clone(), self.to.as_str().to_owned());
        Key::new(&partition, self.sk())
    }

    fn sk(&self) -> String {
        match &self.of {
            Stretch::Hour(hour) => keys::stamp(*hour),
            Stretch::Incident(incident) => {
                let category = incident.category.as_ref().map_or("", CategoryId::as_str);
                keys::incident(&incident.community, category, &self.channel)
            }
        }
    }

    /// Reads the key of a stored window of a receiver.
    ///
    /// # Errors
    /// [`StoreError::Malformed`].
    pub(crate) fn of(district: DistrictId, to: &str, sk: &str) -> Result<Self, StoreError> {
        let (channel, of) = if let Some((community, category, channel)) = keys::parse_incident(sk) {
            let category = Some(category).filter(|category| !category.is_empty());
            let category = category.map(CategoryId::parse).transpose();
            let incident = Incident {
                community: UnitId::parse(community).map_err(StoreError::malformed)?,
                category: category.map_err(StoreError::malformed)?,
            };
            (channel, Stretch::Incident(incident))
        } else {
            let hour = keys::parse_stamp(sk).map_err(StoreError::malformed)?;
            (PEOPLE, Stretch::Hour(hour))
        };
        Ok(Self {
            district,
            to: Recipient::parse(to, channel)?,
            channel: channel.to_owned(),
            of,
        })
    }

    /// The delivery that tells of what was held back.
    fn delivery(&self, about: About, unit: &UnitId, now: Timestamp) -> Delivery {
        let key = DeliveryKey {
            district: self.district.clone(),
            about,
            to: self.to.clone(),
            channel: self.channel.clone(),
        };
        Delivery::planned(&key, unit, now)
    }
}

/// The hour of a moment, and the one after it; hours begin at the same moments everywhere that matters here.
fn hour_of(at: Timestamp) -> (Timestamp, Timestamp) {
    let seconds = at.as_second();
    let begin = seconds - seconds.rem_euclid(3600);
    let hour = Timestamp::from_second(begin).unwrap_or(at);
    let end = hour.saturating_add(SignedDuration::from_hours(1));
    (hour, end.unwrap_or(hour))
}

fn expires(end: Timestamp) -> i64 {
    end.as_second() + SignedDuration::from_hours(24 * KEPT_DAYS).as_secs()
}

impl Notifications {
    /// Whether one more message may be sent in the hour of a member of staff. The hour remembers which deliveries it
    /// let through, so that another try of the same one counts once.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn admit(
        &self,
        key: &DeliveryKey,
        hour: &Window,
        per_hour: u8,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if per_hour == 0 {
            return Ok(false);
        }
        let name = key.text();
        let one = AttributeValue::Ss(vec![name.clone()]);
        let admission = Write::update(hour.key(), "SET #ttl = :ttl ADD passed :one")
            .when("attribute_not_exists(passed) OR contains(passed, :name) OR size(passed) < :most")
            .name("#ttl", "ttl")
            .value(":ttl", n(expires(hour_of(now).1)))
            .value(":one", one)
            .value(":name", s(name))
            .value(":most", n(per_hour));
        self.table.write_if(admission).await
    }

    /// Begins an incident's minute with a message: `None` when it may be sent, else the message that the minute began
    /// with. A minute of which nothing was held back ends by itself; another one ends with the message that counts, and
    /// at `late` at the latest, should the sweep be away. `over` is an opening that counts no more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open(
        &self,
        window: &Window,
        opening: &Opening,
        unit: &UnitId,
        over: Option<&Opening>,
        (now, late): (Timestamp, Timestamp),
    ) -> Result<Option<Opening>, StoreError> {
        let over = over.map_or("", |over| over.opened_by.as_str());
        let until = moment(opening.until)?;
        let update = Write::update(
            window.key(),
            "SET #until = :until, opened_by = :name, #case = :case, waiting = :waiting, #unit = :unit, #ttl = :ttl",
        )
        .when(
            "attribute_not_exists(opened_by) OR opened_by IN (:name, :over) \
             OR (#until <= :now AND attribute_not_exists(dn)) OR #until <= :late",
        )
        .name("#until", "until")
        .name("#case", "case")
        .name("#unit", "unit")
        .name("#ttl", "ttl")
        .value(":until", n(opening.until))
        .value(":name", s(&opening.opened_by))
        .value(":case", s(opening.case.as_str()))
        .value(":waiting", AttributeValue::Bool(opening.waiting))
        .value(":unit", s(unit.as_str()))
        .value(":ttl", n(expires(until)))
        .value(":over", s(over))
        .value(":now", n(now.as_millisecond()))
        .value(":late", n(late.as_millisecond()));
        if self.table.write_if(update).await? {
            return Ok(None);
        }
        let item = self.table.get(window.key()).await?;
        item.map(from_item).transpose()
    }

    /// Holds a delivery back until its window is over, and counts it there, once. Whether it was still to be made.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn hold_back(
        &self,
        delivery: &Delivery,
        window: &Window,
        opening: Option<&Opening>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let end = match opening {
            Some(opening) => moment(opening.until)?,
            None => hour_of(now).1,
        };
        let count = Write::update(
            window.key(),
            "SET #ttl = :ttl, dp = :shard, dn = :end ADD held :one",
        )
        .name("#ttl", "ttl")
        .value(":ttl", n(expires(end)))
        .value(":shard", s(keys::due_shard(window.to.as_str())))
        .value(":end", n(end.as_millisecond()))
        .value(":one", n(1));
        let both = [delivery.held_back()?, count];
        self.table.write_all_if(both).await
    }

    /// Asks for the one message about what was held back in a window that is over, in a matter of the unit, and closes
    /// the window; an incident's next minute begins, `next` its end. Does nothing when more was held back meanwhile:
    /// the next tick finds it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn close_window(
        &self,
        window: &Window,
        unit: &UnitId,
        next: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(item) = self.table.get(window.key()).await? else {
            return Ok(false);
        };
        let held: Held = from_item(item)?;
        if held.dn.is_none_or(|due| due > now.as_millisecond()) {
            return Ok(false);
        }
        let count = held.count()?;
        // An hour of which was told already is told of again under the moment at which it is closed again.
        let abouts = match (&window.of, held.case, held.until) {
            (Stretch::Hour(hour), ..) => [About::Folded(*hour), About::Folded(now)],
            (Stretch::Incident(_), Some(case), Some(until)) => [
                About::Incident(case, moment(until)?),
                About::Incident(case, now),
            ],
            (Stretch::Incident(_), ..) => {
                return Err(StoreError::malformed(format!("window {}", window.sk())));
            }
        };
        let unit = held.unit.as_ref().unwrap_or(unit);
        for about in abouts {
            let told = window.delivery(about, unit, now);
            let told_of = told.key()?.text();
            let closing = closing(window, &held, &told_of, next);
            if self
                .table
                .write_all_if([told.asked(count, now)?, closing])
                .await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many messages of an hour were held back: for a delivery that was asked for before deliveries said so
    /// themselves.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn held_back(
        &self,
        district: &DistrictId,
        staff: &StaffId,
        hour: Timestamp,
    ) -> Result<u32, StoreError> {
        let partition = Partition::Rate(district.clone(), staff.as_str().to_owned());
        let item = self
            .table
            .get(Key::new(&partition, keys::stamp(hour)))
            .await?;
        let held: Option<Held> = item.map(from_item).transpose()?;
        held.map_or(Ok(0), |held| held.count())
    }
}

/// The update that closes a window unless it changed since it was read.
fn closing(window: &Window, held: &Held, told_of: &str, next: Timestamp) -> Write {
    let update = match window.of {
        Stretch::Hour(_) => Write::update(window.key(), "REMOVE dp, dn, held, folded"),
        Stretch::Incident(_) => Write::update(
            window.key(),
            "SET #until = :next, opened_by = :name REMOVE dp, dn, held",
        )
        .name("#until", "until")
        .value(":next", n(next.as_millisecond()))
        .value(":name", s(told_of)),
    };
    match held.counted {
        Some(count) => update.when("held = :held").value(":held", n(count)),
        None => update.when("attribute_not_exists(held)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_begins_and_ends_with_the_clocks_own() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let hour = (at("2026-11-24T01:00:00Z"), at("2026-11-24T02:00:00Z"));
        assert_eq!(hour_of(at("2026-11-24T09:00:00+08:00")), hour);
        assert_eq!(hour_of(at("2026-11-24T09:59:59.999+08:00")), hour);
    }

    #[test]
    fn a_window_is_read_back_from_its_key() {
        let message =
            DeliveryKey::parse("shinan#SENT#K7M39QXD", "DELIVERY#00000000#wang.fang#people");
        let message = message.unwrap();
        for category in [None, Some(CategoryId::parse("manhole-cover").unwrap())] {
            let incident = Incident {
                community: UnitId::parse("huiquan").unwrap(),
                category,
            };
            let window = Window::incident(&message, incident);
            let read = Window::of(window.district.clone(), window.to.as_str(), &window.sk());
            assert_eq!(read.unwrap(), window);
        }
        let staff = StaffId::parse("wang.fang").unwrap();
        let hour = Window::hour(&message.district, &staff, Timestamp::UNIX_EPOCH);
        let read = Window::of(hour.district.clone(), hour.to.as_str(), &hour.sk());
        assert_eq!(read.unwrap(), hour);
    }
}
