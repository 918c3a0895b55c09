//! What one person asks for and another grants: the asking, the granting, the refusing.

use super::{Actor, DecisionContext, Refusal, field};
use crate::case::Case;
use crate::case::event::EventKind;
use crate::case::proposal::{Ask, Matter, Proposal};
use crate::case::rights::{self, Right};
use crate::case::state::{State, Verb};
use crate::case::timers::ClockKind;
use crate::kernel::deadline::ClockSpec;
use crate::kernel::ids::UnitId;
use crate::kernel::org::{OrgChart, Staff};

/// The verb by which a matter is granted.
pub(crate) fn verb(matter: Matter) -> Verb {
    match matter {
        Matter::Hold => Verb::ApproveHold,
        Matter::Extension => Verb::ApproveExtension,
        Matter::Supervision => Verb::Sign,
    }
}

impl Case {
    pub(super) fn propose(
        &mut self,
        ask: Ask,
        reason: String,
        actor: Actor<'_>,
    ) -> Result<EventKind, Refusal> {
        let matter = ask.matter();
        if self.proposal(matter).is_some() {
            return Err(Refusal::NotNow("already_proposed"));
        }
        self.proposals.push(Proposal {
            ask,
            reason: reason.clone(),
            by: Some(actor.staff.id.clone()),
            unit: actor.post.unit.clone(),
            at: actor.now,
        });
        Ok(EventKind::Proposed { matter, reason })
    }

    /// More time is asked for before the promise falls due, and as often as the tier allows.
    pub(super) fn ask_to_extend(
        &mut self,
        by: ClockSpec,
        reason: String,
        actor: Actor<'_>,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        let due = self.due_at().ok_or(Refusal::NotNow("extension_too_late"))?;
        if actor.now > due {
            return Err(Refusal::NotNow("extension_too_late"));
        }
        let allowed = &context.rules.promise(self.promises, self.tier).extensions;
        let next = allowed
            .get(self.extensions.len())
            .filter(|_| self.reopened == 0);
        let next = next.ok_or(Refusal::NotNow("no_extension_left"))?;
        if !is_within(by, next.by) {
            return Err(field("work_days", "extension_out_of_range"));
        }
        let approver = next.approver;
        self.propose(Ask::Extension { by, approver }, reason, actor)
    }

    pub(super) fn approve(
        &mut self,
        matter: Matter,
        actor: Actor<'_>,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        let asked = self.take_proposal(matter, actor.staff, context)?;
        match asked.ask.clone() {
            Ask::Hold(terms) => self.hold(terms, asked, actor, context),
            Ask::Extension { by, .. } => {
                self.extensions.push(by);
                let resolve = self.timers.get(ClockKind::Resolve);
                let due = resolve
                    .and_then(|timer| self.due_of(ClockKind::Resolve, timer.start, context.rules));
                Ok(EventKind::Extended {
                    by,
                    due_at: due.map(|due| due.at),
                    reason: asked.reason,
                })
            }
            // An order of supervision is signed, word by word.
            Ask::Supervision => Err(field("matter", "must_be_signed")),
        }
    }

    pub(super) fn decline(
        &mut self,
        matter: Matter,
        reason: String,
        actor: Actor<'_>,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        self.take_proposal(matter, actor.staff, context)?;
        Ok(EventKind::Declined { matter, reason })
    }

    /// Takes the proposal off the list when the person may decide on it: another person than the one who asked, in a
    /// post that grants it, at or above the asking unit or as high as the promises demand.
    fn take_proposal(
        &mut self,
        matter: Matter,
        staff: &Staff,
        context: &DecisionContext<'_>,
    ) -> Result<Proposal, Refusal> {
        let org = &context.rules.org;
        let place = self
            .proposals
            .iter()
            .position(|proposal| proposal.ask.matter() == matter)
            .ok_or(Refusal::NotNow("nothing_proposed"))?;
        let proposal = &self.proposals[place];
        if proposal.by.as_ref() == Some(&staff.id) {
            return Err(Refusal::NotNow("same_person"));
        }
        let verb = verb(matter);
        let granted = match &proposal.ask {
            Ask::Hold(_) => may_grant(self, verb, staff, &proposal.unit, org),
            Ask::Extension { approver, .. } => staff
                .posts
                .iter()
                .filter(|post| rights::grants(org, post, Right::Do(verb), self))
                .any(|post| post.role.rank() >= approver.rank()),
            Ask::Supervision => rights::may(org, staff, Right::Do(verb), self),
        };
        if !granted {
            return Err(Refusal::NotAllowed(verb));
        }
        Ok(self.proposals.remove(place))
    }

    /// Who has the case may have changed: what the former unit asked for the promise is asked no more.
    pub(super) fn lapse_proposals(&mut self) {
        if !matches!(self.state, State::Accepted | State::InProgress) {
            self.proposals
                .retain(|proposal| proposal.ask.matter() == Matter::Supervision);
        }
    }
}

/// Whether the person holds a post that grants it, at the unit or above it.
pub(super) fn may_grant(
    case: &Case,
    verb: Verb,
    staff: &Staff,
    unit: &UnitId,
    org: &OrgChart,
) -> bool {
    staff.posts.iter().any(|post| {
        rights::grants(org, post, Right::Do(verb), case) && org.is_within(unit, &post.unit)
    })
}

/// Whether an extension is one of that kind and not longer.
fn is_within(asked: ClockSpec, allowed: ClockSpec) -> bool {
    use ClockSpec::{CalendarDays, ElapsedMinutes, WorkDays, WorkMinutes};
    match (asked, allowed) {
        (ElapsedMinutes(asked), ElapsedMinutes(most))
        | (WorkMinutes(asked), WorkMinutes(most))
        | (WorkDays(asked), WorkDays(most))
        | (CalendarDays(asked), CalendarDays(most)) => (1..=most).contains(&asked),
        _ => false,
    }
}
