//! `GET /v1/directory/calendars` and `POST /v1/directory/calendars`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::kernel::calendar::CalendarData;
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_edge::FieldError;
use zhitiao_edge::{
    ETag, IdempotencyKey, IfMatch, JsonBody, Precondition, Problem, ProblemBody, StaffCaller,
};
use zhitiao_store::case::recalculation::Progress;
use zhitiao_store::directory::snapshot::Subject;
use zhitiao_views::local_time;

use crate::table::TableBody;
use crate::{Desk, EditorSession, check_seen, refused};

/// Every version of the calendar, and how far the latest has reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CalendarsView {
    /// The version in force: new cases are promised by it.
    in_force: u32,
    /// All versions, the newest first.
    versions: Vec<VersionView>,
    /// The recalculation of open cases under the latest version; absent before the first load.
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

/// The progress of the recalculation of open cases under a version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecountView {
    /// The version.
    version: u32,
    /// Cases that were recalculated.
    looked: u32,
    /// Cases with a deadline that moved, internal ones too.
    moved: u32,
    /// Cases whose promised date moved; their residents read why.
    promises_moved: u32,
    /// Subdistricts whose cases are all recalculated.
    subdistricts_done: usize,
    /// All subdistricts.
    subdistricts: usize,
    /// When the last case was recalculated; absent while the recalculation runs.
    finished_at: Option<String>,
}

impl RecountView {
    fn of(progress: &Progress, session: &EditorSession) -> Self {
        Self {
            version: progress.version,
            looked: progress.looked,
            moved: progress.moved,
            promises_moved: progress.promises,
            subdistricts_done: progress.units_done(&session.rules),
            subdistricts: session
                .rules
                .org
                .units_of_kind(UnitKind::Subdistrict)
                .count(),
            finished_at: progress.finished_at.map(local_time),
        }
    }
}

impl Desk {
    async fn calendars(
        &self,
        session: &EditorSession,
    ) -> Result<(ETag, Json<CalendarsView>), Problem> {
        let progress = self.cases.recalculation_progress(&self.district).await?;
        let mut versions: Vec<_> = session.snapshot.data.calendars.iter().collect();
        versions.sort_unstable_by_key(|table| std::cmp::Reverse(table.version));
        let versions = versions.into_iter().map(|table| VersionView {
            version: table.version,
            source: table.source.clone(),
            first_year: table.coverage.0,
            last_year: table.coverage.1,
        });
        let in_force = session.rules.calendar().version();
        let view = CalendarsView {
            in_force,
            versions: versions.collect(),
            recount: progress.map(|progress| RecountView::of(&progress, session)),
        };
        Ok((ETag(in_force.into()), Json(view)))
    }
}

impl EditorSession {
    /// The table as the version that would follow the one in force. A caller who sends a whole table must not lose a
    /// year.
    pub(crate) fn next_calendar(&self, mut table: CalendarData) -> Result<CalendarData, Problem> {
        let calendars = self.snapshot.data.calendars.iter();
        let in_force = calendars.max_by_key(|table| table.version);
        let covered = in_force.map_or(table.coverage, |table| table.coverage);
        if table.coverage.0 > covered.0 || table.coverage.1 < covered.1 {
            return Err(refused(vec![FieldError::new("years", "incomplete")]));
        }
        table.version = self.rules.calendar().version() + 1;
        Ok(table)
    }
}

/// List the versions of the calendar and the progress of the recalculation under the latest one.
#[utoipa::path(get, path = "/v1/directory/calendars", tag = "operators", security(("staff" = [])),
    responses(
        (status = 200, description = "All versions; the ETag is the version in force.", body = CalendarsView),
    ))]
pub(crate) async fn list_calendars(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
) -> Result<(ETag, Json<CalendarsView>), Problem> {
    let session = desk.session(&caller).await?;
    session.must_run()?;
    desk.calendars(&session).await
}

/// Load a calendar. New cases use it at once; the service recalculates open cases within minutes.
#[utoipa::path(post, path = "/v1/directory/calendars", tag = "operators", security(("staff" = [])), request_body = TableBody,
    params(
        ("Idempotency-Key" = String, Header, description = "A UUID; repeat the request under the same key."),
        ("If-Match" = String, Header, description = "The version in force that the preview was made from.", example = "\"1\""),
    ),
    responses(
        (status = 201, description = "The calendar is loaded.", body = CalendarsView),
        (status = 200, description = "The calendar was loaded before under this key.", body = CalendarsView),
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
    let wanted = body.read(TableBody::table)?;
    let decide = |session: &EditorSession| {
        session.must_run()?;
        let mut commands = session.snapshot.calendar_commands();
        match commands.find(|(_, done)| key.names(done)) {
            Some((_, done)) if done == command => return Ok(None),
            Some(_) => return Err(Problem::unprocessable("idempotency_key_reused")),
            None => {}
        }
        let in_force = session.rules.calendar().version();
        check_seen(Precondition::Version(seen.0), Some(in_force.into()))?;
        let table = session.next_calendar(wanted.clone())?;
        Ok(Some(Subject::calendar(table, command.clone())))
    };
    let session = desk.execute(&caller, decide).await?;
    let status = if session.changed.is_some() {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let (etag, view) = desk.calendars(&session).await?;
    Ok((status, etag, view))
}
