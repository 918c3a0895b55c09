//! `GET /cases/{number}`, `/my/{number}`: a case on the board, and a visitor's own.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use zhitiao_domain::case::Visibility;
use zhitiao_edge::{NumberInPath, Problem};
use zhitiao_pages::case::{photos, standing, timeline, told};
use zhitiao_pages::{Html, label, label_with};
use zhitiao_texts::Lang;
use zhitiao_views::PublicCaseView;

use crate::Site;
use crate::visitor::Visitor;

/// A case that stands on the board.
pub(crate) async fn public(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    NumberInPath(id): NumberInPath,
) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let page = site.shown.published(id).await?;
    let view = site.shown.view(&page, Visibility::Public, &rules, lang);
    let view = view.await?;
    let here = format!("/cases/{}", view.number);
    let frame = site.frame(visitor.reader, &here, &rules);
    Ok(frame.page(&title(&view, lang), &content(&view, lang)))
}

/// A case whose token the browser keeps. Without it the visitor is led to the public page, which may know the case.
pub(crate) async fn own(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    NumberInPath(id): NumberInPath,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let Some(token) = visitor.token(id, &site.tracking) else {
        let number = id.number();
        return Ok(Redirect::to(&format!("/cases/{number}")).into_response());
    };
    let page = site.shown.own(id).await?;
    let view = site.shown.view(&page, Visibility::Resident, &rules, lang);
    let view = view.await?;
    let is_new = query.is_some_and(|query| query == "new=1");
    let content = html! {
        @if is_new { (receipt(&view, token.as_str(), lang)) }
        (content(&view, lang))
        @if !is_new {
            p.small { (label("field.token.other_device", lang)) " " b { (token.as_str()) } }
        }
    };
    // The switches lead back to the receipt, too: it is where a reader finds the type too small.
    let mark = if is_new { "?new=1" } else { "" };
    let here = format!("/my/{}{mark}", view.number);
    let frame = site.frame(visitor.reader, &here, &rules);
    Ok(frame.page(&title(&view, lang), &content).into_response())
}

fn title(view: &PublicCaseView, lang: Lang) -> String {
    label_with("case", lang, &[("number", view.number.clone())])
}

/// What to write down, right after the report.
fn receipt(view: &PublicCaseView, token: &str, lang: Lang) -> Markup {
    html! {
        section.receipt data-sent role="status" {
            h2 { (label("receipt", lang)) }
            p.number { (view.number) }
            p { (label("field.token", lang)) " " b { (token) } }
            p { (label("receipt.keep", lang)) }
        }
    }
}

fn content(view: &PublicCaseView, lang: Lang) -> Markup {
    html! {
        (standing(view, lang))
        (told(view, lang))
        (photos(&view.photos, lang))
        (timeline(&view.timeline, lang))
    }
}
