//! `GET /v1/desk/cases/{number}/contact`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::case::rights::{self, Right};
use zhitiao_domain::kernel::ids::CaseNumber;
use zhitiao_edge::{NumberInPath, Problem, ProblemBody, StaffCaller};

use crate::Desk;

/// How the reporter can be reached.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactView {
    /// A name, when given.
    name: Option<String>,
    /// A phone number, when given.
    phone: Option<String>,
}

/// Read the reporter's contact details. This needs a right of its own, and the service logs every reading.
#[utoipa::path(get, path = "/v1/desk/cases/{number}/contact", tag = "staff", security(("staff" = [])),
    params(("number" = String, Path, example = json!(CaseNumber::EXAMPLE))),
    responses(
        (status = 200, description = "The contact details.", body = ContactView),
        (status = 403, description = "Your posts do not give you this right.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such case exists, or the reporter is anonymous.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_contact(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    NumberInPath(id): NumberInPath,
) -> Result<Json<ContactView>, Problem> {
    let session = desk.session(caller).await?;
    let case = desk.cases.head(&session.tenant, id).await?;
    let case = case
        .filter(|case| session.may(Right::Read, case))
        .ok_or_else(Problem::not_found)?;
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
        .contact(&session.tenant, id, reader, desk.clock.now())
        .await?;
    let contact = contact.ok_or_else(Problem::not_found)?;
    Ok(Json(ContactView {
        name: contact.name,
        phone: contact.phone,
    }))
}
