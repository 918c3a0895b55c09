//! `POST /v1/desk/reports`: paper slips, phone calls and QQ messages, entered for a resident.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use utoipa::ToSchema;
use zhitiao_domain::case::Case;
use zhitiao_domain::case::late_entry::{LateEntry, may_have_come_in};
use zhitiao_domain::case::report::{Channel, PhotoGrant, Report};
use zhitiao_domain::case::rights;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::StaffId;
use zhitiao_domain::kernel::limits::REASON_CHARS;
use zhitiao_edge::report::{
    self, ReceiptView, ReportBody, ReportFields, UploadView, count_accepted,
};
use zhitiao_edge::{
    Field, FieldErrors, Fields, IdempotencyKey, JsonBody, Language, Problem, ProblemBody,
    StaffCaller,
};
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
    /// When the slip, call or message came in, when that was earlier: within the last 7 days. What the resident is
    /// promised counts from then.
    #[schema(example = "2026-11-21T10:30:00+08:00")]
    received_at: Option<String>,
    /// With `received_at`: why it was not entered at once. Staff only read it.
    #[schema(max_length = 1000, example = "周末意见箱里的纸条，周一录入")]
    reason: Option<String>,
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

/// A report that staff enter, with the way by which it came in, and when and why it is entered only now.
struct Filed {
    channel: Channel,
    late: Option<(Timestamp, String)>,
    asked: ReportFields,
}

impl Filed {
    fn read(f: &mut Fields, rules: &Rulebook, now: Timestamp) -> Result<Self, FieldErrors> {
        let channel = f.required("channel", |v| v.parsed(staffed_channel));
        let late = late(f, now);
        let asked = ReportFields::read(f, rules);
        Ok(Self {
            channel: channel?,
            late: late?,
            asked: asked?,
        })
    }

    fn report(&self, by: &StaffId, now: Timestamp) -> Report {
        let received_at = self.late.as_ref().map_or(now, |(at, _)| *at);
        Report {
            on_behalf_by: Some(by.clone()),
            ..self.asked.received(received_at, self.channel)
        }
    }

    fn late_entry(&self, by: &StaffId, now: Timestamp) -> Option<LateEntry> {
        let (_, reason) = self.late.as_ref()?;
        Some(LateEntry {
            at: now,
            by: by.clone(),
            unit: self.asked.community().clone(),
            reason: reason.clone(),
        })
    }
}

/// When a report came in and why it is entered only now; nothing for one that comes in now.
fn late(f: &mut Fields, now: Timestamp) -> Result<Option<(Timestamp, String)>, FieldErrors> {
    let received_at = f.optional("received_at", Field::moment);
    let reason = f.optional("reason", |v| v.text(1..=REASON_CHARS));
    match (received_at?, reason?) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(f.refuse("reason", "only_with_received_at")),
        (Some(_), None) => Err(f.refuse("reason", "required")),
        (Some(at), Some(_)) if !may_have_come_in(at, now) => {
            Err(f.refuse("received_at", "received_out_of_range"))
        }
        (Some(at), Some(reason)) => Ok(Some((at, reason))),
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
    let (fingerprint, whole_fingerprint) = report::fingerprints(&body);
    let now = desk.clock.now();
    let filed = body.read(|f| Filed::read(f, &session.rules, now))?;
    if !rights::may_submit_on_behalf(&session.rules.org, &session.staff, filed.asked.community()) {
        return Err(Problem::forbidden());
    }

    let submission = Submission {
        tenant: &session.tenant,
        scope: &format!("POST /v1/desk/reports {}", session.staff.id),
        key: &key.0.to_string(),
        fingerprint,
        whole_fingerprint,
        report: filed.report(&session.staff.id, now),
        late: filed.late_entry(&session.staff.id, now),
        category: filed.asked.category,
        token_version: desk.tracking.current_version(),
        contact: filed.asked.contact,
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
    let uploads = match case.uploads_closed(now) {
        Some(closed) => Err(closed),
        None => Ok(desk.uploads(&case, &filed.asked.photos).await?),
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
    /// One upload grant per announced photo.
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
