//! Helping units, parts, visits, and what must be done before a case is.

use jiff::{SignedDuration, Timestamp};

use super::{Actor, DecisionContext, Refusal, field};
use crate::case::Case;
use crate::case::cooperation::{CoHandler, Part, Phase, Visit};
use crate::case::event::EventKind;
use crate::case::evidence;
use crate::case::overdue::is_owed;
use crate::case::policy;
use crate::case::promise::Tier;
use crate::case::report::{Consents, Report, Text};
use crate::case::rulebook::Rulebook;
use crate::case::state::Outcome;
use crate::case::timers::ClockKind;
use crate::kernel::calendar::whole_second;
use crate::kernel::ids::{CaseId, UnitId};
use crate::kernel::org::UnitKind;

impl Case {
    /// Helping units are departments and teams: a unit on the case's own chain sees and serves it anyway.
    pub(super) fn involve(
        &mut self,
        unit: UnitId,
        reason: String,
        rules: &Rulebook,
    ) -> Result<EventKind, Refusal> {
        let kind = rules.org.unit(&unit).map(|unit| unit.kind);
        let fits = matches!(kind, Some(UnitKind::Department | UnitKind::Team))
            && self.can_be_assigned_to(&unit, rules);
        if !fits || *self.responsible_unit() == unit {
            return Err(field("unit", "not_assignable"));
        }
        if self.is_co_handler(&unit) {
            return Err(field("unit", "helps_already"));
        }
        if self.co_handlers.len() >= policy::CO_HANDLERS {
            return Err(Refusal::NotNow("too_many_co_handlers"));
        }
        self.co_handlers.push(CoHandler {
            unit: unit.clone(),
            done: false,
        });
        Ok(EventKind::Involved { unit, reason })
    }

    pub(super) fn finish_part(
        &mut self,
        actor: Actor<'_>,
        reason: String,
    ) -> Result<EventKind, Refusal> {
        // A person may work in two helping units: then the one that is not done yet is meant.
        let works_in = |unit: &UnitId| actor.staff.posts.iter().any(|post| post.unit == *unit);
        let part = self
            .co_handlers
            .iter_mut()
            .find(|helper| !helper.done && works_in(&helper.unit))
            .ok_or(Refusal::NotNow("part_finished_already"))?;
        part.done = true;
        let unit = part.unit.clone();
        Ok(EventKind::PartFinished { unit, reason })
    }

    pub(super) fn release(&mut self, unit: UnitId, reason: String) -> Result<EventKind, Refusal> {
        if !self.is_co_handler(&unit) {
            return Err(field("unit", "not_a_co_handler"));
        }
        self.co_handlers.retain(|helper| helper.unit != unit);
        Ok(EventKind::Released { unit, reason })
    }

    /// Each part becomes a case under the same promise, counted from the same start; the resident hears of the whole.
    pub(super) fn split(
        &mut self,
        parts: Vec<Part>,
        context: &DecisionContext<'_>,
        opened: &mut Vec<Self>,
    ) -> Result<EventKind, Refusal> {
        if self.parent.is_some() || !self.children.is_empty() {
            return Err(Refusal::NotNow("already_split"));
        }
        if !(2..=policy::PARTS).contains(&parts.len()) {
            return Err(field("parts", "parts_out_of_range"));
        }
        let rules = context.rules;
        if parts
            .iter()
            .any(|part| rules.category(&part.category).is_none())
        {
            return Err(field("parts", "unknown_category"));
        }
        let ids = context.part_ids.iter().copied();
        let parts: Vec<Self> = ids
            .zip(parts)
            .map(|(id, part)| self.part(id, part, context))
            .collect();
        self.children = parts.iter().map(|part| part.id).collect();
        opened.extend(parts);
        Ok(EventKind::Split {
            children: self.children.clone(),
        })
    }

    fn part(&self, id: CaseId, part: Part, context: &DecisionContext<'_>) -> Self {
        let report = Report {
            at: context.now,
            channel: self.report.channel,
            text: Text::Here(part.text),
            place: self.report.place.clone(),
            photos: Vec::new(),
            consents: Consents::default(),
            has_contact: false,
            on_behalf_by: None,
        };
        let category = Some(part.category);
        let rules = context.rules;
        let mut case = Self::open(self.district.clone(), id, report, category, rules);
        case.parent = Some(self.id);
        case.tier = self.tier;
        case.promises = self.promises;
        case.calendar = self.calendar;
        case.reopened = self.reopened;
        case.extensions.clone_from(&self.extensions);
        case.holds.clone_from(&self.holds);
        if let Some(promise) = self.timers.get(ClockKind::Resolve) {
            case.timers.start(ClockKind::Resolve, promise.start);
        }
        // The danger of a part is that of the whole: put out of the way already, or to be by the same moment.
        match self.timers.get(ClockKind::Secure) {
            Some(danger) => case.timers.start(ClockKind::Secure, danger.start),
            None => case.timers.drop(ClockKind::Secure),
        }
        case.recompute(rules);
        case
    }

    /// A case is counted with one that goes on and is another matter: a part is not its whole.
    pub(super) fn merge(
        &self,
        into: CaseId,
        reason: String,
        target: Option<&Self>,
    ) -> Result<EventKind, Refusal> {
        if into == self.id {
            return Err(field("into", "same_case"));
        }
        let target = target.ok_or(field("into", "unknown"))?;
        if !target.state.is_open() {
            return Err(field("into", "ended"));
        }
        if self.parent == Some(into) || self.children.contains(&into) {
            return Err(field("into", "same_matter"));
        }
        Ok(EventKind::Merged { into, reason })
    }

    pub(super) fn schedule_visit(
        &mut self,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Result<EventKind, Refusal> {
        let (from, to) = (whole_second(from), whole_second(to));
        let latest = now + SignedDuration::from_hours(24 * policy::VISIT_DAYS_AHEAD);
        if to <= now || from > latest {
            return Err(field("from", "visit_out_of_range"));
        }
        let longest = SignedDuration::from_hours(policy::VISIT_SLOT_HOURS);
        if to <= from || from.duration_until(to) > longest {
            return Err(field("to", "slot_out_of_range"));
        }
        self.visit = Some(Visit {
            from,
            to,
            arrived: None,
        });
        self.timers.start(ClockKind::Visit, now);
        Ok(EventKind::VisitScheduled { from, to })
    }

    /// Staff arrived; in an emergency also without a slot.
    pub(super) fn arrive(&mut self, now: Timestamp) -> Result<EventKind, Refusal> {
        if self.visit.is_some_and(|visit| visit.arrived.is_some()) {
            return Err(Refusal::NotNow("arrived_already"));
        }
        let (from, to) = self
            .visit
            .map_or((now, now), |visit| (visit.from, visit.to));
        self.visit = Some(Visit {
            from,
            to,
            arrived: Some(now),
        });
        self.timers.drop(ClockKind::Visit);
        Ok(EventKind::Arrived)
    }

    pub(super) fn secure(&mut self, reason: String) -> Result<EventKind, Refusal> {
        if self.timers.get(ClockKind::Secure).is_none() {
            return Err(Refusal::NotNow("nothing_to_secure"));
        }
        self.timers.drop(ClockKind::Secure);
        Ok(EventKind::Secured { reason })
    }

    /// A case is done when all who help and all its parts are, and a team has shown how it was and how it is.
    pub(super) fn check_done(
        &self,
        evidence: &[u8],
        outcome: Outcome,
        context: &DecisionContext<'_>,
    ) -> Result<(), Refusal> {
        if self.co_handlers.iter().any(|helper| !helper.done) {
            return Err(Refusal::NotNow("co_handlers_at_work"));
        }
        if context.parts.iter().any(|part| is_owed(part.state)) {
            return Err(Refusal::NotNow("parts_undone"));
        }
        let org = &context.rules.org;
        let shows_work = self.tier != Tier::Question && outcome == Outcome::Fixed;
        let by_team = org
            .unit_of_kind(self.responsible_unit(), UnitKind::Team)
            .is_some();
        let shown = |phase| evidence::shows_phase(evidence, phase, context.photos);
        if by_team && shows_work && !(shown(Phase::Before) && shown(Phase::After)) {
            return Err(field("evidence", "before_and_after"));
        }
        Ok(())
    }
}
