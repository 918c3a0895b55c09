//! EventBridge Scheduler on the movable clock: a tick that was missed is lost, there is no catching up.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use croner::time::{CivilDate, CivilDateTime, CivilTime, CronDateTime, Resolution, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::clock::{Clock, local_zone};
use crate::lambda::{Function, Lambda};

/// How often the clock is looked at: ticks come at most this late.
const LOOK: Duration = Duration::from_millis(250);

/// When a schedule ticks.
#[derive(Debug)]
pub(crate) enum Expression {
    Rate(SignedDuration),
    Cron(Box<Cron>, TimeZone),
}

impl Expression {
    /// Reads `rate(5 minutes)` or `cron(0 8 * * ? *)` with its time zone.
    pub(crate) fn parse(text: &str, zone: Option<&str>) -> Result<Self, String> {
        let inner = |name: &str| {
            text.strip_prefix(name)?
                .strip_prefix('(')?
                .strip_suffix(')')
        };
        if let Some(rate) = inner("rate") {
            return parse_rate(rate)
                .map(Self::Rate)
                .ok_or_else(|| format!("{text} is no rate"));
        }
        let fields = inner("cron").ok_or_else(|| format!("{text} is neither rate() nor cron()"))?;
        let zone = match zone {
            None | Some("UTC" | "Etc/UTC") => TimeZone::UTC,
            Some("Asia/Shanghai" | "PRC") => local_zone(),
            Some(other) => return Err(format!("the time zone {other} is not supported")),
        };
        if fields.split_whitespace().count() != 6 {
            return Err(format!("{text} needs six fields"));
        }
        // AWS counts weekdays from 1 = Sunday, has no seconds and always a year.
        let parser = CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Required)
            .alternative_weekdays(true)
            .sloppy_ranges(true)
            .build();
        let cron = parser
            .parse(&format!("0 {fields}"))
            .map_err(|error| format!("{text}: {error}"))?;
        Ok(Self::Cron(Box::new(cron), zone))
    }

    /// The first moment after `now`.
    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Rate(period) => now.checked_add(*period).ok(),
            Self::Cron(cron, zone) => {
                let start = Local(now.to_zoned_datetime(zone.clone()));
                cron.find_next_occurrence(&start, false)
                    .ok()
                    .map(|found| found.0.timestamp())
            }
        }
    }

    /// Whether a clock step must stop for this schedule: rare ticks count, frequent ones only happen at stops.
    fn is_rare(&self) -> bool {
        match self {
            Self::Rate(period) => *period >= SignedDuration::from_hours(24),
            Self::Cron(..) => true,
        }
    }

    /// Whether this is a tick that finds due work, at most a minute apart.
    fn is_tick(&self) -> bool {
        matches!(self, Self::Rate(period) if *period <= SignedDuration::from_mins(1))
    }
}

/// AWS insists on the singular for one and the plural for more.
fn parse_rate(text: &str) -> Option<SignedDuration> {
    let (count, unit) = text.split_once(' ')?;
    let count: i64 = count.parse().ok().filter(|count| *count > 0)?;
    let unit = if count == 1 {
        unit
    } else {
        unit.strip_suffix('s')?
    };
    match unit {
        "minute" => Some(SignedDuration::from_mins(count)),
        "hour" => Some(SignedDuration::from_hours(count)),
        "day" => Some(SignedDuration::from_hours(24 * count)),
        _ => None,
    }
}

/// The bridge between the cron library and the time library.
#[derive(Clone)]
struct Local(ZonedDateTime);

impl CronDateTime for Local {
    fn to_civil(&self) -> CivilDateTime {
        let at = self.0.datetime();
        let unsigned = |part: i8| u32::from(part.unsigned_abs());
        let date = CivilDate::from_ymd_opt(
            i32::from(at.year()),
            unsigned(at.month()),
            unsigned(at.day()),
        );
        let time = CivilTime::from_hms_opt(
            unsigned(at.hour()),
            unsigned(at.minute()),
            unsigned(at.second()),
        );
        match (date, time) {
            (Some(date), Some(time)) => CivilDateTime::new(date, time),
            _ => unreachable!("a civil time of one library is a civil time of the other"),
        }
    }

    fn civil_weekday(&self) -> Weekday {
        let offset = self.0.weekday().to_sunday_zero_offset();
        Weekday::from_days_from_sunday(u32::from(offset.unsigned_abs()))
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let part = |value: u32| i8::try_from(value).unwrap_or(i8::MAX);
        let year = i16::try_from(civil.year()).map_err(|_| CronError::TimeSearchLimitExceeded)?;
        let at = jiff::civil::DateTime::new(
            year,
            part(civil.month()),
            part(civil.day()),
            part(civil.hour()),
            part(civil.minute()),
            part(civil.second()),
            0,
        );
        let zoned = at.and_then(|at| at.to_zoned_datetime(self.0.time_zone().clone()));
        zoned
            .map(|zoned| Resolution::Single(Self(zoned)))
            .map_err(|_| CronError::TimeSearchLimitExceeded)
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0
            .checked_add(SignedDuration::from_secs(seconds))
            .ok()
            .map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> std::cmp::Ordering {
        self.0.timestamp().cmp(&other.0.timestamp())
    }
}

/// A schedule of the template.
#[derive(Debug)]
pub(crate) struct Schedule {
    pub(crate) logical: String,
    pub(crate) arn: String,
    pub(crate) expression: Expression,
    pub(crate) function: Arc<Function>,
    pub(crate) input: Option<String>,
    next: AtomicI64,
}

/// One tick that was fired.
#[derive(Debug, Clone, Serialize)]
pub struct Tick {
    /// The moment on the moved clock.
    pub at: Timestamp,
    /// The schedule's logical id.
    pub schedule: String,
    /// The short name of the function that was invoked.
    pub function: String,
}

impl Schedule {
    pub(crate) fn new(
        (logical, arn): (String, String),
        expression: Expression,
        function: Arc<Function>,
        input: Option<String>,
    ) -> Self {
        Self {
            logical,
            arn,
            expression,
            function,
            input,
            next: AtomicI64::new(i64::MIN),
        }
    }

    fn payload(&self, at: Timestamp) -> Value {
        let id = uuid::Uuid::new_v4().to_string();
        let at = at.round(jiff::Unit::Second).unwrap_or(at).to_string();
        match &self.input {
            Some(input) => {
                let input = input
                    .replace("<aws.scheduler.scheduled-time>", &at)
                    .replace("<aws.scheduler.schedule-arn>", &self.arn)
                    .replace("<aws.scheduler.execution-id>", &id)
                    .replace("<aws.scheduler.attempt-number>", "1");
                serde_json::from_str(&input).unwrap_or(Value::String(input))
            }
            None => json!({
                "version": "0",
                "id": id,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": crate::template::ACCOUNT,
                "time": at,
                "resources": [self.arn],
                "detail": "{}",
            }),
        }
    }
}

/// All schedules.
#[derive(Debug)]
pub(crate) struct Schedules {
    all: Vec<Schedule>,
    on: AtomicBool,
    clock: Arc<Clock>,
    lambda: Arc<Lambda>,
    /// Held while the clock is moved by hand, so that real time does not tick in between.
    pub(crate) moving: tokio::sync::Mutex<()>,
    fired: Mutex<Vec<Tick>>,
}

impl Schedules {
    pub(crate) fn new(all: Vec<Schedule>, clock: Arc<Clock>, lambda: Arc<Lambda>) -> Self {
        let schedules = Self {
            all,
            on: AtomicBool::new(true),
            clock,
            lambda,
            moving: tokio::sync::Mutex::default(),
            fired: Mutex::default(),
        };
        schedules.restart();
        schedules
    }

    pub(crate) fn all(&self) -> &[Schedule] {
        &self.all
    }

    pub(crate) fn set(&self, on: bool) {
        self.on.store(on, Ordering::SeqCst);
        self.restart();
    }

    /// Counts from now: what was due before is lost.
    pub(crate) fn restart(&self) {
        let now = self.clock.now();
        for schedule in &self.all {
            schedule.arm(now);
        }
    }

    /// Follows real time for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            if let Ok(_still) = self.moving.try_lock() {
                drop(self.fire(false));
            }
        }
    }

    /// Fires every schedule that has come due, and at a stop also the every-minute ones.
    pub(crate) fn fire(&self, at_a_stop: bool) -> Vec<JoinHandle<()>> {
        if !self.on.load(Ordering::SeqCst) {
            return Vec::new();
        }
        let now = self.clock.now();
        let mut started = Vec::new();
        for schedule in &self.all {
            let due = schedule.next.load(Ordering::SeqCst) <= now.as_millisecond();
            if due || (at_a_stop && schedule.expression.is_tick()) {
                schedule.arm(now);
                started.push(
                    self.lambda
                        .invoke_async(&schedule.function, schedule.payload(now)),
                );
                self.note(schedule, now);
            }
        }
        started
    }

    fn note(&self, schedule: &Schedule, at: Timestamp) {
        let tick = Tick {
            at,
            schedule: schedule.logical.clone(),
            function: schedule.function.program.short.clone(),
        };
        let mut fired = self.fired.lock().unwrap_or_else(PoisonError::into_inner);
        if fired.len() == 10_000 {
            fired.clear();
        }
        fired.push(tick);
    }

    /// Hands out the ticks since the last call.
    pub(crate) fn take_fired(&self) -> Vec<Tick> {
        std::mem::take(&mut *self.fired.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next tick that a clock step must not jump over.
    pub(crate) fn next_rare(&self) -> Option<Timestamp> {
        if !self.on.load(Ordering::SeqCst) {
            return None;
        }
        let rare = self
            .all
            .iter()
            .filter(|schedule| schedule.expression.is_rare());
        let next = rare
            .map(|schedule| schedule.next.load(Ordering::SeqCst))
            .min()?;
        Timestamp::from_millisecond(next).ok()
    }
}

impl Schedule {
    fn arm(&self, now: Timestamp) {
        let next = self
            .expression
            .next(now)
            .map_or(i64::MAX, Timestamp::as_millisecond);
        self.next.store(next, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, zone: Option<&str>, now: &str) -> String {
        let expression = Expression::parse(expression, zone).unwrap();
        expression.next(now.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn a_rate_counts_from_the_last_tick() {
        assert_eq!(
            next("rate(1 minute)", None, "2026-05-01T00:00:00Z"),
            "2026-05-01T00:01:00Z"
        );
        assert_eq!(
            next("rate(2 days)", None, "2026-05-01T00:00:00Z"),
            "2026-05-03T00:00:00Z"
        );
    }

    #[test]
    fn a_cron_expression_is_read_in_its_zone_with_sunday_as_one() {
        let shanghai = Some("Asia/Shanghai");
        assert_eq!(
            next("cron(0 9 * * ? *)", shanghai, "2026-05-01T00:00:00Z"),
            "2026-05-01T01:00:00Z"
        );
        assert_eq!(
            next("cron(30 8 ? * 1 *)", None, "2026-05-01T00:00:00Z"),
            "2026-05-03T08:30:00Z"
        );
        assert_eq!(
            next("cron(0/15 * * * ? *)", None, "2026-05-01T00:01:00Z"),
            "2026-05-01T00:15:00Z"
        );
        assert_eq!(
            next("cron(0 0 1 1 ? 2028)", None, "2026-05-01T00:00:00Z"),
            "2028-01-01T00:00:00Z"
        );
    }

    #[test]
    fn malformed_expressions_are_refused() {
        for text in [
            "rate(5 minute)",
            "rate(1 minutes)",
            "rate(0 minutes)",
            "rate(x)",
            "cron(0 9 * * *)",
            "at(2026-05-01T00:00:00)",
            "every minute",
        ] {
            assert!(Expression::parse(text, None).is_err(), "{text}");
        }
    }
}
