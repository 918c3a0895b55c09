//! Dealing out: assignment, return, escalation one level up, and back down.

use jiff::Timestamp;

use super::{DecisionContext, Refusal, field};
use crate::case::event::EventKind;
use crate::case::policy;
use crate::case::rulebook::Rulebook;
use crate::case::timers::ClockKind;
use crate::case::{Assignment, Case};
use crate::kernel::ids::{StaffId, UnitId};
use crate::kernel::org::UnitKind;

impl Case {
    pub(super) fn assign(
        &mut self,
        unit: UnitId,
        person: Option<StaffId>,
        hard: bool,
        reason: Option<String>,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        if !self.can_be_assigned_to(&unit, context.rules) {
            return Err(field("unit", "not_assignable"));
        }
        if let Some(id) = &person {
            let person = context
                .rules
                .org
                .staff(id)
                .ok_or(field("person", "unknown"))?;
            if !person.posts.iter().any(|post| post.unit == unit) {
                return Err(field("person", "not_in_unit"));
            }
        }
        self.hard = hard;
        self.dispatch(unit.clone(), person.clone(), context.now);
        Ok(EventKind::Assigned {
            unit,
            person,
            reason,
        })
    }

    /// The case's own community and subdistrict, the teams below that subdistrict, and any department.
    pub(super) fn can_be_assigned_to(&self, unit: &UnitId, rules: &Rulebook) -> bool {
        let community = &self.report.place.community;
        let Some(found) = rules.org.unit(unit).filter(|unit| !unit.retired) else {
            return false;
        };
        match found.kind {
            UnitKind::Department => true,
            UnitKind::Community => found.id == *community,
            UnitKind::Subdistrict => rules.org.is_within(community, unit),
            UnitKind::Team => rules
                .org
                .ancestor(community, UnitKind::Subdistrict)
                .is_some_and(|subdistrict| rules.org.is_within(unit, &subdistrict.id)),
            UnitKind::District | UnitKind::Grid => false,
        }
    }

    pub(super) fn dispatch(&mut self, unit: UnitId, person: Option<StaffId>, now: Timestamp) {
        if !self.involved.contains(&unit) {
            self.involved.push(unit.clone());
        }
        // The unit that has the case does not help itself.
        self.co_handlers.retain(|helper| helper.unit != unit);
        self.dispatches = self.dispatches.saturating_add(1);
        self.assignment = Some(Assignment {
            unit,
            person,
            at: now,
        });
        self.timers.drop(ClockKind::Triage);
        self.timers.drop(ClockKind::Visit);
        self.timers.start(ClockKind::Accept, now);
        self.timers.start(ClockKind::Contact, now);
        self.timers.start(ClockKind::ReturnWindow, now);
    }

    pub(super) fn give_back(
        &mut self,
        reason: String,
        now: Timestamp,
    ) -> Result<EventKind, Refusal> {
        if self.dispatches >= policy::DISPATCHES_UNTIL_DESIGNATED {
            return Err(Refusal::NotNow("designated"));
        }
        let open = self
            .timers
            .get(ClockKind::ReturnWindow)
            .and_then(|window| window.due)
            .is_some_and(|due| now <= due.at);
        let from = self
            .assignment
            .take()
            .filter(|_| open)
            .ok_or(Refusal::NotNow("return_window_passed"))?
            .unit;
        self.timers.start(ClockKind::Triage, now);
        for kind in [
            ClockKind::Accept,
            ClockKind::Contact,
            ClockKind::ReturnWindow,
        ] {
            self.timers.drop(kind);
        }
        Ok(EventKind::Returned { from, reason })
    }

    pub(super) fn escalate(
        &mut self,
        to: Option<UnitId>,
        reason: String,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        let nothing_above = || Refusal::NotNow("nothing_above");
        let org = &context.rules.org;
        let from = self.responsible_unit().clone();
        let here = org.unit(&from).ok_or_else(nothing_above)?;
        let unit = match here.kind {
            UnitKind::Team | UnitKind::Community | UnitKind::Grid
                if to.is_some() && to != here.parent =>
            {
                return Err(field("to", "one_level_up_only"));
            }
            UnitKind::Team | UnitKind::Community | UnitKind::Grid => {
                here.parent.clone().ok_or_else(nothing_above)?
            }
            UnitKind::Subdistrict => self.department(to, context.rules)?,
            UnitKind::Department | UnitKind::District => return Err(nothing_above()),
        };
        self.dispatch(unit.clone(), None, context.now);
        Ok(EventKind::Escalated { from, unit, reason })
    }

    fn department(&self, to: Option<UnitId>, rules: &Rulebook) -> Result<UnitId, Refusal> {
        let of_category = || {
            self.category
                .as_ref()
                .and_then(|id| rules.category(id))
                .map(|found| found.department.clone())
        };
        let unit = to.or_else(of_category).ok_or(field("to", "required"))?;
        match rules.org.active_of_kind(&unit, UnitKind::Department) {
            Some(_) => Ok(unit),
            None => Err(field("to", "not_a_department")),
        }
    }

    /// Back to a unit below that had it, with what was reached above; the community of the case always may get it.
    pub(super) fn hand_down(
        &mut self,
        to: UnitId,
        reason: String,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        let org = &context.rules.org;
        let level = |unit: &UnitId| org.unit(unit).map_or(0, |unit| level(unit.kind));
        let from = self.responsible_unit().clone();
        let knows_it = self.involved.contains(&to) || self.report.place.community == to;
        let fits = knows_it && self.can_be_assigned_to(&to, context.rules);
        if !fits || level(&to) >= level(&from) {
            return Err(field("to", "not_below"));
        }
        self.dispatch(to.clone(), None, context.now);
        Ok(EventKind::HandedDown {
            from,
            unit: to,
            reason,
        })
    }
}

/// How high a unit is on the way that cases are escalated.
fn level(kind: UnitKind) -> u8 {
    match kind {
        UnitKind::Grid | UnitKind::Team => 1,
        UnitKind::Community => 2,
        UnitKind::Subdistrict => 3,
        UnitKind::Department => 4,
        UnitKind::District => 5,
    }
}
