//! `GET /v1/desk/me`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::kernel::org::Role;
use zhitiao_edge::{Language, Problem, StaffCaller};
use zhitiao_views::unit_name;

use crate::Desk;

/// Who is asking.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeView {
    /// The person's id.
    #[schema(example = "wang.fang")]
    id: String,
    /// The person's name.
    name: String,
    /// Every post that the person holds.
    posts: Vec<PostView>,
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

/// Read the caller's own name and posts.
#[utoipa::path(get, path = "/v1/desk/me", tag = "staff", security(("staff" = [])),
    responses((status = 200, description = "The person behind the token.", body = MeView)))]
pub(crate) async fn who_am_i(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
) -> Result<Json<MeView>, Problem> {
    let session = desk.session(caller).await?;
    let posts = session.staff.posts.iter().map(|post| PostView {
        unit: post.unit.to_string(),
        unit_name: unit_name(&post.unit, &session.rules, lang),
        role: post.role,
    });
    Ok(Json(MeView {
        id: session.staff.id.to_string(),
        name: session.staff.name.clone(),
        posts: posts.collect(),
    }))
}
