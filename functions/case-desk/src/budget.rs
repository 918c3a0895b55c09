//! Budget lines: `POST /v1/desk/budget-lines/{line}/approve` and `GET /v1/desk/budget-lines/{line}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::case::rights::Right;
use zhitiao_domain::kernel::ids::BudgetLineId;
use zhitiao_domain::kernel::limits::REASON_CHARS;
use zhitiao_edge::{IdempotencyKey, JsonBody, PathValue, Problem, ProblemBody, StaffCaller, body};
use zhitiao_store::case::budget::BudgetApproval;
use zhitiao_views::local_time;

use crate::Desk;

body! {
    /// The words of an approval.
    pub(crate) struct ApprovalBody {
        /// By which document; staff read it.
        #[example("区财〔2026〕41号")]
        reason: String = required text(1..=REASON_CHARS),
    }
}

/// A budget line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BudgetLineView {
    /// Its name.
    #[schema(example = "2026-pipes-07")]
    line: String,
    /// Whether it is approved.
    approved: bool,
    /// When it was.
    approved_at: Option<String>,
    /// By which document.
    reason: Option<String>,
    /// Cases whose hold it has ended so far.
    woken: u32,
    /// Whether holds are still being ended.
    waking: bool,
}

/// Record that a budget line is approved. The service ends the hold of every case that waits for it.
#[utoipa::path(post, path = "/v1/desk/budget-lines/{line}/approve", tag = "staff", security(("staff" = [])),
    params(
        ("line" = String, Path, example = "2026-pipes-07"),
        ("Idempotency-Key" = String, Header, description = "A UUID; repeat the request under the same key."),
    ),
    request_body = ApprovalBody,
    responses(
        (status = 201, description = "The line is approved; the holds end within minutes.", body = BudgetLineView),
        (status = 422, description = "The line was approved before.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn approve_line(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    PathValue(line): PathValue<BudgetLineId>,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<BudgetLineView>), Problem> {
    let command = key.command_id(caller.subject.as_str(), line.as_str(), &body.fingerprint());
    let session = desk.session(caller).await?;
    let unit = session
        .require_district_post(Right::ApproveBudgetLine)?
        .unit
        .clone();
    let approval = BudgetApproval {
        at: desk.clock.now(),
        by: session.staff.id.clone(),
        unit,
        reason: body.read(ApprovalBody::read)?.reason,
        command,
        woken: 0,
        waking: true,
    };
    if desk
        .cases
        .approve_budget(&session.district, &line, &approval)
        .await?
    {
        return Ok((
            StatusCode::CREATED,
            Json(BudgetLineView::of(&line, Some(approval))),
        ));
    }
    let before = desk.cases.budget(&session.district, &line).await?;
    let same = before.filter(|before| before.command == approval.command);
    match same {
        Some(before) => Ok((
            StatusCode::CREATED,
            Json(BudgetLineView::of(&line, Some(before))),
        )),
        None => Err(Problem::unprocessable("budget_line_approved")),
    }
}

/// Read the state of a budget line. `GET /v1/desk/queue?list=holds&budget_line=…` lists the cases that wait for it.
#[utoipa::path(get, path = "/v1/desk/budget-lines/{line}", tag = "staff", security(("staff" = [])),
    params(("line" = String, Path, example = "2026-pipes-07")),
    responses(
        (status = 200, description = "The line.", body = BudgetLineView),
    ))]
pub(crate) async fn read_line(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    PathValue(line): PathValue<BudgetLineId>,
) -> Result<Json<BudgetLineView>, Problem> {
    let session = desk.session(caller).await?;
    session.require_district_post(Right::ViewBudgetLine)?;
    let approval = desk.cases.budget(&session.district, &line).await?;
    Ok(Json(BudgetLineView::of(&line, approval)))
}

impl BudgetLineView {
    fn of(line: &BudgetLineId, approval: Option<BudgetApproval>) -> Self {
        let woken = approval.as_ref().map_or(0, |approval| approval.woken);
        let waking = approval.as_ref().is_some_and(|approval| approval.waking);
        Self {
            line: line.to_string(),
            approved: approval.is_some(),
            approved_at: approval.as_ref().map(|approval| local_time(approval.at)),
            reason: approval.map(|approval| approval.reason),
            woken,
            waking,
        }
    }
}
