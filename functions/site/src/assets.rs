//! `GET /assets/{file}`.

use axum::extract::Path;
use axum::response::IntoResponse;
use zhitiao_edge::Problem;
use zhitiao_pages::assets;

/// The style sheet or the script, by the name that carries its hash.
pub(crate) async fn file(Path(name): Path<String>) -> Result<impl IntoResponse, Problem> {
    let asset = assets::find(&name).ok_or_else(Problem::not_found)?;
    Ok((asset.headers(), asset.content))
}
