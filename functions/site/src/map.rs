//! `GET /board/{community}/map`: the cases of a board with their places, as `GeoJSON` (RFC 7946), for maps of others.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Value, json};
use zhitiao_app::board::{BoardRequest, row_view};
use zhitiao_domain::kernel::ids::CaseId;
use zhitiao_domain::kernel::limits::PAGE_ROWS;
use zhitiao_edge::{Problem, QueryString};
use zhitiao_texts::Lang;
use zhitiao_views::{BoardRowView, PositionView};

use crate::Site;
use crate::board::{BoardQuery, community_at};

/// The newest public cases of a community, at most 100, each a feature, in Chinese; one without a position has no
/// geometry. Maps may keep it for five minutes, and so it depends on nobody's cookie.
pub(crate) async fn board(
    State(site): State<Arc<Site>>,
    Path(community): Path<String>,
    query: QueryString,
) -> Result<impl IntoResponse, Problem> {
    let (lang, rules) = (Lang::Zh, site.district.rules().await?);
    let asked = query.read(BoardQuery::read)?;
    let list = BoardRequest {
        community: community_at(&community, &rules)?,
        month: asked.month,
        category: asked.category,
        limit: PAGE_ROWS,
    };
    let now = site.district.now();
    let page = site.board.page(&list, None, now).await?;
    let ids: Vec<_> = page.rows.iter().map(|row| row.id).collect();
    let positions = site.positions(&ids).await?;
    let features = page.rows.into_iter().map(|row| {
        let position = positions.get(&row.id).copied();
        feature(
            &row_view(row, &rules, lang, now),
            position,
            &site.public_url,
        )
    });
    let features: Vec<_> = features.collect();
    let collection = json!({"type": "FeatureCollection", "features": features});
    let headers = [
        (CONTENT_TYPE, "application/geo+json"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    Ok((headers, collection.to_string()))
}

impl Site {
    /// Where the cases are, as far as the public sees it.
    async fn positions(&self, ids: &[CaseId]) -> Result<BTreeMap<CaseId, PositionView>, Problem> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let heads = self.cases.heads(self.district.id(), ids).await?;
        let shown = heads.iter().filter(|case| case.published);
        let positions = shown.filter_map(|case| {
            let point = case.report.place.point?;
            Some((case.id, PositionView::of(point)))
        });
        Ok(positions.collect())
    }
}

fn feature(row: &BoardRowView, position: Option<PositionView>, site: &str) -> Value {
    let geometry = position.map(|at| {
        // RFC 7946, section 3.1.1: the longitude is first.
        json!({"type": "Point", "coordinates": [at.longitude, at.latitude]})
    });
    json!({
        "type": "Feature",
        "id": row.number,
        "geometry": geometry,
        "properties": {
            "state": row.state,
            "state_name": row.state_name,
            "category": row.category,
            "received_at": row.received_at,
            "overdue": row.overdue,
            "text": row.snippet,
            "page": format!("{site}/cases/{}", row.number),
        },
    })
}
