//! `GET /`, `/help`, `/privacy`: the pages that lead to the others and say how it works.

use std::sync::Arc;

use axum::extract::State;
use maud::{Markup, html};
use zhitiao_app::privacy_notice;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_edge::Problem;
use zhitiao_pages::{Html, Icon, label, label_with, tools};
use zhitiao_texts::Lang;

use crate::Site;
use crate::visitor::Visitor;

/// The first page: of the visitor's own community once they have chosen it, else of the district.
pub(crate) async fn home(State(site): State<Arc<Site>>, visitor: Visitor) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    if let Some(community) = visitor.community(&rules.org) {
        return site.community_home(&visitor, community, "/", &rules).await;
    }
    let profile = rules.org.profile(rules.org.district());
    let welcome = profile.welcome.as_ref();
    let frame = site.frame(&visitor, "/", &rules);
    let content = html! {
        p { (welcome.map_or(label("home.lead", lang), |welcome| welcome.get(lang))) }
        (ways(None, &frame.dialed, lang))
        (by_phone(&frame.hotline, lang))
        p { a href="/communities" { (label("communities.own", lang)) } }
    };
    Ok(frame.page(label("home", lang), &content))
}

/// Four big ways: report, my cases, the board, the telephone.
pub(crate) fn ways(community: Option<&UnitId>, dialed: &str, lang: Lang) -> Markup {
    let board = community.map_or_else(|| "/board".to_owned(), |id| format!("/board/{id}"));
    html! {
        ul.big {
            li.first { a href="/report" { (Icon::Pencil.draw()) (label("report", lang)) } }
            li { a href="/my" { (Icon::Slip.draw()) (label("mine", lang)) } }
            li { a href=(board) { (Icon::Board.draw()) (label("board", lang)) } }
            li { a href={ "tel:" (dialed) } { (Icon::Telephone.draw()) (label("call", lang)) } }
        }
    }
}

/// How to report, with a telephone or a slip of paper, and what happens then.
pub(crate) async fn help(State(site): State<Arc<Site>>, visitor: Visitor) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let frame = site.frame(&visitor, "/help", &rules);
    let content = html! {
        @for part in ["help.how", "help.slip", "help.then"] {
            h2 { (label(part, lang)) }
            p { (label(&format!("{part}.text"), lang)) }
        }
        (by_phone(&frame.hotline, lang))
    };
    Ok(frame.page(label("help", lang), &content))
}

/// What is collected, and who sees it.
pub(crate) async fn privacy(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let frame = site.frame(&visitor, "/privacy", &rules);
    let values = [
        ("district", frame.district.to_owned()),
        ("phone", frame.hotline.clone()),
        ("version", privacy_notice::current().to_string()),
    ];
    let content = html! {
        @for paragraph in privacy_notice::PARAGRAPHS { p { (label_with(paragraph, lang, &values)) } }
        (tools(false, lang))
        p.small { (label_with("privacy.version", lang, &values)) }
        p { a href="/my" { (label("privacy.mine", lang)) } }
    };
    Ok(frame.page(label("privacy", lang), &content))
}

/// What people who see, hear or move with difficulty can rely on here, and whom to tell when it fails.
pub(crate) async fn accessibility(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let frame = site.frame(&visitor, "/accessibility", &rules);
    let content = html! {
        p { (label("accessible.aim", lang)) }
        ul {
            @for point in ["accessible.type", "accessible.reader", "accessible.script", "accessible.time"] {
                li { (label(point, lang)) }
            }
        }
        p { (label("accessible.known", lang)) }
        p { (label_with("accessible.tell", lang, &[("phone", frame.hotline.clone())])) }
    };
    Ok(frame.page(label("accessible", lang), &content))
}

/// Where a person answers, and whom to call in danger.
pub(crate) fn by_phone(hotline: &str, lang: Lang) -> Markup {
    let phone = [("phone", hotline.to_owned())];
    html! {
        p { (label_with("call.about", lang, &phone)) }
        p { b { (label("call.emergency", lang)) } }
    }
}
