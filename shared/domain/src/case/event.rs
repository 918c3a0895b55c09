//! What happens to a case: the events of its history.
//!
//! The event is the outbox as well: what is announced, to whom and in which words follows from it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::hold::HoldReason;
use crate::case::promise::Tier;
use crate::case::proposal::Matter;
use crate::case::publication::{Publication, PublicationStep};
use crate::case::refused::RefusalReason;
use crate::case::state::Outcome;
use crate::case::supervision::Signature;
use crate::case::timers::ClockKind;
use crate::kernel::change::Recorded;
use crate::kernel::deadline::ClockSpec;
use crate::kernel::ids::{BudgetLineId, CaseId, CategoryId, StaffId, UnitId};
use crate::kernel::ladder::Rung;

/// To whom a note speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteTo {
    /// The reporter, and the board when the case is public.
    Resident,
    /// Colleagues only.
    Internal,
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

impl Reminder {
    /// Whether the rung was reached with it: its own, or one that it came in the place of.
    pub fn includes(&self, rung: Rung) -> bool {
        self.rung == rung || self.superseded.contains(&rung)
    }

    /// The rung whose readers hear it. A repeat speaks to few; one that comes in the place of a rung that was never
    /// sent speaks to those who should have heard that.
    pub fn reach(&self) -> Rung {
        match self.rung {
            Rung::Repeat => self
                .superseded
                .last()
                .map_or(Rung::Repeat, |_| Rung::Report),
            rung => rung,
        }
    }
}

/// Why a hold ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResumeCause {
    /// The unit that has the case goes on.
    Resumed,
    /// The unit that was waited for has answered.
    Answered,
    /// The budget line was approved.
    BudgetApproved,
    /// The hold was not reviewed by its review date.
    Unreviewed,
}

impl ResumeCause {
    /// The stable code of its text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Resumed => "resumed",
            Self::Answered => "resumed.answered",
            Self::BudgetApproved => "resumed.budget_approved",
            Self::Unreviewed => "resumed.unreviewed",
        }
    }
}

/// How a date moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateMove {
    /// What it was.
    pub from: Timestamp,
    /// What it is.
    pub to: Timestamp,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields repeat the command's")]
pub enum EventKind {
    /// Event 0, written out only when the words are too long for the head.
    Received { text: String },
    /// 补录: the report came in at that time and was entered later.
    EnteredLate {
        received_at: Timestamp,
        reason: String,
    },
    /// 分流.
    Triaged {
        category: CategoryId,
        tier: Tier,
        published: bool,
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        publication: Option<Publication>,
    },
    /// What everyone sees was decided anew; `publication` is the whole state after it.
    PublicationChanged {
        step: PublicationStep,
        published: bool,
        publication: Publication,
        reason: Option<String>,
    },
    /// A photo of the reporter became ready after staff had acted on the case.
    PhotoArrived { photo: u8 },
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
    /// 交回下级.
    HandedDown {
        from: UnitId,
        unit: UnitId,
        reason: String,
    },
    /// Something was asked for that needs a second person.
    Proposed { matter: Matter, reason: String },
    /// It was not granted.
    Declined { matter: Matter, reason: String },
    /// 延期: the promise moved; `due_at` is the new one.
    Extended {
        by: ClockSpec,
        due_at: Option<Timestamp>,
        reason: String,
    },
    /// 挂起. The author approved what `requester` had asked for.
    Held {
        hold: HoldReason,
        reason: String,
        review_at: Timestamp,
        requester: Option<StaffId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waits_for: Option<UnitId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        budget_line: Option<BudgetLineId>,
    },
    /// The hold was looked at and goes on until then.
    HoldReviewed {
        review_at: Timestamp,
        reason: String,
    },
    /// The clock runs again; `approver` had granted the hold that was not reviewed.
    Resumed {
        cause: ResumeCause,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approver: Option<StaffId>,
    },
    /// 协办: a unit helps.
    Involved { unit: UnitId, reason: String },
    /// The helping unit has done its part.
    PartFinished { unit: UnitId, reason: String },
    /// The helping unit is not needed any more.
    Released { unit: UnitId, reason: String },
    /// The case was split into parts that are handled apart and answered together.
    Split { children: Vec<CaseId> },
    /// 督办立项; `words` are exactly what was signed.
    SupervisionOrdered {
        reason: String,
        proposer: Option<StaffId>,
        #[serde(default)]
        words: String,
        signature: Signature,
    },
    /// 批示.
    Directed { text: String },
    /// 督办销号; `words` are exactly what was signed.
    SignedOff {
        statement: String,
        #[serde(default)]
        words: String,
        signature: Signature,
    },
    /// A visit was agreed.
    VisitScheduled { from: Timestamp, to: Timestamp },
    /// Staff are at the place.
    Arrived,
    /// The danger is out of the way; the repair may follow.
    Secured { reason: String },
    /// 办结; the outcome is missing where it ended before outcomes were told apart.
    Resolved {
        reason: String,
        evidence: Vec<u8>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<Outcome>,
    },
    /// 结案.
    Closed { reason: Option<String> },
    /// 重办; `evidence` was ready at that time and proves nothing any more.
    Reopened {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<BTreeSet<u8>>,
    },
    /// Out of scope, for a reason of the fixed list; none where that was before there was one.
    Refused {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<RefusalReason>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authority: Option<String>,
    },
    /// Counted with another case.
    Merged { into: CaseId, reason: String },
    /// Taken back.
    Withdrawn {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The reporter answered, or added something.
    Replied { text: String },
    /// 催一催: the reporter asked that it go on.
    Urged,
    /// The reporter put right what was written; `text` are the words from then on.
    Corrected { text: String },
    /// The reporter announced photos, under these numbers.
    PhotosAnnounced { photos: Vec<u8> },
    /// The reporter took back the consent to publish.
    ConsentRevoked,
    /// The reporter says that it is solved, and whether they are satisfied; the desk reads the words.
    Confirmed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        satisfied: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// The reporter says that it is not solved: it goes on, one level above the unit that ended it where there is one.
    /// `evidence` are the photos that did not prove it.
    Objected {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<UnitId>,
        evidence: BTreeSet<u8>,
    },
    /// The reporter said how to reach them; what they said is stored apart.
    ContactSet,
    /// The reporter let name and telephone number be erased.
    ContactErased,
    /// A rung of a ladder.
    Reminded(Reminder),
    /// 放假安排: a new calendar moved a moment; `promise` when it is the date that the resident was promised.
    CalendarChanged {
        version: u32,
        promise: Option<DateMove>,
    },
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
            | Self::EnteredLate { .. }
            | Self::Returned { .. }
            | Self::Proposed { .. }
            | Self::Declined { .. }
            | Self::Released { .. }
            | Self::Split { .. }
            | Self::CalendarChanged { promise: None, .. }
            | Self::PhotosAnnounced { .. }
            | Self::Directed { .. } => Visibility::Internal,
            // Being honest about lateness means the missed promise itself, not who was reminded inside the house.
            Self::Reminded(reminder) => match (reminder.clock, reminder.rung) {
                (ClockKind::Resolve, Rung::Due | Rung::Red | Rung::Notice | Rung::Report) => {
                    Visibility::Public
                }
                _ => Visibility::Internal,
            },
            // The hours at which staff are at a home concern its household alone, and so do words that the desk has not
            // looked at. A photo appears on the board when the
            // desk publishes it, not when it arrives.
            Self::Withdrawn { .. }
            | Self::Replied { .. }
            | Self::Corrected { .. }
            | Self::ConsentRevoked
            | Self::ContactSet
            | Self::ContactErased
            | Self::VisitScheduled { .. }
            | Self::Arrived
            | Self::PhotoArrived { .. } => Visibility::Resident,
            _ => Visibility::Public,
        }
    }

    /// The words that a person wrote with it, as far as the audience reads them.
    pub fn words_for(&self, audience: Visibility) -> Option<&str> {
        // Why something was hidden may say what it was.
        let is_inner = matches!(self, Self::PublicationChanged { .. });
        // The desk has not looked at what a reporter says of the result.
        let is_judgment = matches!(self, Self::Confirmed { .. } | Self::Objected { .. });
        let is_withheld = (is_inner && audience > Visibility::Internal)
            || (is_judgment && audience == Visibility::Public);
        self.words()
            .filter(|_| self.visibility() >= audience && !is_withheld)
    }

    fn words(&self) -> Option<&str> {
        match self {
            Self::Received { text }
            | Self::Noted { text, .. }
            | Self::Directed { text }
            | Self::Replied { text }
            | Self::Corrected { text }
            | Self::Objected { text, .. } => Some(text),
            Self::Triaged { reason, .. }
            | Self::PublicationChanged { reason, .. }
            | Self::Assigned { reason, .. }
            | Self::Withdrawn { reason }
            | Self::Closed { reason }
            | Self::Confirmed { text: reason, .. } => reason.as_deref(),
            Self::EnteredLate { reason, .. }
            | Self::Returned { reason, .. }
            | Self::Escalated { reason, .. }
            | Self::HandedDown { reason, .. }
            | Self::Proposed { reason, .. }
            | Self::Declined { reason, .. }
            | Self::Extended { reason, .. }
            | Self::Held { reason, .. }
            | Self::HoldReviewed { reason, .. }
            | Self::Involved { reason, .. }
            | Self::PartFinished { reason, .. }
            | Self::Released { reason, .. }
            | Self::Secured { reason }
            | Self::Resolved { reason, .. }
            | Self::Reopened { reason, .. }
            | Self::Refused { reason, .. }
            | Self::Merged { reason, .. } => Some(reason),
            // What was signed is printed as a document; the timeline says that it was.
            Self::SupervisionOrdered { .. }
            | Self::SignedOff { .. }
            | Self::PhotoArrived { .. }
            | Self::Split { .. }
            | Self::VisitScheduled { .. }
            | Self::Arrived
            | Self::Accepted
            | Self::Resumed { .. }
            | Self::Urged
            | Self::PhotosAnnounced { .. }
            | Self::ConsentRevoked
            | Self::ContactSet
            | Self::ContactErased
            | Self::CalendarChanged { .. }
            | Self::Reminded(_) => None,
        }
    }

    /// The stable code of its text.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::EnteredLate { .. } => "entered_late",
            Self::Triaged { .. } => "triaged",
            Self::PublicationChanged { .. } => "publication_changed",
            Self::PhotoArrived { .. } => "photo_arrived",
            Self::Assigned { .. } => "assigned",
            Self::Accepted => "accepted",
            Self::Noted { .. } => "noted",
            Self::Returned { .. } => "returned",
            Self::Escalated { .. } => "escalated",
            Self::Held { .. } => "held",
            Self::HandedDown { .. } => "handed_down",
            Self::Proposed { .. } => "proposed",
            Self::Declined { .. } => "declined",
            Self::Extended { .. } => "extended",
            Self::HoldReviewed { .. } => "hold_reviewed",
            Self::Resumed { .. } => "resumed",
            Self::Involved { .. } => "involved",
            Self::PartFinished { .. } => "part_finished",
            Self::Released { .. } => "released",
            Self::Split { .. } => "split",
            Self::SupervisionOrdered { .. } => "supervision_ordered",
            Self::Directed { .. } => "directed",
            Self::SignedOff { .. } => "signed_off",
            Self::VisitScheduled { .. } => "visit_scheduled",
            Self::Arrived => "arrived",
            Self::Secured { .. } => "secured",
            Self::Resolved { .. } => "resolved",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
            Self::Refused { .. } => "refused",
            Self::Merged { .. } => "merged",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Replied { .. } => "replied",
            Self::Urged => "urged",
            Self::Corrected { .. } => "corrected",
            Self::PhotosAnnounced { .. } => "photos_announced",
            Self::ConsentRevoked => "consent_revoked",
            Self::Confirmed { .. } => "confirmed",
            Self::Objected { .. } => "objected",
            Self::ContactSet => "contact_set",
            Self::ContactErased => "contact_erased",
            Self::Reminded(_) => "reminded",
            Self::CalendarChanged { .. } => "calendar_changed",
        }
    }
}

/// One entry of a case's history.
pub type Event = Recorded<EventKind>;
