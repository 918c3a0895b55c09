//! What time does to a case: when its clocks are due, and the one next moment at which it must be looked at.
//!
//! [`Case::next_at`] is a pure function of the case; it is written with every change, so a lost tick only delays.

use jiff::Timestamp;

use crate::case::Case;
use crate::case::event::{Event, EventKind, Reminder, ResumeCause};
use crate::case::hold::HoldReason;
use crate::case::promise::Tier;
use crate::case::proposal::{Ask, Matter, Proposal};
use crate::case::rulebook::Rulebook;
use crate::case::state::State;
use crate::case::timers::{ClockKind, Timer};
use crate::case::{Author, Change};
use crate::kernel::calendar::whole_second;
use crate::kernel::deadline::{self, ClockSpec, Due, Hold as HeldSpan};
use crate::kernel::ids::BudgetLineId;
use crate::kernel::ladder::{Ladder, LadderKind, Rung};

/// The next time at which something must happen to a case by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pending {
    Rung(Timestamp, ClockKind),
    Review(Timestamp),
}

impl Pending {
    fn at(self) -> Timestamp {
        match self {
            Self::Rung(at, _) | Self::Review(at) => at,
        }
    }
}

impl Case {
    /// When the case must be looked at next. Every open case has such a moment.
    pub fn next_at(&self, rules: &Rulebook) -> Option<Timestamp> {
        self.pending(rules).map(Pending::at)
    }

    /// What time does to the case: the earliest thing pending at `now`, or nothing.
    ///
    /// After an outage only the highest rung of a clock fires and the lower ones are recorded as superseded. Call again
    /// on the result until it returns nothing.
    pub fn remind(&self, rules: &Rulebook, now: Timestamp) -> Option<Change> {
        let now = self.event_time(now);
        match self.pending(rules).filter(|pending| pending.at() <= now)? {
            Pending::Review(_) => Some(self.resume_by_time(ResumeCause::Unreviewed, rules, now)),
            Pending::Rung(_, kind) => self.climb(kind, rules, now),
        }
    }

    fn pending(&self, rules: &Rulebook) -> Option<Pending> {
        let rungs = self.timers.iter().filter_map(|timer| {
            let (_, at) = self
                .ladder(timer, rules, &self.held_spans(timer.kind))?
                .next(timer.climb)?;
            Some(Pending::Rung(at, timer.kind))
        });
        let review = self.open_hold().map(|hold| Pending::Review(hold.review_at));
        rungs.chain(review).min_by_key(|pending| pending.at())
    }

    fn climb(&self, kind: ClockKind, rules: &Rulebook, now: Timestamp) -> Option<Change> {
        let timer = self.timers.get(kind)?;
        let due = timer.due?;
        let fired = self
            .ladder(timer, rules, &self.held_spans(kind))?
            .fire(timer.climb, now)?;
        let mut after = self.clone();
        for timer in after.timers.0.iter_mut().filter(|timer| timer.kind == kind) {
            timer.climb = fired.climb;
        }
        let reminder = Reminder {
            clock: kind,
            rung: fired.rung,
            due_at: due.at,
            due_version: timer.version,
            scheduled_at: fired.scheduled_at,
            superseded: fired.superseded,
        };
        if kind == ClockKind::Resolve && reminder.includes(Rung::Report) {
            after.propose_supervision(now);
        }
        Some(self.by_time(after, rules, now, EventKind::Reminded(reminder)))
    }

    /// Ends the hold that waits for a budget line, now that it was approved.
    pub fn wake(&self, line: &BudgetLineId, rules: &Rulebook, now: Timestamp) -> Option<Change> {
        let hold = self.open_hold()?;
        let now = self.event_time(now);
        (hold.budget_line.as_ref() == Some(line))
            .then(|| self.resume_by_time(ResumeCause::BudgetApproved, rules, now))
    }

    /// Asks a leader to sign for the case, unless that was asked or done already.
    pub(crate) fn propose_supervision(&mut self, now: Timestamp) {
        if self.supervision.is_some() || self.proposal(Matter::Supervision).is_some() {
            return;
        }
        self.proposals.push(Proposal {
            ask: Ask::Supervision,
            reason: String::new(),
            by: None,
            unit: self.responsible_unit().clone(),
            at: whole_second(now),
        });
        self.watch_proposals(now);
    }

    /// A second person must decide while a request waits; each thing that is asked gives them the whole time anew. Of a
    /// case that is said to be done nothing is decided.
    pub(crate) fn watch_proposals(&mut self, now: Timestamp) {
        let newest = self.proposals.iter().map(|proposal| proposal.at).max();
        let Some(newest) = newest.filter(|_| self.state != State::Resolved) else {
            return self.timers.drop(ClockKind::Approval);
        };
        let running = self.timers.get(ClockKind::Approval);
        if running.is_none_or(|timer| timer.start < newest) {
            self.timers.start(ClockKind::Approval, now);
        }
    }

    /// Danger must be put out of the way long before it is repaired.
    pub(crate) fn watch_danger(&mut self, rules: &Rulebook, at: Timestamp) {
        match rules.promise(self.promises, self.tier).make_safe {
            Some(_) => self.timers.start(ClockKind::Secure, at),
            None => self.timers.drop(ClockKind::Secure),
        }
    }

    fn resume_by_time(&self, cause: ResumeCause, rules: &Rulebook, now: Timestamp) -> Change {
        let approver = self
            .open_hold()
            .and_then(|hold| hold.approver.clone())
            .filter(|_| cause == ResumeCause::Unreviewed);
        let mut after = self.clone();
        after.end_hold(now);
        after.state = State::InProgress;
        after.timers.drop(ClockKind::OtherUnit);
        // The resident is told, as of a resumption by hand; and a silence that was allowed never turns into a late one.
        after.timers.start(ClockKind::ResidentUpdate, now);
        let money_does_not_come = self
            .open_hold()
            .is_some_and(|hold| hold.reason == HoldReason::Budget)
            && after.budget_left(now).is_zero();
        if money_does_not_come && cause == ResumeCause::Unreviewed {
            after.propose_supervision(now);
        }
        self.by_time(after, rules, now, EventKind::Resumed { cause, approver })
    }

    fn by_time(&self, mut after: Self, rules: &Rulebook, at: Timestamp, kind: EventKind) -> Change {
        after.rev += 1;
        after.recompute(rules);
        self.changed_to(after, at, Author::System, kind, rules)
    }

    /// The change to a case that was counted up already, with the event that explains it.
    pub(crate) fn changed_to(
        &self,
        mut after: Self,
        at: Timestamp,
        author: Author,
        kind: EventKind,
        rules: &Rulebook,
    ) -> Change {
        after.changed_at = at;
        let event = Event {
            number: after.rev,
            at,
            author,
            command: None,
            kind,
        };
        let listing = (self.listing(rules), after.listing(rules));
        Change::new(self.clone(), after, listing, event)
    }

    /// Ends the open hold: at its review date at the latest, however late the sweep or the command comes.
    pub(crate) fn end_hold(&mut self, now: Timestamp) {
        if let Some(hold) = self.holds.last_mut() {
            let end = whole_second(now).min(hold.review_at);
            hold.span.to.get_or_insert(end);
            // The event names who asked and who granted; the head keeps them no longer than they are needed.
            (hold.requester, hold.approver) = (None, None);
        }
    }

    /// Recomputes every running clock's due moment from its start, the promises, the holds and the calendar. The
    /// event that causes this must be counted in `rev` already: it becomes the version of the moments that change.
    pub(crate) fn recompute(&mut self, rules: &Rulebook) {
        let dues: Vec<Option<Due>> = self
            .timers
            .iter()
            .map(|timer| self.due_of(timer.kind, timer.start, rules))
            .collect();
        for (timer, due) in self
            .timers
            .0
            .iter_mut()
            .zip(dues)
            .filter(|(timer, _)| timer.stopped.is_none())
        {
            let (old, new) = (timer.due.map(|due| due.at), due.map(|due| due.at));
            if old != new {
                timer.version = self.rev;
            }
            // A later due moment (or one after a hold) re-arms the rungs above; an earlier one never sends the lower
            // ones again.
            if new > old {
                timer.climb = timer.climb.rearmed();
            }
            timer.due = due;
        }
    }

    /// When a clock of this case that started then is due: its promise, and for the promise to the resident the
    /// extensions, each counted from where the one before it ends.
    pub fn due_of(&self, kind: ClockKind, start: Timestamp, rules: &Rulebook) -> Option<Due> {
        let (holds, calendar) = (self.held_spans(kind), rules.calendar_of(self.calendar));
        if kind == ClockKind::Visit {
            let end = self.visit?.to;
            return Some(Due {
                at: end,
                provisional: false,
            });
        }
        let promised = deadline::due(self.spec(kind, rules), start, &holds, calendar)?;
        if kind != ClockKind::Resolve {
            return Some(promised);
        }
        self.extensions.iter().try_fold(promised, |so_far, by| {
            let due = deadline::due(*by, so_far.at, &holds, calendar)?;
            Some(Due {
                provisional: due.provisional || so_far.provisional,
                ..due
            })
        })
    }

    /// The promised length of a clock of this case.
    pub fn spec(&self, kind: ClockKind, rules: &Rulebook) -> ClockSpec {
        let all = rules.promises(self.promises);
        let tier = rules.promise(self.promises, self.tier);
        match kind {
            // A P0/P1 case must be assigned within the time that a unit has to accept it.
            ClockKind::Triage if matches!(self.tier, Tier::P0 | Tier::P1) => tier.accept,
            ClockKind::Triage => all.triage,
            ClockKind::Accept => tier.accept,
            ClockKind::Contact => tier.contact,
            ClockKind::ReturnWindow if self.hard => tier.return_hard,
            ClockKind::ReturnWindow => tier.return_window,
            ClockKind::Resolve if self.reopened > 0 => all.redo,
            // The unit that is waited for has as long as the case itself would have.
            ClockKind::Resolve | ClockKind::OtherUnit => tier.resolve,
            ClockKind::ResidentUpdate if self.state == State::OnHold => all.word_on_hold,
            ClockKind::ResidentUpdate => all.word,
            ClockKind::FollowUp => all.revisit,
            ClockKind::Secure => tier.make_safe.unwrap_or(tier.contact),
            ClockKind::Approval => all.approval,
            ClockKind::Supervision => all.supervision,
            // Its end is agreed with the resident, not promised by a table.
            ClockKind::Visit => ClockSpec::ElapsedMinutes(0),
        }
    }

    /// Holds stop the resolve clock only; above all never the word to the resident.
    fn held_spans(&self, kind: ClockKind) -> Vec<HeldSpan> {
        match kind {
            ClockKind::Resolve => self.holds.iter().map(|hold| hold.span).collect(),
            _ => Vec::new(),
        }
    }

    fn ladder<'a>(
        &self,
        timer: &Timer,
        rules: &'a Rulebook,
        holds: &'a [HeldSpan],
    ) -> Option<Ladder<'a>> {
        let due = timer.due.filter(|_| timer.stopped.is_none())?;
        let danger = self.tier == Tier::P0;
        let kind = match timer.kind {
            ClockKind::ReturnWindow => return None,
            // A hold that began after the due moment leaves it standing, and still silences the ladder.
            ClockKind::Resolve if self.state == State::OnHold => return None,
            ClockKind::Resolve if danger => LadderKind::Danger,
            ClockKind::Resolve => LadderKind::Full,
            ClockKind::FollowUp | ClockKind::Approval | ClockKind::OtherUnit => {
                LadderKind::ShortRepeating
            }
            ClockKind::Supervision => LadderKind::Repeating,
            ClockKind::Triage
            | ClockKind::Accept
            | ClockKind::Contact
            | ClockKind::Secure
            | ClockKind::Visit
                if danger =>
            {
                LadderKind::ShortDanger
            }
            _ => LadderKind::Short,
        };
        let spec = self.spec(timer.kind, rules);
        Some(Ladder {
            kind,
            spec,
            start: timer.start,
            due: due.at,
            holds,
            calendar: rules.calendar_of(self.calendar),
        })
    }
}
