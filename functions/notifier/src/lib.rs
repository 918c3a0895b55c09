//! The notifier: reads the stream of the cases table and tells the right posts, and the people in them, what happened.
//!
//! Who hears what is decided in `zhitiao_domain::case::audience`, and when a phone may ring in
//! `zhitiao_domain::notify::schedule`. A record of the stream is a plan: messages for inboxes, whose keys follow from
//! the event, and keys of deliveries. Every delivery takes one path (`deliver`): it is judged, claimed, sent and
//! recorded, so that a repeated record sends nothing twice. A failed one, and one for which it is too early, becomes a
//! due item that the due sweep brings back through the same stream. A channel outside the house that takes no id of
//! ours may get one double when the notifier is killed between sending and recording.

mod announce;
pub mod channels;
mod coverage;
mod deliver;
mod digests;
mod held_back;
mod limits;
mod matters;
mod message;
mod news;
mod words;

use aws_lambda_events::dynamodb::EventRecord;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::{Clock, Env};
use zhitiao_store::stream::{Announcement, announcement};
use zhitiao_store::{CaseTable, Directory, Notifications, StoreError};

use crate::channels::Channels;

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
    "STACK",
];

/// What the notifier needs.
#[derive(Debug)]
pub struct Notifier {
    cases: CaseTable,
    notifications: Notifications,
    directory: Directory,
    clock: Clock,
    channels: Channels,
    public_url: String,
}

impl Notifier {
    /// Opens the tables, reads the directory and the channels.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let (district, cases, directory, channels, public_url) = env.read(|env| {
            let district = env.parsed("DISTRICT", DistrictId::parse);
            let cases = env.required("CASES_TABLE");
            let directory = env.required("DIRECTORY_TABLE");
            let channels = env.parsed("CHANNELS", Channels::parse);
            let public_url = env.required("PUBLIC_URL");
            Ok((district?, cases?, directory?, channels?, public_url?))
        })?;
        let aws = bootstrap::aws_config().await;
        let (cases, directory) = (CaseTable::new(&aws, cases), Directory::new(&aws, directory));
        let rules = directory.require_rulebook(&district, clock.now()).await?;
        let notifier = Self {
            notifications: cases.notifications(),
            cases,
            directory,
            clock,
            channels,
            public_url,
        };
        // Messages do not wait for it: the next start looks again.
        if let Err(error) = notifier.check_channels(&district, &rules).await {
            tracing::error!(%error, "the channels were not compared with the directory");
        }
        Ok(notifier)
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
            Some(Announcement::NewCase(case)) => self.tell(self.news(*case, None).await?).await,
            Some(Announcement::Happened(district, id, event)) => {
                // Read at sending time: what the event says may have been overtaken.
                match self.cases.head(&district, id).await? {
                    Some(case) => self.tell(self.news(case, Some(*event)).await?).await,
                    None => Ok(()),
                }
            }
            Some(Announcement::Again(asked)) => self.deliver_asked(&asked).await,
            Some(Announcement::Digest(order)) => self.tell_digest(order).await,
        }
    }
}
