//! `GET /board`, `/board/{community}`: what everyone may read.

use std::sync::Arc;

use axum::extract::{Path, State};
use jiff::Timestamp;
use maud::{Markup, html};
use zhitiao_app::board::{BoardRequest, month_text, months, row_view};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{CategoryId, UnitId};
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_edge::{Page, Problem, QueryString, body};
use zhitiao_pages::case::row;
use zhitiao_pages::{Html, label, label_with, tools};
use zhitiao_texts::Lang;
use zhitiao_views::unit_name;

use crate::Site;
use crate::community::by_subdistrict;
use crate::visitor::Visitor;

/// The communities, by subdistrict.
pub(crate) async fn communities(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let content = html! {
        p { (label("board.choose", lang)) }
        (by_subdistrict(&rules, "/board", lang))
    };
    let frame = site.frame(&visitor, "/board", &rules);
    Ok(frame.page(label("board", lang), &content))
}

/// The public cases of a community, the newest first; of one month and one kind, when that is asked for.
pub(crate) async fn board(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    Path(community): Path<String>,
    query: QueryString,
) -> Result<Html, Problem> {
    let (lang, rules) = (visitor.reader.lang, site.district.rules().await?);
    let asked = query.read(BoardQuery::read)?;
    let community = community_at(&community, &rules)?;
    let name = unit_name(&community, &rules, lang);
    let list = BoardRequest {
        community: community.clone(),
        month: asked.month.clone(),
        category: asked.category.clone(),
        limit: asked.page.limit,
    };
    let now = site.district.now();
    let cursor = asked.page.cursor.as_deref();
    let page = site.board.page(&list, cursor, now).await?;
    let here = format!("/board/{community}");
    let visitor = visitor.at(community);
    let rows = page.rows.into_iter();
    let rows: Vec<_> = rows.map(|row| row_view(row, &rules, lang, now)).collect();
    let content = html! {
        (filters(&asked, &here, &rules, lang, now))
        @if rows.is_empty() { p { (label("board.empty", lang)) } }
        ul.rows {
            @for one in &rows { (row(one, &format!("/cases/{}", one.number), lang)) }
        }
        @if let Some(next) = page.next {
            p { a.button href={ (here) "?" (asked.address()) "cursor=" (next) } { (label("board.more", lang)) } }
        }
        (tools(true, lang))
        p.small { a href={ (here) "/feed" } { (label("board.feed", lang)) } }
        p.small { a href={ (here) "/map?" (asked.address()) } download="board.geojson" { (label("board.map", lang)) } }
    };
    let title = label_with("board.of", lang, &[("community", name)]);
    let frame = site.frame(&visitor, &here, &rules);
    Ok(frame.page(&title, &content))
}

/// The community that a path names; 404 when there is none.
pub(crate) fn community_at(segment: &str, rules: &Rulebook) -> Result<UnitId, Problem> {
    let id = UnitId::parse(segment).map_err(|_| Problem::not_found())?;
    let found = rules.org.unit_of_kind(&id, UnitKind::Community);
    found
        .map(|unit| unit.id.clone())
        .ok_or_else(Problem::not_found)
}

body! {
    /// What of a board to show.
    pub(crate) struct BoardQuery {
        /// The month of receipt, `202611`; the latest of which something is public when left out.
        month: Option<String> = optional parsed(month_text),
        /// Only this category.
        category: Option<CategoryId> = optional parsed(CategoryId::parse),
        ..page: Page = Page::read(),
    }
}

impl BoardQuery {
    /// The filters as the beginning of another address of the list.
    fn address(&self) -> String {
        let month = self.month.as_ref().map(|month| format!("month={month}&"));
        let category = self.category.as_ref().map(|id| format!("category={id}&"));
        [month, category].into_iter().flatten().collect()
    }
}

/// The form that narrows the list.
fn filters(asked: &BoardQuery, here: &str, rules: &Rulebook, lang: Lang, now: Timestamp) -> Markup {
    let said = |code| label(code, lang);
    let named = |month: &str| {
        let (year, month) = month.split_at(4);
        let month = month.trim_start_matches('0').to_owned();
        label_with(
            "board.month_of",
            lang,
            &[("year", year.to_owned()), ("month", month)],
        )
    };
    html! {
        form.filters method="get" action=(here) {
            div.field {
                label for="month" { (said("board.month")) }
                select #month name="month" {
                    option value="" { (said("board.month.latest")) }
                    @for month in months(now) {
                        option value=(month) selected[asked.month.as_ref() == Some(&month)] { (named(&month)) }
                    }
                }
            }
            div.field {
                label for="category" { (said("board.category")) }
                select #category name="category" {
                    option value="" { (said("board.category.all")) }
                    @for category in rules.categories() {
                        option value=(category.id) selected[asked.category.as_ref() == Some(&category.id)] { (category.name.get(lang)) }
                    }
                }
            }
            button.plain type="submit" { (said("board.filter")) }
        }
    }
}
