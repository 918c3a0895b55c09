//! `POST /v1/directory/calendars/preview`: what a calendar would move, before an operator loads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::case::Case;
use zhitiao_domain::case::event::DateMove;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::deadline::due_day;
use zhitiao_domain::kernel::ids::{CaseNumber, UnitId};
use zhitiao_edge::{ETag, JsonBody, Problem, ProblemBody, QueryString, StaffCaller, body};
use zhitiao_store::case::recalculation::Place;
use zhitiao_views::local_time;

use crate::Desk;
use crate::table::TableBody;

/// Pages of one answer: at most 2,000 cases, well within the time that a caller waits.
const PAGES: usize = 20;

/// Cases that one answer names.
const SAMPLE: usize = 20;

body! {
    /// Where the preview starts.
    pub(crate) struct PreviewParams {
        /// `next_cursor` of the previous answer. Add up the figures of all answers.
        cursor: Option<String> = optional line(1..=4096),
    }
}

/// The effect of a calendar on the open cases that this answer covers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewView {
    /// The version in force, to be sent as `If-Match` with the load.
    in_force: u32,
    /// Open cases that were checked.
    looked: u32,
    /// Cases whose promised date would move.
    promises_moved: u32,
    /// The same by subdistrict.
    subdistricts: Vec<SubdistrictView>,
    /// Some of those cases, at most 20.
    sample: Vec<SampleView>,
    /// Whether this answer and those before it cover all open cases.
    complete: bool,
    /// Send it as `cursor` with the same table to get the rest.
    next_cursor: Option<String>,
}

/// What would move in one subdistrict.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubdistrictView {
    /// The subdistrict's id.
    #[schema(example = "badaguan")]
    unit: String,
    /// Open cases that were checked.
    looked: u32,
    /// Cases whose promised date would move.
    promises_moved: u32,
    /// The smallest move in days; a negative figure is an earlier day.
    least_days: Option<i32>,
    /// The largest move in days.
    most_days: Option<i32>,
}

/// A case whose promised date would move.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SampleView {
    /// The case's number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    number: String,
    /// When it is promised now.
    due_at: String,
    /// When it would be promised.
    would_be_due_at: String,
}

/// What is known of one subdistrict.
#[derive(Debug, Default)]
struct Sum {
    looked: u32,
    days: Vec<i32>,
}

impl Sum {
    fn view(&self, unit: &UnitId) -> SubdistrictView {
        SubdistrictView {
            unit: unit.to_string(),
            looked: self.looked,
            promises_moved: count(self.days.len()),
            least_days: self.days.iter().min().copied(),
            most_days: self.days.iter().max().copied(),
        }
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn days(date: DateMove) -> i32 {
    (due_day(date.to) - due_day(date.from)).get_days()
}

/// Preview which promises a calendar would move. Nothing is changed.
#[utoipa::path(post, path = "/v1/directory/calendars/preview", tag = "operators", security(("staff" = [])), request_body = TableBody, params(PreviewParams),
    responses(
        (status = 200, description = "The effect of the calendar, or the first part of it; the ETag is the version in force.", body = PreviewView),
        (status = 422, description = "A year is missing.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn preview_calendar(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    query: QueryString,
    body: JsonBody,
) -> Result<(ETag, Json<PreviewView>), Problem> {
    let cursor = query.read(PreviewParams::read)?.cursor;
    let fingerprint = body
        .fingerprint()
        .map(|byte| format!("{byte:02x}"))
        .concat();
    let wanted = body.read(TableBody::table)?;
    let session = desk.session(&caller).await?;
    session.must_run()?;

    let in_force = session.rules.calendar().version();
    let mut data = session.snapshot.data.clone();
    data.calendars.push(session.next_calendar(wanted)?);
    let rules = data.rulebook();
    let rules = rules.map_err(|_| Problem::unprocessable("directory_contradiction"))?;
    let version = in_force.to_string();
    let binding = [
        desk.district.as_str(),
        caller.subject.as_str(),
        "preview",
        &version,
        &fingerprint,
    ];
    let place = match &cursor {
        Some(cursor) => desk.cursors.open(cursor, &binding)?,
        None => Place::default(),
    };
    let (preview, next) = desk.preview(&rules, place).await?;
    let next_cursor = next
        .map(|next| desk.cursors.seal(&next, &binding))
        .transpose()?;
    let view = PreviewView {
        in_force,
        looked: preview.sums.values().map(|sum| sum.looked).sum(),
        promises_moved: preview.sums.values().map(|sum| count(sum.days.len())).sum(),
        subdistricts: preview
            .sums
            .iter()
            .map(|(unit, sum)| sum.view(unit))
            .collect(),
        sample: preview.sample,
        complete: next_cursor.is_none(),
        next_cursor,
    };
    Ok((ETag(in_force.into()), Json(view)))
}

#[derive(Debug, Default)]
struct Preview {
    sums: BTreeMap<UnitId, Sum>,
    sample: Vec<SampleView>,
}

impl Preview {
    fn add(&mut self, unit: &UnitId, case: &Case, promise: Option<DateMove>) {
        let sum = self.sums.entry(unit.clone()).or_default();
        sum.looked += 1;
        let Some(date) = promise else { return };
        sum.days.push(days(date));
        if self.sample.len() < SAMPLE {
            self.sample.push(SampleView {
                number: case.id.number().to_string(),
                due_at: local_time(date.from),
                would_be_due_at: local_time(date.to),
            });
        }
    }
}

impl Desk {
    /// Counts open cases as the sweep would, by the same rule, and writes nothing.
    async fn preview(
        &self,
        rules: &Rulebook,
        place: Place,
    ) -> Result<(Preview, Option<Place>), Problem> {
        let now = self.clock.now();
        let mut preview = Preview::default();
        let mut next = Some(place);
        for _ in 0..PAGES {
            let Some(place) = next else { break };
            let page = self.cases.open_cases(&self.district, rules, &place).await?;
            let Some(page) = page else {
                next = None;
                break;
            };
            for case in self.cases.heads(&self.district, &page.ids).await? {
                // A case may have been closed since the index was written.
                if case.state.is_open() {
                    preview.add(&page.unit, &case, case.recalculate(rules, now).promise());
                }
            }
            next = page.next;
        }
        Ok((preview, next))
    }
}
