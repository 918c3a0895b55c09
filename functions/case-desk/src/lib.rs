//! The case desk: everything that staff do with cases.
//!
//! The gateway's authorizer proves who is asking; what the person may do is read from the directory with each request,
//! at most 60 s old. A case that the person has no right to read does not exist for them: 404.

mod budget;
mod case_view;
mod commands;
mod contact;
mod documents;
mod inbox;
mod me;
mod photos;
mod queue;
mod submit_on_behalf;

use std::sync::Arc;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zhitiao_app::{Intake, StaffSession, TrackingKeys, TrackingSecrets};
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_edge::{CursorKey, Problem, StaffCaller};
use zhitiao_photos::PhotoStore;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::{Clock, Env, Secret, config};
use zhitiao_store::{CaseTable, Directory, Notifications};

use crate::commands::{assignment, cooperation, outcome, promise, publication, supervision};

/// The name in logs and metrics.
pub const SERVICE: &str = "case-desk";

config::config! {
    struct Config {
        district: DistrictId = "DISTRICT" => |env, name| env.parsed(name, DistrictId::parse),
        cases: String = "CASES_TABLE" => Env::required,
        directory: String = "DIRECTORY_TABLE" => Env::required,
        quarantine: String = "QUARANTINE_BUCKET" => Env::required,
        photos: String = "PHOTOS_BUCKET" => Env::required,
        tracking: TrackingSecrets = "TRACKING_SECRETS" => |env, name| env.parsed(name, TrackingSecrets::parse),
        cursors: Secret = "CURSOR_SECRET" => Env::secret,
    }
    also ["LOG_LEVEL", "ORIGIN_SECRET"]
}

/// The variables that this function reads.
pub const ENV: &[&str] = Config::VARS;

/// What the desk needs.
#[derive(Debug)]
pub struct Desk {
    district: DistrictId,
    cases: CaseTable,
    notifications: Notifications,
    directory: Directory,
    photos: PhotoStore,
    intake: Intake,
    cursors: CursorKey,
    clock: Clock,
}

impl Desk {
    /// Opens the tables and the buckets and reads the directory, which also opens the connection.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let config = Config::read(env)?;
        let aws = bootstrap::aws_config().await;
        let cases = CaseTable::new(&aws, config.cases);
        let photos = PhotoStore::new(&aws, Some(config.quarantine), Some(config.photos));
        let tracking = TrackingKeys::new(config.district.clone(), config.tracking);
        let desk = Self {
            district: config.district,
            notifications: cases.notifications(),
            cases: cases.clone(),
            directory: Directory::new(&aws, config.directory),
            photos: photos.clone(),
            intake: Intake::new(cases, photos, tracking),
            cursors: CursorKey::new(config.cursors),
            clock,
        };
        desk.directory
            .require_rulebook(&desk.district, desk.clock.now())
            .await?;
        Ok(desk)
    }

    /// Who: the person as the directory knows them now. A sound token of another district, or of a person who is not in
    /// the directory (any more), is refused.
    async fn session(&self, caller: StaffCaller) -> Result<StaffSession, Problem> {
        StaffSession::open(&self.directory, &self.district, &caller, self.clock.now()).await
    }
}

fn routes() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .routes(routes!(me::who_am_i))
        .routes(routes!(inbox::read_inbox))
        .routes(routes!(inbox::list_parked_deliveries))
        .routes(routes!(queue::read_queue))
        .routes(routes!(submit_on_behalf::submit_report_on_behalf))
        .routes(routes!(case_view::read_case))
        .routes(routes!(contact::read_contact))
        .routes(routes!(contact::read_contact_log))
        .routes(routes!(documents::read_document))
        .routes(routes!(photos::announce_photo))
        .routes(routes!(budget::approve_line))
        .routes(routes!(budget::read_line))
        .merge(commands())
}

/// The routes of the commands on a case, by subject.
fn commands() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .routes(routes!(assignment::triage_case))
        .routes(routes!(publication::publish_case))
        .routes(routes!(assignment::assign_case))
        .routes(routes!(assignment::accept_case))
        .routes(routes!(assignment::add_note))
        .routes(routes!(assignment::return_case))
        .routes(routes!(assignment::escalate_case))
        .routes(routes!(assignment::hand_down_case))
        .routes(routes!(assignment::refuse_case))
        .routes(routes!(assignment::merge_case))
        .routes(routes!(promise::ask_to_hold))
        .routes(routes!(promise::review_hold))
        .routes(routes!(promise::resume_case))
        .routes(routes!(promise::ask_to_extend))
        .routes(routes!(promise::approve_proposal))
        .routes(routes!(promise::decline_proposal))
        .routes(routes!(supervision::ask_to_supervise))
        .routes(routes!(supervision::sign_order))
        .routes(routes!(supervision::direct_case))
        .routes(routes!(supervision::sign_off_case))
        .routes(routes!(cooperation::involve_unit))
        .routes(routes!(cooperation::finish_part))
        .routes(routes!(cooperation::release_unit))
        .routes(routes!(cooperation::split_case))
        .routes(routes!(cooperation::schedule_visit))
        .routes(routes!(cooperation::arrive))
        .routes(routes!(cooperation::secure_case))
        .routes(routes!(outcome::resolve_case))
        .routes(routes!(outcome::close_case))
        .routes(routes!(outcome::reopen_case))
}

/// The router of this function.
pub fn router(desk: Desk) -> Router {
    zhitiao_edge::http(routes().with_state(Arc::new(desk)).into())
}

/// The description of this function's routes.
pub fn openapi() -> OpenApi {
    zhitiao_edge::answers::with_refusals(routes().into_openapi())
}
