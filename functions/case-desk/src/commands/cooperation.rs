//! Several hands: helping units, parts, visits, and danger put out of the way.

use jiff::Timestamp;
use zhitiao_domain::case::cooperation::Part;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::policy::PARTS;
use zhitiao_domain::kernel::ids::{CategoryId, UnitId};
use zhitiao_domain::kernel::limits::REASON_CHARS;
use zhitiao_edge::body;
use zhitiao_edge::body::EmptyBody;

use super::ReasonBody;

command!(
    /// Involve another department or team as a helper. The unit that has the case leads.
    involve_unit, "/v1/desk/cases/{number}/involve", HelpingUnitBody,
    |body| Command::Involve { unit: body.unit, reason: body.reason }
);
command!(
    /// Record that your unit, as a helping unit, has finished its part.
    finish_part, "/v1/desk/cases/{number}/finish-part", ReasonBody, |body| Command::FinishPart { reason: body.reason }
);
command!(
    /// Release a helping unit.
    release_unit, "/v1/desk/cases/{number}/release", HelpingUnitBody,
    |body| Command::Release { unit: body.unit, reason: body.reason }
);
command!(
    /// Split the case into parts that units handle separately. The resident gets one answer.
    split_case, "/v1/desk/cases/{number}/split", SplitBody
);
command!(
    /// Record a visit that was agreed with the resident.
    schedule_visit, "/v1/desk/cases/{number}/visit", VisitBody
);
command!(
    /// Record that you have arrived at the place.
    arrive, "/v1/desk/cases/{number}/arrive", EmptyBody, |_| Command::Arrive
);
command!(
    /// Record that the danger is removed. The repair may follow.
    secure_case, "/v1/desk/cases/{number}/secure", ReasonBody, |body| Command::Secure { reason: body.reason }
);

body! {
    /// A unit, and why.
    pub(crate) struct HelpingUnitBody {
        /// A department, or a team of the case's subdistrict.
        #[example("housing")]
        unit: UnitId = required parsed(UnitId::parse),
        /// Why. The public timeline may show it: write no names and no telephone numbers.
        reason: String = required text(1..=REASON_CHARS),
    }
}

body! {
    /// The parts.
    pub(crate) struct SplitBody => Command::Split {
        /// 2 to 5.
        parts: Vec<Part> = required list(2..=PARTS, object(PartBody::read)),
    }
}

body! {
    /// One part.
    pub(crate) struct PartBody => Part {
        /// What is to be done.
        text: String = required text(1..=REASON_CHARS),
        /// From `GET /v1/categories`.
        category: CategoryId = required parsed(CategoryId::parse),
    }
}

body! {
    /// A slot.
    pub(crate) struct VisitBody => Command::ScheduleVisit {
        /// The start of the visit.
        #[example("2026-12-01T09:00:00+08:00")]
        from: Timestamp = required moment(),
        /// The end of the visit, at most 12 hours after the start.
        #[example("2026-12-01T11:00:00+08:00")]
        to: Timestamp = required moment(),
    }
}
