//! Overdue: the one definition, from which the case's page, queues, digests, messages and counts are derived.
//!
//! A case is overdue when its promised moment passed before it was done. That stays so: a hold that began later does
//! not undo it, and a case that was done late was done late for ever. A reopening is a new promise.

use jiff::Timestamp;

use crate::case::Case;
use crate::case::state::State;
use crate::case::timers::ClockKind;

/// What tells whether a case is overdue: every list holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Where the case stands.
    pub state: State,
    /// The promised moment; none while a hold is open that began before that.
    pub due_at: Option<Timestamp>,
    /// Whether the case was done, or ended otherwise, later than promised.
    pub missed: bool,
}

impl Promise {
    /// Whether the case is overdue at a moment. Promises count in whole seconds.
    pub fn is_overdue(self, now: Timestamp) -> bool {
        if is_owed(self.state) {
            self.due_at.is_some_and(|due| is_past(due, now))
        } else {
            self.missed
        }
    }

    /// The promised moment, while the promise is still to be kept.
    pub fn open_due(self) -> Option<Timestamp> {
        self.due_at.filter(|_| is_owed(self.state))
    }
}

/// Whether the promise is still to be kept: the case is neither done nor ended.
pub fn is_owed(state: State) -> bool {
    state.is_open() && state != State::Resolved
}

/// Whether a promised moment has passed.
pub fn is_past(due: Timestamp, now: Timestamp) -> bool {
    due.as_second() < now.as_second()
}

impl Case {
    /// What tells whether the case is overdue.
    pub fn promise(&self) -> Promise {
        let done_at = self
            .timers
            .get(ClockKind::Resolve)
            .and_then(|timer| timer.stopped);
        let due_at = self.due_at();
        Promise {
            state: self.state,
            due_at,
            missed: matches!((due_at, done_at), (Some(due), Some(done)) if is_past(due, done)),
        }
    }

    /// Whether the promise was missed: still open after the due moment, or done after it.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.promise().is_overdue(now)
    }
}
