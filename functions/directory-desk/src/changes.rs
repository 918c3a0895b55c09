//! `GET /v1/directory/changes`: who changed what in the directory.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::kernel::org::{Staff, Unit};
use zhitiao_domain::notify::channel::ChannelName;
use zhitiao_edge::{Language, Page, Problem, QueryString, StaffCaller};
use zhitiao_store::directory::snapshot::{DirectoryChange, Subject};
use zhitiao_texts::Lang;
use zhitiao_views::local_time;

use crate::staff::PersonView;
use crate::units::UnitView;
use crate::{Desk, EditorSession};

/// One change: one of `unit`, `person`, `calendar` and `channel` is there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeView {
    /// Its number: 1, 2, 3 without gaps; also the version of the item that it wrote.
    number: u64,
    /// When.
    at: String,
    /// Who.
    #[schema(example = "he.lei")]
    by: String,
    /// A unit was created or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<UnitChangeView>,
    /// A member of staff was created or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonChangeView>,
    /// A calendar was loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar: Option<CalendarChangeView>,
    /// A channel was set or taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<ChannelChangeView>,
}

/// A unit before and after a change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitChangeView {
    /// Before; none for a new one.
    before: Option<UnitView>,
    /// After.
    after: UnitView,
}

/// A member of staff before and after a change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonChangeView {
    /// Before; none for a new one.
    before: Option<PersonView>,
    /// After.
    after: PersonView,
}

/// A calendar that was loaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CalendarChangeView {
    /// Its version.
    version: u32,
    /// Where its dates come from.
    source: String,
    /// The first year that it announces.
    first_year: i16,
    /// The last one.
    last_year: i16,
}

/// A channel that was set or taken away; its address and its key are not kept here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelChangeView {
    /// The unit's id.
    unit: String,
    /// Which channel.
    #[schema(value_type = String, example = "wecom")]
    channel: ChannelName,
    /// Whether the unit has had it since.
    set: bool,
}

/// A page of changes, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangesView {
    /// The changes.
    changes: Vec<ChangeView>,
    /// Send it as `cursor` to get the next page; absent on the last page.
    next_cursor: Option<String>,
}

/// List the changes of the directory, newest first.
#[utoipa::path(get, path = "/v1/directory/changes", tag = "operators", security(("staff" = [])), params(Page),
    responses(
        (status = 200, description = "A page of changes.", body = ChangesView),
    ))]
pub(crate) async fn list_changes(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<ChangesView>, Problem> {
    let session = desk.session(&caller).await?;
    session.must_run()?;
    let page = query.read(Page::read)?;
    let binding = [desk.district.as_str(), caller.subject.as_str(), "changes"];
    let before: Option<u64> = page.start(&desk.cursors, &binding)?;
    let limit = page.limit + 1;
    let mut found = desk
        .directory
        .changes(&desk.district, before, limit)
        .await?;
    let last = page.cut(&mut found).map(|change| change.number);
    let next_cursor = last.map(|last| desk.cursors.seal(&last, &binding));
    let changes = found.into_iter();
    Ok(Json(ChangesView {
        changes: changes
            .map(|change| ChangeView::of(change, &session, lang))
            .collect(),
        next_cursor: next_cursor.transpose()?,
    }))
}

impl ChangeView {
    fn of(change: DirectoryChange, session: &EditorSession, lang: Lang) -> Self {
        let number = change.number;
        let at = change.at;
        let unit = |unit: &Unit| UnitView::of(unit, number);
        let person =
            |person: &Staff| PersonView::of(person, number, session, person.is_absent(at), lang);
        let mut view = Self {
            number,
            at: local_time(at),
            by: change.by.to_string(),
            unit: None,
            person: None,
            calendar: None,
            channel: None,
        };
        match change.what {
            Subject::Unit { before, after } => {
                view.unit = Some(UnitChangeView {
                    before: before.as_deref().map(unit),
                    after: unit(&after),
                });
            }
            Subject::Staff { before, after } => {
                view.person = Some(PersonChangeView {
                    before: before.as_deref().map(person),
                    after: person(&after),
                });
            }
            Subject::Channel {
                unit, channel, set, ..
            } => {
                view.channel = Some(ChannelChangeView {
                    unit: unit.to_string(),
                    channel,
                    set,
                });
            }
            Subject::Calendar {
                version,
                source,
                coverage,
                ..
            } => {
                view.calendar = Some(CalendarChangeView {
                    version,
                    source,
                    first_year: coverage.0,
                    last_year: coverage.1,
                });
            }
        }
        view
    }
}
