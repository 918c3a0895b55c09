//! `POST /v1/desk/reports`: paper slips, phone calls and QQ messages, entered for a resident.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use utoipa::ToSchema;
use zhitiao_domain::case::Case;
use zhitiao_domain::report::{Channel, PhotoGrant};
use zhitiao_domain::rights;
use zhitiao_edge::report::{
    self, ReceiptView, ReportBody, ReportFields, UploadView, count_accepted,
};
use zhitiao_edge::telemetry::about_case;
use zhitiao_edge::{IdempotencyKey, JsonBody, Language, Problem, ProblemBody, StaffCaller};
use zhitiao_store::{Accepted, Submission};

use crate::Desk;

/// A report with the way by which it came in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `read` reads it")]
pub(crate) struct FileBody {
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

/// File a report for a resident.
#[utoipa::path(post, path = "/v1/desk/reports", tag = "staff", security(("staff" = [])),
    params(("Idempotency-Key" = String, Header, description = "A UUID; the same for every repetition.")),
    request_body = FileBody,
    responses(
        (status = 201, description = "Registered; number and token are for the resident.", body = ReceiptView),
        (status = 200, description = "Was registered before.", body = ReceiptView),
        (status = 400, description = "Fields are missing or wrong; all are named.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Your posts do not cover this community.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The key was used before with another body.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn file_report(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<ReceiptView>), Problem> {
    let seat = desk.seat(caller).await?;
    let (fingerprint, whole_fingerprint) = report::fingerprints(&body);
    let (channel, asked) = body.read(|f| {
        let channel = f.required("channel", |v| v.parsed(staffed_channel));
        let asked = ReportFields::read(f, &seat.rules);
        Ok((channel?, asked?))
    })?;
    if !rights::may_file(&seat.rules.org, &seat.staff, asked.community()) {
        return Err(Problem::forbidden());
    }

    let now = desk.clock.now();
    let mut report = asked.received(now, channel);
    report.on_behalf_by = Some(seat.staff.id.clone());
    let submission = Submission {
        tenant: &seat.tenant,
        scope: &format!("POST /v1/desk/reports {}", seat.staff.id),
        key: &key.0.to_string(),
        fingerprint,
        whole_fingerprint,
        report,
        category: asked.category,
        token_version: desk.tracking.current_version(),
        contact: asked.contact,
    };
    let (status, case) = match desk.cases.accept(submission, &seat.rules).await? {
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
    let uploads = match case.uploads_closed(now) {
        Some(closed) => Err(closed),
        None => Ok(desk.uploads(&case, &asked.photos).await?),
    };
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

impl Desk {
    /// One upload permission per announced photo.
    async fn uploads(
        &self,
        case: &Case,
        photos: &[PhotoGrant],
    ) -> Result<Vec<UploadView>, Problem> {
        let mut uploads = Vec::with_capacity(photos.len());
        for (number, photo) in (0_u8..).zip(photos) {
            uploads.push(self.upload(case, number, *photo).await?);
        }
        Ok(uploads)
    }
}
