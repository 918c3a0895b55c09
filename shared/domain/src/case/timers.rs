//! The clocks of a case: which run, since when, when each is due, and which rungs are behind it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kernel::calendar::whole_second;
use crate::kernel::deadline::Due;
use crate::kernel::ladder::Climb;

/// The clocks that a case may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// From receipt until the desk assigns the case.
    Triage,
    /// 签收: from dispatch until the unit takes it.
    Accept,
    /// 响应: from dispatch until the first human message to the resident.
    Contact,
    /// 退回: from dispatch; while it runs the unit may return the case. It sends no reminder.
    #[serde(rename = "return")]
    ReturnWindow,
    /// 办结: the promise to the resident. It never restarts.
    Resolve,
    /// 回音: from the last word to the resident; holds never stop it.
    #[serde(rename = "word")]
    ResidentUpdate,
    /// 回访: from resolution until the desk has checked and closed.
    #[serde(rename = "revisit")]
    FollowUp,
    /// From receipt, or from when it was found to be danger, until that is out of the way.
    Secure,
    /// From a proposal until a second person has decided on it.
    Approval,
    /// From a hold until the unit that is waited for has answered: it stands still for us and runs for them.
    #[serde(rename = "awaited")]
    OtherUnit,
    /// Until the end of the slot in which staff promised to come.
    Visit,
    /// 督办: from the signed order until the sign-off, also on hold.
    Supervision,
}

impl ClockKind {
    /// Every clock, for tables and tests.
    pub const ALL: [Self; 12] = [
        Self::Triage,
        Self::Accept,
        Self::Contact,
        Self::ReturnWindow,
        Self::Resolve,
        Self::ResidentUpdate,
        Self::FollowUp,
        Self::Secure,
        Self::Approval,
        Self::OtherUnit,
        Self::Visit,
        Self::Supervision,
    ];
}

/// One clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// Which.
    pub kind: ClockKind,
    /// Since when it runs.
    pub start: Timestamp,
    /// When it is due; none while a hold stops it, but a promise that was missed before the hold stays missed.
    pub due: Option<Due>,
    /// The number of the event by which the due moment last changed; 0 is the receipt. It names a due moment for ever,
    /// also after the clock was forgotten and started again.
    pub version: u32,
    /// The rungs behind it.
    pub climb: Climb,
    /// When it was stopped, for the one clock that is kept after: resolve.
    pub stopped: Option<Timestamp>,
}

/// The clocks of one case, in the order of [`ClockKind`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timers(pub(crate) Vec<Timer>);

impl Timers {
    /// The clocks as stored.
    pub fn from_stored(mut timers: Vec<Timer>) -> Self {
        timers.sort_unstable_by_key(|timer| timer.kind);
        Self(timers)
    }

    /// The clock, when the case has it.
    pub fn get(&self, kind: ClockKind) -> Option<&Timer> {
        self.0.iter().find(|timer| timer.kind == kind)
    }

    /// All clocks.
    pub fn iter(&self) -> impl Iterator<Item = &Timer> {
        self.0.iter()
    }

    /// Starts the clock afresh.
    pub(crate) fn start(&mut self, kind: ClockKind, at: Timestamp) {
        self.drop(kind);
        let start = whole_second(at);
        self.0.push(Timer {
            kind,
            start,
            due: None,
            version: 0,
            climb: Climb::default(),
            stopped: None,
        });
        self.0.sort_unstable_by_key(|timer| timer.kind);
    }

    /// Forgets the clock.
    pub(crate) fn drop(&mut self, kind: ClockKind) {
        self.0.retain(|timer| timer.kind != kind);
    }

    /// Stops the clock but keeps what it said.
    pub(crate) fn stop(&mut self, kind: ClockKind, at: Timestamp) {
        for timer in self.0.iter_mut().filter(|timer| timer.kind == kind) {
            timer.stopped.get_or_insert(whole_second(at));
        }
    }
}
