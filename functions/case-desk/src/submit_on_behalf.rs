//! `POST /v1/desk/reports`: paper slips, phone calls and QQ messages, entered for a resident.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use zhitiao_app::report::{self, ReportBody};
use zhitiao_app::{IntakeRequest, NewReport, OnBehalfOf, places};
use zhitiao_domain::case::late_entry::may_have_come_in;
use zhitiao_domain::case::report::Channel;
use zhitiao_domain::case::rights;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::limits::REASON_CHARS;
use zhitiao_edge::{
    FieldErrors, Fields, IdempotencyKey, JsonBody, Language, Problem, ProblemBody, StaffCaller,
    body, idempotency,
};
use zhitiao_views::ReceiptView;

use crate::Desk;

body! {
    /// A report with the way by which it came in.
    pub(crate) struct ReportOnBehalfBody with (rules: &Rulebook, now: Timestamp) {
        /// `paper_slip`, `phone` or `qq`.
        #[example("paper_slip")]
        channel: Channel = required parsed(staffed_channel),
        ..late: Option<(Timestamp, String)> = LateBody::late(now),
        ..report: NewReport = ReportBody::report(rules),
    }
}

body! {
    /// When a report came in and why it is entered only now.
    struct LateBody {
        /// When the slip, call or message came in, when that was earlier: within the last 7 days. What the resident is
        /// promised counts from then.
        #[example("2026-11-21T10:30:00+08:00")]
        received_at: Option<Timestamp> = optional moment(),
        /// With `received_at`: why it was not entered at once. Staff only read it.
        #[example("周末意见箱里的纸条，周一录入")]
        reason: Option<String> = optional text(1..=REASON_CHARS),
    }
}

/// The channels that staff enter; the others come in by themselves.
fn staffed_channel(name: &str) -> Result<Channel, ()> {
    match name {
        "paper_slip" => Ok(Channel::PaperSlip),
        "phone" => Ok(Channel::Phone),
        "qq" => Ok(Channel::Qq),
        _ => Err(()),
    }
}

impl LateBody {
    /// Nothing for a report that comes in now.
    fn late(f: &mut Fields, now: Timestamp) -> Result<Option<(Timestamp, String)>, FieldErrors> {
        let Self {
            received_at,
            reason,
        } = Self::read(f)?;
        match (received_at, reason) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(f.refuse("reason", "only_with_received_at")),
            (Some(_), None) => Err(f.refuse("reason", "required")),
            (Some(at), Some(_)) if !may_have_come_in(at, now) => {
                Err(f.refuse("received_at", "received_out_of_range"))
            }
            (Some(at), Some(reason)) => Ok(Some((at, reason))),
        }
    }
}

/// File a report for a resident who used a paper slip, the telephone or QQ.
#[utoipa::path(post, path = "/v1/desk/reports", tag = "staff", security(("staff" = [])),
    params(("Idempotency-Key" = String, Header, description = "A UUID; repeat the request under the same key.")),
    request_body = ReportOnBehalfBody,
    responses(
        (status = 201, description = "The report is registered; number and token are for the resident.", body = ReceiptView),
        (status = 200, description = "The report was registered before under this key.", body = ReceiptView),
        (status = 403, description = "Your posts do not cover this community.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn submit_report_on_behalf(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<ReceiptView>), Problem> {
    let session = desk.session(caller).await?;
    let now = desk.clock.now();
    let fingerprints = report::fingerprints(&body);
    let entered = body.read(|f| ReportOnBehalfBody::read(f, &session.rules, now))?;
    let community = &entered.report.place.community;
    if !rights::may_submit_on_behalf(&session.rules.org, &session.staff, community) {
        return Err(Problem::forbidden());
    }
    let report = places::complete(&desk.directory, &session.district, entered.report).await?;

    let request = IntakeRequest {
        district: &session.district,
        scope: &format!("POST /v1/desk/reports {}", session.staff.id),
        key: &key.0.to_string(),
        fingerprints,
        report,
        channel: entered.channel,
        on_behalf_of: Some(OnBehalfOf {
            by: session.staff.id.clone(),
            late: entered.late,
        }),
    };
    let receipt = desk.intake.accept(request, &session.rules, now).await?;
    Ok((
        idempotency::status(receipt.is_new),
        Json(receipt.view(lang)),
    ))
}
