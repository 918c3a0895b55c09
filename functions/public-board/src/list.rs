//! `GET /v1/board/cases`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::State as CaseState;
use zhitiao_domain::kernel::calendar::OFFSET;
use zhitiao_domain::kernel::ids::{CaseNumber, CategoryId, UnitId};
use zhitiao_domain::kernel::limits::{DEFAULT_PAGE_ROWS, PAGE_ROWS};
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_edge::{FieldErrors, Fields, Language, Problem, QueryString};
use zhitiao_store::case::queue::{Position, Row, RowPage};
use zhitiao_store::keys::month;
use zhitiao_texts::{Lang, text};
use zhitiao_views::{local_time, unit_name};

use crate::Board;

/// Which cases to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the wire; `read` reads it")]
pub(crate) struct BoardParams {
    /// The community, from `GET /v1/communities`.
    community: String,
    /// The month of receipt, `202611`. When left out, the current one, or while nothing of it is public yet, the latest
    /// month before it of which something is, at most six months back.
    month: Option<String>,
    /// Only this category.
    category: Option<String>,
    /// Rows on the page, 1 to 100; 20 when left out.
    limit: Option<u8>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// One public case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardRowView {
    /// Its number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
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
    /// The month of receipt that is shown.
    month: String,
    /// The rows.
    rows: Vec<BoardRowView>,
    /// Send it as `cursor` to get the next page; absent on the last page.
    next_cursor: Option<String>,
}

/// How many months a list goes back by itself.
const MONTHS_BACK: i64 = 6;

/// Where a list goes on: in which month, and behind which row. It carries the month, for that of the next request may be
/// another.
#[derive(Serialize, Deserialize)]
struct Place {
    month: String,
    position: Position,
}

struct Asked {
    community: UnitId,
    month: Option<String>,
    category: Option<CategoryId>,
    limit: usize,
    cursor: Option<String>,
}

fn read(f: &mut Fields, rules: &Rulebook) -> Result<Asked, FieldErrors> {
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
    let rules = board.rules().await?;
    let asked = query.read(|f| read(f, &rules))?;
    let now = board.clock.now();
    let binding = [
        board.district.as_str(),
        asked.community.as_str(),
        asked.month.as_deref().unwrap_or_default(),
        asked.category.as_ref().map_or("", CategoryId::as_str),
    ];
    let (month, page) = match &asked.cursor {
        Some(cursor) => {
            let place: Place = board.cursors.open(cursor, &binding)?;
            let page = board.month(&asked, &place.month, place.position).await?;
            (place.month, page)
        }
        None => board.first_page(&asked, now).await?,
    };

    let next = page.next.map(|position| Place {
        month: month.clone(),
        position,
    });
    let next_cursor = next.map(|next| board.cursors.seal(&next, &binding));
    let rows = page.rows.into_iter();
    Ok(Json(BoardView {
        community: unit_name(&asked.community, &rules, lang),
        month,
        rows: rows.map(|row| row_view(row, &rules, lang, now)).collect(),
        next_cursor: next_cursor.transpose()?,
    }))
}

impl Board {
    /// The first page of the month that is asked for; else of the latest month of which something is public. On the first
    /// days of a month that is the one before.
    async fn first_page(
        &self,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<(String, RowPage), Problem> {
        let start = Position::default;
        let newest = asked.month.clone().unwrap_or_else(|| month(now));
        let page = self.month(asked, &newest, start()).await?;
        if asked.month.is_none() && page.rows.is_empty() {
            for earlier in months_before(now) {
                let page = self.month(asked, &earlier, start()).await?;
                if !page.rows.is_empty() {
                    return Ok((earlier, page));
                }
            }
        }
        Ok((newest, page))
    }

    /// A page of one month.
    async fn month(&self, asked: &Asked, month: &str, from: Position) -> Result<RowPage, Problem> {
        let list = self.cases.board(
            &self.district,
            &asked.community,
            month,
            asked.category.as_ref(),
            from,
            asked.limit,
        );
        Ok(list.await?)
    }
}

/// The months before the one of a moment, the latest first.
fn months_before(now: Timestamp) -> impl Iterator<Item = String> {
    let first = OFFSET.to_datetime(now).date().first_of_month();
    (1..=MONTHS_BACK)
        .filter_map(move |back| first.checked_sub(back.months()).ok())
        .map(|month| month.strftime("%Y%m").to_string())
}

fn row_view(row: Row, rules: &Rulebook, lang: Lang, now: Timestamp) -> BoardRowView {
    let category = row.category.as_ref().and_then(|id| rules.category(id));
    let overdue = row.is_overdue(now);
    BoardRowView {
        number: row.id.number().to_string(),
        snippet: row.snippet,
        state: row.state,
        state_name: state_name(row.state, lang),
        category: category.map(|found| found.name.get(lang).to_owned()),
        unit: row.unit.map(|unit| unit_name(&unit, rules, lang)),
        received_at: local_time(row.received_at),
        due_at: row.due_at.map(local_time),
        overdue,
    }
}

/// What residents call the state.
pub(crate) fn state_name(state: CaseState, lang: Lang) -> String {
    text(&format!("state.{}", state.code()), lang)
        .unwrap_or_default()
        .to_owned()
}
