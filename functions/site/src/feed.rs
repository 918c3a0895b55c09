//! `GET /board/{community}/feed`: the board as an Atom feed (RFC 4287), for feed readers and other sites.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use maud::{Markup, PreEscaped, html};
use zhitiao_app::board::{BoardRequest, row_view};
use zhitiao_domain::kernel::limits::DEFAULT_PAGE_ROWS;
use zhitiao_edge::Problem;
use zhitiao_pages::label_with;
use zhitiao_texts::Lang;
use zhitiao_views::{BoardRowView, local_time, unit_name};

use crate::Site;
use crate::board::community_at;

/// The newest public cases of a community, in Chinese. Readers may keep it for five minutes.
pub(crate) async fn board(
    State(site): State<Arc<Site>>,
    Path(community): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let (lang, rules) = (Lang::Zh, site.district.rules().await?);
    let community = community_at(&community, &rules)?;
    let name = unit_name(&community, &rules, lang);
    let list = BoardRequest {
        community: community.clone(),
        month: None,
        category: None,
        limit: DEFAULT_PAGE_ROWS,
    };
    let now = site.district.now();
    let page = site.board.page(&list, None, now).await?;
    let rows = page.rows.into_iter();
    let rows: Vec<_> = rows.map(|row| row_view(row, &rules, lang, now)).collect();
    let feed = Feed {
        title: label_with("board.of", lang, &[("community", name)]),
        site: &site.public_url,
        path: format!("/board/{community}"),
        updated: rows
            .first()
            .map_or_else(|| local_time(now), |row| row.received_at.clone()),
        rows: &rows,
    };
    let headers = [
        (CONTENT_TYPE, "application/atom+xml; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    Ok((headers, feed.xml().into_string()))
}

struct Feed<'a> {
    title: String,
    site: &'a str,
    path: String,
    updated: String,
    rows: &'a [BoardRowView],
}

impl Feed<'_> {
    fn xml(&self) -> Markup {
        let (site, path) = (self.site, &self.path);
        html! {
            (PreEscaped(r#"<?xml version="1.0" encoding="utf-8"?>"#))
            feed xmlns="http://www.w3.org/2005/Atom" {
                id { (site) (path) }
                title { (self.title) }
                updated { (self.updated) }
                author { name { (self.title) } }
                (link("alternate", &format!("{site}{path}")))
                (link("self", &format!("{site}{path}/feed")))
                @for row in self.rows {
                    entry {
                        id { (site) "/cases/" (row.number) }
                        title { (row.state_name) "：" (row.snippet) }
                        updated { (row.received_at) }
                        (link("alternate", &format!("{site}/cases/{}", row.number)))
                        @if let Some(category) = &row.category { summary { (category) } }
                    }
                }
            }
        }
    }
}

/// A link as XML writes it: maud's own elements of that name have no end.
fn link(rel: &str, href: &str) -> Markup {
    let href = html! { (href) }.into_string();
    PreEscaped(format!(r#"<link rel="{rel}" href="{href}"/>"#))
}
