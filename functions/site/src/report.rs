//! `GET` and `POST /report`: the form, and what becomes of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use http::header::{ACCEPT, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use uuid::Uuid;
use zhitiao_app::board::row_view;
use zhitiao_app::intake::Fingerprints;
use zhitiao_app::report::ReportBody;
use zhitiao_app::{IntakeRequest, NewReport, Receipt, TrackingToken, report};
use zhitiao_domain::case::danger;
use zhitiao_domain::case::likeness::Reported;
use zhitiao_domain::case::report::Channel;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::place::PlaceCode;
use zhitiao_edge::form::KEY_FIELD;
use zhitiao_edge::{FormBody, Problem, QueryString, body, idempotency};
use zhitiao_pages::form::Filled;
use zhitiao_pages::label;
use zhitiao_texts::Lang;
use zhitiao_views::BoardRowView;

use crate::Site;
use crate::report_form::{ALIKE, Form, ScannedPlace, alike};
use crate::visitor::{Visitor, end_of_draft, remember_sent};

/// The most open cases that are shown as perhaps the same.
const MOST_ALIKE: usize = 3;

body! {
    /// With what a form begins.
    struct FormQuery {
        /// The community.
        community: Option<UnitId> = optional parsed(UnitId::parse),
    }
}

/// A report as a form asks for it.
struct Asked {
    key: Uuid,
    fingerprints: Fingerprints,
    report: NewReport,
}

/// The empty form, under the key of this browser's next report: however often it is sent, and from however many tabs,
/// it makes one case.
pub(crate) async fn form(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    query: QueryString,
) -> Result<impl IntoResponse, Problem> {
    let rules = site.district.rules().await?;
    let FormQuery { community } = query.read(FormQuery::read)?;
    let own = || visitor.community(&rules.org).map(|unit| unit.id.clone());
    let community = community.or_else(own);
    let (key, cookie) = visitor.draft(&site);
    let page = Form {
        filled: Filled::default(),
        key: &key,
        community: community.as_ref().map_or("", UnitId::as_str),
        notice: None,
        place: None,
        alike: &[],
    };
    let frame = site.frame(&visitor, "/report", &rules);
    let lang = visitor.reader.lang;
    let page = frame.page(label("report", lang), &page.content(&rules, lang));
    Ok(([(SET_COOKIE, cookie)], page))
}

/// Accepts the report and leads to its page. What is refused comes back as it was filled in, with every reason; so
/// does, once, what may be the same as an open case.
pub(crate) async fn submit(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    headers: HeaderMap,
    mut form: FormBody,
) -> Result<Response, Problem> {
    let rules = site.district.rules().await?;
    let has_seen = form.take(ALIKE).is_some();
    let outcome = site.accept(&visitor, &form, has_seen, &rules).await;
    let (key, receipt) = match outcome {
        Ok(Outcome::Accepted(key, receipt)) => (key, *receipt),
        Ok(Outcome::Alike(rows)) if wants_json(&headers) => {
            let shown = alike(&rows, visitor.reader.lang).into_string();
            return Ok(Json(json!({ "alike": shown })).into_response());
        }
        Ok(Outcome::Alike(rows)) => return Ok(site.offered(&visitor, &form, &rows, &rules).await),
        Err(problem) if wants_json(&headers) => return Err(problem),
        Err(problem) => return Ok(site.refused(&visitor, &form, &problem, &rules).await),
    };
    let number = receipt.case.id.number();
    let kept = TrackingToken::parse(&receipt.token).map(|token| visitor.keep(&token, &site));
    let over = [end_of_draft(&site), remember_sent(key, &mark(&form), &site)];
    let cookies = kept.into_iter().chain(over);
    let cookies = AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)));
    let answer = if wants_json(&headers) {
        (
            idempotency::status(receipt.is_new),
            Json(receipt.view(visitor.reader.lang)),
        )
            .into_response()
    } else {
        Redirect::to(&format!("/my/{number}?new=1")).into_response()
    };
    Ok((cookies, answer).into_response())
}

/// By what the words of a report are known again.
fn mark(form: &FormBody) -> String {
    let whole = report::fingerprints(&form.clone().into_body()).repeatable;
    let mut first = [0; 16];
    first.copy_from_slice(&whole[..16]);
    format!("{:032x}", u128::from_be_bytes(first))
}

/// Whether the script asks, which goes on by itself.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted == Some("application/json")
}

impl Asked {
    /// The report that a form sends.
    fn read(visitor: &Visitor, form: &FormBody, rules: &Rulebook) -> Result<Self, Problem> {
        let body = form.clone().into_body();
        let fingerprints = report::fingerprints(&body);
        let report = body.read(|f| ReportBody::report(f, rules));
        match (form.key(), report) {
            (Ok(key), Ok(report)) => Ok(Self {
                key: visitor.sent_as(&mark(form)).unwrap_or(key.0),
                fingerprints,
                report,
            }),
            (Err(key), Err(fields)) => {
                let all = [key.faults(), fields.faults()].concat();
                Err(Problem::invalid_fields(all))
            }
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
        }
    }
}

/// What became of a form.
enum Outcome {
    /// A case, registered under this key.
    Accepted(Uuid, Box<Receipt>),
    /// Nothing yet: these open cases may be the same.
    Alike(Vec<BoardRowView>),
}

impl Site {
    /// Accepts a report, unless the reporter is first to look at open cases that may be the same.
    async fn accept(
        &self,
        visitor: &Visitor,
        form: &FormBody,
        has_seen: bool,
        rules: &Rulebook,
    ) -> Result<Outcome, Problem> {
        let asked = Asked::read(visitor, form, rules)?;
        let report = self.district.at_place(asked.report).await?;
        if !has_seen {
            let alike = self.alike(&report, rules, visitor.reader.lang).await?;
            if !alike.is_empty() {
                return Ok(Outcome::Alike(alike));
            }
        }
        let written = asked.key.to_string();
        let request = IntakeRequest {
            district: self.district.id(),
            scope: "POST /report",
            key: &written,
            fingerprints: asked.fingerprints,
            report,
            channel: Channel::Web,
            on_behalf_of: None,
        };
        let now = self.district.now();
        let receipt = self.intake.accept(request, rules, now).await?;
        Ok(Outcome::Accepted(asked.key, Box::new(receipt)))
    }

    /// Open public cases of the community that may be about the same thing. Danger is never held up by them.
    async fn alike(
        &self,
        report: &NewReport,
        rules: &Rulebook,
        lang: Lang,
    ) -> Result<Vec<BoardRowView>, Problem> {
        if danger::is_told(&report.text) {
            return Ok(Vec::new());
        }
        let new = Reported {
            text: &report.text,
            category: report.category.as_ref(),
            place: report.place.code,
        };
        let now = self.district.now();
        let open = self.board.open(&report.place.community, now).await?;
        let alike = open.into_iter().filter(|row| {
            new.is_like(&Reported {
                text: &row.snippet,
                category: row.category.as_ref(),
                place: row.place,
            })
        });
        let alike = alike.take(MOST_ALIKE);
        Ok(alike.map(|row| row_view(row, rules, lang, now)).collect())
    }

    /// The form again, below the cases that may be the same.
    async fn offered(
        &self,
        visitor: &Visitor,
        form: &FormBody,
        alike: &[BoardRowView],
        rules: &Rulebook,
    ) -> Response {
        let filled = Filled {
            sent: Some(form),
            errors: &[],
        };
        let place = self.scanned(form).await;
        let page = Form {
            filled,
            key: form.value(KEY_FIELD).unwrap_or_default(),
            community: form.value("community").unwrap_or_default(),
            notice: None,
            place: place.as_ref(),
            alike,
        };
        let frame = self.frame(visitor, "/report", rules);
        let lang = visitor.reader.lang;
        let content = page.content(rules, lang);
        frame.page(label("report", lang), &content).into_response()
    }

    /// The form again, as it was sent, under the same key.
    async fn refused(
        &self,
        visitor: &Visitor,
        form: &FormBody,
        problem: &Problem,
        rules: &Rulebook,
    ) -> Response {
        let lang = visitor.reader.lang;
        let body = problem.body(lang, None);
        let fresh = Uuid::new_v4().to_string();
        let is_used = problem.status() == StatusCode::UNPROCESSABLE_ENTITY;
        let key = form.value(KEY_FIELD).filter(|_| !is_used);
        let said = [Some(body.title), body.detail].into_iter().flatten();
        let place = self.scanned(form).await;
        let page = Form {
            filled: Filled {
                sent: Some(form),
                errors: &body.errors,
            },
            key: key.unwrap_or(&fresh),
            community: form.value("community").unwrap_or_default(),
            notice: body.errors.is_empty().then(|| said.collect()),
            place: place.as_ref(),
            alike: &[],
        };
        problem.log();
        let frame = self.frame(visitor, "/report", rules);
        let content = page.content(rules, lang);
        frame
            .page_with(problem.status(), label("report", lang), &content)
            .into_response()
    }

    /// The place that a form names, while it can be read: else the form asks for community and address.
    async fn scanned(&self, form: &FormBody) -> Option<ScannedPlace> {
        let code = PlaceCode::parse(form.value("place.code")?).ok()?;
        let place = self.district.place(code).await.ok()?;
        Some(ScannedPlace { code, place })
    }
}
