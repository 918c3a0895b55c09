//! `GET /v1/directory/units` and `PUT /v1/directory/units/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::directory::check_unit;
use zhitiao_domain::kernel::bounds::{Bounds, Corners, InvalidBounds};
use zhitiao_domain::kernel::ids::{CategoryId, UnitId};
use zhitiao_domain::kernel::limits::{LISTED_PHONES, LOGO_CHARS, TITLE_CHARS, WELCOME_CHARS};
use zhitiao_domain::kernel::org::{Name, Unit, UnitKind};
use zhitiao_domain::kernel::phone::{NotAPhone, Phone};
use zhitiao_domain::kernel::profile::{Color, ListedPhone, Profile};
use zhitiao_edge::{
    ETag, FieldErrors, Fields, JsonBody, Page, Precondition, Problem, QueryString, StaffCaller,
    body,
};
use zhitiao_store::directory::snapshot::Subject;

use crate::{Desk, EditorSession, accept, check_seen};

body! {
    /// Which units to list.
    pub(crate) struct UnitsParams {
        /// Only this kind.
        kind: Option<UnitKind> = optional one_of(),
        /// Only the units right below this one.
        parent: Option<UnitId> = optional parsed(UnitId::parse),
        ..page: Page = Page::read(),
    }
}

/// A unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitView {
    /// Its id.
    #[schema(example = "xianggang-huayuan")]
    id: String,
    /// What it is.
    #[schema(value_type = String, example = "community")]
    kind: UnitKind,
    /// What people call it.
    #[schema(value_type = NameBody)]
    name: Name,
    /// The unit above; none for the district.
    #[schema(example = "badaguan")]
    parent: Option<String>,
    /// Whether it takes no new cases and has no people.
    retired: bool,
    /// Where the district lies; only the district has it.
    #[schema(value_type = Option<BoundsBody>)]
    bounds: Option<Corners>,
    /// How it presents itself on its pages; what it does not say, the unit above says.
    #[schema(value_type = ProfileBody)]
    profile: Profile,
    /// Its version, to be sent as `If-Match` with a change.
    version: u64,
}

impl UnitView {
    pub(crate) fn of(unit: &Unit, version: u64) -> Self {
        Self {
            id: unit.id.to_string(),
            kind: unit.kind,
            name: unit.name.clone(),
            parent: unit.parent.as_ref().map(ToString::to_string),
            retired: unit.retired,
            bounds: unit.bounds.map(Into::into),
            profile: unit.profile.clone(),
            version,
        }
    }
}

/// A page of units, by id.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitsView {
    /// The units.
    units: Vec<UnitView>,
    /// Send it as `cursor` to get the next page; absent on the last page.
    next_cursor: Option<String>,
}

/// List the units of the district, with retired ones.
#[utoipa::path(get, path = "/v1/directory/units", tag = "operators", security(("staff" = [])), params(UnitsParams),
    responses(
        (status = 200, description = "A page of units.", body = UnitsView),
    ))]
pub(crate) async fn list_units(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<UnitsView>, Problem> {
    let session = desk.session(&caller).await?;
    let UnitsParams { kind, parent, page } = query.read(UnitsParams::read)?;
    let filter = format!("{kind:?} {parent:?}");
    let found = session.rules.org.all_units().filter(|unit| {
        kind.is_none_or(|kind| unit.kind == kind) && (parent.is_none() || unit.parent == parent)
    });
    let list = ["units", &filter];
    let (units, next_cursor) = desk.cut(&session.editor.id, &list, &page, found, |unit| {
        unit.id.as_str()
    })?;
    let units = units.into_iter();
    Ok(Json(UnitsView {
        units: units
            .map(|unit| UnitView::of(unit, session.version_of(unit)))
            .collect(),
        next_cursor,
    }))
}

body! {
    /// A unit as it is to be.
    pub(crate) struct UnitBody {
        /// `department`, `subdistrict`, `community`, `grid` or `team`; it cannot be changed later.
        #[example("community")]
        kind: UnitKind = required one_of(),
        /// What people call it, up to 80 characters each.
        name: Name = required object(NameBody::read),
        /// The unit above.
        #[example("badaguan")]
        parent: Option<UnitId> = optional parsed(UnitId::parse),
        /// `true`: the unit takes no new cases; allowed once it has no people, no units below, no channel of its own
        /// and no open case.
        retired: bool = optional boolean() or false,
        /// Only for the district: where it lies. A report with a position outside is refused; without bounds none is.
        bounds: Option<Bounds> = optional object(BoundsBody::bounds),
        /// How it presents itself on its pages: districts, subdistricts and communities.
        profile: Profile = optional object(ProfileBody::read) or Profile::default(),
    }
}

body! {
    /// How a unit presents itself on the pages for residents. What is left out, the unit above says.
    pub(crate) struct ProfileBody => Profile {
        /// The color of its pages: `green`, `blue`, `red`, `purple`, `brown` or `teal`.
        #[example("blue")]
        color: Option<Color> = optional one_of(),
        /// One or two characters for its logo; the first character of its name when no unit above says another.
        #[example("香")]
        logo: Option<String> = optional line(1..=LOGO_CHARS),
        /// Its telephones; the first is the one that pages offer to call.
        phones: Vec<ListedPhone> = optional list(0..=LISTED_PHONES, object(ListedPhoneBody::read)) or Vec::new(),
        /// When the office is open.
        hours: Option<Name> = optional object(NameBody::read),
        /// Its words to residents.
        welcome: Option<Name> = optional object(WelcomeBody::read),
        /// The categories that its form offers; all when none is named.
        categories: Vec<CategoryId> = optional list(0..=100, parsed(CategoryId::parse)) or Vec::new(),
    }
}

body! {
    /// A telephone that pages list.
    pub(crate) struct ListedPhoneBody => ListedPhone {
        /// What answers there.
        name: Name = required object(NameBody::read),
        /// The number.
        #[example("0532-88888888")]
        number: String = required parsed_or(typed_phone, |v, NotAPhone| v.refuse("not_a_phone")),
    }
}

body! {
    /// Words to residents in two languages.
    pub(crate) struct WelcomeBody => Name {
        /// Simplified Chinese.
        #[example("有事您说话，我们就在楼下。")]
        zh: String = required line(1..=WELCOME_CHARS),
        /// English.
        #[example("Tell us, we are just downstairs.")]
        en: String = required line(1..=WELCOME_CHARS),
    }
}

body! {
    /// A name in two languages.
    pub(crate) struct NameBody => Name {
        /// Simplified Chinese.
        #[example("香港花园社区")]
        zh: String = required line(1..=TITLE_CHARS),
        /// English.
        #[example("Hong Kong Garden Community")]
        en: String = required line(1..=TITLE_CHARS),
    }
}

body! {
    /// The rectangle in which the district lies, in degrees, WGS 84.
    pub(crate) struct BoundsBody => Corners {
        /// The least latitude.
        #[example(36.03)]
        south: f64 = required number(-90.0..=90.0),
        /// The least longitude.
        #[example(120.26)]
        west: f64 = required number(-180.0..=180.0),
        /// The greatest latitude.
        #[example(36.12)]
        north: f64 = required number(-90.0..=90.0),
        /// The greatest longitude.
        #[example(120.47)]
        east: f64 = required number(-180.0..=180.0),
    }
}

impl UnitBody {
    fn unit(f: &mut Fields, id: UnitId) -> Result<Unit, FieldErrors> {
        let body = Self::read(f)?;
        Ok(Unit {
            id,
            kind: body.kind,
            name: body.name,
            parent: body.parent,
            retired: body.retired,
            bounds: body.bounds,
            profile: body.profile,
        })
    }
}

/// A number as it was typed.
fn typed_phone(text: &str) -> Result<String, NotAPhone> {
    Phone::parse(text).map(|phone| phone.typed().to_owned())
}

impl BoundsBody {
    fn bounds(f: &mut Fields) -> Result<Bounds, FieldErrors> {
        let corners = Self::read(f)?;
        let (wrong, bounds) = if corners.south < corners.north {
            ("east", Bounds::try_from(corners))
        } else {
            ("north", Err(InvalidBounds))
        };
        bounds.map_err(|InvalidBounds| f.refuse(wrong, "reversed_bounds"))
    }
}

/// Create, change or retire a unit.
#[utoipa::path(put, path = "/v1/directory/units/{id}", tag = "operators", security(("staff" = [])), request_body = UnitBody,
    params(
        ("id" = String, Path, example = "xianggang-huayuan"),
        ("If-Match" = Option<String>, Header, description = "The version that you read.", example = "\"3\""),
        ("If-None-Match" = Option<String>, Header, description = "`*`: create a new unit."),
    ),
    responses(
        (status = 200, description = "The unit after the change.", body = UnitView),
    ))]
pub(crate) async fn put_unit(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    Path(id): Path<String>,
    seen: Precondition,
    body: JsonBody,
) -> Result<(ETag, Json<UnitView>), Problem> {
    let id = UnitId::parse(&id).map_err(|_| Problem::not_found())?;
    let wanted = body.read(|f| UnitBody::unit(f, id.clone()))?;
    let session = desk
        .execute(&caller, |session| decide(session, &wanted, seen))
        .await?;
    let unit = session.rules.org.unit(&id).ok_or_else(Problem::not_found)?;
    let version = session.version_of(unit);
    Ok((ETag(version), Json(UnitView::of(unit, version))))
}

fn decide(
    session: &EditorSession,
    wanted: &Unit,
    seen: Precondition,
) -> Result<Option<Subject>, Problem> {
    session.must_run()?;
    let before = session.rules.org.unit(&wanted.id);
    if before == Some(wanted) {
        return Ok(None);
    }
    check_seen(seen, before.map(|unit| session.version_of(unit)))?;
    let categories = session.rules.departments();
    accept(check_unit(&session.rules.org, &categories, before, wanted))?;
    Ok(Some(Subject::Unit {
        before: before.cloned().map(Box::new),
        after: Box::new(wanted.clone()),
    }))
}
