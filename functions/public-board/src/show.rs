//! `GET /v1/board/cases/{number}` and `GET /v1/my/case`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use zhitiao_app::TrackingToken;
use zhitiao_domain::case::Visibility;
use zhitiao_edge::{Language, NumberInPath, Problem};
use zhitiao_views::PublicCaseView;

use crate::Board;

/// Read one public case with its timeline.
#[utoipa::path(get, path = "/v1/board/cases/{number}", tag = "residents",
    params(("number" = String, Path, example = json!(zhitiao_domain::kernel::ids::CaseNumber::EXAMPLE))),
    responses(
        (status = 200, description = "The case.", body = PublicCaseView),
    ))]
pub(crate) async fn read_public_case(
    State(board): State<Arc<Board>>,
    Language(lang): Language,
    NumberInPath(id): NumberInPath,
) -> Result<Json<PublicCaseView>, Problem> {
    let page = board.shown.published(id).await?;
    let rules = board.district.rules().await?;
    let view = board.shown.view(&page, Visibility::Public, &rules, lang);
    view.await.map(Json)
}

/// Read your own case, public or private, by the tracking token from the receipt.
#[utoipa::path(get, path = "/v1/my/case", tag = "residents",
    params(("Tracking-Token" = String, Header, description = "From the receipt.")),
    responses(
        (status = 200, description = "The case.", body = PublicCaseView),
    ))]
pub(crate) async fn read_my_case(
    State(board): State<Arc<Board>>,
    Language(lang): Language,
    token: TrackingToken,
) -> Result<Json<PublicCaseView>, Problem> {
    let id = board.tracking.open(&token)?;
    let page = board.shown.own(id).await?;
    let rules = board.district.rules().await?;
    let view = board.shown.view(&page, Visibility::Resident, &rules, lang);
    view.await.map(Json)
}
