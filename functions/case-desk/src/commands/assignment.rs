//! Dealing out: triage, assignment, return, escalation and back, refusal, merging.

use std::collections::BTreeSet;

use zhitiao_domain::case::NoteTo;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::refused::RefusalReason;
use zhitiao_domain::kernel::ids::{CaseId, CaseNumber, CategoryId, StaffId, UnitId};
use zhitiao_domain::kernel::limits::{REASON_CHARS, TEXT_CHARS, TITLE_CHARS};
use zhitiao_edge::body;
use zhitiao_edge::body::EmptyBody;

use super::ReasonBody;

command!(
    /// Set the category and decide whether the case goes on the public board.
    triage_case, "/v1/desk/cases/{number}/triage", TriageBody
);
command!(
    /// Assign the case to a unit.
    assign_case, "/v1/desk/cases/{number}/assign", AssignBody
);
command!(
    /// Accept the case for your unit.
    accept_case, "/v1/desk/cases/{number}/accept", EmptyBody, |_| Command::Accept
);
command!(
    /// Write a note to the resident or to colleagues.
    add_note, "/v1/desk/cases/{number}/notes", NoteBody
);
command!(
    /// Return the case to the desk within the return window.
    return_case, "/v1/desk/cases/{number}/return", ReasonBody, |body| Command::Return { reason: body.reason }
);
command!(
    /// Escalate the case one level up. The promise to the resident does not move.
    escalate_case, "/v1/desk/cases/{number}/escalate", EscalateBody
);
command!(
    /// Hand the case back to a lower unit that had it before. The promise to the resident does not move.
    hand_down_case, "/v1/desk/cases/{number}/hand-down", HandDownBody
);
command!(
    /// Refuse a case that is out of the service's scope.
    refuse_case, "/v1/desk/cases/{number}/refuse", RefuseBody
);
command!(
    /// Merge the case into another one that stays open.
    merge_case, "/v1/desk/cases/{number}/merge", MergeBody
);

body! {
    /// Why the case is out of the service's scope.
    pub(crate) struct RefuseBody => Command::Refuse {
        /// The sentence that the resident reads.
        reason: String = required text(1..=REASON_CHARS),
        /// `not_public`, `private_dispute`, `other_authority`, `duplicate`, `not_found` or `no_law`.
        #[example("private_dispute")]
        code: RefusalReason = required one_of(),
        /// With `other_authority`: which; the resident reads it.
        #[example("市交通运输局，电话 12328")]
        authority: Option<String> = optional line(1..=TITLE_CHARS),
    }
}

body! {
    /// Category and publication.
    pub(crate) struct TriageBody => Command::Triage {
        /// From `GET /v1/categories`.
        #[example("manhole-cover")]
        category: CategoryId = required parsed(CategoryId::parse),
        /// Whether the case goes on the public board; needs the reporter's consent.
        publish: bool = required boolean(),
        /// The numbers of the photos that everyone sees. When left out: those that were public, and the reporter's
        /// photos that are ready on the version that you saw and that were never held back.
        photos: Option<BTreeSet<u8>> = optional list(0..=usize::from(u8::MAX), integer(0..=u8::MAX)),
        /// Needed when the category changes the promised date; the resident reads it.
        reason: Option<String> = optional text(1..=REASON_CHARS),
    }
}

body! {
    /// The unit that gets the case.
    pub(crate) struct AssignBody => Command::Assign {
        /// A department, the case's community or subdistrict, or one of its teams.
        #[example("xianggang-huayuan")]
        unit: UnitId = required parsed(UnitId::parse),
        /// A person in that unit.
        person: Option<StaffId> = optional parsed(StaffId::parse),
        /// Whether the place is hard to find; the return window is then longer.
        hard: bool = optional boolean() or false,
        /// Why; public.
        reason: Option<String> = optional text(1..=REASON_CHARS),
    }
}

body! {
    /// A note.
    pub(crate) struct NoteBody => Command::Note {
        /// Up to 4,000 characters.
        text: String = required text(1..=TEXT_CHARS),
        /// `resident` (and the board, when the case is public) or `internal`.
        #[example("resident")]
        to: NoteTo = required one_of(),
    }
}

body! {
    /// Where to, and why.
    pub(crate) struct EscalateBody => Command::Escalate {
        /// A department, when the case is with a subdistrict; the category's department when left out.
        to: Option<UnitId> = optional parsed(UnitId::parse),
        /// Why; the resident reads it.
        reason: String = required text(1..=REASON_CHARS),
    }
}

body! {
    /// The receiving unit and the result so far.
    pub(crate) struct HandDownBody => Command::HandDown {
        /// A unit below that had the case, or the case's community.
        to: UnitId = required parsed(UnitId::parse),
        /// The result so far and the work that is left; the resident reads it.
        reason: String = required text(1..=REASON_CHARS),
    }
}

body! {
    /// The case that stays open, and the reason.
    pub(crate) struct MergeBody => Command::Merge {
        /// The number of the other case.
        #[example(CaseNumber::EXAMPLE)]
        into: CaseId = required parsed(|text| CaseNumber::parse(text).map(|number| number.id())),
        /// Why; the resident reads it.
        reason: String = required text(1..=REASON_CHARS),
    }
}
