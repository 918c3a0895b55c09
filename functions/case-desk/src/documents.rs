//! `GET /v1/desk/cases/{number}/documents/{event}`: numbered documents, to be printed and signed for on paper.
//!
//! A document is one event of the case, written out: a reminder that became a notice (催办通知书), an order of
//! supervision (督办单), its sign-off (督办销号单). Its number is the case's with the event's, so there is no counter.

mod page;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::header;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Event, EventKind};
use zhitiao_domain::kernel::ids::{CaseNumber, UnitId};
use zhitiao_domain::kernel::ladder::Rung;
use zhitiao_edge::{Language, PathValue, Problem, StaffCaller};
use zhitiao_store::CasePage;

use crate::Desk;

/// A page that runs nothing and loads nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// Read an order, a notice to expedite or a sign-off as a page to print.
#[utoipa::path(get, path = "/v1/desk/cases/{number}/documents/{event}", tag = "staff", security(("staff" = [])),
    params(
        ("number" = String, Path, example = json!(CaseNumber::EXAMPLE)),
        ("event" = u32, Path, description = "The number of the event that the document is about.", example = 12),
    ),
    responses(
        (status = 200, description = "The document.", content_type = "text/html", body = String),
    ))]
pub(crate) async fn read_document(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
    PathValue((number, event)): PathValue<(String, u32)>,
) -> Result<Response, Problem> {
    let number = CaseNumber::parse(&number).map_err(|_| Problem::not_found())?;
    let session = desk.session(caller).await?;
    let page = session.load_readable_case(&desk.cases, number.id()).await?;
    let found = page.events.iter().find(|found| found.number == event);
    let event = found.ok_or_else(Problem::not_found)?;
    let kind = Document::of(event).ok_or_else(Problem::not_found)?;

    let html = page::render(kind, event, &page, &session.rules, lang);
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, Html(html.into_string())).into_response())
}

/// To whom the paper goes: the unit that had the case when the event happened.
fn addressee<'p>(page: &'p CasePage, event: &Event) -> &'p UnitId {
    let given_to = |event: &'p Event| match &event.kind {
        EventKind::Assigned { unit, .. }
        | EventKind::Escalated { unit, .. }
        | EventKind::HandedDown { unit, .. } => Some(Some(unit)),
        EventKind::Returned { .. } | EventKind::Reopened { .. } => Some(None),
        _ => None,
    };
    let until = page
        .events
        .iter()
        .filter(|other| other.number <= event.number);
    let last = until.filter_map(given_to).next_back();
    last.flatten().unwrap_or(&page.case.report.place.community)
}

/// The kinds of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// 催办通知书.
    Notice,
    /// 督办单.
    Order,
    /// 督办销号单.
    SignOff,
}

impl Document {
    /// The document that an event is, when it is one.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        match &event.kind {
            EventKind::Reminded(reminder) => {
                let is_notice = reminder.clock == ClockKind::Resolve
                    && matches!(reminder.rung, Rung::Notice | Rung::Report | Rung::Repeat);
                is_notice.then_some(Self::Notice)
            }
            EventKind::SupervisionOrdered { .. } => Some(Self::Order),
            EventKind::SignedOff { .. } => Some(Self::SignOff),
            _ => None,
        }
    }

    /// The stable code of its texts.
    fn code(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Order => "order",
            Self::SignOff => "sign_off",
        }
    }
}
