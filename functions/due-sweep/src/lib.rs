//! The due sweep: once a minute, everything whose time has come: reminders, deliveries, digests, and the count of open
//! cases under a new calendar.
//!
//! The schedule is only a tick: due work is found by query, so a lost tick is healed by the next one and a double tick
//! is harmless. The sweep never sends; it writes the event, or asks for a delivery or a digest, and the table's stream
//! carries it to the notifier.

mod budget;
mod deliveries;
mod digests;
mod open_case_counts;
mod recalculation;
mod reminders;

use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::OnceCell;
use zhitiao_domain::case::Case;
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::telemetry::{Unit, metric};
use zhitiao_runtime::{Clock, Env, config};
use zhitiao_store::due::DueItem;
use zhitiao_store::keys::DUE_SHARDS;
use zhitiao_store::{CaseTable, Directory, Item, Notifications, StoreError};

/// The name in logs and metrics.
pub const SERVICE: &str = "due-sweep";

config::config! {
    struct Config {
        district: DistrictId = "DISTRICT" => |env, name| env.parsed(name, DistrictId::parse),
        cases: String = "CASES_TABLE" => Env::required,
        directory: String = "DIRECTORY_TABLE" => Env::required,
    }
    also ["LOG_LEVEL"]
}

/// The variables that this function reads.
pub const ENV: &[&str] = Config::VARS;

/// How many items are worked on at once: enough to hide the table's latency, few enough to leave it room.
const AT_ONCE: usize = 16;

/// How often a case is read again when another writer changed it in between.
const TRIES: usize = 4;

/// Time to keep back for the answer; what is left over waits for the next tick.
const RESERVE: Duration = Duration::from_secs(5);

/// What the sweep needs.
#[derive(Debug)]
pub struct Sweep {
    district: DistrictId,
    cases: CaseTable,
    notifications: Notifications,
    directory: Directory,
    clock: Clock,
    /// Whether this worker has seen to it that the district has a next digest.
    has_digests: OnceCell<()>,
}

/// What one tick did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Items found due.
    pub due: u32,
    /// Rungs fired and holds ended.
    pub fired: u32,
    /// Cases woken because their money was approved.
    pub woken: u32,
    /// Deliveries asked for again.
    pub retried: u32,
    /// Units whose digest was asked for.
    pub digests: u32,
    /// Cases of which a new calendar moved a moment.
    pub moved: u32,
    /// Items that failed; they stay due.
    pub failed: u32,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.due += other.due;
        self.fired += other.fired;
        self.woken += other.woken;
        self.retried += other.retried;
        self.digests += other.digests;
        self.moved += other.moved;
        self.failed += other.failed;
    }
}

impl Sweep {
    /// Opens the tables and reads the directory, which also opens the connection.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let config = Config::read(env)?;
        let aws = bootstrap::aws_config().await;
        let cases = CaseTable::new(&aws, config.cases);
        let sweep = Self {
            district: config.district,
            notifications: cases.notifications(),
            cases,
            directory: Directory::new(&aws, config.directory),
            clock,
            has_digests: OnceCell::new(),
        };
        let now = sweep.clock.now();
        sweep
            .directory
            .require_rulebook(&sweep.district, now)
            .await?;
        Ok(sweep)
    }

    /// One tick: everything due in every shard, page by page, until nothing is left or the time is up.
    ///
    /// # Errors
    /// When the index cannot be read. An item that fails is counted and left for the next tick.
    pub async fn run(&self, deadline: SystemTime) -> Result<Tally, StoreError> {
        let now = self.clock.now();
        self.begin_digests(now).await;
        let mut tally = Tally::default();
        for shard in 0..DUE_SHARDS {
            let mut after: Option<Item> = None;
            loop {
                let (items, next) = self.cases.table().due(shard, now, after).await?;
                let mut done = futures_util::stream::iter(items)
                    .map(|item| self.handle_read(item, now, deadline))
                    .buffer_unordered(AT_ONCE);
                while let Some(one) = done.next().await {
                    tally.add(one);
                }
                after = next;
                if after.is_none() || bootstrap::is_nearly_over(deadline, RESERVE) {
                    break;
                }
            }
        }
        report(tally);
        self.count_open_cases(now).await;
        Ok(tally)
    }

    /// One due item. A failure stays with this item: its neighbors go on.
    async fn handle_read(
        &self,
        item: Result<DueItem, StoreError>,
        now: Timestamp,
        deadline: SystemTime,
    ) -> Tally {
        // What an older version cannot read, it leaves to the newer one.
        let done = match item {
            Ok(item) => {
                let done = self.handle(&item, now, deadline).await;
                done.map_err(|error| (error, Some(item)))
            }
            Err(error) => Err((error, None)),
        };
        let tally = done.unwrap_or_else(|(error, item)| {
            tracing::error!(?item, %error, "due item failed");
            Tally {
                failed: 1,
                ..Tally::default()
            }
        });
        Tally { due: 1, ..tally }
    }

    async fn handle(
        &self,
        item: &DueItem,
        now: Timestamp,
        deadline: SystemTime,
    ) -> Result<Tally, StoreError> {
        match item {
            DueItem::Case(district, id) => self.remind(district, *id, now).await,
            DueItem::Delivery(key) => self.retry(key, now).await,
            DueItem::Budget(district, line) => self.wake_waiting(district, line, now).await,
            DueItem::Digest(district) => self.request_digests(district, now).await,
            DueItem::Window(window) => self.close_window(window, now).await,
            DueItem::Recalculation(district) => self.recalculate(district, now, deadline).await,
        }
    }
}

impl Sweep {
    /// Reads a case and lets `work` write it, again when another writer was first; `None` for a case that is not there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when others were first time after time; the next tick finds the case again.
    async fn with_head<T>(
        &self,
        district: &DistrictId,
        id: CaseId,
        work: impl AsyncFn(Case) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        for _ in 0..TRIES {
            let Some(case) = self.cases.head(district, id).await? else {
                return Ok(None);
            };
            match work(case).await {
                Err(StoreError::Conflict) => {}
                done => return done.map(Some),
            }
        }
        Err(StoreError::Conflict)
    }
}

fn report(tally: Tally) {
    metric("SweepRuns", 1.0, Unit::Count, &[]);
    for (name, value) in [
        ("RemindersFired", tally.fired),
        ("CasesWoken", tally.woken),
        ("DeliveriesRetried", tally.retried),
        ("DigestsOrdered", tally.digests),
        ("CasesMovedByCalendar", tally.moved),
        ("DueItemsFailed", tally.failed),
    ] {
        if value > 0 {
            metric(name, f64::from(value), Unit::Count, &[]);
        }
    }
}
