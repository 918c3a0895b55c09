//! `GET /v1/desk/cases/{number}/contact`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::rights::{self, Right};
use zhitiao_edge::{NumberInPath, Problem, ProblemBody, StaffCaller};

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

/// Open the reporter's contact details. Needs its own right, and every reading is logged.
#[utoipa::path(get, path = "/v1/desk/cases/{number}/contact", tag = "staff", security(("staff" = [])),
    params(("number" = String, Path, example = "K7M3-9QXD-5")),
    responses(
        (status = 200, description = "The contact details.", body = ContactView),
        (status = 403, description = "You have no right to this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is no such case, or the reporter is anonymous.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_contact(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    NumberInPath(id): NumberInPath,
) -> Result<Json<ContactView>, Problem> {
    let seat = desk.seat(caller).await?;
    let case = desk.cases.head(&seat.tenant, id).await?;
    let case = case
        .filter(|case| seat.may(Right::Read, case))
        .ok_or_else(Problem::not_found)?;
    let post = rights::post_for(&seat.rules.org, &seat.staff, Right::ViewContact, &case)
        .ok_or_else(Problem::forbidden)?;

    let reader = (&seat.staff.id, &post.unit);
    let contact = desk
        .cases
        .contact(&seat.tenant, id, reader, desk.clock.now())
        .await?;
    let contact = contact.ok_or_else(Problem::not_found)?;
    let phone = contact.phone.as_ref();
    Ok(Json(ContactView {
        name: contact.name,
        phone: phone.map(|phone| phone.typed().to_owned()),
        phone_dialed: phone.map(|phone| phone.dialed().to_owned()),
    }))
}
