//! Report intake: the public door. Anyone hands in a report; nobody signs in.
//!
//! Accepting is one request to the table: the conditional write that is the case, its idempotency record and, through
//! the table's stream, its announcement.

mod lists;
mod submit;

use std::sync::Arc;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_edge::{Problem, TrackingKeys, TrackingSecrets};
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

/// What the intake needs.
#[derive(Debug)]
pub struct Intake {
    district: DistrictId,
    cases: CaseTable,
    directory: Directory,
    photos: PhotoStore,
    tracking: TrackingKeys,
    clock: Clock,
}

impl Intake {
    /// Opens the tables and the bucket and reads the directory, which also opens the connection.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let config = Config::read(env)?;
        let aws = bootstrap::aws_config().await;
        let intake = Self {
            district: config.district.clone(),
            cases: CaseTable::new(&aws, config.cases),
            directory: Directory::new(&aws, config.directory).without_people(),
            photos: PhotoStore::new(&aws, Some(config.quarantine), None),
            tracking: TrackingKeys::new(config.district, config.tracking),
            clock,
        };
        intake
            .rules()
            .await
            .map_err(|problem| format!("the directory cannot be read: {problem:?}"))?;
        Ok(intake)
    }

    async fn rules(&self) -> Result<Arc<Rulebook>, Problem> {
        Ok(self
            .directory
            .require_rulebook(&self.district, self.clock.now())
            .await?)
    }
}

fn routes() -> OpenApiRouter<Arc<Intake>> {
    OpenApiRouter::new()
        .routes(routes!(submit::submit_report))
        .routes(routes!(lists::list_categories))
        .routes(routes!(lists::list_communities))
}

/// The router of this function.
pub fn router(intake: Intake) -> Router {
    zhitiao_edge::http(routes().with_state(Arc::new(intake)).into())
}

/// The description of this function's routes.
pub fn openapi() -> OpenApi {
    zhitiao_edge::answers::with_refusals(routes().into_openapi())
}
