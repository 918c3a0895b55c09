//! One delivery, from the question whether it is still to be made to the queue in front of the sender: the same steps
//! for the first try and for every later one.

use std::fmt;

use futures_util::future::{BoxFuture, try_join_all};
use jiff::Timestamp;
use serde_json::Value;
use zhitiao_domain::kernel::ids::{CaseNumber, DistrictId, UnitId};
use zhitiao_domain::notify::channel::{ChannelName, MessageKind};
use zhitiao_runtime::telemetry::{Unit, metric_and_total};
use zhitiao_store::notify::delivery::{About, Delivery, DeliveryKey, DeliveryState, Recipient};
use zhitiao_store::notify::outbound::{OutboundDelivery, OutboundMessage};

use crate::limits::Limit;
use crate::words::Words;
use crate::{Notifier, NotifierError};

/// What deliveries are about, with all that their messages need; several deliveries share one. Each context has its
/// own.
pub(crate) trait Matter: fmt::Debug + Send + Sync {
    /// What is to become of a delivery about it, as things stand.
    fn judge<'a>(
        &'a self,
        notifier: &'a Notifier,
        key: &'a DeliveryKey,
        channel: ChannelName,
    ) -> BoxFuture<'a, Result<Verdict, NotifierError>>;

    /// Begins the deliveries to the persons who are present instead of one who is absent by now.
    fn pass_on<'a>(&'a self, _notifier: &'a Notifier) -> BoxFuture<'a, Result<(), NotifierError>> {
        Box::pin(async { Ok(()) })
    }
}

/// A message with all its words.
#[derive(Debug)]
pub(crate) struct Message {
    /// What it is.
    pub(crate) kind: MessageKind,
    /// The case that it is about, when it is about one.
    pub(crate) number: Option<CaseNumber>,
    /// Whether it is about danger to life.
    pub(crate) is_critical: bool,
    /// What happened, for machines; null when it is about no single event.
    pub(crate) event: Value,
    /// The words.
    pub(crate) words: Words,
}

impl Message {
    /// A message about no case and no danger.
    pub(crate) fn new(kind: MessageKind, words: Words) -> Self {
        Self {
            kind,
            number: None,
            is_critical: false,
            event: Value::Null,
            words,
        }
    }

    /// The message as it leaves over a channel.
    fn outbound(&self, key: &DeliveryKey, channel: ChannelName) -> OutboundMessage {
        OutboundMessage {
            id: webhook_id(key),
            to: key.to.as_str().to_owned(),
            kind: self.kind,
            number: self.number.map(|number| number.to_string()),
            is_critical: self.is_critical,
            event: self.event.clone(),
            text: self.words.within(channel.text_bytes()),
        }
    }
}

/// What is to become of a delivery.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Send this, unless a limit holds it back.
    Send(Box<Message>, Limit),
    /// It is too early.
    Wait(Timestamp),
    /// Nothing is left to say, or no receiver is left who wants it.
    Drop,
    /// The person is absent by now: the message goes to the persons who are present instead.
    PassOn,
}

impl Verdict {
    /// Sends a message that no limit holds back.
    pub(crate) fn send(message: Message) -> Self {
        Self::Send(Box::new(message), Limit::None)
    }
}

impl Notifier {
    /// The channels to a receiver.
    pub(crate) async fn channels_to(
        &self,
        district: &DistrictId,
        to: &Recipient,
    ) -> Result<Vec<ChannelName>, NotifierError> {
        let now = self.clock.now();
        let channels = self.directory.channels_to(district, to, now).await?;
        Ok(channels.into_iter().map(|channel| channel.name).collect())
    }

    /// Makes deliveries that are not stored yet, unless they were made before; each with the unit whose matter it is.
    pub(crate) async fn deliver_new(
        &self,
        matter: &dyn Matter,
        deliveries: &[(DeliveryKey, UnitId)],
    ) -> Result<(), NotifierError> {
        let now = self.clock.now();
        let prepared = deliveries.iter().map(async |(key, unit)| {
            let planned = Delivery::planned(key, unit, now);
            self.prepare(matter, &planned).await
        });
        let prepared = try_join_all(prepared).await?;
        let ready: Vec<_> = prepared.into_iter().flatten().collect();
        self.outbox.send(&ready).await
    }

    /// Makes a stored delivery.
    pub(crate) async fn deliver(
        &self,
        matter: &dyn Matter,
        delivery: &Delivery,
    ) -> Result<(), NotifierError> {
        let ready = self.prepare(matter, delivery).await?;
        self.outbox.send(ready.as_slice()).await
    }

    /// Judges and stores a delivery; what comes back is to be queued.
    async fn prepare(
        &self,
        matter: &dyn Matter,
        delivery: &Delivery,
    ) -> Result<Option<OutboundDelivery>, NotifierError> {
        let key = delivery.key()?;
        let channels = self.channels_to(&key.district, &key.to).await?;
        let mut channels = channels.into_iter();
        let Some(channel) = channels.find(|channel| channel.code() == key.channel) else {
            self.drop_delivery(&key, delivery).await?;
            return Ok(None);
        };
        let (message, limit) = match matter.judge(self, &key, channel).await? {
            Verdict::Send(message, limit) => (message, limit),
            Verdict::Wait(until) => {
                self.notifications.put_aside(delivery, until).await?;
                return Ok(None);
            }
            Verdict::Drop => {
                self.drop_delivery(&key, delivery).await?;
                return Ok(None);
            }
            Verdict::PassOn => {
                matter.pass_on(self).await?;
                self.drop_delivery(&key, delivery).await?;
                return Ok(None);
            }
        };
        if !self.may_send(&key, delivery, limit).await? {
            return Ok(None);
        }
        let queued = self.notifications.queue(delivery, self.clock.now()).await?;
        Ok(queued.map(|delivery| OutboundDelivery {
            message: message.outbound(&key, channel),
            delivery,
        }))
    }

    /// Ends a delivery of which nothing is left to say: it was overtaken, or its channel or receiver is there no more.
    pub(crate) async fn drop_delivery(
        &self,
        key: &DeliveryKey,
        delivery: &Delivery,
    ) -> Result<(), NotifierError> {
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
    let about = match &key.about {
        About::Event(about, event) => format!("{about}-{event}"),
        About::Digest(day) => format!("digest-{day}"),
        About::Folded(hour) => format!("folded-{}", hour.as_second()),
        About::Incident(case, until) => format!("incident-{case}-{}", until.as_millisecond()),
    };
    match &key.to {
        Recipient::Unit(unit) => format!("{about}-{unit}"),
        Recipient::Staff(person) => format!("{about}-@{person}"),
    }
}
