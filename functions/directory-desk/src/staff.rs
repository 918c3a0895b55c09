//! Staff: who they are, which posts they hold, when they are away and who stands in, and what they are sent.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use jiff::civil::{Date, Time};
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::directory::{
    check_absence, check_staff, kept_deputy, may_set_absence, may_set_notifications,
};
use zhitiao_domain::kernel::ids::{MAX_SUBJECT_CHARS, StaffId, TokenSubject, UnitId};
use zhitiao_domain::kernel::limits::{ABSENCES, NAME_CHARS, PER_HOUR, POSTS};
use zhitiao_domain::kernel::org::{Absence, NotificationPreferences, Post, Role, Staff};
use zhitiao_domain::notify::channel::{ChannelName, reached_units};
use zhitiao_edge::{
    ETag, IfMatch, JsonBody, Language, Page, Precondition, Problem, ProblemBody, QueryString,
    StaffCaller, body,
};
use zhitiao_store::directory::snapshot::Subject;
use zhitiao_texts::Lang;
use zhitiao_views::unit_name;

use crate::{Desk, EditorSession, accept, check_seen, table};

body! {
    /// Whom to list.
    pub(crate) struct StaffParams {
        /// Only people with a post in this unit.
        unit: Option<UnitId> = optional parsed(UnitId::parse),
        ..page: Page = Page::read(),
    }
}

/// A member of staff. Absences and notifications are shown only to those whom they concern.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonView {
    /// The person's id.
    #[schema(example = "wang.fang")]
    id: String,
    /// The subject of the person's tokens; only for the person and operators.
    #[schema(example = "auth0|5f7c8ec7c33c6c004bbafe82")]
    subject: Option<String>,
    /// The person's name.
    name: String,
    /// Every post that the person holds; empty for a person who has left.
    posts: Vec<PostView>,
    /// Whether the person is away today.
    absent: bool,
    /// Who stands in on days of absence.
    deputy: Option<String>,
    /// The days of absence; only for the person and those who may set them.
    absences: Option<Vec<AbsenceView>>,
    /// What is sent to the person, and when; only for the person and operators.
    notifications: Option<NotificationsView>,
    /// The version, to be sent as `If-Match` with a change.
    version: u64,
    /// Warning, in the answer to a change of posts only: these units lost with it their last way to be told outside the
    /// service. They have their inbox only, until a post is filled or they get a channel. Within hours, the operators'
    /// alarm names them, too.
    #[schema(example = json!(["badaguan"]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    out_of_reach: Option<Vec<String>>,
}

/// A role in a unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PostView {
    /// The unit's id.
    #[schema(example = "xianggang-huayuan")]
    unit: String,
    /// The unit's name.
    unit_name: String,
    /// The role.
    #[schema(value_type = String, example = "desk_officer")]
    role: Role,
}

/// Days of absence, both included.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AbsenceView {
    /// The first day.
    #[schema(value_type = String, example = "2026-11-30")]
    from: Date,
    /// The last day.
    #[schema(value_type = String, example = "2026-12-04")]
    to: Date,
}

/// What is sent to a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NotificationsView {
    /// Whether urgent messages are sent at once.
    immediate: bool,
    /// Whether the morning's digest is sent.
    digest: bool,
    /// Start of the quiet hours, in which only danger to life is sent, Asia/Shanghai.
    #[schema(example = "21:30")]
    quiet_from: String,
    /// End of the quiet hours.
    #[schema(example = "08:00")]
    quiet_until: String,
    /// The largest number of messages in one hour.
    per_hour: u8,
}

impl NotificationsView {
    fn of(preferences: &NotificationPreferences) -> Self {
        let clock = |time: Time| time.strftime("%H:%M").to_string();
        Self {
            immediate: preferences.immediate,
            digest: preferences.digest,
            quiet_from: clock(preferences.quiet_from),
            quiet_until: clock(preferences.quiet_until),
            per_hour: preferences.per_hour,
        }
    }
}

impl PersonView {
    pub(crate) fn of(
        person: &Staff,
        version: u64,
        session: &EditorSession,
        absent: bool,
        lang: Lang,
    ) -> Self {
        let org = &session.rules.org;
        let posts = person.posts.iter().map(|post| PostView {
            unit: post.unit.to_string(),
            unit_name: unit_name(&post.unit, &session.rules, lang),
            role: post.role,
        });
        let absences = person.absences.iter().map(|absence| AbsenceView {
            from: absence.from,
            to: absence.to,
        });
        let may_see_account = may_set_notifications(org, &session.editor, person);
        Self {
            id: person.id.to_string(),
            subject: may_see_account.then(|| person.subject().to_owned()),
            name: person.name.clone(),
            posts: posts.collect(),
            absent,
            deputy: person.deputy.as_ref().map(ToString::to_string),
            absences: may_set_absence(org, &session.editor, person).then(|| absences.collect()),
            notifications: may_see_account.then(|| NotificationsView::of(&person.notifications)),
            version,
            out_of_reach: None,
        }
    }
}

/// A page of people, by id.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaffView {
    /// The people.
    staff: Vec<PersonView>,
    /// Send it as `cursor` to get the next page; absent on the last page.
    next_cursor: Option<String>,
}

/// List the district's staff.
#[utoipa::path(get, path = "/v1/directory/staff", tag = "operators", security(("staff" = [])), params(StaffParams),
    responses(
        (status = 200, description = "A page of people.", body = StaffView),
    ))]
pub(crate) async fn list_staff(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<StaffView>, Problem> {
    let session = desk.session(&caller).await?;
    let StaffParams { unit, page } = query.read(StaffParams::read)?;
    let works_there = |person: &&Staff| {
        let in_unit = |unit: &UnitId| person.posts.iter().any(|post| post.unit == *unit);
        unit.as_ref().is_none_or(in_unit)
    };
    let found = session.rules.org.all_staff().filter(works_there);
    let list = ["staff", unit.as_ref().map_or("", UnitId::as_str)];
    let (people, next_cursor) = desk.cut(&session.editor.id, &list, &page, found, |person| {
        person.id.as_str()
    })?;
    let people = people.into_iter();
    Ok(Json(StaffView {
        staff: people
            .map(|person| desk.person(&session, person, lang))
            .collect(),
        next_cursor,
    }))
}

impl Desk {
    fn person(&self, session: &EditorSession, person: &Staff, lang: Lang) -> PersonView {
        let version = session.snapshot.version_of_staff(&person.id);
        PersonView::of(
            person,
            version,
            session,
            person.is_absent(self.clock.now()),
            lang,
        )
    }

    fn answer(&self, session: &EditorSession, id: &StaffId, lang: Lang) -> Answer {
        let person = session.rules.org.staff(id).ok_or_else(Problem::not_found)?;
        let view = self.person(session, person, lang);
        Ok((ETag(view.version), Json(view)))
    }
}

type Answer = Result<(ETag, Json<PersonView>), Problem>;

fn id_of(text: &str) -> Result<StaffId, Problem> {
    StaffId::parse(text).map_err(|_| Problem::not_found())
}

/// Read one member of staff. `GET /v1/desk/me` answers your own id.
#[utoipa::path(get, path = "/v1/directory/staff/{id}", tag = "operators", security(("staff" = [])),
    params(("id" = String, Path, example = "wang.fang")),
    responses(
        (status = 200, description = "The person; the ETag is the version.", body = PersonView),
    ))]
pub(crate) async fn read_person(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
    Path(id): Path<String>,
) -> Answer {
    let session = desk.session(&caller).await?;
    desk.answer(&session, &id_of(&id)?, lang)
}

body! {
    /// Name, posts and sign-in.
    pub(crate) struct PersonBody {
        /// Up to 40 characters.
        name: String = required line(1..=NAME_CHARS),
        /// Every post; `[]` for a person who leaves.
        posts: Vec<Post> = required list(0..=POSTS, object(PostBody::read)),
        /// The subject of the person's tokens, exactly as the issuer writes it: `subject` of the answer 403 that the
        /// person gets until then. The id when left out.
        #[example("auth0|5f7c8ec7c33c6c004bbafe82")]
        subject: Option<TokenSubject> = optional verbatim(1..=MAX_SUBJECT_CHARS, TokenSubject::parse),
    }
}

body! {
    /// A role in a unit.
    pub(crate) struct PostBody => Post {
        /// The unit's id.
        #[example("xianggang-huayuan")]
        unit: UnitId = required parsed(UnitId::parse),
        /// The role.
        #[example("desk_officer")]
        role: Role = required one_of(),
    }
}

/// Create a member of staff, or change the name, posts and sign-in of one. The change takes effect within a minute.
#[utoipa::path(put, path = "/v1/directory/staff/{id}", tag = "operators", security(("staff" = [])), request_body = PersonBody,
    params(
        ("id" = String, Path, description = "The name of the person in the directory; it never changes.", example = "wang.fang"),
        ("If-Match" = Option<String>, Header, description = "The version that you read.", example = "\"3\""),
        ("If-None-Match" = Option<String>, Header, description = "`*`: create a new person."),
    ),
    responses(
        (status = 200, description = "The person after the change.", body = PersonView),
    ))]
pub(crate) async fn put_person(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
    Path(id): Path<String>,
    seen: Precondition,
    body: JsonBody,
) -> Answer {
    let id = id_of(&id)?;
    let wanted = body.read(PersonBody::read)?;
    let session = desk
        .execute(&caller, |session| session.decide_person(&id, &wanted, seen))
        .await?;
    let (etag, Json(mut view)) = desk.answer(&session, &id, lang)?;
    view.out_of_reach = desk.units_out_of_reach(&session).await?;
    Ok((etag, Json(view)))
}

impl Desk {
    /// The units that can no longer be told because of the posts that a person has lost; `None` where there are none.
    async fn units_out_of_reach(
        &self,
        session: &EditorSession,
    ) -> Result<Option<Vec<String>>, Problem> {
        let lost = session.changed.as_ref().map_or_else(Vec::new, lost_posts);
        if lost.is_empty() {
            return Ok(None);
        }
        let channels = self.directory.channels(&self.district).await?.into_iter();
        let channels: Vec<_> = channels.map(|stored| stored.settings).collect();
        // Without a gateway to people, no unit was told by a person's post.
        if !channels.iter().any(|one| one.name == ChannelName::People) {
            return Ok(None);
        }
        let reached = reached_units(&session.rules.org, &channels, self.clock.now());
        let out: BTreeSet<_> = lost.into_iter().filter(|u| !reached.contains(u)).collect();
        let out: Vec<_> = out.iter().map(ToString::to_string).collect();
        Ok((!out.is_empty()).then_some(out))
    }
}

/// The units of the posts that a person held before a change and not after it.
fn lost_posts(change: &Subject) -> Vec<UnitId> {
    let Subject::Staff {
        before: Some(before),
        after,
    } = change
    else {
        return Vec::new();
    };
    let lost = before.posts.iter();
    let lost = lost.filter(|post| !after.posts.contains(post));
    lost.map(|post| post.unit.clone()).collect()
}

impl EditorSession {
    fn decide_person(
        &self,
        id: &StaffId,
        wanted: &PersonBody,
        seen: Precondition,
    ) -> Result<Option<Subject>, Problem> {
        self.must_run()?;
        let org = &self.rules.org;
        let before = org.staff(id);
        let deputy = before.and_then(|person| person.deputy.as_ref());
        let after = Staff {
            id: id.clone(),
            // Who signs in by the id needs nothing said about it.
            subject: wanted
                .subject
                .clone()
                .filter(|subject| subject.as_str() != id.as_str()),
            name: wanted.name.clone(),
            posts: wanted.posts.clone(),
            deputy: kept_deputy(org, deputy, &wanted.posts),
            absences: before.map_or_else(Vec::new, |person| person.absences.clone()),
            notifications: before.map_or_else(Default::default, |person| person.notifications),
        };
        if before == Some(&after) {
            return Ok(None);
        }
        check_seen(seen, before.map(|_| self.snapshot.version_of_staff(id)))?;
        accept(check_staff(org, &self.editor.id, before, &after))?;
        Ok(Some(Subject::Staff {
            before: before.cloned().map(Box::new),
            after: Box::new(after),
        }))
    }

    /// Changes what `change` changes of a person who is there, when `may` allows it and `check` finds no fault.
    fn decide_change(
        &self,
        id: &StaffId,
        seen: IfMatch,
        may: impl Fn(&Staff) -> bool,
        change: impl Fn(&Staff) -> Result<Staff, Problem>,
    ) -> Result<Option<Subject>, Problem> {
        let before = self.rules.org.staff(id).ok_or_else(Problem::not_found)?;
        if !may(before) {
            return Err(Problem::forbidden());
        }
        let after = change(before)?;
        if *before == after {
            return Ok(None);
        }
        check_seen(
            Precondition::Version(seen.0),
            Some(self.snapshot.version_of_staff(id)),
        )?;
        Ok(Some(Subject::Staff {
            before: Some(Box::new(before.clone())),
            after: Box::new(after),
        }))
    }
}

body! {
    /// When a person is away, and who stands in then.
    pub(crate) struct AbsenceBody {
        /// The deputy on these days, a person of the same unit or a unit above it; none when left out.
        #[example("li.jianguo")]
        deputy: Option<StaffId> = optional parsed(StaffId::parse),
        /// All days of absence, up to 50 spans; `[]` for none.
        absences: Vec<Absence> = required list(0..=ABSENCES, object(DaysBody::read)),
    }
}

body! {
    /// Days, both included.
    pub(crate) struct DaysBody => Absence {
        /// The first day.
        #[example("2026-11-30")]
        from: Date = required parsed(table::date),
        /// The last day.
        #[example("2026-12-04")]
        to: Date = required parsed(table::date),
    }
}

/// Set a person's absences and deputy: for yourself, for the people of a unit that you lead, or as an operator.
#[utoipa::path(put, path = "/v1/directory/staff/{id}/absence", tag = "operators", security(("staff" = [])), request_body = AbsenceBody,
    params(
        ("id" = String, Path, example = "wang.fang"),
        ("If-Match" = String, Header, description = "The version that you read.", example = "\"3\""),
    ),
    responses(
        (status = 200, description = "The person after the change.", body = PersonView),
        (status = 403, description = "You are neither this person, nor a leader of the person's unit, nor an operator.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn put_absence(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
    Path(id): Path<String>,
    seen: IfMatch,
    body: JsonBody,
) -> Answer {
    let id = id_of(&id)?;
    let AbsenceBody { deputy, absences } = body.read(AbsenceBody::read)?;
    let decide = |session: &EditorSession| {
        let org = &session.rules.org;
        let may = |person: &Staff| may_set_absence(org, &session.editor, person);
        session.decide_change(&id, seen, may, |person| {
            accept(check_absence(org, person, deputy.as_ref(), &absences))?;
            Ok(Staff {
                deputy: deputy.clone(),
                absences: absences.clone(),
                ..person.clone()
            })
        })
    };
    let session = desk.execute(&caller, decide).await?;
    desk.answer(&session, &id, lang)
}

body! {
    /// What is sent to a person.
    pub(crate) struct NotificationsBody => NotificationPreferences {
        /// Whether urgent messages are sent at once; danger to life always is.
        immediate: bool = required boolean(),
        /// Whether the morning's digest is sent.
        digest: bool = required boolean(),
        /// Start of the quiet hours, in which only danger to life is sent, Asia/Shanghai.
        #[example("21:30")]
        quiet_from: Time = required parsed(table::clock),
        /// End of the quiet hours; the same time as the start for none.
        #[example("08:00")]
        quiet_until: Time = required parsed(table::clock),
        /// The largest number of messages in one hour, 1 to 60.
        per_hour: u8 = required integer(1..=PER_HOUR),
    }
}

/// Set which messages you get, and when.
#[utoipa::path(put, path = "/v1/directory/staff/{id}/notifications", tag = "operators", security(("staff" = [])), request_body = NotificationsBody,
    params(
        ("id" = String, Path, example = "wang.fang"),
        ("If-Match" = String, Header, description = "The version that you read.", example = "\"3\""),
    ),
    responses(
        (status = 200, description = "The person after the change.", body = PersonView),
        (status = 403, description = "You are neither this person nor an operator.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn put_notifications(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
    Path(id): Path<String>,
    seen: IfMatch,
    body: JsonBody,
) -> Answer {
    let id = id_of(&id)?;
    let wanted = body.read(NotificationsBody::read)?;
    let decide = |session: &EditorSession| {
        let may =
            |person: &Staff| may_set_notifications(&session.rules.org, &session.editor, person);
        session.decide_change(&id, seen, may, |person| {
            Ok(Staff {
                notifications: wanted,
                ..person.clone()
            })
        })
    };
    let session = desk.execute(&caller, decide).await?;
    desk.answer(&session, &id, lang)
}
