//! What a report form needs: categories and communities.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::case::promise::Tier;
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_edge::{Language, Problem};

use crate::PublicEntry;

/// A category to choose from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CategoryView {
    /// What to send.
    #[schema(example = "manhole-cover")]
    id: String,
    /// What to show, in the caller's language.
    #[schema(example = "井盖缺失或破损")]
    name: String,
    /// How urgent it is.
    #[schema(value_type = String, example = "p0")]
    tier: Tier,
}

/// A community to choose from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommunityView {
    /// What to send.
    #[schema(example = "xianggang-huayuan")]
    id: String,
    /// What to show, in the caller's language.
    #[schema(example = "香港花园社区")]
    name: String,
    /// The subdistrict that it belongs to, in the caller's language.
    #[schema(example = "八大关街道")]
    subdistrict: String,
}

/// List the categories of the district.
#[utoipa::path(get, path = "/v1/categories", tag = "residents",
    responses((status = 200, description = "All categories.", body = Vec<CategoryView>)))]
pub(crate) async fn list_categories(
    State(entry): State<Arc<PublicEntry>>,
    Language(lang): Language,
) -> Result<Json<Vec<CategoryView>>, Problem> {
    let rules = entry.district.rules().await?;
    let views = rules.categories().map(|category| CategoryView {
        id: category.id.to_string(),
        name: category.name.get(lang).to_owned(),
        tier: category.tier,
    });
    Ok(Json(views.collect()))
}

/// List the communities of the district.
#[utoipa::path(get, path = "/v1/communities", tag = "residents",
    responses((status = 200, description = "All communities.", body = Vec<CommunityView>)))]
pub(crate) async fn list_communities(
    State(entry): State<Arc<PublicEntry>>,
    Language(lang): Language,
) -> Result<Json<Vec<CommunityView>>, Problem> {
    let rules = entry.district.rules().await?;
    let communities = rules.org.units_of_kind(UnitKind::Community);
    let active = communities.filter(|unit| !unit.retired);
    let views = active.map(|unit| {
        let above = rules.org.ancestor(&unit.id, UnitKind::Subdistrict);
        CommunityView {
            id: unit.id.to_string(),
            name: unit.name.get(lang).to_owned(),
            subdistrict: above
                .map(|found| found.name.get(lang).to_owned())
                .unwrap_or_default(),
        }
    });
    Ok(Json(views.collect()))
}
