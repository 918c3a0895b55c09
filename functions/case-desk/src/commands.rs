//! The commands on a case. Each carries an `Idempotency-Key`, by which a repetition is recognized, and `If-Match` with
//! the version that the person saw; somebody else's change in between is a 409 and changes nothing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use utoipa::ToSchema;
use zhitiao_domain::case::NoteTo;
use zhitiao_domain::decide::{Command, Situation};
use zhitiao_domain::ids::{CaseId, CategoryId, StaffId, UnitId};
use zhitiao_domain::limits::{PHOTOS, REASON_CHARS, TEXT_CHARS};
use zhitiao_domain::state::Verb;
use zhitiao_domain::texts::Lang;
use zhitiao_edge::telemetry::{Unit, metric};
use zhitiao_edge::{
    ETag, Faulty, Field, Fields, IdempotencyKey, IfMatch, JsonBody, Language, NumberInPath,
    Problem, StaffCaller,
};
use zhitiao_store::StoreError;

use crate::case_view::CaseView;
use crate::{Desk, SERVICE};

/// How often a command is decided again when time itself (a reminder) was faster; people get their 409 at once.
const TRIES: usize = 4;

/// The verbs that have a route here, so that nobody is offered what cannot be asked for.
pub(crate) const COMMANDS: &[Verb] = &[
    Verb::Triage,
    Verb::Assign,
    Verb::Accept,
    Verb::Note,
    Verb::Return,
    Verb::Escalate,
    Verb::Resolve,
    Verb::Close,
];

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
            let page = self.page(&seat, order.id).await?;
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
            let situation = Situation {
                rules: &seat.rules,
                now: self.clock.now(),
                ready_evidence: &page.ready_evidence(),
                command_id: Some(&order.command_id),
            };
            let change = page
                .case
                .decide(command.clone(), &seat.staff, &situation)
                .map_err(Problem::refused)?;
            match self.cases.save(&change, &seat.rules).await {
                Ok(()) => {
                    let verb = change.event.kind.code();
                    metric(
                        "CommandsCarriedOut",
                        1.0,
                        Unit::Count,
                        &[("service", SERVICE), ("verb", verb)],
                    );
                    return self.view(&seat, &page.after(change), order.lang).await;
                }
                Err(StoreError::Conflict) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(Problem::unavailable(StoreError::Conflict))
    }
}

/// Declares one command route: its path, what its body is, and how the body is read.
macro_rules! command {
    ($(#[$doc:meta])* $name:ident, $path:literal, $body:ident, $read:expr) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "staff", security(("staff" = [])), request_body = $body,
            params(
                ("number" = String, Path, example = "K7M3-9QXD-4"),
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

command!(
    /// Name a category, and put the case on the public board or not.
    triage_case, "/v1/desk/cases/{number}/triage", TriageBody, triage
);
command!(
    /// Deal the case out to a unit.
    assign_case, "/v1/desk/cases/{number}/assign", AssignBody, assign
);
command!(
    /// Take the case for your unit.
    accept_case, "/v1/desk/cases/{number}/accept", EmptyBody, |_| Ok(Command::Accept)
);
command!(
    /// Write a note to the resident or to colleagues.
    add_note, "/v1/desk/cases/{number}/notes", NoteBody, note
);
command!(
    /// Give the case back to the desk, within the return window.
    return_case, "/v1/desk/cases/{number}/return", ReasonBody, |f| Ok(Command::Return { reason: reason(f)? })
);
command!(
    /// Hand the case one level up.
    escalate_case, "/v1/desk/cases/{number}/escalate", EscalateBody, escalate
);
command!(
    /// Say that it is done, with evidence.
    resolve_case, "/v1/desk/cases/{number}/resolve", ResolveBody, resolve
);
command!(
    /// Confirm that it is done.
    close_case, "/v1/desk/cases/{number}/close", CloseBody, |f| Ok(Command::Close { reason: optional_reason(f)? })
);

fn triage(f: &mut Fields) -> Result<Command, Faulty> {
    let category = f.required("category", |v| v.parsed(CategoryId::parse));
    let publish = f.required("publish", Field::boolean);
    let reason = optional_reason(f);
    Ok(Command::Triage {
        category: category?,
        publish: publish?,
        reason: reason?,
    })
}

fn assign(f: &mut Fields) -> Result<Command, Faulty> {
    let unit = f.required("unit", |v| v.parsed(UnitId::parse));
    let person = f.optional("person", |v| v.parsed(StaffId::parse));
    let reason = optional_reason(f);
    Ok(Command::Assign {
        unit: unit?,
        person: person?,
        reason: reason?,
    })
}

fn note(f: &mut Fields) -> Result<Command, Faulty> {
    let text = f.required("text", |v| v.text(1..=TEXT_CHARS));
    let to = f.required("to", Field::one_of::<NoteTo>);
    Ok(Command::Note {
        text: text?,
        to: to?,
    })
}

fn escalate(f: &mut Fields) -> Result<Command, Faulty> {
    let to = f.optional("to", |v| v.parsed(UnitId::parse));
    let reason = reason(f);
    Ok(Command::Escalate {
        to: to?,
        reason: reason?,
    })
}

fn resolve(f: &mut Fields) -> Result<Command, Faulty> {
    let reason = reason(f);
    let evidence = f.optional("evidence", |v| {
        v.list(0..=PHOTOS, |v| v.integer(0..=u8::MAX))
    });
    Ok(Command::Resolve {
        reason: reason?,
        evidence: evidence?.unwrap_or_default(),
    })
}

fn reason(f: &mut Fields) -> Result<String, Faulty> {
    f.required("reason", |v| v.text(1..=REASON_CHARS))
}

fn optional_reason(f: &mut Fields) -> Result<Option<String>, Faulty> {
    f.optional("reason", |v| v.text(1..=REASON_CHARS))
}

/// Category and publication.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `triage` reads it")]
pub(crate) struct TriageBody {
    /// From `GET /v1/categories`.
    #[schema(example = "manhole-cover")]
    category: String,
    /// Whether the case goes on the public board; needs the reporter's consent.
    publish: bool,
    /// Needed when the category changes the promised date; the resident reads it.
    reason: Option<String>,
}

/// The unit that gets the case.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `assign` reads it")]
pub(crate) struct AssignBody {
    /// A department, the case's community or subdistrict, or one of its teams.
    #[schema(example = "xianggang-huayuan")]
    unit: String,
    /// A person in that unit.
    person: Option<String>,
    /// Why; public.
    reason: Option<String>,
}

/// Nothing: `{}`.
#[derive(ToSchema)]
pub(crate) struct EmptyBody {}

/// A note.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `note` reads it")]
pub(crate) struct NoteBody {
    /// Up to 4,000 characters.
    #[schema(max_length = 4000)]
    text: String,
    /// `resident` (and the board, when the case is public) or `internal`.
    #[schema(example = "resident")]
    to: String,
}

/// A reason.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `reason` reads it")]
pub(crate) struct ReasonBody {
    /// Up to 1,000 characters.
    #[schema(max_length = 1000)]
    reason: String,
}

/// Where to, and why.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `escalate` reads it")]
pub(crate) struct EscalateBody {
    /// A department, when the case is with a subdistrict; the category's department when left out.
    to: Option<String>,
    /// Why; the resident reads it.
    #[schema(max_length = 1000)]
    reason: String,
}

/// What was done, with proof.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `resolve` reads it")]
pub(crate) struct ResolveBody {
    /// What was done; the resident reads it.
    #[schema(max_length = 1000)]
    reason: String,
    /// Numbers of photos of this case that are ready; at least one, except for questions.
    evidence: Option<Vec<u8>>,
}

/// A closing remark.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `optional_reason` reads it")]
pub(crate) struct CloseBody {
    /// The resident reads it.
    #[schema(max_length = 1000)]
    reason: Option<String>,
}
