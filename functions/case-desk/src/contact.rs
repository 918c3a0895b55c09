//! `GET /v1/desk/cases/{number}/contact`, and who opened it: `GET /v1/desk/cases/{number}/contact/readings`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::case::rights::{self, Right};
use zhitiao_domain::kernel::ids::CaseNumber;
use zhitiao_edge::{NumberInPath, Page, Problem, ProblemBody, QueryString, StaffCaller};
use zhitiao_views::local_time;

use crate::Desk;

/// How the reporter can be reached.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactView {
    /// A name, when given.
    name: Option<String>,
    /// A phone number as it was typed, when given.
    #[schema(example = "（0532）88888888转801")]
    phone: Option<String>,
    /// The same number as it is dialed (RFC 3966, without separators).
    #[schema(example = "053288888888;ext=801")]
    phone_dialed: Option<String>,
}

/// Read the reporter's contact details. This needs a right of its own, and the service logs every reading.
#[utoipa::path(get, path = "/v1/desk/cases/{number}/contact", tag = "staff", security(("staff" = [])),
    params(("number" = String, Path, example = json!(CaseNumber::EXAMPLE))),
    responses(
        (status = 200, description = "The contact details.", body = ContactView),
        (status = 404, description = "No such case exists, or the reporter is anonymous.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_contact(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    NumberInPath(id): NumberInPath,
) -> Result<Json<ContactView>, Problem> {
    let session = desk.session(caller).await?;
    let case = session.load_readable_head(&desk.cases, id).await?;
    let post = rights::post_for(
        &session.rules.org,
        &session.staff,
        Right::ViewContact,
        &case,
    )
    .ok_or_else(Problem::forbidden)?;

    let reader = (&session.staff.id, &post.unit);
    let contact = desk
        .cases
        .contact(&session.district, id, reader, desk.clock.now())
        .await?;
    let contact = contact.ok_or_else(Problem::not_found)?;
    let phone = contact.phone.as_ref();
    Ok(Json(ContactView {
        name: contact.name,
        phone: phone.map(|phone| phone.typed().to_owned()),
        phone_dialed: phone.map(|phone| phone.dialed().to_owned()),
    }))
}

/// One reading of the contact details.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadingView {
    /// When.
    at: String,
    /// Who: the id in the directory.
    by: String,
    /// Who, by name.
    name: String,
    /// In the name of which unit.
    unit: String,
}

/// A page of readings, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadingsView {
    /// The readings.
    readings: Vec<ReadingView>,
    /// To be sent as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
}

/// Who opened the reporter's contact details, and when. For those who lead the community or what is above it.
#[utoipa::path(get, path = "/v1/desk/cases/{number}/contact/readings", tag = "staff", security(("staff" = [])),
    params(("number" = String, Path, example = json!(CaseNumber::EXAMPLE)), Page),
    responses((status = 200, description = "A page of readings.", body = ReadingsView)))]
pub(crate) async fn read_contact_log(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    NumberInPath(id): NumberInPath,
    query: QueryString,
) -> Result<Json<ReadingsView>, Problem> {
    let session = desk.session(caller).await?;
    let case = session.load_readable_head(&desk.cases, id).await?;
    if !session.may(Right::ViewContactLog, &case) {
        return Err(Problem::forbidden());
    }
    let page = query.read(Page::read)?;
    let staff = session.staff.id.as_str();
    let binding = [
        session.district.as_str(),
        staff,
        "readings",
        case.id.as_str(),
    ];
    let behind: Option<String> = page.start(&desk.cursors, &binding)?;
    let mut found = desk
        .cases
        .contact_readings(&session.district, id, behind.as_deref(), page.limit + 1)
        .await?;
    let next_cursor = page
        .cut(&mut found)
        .map(|last| desk.cursors.seal(&last.key, &binding));
    let readings = found.iter().map(|reading| ReadingView {
        at: local_time(reading.at),
        by: reading.by.to_string(),
        name: session.name_of(&reading.by),
        unit: reading.unit.to_string(),
    });
    Ok(Json(ReadingsView {
        readings: readings.collect(),
        next_cursor: next_cursor.transpose()?,
    }))
}
