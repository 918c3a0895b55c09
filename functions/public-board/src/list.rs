//! `GET /v1/board/cases`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_app::board::{BoardRequest, month_text, row_view};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{CategoryId, UnitId};
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_edge::{Language, Page, Problem, QueryString, body};
use zhitiao_views::{BoardRowView, unit_name};

use crate::Board;

body! {
    /// Which cases to list.
    pub(crate) struct BoardParams with (rules: &Rulebook) {
        /// The community, from `GET /v1/communities`.
        community: UnitId = required parsed(|id| community(id, rules)),
        /// The month of receipt, `202611`. When left out, the current one, or while nothing of it is public yet, the
        /// latest month before it of which something is, at most six months back.
        month: Option<String> = optional parsed(month_text),
        /// Only this category.
        category: Option<CategoryId> = optional parsed(CategoryId::parse),
        ..page: Page = Page::read(),
    }
}

/// A page of the board, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardView {
    /// The community's name.
    community: String,
    /// The month of receipt that is shown.
    month: String,
    /// The rows.
    rows: Vec<BoardRowView>,
    /// Send it as `cursor` to get the next page; absent on the last page.
    next_cursor: Option<String>,
}

fn community(id: &str, rules: &Rulebook) -> Result<UnitId, ()> {
    let id = UnitId::parse(id).map_err(|_| ())?;
    rules
        .org
        .unit_of_kind(&id, UnitKind::Community)
        .map(|found| found.id.clone())
        .ok_or(())
}

/// List the public cases of a community that were received in one month.
#[utoipa::path(get, path = "/v1/board/cases", tag = "residents", params(BoardParams),
    responses(
        (status = 200, description = "A page of the board.", body = BoardView),
    ))]
pub(crate) async fn list_public_cases(
    State(board): State<Arc<Board>>,
    Language(lang): Language,
    query: QueryString,
) -> Result<Json<BoardView>, Problem> {
    let rules = board.district.rules().await?;
    let asked = query.read(|f| BoardParams::read(f, &rules))?;
    let list = BoardRequest {
        community: asked.community,
        month: asked.month,
        category: asked.category,
        limit: asked.page.limit,
    };
    let now = board.district.now();
    let page = board
        .listed
        .page(&list, asked.page.cursor.as_deref(), now)
        .await?;
    let rows = page.rows.into_iter();
    Ok(Json(BoardView {
        community: unit_name(&list.community, &rules, lang),
        month: page.month,
        rows: rows.map(|row| row_view(row, &rules, lang, now)).collect(),
        next_cursor: page.next,
    }))
}
