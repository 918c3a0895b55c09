//! The public board: what everyone may read, around the clock, and a reporter's own case.
//!
//! It can only read, and it never sees contact details: they lie in another partition that it has no query for.

mod holds;
mod list;
mod show;

use std::sync::Arc;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zhitiao_app::board::PublicBoard;
use zhitiao_app::{PublicCases, PublicDistrict, TrackingKeys, TrackingSecrets};
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_edge::CursorKey;
use zhitiao_photos::PhotoStore;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::{Clock, Env, Secret, config};
use zhitiao_store::{CaseTable, Directory};

/// The name in logs and metrics.
pub const SERVICE: &str = "public-board";

config::config! {
    struct Config {
        district: DistrictId = "DISTRICT" => |env, name| env.parsed(name, DistrictId::parse),
        cases: String = "CASES_TABLE" => Env::required,
        directory: String = "DIRECTORY_TABLE" => Env::required,
        photos: String = "PHOTOS_BUCKET" => Env::required,
        tracking: TrackingSecrets = "TRACKING_SECRETS" => |env, name| env.parsed(name, TrackingSecrets::parse),
        cursors: Secret = "CURSOR_SECRET" => Env::secret,
    }
    also ["LOG_LEVEL", "ORIGIN_SECRET"]
}

/// The variables that this function reads.
pub const ENV: &[&str] = Config::VARS;

/// What the board needs.
#[derive(Debug)]
pub struct Board {
    district: PublicDistrict,
    cases: CaseTable,
    shown: PublicCases,
    tracking: TrackingKeys,
    listed: PublicBoard,
    holds: holds::Counted,
}

impl Board {
    /// Opens the tables and the bucket and reads the directory, which also opens the connection.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let config = Config::read(env)?;
        let aws = bootstrap::aws_config().await;
        let cases = CaseTable::new(&aws, config.cases);
        let photos = PhotoStore::new(&aws, None, Some(config.photos));
        let directory = Directory::new(&aws, config.directory);
        let id = config.district;
        Ok(Self {
            shown: PublicCases::new(id.clone(), cases.clone(), photos, clock.clone()),
            tracking: TrackingKeys::new(id.clone(), config.tracking),
            listed: PublicBoard::new(id.clone(), cases.clone(), CursorKey::new(config.cursors)),
            holds: holds::Counted::default(),
            cases,
            district: PublicDistrict::open(id, directory, clock).await?,
        })
    }
}

fn routes() -> OpenApiRouter<Arc<Board>> {
    OpenApiRouter::new()
        .routes(routes!(list::list_public_cases))
        .routes(routes!(holds::count_holds))
        .routes(routes!(show::read_public_case))
        .routes(routes!(show::read_my_case))
}

/// The router of this function; it also answers every path that no route knows.
pub fn router(board: Board) -> Router {
    zhitiao_edge::http(routes().with_state(Arc::new(board)).into())
}

/// The description of this function's routes.
pub fn openapi() -> OpenApi {
    zhitiao_edge::answers::with_refusals(routes().into_openapi())
}
