//! The case desk: everything that staff do with cases.
//!
//! The gateway's authorizer proves who is asking; what the person may do is read from the directory with each request,
//! at most 60 s old. A case that the person has no right to read does not exist for them: 404.

mod budget;
mod case_view;
mod commands;
mod contact;
mod documents;
mod file;
mod inbox;
mod me;
mod photos;
mod queue;

use std::sync::Arc;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zhitiao_domain::case::Case;
use zhitiao_domain::ids::{CaseId, TenantId};
use zhitiao_domain::org::Staff;
use zhitiao_domain::rights::{self, Right};
use zhitiao_domain::rulebook::Rulebook;
use zhitiao_edge::bootstrap::{self, Error};
use zhitiao_edge::{Clock, CursorKey, Env, Problem, StaffCaller, TrackingKeys};
use zhitiao_photos::PhotoStore;
use zhitiao_store::{CasePage, CaseTable, Directory};

use crate::commands::{dealing, outcome, promise, publication, supervision, teamwork};

/// The name in logs and metrics.
pub const SERVICE: &str = "case-desk";

/// The variables that this function reads.
pub const ENV: &[&str] = &[
    "DISTRICT",
    "CASES_TABLE",
    "DIRECTORY_TABLE",
    "LOG_LEVEL",
    "ORIGIN_SECRET",
    "QUARANTINE_BUCKET",
    "PHOTOS_BUCKET",
    "TRACKING_SECRETS",
    "CURSOR_SECRET",
];

/// What the desk needs.
#[derive(Debug)]
pub struct Desk {
    district: TenantId,
    cases: CaseTable,
    directory: Directory,
    photos: PhotoStore,
    tracking: TrackingKeys,
    cursors: CursorKey,
    clock: Clock,
}

/// A member of staff at the desk: the person, and the rulebook by which they act.
struct Seat {
    tenant: TenantId,
    staff: Staff,
    rules: Arc<Rulebook>,
}

impl Desk {
    /// Opens the tables and the buckets and reads the directory, which also opens the connection.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let (district, tables, buckets, tracking, cursors) = env.read(|env| {
            let district = env.parsed("DISTRICT", TenantId::parse);
            let tables = (env.required("CASES_TABLE"), env.required("DIRECTORY_TABLE"));
            let buckets = (
                env.required("QUARANTINE_BUCKET"),
                env.required("PHOTOS_BUCKET"),
            );
            let cursors = env.secret("CURSOR_SECRET");
            let district = district?;
            let tracking = env.parsed("TRACKING_SECRETS", |list| {
                TrackingKeys::parse(district.clone(), list)
            });
            Ok((
                district,
                (tables.0?, tables.1?),
                (buckets.0?, buckets.1?),
                tracking?,
                cursors?,
            ))
        })?;
        let aws = bootstrap::aws_config().await;
        let desk = Self {
            district,
            cases: CaseTable::new(&aws, tables.0),
            directory: Directory::new(&aws, tables.1),
            photos: PhotoStore::new(&aws, Some(buckets.0), Some(buckets.1)),
            tracking,
            cursors: CursorKey::new(cursors),
            clock,
        };
        desk.directory
            .known(&desk.district, desk.clock.now())
            .await?;
        Ok(desk)
    }

    /// Who: the person as the directory knows them now. A sound token of another district, or of somebody who is not in
    /// the directory (any more), is refused.
    async fn seat(&self, caller: StaffCaller) -> Result<Seat, Problem> {
        if caller.tenant != self.district {
            return Err(Problem::forbidden());
        }
        let now = self.clock.now();
        let rules = self.directory.known(&self.district, now).await?;
        let staff = rules
            .org
            .acting(&caller.subject, now)
            .ok_or_else(Problem::forbidden)?;
        Ok(Seat {
            tenant: caller.tenant,
            staff,
            rules,
        })
    }

    /// Load: the case page, when the person may read the case.
    async fn page(&self, seat: &Seat, id: CaseId) -> Result<CasePage, Problem> {
        seat.read(self.any_page(seat, id).await?)
    }

    /// The case page, for whoever asks: what the person may see of it must be asked yet.
    async fn any_page(&self, seat: &Seat, id: CaseId) -> Result<CasePage, Problem> {
        let page = self.cases.page(&seat.tenant, id).await?;
        page.ok_or_else(Problem::not_found)
    }
}

impl Seat {
    /// The page, when the person may read the case; else it looks as if there were none.
    fn read(&self, page: CasePage) -> Result<CasePage, Problem> {
        let may_read = self.may(Right::Read, &page.case);
        may_read.then_some(page).ok_or_else(Problem::not_found)
    }

    fn may(&self, right: Right, case: &Case) -> bool {
        rights::may(&self.rules.org, &self.staff, right, case)
    }
}

fn routes() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .routes(routes!(me::who_am_i))
        .routes(routes!(inbox::read_inbox))
        .routes(routes!(inbox::list_parked_deliveries))
        .routes(routes!(queue::read_queue))
        .routes(routes!(file::file_report))
        .routes(routes!(case_view::read_case))
        .routes(routes!(contact::read_contact))
        .routes(routes!(documents::read_document))
        .routes(routes!(photos::announce_photo))
        .routes(routes!(budget::approve_line))
        .routes(routes!(budget::read_line))
        .merge(commands())
}

/// The routes of the commands on a case, by subject.
fn commands() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .routes(routes!(dealing::triage_case))
        .routes(routes!(publication::publish_case))
        .routes(routes!(dealing::assign_case))
        .routes(routes!(dealing::accept_case))
        .routes(routes!(dealing::add_note))
        .routes(routes!(dealing::return_case))
        .routes(routes!(dealing::escalate_case))
        .routes(routes!(dealing::hand_down_case))
        .routes(routes!(dealing::refuse_case))
        .routes(routes!(dealing::merge_case))
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
        .routes(routes!(teamwork::involve_unit))
        .routes(routes!(teamwork::finish_part))
        .routes(routes!(teamwork::release_unit))
        .routes(routes!(teamwork::split_case))
        .routes(routes!(teamwork::schedule_visit))
        .routes(routes!(teamwork::arrive))
        .routes(routes!(teamwork::secure_case))
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
    routes().into_openapi()
}
