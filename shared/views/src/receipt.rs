//! The receipt that a reporter gets, with what it promises and the grants to upload photos.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::case::Case;
use zhitiao_domain::case::promise::Tier;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::kernel::ids::CaseNumber;
use zhitiao_domain::kernel::limits;
use zhitiao_texts::{Lang, fill, text};

use crate::{local_time, spoken_time};

/// The grant to upload one photo by one request, exactly as given.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadView {
    /// The number of the photo in the case.
    pub number: u8,
    /// Always `PUT`.
    pub method: &'static str,
    /// Where to.
    pub url: String,
    /// The headers that must be sent, as signed.
    pub headers: BTreeMap<String, String>,
    /// Seconds for which the grant is valid.
    pub expires_in_seconds: u64,
}

/// What is promised about a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromiseView {
    /// How urgent the case is.
    #[schema(value_type = String, example = "p0")]
    pub tier: Tier,
    /// By when it is to be done, Asia/Shanghai; none while the case is on hold.
    #[schema(example = "2026-11-30T17:30:00+08:00")]
    pub resolve_due_at: Option<String>,
    /// Whether the date lies beyond the published calendar and may still move.
    pub provisional: bool,
}

impl PromiseView {
    /// The promise of a case.
    pub fn of(case: &Case) -> Self {
        let due = case
            .timers
            .get(ClockKind::Resolve)
            .and_then(|timer| timer.due);
        Self {
            tier: case.tier,
            resolve_due_at: due.map(|due| local_time(due.at)),
            provisional: due.is_some_and(|due| due.provisional),
        }
    }
}

/// The receipt: the number, the tracking token, the promise, and one upload grant per photo.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptView {
    /// The number to read, print and dictate.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    pub number: String,
    /// The key to this one case; send it in the header `Tracking-Token`.
    pub tracking_token: String,
    /// When the report was received, Asia/Shanghai.
    pub received_at: String,
    /// The promise.
    pub promise: PromiseView,
    /// What happens next, in the caller's language.
    pub message: String,
    /// One upload grant per announced photo.
    pub uploads: Vec<UploadView>,
    /// Why a repeated report got no new upload grants: `case_ended` or `report_too_old`.
    #[schema(example = "case_ended")]
    pub uploads_closed: Option<&'static str>,
}

impl ReceiptView {
    /// The receipt for a case. `uploads` are the upload grants, or why there are none.
    pub fn new(
        case: &Case,
        tracking_token: String,
        uploads: Result<Vec<UploadView>, &'static str>,
        lang: Lang,
    ) -> Self {
        let uploads_closed = uploads.as_ref().err().copied();
        let closed = uploads_closed
            .and_then(|code| text(&format!("receipt.{code}"), lang))
            .map(|said| fill(said, &[("days", limits::UPLOAD_DAYS.to_string())]));
        // Only English separates sentences by a blank.
        let blank = if lang == Lang::En { " " } else { "" };
        let due = case
            .due_at()
            .map(|at| spoken_time(at, case.report.at, lang))
            .unwrap_or_default();
        let sentence = text("receipt", lang).unwrap_or_default();
        Self {
            number: case.id.number().to_string(),
            tracking_token,
            received_at: local_time(case.report.at),
            promise: PromiseView::of(case),
            message: fill(
                sentence,
                &[("number", case.id.number().to_string()), ("due", due)],
            ) + &closed.map_or_else(String::new, |said| format!("{blank}{said}")),
            uploads: uploads.unwrap_or_default(),
            uploads_closed,
        }
    }
}
