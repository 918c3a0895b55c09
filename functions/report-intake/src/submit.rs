//! `POST /v1/reports`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use zhitiao_domain::case::Case;
use zhitiao_domain::case::report::{Channel, PhotoGrant};
use zhitiao_edge::report::{
    self, ReceiptView, ReportBody, ReportFields, UploadView, count_accepted,
};
use zhitiao_edge::{IdempotencyKey, JsonBody, Language, Problem};
use zhitiao_photos::PhotoKey;
use zhitiao_runtime::telemetry::about_case;
use zhitiao_store::{Accepted, Submission};

use crate::Intake;

/// Submit a report.
///
/// The caller does not sign in. A repetition under the same key registers nothing new: the answer is then 200 with the
/// same number and token, and fresh upload grants. A photo that was refused may then have another type and length. There
/// are no fresh grants once the case has ended, or three days after the report; `uploads_closed` says so.
#[utoipa::path(
    post,
    path = "/v1/reports",
    tag = "residents",
    params(("Idempotency-Key" = String, Header, description = "A UUID, one per report; repeat the request under the same key.")),
    request_body = ReportBody,
    responses(
        (status = 201, description = "The report is registered.", body = ReceiptView),
        (status = 200, description = "The report was registered before under this key.", body = ReceiptView),
    )
)]
pub(crate) async fn submit_report(
    State(intake): State<Arc<Intake>>,
    Language(lang): Language,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<ReceiptView>), Problem> {
    let rules = intake.rules().await?;
    let (fingerprint, whole_fingerprint) = report::fingerprints(&body);
    let asked = body.read(|f| ReportFields::read(f, &rules))?;

    let now = intake.clock.now();
    let report = asked.received(now, Channel::Web);
    let submission = Submission {
        tenant: &intake.district,
        scope: "POST /v1/reports",
        key: &key.0.to_string(),
        fingerprint,
        whole_fingerprint,
        report,
        category: asked.category,
        token_version: intake.tracking.current_version(),
        contact: asked.contact,
        late: None,
    };
    let (status, case) = match intake.cases.accept(submission, &rules).await? {
        Accepted::New(case) => (StatusCode::CREATED, case),
        Accepted::Replay(case) => (StatusCode::OK, case),
        Accepted::KeyReused => return Err(Problem::unprocessable("idempotency_key_reused")),
    };
    about_case(case.id);
    if status == StatusCode::CREATED {
        count_accepted(case.report.channel);
    }

    let token = intake
        .tracking
        .token(case.id, case.token_version)
        .map(|token| token.as_str().to_owned())
        .unwrap_or_default();
    let uploads = match case.uploads_closed(now) {
        Some(closed) => Err(closed),
        None => Ok(intake.uploads(&case, &asked.photos).await?),
    };
    Ok((status, Json(ReceiptView::new(&case, token, uploads, lang))))
}

impl Intake {
    /// One upload grant per announced photo; signing needs no request.
    async fn uploads(
        &self,
        case: &Case,
        photos: &[PhotoGrant],
    ) -> Result<Vec<UploadView>, Problem> {
        let mut uploads = Vec::with_capacity(photos.len());
        for (number, photo) in (0_u8..).zip(photos) {
            let key = PhotoKey {
                tenant: case.tenant.clone(),
                case_id: case.id,
                n: number,
            };
            let grant = self
                .photos
                .grant(&key, photo.content_type, photo.bytes)
                .await?;
            uploads.push(UploadView {
                number,
                method: grant.method,
                url: grant.url,
                headers: grant.headers,
                expires_in_seconds: grant.expires_in_seconds,
            });
        }
        Ok(uploads)
    }
}
