//! What people do with a case: `decide` looks at the table of states and the table of rights, and either refuses or
//! returns the one change.
//!
//! What a command does beyond that stands by subject: [`assignment`], [`holds`], [`grants`], [`publication`],
//! [`supervision`], [`cooperation`], [`parts`].

mod assignment;
mod cooperation;
mod grants;
mod holds;
mod parts;
mod publication;
mod resident;
mod supervision;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::case::Case;
use crate::case::cooperation::Part;
use crate::case::event::{Event, EventKind, NoteTo};
use crate::case::hold::HoldTerms;
use crate::case::photo::Photo;
use crate::case::policy;
use crate::case::promise::Tier;
use crate::case::proposal::Matter;
use crate::case::publication::PublicationRequest;
use crate::case::refused::RefusalReason;
use crate::case::rights::{self, Right};
use crate::case::rulebook::Rulebook;
use crate::case::state::{self, Outcome, State, Transition, Verb};
use crate::case::timers::ClockKind;
use crate::case::{Author, Change};
use crate::kernel::deadline::ClockSpec;
use crate::kernel::ids::{CaseId, CategoryId, StaffId, UnitId};
use crate::kernel::org::{OrgChart, Post, Staff};

pub use resident::ResidentCommand;

/// What a person asks for. Reasons and texts are trimmed and within [`limits`] before they get here.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub enum Command {
    /// Give it a category, and put it on the board or not, with the named photos or else those that are ready.
    Triage {
        category: CategoryId,
        publish: bool,
        photos: Option<BTreeSet<u8>>,
        reason: Option<String>,
    },
    /// Decide what everyone sees.
    Publish(PublicationRequest),
    /// Deal it out; `hard` when it is known that its place is hard to find.
    Assign {
        unit: UnitId,
        person: Option<StaffId>,
        hard: bool,
        reason: Option<String>,
    },
    /// Take it.
    Accept,
    /// Write a note.
    Note { text: String, to: NoteTo },
    /// Give it back.
    Return { reason: String },
    /// Hand it one level up; from a subdistrict to the named department or else the category's.
    Escalate { to: Option<UnitId>, reason: String },
    /// Hand it back to a unit below that had it.
    HandDown { to: UnitId, reason: String },
    /// Ask that the promise stands still.
    Hold { terms: HoldTerms, reason: String },
    /// Look at the hold and let it go on.
    ReviewHold {
        review_at: Timestamp,
        reason: String,
    },
    /// End the hold.
    Resume,
    /// Ask for more time.
    Extend { by: ClockSpec, reason: String },
    /// Ask for supervision.
    Supervise { reason: String },
    /// Grant a hold or an extension that another person asked for. Supervision is signed instead.
    Approve { matter: Matter },
    /// Not grant what was asked for.
    Decline { matter: Matter, reason: String },
    /// Sign the supervision order: the signer's name, and the hash of the words that the signer read.
    Sign { name: String, sha256: String },
    /// Write a directive.
    Direct { text: String },
    /// Sign a supervised case off.
    SignOff { name: String, statement: String },
    /// Let another unit help.
    Involve { unit: UnitId, reason: String },
    /// Say that the helping unit's part is done.
    FinishPart { reason: String },
    /// Let a helping unit go.
    Release { unit: UnitId, reason: String },
    /// Split it into parts.
    Split { parts: Vec<Part> },
    /// Agree a visit.
    ScheduleVisit { from: Timestamp, to: Timestamp },
    /// Say that staff are at the place.
    Arrive,
    /// Say that the danger is out of the way.
    Secure { reason: String },
    /// Say that it is done. `evidence` are numbers of photos of this case.
    Resolve {
        reason: String,
        evidence: Vec<u8>,
        outcome: Outcome,
    },
    /// Confirm.
    Close { reason: Option<String> },
    /// Contradict.
    Reopen { reason: String },
    /// Decline what is out of scope.
    Refuse {
        reason: String,
        /// Why, of the fixed list.
        code: RefusalReason,
        /// Who decides instead, when another authority does.
        authority: Option<String>,
    },
    /// Count with another.
    Merge { into: CaseId, reason: String },
}

/// Everything beside the case that a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct DecisionContext<'a> {
    /// The district's data.
    pub rules: &'a Rulebook,
    /// The time.
    pub now: Timestamp,
    /// What became of the case's photos.
    pub photos: &'a [Photo],
    /// The case's history.
    pub events: &'a [Event],
    /// The parts of the case, for commands that end it or say that it is done.
    pub parts: &'a [Case],
    /// The identifiers for the cases that a split opens, one for each part.
    pub part_ids: &'a [CaseId],
    /// Whether the budget line that a hold would wait for is approved already.
    pub budget_approved: bool,
    /// The other case that the command depends on: the one that a merging names, or the whole of a part that is to be
    /// reopened.
    pub target: Option<&'a Case>,
    /// The caller's idempotency key.
    pub command_id: Option<&'a str>,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The verb does not fit the state.
    #[error("cannot {verb:?} a case that is {state:?}")]
    WrongState {
        /// What was asked.
        verb: Verb,
        /// Where the case stands.
        state: State,
    },
    /// The person has no right to that verb on this case.
    #[error("no right to {0:?} this case")]
    NotAllowed(Verb),
    /// A field of the command does not fit; the code says how.
    #[error("field {field}: {code}")]
    Field {
        /// The field's name in the API.
        field: &'static str,
        /// The stable code of the fault.
        code: &'static str,
    },
    /// A rule forbids it as things stand; the stable code says which.
    #[error("not now: {0}")]
    NotNow(&'static str),
}

fn field(field: &'static str, code: &'static str) -> Refusal {
    Refusal::Field { field, code }
}

/// Who acts: the person, in which post, and when.
#[derive(Clone, Copy)]
struct Actor<'a> {
    staff: &'a Staff,
    post: &'a Post,
    now: Timestamp,
}

impl Actor<'_> {
    /// As whom the person stands in the timeline.
    fn author(self) -> Author {
        Author::Staff {
            id: self.staff.id.clone(),
            unit: self.post.unit.clone(),
        }
    }
}

impl Case {
    /// Decides a command of a member of staff.
    ///
    /// # Errors
    /// A [`Refusal`]; the case is unchanged then.
    pub fn decide(
        &self,
        command: Command,
        staff: &Staff,
        context: &DecisionContext<'_>,
    ) -> Result<Change, Refusal> {
        let context = &DecisionContext {
            now: self.event_time(context.now),
            ..*context
        };
        let verb = self.verb(&command, staff, &context.rules.org);
        let row = state::transition(verb, self.state).ok_or(Refusal::WrongState {
            verb,
            state: self.state,
        })?;
        let post = rights::post_for(&context.rules.org, staff, Right::Do(verb), self)
            .ok_or(Refusal::NotAllowed(verb))?;
        let actor = Actor {
            staff,
            post,
            now: context.now,
        };
        self.check_needs(row, &command, context)?;

        let mut after = self.clone();
        let mut opened = Vec::new();
        let kind = after.apply(command, actor, context, &mut opened)?;
        after.apply_transition(row, &kind, actor, context);
        let ended = after.end_parts(&kind, &actor.author(), context)?;
        let mut change = self.changed_to(after, context.now, actor.author(), kind, context.rules);
        change.event.command = context.command_id.map(str::to_owned);
        let listed = |case: Self| {
            let listing = case.listing(context.rules);
            (case, listing)
        };
        change.opened = opened.into_iter().map(listed).collect();
        change.ended = ended;
        change.requires_unchanged = context.target.map(|target| (target.id, target.rev));
        Ok(change)
    }

    fn verb(&self, command: &Command, staff: &Staff, org: &OrgChart) -> Verb {
        match command {
            Command::Triage { .. } => Verb::Triage,
            Command::Publish(_) => Verb::Publish,
            Command::Assign { .. } => Verb::Assign,
            Command::Accept => Verb::Accept,
            Command::Note {
                to: NoteTo::Resident,
                ..
            } if self.state == State::Accepted
                && rights::may(org, staff, Right::Do(Verb::Begin), self) =>
            {
                Verb::Begin
            }
            Command::Note { .. } => Verb::Note,
            Command::Return { .. } => Verb::Return,
            Command::Escalate { .. } => Verb::Escalate,
            Command::HandDown { .. } => Verb::HandDown,
            Command::Hold { .. } => Verb::Hold,
            Command::ReviewHold { .. } => Verb::ReviewHold,
            Command::Resume => Verb::Resume,
            Command::Extend { .. } => Verb::Extend,
            Command::Supervise { .. } => Verb::Supervise,
            Command::Approve { matter } => grants::verb(*matter),
            Command::Decline { .. } => Verb::Decline,
            Command::Sign { .. } => Verb::Sign,
            Command::Direct { .. } => Verb::Direct,
            Command::SignOff { .. } => Verb::SignOff,
            Command::Involve { .. } => Verb::Involve,
            Command::FinishPart { .. } => Verb::FinishPart,
            Command::Release { .. } => Verb::Release,
            Command::Split { .. } => Verb::Split,
            Command::ScheduleVisit { .. } => Verb::ScheduleVisit,
            Command::Arrive => Verb::Arrive,
            Command::Secure { .. } => Verb::Secure,
            Command::Resolve { .. } => Verb::Resolve,
            Command::Close { .. } => Verb::Close,
            Command::Reopen { .. } => Verb::Reopen,
            Command::Refuse { .. } => Verb::Refuse,
            Command::Merge { .. } => Verb::Merge,
        }
    }

    /// The needs that the table states in general; what only one verb needs is checked where it is applied.
    fn check_needs(
        &self,
        row: &Transition,
        command: &Command,
        context: &DecisionContext<'_>,
    ) -> Result<(), Refusal> {
        if row.needs_reason && command.reason().is_none_or(str::is_empty) {
            return Err(field(command.reason_field(), "required"));
        }
        let Command::Resolve {
            evidence, outcome, ..
        } = command
        else {
            return Ok(());
        };
        let is_proved = *outcome == Outcome::Answered || self.tier == Tier::Question;
        if row.needs_evidence && !is_proved && evidence.is_empty() {
            return Err(field("evidence", "required"));
        }
        let (photos, events) = (context.photos, context.events);
        let fault = |number: &u8| self.evidence_fault(*number, photos, events, context.now);
        match evidence.iter().find_map(fault) {
            Some(code) => Err(Refusal::Field {
                field: "evidence",
                code,
            }),
            None => Ok(()),
        }
    }

    fn apply(
        &mut self,
        command: Command,
        actor: Actor<'_>,
        context: &DecisionContext<'_>,
        opened: &mut Vec<Self>,
    ) -> Result<EventKind, Refusal> {
        match command {
            Command::Triage {
                category,
                publish,
                photos,
                reason,
            } => self.triage(category, publish, photos, reason, context),
            Command::Publish(request) => self.publish(request, context),
            Command::Assign {
                unit,
                person,
                hard,
                reason,
            } => self.assign(unit, person, hard, reason, context),
            Command::Accept => Ok(EventKind::Accepted),
            Command::Note { text, to } => Ok(EventKind::Noted { text, to }),
            Command::Return { reason } => self.give_back(reason, actor.now),
            Command::Escalate { to, reason } => self.escalate(to, reason, context),
            Command::HandDown { to, reason } => self.hand_down(to, reason, context),
            Command::Hold { terms, reason } => self.ask_to_hold(terms, reason, actor, context),
            Command::ReviewHold { review_at, reason } => {
                self.review_hold(review_at, reason, actor, context)
            }
            Command::Resume => Ok(self.resume(actor)),
            Command::Extend { by, reason } => self.ask_to_extend(by, reason, actor, context),
            Command::Supervise { reason } => self.ask_to_supervise(reason, actor),
            Command::Approve { matter } => self.approve(matter, actor, context),
            Command::Decline { matter, reason } => self.decline(matter, reason, actor, context),
            Command::Sign { name, sha256 } => self.sign(&name, &sha256, actor, &context.rules.org),
            Command::Direct { text } => Ok(EventKind::Directed { text }),
            Command::SignOff { name, statement } => self.sign_off(&name, statement, actor),
            Command::Involve { unit, reason } => self.involve(unit, reason, context.rules),
            Command::FinishPart { reason } => self.finish_part(actor, reason),
            Command::Release { unit, reason } => self.release(unit, reason),
            Command::Split { parts } => self.split(parts, context, opened),
            Command::ScheduleVisit { from, to } => self.schedule_visit(from, to, actor.now),
            Command::Arrive => self.arrive(actor.now),
            Command::Secure { reason } => self.secure(reason),
            Command::Resolve {
                reason,
                evidence,
                outcome,
            } => {
                self.check_done(&evidence, outcome, context)?;
                self.outcome = Some(outcome);
                Ok(EventKind::Resolved {
                    reason,
                    evidence,
                    outcome: Some(outcome),
                })
            }
            Command::Close { reason } => self.check_signed_off(EventKind::Closed { reason }),
            Command::Reopen { reason } => self.reopen_part(reason, context),
            Command::Refuse {
                reason,
                code,
                authority,
            } => refuse(reason, code, authority),
            Command::Merge { into, reason } => self.merge(into, reason, context.target),
        }
    }

    fn triage(
        &mut self,
        category: CategoryId,
        publish: bool,
        photos: Option<BTreeSet<u8>>,
        reason: Option<String>,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        let tier = context
            .rules
            .category(&category)
            .ok_or(field("category", "unknown"))?
            .tier;
        let publication = self.publication_by_triage(publish, photos, context)?;
        // The promised date moves only with a reason that the resident can read.
        if tier != self.tier && reason.as_deref().is_none_or(str::is_empty) {
            return Err(field("reason", "required_when_promise_moves"));
        }
        self.category = Some(category.clone());
        self.published = publish;
        if tier != self.tier {
            self.tier = tier;
            // What was granted was granted on the promise of the old tier.
            self.extensions.clear();
            self.watch_danger(context.rules, context.now);
        }
        Ok(EventKind::Triaged {
            category,
            tier,
            published: publish,
            reason,
            publication,
        })
    }

    /// What follows from every command alike: the new state, the clocks, the counters.
    fn apply_transition(
        &mut self,
        row: &Transition,
        kind: &EventKind,
        actor: Actor<'_>,
        context: &DecisionContext<'_>,
    ) {
        let now = context.now;
        self.state = row.to.unwrap_or(self.state);
        match row.verb {
            Verb::Accept => {
                self.dispatches = 0;
                self.timers.drop(ClockKind::Accept);
                self.timers.drop(ClockKind::ReturnWindow);
            }
            Verb::Resolve => {
                self.timers.stop(ClockKind::Resolve, now);
                for kind in [
                    ClockKind::Contact,
                    ClockKind::ResidentUpdate,
                    ClockKind::Visit,
                    ClockKind::Secure,
                ] {
                    self.timers.drop(kind);
                }
                self.timers.start(ClockKind::FollowUp, now);
                if let Some(order) = &mut self.supervision {
                    order.resolved_by = Some(actor.staff.id.clone());
                }
            }
            Verb::Reopen => self.reopen(context.rules, now),
            _ => {}
        }
        self.restart_resident_update(row, kind, now);
        self.version += 1;
        self.settle(context);
    }

    /// What follows from the state that a command leads to, by staff or by the reporter.
    fn settle(&mut self, context: &DecisionContext<'_>) {
        self.lapse_proposals();
        self.watch_proposals(context.now);
        if !self.state.is_open() {
            self.finish(context.now);
        }
        self.rev += 1;
        self.recompute(context.rules);
    }

    /// Whatever the resident is told starts the time of silence anew; a note by a person is the contact that was owed.
    fn restart_resident_update(&mut self, row: &Transition, kind: &EventKind, now: Timestamp) {
        let to_resident = matches!(
            kind,
            EventKind::Noted {
                to: NoteTo::Resident,
                ..
            }
        );
        if to_resident {
            self.timers.drop(ClockKind::Contact);
        }
        let is_word = to_resident || row.tells_resident;
        if is_word && self.timers.get(ClockKind::ResidentUpdate).is_some() {
            self.timers.start(ClockKind::ResidentUpdate, now);
        }
    }

    fn reopen(&mut self, rules: &Rulebook, now: Timestamp) {
        self.assignment = None;
        self.outcome = None;
        self.visit = None;
        self.extensions.clear();
        self.reopened = self.reopened.saturating_add(1);
        for kind in [
            ClockKind::Triage,
            ClockKind::Resolve,
            ClockKind::ResidentUpdate,
        ] {
            self.timers.start(kind, now);
        }
        self.timers.drop(ClockKind::FollowUp);
        if let Some(order) = &mut self.supervision {
            order.signed_off = false;
            self.timers.start(ClockKind::Supervision, now);
        } else if self.reopened >= policy::REOPENED_UNTIL_SUPERVISED {
            self.propose_supervision(now);
        }
        self.watch_danger(rules, now);
        // All clocks start afresh: by the calendar that is in force now.
        self.calendar = rules.calendar().version();
    }

    fn finish(&mut self, now: Timestamp) {
        self.end_hold(now);
        self.proposals.clear();
        self.timers.stop(ClockKind::Resolve, now);
        for kind in ClockKind::ALL
            .into_iter()
            .filter(|kind| *kind != ClockKind::Resolve)
        {
            self.timers.drop(kind);
        }
    }
}

/// "Not ours" without the name of whose it is would leave the resident alone.
fn refuse(
    reason: String,
    code: RefusalReason,
    authority: Option<String>,
) -> Result<EventKind, Refusal> {
    match (code, &authority) {
        (RefusalReason::OtherAuthority, None) => Err(field("authority", "required")),
        (RefusalReason::OtherAuthority, Some(_)) | (_, None) => Ok(EventKind::Refused {
            reason,
            code: Some(code),
            authority,
        }),
        (_, Some(_)) => Err(field("authority", "not_for_this_reason")),
    }
}

impl Command {
    /// The reason that is given with it.
    fn reason(&self) -> Option<&str> {
        match self {
            Self::Return { reason }
            | Self::Escalate { reason, .. }
            | Self::HandDown { reason, .. }
            | Self::Hold { reason, .. }
            | Self::ReviewHold { reason, .. }
            | Self::Extend { reason, .. }
            | Self::Supervise { reason }
            | Self::Decline { reason, .. }
            | Self::Involve { reason, .. }
            | Self::FinishPart { reason }
            | Self::Release { reason, .. }
            | Self::Secure { reason }
            | Self::Resolve { reason, .. }
            | Self::Reopen { reason }
            | Self::Refuse { reason, .. }
            | Self::Merge { reason, .. } => Some(reason),
            Self::SignOff { statement, .. } => Some(statement),
            _ => None,
        }
    }

    fn reason_field(&self) -> &'static str {
        match self {
            Self::SignOff { .. } => "statement",
            _ => "reason",
        }
    }
}
