//! What people do with a case: `decide` looks at the table of states and the table of rights, and either refuses or
//! returns the one change.

use jiff::{SignedDuration, Timestamp};

use crate::case::{Assignment, Author, Case, Change, Event, EventKind, Hold, HoldReason, NoteTo};
use crate::clock::{self, ClockSpec, Hold as HeldSpan};
use crate::ids::{CaseId, CategoryId, StaffId, UnitId};
use crate::limits;
use crate::org::{OrgChart, Staff, UnitKind};
use crate::promise::Tier;
use crate::rights::{self, Right};
use crate::rulebook::Rulebook;
use crate::state::{self, State, Transition, Verb};
use crate::timers::{ClockKind, whole_second};

/// What somebody asks for. Reasons and texts are trimmed and within [`limits`] before they get here.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are named after what they hold")]
pub enum Command {
    /// Give it a category, and put it on the board or not.
    Triage {
        category: CategoryId,
        publish: bool,
        reason: Option<String>,
    },
    /// Deal it out.
    Assign {
        unit: UnitId,
        person: Option<StaffId>,
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
    /// Put it on hold.
    Hold {
        hold: HoldReason,
        reason: String,
        review_at: Timestamp,
        approver: StaffId,
    },
    /// End the hold.
    Resume,
    /// Say that it is done. `evidence` are numbers of photos of this case.
    Resolve { reason: String, evidence: Vec<u8> },
    /// Confirm.
    Close { reason: Option<String> },
    /// Contradict.
    Reopen { reason: String },
    /// Decline.
    Refuse { reason: String },
    /// Count with another.
    Merge { into: CaseId, reason: String },
}

/// Everything beside the case that a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The district's data.
    pub rules: &'a Rulebook,
    /// The time.
    pub now: Timestamp,
    /// The numbers of this case's evidence photos that were checked and are ready.
    pub ready_evidence: &'a [u8],
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
    /// The time in which the unit might have returned the case has passed: it is theirs.
    #[error("the return window has passed")]
    ReturnWindowPassed,
    /// The desk has designated the unit after too many dispatches.
    #[error("the unit was designated")]
    Designated,
    /// There is no level above.
    #[error("nothing above")]
    NothingAbove,
}

fn field(field: &'static str, code: &'static str) -> Refusal {
    Refusal::Field { field, code }
}

/// The last moment to which the review of a hold that begins now may be put off: a resident who does not answer holds
/// the case up for some working days only.
fn latest_review(hold: HoldReason, situation: &Situation<'_>) -> Timestamp {
    let latest = situation.now + SignedDuration::from_hours(24 * limits::HOLD_REVIEW_DAYS);
    if hold != HoldReason::Resident {
        return latest;
    }
    let wait = ClockSpec::WorkDays(limits::RESIDENT_REVIEW_WORK_DAYS);
    clock::due(wait, situation.now, &[], situation.rules.calendar())
        .map_or(latest, |due| due.at.min(latest))
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
        situation: &Situation<'_>,
    ) -> Result<Change, Refusal> {
        let situation = &Situation {
            now: whole_second(situation.now),
            ..*situation
        };
        let verb = self.verb(&command, staff, &situation.rules.org);
        let row = state::transition(verb, self.state).ok_or(Refusal::WrongState {
            verb,
            state: self.state,
        })?;
        let unit = rights::post_for(&situation.rules.org, staff, Right::Do(verb), self)
            .ok_or(Refusal::NotAllowed(verb))?
            .clone();
        self.check_needs(row, &command, situation)?;

        let mut after = self.clone();
        let kind = after.apply(command, staff, situation)?;
        after.settle(row, &kind, situation);
        let author = Author::Staff {
            id: staff.id.clone(),
            unit,
        };
        let command = situation.command_id.map(str::to_owned);
        let event = Event {
            number: after.rev,
            at: situation.now,
            author,
            command,
            kind,
        };
        Ok(Change {
            before: self.clone(),
            after,
            event,
        })
    }

    fn verb(&self, command: &Command, staff: &Staff, org: &OrgChart) -> Verb {
        match command {
            Command::Triage { .. } => Verb::Triage,
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
            Command::Hold { .. } => Verb::Hold,
            Command::Resume => Verb::Resume,
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
        situation: &Situation<'_>,
    ) -> Result<(), Refusal> {
        let reason = match command {
            Command::Return { reason }
            | Command::Escalate { reason, .. }
            | Command::Hold { reason, .. }
            | Command::Resolve { reason, .. }
            | Command::Reopen { reason }
            | Command::Refuse { reason }
            | Command::Merge { reason, .. } => Some(reason.as_str()),
            _ => None,
        };
        if row.needs_reason && reason.is_none_or(str::is_empty) {
            return Err(field("reason", "required"));
        }
        let Command::Resolve { evidence, .. } = command else {
            return Ok(());
        };
        if row.needs_evidence && self.tier != Tier::Question && evidence.is_empty() {
            return Err(field("evidence", "required"));
        }
        if evidence
            .iter()
            .any(|n| !situation.ready_evidence.contains(n))
        {
            return Err(field("evidence", "photo_not_ready"));
        }
        Ok(())
    }

    fn apply(
        &mut self,
        command: Command,
        staff: &Staff,
        situation: &Situation<'_>,
    ) -> Result<EventKind, Refusal> {
        let now = situation.now;
        Ok(match command {
            Command::Triage {
                category,
                publish,
                reason,
            } => return self.triage(category, publish, reason, situation.rules),
            Command::Assign {
                unit,
                person,
                reason,
            } => return self.assign(unit, person, reason, situation),
            Command::Accept => EventKind::Accepted,
            Command::Note { text, to } => EventKind::Noted { text, to },
            Command::Return { reason } => return self.give_back(reason, now),
            Command::Escalate { to, reason } => return self.escalate(to, reason, situation),
            Command::Hold {
                hold,
                reason,
                review_at,
                approver,
            } => {
                let review_at = whole_second(review_at);
                self.check_approver(&approver, staff, &situation.rules.org)?;
                if review_at <= now || review_at > latest_review(hold, situation) {
                    return Err(field("review_at", "out_of_range"));
                }
                self.holds.push(Hold {
                    span: HeldSpan {
                        from: now,
                        to: None,
                    },
                    reason: hold,
                    review_at,
                });
                EventKind::Held {
                    hold,
                    reason,
                    review_at,
                    approver,
                }
            }
            Command::Resume => {
                self.end_hold(now);
                EventKind::Resumed { unreviewed: false }
            }
            Command::Resolve { reason, evidence } => EventKind::Resolved { reason, evidence },
            Command::Close { reason } => EventKind::Closed { reason },
            Command::Reopen { reason } => EventKind::Reopened { reason },
            Command::Refuse { reason } => EventKind::Refused { reason },
            Command::Merge { into, .. } if into == self.id => {
                return Err(field("into", "same_case"));
            }
            Command::Merge { into, reason } => EventKind::Merged { into, reason },
        })
    }

    fn triage(
        &mut self,
        category: CategoryId,
        publish: bool,
        reason: Option<String>,
        rules: &Rulebook,
    ) -> Result<EventKind, Refusal> {
        let tier = rules
            .category(&category)
            .ok_or(field("category", "unknown"))?
            .tier;
        if publish && !self.report.consents.publish {
            return Err(field("publish", "no_consent"));
        }
        // The promised date moves only with a reason that the resident can read.
        if tier != self.tier && reason.as_deref().is_none_or(str::is_empty) {
            return Err(field("reason", "required_when_promise_moves"));
        }
        self.category = Some(category.clone());
        self.tier = tier;
        self.published = publish;
        Ok(EventKind::Triaged {
            category,
            tier,
            published: publish,
            reason,
        })
    }

    fn assign(
        &mut self,
        unit: UnitId,
        person: Option<StaffId>,
        reason: Option<String>,
        situation: &Situation<'_>,
    ) -> Result<EventKind, Refusal> {
        if !self.can_be_assigned_to(&unit, situation.rules) {
            return Err(field("unit", "not_assignable"));
        }
        if let Some(id) = &person {
            let person = situation
                .rules
                .org
                .staff(id)
                .ok_or(field("person", "unknown"))?;
            if !person.posts.iter().any(|post| post.unit == unit) {
                return Err(field("person", "not_in_unit"));
            }
        }
        self.dispatch(unit.clone(), person.clone(), situation.now);
        Ok(EventKind::Assigned {
            unit,
            person,
            reason,
        })
    }

    /// The case's own community and subdistrict, the teams below that subdistrict, and any department.
    fn can_be_assigned_to(&self, unit: &UnitId, rules: &Rulebook) -> bool {
        let community = &self.report.place.community;
        let Some(found) = rules.org.unit(unit) else {
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

    fn dispatch(&mut self, unit: UnitId, person: Option<StaffId>, now: Timestamp) {
        if !self.involved.contains(&unit) {
            self.involved.push(unit.clone());
        }
        self.dispatches = self.dispatches.saturating_add(1);
        self.assignment = Some(Assignment {
            unit,
            person,
            at: now,
        });
        self.timers.drop(ClockKind::Triage);
        self.timers.start(ClockKind::Accept, now);
        self.timers.start(ClockKind::Contact, now);
        self.timers.start(ClockKind::Return, now);
    }

    fn give_back(&mut self, reason: String, now: Timestamp) -> Result<EventKind, Refusal> {
        if self.dispatches >= limits::DISPATCHES_UNTIL_DESIGNATED {
            return Err(Refusal::Designated);
        }
        let open = self
            .timers
            .get(ClockKind::Return)
            .and_then(|window| window.due)
            .is_some_and(|due| now <= due.at);
        let from = self
            .assignment
            .take()
            .filter(|_| open)
            .ok_or(Refusal::ReturnWindowPassed)?
            .unit;
        self.timers.start(ClockKind::Triage, now);
        for kind in [ClockKind::Accept, ClockKind::Contact, ClockKind::Return] {
            self.timers.drop(kind);
        }
        Ok(EventKind::Returned { from, reason })
    }

    fn escalate(
        &mut self,
        to: Option<UnitId>,
        reason: String,
        situation: &Situation<'_>,
    ) -> Result<EventKind, Refusal> {
        let org = &situation.rules.org;
        let from = self.responsible_unit().clone();
        let here = org.unit(&from).ok_or(Refusal::NothingAbove)?;
        let unit = match here.kind {
            UnitKind::Team | UnitKind::Community | UnitKind::Grid
                if to.is_some() && to != here.parent =>
            {
                return Err(field("to", "one_level_up_only"));
            }
            UnitKind::Team | UnitKind::Community | UnitKind::Grid => {
                here.parent.clone().ok_or(Refusal::NothingAbove)?
            }
            UnitKind::Subdistrict => self.department(to, situation.rules)?,
            UnitKind::Department | UnitKind::District => return Err(Refusal::NothingAbove),
        };
        self.dispatch(unit.clone(), None, situation.now);
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
        match rules.org.unit_of_kind(&unit, UnitKind::Department) {
            Some(_) => Ok(unit),
            None => Err(field("to", "not_a_department")),
        }
    }

    fn check_approver(
        &self,
        approver: &StaffId,
        requester: &Staff,
        org: &OrgChart,
    ) -> Result<(), Refusal> {
        if *approver == requester.id {
            return Err(field("approver", "same_person"));
        }
        let person = org.staff(approver).ok_or(field("approver", "unknown"))?;
        if rights::may(org, person, Right::Do(Verb::Close), self)
            || rights::may(org, person, Right::Do(Verb::Hold), self)
        {
            Ok(())
        } else {
            Err(field("approver", "no_right"))
        }
    }

    /// What follows from every command alike: the new state, the clocks, the counters.
    fn settle(&mut self, row: &Transition, kind: &EventKind, situation: &Situation<'_>) {
        let now = situation.now;
        self.state = row.to.unwrap_or(self.state);
        match row.verb {
            Verb::Accept => {
                self.dispatches = 0;
                self.timers.drop(ClockKind::Accept);
                self.timers.drop(ClockKind::Return);
            }
            Verb::Resolve => {
                self.timers.stop(ClockKind::Resolve, now);
                for kind in [ClockKind::Contact, ClockKind::Word] {
                    self.timers.drop(kind);
                }
                self.timers.start(ClockKind::Revisit, now);
            }
            Verb::Reopen => self.reopen(now),
            _ => {}
        }
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
        if is_word && self.timers.get(ClockKind::Word).is_some() {
            self.timers.start(ClockKind::Word, now);
        }
        if !self.state.is_open() {
            self.finish(now);
        }
        self.version += 1;
        self.rev += 1;
        self.recompute(situation.rules);
    }

    fn reopen(&mut self, now: Timestamp) {
        self.assignment = None;
        self.reopened = self.reopened.saturating_add(1);
        for kind in [ClockKind::Triage, ClockKind::Resolve, ClockKind::Word] {
            self.timers.start(kind, now);
        }
        self.timers.drop(ClockKind::Revisit);
    }

    fn finish(&mut self, now: Timestamp) {
        self.end_hold(now);
        self.timers.stop(ClockKind::Resolve, now);
        for kind in ClockKind::ALL
            .into_iter()
            .filter(|kind| *kind != ClockKind::Resolve)
        {
            self.timers.drop(kind);
        }
    }
}
