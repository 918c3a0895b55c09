//! `GET /v1/directory/calendars` and `POST /v1/directory/calendars`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::calendar::CalendarData;
use zhitiao_domain::directory::Fault;
use zhitiao_domain::org::UnitKind;
use zhitiao_edge::view::local_time;
use zhitiao_edge::{
    ETag, IdempotencyKey, IfMatch, JsonBody, Problem, ProblemBody, Seen, StaffCaller,
};
use zhitiao_store::edition::Subject;
use zhitiao_store::recount::Progress;

use crate::table::{TableBody, table};
use crate::{Desk, Seat, check_seen, refused};

/// Every version of the calendar, and how far the latest has reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CalendarsView {
    /// The version in force: new cases are promised by it.
    in_force: u32,
    /// All versions, the newest first.
    versions: Vec<VersionView>,
    /// The count of open cases that the latest load set off; none before the first.
    recount: Option<RecountView>,
}

/// A version of the calendar.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionView {
    /// Its number.
    version: u32,
    /// Where its dates come from.
    source: String,
    /// The first year that it announces.
    #[schema(example = 2024)]
    first_year: i16,
    /// The last one; what falls due later is provisional.
    #[schema(example = 2026)]
    last_year: i16,
}

/// How far the count of the open cases under a version is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecountView {
    /// The version.
    version: u32,
    /// Cases that were looked at.
    looked: u32,
    /// Cases of which a moment moved, inner ones too.
    moved: u32,
    /// Cases of which the promised date moved; their residents read why.
    promises_moved: u32,
    /// Subdistricts that are done.
    subdistricts_done: usize,
    /// All subdistricts.
    subdistricts: usize,
    /// When the last case was counted; none while the count goes on.
    finished_at: Option<String>,
}

impl RecountView {
    fn of(progress: &Progress, seat: &Seat) -> Self {
        Self {
            version: progress.version,
            looked: progress.looked,
            moved: progress.moved,
            promises_moved: progress.promises,
            subdistricts_done: progress.units_done(&seat.rules),
            subdistricts: seat.rules.org.units_of_kind(UnitKind::Subdistrict).count(),
            finished_at: progress.finished_at.map(local_time),
        }
    }
}

impl Desk {
    async fn calendars(&self, seat: &Seat) -> Result<(ETag, Json<CalendarsView>), Problem> {
        let progress = self.cases.recount_progress(&self.district).await?;
        let mut versions: Vec<_> = seat.edition.data.calendars.iter().collect();
        versions.sort_unstable_by_key(|table| std::cmp::Reverse(table.version));
        let versions = versions.into_iter().map(|table| VersionView {
            version: table.version,
            source: table.source.clone(),
            first_year: table.coverage.0,
            last_year: table.coverage.1,
        });
        let in_force = seat.rules.calendar().version();
        let view = CalendarsView {
            in_force,
            versions: versions.collect(),
            recount: progress.map(|progress| RecountView::of(&progress, seat)),
        };
        Ok((ETag(in_force.into()), Json(view)))
    }
}

impl Seat {
    /// The table as the version that would follow the one in force. Whoever sends a whole table must not lose a year.
    pub(crate) fn next_calendar(&self, mut table: CalendarData) -> Result<CalendarData, Problem> {
        let calendars = self.edition.data.calendars.iter();
        let in_force = calendars.max_by_key(|table| table.version);
        let covered = in_force.map_or(table.coverage, |table| table.coverage);
        if table.coverage.0 > covered.0 || table.coverage.1 < covered.1 {
            return Err(refused(vec![Fault {
                field: "years".to_owned(),
                code: "incomplete",
            }]));
        }
        table.version = self.rules.calendar().version() + 1;
        Ok(table)
    }
}

/// The versions of the calendar, and how far the count of open cases under the latest is.
#[utoipa::path(get, path = "/v1/directory/calendars", tag = "operators", security(("staff" = [])),
    responses(
        (status = 200, description = "All versions; the ETag is the version in force.", body = CalendarsView),
    ))]
pub(crate) async fn list_calendars(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
) -> Result<(ETag, Json<CalendarsView>), Problem> {
    let seat = desk.seat(&caller).await?;
    seat.must_run()?;
    desk.calendars(&seat).await
}

/// Load a calendar: new cases are promised by it at once, and the open ones are counted anew within minutes.
#[utoipa::path(post, path = "/v1/directory/calendars", tag = "operators", security(("staff" = [])), request_body = TableBody,
    params(
        ("Idempotency-Key" = String, Header, description = "A UUID; the same for every repetition."),
        ("If-Match" = String, Header, description = "The version in force that the preview was made from.", example = "\"1\""),
    ),
    responses(
        (status = 201, description = "Loaded.", body = CalendarsView),
        (status = 200, description = "Was loaded before under this key.", body = CalendarsView),
        (status = 422, description = "A year is missing, or the key was used for another table.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn load_calendar(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    key: IdempotencyKey,
    seen: IfMatch,
    body: JsonBody,
) -> Result<(StatusCode, ETag, Json<CalendarsView>), Problem> {
    let route = "/v1/directory/calendars";
    let command = key.command_id(caller.subject.as_str(), route, &body.fingerprint());
    let wanted = body.read(table)?;
    let decide = |seat: &Seat| {
        seat.must_run()?;
        let mut commands = seat.edition.calendar_commands();
        match commands.find(|(_, done)| key.names(done)) {
            Some((_, done)) if done == command => return Ok(None),
            Some(_) => return Err(Problem::unprocessable("idempotency_key_reused")),
            None => {}
        }
        let in_force = seat.rules.calendar().version();
        check_seen(Seen::Version(seen.0), Some(in_force.into()))?;
        let table = seat.next_calendar(wanted.clone())?;
        Ok(Some(Subject::calendar(table, command.clone())))
    };
    let seat = desk.carry_out(&caller, decide).await?;
    let status = if seat.has_changed {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let (etag, view) = desk.calendars(&seat).await?;
    Ok((status, etag, view))
}
