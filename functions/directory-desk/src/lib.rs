//! The directory desk: units, staff, calendars and channels of the district, as those who run the service keep them.
//!
//! It is the only function that writes the directory, and it reads it fresh with each request: a right that was taken
//! away counts here at once, and everywhere else within a minute. Each change leaves an entry in a log.

mod calendars;
mod changes;
mod channels;
mod list;
mod preview;
mod staff;
mod table;
mod units;

use std::sync::Arc;

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::directory;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::org::{Staff, Unit, UnitKind};
use zhitiao_edge::{CursorKey, FieldError, Precondition, Problem, StaffCaller};
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_runtime::telemetry::{Unit as MetricUnit, metric};
use zhitiao_runtime::{Clock, Env, Secret, config};
use zhitiao_store::case::queue::{Position, QueueFilter};
use zhitiao_store::directory::snapshot::{DirectoryChange, Subject};
use zhitiao_store::transaction::Transaction;
use zhitiao_store::{CaseTable, Directory, Snapshot, StoreError};

/// The name in logs and metrics.
pub const SERVICE: &str = "directory-desk";

config::config! {
    struct Config {
        district: DistrictId = "DISTRICT" => |env, name| env.parsed(name, DistrictId::parse),
        cases: String = "CASES_TABLE" => Env::required,
        directory: String = "DIRECTORY_TABLE" => Env::required,
        cursors: Secret = "CURSOR_SECRET" => Env::secret,
    }
    also ["LOG_LEVEL", "ORIGIN_SECRET"]
}

/// The variables that this function reads.
pub const ENV: &[&str] = Config::VARS;

/// How often a change is decided again when another one was written meanwhile.
const TRIES: usize = 4;

/// What the desk needs.
#[derive(Debug)]
pub struct Desk {
    district: DistrictId,
    cases: CaseTable,
    directory: Directory,
    cursors: CursorKey,
    clock: Clock,
}

/// A member of staff at the desk, with the directory as it is now.
struct EditorSession {
    editor: Staff,
    snapshot: Snapshot,
    rules: Rulebook,
    /// What this request has changed, if anything.
    changed: Option<Subject>,
}

impl Desk {
    /// Opens the tables and reads the directory, which also opens the connection.
    ///
    /// # Errors
    /// When the configuration is incomplete or the directory cannot be read.
    pub async fn open(env: Env) -> Result<Self, Error> {
        let clock = Clock::of(&env);
        let config = Config::read(env)?;
        let aws = bootstrap::aws_config().await;
        let desk = Self {
            district: config.district,
            cases: CaseTable::new(&aws, config.cases),
            directory: Directory::new(&aws, config.directory),
            cursors: CursorKey::new(config.cursors),
            clock,
        };
        desk.snapshot().await?;
        Ok(desk)
    }

    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let snapshot = self.directory.snapshot(&self.district).await?;
        snapshot.ok_or_else(|| StoreError::no_directory(&self.district))
    }

    /// Who: the person as the directory knows them at this moment. A sound token of another district, or of a person
    /// who is not in the directory (any more), is refused.
    async fn session(&self, caller: &StaffCaller) -> Result<EditorSession, Problem> {
        caller.require_district(&self.district)?;
        let snapshot = self.snapshot().await?;
        let rules = snapshot.data.clone().rulebook()?;
        Ok(EditorSession {
            editor: caller.person(&rules.org, self.clock.now())?,
            snapshot,
            rules,
            changed: None,
        })
    }

    /// Load, decide, check the whole, save; answers the directory as it is then. Where `decide` finds that everything
    /// is as it is wanted, this is a repetition and nothing is written.
    async fn execute(
        &self,
        caller: &StaffCaller,
        decide: impl Fn(&EditorSession) -> Result<Option<Subject>, Problem>,
    ) -> Result<EditorSession, Problem> {
        for _ in 0..TRIES {
            let session = self.session(caller).await?;
            let Some(what) = decide(&session)? else {
                return Ok(session);
            };
            self.check_cases(&session, &what).await?;
            self.check_channels(&what).await?;
            if let Some(session) = self.save(session, what).await? {
                return Ok(session);
            }
        }
        Err(Problem::unavailable(StoreError::Conflict))
    }

    /// Checks the whole as the change leaves it, and saves; `None` when another change was written meanwhile.
    async fn save(
        &self,
        session: EditorSession,
        what: Subject,
    ) -> Result<Option<EditorSession>, Problem> {
        let change = DirectoryChange {
            number: session.snapshot.number + 1,
            at: self.clock.now(),
            by: session.editor.id.clone(),
            what,
        };
        let snapshot = session.snapshot.after(&change);
        // The rules name the field; this keeps out what they have not thought of.
        let rules = snapshot.data.clone().rulebook();
        let rules = rules.map_err(|_| Problem::unprocessable("directory_contradiction"))?;
        let mut with = Transaction::default();
        if let Subject::Calendar { version, .. } = &change.what {
            let (cases, loaded_at) = (&self.cases, change.at);
            cases.begin_recalculation(&self.district, *version, loaded_at, &mut with)?;
        }
        match self.directory.apply(&self.district, &change, with).await {
            Ok(()) => {
                let service = [("service", SERVICE)];
                metric("DirectoryChanges", 1.0, MetricUnit::Count, &service);
                Ok(Some(EditorSession {
                    snapshot,
                    rules,
                    changed: Some(change.what),
                    ..session
                }))
            }
            Err(StoreError::Conflict) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// A unit is not retired while it has a channel of its own: messages of a unit that is gone would still be sent.
    async fn check_channels(&self, what: &Subject) -> Result<(), Problem> {
        let Subject::Unit { before, after } = what else {
            return Ok(());
        };
        let was_open = before.as_ref().is_none_or(|before| !before.retired);
        if !(after.retired && was_open) {
            return Ok(());
        }
        let channels = self.directory.channels(&self.district).await?;
        if channels.iter().any(|one| one.settings.unit == after.id) {
            return Err(refused(vec![FieldError::new("retired", "in_use")]));
        }
        Ok(())
    }

    /// A unit does not go, nor go elsewhere, while it has open cases.
    async fn check_cases(&self, session: &EditorSession, what: &Subject) -> Result<(), Problem> {
        let Subject::Unit {
            before: Some(before),
            after,
        } = what
        else {
            return Ok(());
        };
        if !directory::moves_cases(before, after) || before.kind == UnitKind::Grid {
            return Ok(());
        }
        let (filter, from) = (QueueFilter::default(), Position::default());
        let page = self
            .cases
            .queue(&self.district, &before.id, &session.rules, &filter, from, 1)
            .await?;
        if page.rows.is_empty() {
            return Ok(());
        }
        let field = if after.retired { "retired" } else { "parent" };
        Err(refused(vec![FieldError::new(field, "in_use")]))
    }
}

impl EditorSession {
    /// Refuses every caller who is no operator.
    fn must_run(&self) -> Result<(), Problem> {
        if directory::may_run(&self.rules.org, &self.editor) {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }

    fn version_of(&self, unit: &Unit) -> u64 {
        self.snapshot.version_of_unit(&unit.id)
    }
}

/// Compares what the caller saw with what is there.
fn check_seen(seen: Precondition, current: Option<u64>) -> Result<(), Problem> {
    match (seen, current) {
        (Precondition::Nothing, None) => Ok(()),
        (Precondition::Version(seen), Some(current)) if seen == current => Ok(()),
        (_, Some(current)) => Err(Problem::version_conflict(current)),
        (Precondition::Version(_), None) => Err(Problem::not_found()),
    }
}

/// Nothing, or 422 with every fault.
fn accept(faults: Vec<FieldError>) -> Result<(), Problem> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(refused(faults))
    }
}

fn refused(faults: Vec<FieldError>) -> Problem {
    Problem::unprocessable("invalid_fields").with_faults(faults)
}

fn routes() -> OpenApiRouter<Arc<Desk>> {
    OpenApiRouter::new()
        .routes(routes!(units::list_units))
        .routes(routes!(units::put_unit))
        .routes(routes!(staff::list_staff))
        .routes(routes!(staff::read_person, staff::put_person))
        .routes(routes!(staff::put_absence))
        .routes(routes!(staff::put_notifications))
        .routes(routes!(calendars::list_calendars, calendars::load_calendar))
        .routes(routes!(preview::preview_calendar))
        .routes(routes!(changes::list_changes))
        .routes(routes!(channels::list_channels))
        .routes(routes!(channels::put_channel, channels::delete_channel))
}

/// The router of this function.
pub fn router(desk: Desk) -> Router {
    zhitiao_edge::http(routes().with_state(Arc::new(desk)).into())
}

/// The description of this function's routes.
pub fn openapi() -> OpenApi {
    zhitiao_edge::answers::with_refusals(routes().into_openapi())
}
