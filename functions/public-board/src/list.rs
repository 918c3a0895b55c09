//! `GET /v1/board/cases`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use zhitiao_domain::ids::{CategoryId, UnitId};
use zhitiao_domain::limits::{DEFAULT_PAGE_ROWS, PAGE_ROWS};
use zhitiao_domain::org::UnitKind;
use zhitiao_domain::rulebook::Rulebook;
use zhitiao_domain::state::State as CaseState;
use zhitiao_domain::texts::{Lang, text};
use zhitiao_edge::view::{local_time, unit_name};
use zhitiao_edge::{Faulty, Fields, Language, Problem, ProblemBody, QueryString};
use zhitiao_store::keys::month;
use zhitiao_store::queue::{Position, Row};

use crate::Board;

/// Which cases to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the wire; `read` reads it")]
pub(crate) struct BoardParams {
    /// The community, from `GET /v1/communities`.
    community: String,
    /// The month of receipt, `202611`; the current one when left out.
    month: Option<String>,
    /// Only this category.
    category: Option<String>,
    /// Rows on the page, 1 to 100; 20 when left out.
    limit: Option<u8>,
    /// Where the page starts, from the page before.
    cursor: Option<String>,
}

/// One public case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardRowView {
    /// Its number.
    #[schema(example = "K7M3-9QXD-5")]
    number: String,
    /// The first words.
    snippet: String,
    /// Where it stands.
    #[schema(value_type = String)]
    state: CaseState,
    /// The same in the caller's language.
    state_name: String,
    /// The category, in the caller's language.
    category: Option<String>,
    /// The unit that has it.
    unit: Option<String>,
    /// When it was received.
    received_at: String,
    /// When it is promised.
    due_at: Option<String>,
    /// Whether the promise was missed.
    overdue: bool,
}

/// A page of the board, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardView {
    /// The community's name.
    community: String,
    /// The month of receipt.
    month: String,
    /// The rows.
    rows: Vec<BoardRowView>,
    /// To be sent as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
}

struct Asked {
    community: UnitId,
    month: Option<String>,
    category: Option<CategoryId>,
    limit: usize,
    cursor: Option<String>,
}

fn read(f: &mut Fields, rules: &Rulebook) -> Result<Asked, Faulty> {
    let community = f.required("community", |v| v.parsed(|id| community(id, rules)));
    let month = f.optional("month", |v| v.parsed(month_text));
    let category = f.optional("category", |v| v.parsed(CategoryId::parse));
    let limit = f.optional("limit", |v| v.integer(1..=PAGE_ROWS));
    let cursor = f.optional("cursor", |v| v.line(1..=4096));
    Ok(Asked {
        community: community?,
        month: month?,
        category: category?,
        limit: limit?.unwrap_or(DEFAULT_PAGE_ROWS),
        cursor: cursor?,
    })
}

fn community(id: &str, rules: &Rulebook) -> Result<UnitId, ()> {
    let id = UnitId::parse(id).map_err(|_| ())?;
    rules
        .org
        .unit_of_kind(&id, UnitKind::Community)
        .map(|found| found.id.clone())
        .ok_or(())
}

fn month_text(text: &str) -> Result<String, ()> {
    let sound = text.len() == 6
        && text.bytes().all(|b| b.is_ascii_digit())
        && ("01"..="12").contains(&&text[4..]);
    if sound { Ok(text.to_owned()) } else { Err(()) }
}

/// The public cases of a community.
#[utoipa::path(get, path = "/v1/board/cases", tag = "residents", params(BoardParams),
    responses(
        (status = 200, description = "A page of the board.", body = BoardView),
        (status = 400, description = "A parameter is wrong, or the cursor is not of this list.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn list_public_cases(
    State(board): State<Arc<Board>>,
    Language(lang): Language,
    query: QueryString,
) -> Result<Json<BoardView>, Problem> {
    let rules = board.rules().await?;
    let asked = query.read(|f| read(f, &rules))?;
    let now = board.clock.now();
    let month = asked.month.unwrap_or_else(|| month(now));

    let category = asked.category.as_ref().map_or("", CategoryId::as_str);
    let binding = [
        board.district.as_str(),
        asked.community.as_str(),
        &month,
        category,
    ];
    let from: Position = match &asked.cursor {
        Some(cursor) => board.cursors.open(cursor, &binding)?,
        None => Position::default(),
    };
    let list = board.cases.board(
        &board.district,
        &asked.community,
        &month,
        asked.category.as_ref(),
        from,
        asked.limit,
    );
    let page = list.await?;

    let next_cursor = page
        .next
        .map(|next| board.cursors.seal(&next, &binding))
        .transpose()?;
    let rows = page
        .rows
        .into_iter()
        .map(|row| row_view(row, &rules, lang, now.as_second()))
        .collect();
    Ok(Json(BoardView {
        community: unit_name(&asked.community, &rules, lang),
        month,
        rows,
        next_cursor,
    }))
}

fn row_view(row: Row, rules: &Rulebook, lang: Lang, now: i64) -> BoardRowView {
    let category = row.category.as_ref().and_then(|id| rules.category(id));
    let done = !row.state.is_open() || row.state == CaseState::Resolved;
    BoardRowView {
        number: row.id.number().to_string(),
        snippet: row.snippet,
        state: row.state,
        state_name: state_name(row.state, lang),
        category: category.map(|found| found.name.get(lang).to_owned()),
        unit: row.unit.map(|unit| unit_name(&unit, rules, lang)),
        received_at: local_time(row.received_at),
        due_at: row.due_at.map(local_time),
        overdue: !done && row.due_at.is_some_and(|due| due.as_second() < now),
    }
}

/// What residents call the state.
pub(crate) fn state_name(state: CaseState, lang: Lang) -> String {
    text(&format!("state.{}", state.code()), lang)
        .unwrap_or_default()
        .to_owned()
}
