//! The case: what the service tracks from a report until it is closed.
//!
//! A case changes only by a [`Change`], made by [`Case::decide`] (people) or [`Case::remind`] (time), and every change
//! carries the one event that explains it. Nothing here is serialized: the table and the APIs have types of their own.

pub mod announcement;
pub mod audience;
pub mod cooperation;
pub mod danger;
pub mod decide;
pub mod digest;
pub mod event;
pub mod evidence;
pub mod hold;
pub mod hold_limits;
pub mod late_entry;
pub mod likeness;
mod listed;
pub mod listing;
pub mod overdue;
pub mod personal;
pub mod photo;
mod photo_progress;
pub mod policy;
pub mod promise;
pub mod proposal;
pub mod publication;
mod published;
pub mod recalculate;
pub mod refused;
pub mod remind;
pub mod report;
pub mod rights;
pub mod rulebook;
pub mod state;
pub mod statements;
pub mod supervision;
pub mod timers;

use jiff::{SignedDuration, Timestamp};

use crate::case::cooperation::{CoHandler, Visit};
use crate::case::hold::Hold;
use crate::case::listing::Listing;
use crate::case::promise::Tier;
use crate::case::proposal::{Matter, Proposal};
use crate::case::report::Report;
use crate::case::rulebook::Rulebook;
use crate::case::state::{Outcome, State};
use crate::case::supervision::Supervision;
use crate::case::timers::{ClockKind, Timers};
use crate::kernel::calendar::whole_second;
use crate::kernel::change::Aggregate;
use crate::kernel::deadline::ClockSpec;
use crate::kernel::ids::{CaseId, CategoryId, DistrictId, StaffId, UnitId};

pub use crate::case::event::{Event, EventKind, NoteTo, Reminder, Visibility};
pub use crate::kernel::change::Author;

/// A decided change of a case.
pub type Change = crate::kernel::change::Change<Case>;

impl Aggregate for Case {
    type Id = CaseId;
    type Event = EventKind;
    type Listing = Listing;
}

/// Who has the case now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The unit.
    pub unit: UnitId,
    /// The person, when one was named.
    pub person: Option<StaffId>,
    /// Since when.
    pub at: Timestamp,
}

/// A case as of its latest event.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The district.
    pub district: DistrictId,
    /// Its identifier.
    pub id: CaseId,
    /// What came in.
    pub report: Report,
    /// The version of the key that signed the reporter's tracking token.
    pub token_version: u32,
    /// Where it stands.
    pub state: State,
    /// What kind it is, once the reporter or the desk has named one.
    pub category: Option<CategoryId>,
    /// The tier it is promised under.
    pub tier: Tier,
    /// The version of the promises it is promised under.
    pub promises: u32,
    /// The version of the calendar that its moments are computed by.
    pub calendar: u32,
    /// Who has it.
    pub assignment: Option<Assignment>,
    /// How often it was assigned since a unit last accepted it.
    pub dispatches: u8,
    /// Whether the desk knows it to be hard to place: the unit then has longer to return it.
    pub hard: bool,
    /// Every unit that ever had it.
    pub involved: Vec<UnitId>,
    /// What the work came to, once it is resolved; none where that was before outcomes were told apart.
    pub outcome: Option<Outcome>,
    /// How often it was reopened; from the first time on the redo promise counts.
    pub reopened: u8,
    /// Whether it is on the public board.
    pub published: bool,
    /// Its clocks.
    pub timers: Timers,
    /// Its times on hold, oldest first.
    pub holds: Vec<Hold>,
    /// The extensions of the promise that were granted, in order.
    pub extensions: Vec<ClockSpec>,
    /// What waits for a second person, at most one of each matter.
    pub proposals: Vec<Proposal>,
    /// The order under which it is supervised, once it was signed.
    pub supervision: Option<Supervision>,
    /// The units that help the one that has it.
    pub co_handlers: Vec<CoHandler>,
    /// The case that this one is a part of.
    pub parent: Option<CaseId>,
    /// The parts into which this one was split.
    pub children: Vec<CaseId>,
    /// The visit to the place, once a slot was agreed.
    pub visit: Option<Visit>,
    /// Counts human commands: the ETag.
    pub version: u32,
    /// Counts every write; also the number of the latest event.
    pub rev: u32,
    /// When the latest event happened, in whole seconds; at first the receipt.
    pub changed_at: Timestamp,
}

impl Case {
    /// Opens the case of a report just received: event 0.
    ///
    /// Without a category it is promised as an ordinary case until the desk names one.
    pub fn open(
        district: DistrictId,
        id: CaseId,
        report: Report,
        category: Option<CategoryId>,
        rules: &Rulebook,
    ) -> Self {
        let tier = category
            .as_ref()
            .and_then(|id| rules.category(id))
            .map_or(Tier::P2, |category| category.tier);
        let at = report.at;
        let mut case = Self {
            district,
            id,
            report,
            token_version: 0,
            state: State::Submitted,
            category,
            tier,
            promises: rules.current_promises().version,
            calendar: rules.calendar().version(),
            assignment: None,
            dispatches: 0,
            hard: false,
            involved: Vec::new(),
            outcome: None,
            reopened: 0,
            published: false,
            timers: Timers::default(),
            holds: Vec::new(),
            extensions: Vec::new(),
            proposals: Vec::new(),
            supervision: None,
            co_handlers: Vec::new(),
            parent: None,
            children: Vec::new(),
            visit: None,
            version: 1,
            rev: 0,
            changed_at: whole_second(at),
        };
        for kind in [
            ClockKind::Triage,
            ClockKind::Resolve,
            ClockKind::ResidentUpdate,
        ] {
            case.timers.start(kind, at);
        }
        case.watch_danger(rules, at);
        case.recompute(rules);
        case
    }

    /// When an event that is made now happens: in whole seconds, and never before the one that came before it, however
    /// many machines make events and however far their clocks are apart.
    pub fn event_time(&self, now: Timestamp) -> Timestamp {
        whole_second(now).max(self.changed_at)
    }

    /// The promised moment of resolution; none while the case is on hold.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.timers
            .get(ClockKind::Resolve)
            .and_then(|timer| timer.due)
            .map(|due| due.at)
    }

    /// The current hold, while there is one.
    pub fn open_hold(&self) -> Option<&Hold> {
        self.holds.last().filter(|hold| hold.span.to.is_none())
    }

    /// What waits for a second person in a matter.
    pub fn proposal(&self, matter: Matter) -> Option<&Proposal> {
        self.proposals
            .iter()
            .find(|proposal| proposal.ask.matter() == matter)
    }

    /// The unit whose answer the case waits for.
    pub fn awaited_unit(&self) -> Option<&UnitId> {
        self.open_hold().and_then(|hold| hold.waits_for.as_ref())
    }

    /// Whether the unit helps the one that has the case.
    pub fn is_co_handler(&self, unit: &UnitId) -> bool {
        self.co_handlers.iter().any(|helper| helper.unit == *unit)
    }

    /// The unit that answers for the case now: who has it, or else the community whose desk must deal it out.
    pub fn responsible_unit(&self) -> &UnitId {
        self.assignment
            .as_ref()
            .map_or(&self.report.place.community, |assignment| &assignment.unit)
    }
}

impl Change {
    /// How long the resident had waited, when this is the first word to the resident since the report.
    ///
    /// The word clock tells: it starts at the receipt, and every word starts it again or ends it. It counts in whole
    /// seconds, so that a word in the very second of the receipt is no answer of staff.
    pub fn first_word_after(&self) -> Option<SignedDuration> {
        let received = whole_second(self.before.report.at);
        let since = |case: &Case| {
            case.timers
                .get(ClockKind::ResidentUpdate)
                .map(|timer| timer.start)
        };
        let is_first = matches!(self.event.author, Author::Staff { .. })
            && self.before.reopened == 0
            && since(&self.before) == Some(received)
            && since(&self.after) != Some(received);
        is_first.then(|| self.event.at.duration_since(received))
    }
}
