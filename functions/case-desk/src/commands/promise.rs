//! What moves the promise: holds and extensions, asked for by one person and granted by another.

use std::sync::Arc;

use axum::extract::State;
use utoipa::ToSchema;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::hold::HoldTerms;
use zhitiao_domain::kernel::deadline::ClockSpec;
use zhitiao_domain::kernel::ids::{BudgetLineId, UnitId};
use zhitiao_edge::{
    Field, FieldErrors, Fields, IdempotencyKey, IfMatch, JsonBody, Language, NumberInPath,
    StaffCaller,
};

use super::{Answer, CommandRequest, EmptyBody, reason};
use crate::Desk;
use crate::case_view::CaseView;

/// The most working days that a person may ask for; the promises say how many a case allows.
const MOST_WORK_DAYS: u32 = 60;

command!(
    /// Request a hold, which stops the promise. A leader at or above your unit must approve it.
    ask_to_hold, "/v1/desk/cases/{number}/hold", HoldBody, hold
);
command!(
    /// Review a hold and continue it. The reviewer must not be the person who requested it.
    review_hold, "/v1/desk/cases/{number}/review", ReviewBody, review
);
command!(
    /// End the hold. The unit whose answer the case waits for may do this too.
    resume_case, "/v1/desk/cases/{number}/resume", EmptyBody, |_| Ok(Command::Resume)
);
command!(
    /// Request more time before the promise falls due.
    ask_to_extend, "/v1/desk/cases/{number}/extend", ExtendBody, extend
);
command!(
    /// Grant a hold or an extension that another person requested.
    approve_proposal, "/v1/desk/cases/{number}/approve", ApproveBody, approve
);
command!(
    /// Decline a hold, an extension or a supervision that another person requested.
    decline_proposal, "/v1/desk/cases/{number}/decline", DeclineBody, decline
);

fn hold(f: &mut Fields) -> Result<Command, FieldErrors> {
    let hold = f.required("hold", Field::one_of);
    let review_at = f.required("review_at", Field::moment);
    let waits_for = f.optional("waits_for", |v| v.parsed(UnitId::parse));
    let budget_line = f.optional("budget_line", |v| v.parsed(BudgetLineId::parse));
    let reason = reason(f);
    Ok(Command::Hold {
        terms: HoldTerms {
            reason: hold?,
            review_at: review_at?,
            waits_for: waits_for?,
            budget_line: budget_line?,
        },
        reason: reason?,
    })
}

fn review(f: &mut Fields) -> Result<Command, FieldErrors> {
    let review_at = f.required("review_at", Field::moment);
    let reason = reason(f);
    Ok(Command::ReviewHold {
        review_at: review_at?,
        reason: reason?,
    })
}

fn extend(f: &mut Fields) -> Result<Command, FieldErrors> {
    let days = f.required("work_days", |v| v.integer(1..=MOST_WORK_DAYS));
    let reason = reason(f);
    Ok(Command::Extend {
        by: ClockSpec::WorkDays(days?),
        reason: reason?,
    })
}

fn approve(f: &mut Fields) -> Result<Command, FieldErrors> {
    let matter = f.required("matter", Field::one_of);
    Ok(Command::Approve { matter: matter? })
}

fn decline(f: &mut Fields) -> Result<Command, FieldErrors> {
    let matter = f.required("matter", Field::one_of);
    let reason = reason(f);
    Ok(Command::Decline {
        matter: matter?,
        reason: reason?,
    })
}

/// What is waited for, until when, and why.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `hold` reads it")]
pub(crate) struct HoldBody {
    /// `budget`, `other_unit`, `resident`, `season` or `legal`.
    #[schema(example = "budget")]
    hold: String,
    /// When the hold must be reviewed: within 30 days, or 5 working days when it waits for the resident. Without a
    /// review the hold ends by itself.
    #[schema(example = "2026-12-20T09:00:00+08:00")]
    review_at: String,
    /// With `other_unit`: the department or team whose answer is waited for.
    waits_for: Option<String>,
    /// With `budget`: the line whose approval is waited for.
    #[schema(example = "2026-pipes-07")]
    budget_line: Option<String>,
    /// Why; public.
    #[schema(max_length = 1000)]
    reason: String,
}

/// The next review and the reason.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `review` reads it")]
pub(crate) struct ReviewBody {
    /// When the hold must be reviewed.
    #[schema(example = "2027-01-15T09:00:00+08:00")]
    review_at: String,
    /// What the review found; public.
    #[schema(max_length = 1000)]
    reason: String,
}

/// How much more time, and why.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `extend` reads it")]
pub(crate) struct ExtendBody {
    /// Working days.
    #[schema(minimum = 1, maximum = 60)]
    work_days: u32,
    /// Why; the resident reads it once it is granted.
    #[schema(max_length = 1000)]
    reason: String,
}

/// What is granted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `approve` reads it")]
pub(crate) struct ApproveBody {
    /// `hold` or `extension`.
    #[schema(example = "hold")]
    matter: String,
}

/// What is not granted, and why.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `decline` reads it")]
pub(crate) struct DeclineBody {
    /// `hold`, `extension` or `supervision`.
    #[schema(example = "extension")]
    matter: String,
    /// Why.
    #[schema(max_length = 1000)]
    reason: String,
}
