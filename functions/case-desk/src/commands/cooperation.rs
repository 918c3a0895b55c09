//! Several hands: helping units, parts, visits, and danger put out of the way.

use std::sync::Arc;

use axum::extract::State;
use utoipa::ToSchema;
use zhitiao_domain::case::cooperation::Part;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::policy::PARTS;
use zhitiao_domain::kernel::ids::{CategoryId, UnitId};
use zhitiao_domain::kernel::limits::REASON_CHARS;
use zhitiao_edge::{
    Field, FieldErrors, Fields, IdempotencyKey, IfMatch, JsonBody, Language, NumberInPath,
    StaffCaller,
};

use super::{Answer, CommandRequest, EmptyBody, ReasonBody, reason};
use crate::Desk;
use crate::case_view::CaseView;

command!(
    /// Involve another department or team as a helper. The unit that has the case leads.
    involve_unit, "/v1/desk/cases/{number}/involve", HelpingUnitBody, involve
);
command!(
    /// Record that your unit, as a helping unit, has finished its part.
    finish_part, "/v1/desk/cases/{number}/finish-part", ReasonBody, |f| Ok(Command::FinishPart { reason: reason(f)? })
);
command!(
    /// Release a helping unit.
    release_unit, "/v1/desk/cases/{number}/release", HelpingUnitBody, release
);
command!(
    /// Split the case into parts that units handle separately. The resident gets one answer.
    split_case, "/v1/desk/cases/{number}/split", SplitBody, split
);
command!(
    /// Record a visit that was agreed with the resident.
    schedule_visit, "/v1/desk/cases/{number}/visit", VisitBody, visit
);
command!(
    /// Record that you have arrived at the place.
    arrive, "/v1/desk/cases/{number}/arrive", EmptyBody, |_| Ok(Command::Arrive)
);
command!(
    /// Record that the danger is removed. The repair may follow.
    secure_case, "/v1/desk/cases/{number}/secure", ReasonBody, |f| Ok(Command::Secure { reason: reason(f)? })
);

fn involve(f: &mut Fields) -> Result<Command, FieldErrors> {
    let unit = f.required("unit", |v| v.parsed(UnitId::parse));
    let reason = reason(f);
    Ok(Command::Involve {
        unit: unit?,
        reason: reason?,
    })
}

fn release(f: &mut Fields) -> Result<Command, FieldErrors> {
    let unit = f.required("unit", |v| v.parsed(UnitId::parse));
    let reason = reason(f);
    Ok(Command::Release {
        unit: unit?,
        reason: reason?,
    })
}

fn split(f: &mut Fields) -> Result<Command, FieldErrors> {
    let parts = f.required("parts", |v| v.list(2..=PARTS, |v| v.object(part)));
    Ok(Command::Split { parts: parts? })
}

fn part(f: &mut Fields) -> Result<Part, FieldErrors> {
    let text = f.required("text", |v: Field| v.text(1..=REASON_CHARS));
    let category = f.required("category", |v| v.parsed(CategoryId::parse));
    Ok(Part {
        text: text?,
        category: category?,
    })
}

fn visit(f: &mut Fields) -> Result<Command, FieldErrors> {
    let from = f.required("from", Field::moment);
    let to = f.required("to", Field::moment);
    Ok(Command::ScheduleVisit {
        from: from?,
        to: to?,
    })
}

/// A unit, and why.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the wire; `involve` and `release` read it"
)]
pub(crate) struct HelpingUnitBody {
    /// A department, or a team of the case's subdistrict.
    #[schema(example = "housing")]
    unit: String,
    /// Why. The public timeline may show it: write no names and no telephone numbers.
    #[schema(max_length = 1000)]
    reason: String,
}

/// The parts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `split` reads it")]
pub(crate) struct SplitBody {
    /// 2 to 5.
    parts: Vec<PartBody>,
}

/// One part.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `part` reads it")]
pub(crate) struct PartBody {
    /// What is to be done.
    #[schema(max_length = 1000)]
    text: String,
    /// From `GET /v1/categories`.
    category: String,
}

/// A slot.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `visit` reads it")]
pub(crate) struct VisitBody {
    /// The start of the visit.
    #[schema(example = "2026-12-01T09:00:00+08:00")]
    from: String,
    /// The end of the visit, at most 12 hours after the start.
    #[schema(example = "2026-12-01T11:00:00+08:00")]
    to: String,
}
