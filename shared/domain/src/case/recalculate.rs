//! A new calendar and the cases that are open: which of their moments move, and what the resident is told.
//!
//! Once a version of the calendar is loaded, every open case is counted by it. A case whose moments all stay is only
//! marked with the new version; where one moves, that is a change like any other, with an event that explains it.

use jiff::Timestamp;

use crate::case::Case;
use crate::case::event::{DateMove, EventKind};
use crate::case::rulebook::Rulebook;
use crate::case::timers::Timer;
use crate::case::{Author, Change};

/// What the calendar in force makes of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Recalculation {
    /// The case has ended, or is counted by this version already.
    Untouched,
    /// Every moment stays: only the version by which they are counted is another, and what was provisional may now be
    /// certain. Nothing happened that a resident would want to read.
    Unmoved {
        /// The case under the new version.
        after: Box<Case>,
        /// When it must be looked at next.
        next_at: Option<Timestamp>,
    },
    /// A moment moves.
    Moved(Box<Change>),
}

impl Recalculation {
    /// The change, where a moment moves.
    pub fn moved(&self) -> Option<&Change> {
        match self {
            Self::Moved(change) => Some(change),
            Self::Untouched | Self::Unmoved { .. } => None,
        }
    }

    /// How the date moves that the resident was promised, when it does.
    pub fn promise(&self) -> Option<DateMove> {
        match self.moved()?.event.kind {
            EventKind::CalendarChanged { promise, .. } => promise,
            _ => None,
        }
    }
}

impl Case {
    /// Counts an open case by the calendar in force.
    ///
    /// Clocks that stand still are left as they are. The engine being pure, a running clock moves only when its way
    /// crosses a day that the two versions tell differently.
    pub fn recalculate(&self, rules: &Rulebook, now: Timestamp) -> Recalculation {
        let version = rules.calendar().version();
        if self.calendar >= version || !self.state.is_open() {
            return Recalculation::Untouched;
        }
        let mut after = self.clone();
        after.calendar = version;
        after.rev += 1;
        after.recompute(rules);
        if self
            .timers
            .iter()
            .map(moment)
            .eq(after.timers.iter().map(moment))
        {
            after.rev = self.rev;
            let next_at = after.next_at(rules);
            return Recalculation::Unmoved {
                after: Box::new(after),
                next_at,
            };
        }
        let promise = match (self.due_at(), after.due_at()) {
            (Some(from), Some(to)) if from != to => Some(DateMove { from, to }),
            _ => None,
        };
        let kind = EventKind::CalendarChanged { version, promise };
        let at = self.event_time(now);
        Recalculation::Moved(Box::new(self.changed_to(
            after,
            at,
            Author::System,
            kind,
            rules,
        )))
    }
}

fn moment(timer: &Timer) -> Option<Timestamp> {
    timer.due.map(|due| due.at)
}
