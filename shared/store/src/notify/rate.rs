//! Few messages in a stretch of time: one small item per receiver and stretch lets the first ones through and counts the
//! others, so that a single message can say how many there are.
//!
//! What is held back is counted in the transaction that ends its delivery: the item stays small, and a repeated write
//! counts nothing twice.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use zhitiao_domain::case::announcement::Incident;
use zhitiao_domain::kernel::ids::{CaseId, CategoryId, DistrictId, StaffId, UnitId};

use crate::error::StoreError;
use crate::item::{from_item, moment, n, s};
use crate::keys;
use crate::notify::delivery::{About, Delivery, DeliveryKey, PEOPLE, Recipient};
use crate::table::CaseTable;

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
    pub tenant: DistrictId,
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
    #[serde(default)]
    held: Option<u32>,
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
        Ok(self.held.unwrap_or_default() + names)
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
    pub fn hour(tenant: &DistrictId, staff: &StaffId, now: Timestamp) -> Self {
        Self {
            tenant: tenant.clone(),
            to: Recipient::Staff(staff.clone()),
            channel: PEOPLE.to_owned(),
            of: Stretch::Hour(hour_of(now).0),
        }
    }

    /// An incident's minute at the receiver of a message about it.
    pub fn incident(message: &DeliveryKey, incident: Incident) -> Self {
        Self {
            tenant: message.tenant.clone(),
            to: message.to.clone(),
            channel: message.channel.clone(),
            of: Stretch::Incident(incident),
        }
    }

    fn pk(&self) -> String {
        keys::rate(&self.tenant, self.to.as_str())
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

    /// Reads the key of a stored window; `None` when it is another kind of key.
    ///
    /// # Errors
    /// [`StoreError::Malformed`].
    pub(crate) fn parse(pk: &str, sk: &str) -> Result<Option<Self>, StoreError> {
        let Ok((tenant, to)) = keys::parse_rate(pk) else {
            return Ok(None);
        };
        let (channel, of) = match keys::parse_incident(sk) {
            Some((community, category, channel)) => {
                let category = Some(category).filter(|category| !category.is_empty());
                let category = category.map(CategoryId::parse).transpose();
                let incident = Incident {
                    community: UnitId::parse(community).map_err(StoreError::malformed)?,
                    category: category.map_err(StoreError::malformed)?,
                };
                (channel, Stretch::Incident(incident))
            }
            None => {
                let hour = keys::parse_stamp(sk).map_err(StoreError::malformed)?;
                (PEOPLE, Stretch::Hour(hour))
            }
        };
        Ok(Some(Self {
            tenant,
            to: Recipient::parse(to, channel)?,
            channel: channel.to_owned(),
            of,
        }))
    }

    /// The delivery that tells of what was held back.
    fn delivery(&self, about: About, unit: &UnitId, now: Timestamp) -> Delivery {
        let key = DeliveryKey {
            tenant: self.tenant.clone(),
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

impl CaseTable {
    /// Whether one more message may be sent in the hour of a member of staff. The hour remembers which deliveries it let
    /// through, so that another try of the same one counts once.
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
        let admission = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", s(hour.pk()))
            .key("sk", s(hour.sk()))
            .update_expression("SET #ttl = :ttl ADD passed :one")
            .condition_expression(
                "attribute_not_exists(passed) OR contains(passed, :name) OR size(passed) < :most",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", n(expires(hour_of(now).1)))
            .expression_attribute_values(":one", one)
            .expression_attribute_values(":name", s(name))
            .expression_attribute_values(":most", n(per_hour));
        match admission.send().await.map_err(StoreError::from_sdk) {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
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
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", s(window.pk()))
            .key("sk", s(window.sk()))
            .update_expression(
                "SET #until = :until, opened_by = :name, #case = :case, waiting = :waiting, #unit = :unit, #ttl = :ttl",
            )
            .condition_expression(
                "attribute_not_exists(opened_by) OR opened_by IN (:name, :over) \
                 OR (#until <= :now AND attribute_not_exists(dn)) OR #until <= :late",
            )
            .expression_attribute_names("#until", "until")
            .expression_attribute_names("#case", "case")
            .expression_attribute_names("#unit", "unit")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":until", n(opening.until))
            .expression_attribute_values(":name", s(&opening.opened_by))
            .expression_attribute_values(":case", s(opening.case.as_str()))
            .expression_attribute_values(":waiting", AttributeValue::Bool(opening.waiting))
            .expression_attribute_values(":unit", s(unit.as_str()))
            .expression_attribute_values(":ttl", n(expires(until)))
            .expression_attribute_values(":over", s(over))
            .expression_attribute_values(":now", n(now.as_millisecond()))
            .expression_attribute_values(":late", n(late.as_millisecond()));
        match update.send().await.map_err(StoreError::from_sdk) {
            Ok(_) => Ok(None),
            Err(StoreError::Conflict) => {
                let item = self.get(window.pk(), window.sk()).await?;
                item.map(from_item).transpose()
            }
            Err(error) => Err(error),
        }
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
        let count = Update::builder()
            .table_name(&self.table)
            .key("pk", s(window.pk()))
            .key("sk", s(window.sk()))
            .update_expression("SET #ttl = :ttl, dp = :shard, dn = :end ADD held :one")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", n(expires(end)))
            .expression_attribute_values(":shard", s(keys::due_shard(window.to.as_str())))
            .expression_attribute_values(":end", n(end.as_millisecond()))
            .expression_attribute_values(":one", n(1));
        self.together(delivery.held_back(&self.table)?, count.build())
            .await
    }

    /// Asks for the one message about what was held back in a window that is over, in a matter of the unit, and closes
    /// the window; an incident's next minute begins, `next` its end. Does nothing when more was held back meanwhile: the
    /// next tick finds it.
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
        let Some(item) = self.get(window.pk(), window.sk()).await? else {
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
            let asked = told.asked(count, now, &self.table)?;
            let closing = self.closing(window, &held, &told_of, next);
            if self.together(asked, closing).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The update that closes a window unless it changed since it was read.
    fn closing(
        &self,
        window: &Window,
        held: &Held,
        told_of: &str,
        next: Timestamp,
    ) -> Result<Update, aws_sdk_dynamodb::error::BuildError> {
        let update = Update::builder()
            .table_name(&self.table)
            .key("pk", s(window.pk()))
            .key("sk", s(window.sk()));
        let update = match held.held {
            Some(count) => update
                .condition_expression("held = :held")
                .expression_attribute_values(":held", n(count)),
            None => update.condition_expression("attribute_not_exists(held)"),
        };
        match window.of {
            Stretch::Hour(_) => update.update_expression("REMOVE dp, dn, held, folded"),
            Stretch::Incident(_) => update
                .update_expression("SET #until = :next, opened_by = :name REMOVE dp, dn, held")
                .expression_attribute_names("#until", "until")
                .expression_attribute_values(":next", n(next.as_millisecond()))
                .expression_attribute_values(":name", s(told_of)),
        }
        .build()
    }

    /// How many messages of an hour were held back: for a delivery that was asked for before deliveries said so themselves.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn held_back(
        &self,
        tenant: &DistrictId,
        staff: &StaffId,
        hour: Timestamp,
    ) -> Result<u32, StoreError> {
        let hour = (keys::rate(tenant, staff.as_str()), keys::stamp(hour));
        let item = self.get(hour.0, hour.1).await?;
        let held: Option<Held> = item.map(from_item).transpose()?;
        held.map_or(Ok(0), |held| held.count())
    }

    /// Writes a delivery and its window, both or neither; `false` when one of them is not as it was read.
    async fn together(
        &self,
        delivery: Put,
        window: Result<Update, aws_sdk_dynamodb::error::BuildError>,
    ) -> Result<bool, StoreError> {
        let window = window.map_err(StoreError::malformed)?;
        let sent = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(delivery).build())
            .transact_items(TransactWriteItem::builder().update(window).build())
            .send()
            .await;
        match sent {
            Ok(_) => Ok(true),
            Err(error) if is_lost(&error) => Ok(false),
            Err(error) => Err(StoreError::from_transaction(error)),
        }
    }
}

/// Whether a condition was not met. Two that wrote at once are no such case: one of them tries again.
fn is_lost<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        error.as_service_error()
    else {
        return false;
    };
    let mut reasons = cancelled.cancellation_reasons().iter();
    reasons.any(|reason| reason.code() == Some("ConditionalCheckFailed"))
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
            let read = Window::parse(&window.pk(), &window.sk());
            assert_eq!(read.unwrap(), Some(window));
        }
        let staff = StaffId::parse("wang.fang").unwrap();
        let hour = Window::hour(&message.tenant, &staff, Timestamp::UNIX_EPOCH);
        assert_eq!(Window::parse(&hour.pk(), &hour.sk()).unwrap(), Some(hour));
        assert_eq!(Window::parse("shinan#K7M39QXD", "#").unwrap(), None);
    }
}
