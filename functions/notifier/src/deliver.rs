//! One delivery, from the question whether it is still to be made to the record of how it ended: the same steps for the
//! first try and for every later one.

use std::fmt;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_runtime::telemetry::{Unit, metric_and_total};
use zhitiao_store::StoreError;
use zhitiao_store::notify::delivery::{About, Delivery, DeliveryKey, DeliveryState, Recipient};

use crate::Notifier;
use crate::channels::{Channel, Kind, OutboundMessage};
use crate::limits::Limit;
use crate::words::Words;

/// What deliveries are about, with all that their messages need; several deliveries share one. Each context has its
/// own.
pub(crate) trait Matter: fmt::Debug + Send + Sync {
    /// What is to become of a delivery about it, as things stand.
    fn judge<'a>(
        &'a self,
        notifier: &'a Notifier,
        key: &'a DeliveryKey,
        channel: &'a dyn Channel,
    ) -> BoxFuture<'a, Result<Verdict, StoreError>>;

    /// Begins the deliveries to the persons who are present instead of one who is absent by now.
    fn pass_on<'a>(&'a self, _notifier: &'a Notifier) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}

/// What is to become of a delivery.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Send this, unless a limit holds it back.
    Send(Box<OutboundMessage>, Limit),
    /// It is too early.
    Wait(Timestamp),
    /// Nothing is left to say, or no receiver is left who wants it.
    Drop,
    /// The person is absent by now: the message goes to the persons who are present instead.
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
        matter: &dyn Matter,
        key: &DeliveryKey,
        unit: &UnitId,
    ) -> Result<(), StoreError> {
        let planned = Delivery::planned(key, unit, self.clock.now());
        self.deliver(matter, &planned).await
    }

    /// Judges, claims, sends and records. The claim comes last before the call: what it counts was begun.
    pub(crate) async fn deliver(
        &self,
        matter: &dyn Matter,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        let key = delivery.key()?;
        let Some(channel) = self.channels.of(&key) else {
            return self.drop_delivery(&key, delivery).await;
        };
        let (message, limit) = match matter.judge(self, &key, channel).await? {
            Verdict::Send(message, limit) => (message, limit),
            Verdict::Wait(until) => return self.notifications.put_aside(delivery, until).await,
            Verdict::Drop => return self.drop_delivery(&key, delivery).await,
            Verdict::PassOn => {
                matter.pass_on(self).await?;
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
    pub(crate) async fn drop_delivery(
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
