//! When a person is told: at once, when the quiet hours are over, in the digest, or not at all.
//!
//! The inbox of a unit holds every message at once; this is about what is sent to a person's phone.

use jiff::Timestamp;
use jiff::civil::Time;

use crate::kernel::calendar::{Calendar, date_of, moment_of};
use crate::kernel::org::Staff;
use crate::notify::audience::Urgency;

/// When a message is sent to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// At once.
    Now,
    /// At the first moment at which the person may be disturbed.
    WaitUntil(Timestamp),
    /// Not by itself: the digest of the next working morning says what is still so by then.
    Digest,
    /// Not at all: the person reads the inbox of the unit.
    Never,
}

/// When a message is sent to the person; what is critical reaches everybody at any hour.
pub fn plan(
    urgency: Urgency,
    is_critical: bool,
    person: &Staff,
    now: Timestamp,
    calendar: &Calendar,
) -> Plan {
    if is_critical {
        return Plan::Now;
    }
    if urgency == Urgency::Immediate && person.notifications.immediate {
        return when_awake(person, now, calendar);
    }
    if person.notifications.digest {
        Plan::Digest
    } else {
        Plan::Never
    }
}

/// Now, or else when the person may next be disturbed: on a working day and outside of the quiet hours.
pub fn when_awake(person: &Staff, now: Timestamp, calendar: &Calendar) -> Plan {
    let today = date_of(now);
    let days = [today]
        .into_iter()
        .filter(|day| calendar.is_working_day(*day));
    let mut openings = days
        .chain(calendar.working_days_after(today))
        .flat_map(|day| openings(person).map(move |time| moment_of(day, time)));
    let is_awake = |at| calendar.is_working_day(date_of(at)) && !person.is_quiet(at);
    if is_awake(now) {
        return Plan::Now;
    }
    match openings.find(|at| *at > now && is_awake(*at)) {
        Some(at) => Plan::WaitUntil(at),
        // Only where dates end is there no further working day.
        None => Plan::Now,
    }
}

/// The local times at which a stretch outside of the quiet hours may begin, in order.
fn openings(person: &Staff) -> impl Iterator<Item = Time> + use<> {
    [Time::midnight(), person.notifications.quiet_until].into_iter()
}
