//! The public board of a community, month by month.

use futures_util::future::try_join_all;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use zhitiao_domain::case::overdue::is_owed;
use zhitiao_domain::case::personal::masked_beginning;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::State;
use zhitiao_domain::kernel::calendar::OFFSET;
use zhitiao_domain::kernel::ids::{CategoryId, DistrictId, UnitId};
use zhitiao_domain::kernel::limits::PAGE_ROWS;
use zhitiao_edge::{CursorKey, Problem};
use zhitiao_store::CaseTable;
use zhitiao_store::case::queue::{Position, QueueFilter, Row, RowPage};
use zhitiao_store::keys::month;
use zhitiao_texts::Lang;
use zhitiao_views::{BoardRowView, local_time, state_name, unit_name};

/// How many months a list goes back by itself.
const MONTHS_BACK: i64 = 6;

/// Which cases to list.
#[derive(Debug, Clone)]
pub struct BoardRequest {
    /// The community.
    pub community: UnitId,
    /// The month of receipt, `202611`; the latest of which something is public when left out.
    pub month: Option<String>,
    /// Only this category.
    pub category: Option<CategoryId>,
    /// The most rows of the page.
    pub limit: usize,
}

/// A page of the board.
#[derive(Debug)]
pub struct BoardPage {
    /// The month of receipt that it shows.
    pub month: String,
    /// The rows, the newest first.
    pub rows: Vec<Row>,
    /// What to send to get the next page; none on the last one.
    pub next: Option<String>,
}

/// Where a list goes on: in which month, and behind which row. It carries the month, for that of the next request may
/// be another.
#[derive(Serialize, Deserialize)]
struct Place {
    month: String,
    position: Position,
}

/// The public board of a district.
#[derive(Debug)]
pub struct PublicBoard {
    district: DistrictId,
    cases: CaseTable,
    cursors: CursorKey,
}

impl PublicBoard {
    /// The board of the cases in this table; the cursors are signed by this key.
    pub fn new(district: DistrictId, cases: CaseTable, cursors: CursorKey) -> Self {
        Self {
            district,
            cases,
            cursors,
        }
    }

    /// A page: the first one, or the one that the cursor of the page before leads to.
    ///
    /// # Errors
    /// 400 for a cursor of another list, 503 when the table does not answer.
    pub async fn page(
        &self,
        list: &BoardRequest,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<BoardPage, Problem> {
        let binding = [
            self.district.as_str(),
            list.community.as_str(),
            list.month.as_deref().unwrap_or_default(),
            list.category.as_ref().map_or("", CategoryId::as_str),
        ];
        let (month, page) = match cursor {
            Some(cursor) => {
                let place: Place = self.cursors.open(cursor, &binding)?;
                let page = self.of_month(list, &place.month, place.position).await?;
                (place.month, page)
            }
            None => self.first_page(list, now).await?,
        };
        let next = page.next.map(|position| Place {
            month: month.clone(),
            position,
        });
        let next = next.map(|next| self.cursors.seal(&next, &binding));
        Ok(BoardPage {
            month,
            rows: page.rows,
            next: next.transpose()?,
        })
    }

    /// The first page of the month that is asked for; else of the latest month of which something is public. On the
    /// first days of a month that is the one before.
    async fn first_page(
        &self,
        list: &BoardRequest,
        now: Timestamp,
    ) -> Result<(String, RowPage), Problem> {
        let newest = list.month.clone().unwrap_or_else(|| month(now));
        let page = self.of_month(list, &newest, Position::default()).await?;
        if list.month.is_none() && page.rows.is_empty() {
            for earlier in months_before(now) {
                let page = self.of_month(list, &earlier, Position::default()).await?;
                if !page.rows.is_empty() {
                    return Ok((earlier, page));
                }
            }
        }
        Ok((newest, page))
    }

    async fn of_month(
        &self,
        list: &BoardRequest,
        month: &str,
        from: Position,
    ) -> Result<RowPage, Problem> {
        let (district, community) = (&self.district, &list.community);
        let filter = QueueFilter {
            category: list.category.clone(),
            ..QueueFilter::default()
        };
        let page = self
            .cases
            .board(district, community, month, &filter, from, list.limit);
        Ok(page.await?)
    }

    /// The public cases of a community whose work is still owed, of those received in this month and the one before:
    /// the newest first, at most a page of each month.
    ///
    /// # Errors
    /// 503 when the table does not answer.
    pub async fn open(&self, community: &UnitId, now: Timestamp) -> Result<Vec<Row>, Problem> {
        let filter = QueueFilter {
            states: State::ALL
                .into_iter()
                .filter(|state| is_owed(*state))
                .collect(),
            ..QueueFilter::default()
        };
        let of_months = months(now).take(2).map(async |month| {
            let from = Position::default();
            let page =
                self.cases
                    .board(&self.district, community, &month, &filter, from, PAGE_ROWS);
            page.await
        });
        let pages = try_join_all(of_months).await?;
        Ok(pages.into_iter().flat_map(|page| page.rows).collect())
    }
}

/// A month as it is asked for: `202611`.
///
/// # Errors
/// When the text is no month.
#[expect(
    clippy::result_unit_err,
    reason = "a field that is no month has one fault"
)]
pub fn month_text(text: &str) -> Result<String, ()> {
    let sound = text.len() == 6
        && text.bytes().all(|b| b.is_ascii_digit())
        && ("01"..="12").contains(&&text[4..]);
    if sound { Ok(text.to_owned()) } else { Err(()) }
}

/// The months of which a board may be asked for by itself, the current one first: `202611`.
pub fn months(now: Timestamp) -> impl Iterator<Item = String> {
    std::iter::once(month(now)).chain(months_before(now))
}

/// The months before the one of a moment, the latest first.
fn months_before(now: Timestamp) -> impl Iterator<Item = String> {
    let first = OFFSET.to_datetime(now).date().first_of_month();
    (1..=MONTHS_BACK)
        .filter_map(move |back| first.checked_sub(back.months()).ok())
        .map(|month| month.strftime("%Y%m").to_string())
}

/// A row as everyone sees it.
pub fn row_view(row: Row, rules: &Rulebook, lang: Lang, now: Timestamp) -> BoardRowView {
    let category = row.category.as_ref().and_then(|id| rules.category(id));
    let overdue = row.is_overdue(now);
    BoardRowView {
        number: row.id.number().to_string(),
        snippet: masked_beginning(&row.snippet),
        state: row.state,
        state_name: state_name(row.state, lang),
        category: category.map(|found| found.name.get(lang).to_owned()),
        unit: row.unit.map(|unit| unit_name(&unit, rules, lang)),
        received_at: local_time(row.received_at),
        due_at: row.due_at.map(local_time),
        overdue,
    }
}
