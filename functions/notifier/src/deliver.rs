//! One delivery, from the question whether it is still to be made to the record of how it ended: the same steps for the
//! first try and for every later one.

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::notify::schedule::{self, Plan};
use zhitiao_runtime::telemetry::{Unit, metric_and_total};
use zhitiao_store::StoreError;
use zhitiao_store::notify::delivery::{About, Delivery, DeliveryKey, DeliveryState, Recipient};

use crate::channels::{Channel, Kind, OutboundMessage};
use crate::digests::Desk;
use crate::limits::Limit;
use crate::news::News;
use crate::words::Words;
use crate::{Notifier, message};

/// What deliveries are about, with all that their messages need; several deliveries share one.
#[derive(Debug)]
pub(crate) enum Matter {
    /// Something happened to a case.
    News(Box<News>),
    /// The digests of a unit and a day.
    Digest(Desk),
    /// So many messages were held back: of an hour, or about the incident of a case.
    HeldBack(u32, Option<Box<News>>),
}

/// What is to become of a delivery.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Send this, unless a limit holds it back.
    Send(Box<OutboundMessage>, Limit),
    /// It is too early.
    Wait(Timestamp),
    /// Nothing is left to say, or nobody is left who wants to hear it.
    Drop,
    /// The person is absent by now: whoever is there instead hears it.
    PassOn,
}

impl Verdict {
    /// Sends a message that no limit holds back.
    pub(crate) fn send(message: OutboundMessage) -> Self {
        Self::Send(Box::new(message), Limit::None)
    }
}

impl Notifier {
    /// Makes a delivery that is not stored yet, unless it was made before.
    pub(crate) async fn deliver_new(
        &self,
        matter: &Matter,
        key: &DeliveryKey,
        unit: &UnitId,
    ) -> Result<(), StoreError> {
        let planned = Delivery::planned(key, unit, self.clock.now());
        self.deliver(matter, &planned).await
    }

    /// Makes a delivery that the sweep asks for: its time has come, or it failed before.
    pub(crate) async fn deliver_asked(&self, asked: &Delivery) -> Result<(), StoreError> {
        match self.matter_of(asked).await? {
            Some(matter) => self.deliver(&matter, asked).await,
            None => self.drop_delivery(&asked.key()?, asked).await,
        }
    }

    async fn matter_of(&self, asked: &Delivery) -> Result<Option<Matter>, StoreError> {
        let key = asked.key()?;
        Ok(match (key.about, &key.to) {
            (About::Event(case, event), _) => {
                let news = self.news_of(&key.tenant, case, event).await?;
                news.map(|news| Matter::News(Box::new(news)))
            }
            (About::Digest(day), _) => {
                let desk = self.desk_of(&key.tenant, day, &asked.unit()?).await?;
                desk.map(Matter::Digest)
            }
            (About::Folded(hour), Recipient::Staff(person)) => {
                let count = match asked.count {
                    Some(count) => count,
                    None => {
                        self.notifications
                            .held_back(&key.tenant, person, hour)
                            .await?
                    }
                };
                Some(Matter::HeldBack(count, None))
            }
            (About::Folded(_), Recipient::Unit(_)) => None,
            (About::Incident(case, _), _) => {
                let news = self.news_of(&key.tenant, case, 0).await?;
                let count = asked.count.unwrap_or_default();
                news.map(|news| Matter::HeldBack(count, Some(Box::new(news))))
            }
        })
    }

    /// Judges, claims, sends and records. The claim comes last before the call: what it counts was begun.
    async fn deliver(&self, matter: &Matter, delivery: &Delivery) -> Result<(), StoreError> {
        let key = delivery.key()?;
        let Some(channel) = self.channels.of(&key) else {
            return self.drop_delivery(&key, delivery).await;
        };
        let (message, limit) = match self.judge(matter, &key, channel).await? {
            Verdict::Send(message, limit) => (message, limit),
            Verdict::Wait(until) => return self.notifications.put_aside(delivery, until).await,
            Verdict::Drop => return self.drop_delivery(&key, delivery).await,
            Verdict::PassOn => {
                if let Matter::News(_) = matter {
                    self.pass_on(matter).await?;
                }
                return self.drop_delivery(&key, delivery).await;
            }
        };
        if !self.may_send(&key, delivery, limit).await? {
            return Ok(());
        }
        match self.notifications.claim(delivery, self.clock.now()).await? {
            Some(claimed) => self.call(channel, &key, &claimed, &message).await,
            None => Ok(()),
        }
    }

    /// By way of a box: the persons who hear it instead are told by further deliveries.
    fn pass_on<'a>(&'a self, matter: &'a Matter) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.tell_people(matter))
    }

    async fn judge(
        &self,
        matter: &Matter,
        key: &DeliveryKey,
        channel: &dyn Channel,
    ) -> Result<Verdict, StoreError> {
        match matter {
            Matter::News(news) => Ok(self.judge_news(news, key, channel)),
            Matter::Digest(desk) => self.judge_digest(desk, key).await,
            Matter::HeldBack(count, Some(news)) => Ok(self.judge_incident(news, *count, key)),
            Matter::HeldBack(count, None) => self.judge_folded(*count, key).await,
        }
    }

    /// How many messages about an incident were held back: danger waits for no morning.
    fn judge_incident(&self, news: &News, count: u32, key: &DeliveryKey) -> Verdict {
        if count == 0 || !self.is_there(key, &news.rules) {
            return Verdict::Drop;
        }
        let words = message::incident(&news.case, &news.rules, count, &self.public_url);
        let number = Some(news.case.id.number());
        let message = self.outbound(key, Kind::Incident, words);
        Verdict::send(OutboundMessage {
            number,
            is_critical: true,
            ..message
        })
    }

    /// How many messages of an hour were held back: to be read when the person is awake.
    async fn judge_folded(&self, count: u32, key: &DeliveryKey) -> Result<Verdict, StoreError> {
        let now = self.clock.now();
        let rules = self.directory.require_rulebook(&key.tenant, now).await?;
        let staff = match &key.to {
            Recipient::Staff(id) => rules.org.staff(id),
            Recipient::Unit(_) => None,
        };
        let Some(staff) = staff.filter(|_| count > 0) else {
            return Ok(Verdict::Drop);
        };
        if let Plan::WaitUntil(at) = schedule::when_awake(staff, now, rules.calendar()) {
            return Ok(Verdict::Wait(at));
        }
        let words = message::folded(count, &self.public_url);
        Ok(Verdict::send(self.outbound(key, Kind::Folded, words)))
    }

    /// Whether the directory still has the receiver.
    fn is_there(&self, key: &DeliveryKey, rules: &Rulebook) -> bool {
        match &key.to {
            Recipient::Unit(unit) => rules.org.unit(unit).is_some(),
            Recipient::Staff(id) => rules.org.acting(id, self.clock.now()).is_some(),
        }
    }

    /// A message about no case and no danger.
    pub(crate) fn outbound(&self, key: &DeliveryKey, kind: Kind, words: Words) -> OutboundMessage {
        OutboundMessage {
            id: webhook_id(key),
            at: self.clock.now(),
            to: key.to.clone(),
            kind,
            number: None,
            is_critical: false,
            event: serde_json::Value::Null,
            words,
        }
    }

    /// Makes the call of a claimed delivery and records how that ended.
    async fn call(
        &self,
        channel: &dyn Channel,
        key: &DeliveryKey,
        claimed: &Delivery,
        message: &OutboundMessage,
    ) -> Result<(), StoreError> {
        let sent = channel.send(message).await;
        let outcome = match &sent {
            Ok(()) => Ok(()),
            Err(fault) => Err(fault.as_str()),
        };
        if let Err(fault) = outcome {
            let (channel, tries) = (channel.name(), claimed.tries + 1);
            tracing::warn!(channel, tries, fault, "delivery failed");
        }
        let now = self.clock.now();
        match self.notifications.record(claimed, outcome, now).await? {
            Some(DeliveryState::Sent) => Self::count("DeliveriesSent", key),
            Some(DeliveryState::Parked) => Self::count("DeliveriesParked", key),
            Some(_) => Self::count("DeliveriesFailed", key),
            None => {}
        }
        Ok(())
    }

    /// Ends a delivery of which nothing is left to say: it was overtaken, or its channel or receiver is there no more.
    async fn drop_delivery(
        &self,
        key: &DeliveryKey,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        let is_stored = delivery.state != DeliveryState::Planned;
        if is_stored && self.notifications.drop_delivery(delivery).await? {
            tracing::info!(channel = key.channel, "delivery overtaken, not sent");
            Self::count("DeliveriesDropped", key);
        }
        Ok(())
    }

    /// Counts a delivery in the metric of its channel and in the total.
    pub(crate) fn count(metric: &'static str, key: &DeliveryKey) {
        let channel = [("channel", key.channel.as_str())];
        metric_and_total(metric, 1.0, Unit::Count, &channel);
    }
}

/// The id by which a receiver recognizes a repetition: the same for every try.
fn webhook_id(key: &DeliveryKey) -> String {
    let about = match key.about {
        About::Event(case, event) => format!("{case}-{event}"),
        About::Digest(day) => format!("digest-{day}"),
        About::Folded(hour) => format!("folded-{}", hour.as_second()),
        About::Incident(case, until) => format!("incident-{case}-{}", until.as_millisecond()),
    };
    match &key.to {
        Recipient::Unit(unit) => format!("{about}-{unit}"),
        Recipient::Staff(person) => format!("{about}-@{person}"),
    }
}
