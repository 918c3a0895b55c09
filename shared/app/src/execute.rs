//! The loop of every command on a case: load, decide, save.

use zhitiao_domain::case::decide::{Command, DecisionContext, Refusal};
use zhitiao_domain::case::policy::PARTS;
use zhitiao_domain::case::proposal::{Ask, Matter};
use zhitiao_domain::case::{Case, Change};
use zhitiao_domain::kernel::ids::{BudgetLineId, CaseId};
use zhitiao_edge::{FieldError, IdempotencyKey, Problem};
use zhitiao_runtime::Clock;
use zhitiao_runtime::telemetry::{Unit, metric};
use zhitiao_store::{CasePage, CaseTable, StoreError, part_id};

use crate::staff_session::StaffSession;

/// How often a command is decided again when time itself (a reminder) was faster; people get their 409 at once.
const TRIES: usize = 4;

/// What every command on a case has in common.
#[derive(Debug)]
pub struct CommandRequest {
    /// The case.
    pub id: CaseId,
    /// The key by which a repetition is recognized.
    pub key: IdempotencyKey,
    /// The key with what it is used for: [`IdempotencyKey::command_id`].
    pub command_id: String,
    /// The version of the case that the person saw.
    pub seen: u64,
}

/// Executes a command once, however often it is sent, and returns the case after it.
///
/// # Errors
/// 404 for a case that is not there or not the person's to see; 409 `version_conflict` when the case changed since the
/// person saw it; 403 or 422 when the rules refuse the command, 422 `idempotency_key_reused` when the key was used for
/// another command; 503 when a table does not answer.
pub async fn execute(
    cases: &CaseTable,
    clock: &Clock,
    session: &StaffSession,
    request: &CommandRequest,
    command: Command,
) -> Result<CasePage, Problem> {
    for _ in 0..TRIES {
        let page = session.load_case(cases, request.id).await?;
        // The command may have ended the caller's right to read the case. A repetition then gets the answer of the
        // first try, and nothing that happened later.
        let mut page = if page.ends_with(&request.command_id) {
            page
        } else {
            session.require_readable(page)?
        };
        let done = page.commands().find(|done| request.key.names(done));
        let is_repetition = done.map(|done| done == request.command_id);
        match is_repetition {
            // The command was executed before: its effect is there already.
            Some(true) => return Ok(page),
            Some(false) => return Err(Problem::unprocessable("idempotency_key_reused")),
            None => {}
        }
        let version = u64::from(page.version());
        if version != request.seen {
            return Err(Problem::version_conflict(version));
        }
        if depends_on_parts(&command) {
            page.parts = Some(load_parts(cases, &page).await?);
        }
        let decision = Decision {
            cases,
            clock,
            session,
            page: &page,
            command_id: &request.command_id,
        };
        let change = decision.decide(command.clone()).await?;
        match cases.save(&change).await {
            Ok(()) => {
                count(&change);
                return Ok(page.after(change));
            }
            Err(StoreError::Conflict) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(Problem::unavailable(StoreError::Conflict))
}

/// The parts into which a case was split; read only where there are any and the page does not have them yet.
///
/// # Errors
/// 503 when the table does not answer.
pub async fn load_parts(cases: &CaseTable, page: &CasePage) -> Result<Vec<Case>, Problem> {
    match &page.parts {
        Some(parts) => Ok(parts.clone()),
        None if page.case.children.is_empty() => Ok(Vec::new()),
        None => Ok(cases.parts(&page.case).await?),
    }
}

/// One decision on a case as it was loaded.
struct Decision<'a> {
    cases: &'a CaseTable,
    clock: &'a Clock,
    session: &'a StaffSession,
    page: &'a CasePage,
    command_id: &'a str,
}

impl Decision<'_> {
    /// Decides, with what the decision depends on beside the case page: read only for the commands that need it.
    async fn decide(&self, command: Command) -> Result<Change, Problem> {
        let (session, case) = (self.session, &self.page.case);
        let target = self.target(&command).await?;
        let budget_approved = match budget_line(&command, case) {
            Some(line) => self.cases.budget(&session.district, line).await?.is_some(),
            None => false,
        };
        let part_ids: [CaseId; PARTS] =
            std::array::from_fn(|number| part_id(case, self.command_id, number));
        let context = DecisionContext {
            rules: &session.rules,
            now: self.clock.now(),
            photos: &self.page.photos,
            events: &self.page.events,
            parts: self.page.parts.as_deref().unwrap_or_default(),
            part_ids: &part_ids,
            budget_approved,
            target: target.as_ref(),
            command_id: Some(self.command_id),
        };
        case.decide(command, &session.staff, &context)
            .map_err(refused)
    }

    /// The other case that the command is about: the one to merge into, which must be readable to the person, or the
    /// whole of a part that is reopened.
    async fn target(&self, command: &Command) -> Result<Option<Case>, Problem> {
        match (command, self.page.case.parent) {
            (Command::Merge { into, .. }, _) => {
                self.session.find_readable_head(self.cases, *into).await
            }
            (Command::Reopen { .. }, Some(whole)) => {
                Ok(self.cases.head(&self.session.district, whole).await?)
            }
            _ => Ok(None),
        }
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

/// The answer to a command that the rules refuse: 403 without the right, 422 otherwise, naming the field when the
/// reason is one field.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(crate) fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotAllowed(_) => Problem::forbidden(),
        Refusal::WrongState { .. } => Problem::unprocessable("wrong_state"),
        Refusal::NotNow(code) => Problem::unprocessable(code),
        Refusal::Field { field, code } => {
            let errors = vec![FieldError::new(field, code)];
            Problem::unprocessable("invalid_fields").with_faults(errors)
        }
    }
}

pub(crate) fn count(change: &Change) {
    let verb = [("verb", change.event.kind.code())];
    metric("CommandsCarriedOut", 1.0, Unit::Count, &verb);
    if let Some(waited) = change.first_word_after() {
        let seconds = waited.as_secs_f64();
        metric("TimeToFirstAnswer", seconds, Unit::Seconds, &[]);
    }
}

#[cfg(test)]
mod tests {
    use zhitiao_domain::case::state::{State, Verb};

    use super::*;

    #[test]
    fn a_refusal_of_the_rules_is_403_without_the_right_and_422_otherwise() {
        let state = State::Closed;
        for (refusal, status, code, field) in [
            (Refusal::NotAllowed(Verb::Close), 403, "forbidden", None),
            (
                Refusal::WrongState {
                    verb: Verb::Close,
                    state,
                },
                422,
                "wrong_state",
                None,
            ),
            (
                Refusal::NotNow("needs_supervision"),
                422,
                "needs_supervision",
                None,
            ),
            (
                Refusal::Field {
                    field: "reason",
                    code: "required",
                },
                422,
                "invalid_fields",
                Some("reason"),
            ),
        ] {
            let problem = refused(refusal);
            assert_eq!((problem.status().as_u16(), problem.code()), (status, code));
            let named = problem.faults().first().map(|error| error.field.as_str());
            assert_eq!(named, field);
        }
    }
}
