//! Moving the clock: from one due moment to the next, with one tick at each, until the target.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Span, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::clock::local_zone;
use crate::schedules::Tick;
use crate::services::Services;

/// How long a step waits for quiet, as long as every step before it found quiet.
const STEP_PATIENCE: Duration = Duration::from_secs(10);
const SHORT_PATIENCE: Duration = Duration::from_millis(300);

/// How often a step is repeated a minute later when a due item stays due.
const STUCK_MINUTES: u32 = 5;

/// Why the clock does not move.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockError {
    /// The target lies before the clock: stored moments would come from the future.
    #[error("the clock only moves forward: it shows {now}, the target is {target}")]
    Backward {
        /// What the clock shows.
        now: Timestamp,
        /// Where it was to go.
        target: Timestamp,
    },
    /// The target lies beyond the calendar.
    #[error("the target lies beyond the calendar")]
    OutOfRange,
    /// The clock's file could not be written.
    #[error("the clock's file could not be written: {0}")]
    File(String),
}

/// What happened while the clock moved.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What the clock showed before.
    pub from: Timestamp,
    /// What it shows now.
    pub to: Timestamp,
    /// Every tick that was fired, in order.
    pub ticks: Vec<Tick>,
    /// The inbox items that are new, oldest first, in plain JSON.
    pub inbox: Vec<Value>,
    /// Whether everything had settled at every step.
    pub settled: bool,
}

/// Where a span leads; days, months and years are China's.
pub(crate) fn target(now: Timestamp, span: Span) -> Result<Timestamp, ClockError> {
    let moved = now.to_zoned_datetime(local_zone()).checked_add(span);
    moved
        .map(|zoned| zoned.timestamp())
        .map_err(|_| ClockError::OutOfRange)
}

/// Moves the clock to the target; without `ticking` time only passes.
pub(crate) async fn advance(
    services: &Arc<Services>,
    target: Timestamp,
    ticking: bool,
) -> Result<Report, ClockError> {
    let _moving = services.schedules.moving.lock().await;
    let from = services.clock.now();
    if target < from {
        return Err(ClockError::Backward { now: from, target });
    }
    let before: BTreeSet<_> = services
        .dynamodb
        .inbox()
        .iter()
        .map(Value::to_string)
        .collect();
    services.schedules.take_fired();
    let settled = if ticking {
        let settled = services.settle(STEP_PATIENCE).await;
        walk(services, target, settled).await?
    } else {
        // An outage does not wait.
        set(services, target)?;
        services.schedules.restart();
        services.settle(SHORT_PATIENCE).await
    };
    services.expire().await;
    let inbox = services
        .dynamodb
        .inbox()
        .into_iter()
        .filter(|item| !before.contains(&item.to_string()));
    Ok(Report {
        from,
        to: services.clock.now(),
        ticks: services.schedules.take_fired(),
        inbox: inbox.collect(),
        settled,
    })
}

async fn walk(
    services: &Services,
    target: Timestamp,
    mut settled: bool,
) -> Result<bool, ClockError> {
    let mut stuck = 0;
    loop {
        let now = services.clock.now();
        let overdue = services
            .dynamodb
            .next_due(None)
            .is_some_and(|due| due <= now.as_millisecond());
        let stop = if overdue && stuck < STUCK_MINUTES {
            stuck += 1;
            now.saturating_add(SignedDuration::from_mins(1))
                .unwrap_or(target)
        } else {
            if !overdue {
                stuck = 0;
            }
            next_stop(services, now).unwrap_or(target)
        };
        // Real time goes on while a step runs: a stop may already lie behind.
        set(
            services,
            stop.min(target).max(services.clock.now().min(target)),
        )?;
        services.schedules.fire(true);
        let patience = if settled {
            STEP_PATIENCE
        } else {
            SHORT_PATIENCE
        };
        settled &= services.settle(patience).await;
        if stop >= target {
            return Ok(settled);
        }
    }
}

/// The next moment that matters: an item that comes due, a message that comes again or a rare schedule.
fn next_stop(services: &Services, now: Timestamp) -> Option<Timestamp> {
    let due = services.dynamodb.next_due(Some(now.as_millisecond()));
    let messages = services.queue_mappings.iter();
    let messages = messages.filter_map(|mapping| mapping.next_ready());
    let moments = due.into_iter().chain(messages);
    let moments = moments.filter_map(|moment| Timestamp::from_millisecond(moment).ok());
    moments.chain(services.schedules.next_rare()).min()
}

fn set(services: &Services, to: Timestamp) -> Result<(), ClockError> {
    let set = services.clock.set(to);
    services.lambda.sqs.changed.notify_waiters();
    set.map_err(|error| ClockError::File(error.to_string()))
}
