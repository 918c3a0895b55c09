//! The public board of a community, month by month.

use jiff::{Timestamp, ToSpan};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::calendar::OFFSET;
use zhitiao_domain::kernel::ids::{CategoryId, DistrictId, UnitId};
use zhitiao_edge::Problem;
use zhitiao_store::CaseTable;
use zhitiao_store::case::queue::{Position, Row, RowPage};
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

impl BoardRequest {
    /// The first page of the month that is asked for; else of the latest month of which something is public. On the first
    /// days of a month that is the one before.
    ///
    /// # Errors
    /// 503 when the table does not answer.
    pub async fn first_page(
        &self,
        cases: &CaseTable,
        district: &DistrictId,
        now: Timestamp,
    ) -> Result<(String, RowPage), Problem> {
        let newest = self.month.clone().unwrap_or_else(|| month(now));
        let start = Position::default();
        let page = self.page(cases, district, &newest, start).await?;
        if self.month.is_none() && page.rows.is_empty() {
            for earlier in months_before(now) {
                let start = Position::default();
                let page = self.page(cases, district, &earlier, start).await?;
                if !page.rows.is_empty() {
                    return Ok((earlier, page));
                }
            }
        }
        Ok((newest, page))
    }

    /// A page of one month.
    ///
    /// # Errors
    /// 503 when the table does not answer.
    pub async fn page(
        &self,
        cases: &CaseTable,
        district: &DistrictId,
        month: &str,
        from: Position,
    ) -> Result<RowPage, Problem> {
        let (community, category) = (&self.community, self.category.as_ref());
        let list = cases.board(district, community, month, category, from, self.limit);
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

/// A row as everyone sees it.
pub fn row_view(row: Row, rules: &Rulebook, lang: Lang, now: Timestamp) -> BoardRowView {
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
