//! The case: what the service tracks from a report until it is closed.
//!
//! A case changes only by a [`Change`], made by [`Case::decide`] (people) or [`Case::remind`] (time), and every change
//! carries the one event that explains it. Nothing here is serialized: the table and the APIs have types of their own.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Hold as HeldSpan;
use crate::ids::{CaseId, CategoryId, StaffId, TenantId, UnitId};
use crate::ladder::Rung;
use crate::promise::Tier;
use crate::report::Report;
use crate::rulebook::Rulebook;
use crate::state::State;
use crate::timers::{ClockKind, Timers};

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

/// Why the resolve clock stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// 等待资金.
    Budget,
    /// 等待部门.
    OtherUnit,
    /// 等待居民补充.
    Resident,
    /// 季节.
    Season,
    /// 司法.
    Legal,
}

/// One time on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// From when to when; open while the case is on hold.
    pub span: HeldSpan,
    /// Why.
    pub reason: HoldReason,
    /// When it resumes by itself unless reviewed.
    pub review_at: Timestamp,
}

/// A case as of its latest event.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The district.
    pub tenant: TenantId,
    /// Its identifier.
    pub id: CaseId,
    /// What came in.
    pub report: Report,
    /// The version of the key that signed the reporter's tracking token.
    pub token_version: u32,
    /// Where it stands.
    pub state: State,
    /// What kind it is, once somebody said so.
    pub category: Option<CategoryId>,
    /// The tier it is promised under.
    pub tier: Tier,
    /// The version of the promises it is promised under.
    pub promises: u32,
    /// The version of the calendar that its moments are computed by.
    pub calendar: u32,
    /// Who has it.
    pub assignment: Option<Assignment>,
    /// How often it was dealt out since somebody last took it.
    pub dispatches: u8,
    /// Every unit that ever had it.
    pub involved: Vec<UnitId>,
    /// How often it was reopened; from the first time on the redo promise counts.
    pub reopened: u8,
    /// Whether it stands on the public board.
    pub published: bool,
    /// Its clocks.
    pub timers: Timers,
    /// Its times on hold, oldest first.
    pub holds: Vec<Hold>,
    /// Counts human commands: the ETag.
    pub version: u32,
    /// Counts every write; also the number of the latest event.
    pub rev: u32,
}

impl Case {
    /// Opens the case of a report just received: event 0.
    ///
    /// Without a category it is promised as an ordinary case until the desk names one.
    pub fn open(
        tenant: TenantId,
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
            tenant,
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
            involved: Vec::new(),
            reopened: 0,
            published: false,
            timers: Timers::default(),
            holds: Vec::new(),
            version: 1,
            rev: 0,
        };
        for kind in [ClockKind::Triage, ClockKind::Resolve, ClockKind::Word] {
            case.timers.start(kind, at);
        }
        case.recompute(rules);
        case
    }

    /// The promised moment of resolution; none while the case is on hold.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.timers
            .get(ClockKind::Resolve)
            .and_then(|timer| timer.due)
            .map(|due| due.at)
    }

    /// Whether the promise was missed: still open after the due moment, or resolved after it.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let done_at = self
            .timers
            .get(ClockKind::Resolve)
            .and_then(|timer| timer.stopped)
            .unwrap_or(now);
        self.due_at().is_some_and(|due| due < done_at)
    }

    /// The current hold, while there is one.
    pub fn open_hold(&self) -> Option<&Hold> {
        self.holds.last().filter(|hold| hold.span.to.is_none())
    }

    /// The unit that answers for the case now: who has it, or else the community whose desk must deal it out.
    pub fn responsible_unit(&self) -> &UnitId {
        self.assignment
            .as_ref()
            .map_or(&self.report.place.community, |assignment| &assignment.unit)
    }
}

/// To whom a note speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteTo {
    /// The reporter, and the board when the case is public.
    Resident,
    /// Colleagues only.
    Internal,
}

/// Who caused an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Author {
    /// The reporter.
    Resident,
    /// A member of staff, in the name of a unit.
    Staff {
        /// The person.
        id: StaffId,
        /// The unit that stands in the timeline.
        unit: UnitId,
    },
    /// Time itself.
    System,
}

/// One rung of a clock's ladder that was reached. Unique by `(case, clock, rung, due_version)` and repeat count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// Which clock.
    pub clock: ClockKind,
    /// Which rung.
    pub rung: Rung,
    /// The moment that was promised.
    pub due_at: Timestamp,
    /// Which version of that moment.
    pub due_version: u32,
    /// When the rung was to fire.
    pub scheduled_at: Timestamp,
    /// Lower rungs that an outage swallowed: recorded, never sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<Rung>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields repeat the command's")]
pub enum EventKind {
    /// Event 0, written out only when the words are too long for the head.
    Received { text: String },
    /// 分流.
    Triaged {
        category: CategoryId,
        tier: Tier,
        published: bool,
        reason: Option<String>,
    },
    /// 交办.
    Assigned {
        unit: UnitId,
        person: Option<StaffId>,
        reason: Option<String>,
    },
    /// 签收.
    Accepted,
    /// A note.
    Noted { text: String, to: NoteTo },
    /// 退回.
    Returned { from: UnitId, reason: String },
    /// 逐级上报.
    Escalated {
        from: UnitId,
        unit: UnitId,
        reason: String,
    },
    /// 挂起.
    Held {
        hold: HoldReason,
        reason: String,
        review_at: Timestamp,
        approver: StaffId,
    },
    /// The clock runs again; by itself when the review date passed.
    Resumed { unreviewed: bool },
    /// 办结.
    Resolved { reason: String, evidence: Vec<u8> },
    /// 结案.
    Closed { reason: Option<String> },
    /// 重办.
    Reopened { reason: String },
    /// Out of scope.
    Refused { reason: String },
    /// Counted with another case.
    Merged { into: CaseId, reason: String },
    /// Taken back.
    Withdrawn,
    /// A rung of a ladder.
    Reminded(Reminder),
}

/// Who may read an event, from narrow to wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Visibility {
    /// Staff only.
    Internal,
    /// The reporter too.
    Resident,
    /// Everyone, when the case is public.
    Public,
}

impl EventKind {
    /// Who may read it.
    pub fn visibility(&self) -> Visibility {
        match self {
            Self::Noted {
                to: NoteTo::Internal,
                ..
            }
            | Self::Returned { .. } => Visibility::Internal,
            // Being honest about lateness means the missed promise itself, not who was reminded inside the house.
            Self::Reminded(reminder) => match (reminder.clock, reminder.rung) {
                (ClockKind::Resolve, Rung::Due | Rung::Red | Rung::Notice | Rung::Report) => {
                    Visibility::Public
                }
                _ => Visibility::Internal,
            },
            Self::Withdrawn => Visibility::Resident,
            _ => Visibility::Public,
        }
    }

    /// The stable code of its text.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::Triaged { .. } => "triaged",
            Self::Assigned { .. } => "assigned",
            Self::Accepted => "accepted",
            Self::Noted { .. } => "noted",
            Self::Returned { .. } => "returned",
            Self::Escalated { .. } => "escalated",
            Self::Held { .. } => "held",
            Self::Resumed { .. } => "resumed",
            Self::Resolved { .. } => "resolved",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
            Self::Refused { .. } => "refused",
            Self::Merged { .. } => "merged",
            Self::Withdrawn => "withdrawn",
            Self::Reminded(_) => "reminded",
        }
    }
}

/// One entry of a case's history. History only grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number: 1, 2, 3 without holes; 0 is the receipt.
    pub number: u32,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub author: Author,
    /// The caller's idempotency key, by which a retry recognizes its own write.
    pub command: Option<String>,
    /// What.
    pub kind: EventKind,
}

/// A decided change: the case as it will be, and the event that explains it. They are saved together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The case before: what the write is conditioned on.
    pub before: Case,
    /// The case after.
    pub after: Case,
    /// Why.
    pub event: Event,
}
