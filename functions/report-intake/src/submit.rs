//! `POST /v1/reports`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use zhitiao_app::IntakeRequest;
use zhitiao_app::report::{self, ReportBody};
use zhitiao_domain::case::report::Channel;
use zhitiao_edge::{IdempotencyKey, JsonBody, Language, Problem, idempotency};
use zhitiao_views::ReceiptView;

use crate::PublicEntry;

/// Submit a report.
///
/// The caller does not sign in. A repetition under the same key registers nothing new: the answer is then 200 with the
/// same number and token, and fresh upload grants. A photo that was refused may then have another type and length.
/// There are no fresh grants once the case has ended, or three days after the report; `uploads_closed` says so.
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
    State(entry): State<Arc<PublicEntry>>,
    Language(lang): Language,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<ReceiptView>), Problem> {
    let rules = entry.district.rules().await?;
    let fingerprints = report::fingerprints(&body);
    let report = body.read(|f| ReportBody::report(f, &rules))?;
    let request = IntakeRequest {
        district: entry.district.id(),
        scope: "POST /v1/reports",
        key: &key.0.to_string(),
        fingerprints,
        report: entry.district.at_place(report).await?,
        channel: Channel::Web,
        on_behalf_of: None,
    };
    let now = entry.district.now();
    let receipt = entry.intake.accept(request, &rules, now).await?;
    Ok((
        idempotency::status(receipt.is_new),
        Json(receipt.view(lang)),
    ))
}
