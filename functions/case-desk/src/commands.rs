//! The commands on a case. Each carries an `Idempotency-Key`, by which a repetition is recognized, and `If-Match` with
//! the version that the person saw; somebody else's change in between is a 409 and changes nothing.
//!
//! The routes stand by subject: [`dealing`] out, the [`promise`], [`supervision`], [`teamwork`], the [`outcome`].

use axum::Json;
use utoipa::ToSchema;
use zhitiao_domain::case::{Case, Change};
use zhitiao_domain::decide::{Command, Situation};
use zhitiao_domain::ids::{BudgetLineId, CaseId};
use zhitiao_domain::limits::{PARTS, REASON_CHARS};
use zhitiao_domain::proposal::{Ask, Matter};
use zhitiao_domain::rights::Right;
use zhitiao_domain::state::{State as CaseState, Verb};
use zhitiao_domain::texts::Lang;
use zhitiao_edge::telemetry::{Unit, metric};
use zhitiao_edge::{ETag, Faulty, Fields, IdempotencyKey, IfMatch, Problem, StaffCaller};
use zhitiao_store::{CasePage, StoreError, part_id};

use crate::case_view::CaseView;
use crate::{Desk, Seat};

/// How often a command is decided again when time itself (a reminder) was faster; people get their 409 at once.
const TRIES: usize = 4;

/// The verbs that have no route here: nobody is offered what cannot be asked for.
pub(crate) const WITHOUT_ROUTE: &[Verb] = &[Verb::Begin, Verb::Withdraw];

type Answer = Result<(ETag, Json<CaseView>), Problem>;

/// What every command on a case has in common.
struct Order {
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
    async fn carry_out(&self, order: Order, command: Command) -> Answer {
        let seat = self.seat(order.caller).await?;
        for _ in 0..TRIES {
            let page = self.any_page(&seat, order.id).await?;
            // With its command the caller's unit may have lost sight of the case: what it was answered then it may hear
            // again, and nothing that came after.
            let mut page = if page.ends_with(&order.command_id) {
                page
            } else {
                seat.read(page)?
            };
            match page.commands().find(|done| order.key.names(done)) {
                // A repetition of a command that was carried out: its effect is there already.
                Some(done) if done == order.command_id => {
                    return self.view(&seat, &page, order.lang).await;
                }
                Some(_) => return Err(Problem::unprocessable("idempotency_key_reused")),
                None => {}
            }
            let version = u64::from(page.case.version);
            if version != order.seen.0 {
                return Err(Problem::version_conflict(version));
            }
            if matches!(command, Command::Resolve { .. }) {
                page.parts = Some(self.parts(&page).await?);
            }
            let change = self
                .decide(&seat, &page, &order.command_id, command.clone())
                .await?;
            match self.cases.save(&change, &seat.rules).await {
                Ok(()) => {
                    count(&change);
                    return self.view(&seat, &page.after(change), order.lang).await;
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
        seat: &Seat,
        page: &CasePage,
        command_id: &str,
        command: Command,
    ) -> Result<Change, Problem> {
        let case = &page.case;
        let is_undone = |part: &&Case| part.state.is_open() && part.state != CaseState::Resolved;
        let parts = page.parts.as_deref().unwrap_or_default();
        let parts_undone = parts.iter().filter(is_undone).count();
        let target = match &command {
            Command::Merge { into, .. } => self.target(seat, *into).await?,
            _ => None,
        };
        let budget_approved = match budget_line(&command, case) {
            Some(line) => self.cases.budget(&seat.tenant, line).await?.is_some(),
            None => false,
        };
        let part_ids: [CaseId; PARTS] = std::array::from_fn(|number| part_id(case, number));
        let situation = Situation {
            rules: &seat.rules,
            now: self.clock.now(),
            evidence: &page.ready_evidence(),
            parts_undone,
            part_ids: &part_ids,
            budget_approved,
            target: target.as_ref(),
            command_id: Some(command_id),
        };
        case.decide(command, &seat.staff, &situation)
            .map_err(Problem::refused)
    }

    /// The case that another is to be counted with: there is none for people who may not read it.
    async fn target(&self, seat: &Seat, into: CaseId) -> Result<Option<Case>, Problem> {
        let target = self.cases.head(&seat.tenant, into).await?;
        Ok(target.filter(|target| seat.may(Right::Read, target)))
    }
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

fn reason(f: &mut Fields) -> Result<String, Faulty> {
    f.required("reason", |v| v.text(1..=REASON_CHARS))
}

fn optional_reason(f: &mut Fields) -> Result<Option<String>, Faulty> {
    f.optional("reason", |v| v.text(1..=REASON_CHARS))
}

/// Nothing: `{}`.
#[derive(ToSchema)]
pub(crate) struct EmptyBody {}

/// A reason. Where the public timeline tells of the step, everybody reads it: no names, no telephone numbers.
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
                ("number" = String, Path, example = "K7M3-9QXD-5"),
                ("Idempotency-Key" = String, Header, description = "A UUID; the same for every repetition."),
                ("If-Match" = String, Header, description = "The version that you saw.", example = "\"3\""),
            ),
            responses(
                (status = 200, description = "Done; the case as it is now.", body = CaseView),
                (status = 403, description = "You have no right to this.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
                (status = 404, description = "There is no such case, or none that you may see.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
                (status = 409, description = "Somebody else changed the case; the current version is named.", body = zhitiao_edge::ProblemBody, content_type = "application/problem+json"),
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
            desk.carry_out(Order { caller, id, key, command_id, seen, lang }, command).await
        }
    };
}

pub(crate) mod dealing;
pub(crate) mod outcome;
pub(crate) mod promise;
pub(crate) mod supervision;
pub(crate) mod teamwork;
