//! The channel sender: makes the calls out of the house that the notifier has queued.
//!
//! A message of the queue is a delivery with its words. It is claimed before the call, on the condition that the
//! delivery still stands as it did when it was queued: a message that comes twice, or comes so late that the sweep has
//! asked again, finds another state and does nothing. A sender that is killed leaves its claim behind, which runs out
//! after five minutes; then the sweep asks again. So a receiver that takes no id of ours may get one double when the
//! sender is killed between the call and the record, and no message is lost whatever becomes of the queue.

mod channels;

use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::telemetry::{Unit, metric_and_total};
use zhitiao_runtime::{Clock, Env, config};
use zhitiao_store::notify::delivery::{Delivery, DeliveryKey, DeliveryState};
use zhitiao_store::notify::outbound::{OutboundDelivery, OutboundMessage};
use zhitiao_store::{CaseTable, Directory, Notifications, StoreError};

use crate::channels::{Channel, Client};

/// The name in logs and metrics.
pub const SERVICE: &str = "channel-sender";

config::config! {
    struct Config {
        cases: String = "CASES_TABLE" => Env::required,
        directory: String = "DIRECTORY_TABLE" => Env::required,
        district: DistrictId = "DISTRICT" => |env, name| env.parsed(name, DistrictId::parse),
    }
    also ["LOG_LEVEL"]
}

/// The variables that this function reads.
pub const ENV: &[&str] = Config::VARS;

/// What the sender needs.
#[derive(Debug)]
pub struct Sender {
    notifications: Notifications,
    directory: Directory,
    client: Client,
    clock: Clock,
}

impl Sender {
    /// Opens the tables and prepares the calls.
    ///
    /// # Errors
    /// When the configuration is incomplete, or the stored data is newer than this code.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let config = Config::read(env)?;
        let aws = bootstrap::aws_config().await;
        let directory = Directory::new(&aws, config.directory);
        directory.require_known_data(&config.district).await?;
        Ok(Self {
            notifications: CaseTable::new(&aws, config.cases).notifications(),
            directory,
            client: channels::client()?,
            clock,
        })
    }

    /// Makes the call of a message of the queue, unless the delivery has moved on.
    ///
    /// # Errors
    /// When the table cannot be reached or the message cannot be read; it comes again then.
    pub async fn make(&self, body: &str) -> Result<(), StoreError> {
        let OutboundDelivery { delivery, message } = OutboundDelivery::from_text(body)?;
        let key = delivery.key()?;
        let settings = self.directory.channel_of(&key, self.clock.now()).await?;
        let Some(settings) = settings else {
            return self.drop_delivery(&key, &delivery).await;
        };
        let channel = channels::open(&settings, &self.client);
        match self
            .notifications
            .claim(&delivery, self.clock.now())
            .await?
        {
            Some(claimed) => self.call(channel.as_ref(), &key, &claimed, &message).await,
            None => Ok(()),
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
        let sent = channel.send(message, self.clock.now()).await;
        let outcome = match &sent {
            Ok(()) => Ok(()),
            Err(fault) => Err(fault.as_str()),
        };
        if let Err(fault) = outcome {
            let (channel, tries) = (&key.channel, claimed.tries + 1);
            tracing::warn!(channel, tries, fault, "delivery failed");
        }
        let now = self.clock.now();
        match self.notifications.record(claimed, outcome, now).await? {
            Some(DeliveryState::Sent) => count("DeliveriesSent", key),
            Some(DeliveryState::Parked) => count("DeliveriesParked", key),
            Some(_) => count("DeliveriesFailed", key),
            None => {}
        }
        Ok(())
    }

    /// Ends a delivery whose channel is there no more.
    async fn drop_delivery(
        &self,
        key: &DeliveryKey,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        if self.notifications.drop_delivery(delivery).await? {
            tracing::info!(channel = key.channel, "channel taken away, not sent");
            count("DeliveriesDropped", key);
        }
        Ok(())
    }
}

/// Counts a delivery in the metric of its channel and in the total.
fn count(metric: &'static str, key: &DeliveryKey) {
    let channel = [("channel", key.channel.as_str())];
    metric_and_total(metric, 1.0, Unit::Count, &channel);
}
