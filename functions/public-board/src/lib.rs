//! The public board: what anybody may read, around the clock, and a reporter's own case.
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
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_edge::{CursorKey, Problem, TrackingKeys};
use zhitiao_photos::PhotoStore;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::{Clock, Env};
use zhitiao_store::{CaseTable, Directory};

/// The name in logs and metrics.
pub const SERVICE: &str = "public-board";

/// The variables that this function reads.
pub const ENV: &[&str] = &[
    "DISTRICT",
    "CASES_TABLE",
    "DIRECTORY_TABLE",
    "LOG_LEVEL",
    "ORIGIN_SECRET",
    "PHOTOS_BUCKET",
    "TRACKING_SECRETS",
    "CURSOR_SECRET",
];

/// What the board needs.
#[derive(Debug)]
pub struct Board {
    district: DistrictId,
    cases: CaseTable,
    directory: Directory,
    photos: PhotoStore,
    tracking: TrackingKeys,
    cursors: CursorKey,
    clock: Clock,
    holds: holds::Counted,
}

impl Board {
    /// Opens the tables and the bucket and reads the directory, which also opens the connection.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let (district, tables, bucket, tracking, cursors) = env.read(|env| {
            let district = env.parsed("DISTRICT", DistrictId::parse);
            let tables = (env.required("CASES_TABLE"), env.required("DIRECTORY_TABLE"));
            let bucket = env.required("PHOTOS_BUCKET");
            let cursors = env.secret("CURSOR_SECRET");
            let district = district?;
            let tracking = env.parsed("TRACKING_SECRETS", |list| {
                TrackingKeys::parse(district.clone(), list)
            });
            Ok((
                district,
                (tables.0?, tables.1?),
                bucket?,
                tracking?,
                cursors?,
            ))
        })?;
        let aws = bootstrap::aws_config().await;
        let board = Self {
            district,
            cases: CaseTable::new(&aws, tables.0),
            directory: Directory::new(&aws, tables.1).without_people(),
            photos: PhotoStore::new(&aws, None, Some(bucket)),
            tracking,
            cursors: CursorKey::new(cursors),
            clock,
            holds: holds::Counted::default(),
        };
        board
            .directory
            .require_rulebook(&board.district, board.clock.now())
            .await?;
        Ok(board)
    }

    async fn rules(&self) -> Result<Arc<Rulebook>, Problem> {
        Ok(self
            .directory
            .require_rulebook(&self.district, self.clock.now())
            .await?)
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
