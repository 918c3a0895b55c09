//! Report intake: the public door. Anyone hands in a report without an account, and its reporter adds to it by the
//! tracking token.
//!
//! Accepting is one request to the table: the conditional write that is the case, its idempotency record and, through
//! the table's stream, its announcement.

mod lists;
mod own_case;
mod submit;

use std::sync::Arc;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zhitiao_app::{Intake, PublicDistrict, TrackingKeys, TrackingSecrets};
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_photos::PhotoStore;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::{Clock, Env, config};
use zhitiao_store::{CaseTable, Directory};

/// The name in logs and metrics.
pub const SERVICE: &str = "report-intake";

config::config! {
    struct Config {
        district: DistrictId = "DISTRICT" => |env, name| env.parsed(name, DistrictId::parse),
        cases: String = "CASES_TABLE" => Env::required,
        directory: String = "DIRECTORY_TABLE" => Env::required,
        quarantine: String = "QUARANTINE_BUCKET" => Env::required,
        tracking: TrackingSecrets = "TRACKING_SECRETS" => |env, name| env.parsed(name, TrackingSecrets::parse),
    }
    also ["LOG_LEVEL", "ORIGIN_SECRET"]
}

/// The variables that this function reads.
pub const ENV: &[&str] = Config::VARS;

/// What the public entry needs.
#[derive(Debug)]
pub struct PublicEntry {
    district: PublicDistrict,
    cases: CaseTable,
    photos: PhotoStore,
    tracking: TrackingKeys,
    intake: Intake,
}

impl PublicEntry {
    /// Opens the tables and the bucket and reads the directory, which also opens the connection.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let config = Config::read(env)?;
        let aws = bootstrap::aws_config().await;
        let cases = CaseTable::new(&aws, config.cases);
        let photos = PhotoStore::new(&aws, Some(config.quarantine), None);
        let tracking = TrackingKeys::new(config.district.clone(), config.tracking);
        let directory = Directory::new(&aws, config.directory);
        Ok(Self {
            district: PublicDistrict::open(config.district, directory, clock).await?,
            intake: Intake::new(cases.clone(), photos.clone(), tracking.clone()),
            cases,
            photos,
            tracking,
        })
    }
}

fn routes() -> OpenApiRouter<Arc<PublicEntry>> {
    OpenApiRouter::new()
        .routes(routes!(submit::submit_report))
        .routes(routes!(own_case::reply_to_office))
        .routes(routes!(own_case::urge_case))
        .routes(routes!(own_case::correct_case))
        .routes(routes!(own_case::withdraw_case))
        .routes(routes!(own_case::revoke_consent))
        .routes(routes!(own_case::add_photos))
        .routes(routes!(own_case::confirm_case))
        .routes(routes!(own_case::object_to_result))
        .routes(routes!(own_case::set_contact))
        .routes(routes!(own_case::erase_contact))
        .routes(routes!(own_case::show_own_data))
        .routes(routes!(lists::list_categories))
        .routes(routes!(lists::list_communities))
}

/// The router of this function.
pub fn router(entry: PublicEntry) -> Router {
    zhitiao_edge::http(routes().with_state(Arc::new(entry)).into())
}

/// The description of this function's routes.
pub fn openapi() -> OpenApi {
    zhitiao_edge::answers::with_refusals(routes().into_openapi())
}
