//! `GET /board`, `/board/{community}`: what everyone may read.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use maud::html;
use serde::Deserialize;
use zhitiao_app::board::{BoardRequest, row_view};
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::limits::DEFAULT_PAGE_ROWS;
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_edge::Problem;
use zhitiao_pages::case::row;
use zhitiao_pages::{Html, label, label_with};
use zhitiao_views::unit_name;

use crate::Site;
use crate::visitor::Visitor;

/// Where the list goes on.
#[derive(Debug, Deserialize)]
pub(crate) struct Turn {
    cursor: Option<String>,
}

/// The communities, by subdistrict.
pub(crate) async fn communities(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let org = &rules.org;
    let of = |subdistrict: &UnitId| {
        let all = org.units_of_kind(UnitKind::Community);
        let of: Vec<_> = all
            .filter(|unit| !unit.retired && unit.parent.as_ref() == Some(subdistrict))
            .collect();
        of
    };
    let content = html! {
        p { (label("board.choose", lang)) }
        @for subdistrict in org.units_of_kind(UnitKind::Subdistrict) {
            @let communities = of(&subdistrict.id);
            @if !communities.is_empty() {
                h2 { (subdistrict.name.get(lang)) }
                ul.rows {
                    @for community in communities {
                        li { a.row href={ "/board/" (community.id) } { (community.name.get(lang)) } }
                    }
                }
            }
        }
    };
    let frame = site.frame(visitor.reader, "/board", &rules);
    Ok(frame.page(label("board", lang), &content))
}

/// The public cases of a community, the newest first.
pub(crate) async fn board(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    Path(community): Path<String>,
    Query(turn): Query<Turn>,
) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let community = UnitId::parse(&community).map_err(|_| Problem::not_found())?;
    let found = rules.org.unit_of_kind(&community, UnitKind::Community);
    let name = unit_name(&found.ok_or_else(Problem::not_found)?.id, &rules, lang);
    let list = BoardRequest {
        community: community.clone(),
        month: None,
        category: None,
        limit: DEFAULT_PAGE_ROWS,
    };
    let now = site.district.now();
    let page = site.board.page(&list, turn.cursor.as_deref(), now).await?;
    let here = format!("/board/{community}");
    let rows = page.rows.into_iter();
    let rows: Vec<_> = rows.map(|row| row_view(row, &rules, lang, now)).collect();
    let content = html! {
        @if rows.is_empty() { p { (label("board.empty", lang)) } }
        ul.rows {
            @for one in &rows { (row(one, &format!("/cases/{}", one.number), lang)) }
        }
        p.small { a href={ (here) "/feed" } { (label("board.feed", lang)) } }
        @if let Some(next) = page.next {
            p { a.button href={ (here) "?cursor=" (next) } { (label("board.more", lang)) } }
        }
    };
    let title = label_with("board.of", lang, &[("community", name)]);
    let frame = site.frame(visitor.reader, &here, &rules);
    Ok(frame.page(&title, &content))
}
