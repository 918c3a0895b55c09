//! `GET` and `POST /my`: the cases that this browser follows.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use maud::html;
use zhitiao_app::TrackingToken;
use zhitiao_edge::{FieldError, FormBody, Problem};
use zhitiao_pages::form::Filled;
use zhitiao_pages::{Html, label, label_with, say};
use zhitiao_views::{local_time, state_name};

use crate::Site;
use crate::visitor::Visitor;

/// The visitor's cases, the latest first, read in one request; and a form for a token from a slip.
pub(crate) async fn list(State(site): State<Arc<Site>>, visitor: Visitor) -> Result<Html, Problem> {
    site.mine(&visitor, Filled::default(), StatusCode::OK).await
}

/// Follows one more case by its token.
pub(crate) async fn add(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    form: FormBody,
) -> Result<Response, Problem> {
    let token = form.value("token").map(str::trim).unwrap_or_default();
    let token = TrackingToken::parse(token);
    let opened = token.and_then(|token| Some((site.tracking.open(&token).ok()?, token)));
    let Some((case, token)) = opened else {
        let wrong = FieldError::new("token", "not_recognized");
        let problem = Problem::invalid_fields(vec![wrong]);
        let errors = problem.body(visitor.reader.lang, None).errors;
        let filled = Filled {
            sent: Some(&form),
            errors: &errors,
        };
        let page = site.mine(&visitor, filled, problem.status()).await?;
        return Ok(page.into_response());
    };
    let cookie = visitor.keep(&token, &site);
    let page = Redirect::to(&format!("/my/{}", case.number()));
    Ok(([(SET_COOKIE, cookie)], page).into_response())
}

impl Site {
    async fn mine(
        &self,
        visitor: &Visitor,
        filled: Filled<'_>,
        status: StatusCode,
    ) -> Result<Html, Problem> {
        let (lang, rules) = (visitor.reader.lang, self.district.rules().await?);
        let ids = visitor.cases(&self.tracking);
        let mut cases = if ids.is_empty() {
            Vec::new()
        } else {
            self.cases.heads(self.district.id(), &ids).await?
        };
        cases.sort_by_key(|case| std::cmp::Reverse(case.report.at));
        let now = self.district.now();
        let content = html! {
            @if cases.is_empty() { p { (label("mine.empty", lang)) } }
            ul.rows {
                @for case in &cases {
                    li {
                        a.row href={ "/my/" (case.id.number()) } {
                            span.state { (state_name(case.state, lang)) }
                            @if case.is_overdue(now) { span.late { span aria-hidden="true" { "⚠" } } }
                            span.words { (case.report.text.in_head()) }
                            span.small { (case.id.number()) }
                            span.small { (label_with("case.received", lang, &[("at", say(&local_time(case.report.at), lang))])) }
                        }
                    }
                }
            }
            h2 { (label("add_case", lang)) }
            form method="post" action="/my" {
                (filled.summary(&[], lang))
                (filled.line("token", label("field.token", lang), Some(label("field.token.hint", lang)), "text", "off"))
                button type="submit" { (label("add_case.open", lang)) }
            }
            p.small { (label("mine.hint", lang)) }
        };
        let frame = self.frame(visitor, "/my", &rules);
        Ok(frame.page_with(status, label("mine", lang), &content))
    }
}
