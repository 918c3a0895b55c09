//! The overdue sweep: once a minute, everything whose time has come: reminders, deliveries, digests, and the count of open
//! cases under a new calendar.
//!
//! The schedule is only a tick: due work is found by query, so a lost tick is healed by the next one and a double tick
//! is harmless. The sweep never sends; it writes the event, or asks for a delivery or a digest, and the table's stream
//! carries it to the notifier.

mod budget;
mod digests;
mod recalculation;

use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::OnceCell;
use zhitiao_domain::case::{Case, EventKind};
use zhitiao_domain::kernel::calendar::OFFSET;
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::telemetry::{Unit, metric};
use zhitiao_runtime::{Clock, Env, config};
use zhitiao_store::case::open_case_counts::OpenCaseCounts;
use zhitiao_store::due::DueItem;
use zhitiao_store::keys::DUE_SHARDS;
use zhitiao_store::notify::delivery::DeliveryKey;
use zhitiao_store::{CaseTable, Directory, Item, StoreError};

/// The name in logs and metrics.
pub const SERVICE: &str = "overdue-sweep";

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

/// How often a case is read again when somebody else wrote it in between.
const TRIES: usize = 4;

/// The minute of each hour at which open cases are counted: reminders fall on full and half hours.
const CENSUS_MINUTE: i8 = 7;

/// Time to keep back for the answer; what is left over waits for the next tick.
const RESERVE: Duration = Duration::from_secs(5);

/// What the sweep needs.
#[derive(Debug)]
pub struct Sweep {
    district: DistrictId,
    cases: CaseTable,
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
        let sweep = Self {
            district: config.district,
            cases: CaseTable::new(&aws, config.cases),
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
                let (items, next) = self.cases.due(shard, now, after).await?;
                let mut done = futures_util::stream::iter(items)
                    .map(|item| self.handle(item, now, deadline))
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
        if OFFSET.to_datetime(now).minute() == CENSUS_MINUTE
            && let Err(error) = self.open_case_counts(now).await
        {
            // The chart has a gap of an hour; what is due was done.
            tracing::error!(%error, "open_case_counts failed");
        }
        Ok(tally)
    }

    /// Once an hour: what is open in each subdistrict, and whether the calendar knows the coming year.
    async fn open_case_counts(&self, now: Timestamp) -> Result<(), StoreError> {
        let rules = self.directory.require_rulebook(&self.district, now).await?;
        let mut total = OpenCaseCounts::default();
        for unit in rules.org.units_of_kind(UnitKind::Subdistrict) {
            let open_case_counts = self
                .cases
                .open_case_counts(&self.district, &unit.id, now)
                .await?;
            count(open_case_counts, &[("subdistrict", unit.id.as_str())]);
            total.open += open_case_counts.open;
            total.overdue += open_case_counts.overdue;
        }
        count(total, &[]);
        let is_missing = rules.calendar().lacks_next_year(now);
        let is_missing = f64::from(u8::from(is_missing));
        metric("CalendarMissingNextYear", is_missing, Unit::Count, &[]);
        Ok(())
    }

    /// One due item. A failure stays with this item: its neighbors go on.
    async fn handle(&self, item: DueItem, now: Timestamp, deadline: SystemTime) -> Tally {
        let done = match &item {
            DueItem::Case(tenant, id) => self.remind(tenant, *id, now).await,
            DueItem::Delivery(key) => self.retry(key, now).await,
            DueItem::Budget(tenant, line) => self.wake_waiting(tenant, line, now).await,
            DueItem::Digest(tenant) => self.order_digests(tenant, now).await,
            DueItem::Window(window) => self.close_window(window, now).await,
            DueItem::Recalculation(tenant) => self.recalculate(tenant, now, deadline).await,
        };
        let tally = done.unwrap_or_else(|error| {
            tracing::error!(?item, %error, "due item failed");
            Tally {
                failed: 1,
                ..Tally::default()
            }
        });
        Tally { due: 1, ..tally }
    }

    /// Climbs every ladder of the case up to now; each rung is one change, saved only if nobody wrote since.
    async fn remind(
        &self,
        tenant: &DistrictId,
        id: CaseId,
        now: Timestamp,
    ) -> Result<Tally, StoreError> {
        let rules = self.directory.require_rulebook(tenant, now).await?;
        let mut tally = Tally::default();
        for _ in 0..TRIES {
            let Some(mut case) = self.cases.head(tenant, id).await? else {
                return Ok(tally);
            };
            loop {
                let Some(change) = case.remind(&rules, now) else {
                    // What was just saved carries its next moment already.
                    if tally.fired == 0 {
                        self.cases.reschedule(&case, &rules, now).await?;
                    }
                    return Ok(tally);
                };
                match self.cases.save(&change, &rules).await {
                    Ok(()) => {
                        tally.fired += 1;
                        announce(&change.after, &change.event.kind, now);
                        case = change.after;
                    }
                    Err(StoreError::Conflict) => break,
                    Err(error) => return Err(error),
                }
            }
        }
        // So much is going on with this case that the next tick will find it again.
        Ok(tally)
    }

    async fn retry(&self, key: &DeliveryKey, now: Timestamp) -> Result<Tally, StoreError> {
        let is_asked = self.cases.retry_delivery(key, now).await?;
        Ok(Tally {
            retried: u32::from(is_asked),
            ..Tally::default()
        })
    }
}

fn announce(case: &Case, kind: &EventKind, now: Timestamp) {
    let EventKind::Reminded(reminder) = kind else {
        return;
    };
    let late = now
        .duration_since(reminder.scheduled_at)
        .as_secs_f64()
        .max(0.0);
    tracing::info!(
        case_id = %case.id,
        clock = ?reminder.clock,
        rung = ?reminder.rung,
        superseded = reminder.superseded.len(),
        late_seconds = late,
        "reminder fired"
    );
    metric("ReminderLateness", late, Unit::Seconds, &[]);
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

fn count(open_case_counts: OpenCaseCounts, dimensions: &[(&str, &str)]) {
    for (name, value) in [
        ("OpenCases", open_case_counts.open),
        ("OverdueCases", open_case_counts.overdue),
    ] {
        metric(name, f64::from(value), Unit::Count, dimensions);
    }
}
