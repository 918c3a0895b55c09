//! `GET /v1/desk/queue`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_app::StaffSession;
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::promise::Tier;
use zhitiao_domain::case::rights;
use zhitiao_domain::case::state::State as CaseState;
use zhitiao_domain::kernel::ids::{BudgetLineId, CaseNumber, CategoryId, UnitId};
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_edge::{FieldError, Page, Problem, ProblemBody, QueryString, StaffCaller, body};
use zhitiao_store::case::queue::{List, Position, QueueFilter, Row};
use zhitiao_views::local_time;

use crate::Desk;

body! {
    /// Which cases to list.
    pub(crate) struct QueueParams {
        /// The unit whose queue it is, with all below it; your first post's unit when left out.
        unit: Option<UnitId> = optional parsed(UnitId::parse),
        /// `open` (when left out): all open cases; `holds`: those on hold, by the time since when they wait;
        /// `supervised`: those under a supervision order, by the time of the order.
        list: List = optional parsed(list_name) or List::Open,
        ..filter: Filter = Filter::read(),
        ..page: Page = Page::read(),
    }
}

body! {
    /// What narrows the list.
    #[derive(Serialize)]
    pub(crate) struct Filter {
        /// Only this state.
        state: Option<CaseState> = optional one_of(),
        /// `true`: only cases whose promise was missed.
        overdue: bool = optional boolean() or false,
        /// Only cases received at least so many days ago.
        min_age_days: Option<u16> = optional integer(0..=3650),
        /// Only this category.
        category: Option<CategoryId> = optional parsed(CategoryId::parse),
        /// In the list `holds`: only those on hold for this reason.
        hold: Option<HoldReason> = optional one_of(),
        /// In the list `holds`: only those that wait for this unit.
        waits_for: Option<UnitId> = optional parsed(UnitId::parse),
        /// In the list `holds`: only those that wait for this budget line.
        budget_line: Option<BudgetLineId> = optional parsed(BudgetLineId::parse),
    }
}

fn list_name(name: &str) -> Result<List, ()> {
    match name {
        "open" => Ok(List::Open),
        "holds" => Ok(List::Holds),
        "supervised" => Ok(List::Supervised),
        _ => Err(()),
    }
}

/// One row of a queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowView {
    /// The case's number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    number: String,
    /// The first words of the report.
    snippet: String,
    /// Where it stands.
    #[schema(value_type = String)]
    state: CaseState,
    /// The community's id.
    community: String,
    /// The unit that has it.
    unit: Option<String>,
    /// The person who has it.
    person: Option<String>,
    /// The category's id.
    category: Option<String>,
    /// How urgent.
    #[schema(value_type = String)]
    tier: Tier,
    /// When it was received; in the other lists since when it waits or is supervised.
    received_at: String,
    /// When it is promised; none while a hold is open that began before that.
    due_at: Option<String>,
    /// Whether the promise was missed.
    overdue: bool,
    /// Its version, to which the case adds the photos of its reporter: read the case before you act on it.
    version: Option<u32>,
    /// What it waits for; in the list `holds` only.
    waiting: Option<WaitingView>,
}

/// What a case on hold waits for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingView {
    /// Why.
    #[schema(value_type = String, example = "budget")]
    reason: HoldReason,
    /// The unit whose answer it waits for.
    unit: Option<String>,
    /// The budget line that it waits for.
    budget_line: Option<String>,
    /// When the hold must be reviewed.
    review_at: String,
}

/// A page of a queue, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueView {
    /// The unit whose queue it is.
    unit: String,
    /// The rows.
    rows: Vec<RowView>,
    /// Send it as `cursor` to get the next page; absent on the last page.
    next_cursor: Option<String>,
}

/// List the open cases of a unit and of all units below it; `list` narrows them to those on hold or under supervision.
#[utoipa::path(get, path = "/v1/desk/queue", tag = "staff", security(("staff" = [])), params(QueueParams),
    responses(
        (status = 200, description = "A page of the queue.", body = QueueView),
        (status = 404, description = "No such unit exists, or you may not see it.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_queue(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<QueueView>, Problem> {
    let session = desk.session(caller).await?;
    let asked = query.read(QueueParams::read)?;
    let unit = queue_unit(&session, asked.unit)?;
    check_list(&session, asked.list, &unit)?;

    let now = desk.clock.now();
    let binding = binding(&session, asked.list, &unit, &asked.filter)?;
    let binding: Vec<&str> = binding.iter().map(String::as_str).collect();
    let from: Position = asked
        .page
        .start(&desk.cursors, &binding)?
        .unwrap_or_default();
    let filter = asked.filter.at(now, asked.list);
    let page = desk
        .cases
        .queue(
            &session.district,
            &unit,
            &session.rules,
            &filter,
            from,
            asked.page.limit,
        )
        .await?;

    let next_cursor = page
        .next
        .map(|next| desk.cursors.seal(&next, &binding))
        .transpose()?;
    let rows = page
        .rows
        .into_iter()
        .map(|row| RowView::of(row, now))
        .collect();
    Ok(Json(QueueView {
        unit: unit.to_string(),
        rows,
        next_cursor,
    }))
}

/// Only subdistricts, and what lies above and below them, have lists beside the open cases.
fn check_list(session: &StaffSession, list: List, unit: &UnitId) -> Result<(), Problem> {
    let kind = session.rules.org.unit(unit).map(|found| found.kind);
    let has_one_list = matches!(kind, Some(UnitKind::Department | UnitKind::Team));
    if list != List::Open && has_one_list {
        let fault = FieldError::new("list", "no_such_list_here");
        return Err(Problem::invalid_fields(vec![fault]));
    }
    Ok(())
}

/// The unit whose queue is asked for, else the unit of the person's first post.
fn queue_unit(session: &StaffSession, asked: Option<UnitId>) -> Result<UnitId, Problem> {
    let first = session.staff.posts.first();
    let unit = asked.or_else(|| first.map(|post| post.unit.clone()));
    unit.filter(|unit| rights::may_read_queue(&session.rules.org, &session.staff, unit))
        .ok_or_else(Problem::not_found)
}

/// A cursor belongs to one caller, one list, one unit and one filter.
fn binding(
    session: &StaffSession,
    list: List,
    unit: &UnitId,
    filter: &Filter,
) -> Result<[String; 5], Problem> {
    let filter = serde_json::to_string(filter).map_err(Problem::internal)?;
    Ok([
        session.district.to_string(),
        session.staff.id.to_string(),
        format!("{list:?}"),
        unit.to_string(),
        filter,
    ])
}

impl Filter {
    fn at(self, now: Timestamp, list: List) -> QueueFilter {
        let before = self
            .min_age_days
            .map(|days| now - SignedDuration::from_hours(24 * i64::from(days)));
        QueueFilter {
            list,
            states: self.state.into_iter().collect(),
            overdue_at: self.overdue.then(|| now.as_millisecond()),
            received_before: before.map(Timestamp::as_millisecond),
            category: self.category,
            hold: self.hold,
            waits_for: self.waits_for,
            budget_line: self.budget_line,
        }
    }
}

impl RowView {
    fn of(row: Row, now: Timestamp) -> Self {
        let overdue = row.is_overdue(now);
        Self {
            number: row.id.number().to_string(),
            snippet: row.snippet,
            state: row.state,
            community: row.community.to_string(),
            unit: row.unit.map(|unit| unit.to_string()),
            person: row.person.map(|person| person.to_string()),
            category: row.category.map(|category| category.to_string()),
            tier: row.tier,
            received_at: local_time(row.received_at),
            due_at: row.due_at.map(local_time),
            overdue,
            version: row.version,
            waiting: row.waiting.map(|waiting| WaitingView {
                reason: waiting.reason,
                unit: waiting.unit.map(|unit| unit.to_string()),
                budget_line: waiting.budget_line.map(|line| line.to_string()),
                review_at: local_time(waiting.review_at),
            }),
        }
    }
}
