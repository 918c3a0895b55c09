//! EventBridge Scheduler on the movable clock: a tick that was missed is lost, there is no catching up.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::lambda::{Function, Lambda};

/// How often the clock is looked at: ticks come at most this late.
const LOOK: Duration = Duration::from_millis(250);

/// How often a schedule ticks.
#[derive(Debug)]
pub(crate) struct Rate(SignedDuration);

impl Rate {
    /// Reads `rate(5 minutes)`, the one kind of expression with local behavior.
    pub(crate) fn parse(expression: &str) -> Result<Self, String> {
        let inner = expression
            .strip_prefix("rate(")
            .and_then(|rest| rest.strip_suffix(')'));
        inner
            .and_then(period)
            .map(Self)
            .ok_or_else(|| format!("{expression} is no rate"))
    }

    /// The first moment after `now`.
    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        now.checked_add(self.0).ok()
    }

    /// Whether a clock step must stop for this schedule: rare ticks count, frequent ones only happen at stops.
    fn is_rare(&self) -> bool {
        self.0 >= SignedDuration::from_hours(24)
    }

    /// Whether this is a tick that finds due work, at most a minute apart.
    fn is_tick(&self) -> bool {
        self.0 <= SignedDuration::from_mins(1)
    }
}

/// AWS insists on the singular for one and the plural for more.
fn period(text: &str) -> Option<SignedDuration> {
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

/// A schedule of the template.
#[derive(Debug)]
pub(crate) struct Schedule {
    pub(crate) logical: String,
    pub(crate) arn: String,
    pub(crate) rate: Rate,
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
        rate: Rate,
        function: Arc<Function>,
        input: Option<String>,
    ) -> Self {
        Self {
            logical,
            arn,
            rate,
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
                "account": crate::place::ACCOUNT,
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
            if due || (at_a_stop && schedule.rate.is_tick()) {
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
        let rare = self.all.iter().filter(|schedule| schedule.rate.is_rare());
        let next = rare
            .map(|schedule| schedule.next.load(Ordering::SeqCst))
            .min()?;
        Timestamp::from_millisecond(next).ok()
    }
}

impl Schedule {
    fn arm(&self, now: Timestamp) {
        let next = self
            .rate
            .next(now)
            .map_or(i64::MAX, Timestamp::as_millisecond);
        self.next.store(next, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_counts_from_the_last_tick() {
        let start: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
        for (rate, expected) in [
            ("rate(1 minute)", "2026-05-01T00:01:00Z"),
            ("rate(2 days)", "2026-05-03T00:00:00Z"),
        ] {
            let next = Rate::parse(rate).unwrap().next(start).unwrap();
            assert_eq!(next.to_string(), expected);
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "rate(5 minute)",
            "rate(1 minutes)",
            "rate(0 minutes)",
            "rate(x)",
            "cron(0 9 * * ? *)",
            "at(2026-05-01T00:00:00)",
            "every minute",
        ] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }
}
