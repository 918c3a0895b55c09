//! The commands on a case. Each carries an `Idempotency-Key`, by which a repetition is recognized, and `If-Match` with
//! the version that the person saw; another person's change in between is a 409 and changes nothing.
//!
//! The routes stand by subject: [`assignment`] out, [`publication`], the [`promise`], [`supervision`], [`cooperation`], the
//! [`outcome`].

use axum::Json;
use utoipa::ToSchema;
use zhitiao_domain::case::decide::{Command, DecisionContext};
use zhitiao_domain::case::policy::PARTS;
use zhitiao_domain::case::proposal::{Ask, Matter};
use zhitiao_domain::case::rights::Right;
use zhitiao_domain::case::{Case, Change};
use zhitiao_domain::kernel::ids::{BudgetLineId, CaseId};
use zhitiao_domain::kernel::limits::REASON_CHARS;
use zhitiao_edge::{ETag, FieldErrors, Fields, IdempotencyKey, IfMatch, Problem, StaffCaller};
use zhitiao_runtime::telemetry::{Unit, metric};
use zhitiao_store::{CasePage, StoreError, part_id};
use zhitiao_texts::Lang;

use crate::case_view::CaseView;
use crate::{Desk, StaffSession};

/// How often a command is decided again when time itself (a reminder) was faster; people get their 409 at once.
const TRIES: usize = 4;

type Answer = Result<(ETag, Json<CaseView>), Problem>;

/// What every command on a case has in common.
struct CommandRequest {
    caller: StaffCaller,
    id: CaseId,
    key: IdempotencyKey,
    /// The key with what it is used for.
    command_id: String,
    seen: IfMatch,
    lang: Lang,
}

impl Desk {
    /// Load, decide, save, answer.
    async fn execute(&self, request: CommandRequest, command: Command) -> Answer {
        let session = self.session(request.caller).await?;
        for _ in 0..TRIES {
            let page = self.load_case(&session, request.id).await?;
            // With its command the caller's unit may have lost sight of the case: what it was answered then it may hear
            // again, and nothing that came after.
            let mut page = if page.ends_with(&request.command_id) {
                page
            } else {
                session.require_readable(page)?
            };
            match page.commands().find(|done| request.key.names(done)) {
                // A repetition of a command that was carried out: its effect is there already.
                Some(done) if done == request.command_id => {
                    return self.view(&session, &page, request.lang).await;
                }
                Some(_) => return Err(Problem::unprocessable("idempotency_key_reused")),
                None => {}
            }
            let version = u64::from(page.version());
            if version != request.seen.0 {
                return Err(Problem::version_conflict(version));
            }
            if depends_on_parts(&command) {
                page.parts = Some(self.parts(&page).await?);
            }
            let change = self
                .decide(&session, &page, &request.command_id, command.clone())
                .await?;
            match self.cases.save(&change).await {
                Ok(()) => {
                    count(&change);
                    return self.view(&session, &page.after(change), request.lang).await;
                }
                Err(StoreError::Conflict) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(Problem::unavailable(StoreError::Conflict))
    }

    /// Decide, with what the decision depends on beside the case page: read only for the commands that need it.
    async fn decide(
        &self,
        session: &StaffSession,
        page: &CasePage,
        command_id: &str,
        command: Command,
    ) -> Result<Change, Problem> {
        let case = &page.case;
        let target = match (&command, case.parent) {
            (Command::Merge { into, .. }, _) => self.target(session, *into).await?,
            (Command::Reopen { .. }, Some(whole)) => {
                self.cases.head(&session.tenant, whole).await?
            }
            _ => None,
        };
        let budget_approved = match budget_line(&command, case) {
            Some(line) => self.cases.budget(&session.tenant, line).await?.is_some(),
            None => false,
        };
        let part_ids: [CaseId; PARTS] =
            std::array::from_fn(|number| part_id(case, command_id, number));
        let context = DecisionContext {
            rules: &session.rules,
            now: self.clock.now(),
            photos: &page.photos,
            events: &page.events,
            parts: page.parts.as_deref().unwrap_or_default(),
            part_ids: &part_ids,
            budget_approved,
            target: target.as_ref(),
            command_id: Some(command_id),
        };
        case.decide(command, &session.staff, &context)
            .map_err(Problem::refused)
    }

    /// The case that another is to be counted with: there is none for people who may not read it.
    async fn target(&self, session: &StaffSession, into: CaseId) -> Result<Option<Case>, Problem> {
        let target = self.cases.head(&session.tenant, into).await?;
        Ok(target.filter(|target| session.may(Right::Read, target)))
    }
}

/// Whether the command says that the case is done, or ends it: its parts are done before, or end with it.
fn depends_on_parts(command: &Command) -> bool {
    matches!(
        command,
        Command::Resolve { .. }
            | Command::Close { .. }
            | Command::Refuse { .. }
            | Command::Merge { .. }
    )
}

/// The budget line that the command would make the case wait for.
fn budget_line<'a>(command: &'a Command, case: &'a Case) -> Option<&'a BudgetLineId> {
    match command {
        Command::Hold { terms, .. } => terms.budget_line.as_ref(),
        Command::Approve {
            matter: Matter::Hold,
        } => match &case.proposal(Matter::Hold)?.ask {
            Ask::Hold(terms) => terms.budget_line.as_ref(),
            _ => None,
        },
        _ => None,
    }
}

fn reason(f: &mut Fields) -> Result<String, FieldErrors> {
    f.required("reason", |v| v.text(1..=REASON_CHARS))
}

fn optional_reason(f: &mut Fields) -> Result<Option<String>, FieldErrors> {
    f.optional("reason", |v| v.text(1..=REASON_CHARS))
}

/// Nothing: `{}`.
#[derive(ToSchema)]
pub(crate) struct EmptyBody {}

/// A reason. The public timeline may show it: write no names and no telephone numbers.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `reason` reads it")]
pub(crate) struct ReasonBody {
    /// Up to 1,000 characters.
    #[schema(max_length = 1000)]
    reason: String,
}

fn count(change: &Change) {
    let verb = [("verb", change.event.kind.code())];
    metric("CommandsCarriedOut", 1.0, Unit::Count, &verb);
    if let Some(waited) = change.first_word_after() {
        let seconds = waited.as_secs_f64();
        metric("TimeToFirstAnswer", seconds, Unit::Seconds, &[]);
    }
}

/// Declares one command route: its path, what its body is, and how the body is read.
macro_rules! command {
    ($(#[$doc:meta])* $name:ident, $path:literal, $body:ident, $read:expr) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "staff", security(("staff" = [])), request_body = $body,
            params(
                ("number" = String, Path, example = json!(zhitiao_domain::kernel::ids::CaseNumber::EXAMPLE)),
                ("Idempotency-Key" = String, Header, description = "A UUID; repeat the request under the same key."),
                ("If-Match" = String, Header, description = "The version that you read.", example = "\"3\""),
            ),
            responses(
                (status = 200, description = "The case after the command.", body = CaseView),
                (status = 403, description = "You have no right to this.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
                (status = 404, description = "There is no such case, or none that you may see.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
                (status = 409, description = "The case has changed since the version in `If-Match`, or a photo arrived; `current_version` has the version now.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
                (status = 422, description = "The rules refuse it.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
            ))]
        pub(crate) async fn $name(
            State(desk): State<Arc<Desk>>,
            Language(lang): Language,
            caller: StaffCaller,
            NumberInPath(id): NumberInPath,
            key: IdempotencyKey,
            seen: IfMatch,
            body: JsonBody,
        ) -> Answer {
            let command_id = key.command_id(caller.subject.as_str(), $path, &body.fingerprint());
            let command = body.read($read)?;
            desk.execute(CommandRequest { caller, id, key, command_id, seen, lang }, command).await
        }
    };
}

pub(crate) mod assignment;
pub(crate) mod cooperation;
pub(crate) mod outcome;
pub(crate) mod promise;
pub(crate) mod publication;
pub(crate) mod supervision;
