//! Holds: asking for one, looking at it again, ending it.

use jiff::Timestamp;

use super::grants::may_grant;
use super::{Actor, DecisionContext, Refusal, field};
use crate::case::Case;
use crate::case::event::{EventKind, ResumeCause};
use crate::case::hold::{Hold, HoldReason, HoldTerms};
use crate::case::proposal::{Ask, Proposal};
use crate::case::state::Verb;
use crate::case::timers::ClockKind;
use crate::kernel::calendar::whole_second;
use crate::kernel::deadline::Hold as HeldSpan;
use crate::kernel::ids::UnitId;
use crate::kernel::org::UnitKind;

impl Case {
    pub(super) fn ask_to_hold(
        &mut self,
        terms: HoldTerms,
        reason: String,
        actor: Actor<'_>,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        let terms = HoldTerms {
            review_at: whole_second(terms.review_at),
            ..terms
        };
        self.check_hold(&terms, context)?;
        self.propose(Ask::Hold(terms), reason, actor)
    }

    /// What must hold of a hold when it is asked for, and still when it is granted.
    pub(super) fn check_hold(
        &self,
        terms: &HoldTerms,
        context: &DecisionContext<'_>,
    ) -> Result<(), Refusal> {
        let named = |present: bool, wanted: bool, name| match (present, wanted) {
            (false, true) => Err(field(name, "required")),
            (true, false) => Err(field(name, "not_for_this_reason")),
            _ => Ok(()),
        };
        let (unit, line) = (&terms.waits_for, &terms.budget_line);
        named(
            unit.is_some(),
            terms.reason == HoldReason::OtherUnit,
            "waits_for",
        )?;
        named(
            line.is_some(),
            terms.reason == HoldReason::Budget,
            "budget_line",
        )?;
        if let Some(unit) = unit {
            self.check_awaited(unit, context)?;
        }
        if line.is_some() && context.budget_approved {
            return Err(field("budget_line", "already_approved"));
        }
        self.check_review(terms.reason, terms.review_at, context)
    }

    /// A department or a team, for others see the case in their queue anyway; and a unit does not wait for itself.
    fn check_awaited(&self, unit: &UnitId, context: &DecisionContext<'_>) -> Result<(), Refusal> {
        let org = &context.rules.org;
        let kind = org.unit(unit).map(|unit| unit.kind);
        let fits = matches!(kind, Some(UnitKind::Department | UnitKind::Team))
            && self.can_be_assigned_to(unit, context.rules)
            && self.responsible_unit() != unit;
        if fits {
            Ok(())
        } else {
            Err(field("waits_for", "not_assignable"))
        }
    }

    fn check_review(
        &self,
        reason: HoldReason,
        review_at: Timestamp,
        context: &DecisionContext<'_>,
    ) -> Result<(), Refusal> {
        let latest = self.latest_review(reason, context.rules, context.now);
        if review_at > context.now && review_at <= latest {
            return Ok(());
        }
        let for_money = reason == HoldReason::Budget && self.supervision.is_none();
        if for_money && review_at > context.now + self.budget_left(context.now) {
            return Err(Refusal::NotNow("needs_supervision"));
        }
        Err(field("review_at", "review_out_of_range"))
    }

    /// The hold that was asked for begins.
    pub(super) fn hold(
        &mut self,
        terms: HoldTerms,
        asked: Proposal,
        actor: Actor<'_>,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        self.check_hold(&terms, context)?;
        if terms.waits_for.is_some() {
            self.timers.start(ClockKind::OtherUnit, actor.now);
        }
        self.holds.push(Hold {
            span: HeldSpan {
                from: actor.now,
                to: None,
            },
            reason: terms.reason,
            review_at: terms.review_at,
            requester: asked.by.clone(),
            approver: Some(actor.staff.id.clone()),
            waits_for: terms.waits_for.clone(),
            budget_line: terms.budget_line.clone(),
        });
        Ok(EventKind::Held {
            hold: terms.reason,
            reason: asked.reason,
            review_at: terms.review_at,
            requester: asked.by,
            waits_for: terms.waits_for,
            budget_line: terms.budget_line,
        })
    }

    pub(super) fn review_hold(
        &mut self,
        review_at: Timestamp,
        reason: String,
        actor: Actor<'_>,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        let review_at = whole_second(review_at);
        let hold = self.open_hold().ok_or(Refusal::NotNow("not_on_hold"))?;
        if hold.requester.as_ref() == Some(&actor.staff.id) {
            return Err(Refusal::NotNow("same_person"));
        }
        let unit = self.responsible_unit();
        if !may_grant(
            self,
            Verb::ReviewHold,
            actor.staff,
            unit,
            &context.rules.org,
        ) {
            return Err(Refusal::NotAllowed(Verb::ReviewHold));
        }
        if hold.review_at <= actor.now {
            // The sweep is a little late; what was not reviewed in time has ended.
            return Err(Refusal::NotNow("not_on_hold"));
        }
        self.check_review(hold.reason, review_at, context)?;
        if let Some(hold) = self.holds.last_mut() {
            hold.review_at = review_at;
            hold.approver = Some(actor.staff.id.clone());
        }
        Ok(EventKind::HoldReviewed { review_at, reason })
    }

    pub(super) fn resume(&mut self, actor: Actor<'_>) -> EventKind {
        let answered = self.awaited_unit() == Some(&actor.post.unit);
        self.end_hold(actor.now);
        self.timers.drop(ClockKind::OtherUnit);
        EventKind::Resumed {
            cause: if answered {
                ResumeCause::Answered
            } else {
                ResumeCause::Resumed
            },
            approver: None,
        }
    }
}
