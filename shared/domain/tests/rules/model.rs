//! A case as a table would hold it, whose every change is checked: what may move, and what may never.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use zhitiao_domain::case::digest::Entry;
use zhitiao_domain::case::event::ResumeCause;
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::promise::Tier;
use zhitiao_domain::case::proposal::Matter;
use zhitiao_domain::case::state::{State, TRANSITIONS};
use zhitiao_domain::case::timers::ClockKind::{
    self, Accept, Approval, Contact, FollowUp, OtherUnit, ResidentUpdate, Resolve, ReturnWindow,
    Secure, Supervision, Triage, Visit,
};
use zhitiao_domain::case::{Author, Case, Change, Event, EventKind, NoteTo, Reminder};
use zhitiao_domain::kernel::deadline::{self, ClockSpec, Hold};
use zhitiao_domain::kernel::ids::StaffId;
use zhitiao_domain::kernel::ladder::Rung;

use crate::district::rules;

/// What makes a reminder the only one of its kind: clock, rung, version of the due and number of the repeat.
type ReminderKey = (ClockKind, Rung, u32, u32);

/// The head and its events. A change is kept only when it was made from the head that is stored.
pub(crate) struct Stored {
    pub(crate) case: Case,
    pub(crate) events: Vec<Event>,
    retold: Retold,
    spoken: HashSet<ReminderKey>,
    promised: Option<Timestamp>,
}

impl Stored {
    pub(crate) fn new(case: Case) -> Self {
        let stored = Self {
            retold: Retold::of(&case),
            promised: case.due_at(),
            case,
            events: Vec::new(),
            spoken: HashSet::new(),
        };
        stored.check_head();
        stored
    }

    /// Keeps the change unless another one was kept since its maker looked.
    pub(crate) fn save(&mut self, change: Change) -> bool {
        if change.before.rev != self.case.rev {
            return false;
        }
        assert_eq!(change.before, self.case);
        check_counters(&change);
        check_order(&change);
        check_move(&change);
        check_history(&change);
        check_versions(&change);
        self.check_promise(&change);
        if let EventKind::Reminded(reminder) = &change.event.kind {
            self.check_reminder(&change, reminder);
        }
        self.promised = change.after.due_at().or(self.promised);
        self.case = change.after;
        self.retold.tell(&change.event);
        self.events.push(change.event);
        self.check_head();
        true
    }

    /// One tick of the sweep: afterwards nothing waits any more.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        while let Some(change) = self.case.remind(rules(), now) {
            assert!(self.save(change));
        }
        self.check_swept(now);
    }

    /// Two sweepers look at the same head, each by its own clock, and save one after the other: one of them is kept.
    pub(crate) fn race(&mut self, clocks: [Timestamp; 2]) {
        loop {
            let decided = clocks.map(|now| self.case.remind(rules(), now));
            if decided.iter().all(Option::is_none) {
                break;
            }
            let kept = decided
                .into_iter()
                .flatten()
                .filter_map(|change| self.save(change).then_some(()));
            assert_eq!(kept.count(), 1);
        }
        self.check_swept(clocks[0].max(clocks[1]).max(self.case.changed_at));
    }

    /// A reader of the case learns the same of its promise as a reader of a list, and what its events say.
    pub(crate) fn check_overdue(&self, now: Timestamp) {
        let listed = Entry {
            id: self.case.id,
            state: self.case.state,
            community: self.case.report.place.community.clone(),
            unit: None,
            person: None,
            category: None,
            received_at: self.case.report.at,
            due_at: self.case.promise().due_at,
            missed: self.case.promise().missed,
        };
        let is_overdue = self.case.is_overdue(now);
        assert_eq!(listed.is_overdue(now), is_overdue);
        let done_or_now = self.retold.done_at.unwrap_or(now);
        let expected = self
            .retold
            .promise()
            .is_some_and(|due| due.as_second() < done_or_now.as_second());
        assert_eq!(is_overdue, expected, "{:?} at {now}", self.case.state);
    }

    fn check_swept(&self, now: Timestamp) {
        let next = self.case.next_at(rules());
        assert!(
            next.is_none_or(|next| next > now),
            "{next:?} still waits at {now}"
        );
    }

    /// What holds of every head: it is what its events say, and open cases are looked at again.
    fn check_head(&self) {
        let case = &self.case;
        assert_eq!(
            case.next_at(rules()).is_some(),
            case.state.is_open(),
            "{:?}",
            case.state
        );
        assert_eq!(case.rev as usize, self.events.len());
        let running: BTreeMap<_, _> = case
            .timers
            .iter()
            .filter(|timer| timer.stopped.is_none())
            .map(|timer| (timer.kind, timer.start))
            .collect();
        assert_eq!(running, self.retold.clocks);
        assert_eq!(case.due_at(), self.retold.promise());
        for timer in case.timers.iter() {
            let spec = case.spec(timer.kind, rules());
            let due = match timer.kind {
                Resolve => self.retold.promise(),
                Visit => case.visit.map(|visit| visit.to),
                _ => deadline::due(spec, timer.start, &[], rules().calendar()).map(|due| due.at),
            };
            assert_eq!(timer.due.map(|due| due.at), due, "{:?}", timer.kind);
        }
        let asked: BTreeSet<_> = case.proposals.iter().map(|p| p.ask.matter()).collect();
        assert!(asked.iter().eq(self.retold.asked.keys()));
        assert_eq!(case.supervision.is_some(), self.retold.supervised);
    }

    /// The resident's date moves by a reasoned triage, a hold or a reopening, and a hold never brings it forward.
    fn check_promise(&self, change: &Change) {
        let (before, after) = (change.before.due_at(), change.after.due_at());
        if before == after {
            return;
        }
        match &change.event.kind {
            EventKind::Triaged {
                reason: Some(reason),
                ..
            } if !reason.is_empty() => {
                assert_ne!(change.before.tier, change.after.tier);
            }
            EventKind::Held { .. } => assert_eq!(after, None),
            EventKind::Resumed { .. } => assert!(after >= self.promised),
            EventKind::Extended { due_at, reason, .. } => {
                assert!(after > before && *due_at == after && !reason.is_empty());
            }
            EventKind::Reopened { .. } | EventKind::Objected { .. } => {}
            other => panic!("{other:?} moved the promise from {before:?} to {after:?}"),
        }
    }

    /// A reminder is the only one of its kind, of a clock that runs, and never before its moment.
    fn check_reminder(&mut self, change: &Change, reminder: &Reminder) {
        let Change {
            before,
            after,
            event,
            ..
        } = change;
        let silent = matches!(before.state, State::OnHold | State::Resolved);
        assert!(before.state.is_open() && (reminder.clock != Resolve || !silent));
        assert!(reminder.scheduled_at <= event.at);
        let timer = after.timers.get(reminder.clock).unwrap();
        assert_eq!(timer.due.unwrap().at, reminder.due_at);
        let fired = (reminder.rung, timer.climb.repeats());
        let superseded = reminder.superseded.iter().map(|rung| (*rung, 0));
        for (rung, repeat) in superseded.chain([fired]) {
            let key = (reminder.clock, rung, reminder.due_version, repeat);
            assert!(self.spoken.insert(key), "{key:?} was reached twice");
        }
    }
}

fn check_counters(change: &Change) {
    let Change {
        before,
        after,
        event,
        ..
    } = change;
    let commands = u32::from(event.author != Author::System);
    assert_eq!(after.version, before.version + commands);
    assert_eq!(after.rev, before.rev + 1);
    assert_eq!(event.number, after.rev);
}

/// No event is earlier than the one before it.
fn check_order(change: &Change) {
    assert!(
        change.event.at >= change.before.changed_at,
        "{:?}",
        change.event
    );
    assert_eq!(change.after.changed_at, change.event.at);
}

/// The state moves along a row of the table, or by time from a hold that no leader reviewed.
fn check_move(change: &Change) {
    let (from, to) = (change.before.state, change.after.state);
    let legal = if change.event.author == Author::System {
        from == to || (from, to) == (State::OnHold, State::InProgress)
    } else {
        TRANSITIONS
            .iter()
            .any(|row| row.from.contains(&from) && row.to.unwrap_or(from) == to)
    };
    assert!(legal, "{from:?} to {to:?} by {:?}", change.event.kind);
    assert_eq!(change.after.open_hold().is_some(), to == State::OnHold);
    let with_a_unit = matches!(
        to,
        State::Assigned | State::Escalated | State::Accepted | State::InProgress | State::OnHold
    );
    assert!(change.after.assignment.is_some() || !with_a_unit);
}

/// What was received never changes, and what happened is never taken back.
fn check_history(change: &Change) {
    let (before, after) = (&change.before, &change.after);
    assert_eq!(before.report, after.report);
    assert_eq!((before.id, &before.district), (after.id, &after.district));
    assert!(after.involved.starts_with(&before.involved));
    assert!(after.reopened >= before.reopened);
    assert!(after.holds.len() >= before.holds.len());
    let reviewed = matches!(change.event.kind, EventKind::HoldReviewed { .. });
    for (old, new) in before.holds.iter().zip(&after.holds) {
        assert_eq!((old.span.from, old.reason), (new.span.from, new.reason));
        assert!(old.review_at == new.review_at || (reviewed && old.span.to.is_none()));
        assert!(old.span.to.is_none() || old.span.to == new.span.to);
    }
    if let Author::Staff { id, .. } = &change.event.author {
        check_second_person(change, id);
    }
}

/// A person does not grant or sign what they asked for.
fn check_second_person(change: &Change, author: &StaffId) {
    let matter = match &change.event.kind {
        EventKind::Held { .. } => Matter::Hold,
        EventKind::Extended { .. } => Matter::Extension,
        EventKind::SupervisionOrdered { .. } => Matter::Supervision,
        EventKind::Declined { matter, .. } => *matter,
        _ => return,
    };
    let asked = change.before.proposal(matter).unwrap();
    assert_ne!(asked.by.as_ref(), Some(author));
}

/// The version of a due names one moment: it changes with the moment and only then.
fn check_versions(change: &Change) {
    for new in change.after.timers.iter() {
        let Some(old) = change
            .before
            .timers
            .get(new.kind)
            .filter(|old| old.start == new.start)
        else {
            continue;
        };
        let moved = old.due.map(|due| due.at) != new.due.map(|due| due.at);
        let version = if moved { change.after.rev } else { old.version };
        // A clock that is started again in the second in which it was started may keep its moment.
        assert!(
            new.version == version || new.version == change.after.rev,
            "{:?}",
            new.kind
        );
    }
}

/// What a case must be, told again from its receipt and its events alone.
struct Retold {
    tier: Tier,
    reopened: u8,
    resolve_start: Timestamp,
    holds: Vec<(HoldReason, Hold)>,
    extensions: Vec<ClockSpec>,
    review_at: Timestamp,
    clocks: BTreeMap<ClockKind, Timestamp>,
    /// What was asked for, and when.
    asked: BTreeMap<Matter, Timestamp>,
    supervised: bool,
    at_work: bool,
    /// When it was done or ended otherwise.
    done_at: Option<Timestamp>,
}

impl Retold {
    fn of(received: &Case) -> Self {
        let start = received.report.at;
        let mut retold = Self {
            tier: received.tier,
            reopened: 0,
            resolve_start: start,
            holds: Vec::new(),
            extensions: Vec::new(),
            review_at: start,
            clocks: [Triage, Resolve, ResidentUpdate]
                .map(|kind| (kind, start))
                .into(),
            asked: BTreeMap::new(),
            supervised: false,
            at_work: false,
            done_at: None,
        };
        retold.watch_danger(start);
        retold
    }

    fn tell(&mut self, event: &Event) {
        let at = event.at;
        match &event.kind {
            EventKind::Triaged { tier, .. } => {
                if self.tier != *tier {
                    self.tier = *tier;
                    self.extensions.clear();
                    self.watch_danger(at);
                }
                self.run(&[ResidentUpdate], at);
            }
            EventKind::Assigned { .. }
            | EventKind::Escalated { .. }
            | EventKind::HandedDown { .. } => {
                self.at_work = false;
                self.stop(&[Triage, Visit]);
                self.run(&[Accept, Contact, ReturnWindow, ResidentUpdate], at);
            }
            EventKind::Accepted => {
                self.at_work = true;
                self.stop(&[Accept, ReturnWindow]);
                self.run(&[ResidentUpdate], at);
            }
            EventKind::Noted {
                to: NoteTo::Resident,
                ..
            } => {
                self.stop(&[Contact]);
                self.word(at);
            }
            EventKind::Returned { .. } => {
                self.at_work = false;
                self.stop(&[Accept, Contact, ReturnWindow]);
                self.run(&[Triage], at);
            }
            EventKind::Proposed { .. }
            | EventKind::Declined { .. }
            | EventKind::Extended { .. }
            | EventKind::SupervisionOrdered { .. }
            | EventKind::SignedOff { .. } => self.tell_of_two_people(&event.kind, at),
            EventKind::Involved { .. }
            | EventKind::PartFinished { .. }
            | EventKind::VisitScheduled { .. }
            | EventKind::Arrived
            | EventKind::Secured { .. } => self.tell_of_the_work(&event.kind, at),
            EventKind::Received { .. }
            | EventKind::Noted { .. }
            | EventKind::Directed { .. }
            | EventKind::Released { .. }
            | EventKind::Split { .. }
            | EventKind::CalendarChanged { .. }
            | EventKind::Withdrawn { .. }
            | EventKind::Replied { .. }
            | EventKind::Urged
            | EventKind::Corrected { .. }
            | EventKind::PhotosAnnounced { .. }
            | EventKind::ConsentRevoked
            | EventKind::Confirmed { .. }
            | EventKind::ContactSet
            | EventKind::ContactErased => {}
            other => self.tell_of_the_promise(other, at),
        }
        self.settle(at);
    }

    /// What one person asks for and another decides.
    fn tell_of_two_people(&mut self, kind: &EventKind, at: Timestamp) {
        match kind {
            EventKind::Proposed { matter, .. } => {
                self.asked.insert(*matter, at);
            }
            EventKind::Declined { matter, .. } => {
                self.asked.remove(matter);
            }
            EventKind::Extended { by, .. } => {
                self.asked.remove(&Matter::Extension);
                self.extensions.push(*by);
                self.run(&[ResidentUpdate], at);
            }
            EventKind::SupervisionOrdered { .. } => {
                self.asked.remove(&Matter::Supervision);
                self.supervised = true;
                self.run(&[Supervision, ResidentUpdate], at);
            }
            _ => self.stop(&[Supervision]),
        }
    }

    /// What helpers and visitors do on the place.
    fn tell_of_the_work(&mut self, kind: &EventKind, at: Timestamp) {
        match kind {
            EventKind::VisitScheduled { .. } => return self.run(&[Visit, ResidentUpdate], at),
            EventKind::Arrived => self.stop(&[Visit]),
            EventKind::Secured { .. } => self.stop(&[Secure]),
            _ => {}
        }
        self.word(at);
    }

    fn resume(&mut self, cause: ResumeCause, at: Timestamp) {
        self.at_work = true;
        let end = at.min(self.review_at);
        let (reason, hold) = self.holds.last_mut().unwrap();
        hold.to = Some(end);
        let for_money = *reason == HoldReason::Budget;
        self.stop(&[OtherUnit]);
        self.run(&[ResidentUpdate], at);
        if for_money && cause == ResumeCause::Unreviewed && self.money_days() >= 60 {
            self.ask_for_supervision(at);
        }
    }

    fn reopen(&mut self, at: Timestamp) {
        self.reopened += 1;
        self.done_at = None;
        self.resolve_start = at;
        self.extensions.clear();
        self.stop(&[FollowUp]);
        self.run(&[Triage, Resolve, ResidentUpdate], at);
        self.watch_danger(at);
        if self.supervised {
            self.run(&[Supervision], at);
        } else if self.reopened >= 2 {
            self.ask_for_supervision(at);
        }
    }

    /// What stops the promise, lets it run, ends it, or says that it was missed.
    fn tell_of_the_promise(&mut self, kind: &EventKind, at: Timestamp) {
        match kind {
            EventKind::Held {
                hold,
                review_at,
                waits_for,
                ..
            } => {
                self.asked.remove(&Matter::Hold);
                self.at_work = false;
                self.holds.push((*hold, Hold { from: at, to: None }));
                self.review_at = *review_at;
                self.run(&[ResidentUpdate], at);
                if waits_for.is_some() {
                    self.run(&[OtherUnit], at);
                }
            }
            EventKind::HoldReviewed { review_at, .. } => {
                self.review_at = *review_at;
                self.run(&[ResidentUpdate], at);
            }
            EventKind::Resumed { cause, .. } => self.resume(*cause, at),
            EventKind::Resolved { .. } => {
                self.at_work = false;
                self.done_at = Some(at);
                self.stop(&[Resolve, Contact, ResidentUpdate, Visit, Secure]);
                self.run(&[FollowUp], at);
            }
            EventKind::Reopened { .. } | EventKind::Objected { .. } => self.reopen(at),
            EventKind::Closed { .. } | EventKind::Refused { .. } | EventKind::Merged { .. } => {
                self.asked.clear();
                self.done_at.get_or_insert(at);
                self.stop(&ClockKind::ALL);
            }
            EventKind::Reminded(reminder) => {
                // After an outage a repeat comes in the place of the rung that asks for it.
                let rungs = [reminder.rung]
                    .into_iter()
                    .chain(reminder.superseded.clone());
                if reminder.clock == Resolve && rungs.into_iter().any(|rung| rung == Rung::Report) {
                    self.ask_for_supervision(at);
                }
            }
            EventKind::PublicationChanged { .. } | EventKind::PhotoArrived { .. } => {}
            other => panic!("{other:?} is not told again"),
        }
    }

    /// What was asked for the promise is asked only while a unit works on the case, and is decided on in time: not
    /// while the case waits to be checked.
    fn settle(&mut self, at: Timestamp) {
        if !self.at_work {
            self.asked
                .retain(|matter, _| *matter == Matter::Supervision);
        }
        let newest = self.asked.values().max().copied();
        let Some(newest) = newest.filter(|_| !self.clocks.contains_key(&FollowUp)) else {
            return self.stop(&[Approval]);
        };
        if self
            .clocks
            .get(&Approval)
            .is_none_or(|start| *start < newest)
        {
            self.run(&[Approval], at.max(newest));
        }
    }

    fn ask_for_supervision(&mut self, at: Timestamp) {
        if !self.supervised {
            self.asked.entry(Matter::Supervision).or_insert(at);
        }
    }

    fn watch_danger(&mut self, at: Timestamp) {
        self.stop(&[Secure]);
        if self.tier == Tier::P0 {
            self.run(&[Secure], at);
        }
    }

    /// Whole days on hold for money.
    fn money_days(&self) -> i64 {
        let held = self
            .holds
            .iter()
            .filter(|(reason, _)| *reason == HoldReason::Budget);
        let seconds: i64 = held
            .map(|(_, hold)| hold.from.duration_until(hold.to.unwrap()).as_secs())
            .sum();
        seconds / 86_400
    }

    fn word(&mut self, at: Timestamp) {
        if self.clocks.contains_key(&ResidentUpdate) {
            self.run(&[ResidentUpdate], at);
        }
    }

    fn run(&mut self, clocks: &[ClockKind], at: Timestamp) {
        self.clocks.extend(clocks.iter().map(|kind| (*kind, at)));
    }

    fn stop(&mut self, clocks: &[ClockKind]) {
        self.clocks.retain(|kind, _| !clocks.contains(kind));
    }

    /// The date that the resident was promised: the promise, and each extension from where the one before it ends.
    fn promise(&self) -> Option<Timestamp> {
        let promises = rules().current_promises();
        let spec: ClockSpec = if self.reopened > 0 {
            promises.redo
        } else {
            promises.of(self.tier).unwrap().resolve
        };
        let holds: Vec<Hold> = self.holds.iter().map(|(_, hold)| *hold).collect();
        let due =
            |spec, start| deadline::due(spec, start, &holds, rules().calendar()).map(|due| due.at);
        let promised = due(spec, self.resolve_start)?;
        self.extensions
            .iter()
            .try_fold(promised, |so_far, by| due(*by, so_far))
    }
}
