//! `GET /v1/directory/units` and `PUT /v1/directory/units/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use zhitiao_domain::bounds::{Bounds, Corners, InvalidBounds};
use zhitiao_domain::directory::check_unit;
use zhitiao_domain::ids::UnitId;
use zhitiao_domain::limits::TITLE_CHARS;
use zhitiao_domain::org::{Name, Unit, UnitKind};
use zhitiao_edge::{
    ETag, Faulty, Field, Fields, JsonBody, Problem, ProblemBody, QueryString, Seen, StaffCaller,
};
use zhitiao_store::edition::Subject;

use crate::{Desk, Seat, accept, check_seen, list};

/// Which units to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the wire; `list_units` reads it")]
pub(crate) struct UnitsParams {
    /// Only this kind.
    kind: Option<String>,
    /// Only the units right below this one.
    parent: Option<String>,
    /// Units on the page, 1 to 100; 20 when left out.
    limit: Option<u8>,
    /// Where the page starts, from the page before.
    cursor: Option<String>,
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
    name: NameView,
    /// The unit above; none for the district.
    #[schema(example = "badaguan")]
    parent: Option<String>,
    /// Whether it takes no new cases and has no people.
    retired: bool,
    /// Where the district lies; only the district has it.
    bounds: Option<BoundsView>,
    /// Its version, to be sent as `If-Match` with a change.
    version: u64,
}

/// A name in two languages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NameView {
    /// Simplified Chinese.
    #[schema(example = "香港花园社区")]
    zh: String,
    /// English.
    #[schema(example = "Hong Kong Garden Community")]
    en: String,
}

/// The rectangle in which the district lies, in degrees, WGS 84.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoundsView {
    /// The least latitude.
    #[schema(example = 36.03)]
    south: f64,
    /// The least longitude.
    #[schema(example = 120.26)]
    west: f64,
    /// The greatest latitude.
    #[schema(example = 36.12)]
    north: f64,
    /// The greatest longitude.
    #[schema(example = 120.47)]
    east: f64,
}

impl BoundsView {
    fn of(corners: Corners) -> Self {
        Self {
            south: corners.south,
            west: corners.west,
            north: corners.north,
            east: corners.east,
        }
    }
}

impl UnitView {
    pub(crate) fn of(unit: &Unit, version: u64) -> Self {
        Self {
            id: unit.id.to_string(),
            kind: unit.kind,
            name: NameView {
                zh: unit.name.zh.clone(),
                en: unit.name.en.clone(),
            },
            parent: unit.parent.as_ref().map(ToString::to_string),
            retired: unit.retired,
            bounds: unit.bounds.map(|bounds| BoundsView::of(bounds.into())),
            version,
        }
    }
}

/// A page of units, by id.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitsView {
    /// The units.
    units: Vec<UnitView>,
    /// To be sent as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
}

/// The units of the district, retired ones too.
#[utoipa::path(get, path = "/v1/directory/units", tag = "operators", security(("staff" = [])), params(UnitsParams),
    responses(
        (status = 200, description = "A page of units.", body = UnitsView),
        (status = 400, description = "A parameter is wrong, or the cursor is not of this list.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn list_units(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<UnitsView>, Problem> {
    let seat = desk.seat(&caller).await?;
    let (kind, parent, page) = query.read(|f| {
        let kind = f.optional("kind", Field::one_of::<UnitKind>);
        let parent = f.optional("parent", |v| v.parsed(UnitId::parse));
        let page = list::page(f);
        Ok((kind?, parent?, page?))
    })?;
    let filter = format!("{kind:?} {parent:?}");
    let found = seat.rules.org.all_units().filter(|unit| {
        kind.is_none_or(|kind| unit.kind == kind) && (parent.is_none() || unit.parent == parent)
    });
    let list = ["units", &filter];
    let (units, next_cursor) = desk.cut(&seat.editor.id, &list, &page, found, |unit| {
        unit.id.as_str()
    })?;
    let units = units.into_iter();
    Ok(Json(UnitsView {
        units: units
            .map(|unit| UnitView::of(unit, seat.version_of(unit)))
            .collect(),
        next_cursor,
    }))
}

/// A unit as it is to be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `read` reads it")]
pub(crate) struct UnitBody {
    /// `department`, `subdistrict`, `community`, `grid` or `team`; it cannot be changed later.
    #[schema(example = "community")]
    kind: String,
    /// What people call it, up to 80 characters each.
    #[schema(inline)]
    name: NameBody,
    /// The unit above.
    #[schema(example = "badaguan")]
    parent: Option<String>,
    /// `true`: it takes no new cases; only for a unit that nobody needs any more.
    retired: Option<bool>,
    /// Only for the district: where it lies. A report with a position outside is refused; without bounds none is.
    #[schema(inline)]
    bounds: Option<BoundsBody>,
}

/// The rectangle in which the district lies, in degrees, WGS 84.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `bounds` reads it")]
pub(crate) struct BoundsBody {
    /// The least latitude.
    #[schema(minimum = -90, maximum = 90, example = 36.03)]
    south: f64,
    /// The least longitude.
    #[schema(minimum = -180, maximum = 180, example = 120.26)]
    west: f64,
    /// The greatest latitude.
    #[schema(minimum = -90, maximum = 90, example = 36.12)]
    north: f64,
    /// The greatest longitude.
    #[schema(minimum = -180, maximum = 180, example = 120.47)]
    east: f64,
}

fn bounds(f: &mut Fields) -> Result<Bounds, Faulty> {
    let south = f.required("south", |v| v.number(-90.0..=90.0));
    let west = f.required("west", |v| v.number(-180.0..=180.0));
    let north = f.required("north", |v| v.number(-90.0..=90.0));
    let east = f.required("east", |v| v.number(-180.0..=180.0));
    let corners = Corners {
        south: south?,
        west: west?,
        north: north?,
        east: east?,
    };
    let (wrong, bounds) = if corners.south < corners.north {
        ("east", Bounds::try_from(corners))
    } else {
        ("north", Err(InvalidBounds))
    };
    bounds.map_err(|InvalidBounds| f.refuse(wrong, "reversed_bounds"))
}

/// A name in two languages.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `name` reads it")]
pub(crate) struct NameBody {
    /// Simplified Chinese.
    zh: String,
    /// English.
    en: String,
}

fn name(f: &mut Fields) -> Result<Name, Faulty> {
    let zh = f.required("zh", |v| v.line(1..=TITLE_CHARS));
    let en = f.required("en", |v| v.line(1..=TITLE_CHARS));
    Ok(Name { zh: zh?, en: en? })
}

fn read(f: &mut Fields, id: UnitId) -> Result<Unit, Faulty> {
    let kind = f.required("kind", Field::one_of);
    let name = f.required("name", |v| v.object(name));
    let parent = f.optional("parent", |v| v.parsed(UnitId::parse));
    let retired = f.optional("retired", Field::boolean);
    let bounds = f.optional("bounds", |v| v.object(bounds));
    Ok(Unit {
        id,
        kind: kind?,
        name: name?,
        parent: parent?,
        retired: retired?.unwrap_or_default(),
        bounds: bounds?,
    })
}

/// Make a unit, change it, or retire it.
#[utoipa::path(put, path = "/v1/directory/units/{id}", tag = "operators", security(("staff" = [])), request_body = UnitBody,
    params(
        ("id" = String, Path, example = "xianggang-huayuan"),
        ("If-Match" = Option<String>, Header, description = "The version that you saw.", example = "\"3\""),
        ("If-None-Match" = Option<String>, Header, description = "`*`: there is no such unit yet."),
    ),
    responses(
        (status = 200, description = "Done; the unit as it is now.", body = UnitView),
        (status = 400, description = "Fields are missing or wrong; all are named.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "You do not run the service.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is no such unit.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it, or it is there already; the current version is named.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The rules refuse it; all fields are named.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "Neither `If-Match` nor `If-None-Match` was sent.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn put_unit(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    Path(id): Path<String>,
    seen: Seen,
    body: JsonBody,
) -> Result<(ETag, Json<UnitView>), Problem> {
    let id = UnitId::parse(&id).map_err(|_| Problem::not_found())?;
    let wanted = body.read(|f| read(f, id.clone()))?;
    let seat = desk
        .carry_out(&caller, |seat| decide(seat, &wanted, seen))
        .await?;
    let unit = seat.rules.org.unit(&id).ok_or_else(Problem::not_found)?;
    let version = seat.version_of(unit);
    Ok((ETag(version), Json(UnitView::of(unit, version))))
}

fn decide(seat: &Seat, wanted: &Unit, seen: Seen) -> Result<Option<Subject>, Problem> {
    seat.must_run()?;
    let before = seat.rules.org.unit(&wanted.id);
    if before == Some(wanted) {
        return Ok(None);
    }
    check_seen(seen, before.map(|unit| seat.version_of(unit)))?;
    let categories = &seat.edition.data.categories;
    accept(check_unit(&seat.rules.org, categories, before, wanted))?;
    Ok(Some(Subject::Unit {
        before: before.cloned(),
        after: wanted.clone(),
    }))
}
