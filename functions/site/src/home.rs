//! `GET /`, `/help`, `/privacy`: the pages that lead to the others and say how it works.

use std::sync::Arc;

use axum::extract::State;
use maud::{Markup, html};
use zhitiao_edge::Problem;
use zhitiao_pages::{Html, label, label_with};
use zhitiao_texts::Lang;

use crate::Site;
use crate::visitor::Visitor;

/// Four big ways: report, my cases, the board, the telephone.
pub(crate) async fn home(State(site): State<Arc<Site>>, visitor: Visitor) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let content = html! {
        p { (label("home.lead", lang)) }
        ul.big {
            li.first { a href="/report" { (label("report", lang)) } }
            li { a href="/my" { (label("mine", lang)) } }
            li { a href="/board" { (label("board", lang)) } }
            li { a href={ "tel:" (site.hotline) } { (label("call", lang)) } }
        }
        (by_phone(&site, lang))
    };
    let frame = site.frame(visitor.reader, "/", &rules);
    Ok(frame.page(label("home", lang), &content))
}

/// How to report, with a telephone or a slip of paper, and what happens then.
pub(crate) async fn help(State(site): State<Arc<Site>>, visitor: Visitor) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let content = html! {
        @for part in ["help.how", "help.slip", "help.then"] {
            h2 { (label(part, lang)) }
            p { (label(&format!("{part}.text"), lang)) }
        }
        (by_phone(&site, lang))
    };
    let frame = site.frame(visitor.reader, "/help", &rules);
    Ok(frame.page(label("help", lang), &content))
}

/// What is collected, and who sees it.
pub(crate) async fn privacy(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let content = html! {
        @for part in ["privacy.what", "privacy.contact", "privacy.photos", "privacy.board"] {
            p { (label(part, lang)) }
        }
    };
    let frame = site.frame(visitor.reader, "/privacy", &rules);
    Ok(frame.page(label("privacy", lang), &content))
}

fn by_phone(site: &Site, lang: Lang) -> Markup {
    let phone = [("phone", site.hotline.clone())];
    html! {
        p { (label_with("call.about", lang, &phone)) }
        p { b { (label("call.emergency", lang)) } }
    }
}
