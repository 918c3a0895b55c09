//! The notifier: reads the stream of the cases table and tells the right posts, and the people in them, what happened.
//!
//! Who hears what is decided in `zhitiao_domain::case::audience`, and when a phone may be disturbed in
//! `zhitiao_domain::notify::schedule`. A record of the stream is a plan: messages for inboxes, whose keys follow from
//! the event, and keys of deliveries. Every delivery takes one path (`deliver`): it is judged, stored and queued for
//! the channel sender, which makes the call, so that no receiver holds up the stream. A repeated record queues a
//! delivery again, and the sender makes it once. A failed one, and one for which it is too early, becomes a due item
//! that the due sweep brings back through the same stream and the same queue.

mod announce;
mod case_notice;
mod coverage;
mod deliver;
mod digests;
mod held_back;
mod limits;
mod matters;
mod message;
mod outbox;
mod words;

use aws_lambda_events::dynamodb::EventRecord;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::{Clock, Env, config};
use zhitiao_store::stream::{Announcement, announcement};
use zhitiao_store::{CaseTable, Directory, Notifications, StoreError};

use crate::outbox::{Outbox, OutboxError};

/// The name in logs and metrics.
pub const SERVICE: &str = "notifier";

config::config! {
    struct Config {
        district: DistrictId = "DISTRICT" => |env, name| env.parsed(name, DistrictId::parse),
        cases: String = "CASES_TABLE" => Env::required,
        directory: String = "DIRECTORY_TABLE" => Env::required,
        outbound: String = "OUTBOUND_QUEUE" => Env::required,
        public_url: String = "PUBLIC_URL" => Env::required,
    }
    also ["LOG_LEVEL"]
}

/// The variables that this function reads.
pub const ENV: &[&str] = Config::VARS;

/// Why a record was not told of; it comes again.
#[derive(Debug, thiserror::Error)]
pub enum NotifierError {
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue failed.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

/// What the notifier needs.
#[derive(Debug)]
pub struct Notifier {
    cases: CaseTable,
    notifications: Notifications,
    directory: Directory,
    outbox: Outbox,
    clock: Clock,
    public_url: String,
}

impl Notifier {
    /// Opens the tables and the queue and reads the directory.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let config = Config::read(env)?;
        let aws = bootstrap::aws_config().await;
        let cases = CaseTable::new(&aws, config.cases);
        let notifier = Self {
            notifications: cases.notifications(),
            cases,
            directory: Directory::new(&aws, config.directory),
            outbox: Outbox::open(&aws, config.outbound),
            clock,
            public_url: config.public_url,
        };
        let now = notifier.clock.now();
        let rules = notifier
            .directory
            .require_rulebook(&config.district, now)
            .await?;
        // Messages do not wait for it: the next start looks again.
        if let Err(error) = notifier.check_reach(&config.district, &rules).await {
            tracing::error!(%error, "the channels were not compared with the directory");
        }
        Ok(notifier)
    }

    /// Tells what one record of the stream says.
    ///
    /// # Errors
    /// When the table or the queue cannot be reached; the record comes again then.
    pub async fn announce(&self, record: EventRecord) -> Result<(), NotifierError> {
        let is_insert = record.event_name == "INSERT";
        let image = record.change.new_image.into();
        match announcement(image, is_insert)? {
            None => Ok(()),
            Some(Announcement::NewCase(case)) => {
                self.notify(self.case_notice(*case, None).await?).await
            }
            Some(Announcement::Happened(district, id, event)) => {
                // Read at sending time: what the event says may have been overtaken.
                match self.cases.head(&district, id).await? {
                    Some(case) => {
                        self.notify(self.case_notice(case, Some(*event)).await?)
                            .await
                    }
                    None => Ok(()),
                }
            }
            Some(Announcement::Again(asked)) => self.deliver_asked(&asked).await,
            Some(Announcement::Digest(order)) => self.tell_digest(order).await,
        }
    }
}
