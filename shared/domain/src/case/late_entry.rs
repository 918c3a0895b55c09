//! Slips and calls that were entered later than they came in.
//!
//! A slip lies in a box over the weekend, and a call is noted by hand while the line is down. What the resident was
//! promised counts from when the resident handed it over; what the desk owes counts from when the desk could see it.

use jiff::{SignedDuration, Timestamp};

use crate::case::rulebook::Rulebook;
use crate::case::timers::ClockKind;
use crate::case::{Author, Case, Event, EventKind};
use crate::kernel::calendar::whole_second;
use crate::kernel::ids::{StaffId, UnitId};
use crate::kernel::limits::DAYS_UNTIL_ENTERED;

/// The entry of a report that came in earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateEntry {
    /// When it was entered.
    pub at: Timestamp,
    /// Who entered it.
    pub by: StaffId,
    /// In the name of which unit.
    pub unit: UnitId,
    /// Why it was not entered at once.
    pub reason: String,
}

/// Whether a report that is entered at `now` may have come in at `received`: within the last 7 days, and not later.
pub fn may_have_come_in(received: Timestamp, now: Timestamp) -> bool {
    let waited = now.duration_since(received);
    (SignedDuration::ZERO..=SignedDuration::from_hours(24 * DAYS_UNTIL_ENTERED)).contains(&waited)
}

impl Case {
    /// Notes that this case, just opened for when its report came in, was entered later: event 1.
    ///
    /// The clocks of the promise and of the word to the resident run from the receipt. Those of what the desk owes, to
    /// assign the case and to put danger out of the way, run from the entry.
    pub fn enter_late(&mut self, entry: LateEntry, rules: &Rulebook) -> Event {
        self.timers.start(ClockKind::Triage, entry.at);
        self.watch_danger(rules, entry.at);
        self.rev = 1;
        self.recompute(rules);
        Event {
            number: self.rev,
            at: whole_second(entry.at),
            author: Author::Staff {
                id: entry.by,
                unit: entry.unit,
            },
            command: None,
            kind: EventKind::EnteredLate {
                received_at: self.report.at,
                reason: entry.reason,
            },
        }
    }
}
