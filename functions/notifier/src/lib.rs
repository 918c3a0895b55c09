//! The notifier: reads the stream of the cases table and tells the right posts, and the people in them, what happened.
//!
//! Who hears what is decided in `zhitiao_domain::audience`, and when it may ring in somebody's pocket in
//! `zhitiao_domain::notice`. Every delivery is claimed before it is sent, so that a repeated record sends nothing twice; a
//! failed one, and one for which it is too early, becomes a due item that the overdue sweep brings back through the same
//! stream. Inbox messages have a key that follows from the event and need no claim. A channel outside the house that takes
//! no id of ours may get one double when the notifier is killed between sending and recording.

pub mod channels;
mod digests;
mod message;
mod people;
mod units;

use std::sync::Arc;

use aws_lambda_events::dynamodb::EventRecord;
use jiff::Timestamp;
use serde_json::Value;
use zhitiao_domain::audience::{self, Addressee};
use zhitiao_domain::case::{Author, Case, Event, EventKind};
use zhitiao_domain::ids::{CaseId, TenantId};
use zhitiao_domain::notice;
use zhitiao_domain::rulebook::Rulebook;
use zhitiao_edge::bootstrap::{self, Error};
use zhitiao_edge::telemetry::{Unit, about_case, metric_and_total};
use zhitiao_edge::{Clock, Env};
use zhitiao_store::delivery::{About, Delivery, DeliveryKey, DeliveryState, Outcome, Recipient};
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

    fn about(&self) -> About {
        About::Event(self.case.id, self.number())
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

    /// A reminder whose reason is gone by now.
    fn is_stale(&self) -> bool {
        match self.event.as_ref().map(|event| &event.kind) {
            Some(EventKind::Reminded(reminder)) => {
                notice::is_reminder_overtaken(reminder, &self.case)
            }
            _ => false,
        }
    }
}

/// A message in the form that a channel takes.
struct Letter {
    payload: Value,
    text: String,
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
            Some(Announcement::Again(asked)) => self.deliver_again(&asked).await,
            Some(Announcement::Digest(order)) => self.tell_digest(&order).await,
        }
    }

    async fn tell(&self, news: &News) -> Result<(), StoreError> {
        about_case(news.case.id);
        if news.is_stale() {
            tracing::info!(event = news.number(), "reminder overtaken, not sent");
            return Ok(());
        }
        let audience = news.audience(self.clock.now());
        self.tell_units(news, &audience).await?;
        self.tell_people(news, &audience).await
    }

    /// A delivery that the sweep asks for: its time has come, or it failed before.
    async fn deliver_again(&self, asked: &Delivery) -> Result<(), StoreError> {
        let key = asked.key()?;
        match (key.about, &key.to) {
            (About::Event(case, event), to) => {
                about_case(case);
                let Some(news) = self.news_of(&key.tenant, case, event).await? else {
                    return Ok(());
                };
                match to {
                    Recipient::Unit(unit) => self.tell_unit_again(asked, &key, unit, &news).await,
                    Recipient::Person(person) => {
                        self.tell_person_again(asked, &key, person, &news).await
                    }
                }
            }
            (About::Digest(day), _) => self.tell_digest_again(asked, &key, day).await,
            (About::Folded(hour), Recipient::Person(person)) => {
                self.tell_folded(asked, &key, person, hour).await
            }
            (About::Folded(_), Recipient::Unit(_)) => self.drop_again(asked).await,
        }
    }

    async fn news_of(
        &self,
        tenant: &TenantId,
        case: CaseId,
        event: u32,
    ) -> Result<Option<News>, StoreError> {
        let rules = self.directory.known(tenant, self.clock.now()).await?;
        let Some(case) = self.cases.head(tenant, case).await? else {
            return Ok(None);
        };
        let event = match event {
            0 => None,
            number => self.cases.event(tenant, case.id, number).await?,
        };
        Ok(Some(News { case, event, rules }))
    }

    /// Sends a claimed delivery and records how that ended.
    async fn send(
        &self,
        channel: &Channel,
        key: &DeliveryKey,
        claimed: &Delivery,
        letter: &Letter,
    ) -> Result<(), StoreError> {
        let sent = channel
            .send(
                self.channels.client(),
                &webhook_id(key),
                self.clock.now(),
                &letter.payload,
                &letter.text,
            )
            .await;
        match sent {
            Ok(()) => self.record(key, claimed, Outcome::Sent).await,
            Err(fault) => {
                let (channel, tries) = (channel.name(), claimed.tries + 1);
                tracing::warn!(channel, tries, fault, "delivery failed");
                self.record(key, claimed, Outcome::Failed(&fault)).await
            }
        }
    }

    async fn record(
        &self,
        key: &DeliveryKey,
        claimed: &Delivery,
        outcome: Outcome<'_>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let count = match self.cases.record(claimed, outcome, now).await? {
            DeliveryState::Sent => "DeliveriesSent",
            DeliveryState::Folded => "DeliveriesFolded",
            DeliveryState::Dropped => "DeliveriesDropped",
            DeliveryState::Parked => "DeliveriesParked",
            _ => "DeliveriesFailed",
        };
        metric_and_total(
            count,
            1.0,
            Unit::Count,
            &[("channel", key.channel.as_str())],
        );
        Ok(())
    }

    /// Ends a delivery of which nothing is left to say: it was overtaken, or its channel or receiver is there no more.
    async fn drop_again(&self, asked: &Delivery) -> Result<(), StoreError> {
        let key = asked.key()?;
        if let Some(claimed) = self.cases.claim_again(asked, self.clock.now()).await? {
            tracing::info!(channel = key.channel, "delivery overtaken, not sent");
            self.record(&key, &claimed, Outcome::Dropped).await?;
        }
        Ok(())
    }
}

/// The id by which a receiver recognizes a repetition: the same for every try.
fn webhook_id(key: &DeliveryKey) -> String {
    let about = match key.about {
        About::Event(case, event) => format!("{case}-{event}"),
        About::Digest(day) => format!("digest-{day}"),
        About::Folded(hour) => format!("folded-{}", hour.as_second()),
    };
    match &key.to {
        Recipient::Unit(unit) => format!("{about}-{unit}"),
        Recipient::Person(person) => format!("{about}-@{person}"),
    }
}

/// Who caused an event, for machines: staff are named by their unit only.
fn author_unit(author: &Author) -> Option<&str> {
    match author {
        Author::Staff { unit, .. } => Some(unit.as_str()),
        Author::Resident | Author::System => None,
    }
}
