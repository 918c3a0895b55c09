//! Dealing out: triage, assignment, return, escalation and back, refusal, merging.

use std::sync::Arc;

use axum::extract::State;
use utoipa::ToSchema;
use zhitiao_domain::case::NoteTo;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::kernel::ids::{CaseNumber, CategoryId, StaffId, UnitId};
use zhitiao_domain::kernel::limits::TEXT_CHARS;
use zhitiao_edge::{
    Field, FieldErrors, Fields, IdempotencyKey, IfMatch, JsonBody, Language, NumberInPath,
    StaffCaller,
};

use super::publication::photo_numbers;
use super::{Answer, CommandRequest, EmptyBody, ReasonBody, optional_reason, reason};
use crate::Desk;
use crate::case_view::CaseView;

command!(
    /// Set the category and decide whether the case goes on the public board.
    triage_case, "/v1/desk/cases/{number}/triage", TriageBody, triage
);
command!(
    /// Assign the case to a unit.
    assign_case, "/v1/desk/cases/{number}/assign", AssignBody, assign
);
command!(
    /// Accept the case for your unit.
    accept_case, "/v1/desk/cases/{number}/accept", EmptyBody, |_| Ok(Command::Accept)
);
command!(
    /// Write a note to the resident or to colleagues.
    add_note, "/v1/desk/cases/{number}/notes", NoteBody, note
);
command!(
    /// Return the case to the desk within the return window.
    return_case, "/v1/desk/cases/{number}/return", ReasonBody, |f| Ok(Command::Return { reason: reason(f)? })
);
command!(
    /// Escalate the case one level up. The promise to the resident does not move.
    escalate_case, "/v1/desk/cases/{number}/escalate", EscalateBody, escalate
);
command!(
    /// Hand the case back to a lower unit that had it before. The promise to the resident does not move.
    hand_down_case, "/v1/desk/cases/{number}/hand-down", HandDownBody, hand_down
);
command!(
    /// Refuse a case that is out of the service's scope.
    refuse_case, "/v1/desk/cases/{number}/refuse", ReasonBody, |f| Ok(Command::Refuse { reason: reason(f)? })
);
command!(
    /// Merge the case into another one that stays open.
    merge_case, "/v1/desk/cases/{number}/merge", MergeBody, merge
);

fn triage(f: &mut Fields) -> Result<Command, FieldErrors> {
    let category = f.required("category", |v| v.parsed(CategoryId::parse));
    let publish = f.required("publish", Field::boolean);
    let photos = photo_numbers(f, "photos");
    let reason = optional_reason(f);
    Ok(Command::Triage {
        category: category?,
        publish: publish?,
        photos: photos?,
        reason: reason?,
    })
}

fn assign(f: &mut Fields) -> Result<Command, FieldErrors> {
    let unit = f.required("unit", |v| v.parsed(UnitId::parse));
    let person = f.optional("person", |v| v.parsed(StaffId::parse));
    let hard = f.optional("hard", Field::boolean);
    let reason = optional_reason(f);
    Ok(Command::Assign {
        unit: unit?,
        person: person?,
        hard: hard?.unwrap_or_default(),
        reason: reason?,
    })
}

fn note(f: &mut Fields) -> Result<Command, FieldErrors> {
    let text = f.required("text", |v| v.text(1..=TEXT_CHARS));
    let to = f.required("to", Field::one_of::<NoteTo>);
    Ok(Command::Note {
        text: text?,
        to: to?,
    })
}

fn escalate(f: &mut Fields) -> Result<Command, FieldErrors> {
    let to = f.optional("to", |v| v.parsed(UnitId::parse));
    let reason = reason(f);
    Ok(Command::Escalate {
        to: to?,
        reason: reason?,
    })
}

fn hand_down(f: &mut Fields) -> Result<Command, FieldErrors> {
    let to = f.required("to", |v| v.parsed(UnitId::parse));
    let reason = reason(f);
    Ok(Command::HandDown {
        to: to?,
        reason: reason?,
    })
}

fn merge(f: &mut Fields) -> Result<Command, FieldErrors> {
    let into = f.required("into", |v| v.parsed(CaseNumber::parse));
    let reason = reason(f);
    Ok(Command::Merge {
        into: into?.id(),
        reason: reason?,
    })
}

/// Category and publication.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `triage` reads it")]
pub(crate) struct TriageBody {
    /// From `GET /v1/categories`.
    #[schema(example = "manhole-cover")]
    category: String,
    /// Whether the case goes on the public board; needs the reporter's consent.
    publish: bool,
    /// The numbers of the photos that everyone sees. When left out: those that were public, and the reporter's photos
    /// that are ready on the version that you saw and that were never held back.
    photos: Option<Vec<u8>>,
    /// Needed when the category changes the promised date; the resident reads it.
    reason: Option<String>,
}

/// The unit that gets the case.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `assign` reads it")]
pub(crate) struct AssignBody {
    /// A department, the case's community or subdistrict, or one of its teams.
    #[schema(example = "xianggang-huayuan")]
    unit: String,
    /// A person in that unit.
    person: Option<String>,
    /// Whether the place is hard to find; the return window is then longer.
    hard: Option<bool>,
    /// Why; public.
    reason: Option<String>,
}

/// A note.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `note` reads it")]
pub(crate) struct NoteBody {
    /// Up to 4,000 characters.
    #[schema(max_length = 4000)]
    text: String,
    /// `resident` (and the board, when the case is public) or `internal`.
    #[schema(example = "resident")]
    to: String,
}

/// Where to, and why.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `escalate` reads it")]
pub(crate) struct EscalateBody {
    /// A department, when the case is with a subdistrict; the category's department when left out.
    to: Option<String>,
    /// Why; the resident reads it.
    #[schema(max_length = 1000)]
    reason: String,
}

/// The receiving unit and the result so far.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `hand_down` reads it")]
pub(crate) struct HandDownBody {
    /// A unit below that had the case, or the case's community.
    to: String,
    /// The result so far and the work that is left; the resident reads it.
    #[schema(max_length = 1000)]
    reason: String,
}

/// The case that stays open, and the reason.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `merge` reads it")]
pub(crate) struct MergeBody {
    /// The number of the other case.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    into: String,
    /// Why; the resident reads it.
    #[schema(max_length = 1000)]
    reason: String,
}
