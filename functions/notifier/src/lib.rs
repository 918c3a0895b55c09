//! The notifier: reads the stream of the cases table and tells the right posts what happened.
//!
//! Who hears what is decided in `zhitiao_domain::audience`. Every delivery is claimed before it is sent, so that a
//! repeated record sends nothing twice; a failed one becomes a due item that the overdue sweep brings back through the
//! same stream. Inbox messages have a key that follows from the event and need no claim. A channel outside the house
//! that takes no id of ours may get one double when the notifier is killed between sending and recording.

pub mod channels;
mod message;

use std::sync::Arc;

use aws_lambda_events::dynamodb::EventRecord;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use zhitiao_domain::audience::{self, Addressee, Urgency};
use zhitiao_domain::case::{Author, Case, Event, EventKind};
use zhitiao_domain::ids::TenantId;
use zhitiao_domain::rulebook::Rulebook;
use zhitiao_domain::state::State;
use zhitiao_domain::timers::ClockKind;
use zhitiao_edge::bootstrap::{self, Error};
use zhitiao_edge::telemetry::{Unit, about_case, metric_and_total};
use zhitiao_edge::{Clock, Env};
use zhitiao_store::delivery::{Delivery, DeliveryKey, DeliveryState};
use zhitiao_store::inbox::Message;
use zhitiao_store::stream::{Announcement, announcement};
use zhitiao_store::{CaseTable, Directory, StoreError};

use crate::channels::{Channel, Channels};

/// The name in logs and metrics.
pub const SERVICE: &str = "notifier";

/// The variables that this function reads.
pub const ENV: &[&str] = &[
    "DISTRICT",
    "CASES_TABLE",
    "DIRECTORY_TABLE",
    "LOG_LEVEL",
    "CHANNELS",
    "PUBLIC_URL",
];

/// What the notifier needs.
#[derive(Debug)]
pub struct Notifier {
    cases: CaseTable,
    directory: Directory,
    clock: Clock,
    channels: Channels,
    public_url: String,
}

/// Something that happened to a case, with all that a message needs.
struct News {
    case: Case,
    event: Option<Event>,
    rules: Arc<Rulebook>,
}

impl News {
    fn number(&self) -> u32 {
        self.event.as_ref().map_or(0, |event| event.number)
    }

    fn at(&self) -> Timestamp {
        self.event
            .as_ref()
            .map_or(self.case.report.at, |event| event.at)
    }

    fn audience(&self, now: Timestamp) -> Vec<Addressee> {
        match &self.event {
            None => audience::of_new_case(&self.case, &self.rules, now),
            Some(event) => audience::of_event(event, &self.case, &self.rules, now),
        }
    }

    /// A reminder whose reason is gone by now: the case was finished, put on hold, or given to somebody else.
    fn is_stale(&self) -> bool {
        let Some(Event {
            kind: EventKind::Reminded(reminder),
            ..
        }) = &self.event
        else {
            return false;
        };
        let timer = self.case.timers.get(reminder.clock);
        let running = timer
            .is_some_and(|timer| timer.stopped.is_none() && timer.version == reminder.due_version);
        let held = reminder.clock == ClockKind::Resolve && self.case.state == State::OnHold;
        !self.case.state.is_open() || !running || held
    }
}

impl Notifier {
    /// Opens the tables, reads the directory and the channels.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let (district, cases, directory, channels, public_url) = env.read(|env| {
            let district = env.parsed("DISTRICT", TenantId::parse);
            let cases = env.required("CASES_TABLE");
            let directory = env.required("DIRECTORY_TABLE");
            let channels = env.parsed("CHANNELS", Channels::parse);
            let public_url = env.required("PUBLIC_URL");
            Ok((district?, cases?, directory?, channels?, public_url?))
        })?;
        let aws = bootstrap::aws_config().await;
        let (cases, directory) = (CaseTable::new(&aws, cases), Directory::new(&aws, directory));
        directory.known(&district, clock.now()).await?;
        Ok(Self {
            cases,
            directory,
            clock,
            channels,
            public_url,
        })
    }

    /// Tells what one record of the stream says.
    ///
    /// # Errors
    /// When the table cannot be reached; the record comes again then.
    pub async fn announce(&self, record: EventRecord) -> Result<(), StoreError> {
        let is_insert = record.event_name == "INSERT";
        let image = record.change.new_image.into();
        match announcement(image, is_insert)? {
            None => Ok(()),
            Some(Announcement::NewCase(case)) => {
                let rules = self.directory.known(&case.tenant, self.clock.now()).await?;
                self.tell(&News {
                    case: *case,
                    event: None,
                    rules,
                })
                .await
            }
            Some(Announcement::Happened(tenant, id, event)) => {
                let rules = self.directory.known(&tenant, self.clock.now()).await?;
                // Read at sending time: what the event says may have been overtaken.
                let Some(case) = self.cases.head(&tenant, id).await? else {
                    return Ok(());
                };
                self.tell(&News {
                    case,
                    event: Some(*event),
                    rules,
                })
                .await
            }
            Some(Announcement::Again(delivery)) => self.try_again(&delivery).await,
        }
    }

    async fn tell(&self, news: &News) -> Result<(), StoreError> {
        about_case(news.case.id);
        if news.is_stale() {
            tracing::info!(event = news.number(), "reminder overtaken, not sent");
            return Ok(());
        }
        let audience = news.audience(self.clock.now());
        try_join_all(
            audience
                .iter()
                .map(|addressee| self.deliver(news, addressee)),
        )
        .await?;
        Ok(())
    }

    /// Puts the message into the unit's inbox, then sends it over the unit's other channels.
    async fn deliver(&self, news: &News, addressee: &Addressee) -> Result<(), StoreError> {
        let code = news
            .event
            .as_ref()
            .map_or("received", |event| event.kind.code());
        let text = message::text(
            &news.case,
            news.event.as_ref(),
            addressee,
            &news.rules,
            self.clock.now(),
            &self.public_url,
        );
        let entry = Message {
            case: news.case.id,
            event: news.number(),
            at: news.at(),
            roles: addressee.roles.clone(),
            person: addressee.person.clone(),
            code: code.to_owned(),
            text: text.clone(),
        };
        self.cases
            .deliver(&news.case.tenant, &addressee.unit, &entry)
            .await?;
        for channel in self
            .channels
            .of(&addressee.unit)
            .iter()
            .filter(|channel| channel.carries(addressee.urgency))
        {
            let key = delivery_key(news, addressee, channel);
            if self.cases.claim(&key, 1, self.clock.now()).await? {
                self.send(channel, &key, 1, news, &text).await?;
            }
        }
        Ok(())
    }

    /// Another try of one delivery, asked for by the sweep.
    async fn try_again(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let (key, attempt) = (delivery.key()?, delivery.attempt);
        let Some(news) = self.news_of(&key).await? else {
            return Ok(());
        };
        about_case(key.case);
        if !self.cases.claim(&key, attempt, self.clock.now()).await? {
            return Ok(());
        }
        let addressee = news
            .audience(self.clock.now())
            .into_iter()
            .find(|addressee| addressee.unit == key.unit);
        let channel = self
            .channels
            .of(&key.unit)
            .iter()
            .find(|channel| channel.name() == key.channel);
        match (addressee, channel) {
            (Some(addressee), Some(channel)) if !news.is_stale() => {
                let now = self.clock.now();
                let text = message::text(
                    &news.case,
                    news.event.as_ref(),
                    &addressee,
                    &news.rules,
                    now,
                    &self.public_url,
                );
                self.send(channel, &key, attempt, &news, &text).await
            }
            // Overtaken, or the channel was taken away: nothing is left to send.
            _ => self
                .cases
                .record_delivery(&key, attempt, None, self.clock.now())
                .await
                .map(|_| ()),
        }
    }

    async fn news_of(&self, key: &DeliveryKey) -> Result<Option<News>, StoreError> {
        let rules = self.directory.known(&key.tenant, self.clock.now()).await?;
        let Some(case) = self.cases.head(&key.tenant, key.case).await? else {
            return Ok(None);
        };
        let event = match key.event {
            0 => None,
            number => self.cases.event(&key.tenant, key.case, number).await?,
        };
        Ok(Some(News { case, event, rules }))
    }

    async fn send(
        &self,
        channel: &Channel,
        key: &DeliveryKey,
        attempt: u32,
        news: &News,
        text: &str,
    ) -> Result<(), StoreError> {
        let payload = message::payload(&news.case, news.event.as_ref(), &key.unit, text);
        let sent = channel
            .send(
                self.channels.client(),
                &webhook_id(key),
                self.clock.now(),
                &payload,
                text,
            )
            .await;
        let fault = sent.err();
        let state = self
            .cases
            .record_delivery(key, attempt, fault.as_deref(), self.clock.now())
            .await?;
        let outcome = match state {
            DeliveryState::Sent => "DeliveriesSent",
            DeliveryState::Parked => "DeliveriesParked",
            _ => "DeliveriesFailed",
        };
        if let Some(fault) = fault {
            tracing::warn!(channel = channel.name(), attempt, fault, "delivery failed");
        }
        metric_and_total(outcome, 1.0, Unit::Count, &[("channel", channel.name())]);
        Ok(())
    }
}

fn delivery_key(news: &News, addressee: &Addressee, channel: &Channel) -> DeliveryKey {
    DeliveryKey {
        tenant: news.case.tenant.clone(),
        case: news.case.id,
        event: news.number(),
        unit: addressee.unit.clone(),
        channel: channel.name().to_owned(),
    }
}

/// The id by which a receiver recognizes a repetition: the same for every try.
fn webhook_id(key: &DeliveryKey) -> String {
    format!("{}-{}-{}", key.case, key.event, key.unit)
}

impl Channel {
    /// A group chat hears what cannot wait; a webhook, which is a machine, hears everything.
    fn carries(&self, urgency: Urgency) -> bool {
        match self {
            Self::WeCom { .. } => urgency == Urgency::Immediate,
            Self::Webhook { .. } => true,
        }
    }
}

/// Who caused an event, for machines: staff are named by their unit only.
fn author_unit(author: &Author) -> Option<&str> {
    match author {
        Author::Staff { unit, .. } => Some(unit.as_str()),
        Author::Resident | Author::System => None,
    }
}
