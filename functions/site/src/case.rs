//! `GET /cases/{number}`: a case on the board, and what its page has in common with a visitor's own.

use std::sync::Arc;

use axum::extract::State;
use maud::{Markup, html};
use zhitiao_domain::case::Visibility;
use zhitiao_edge::{NumberInPath, Problem};
use zhitiao_pages::case::{photos, standing, timeline, told};
use zhitiao_pages::{Html, label_with, tools};
use zhitiao_texts::Lang;
use zhitiao_views::PublicCaseView;

use crate::Site;
use crate::visitor::Visitor;

/// A case that is on the board.
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
    let frame = site.frame(&visitor, &here, &rules);
    Ok(frame.page(&title(&view, lang), &content(&view, true, lang)))
}

/// The heading of a case.
pub(crate) fn title(view: &PublicCaseView, lang: Lang) -> String {
    label_with("case", lang, &[("number", view.number.clone())])
}

/// A case as both pages show it.
pub(crate) fn content(view: &PublicCaseView, is_public: bool, lang: Lang) -> Markup {
    html! {
        (standing(view, lang))
        (tools(is_public, lang))
        (told(view, lang))
        (photos(&view.photos, lang))
        (timeline(&view.timeline, lang))
    }
}
