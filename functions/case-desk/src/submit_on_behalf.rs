//! `POST /v1/desk/reports`: paper slips, phone calls and QQ messages, entered for a resident.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use utoipa::ToSchema;
use zhitiao_domain::case::report::Channel;
use zhitiao_domain::case::rights;
use zhitiao_edge::report::{ReceiptView, ReportBody, ReportFields, count_accepted};
use zhitiao_edge::{IdempotencyKey, JsonBody, Language, Problem, ProblemBody, StaffCaller};
use zhitiao_runtime::telemetry::about_case;
use zhitiao_store::{Accepted, Submission};

use crate::Desk;

/// A report with the way by which it came in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `read` reads it")]
pub(crate) struct ReportOnBehalfBody {
    /// `paper_slip`, `phone` or `qq`.
    #[schema(example = "paper_slip")]
    channel: String,
    #[schema(inline)]
    #[serde(flatten)]
    report: ReportBody,
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
    let fingerprint = body.fingerprint();
    let (channel, asked) = body.read(|f| {
        let channel = f.required("channel", |v| v.parsed(staffed_channel));
        let asked = ReportFields::read(f, &session.rules);
        Ok((channel?, asked?))
    })?;
    if !rights::may_submit_on_behalf(&session.rules.org, &session.staff, asked.community()) {
        return Err(Problem::forbidden());
    }

    let mut report = asked.received(desk.clock.now(), channel);
    report.on_behalf_by = Some(session.staff.id.clone());
    let submission = Submission {
        tenant: &session.tenant,
        scope: &format!("POST /v1/desk/reports {}", session.staff.id),
        key: &key.0.to_string(),
        fingerprint,
        report,
        category: asked.category,
        token_version: desk.tracking.current_version(),
        contact: asked.contact,
    };
    let (status, case) = match desk.cases.accept(submission, &session.rules).await? {
        Accepted::New(case) => (StatusCode::CREATED, case),
        Accepted::Replay(case) => (StatusCode::OK, case),
        Accepted::KeyReused => return Err(Problem::unprocessable("idempotency_key_reused")),
    };
    about_case(case.id);
    if status == StatusCode::CREATED {
        count_accepted(case.report.channel);
    }

    let token = desk
        .tracking
        .token(case.id, case.token_version)
        .map(|token| token.as_str().to_owned());
    let mut uploads = Vec::with_capacity(case.report.photos.len());
    for (number, photo) in (0_u8..).zip(&case.report.photos) {
        uploads.push(desk.upload(&case, number, *photo).await?);
    }
    Ok((
        status,
        Json(ReceiptView::new(
            &case,
            token.unwrap_or_default(),
            uploads,
            lang,
        )),
    ))
}
