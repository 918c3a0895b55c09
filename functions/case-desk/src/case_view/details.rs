//! The parts of a case's view that most cases have none of.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_app::StaffSession;
use zhitiao_app::execute::load_parts;
use zhitiao_domain::case::Case;
use zhitiao_domain::case::cooperation::{CoHandler, Visit};
use zhitiao_domain::case::hold::{Hold, HoldReason};
use zhitiao_domain::case::proposal::{Ask, Matter, Proposal};
use zhitiao_domain::case::report::Point;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::State as CaseState;
use zhitiao_domain::case::statements::order_statement;
use zhitiao_domain::case::supervision::{Supervision, sha256_hex};
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::kernel::deadline::ClockSpec;
use zhitiao_domain::kernel::ids::CaseId;
use zhitiao_domain::kernel::org::OrgChart;
use zhitiao_edge::Problem;
use zhitiao_store::CasePage;
use zhitiao_views::{PhotoView, local_time};

use crate::Desk;

/// A photo as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaffPhotoView {
    #[serde(flatten)]
    pub(super) view: PhotoView,
    /// Where it was taken, degrees, WGS 84; of a reporter's photo only with the reporter's consent.
    #[schema(value_type = Option<Object>)]
    pub(super) point: Option<Point>,
}

/// A request that waits for the decision of a second person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProposalView {
    /// What it is about; to be sent as `matter`.
    #[schema(value_type = String, example = "hold")]
    matter: Matter,
    /// Why.
    reason: String,
    /// The person who requested it; absent when the rules did.
    by: Option<String>,
    /// The unit of that person.
    unit: String,
    /// When.
    at: String,
    /// Of a hold: what is waited for.
    hold: Option<HoldView>,
    /// Of an extension: how much.
    #[schema(value_type = Option<Object>)]
    extension: Option<ClockSpec>,
    /// Of supervision: the words to be signed.
    statement: Option<String>,
    /// Of supervision: their hash, to be sent with the signature.
    sha256: Option<String>,
}

impl ProposalView {
    /// Everything that waits.
    pub(crate) fn all(case: &Case, rules: &Rulebook) -> Vec<Self> {
        let of = |proposal| Self::of(case, proposal, &rules.org);
        case.proposals.iter().map(of).collect()
    }

    fn of(case: &Case, proposal: &Proposal, org: &OrgChart) -> Self {
        let statement =
            matches!(proposal.ask, Ask::Supervision).then(|| order_statement(case, proposal, org));
        Self {
            matter: proposal.ask.matter(),
            reason: proposal.reason.clone(),
            by: proposal.by.as_ref().map(ToString::to_string),
            unit: proposal.unit.to_string(),
            at: local_time(proposal.at),
            hold: match &proposal.ask {
                Ask::Hold(terms) => Some(HoldView {
                    reason: terms.reason,
                    since: None,
                    review_at: local_time(terms.review_at),
                    waits_for: terms.waits_for.as_ref().map(ToString::to_string),
                    budget_line: terms.budget_line.as_ref().map(ToString::to_string),
                }),
                _ => None,
            },
            extension: match &proposal.ask {
                Ask::Extension { by, .. } => Some(*by),
                _ => None,
            },
            sha256: statement.as_deref().map(sha256_hex),
            statement,
        }
    }
}

/// What is waited for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HoldView {
    /// Why.
    #[schema(value_type = String, example = "budget")]
    reason: HoldReason,
    /// Since when; nothing while it is only asked for.
    since: Option<String>,
    /// When the hold must be reviewed.
    review_at: String,
    /// The unit whose answer is waited for.
    waits_for: Option<String>,
    /// The budget line that is waited for.
    budget_line: Option<String>,
}

impl HoldView {
    /// A hold that has begun.
    pub(crate) fn of(hold: &Hold) -> Self {
        Self {
            reason: hold.reason,
            since: Some(local_time(hold.span.from)),
            review_at: local_time(hold.review_at),
            waits_for: hold.waits_for.as_ref().map(ToString::to_string),
            budget_line: hold.budget_line.as_ref().map(ToString::to_string),
        }
    }
}

/// A supervision order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SupervisionView {
    /// When it was signed.
    pub(super) ordered_at: String,
    /// The number of the event; `GET …/documents/{event}` answers the order.
    pub(super) order: u32,
    /// Who signed it.
    pub(super) signed_by: String,
    /// Whether it was signed off.
    pub(super) signed_off: bool,
}

impl SupervisionView {
    pub(super) fn of(order: &Supervision, session: &StaffSession) -> Self {
        Self {
            ordered_at: local_time(order.at),
            order: order.order,
            signed_by: session.name_of(&order.signed_by),
            signed_off: order.signed_off,
        }
    }
}

/// A helping unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CoHandlerView {
    /// The unit.
    unit: String,
    /// Whether it has done its part.
    done: bool,
}

impl CoHandlerView {
    /// The view of one.
    pub(crate) fn of(helper: &CoHandler) -> Self {
        Self {
            unit: helper.unit.to_string(),
            done: helper.done,
        }
    }
}

/// A part of a case that was split.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartView {
    /// Its number.
    number: String,
    /// Where it stands.
    #[schema(value_type = String)]
    state: CaseState,
}

impl Desk {
    /// The parts of a case, in the order of the split.
    pub(crate) async fn part_views(&self, page: &CasePage) -> Result<Vec<PartView>, Problem> {
        let parts = load_parts(&self.cases, page).await?;
        let view = |id: &CaseId| {
            let part = parts.iter().find(|part| part.id == *id)?;
            Some(PartView {
                number: part.id.number().to_string(),
                state: part.state,
            })
        };
        Ok(page.case.children.iter().filter_map(view).collect())
    }
}

/// A visit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VisitView {
    /// The start of the visit.
    from: String,
    /// The end of the visit.
    to: String,
    /// When the visitor arrived.
    arrived_at: Option<String>,
}

impl VisitView {
    /// The view of one.
    pub(crate) fn of(visit: Visit) -> Self {
        Self {
            from: local_time(visit.from),
            to: local_time(visit.to),
            arrived_at: visit.arrived.map(local_time),
        }
    }
}

/// Minutes from receipt to resolution; after a reopening to the last one.
pub(crate) fn minutes_to_fix(case: &Case) -> Option<i64> {
    let done: Timestamp = case.timers.get(ClockKind::Resolve)?.stopped?;
    Some(case.report.at.duration_until(done).as_secs() / 60)
}
