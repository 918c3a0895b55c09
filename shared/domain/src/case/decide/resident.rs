//! What a reporter does with their own case: answer, add photos, urge, correct, withdraw, keep it off the board.
//!
//! The holder of the tracking token is the reporter; there is no other right to look up. The table of states says when
//! each is possible.

use jiff::{SignedDuration, Timestamp};

use super::{DecisionContext, Refusal, field};
use crate::case::event::{Event, EventKind};
use crate::case::evidence;
use crate::case::hold::HoldReason;
use crate::case::photo::{FIRST_EVIDENCE, Photo, Progress};
use crate::case::report::{Contact, PhotoGrant, Text};
use crate::case::state::{self, State, Verb};
use crate::case::timers::ClockKind;
use crate::case::{Author, Case, Change};
use crate::kernel::calendar::{Calendar, date_of, whole_second};
use crate::kernel::limits;

/// What a reporter asks for. Texts are trimmed and within [`limits`] before they get here.
#[derive(Debug, Clone, PartialEq)]
pub enum ResidentCommand {
    /// Answer the office, or add what was forgotten.
    Reply {
        /// The words; the office reads them, the board does not.
        text: String,
    },
    /// 催一催: ask that it go on. Once on a working day; the unit and its head are told.
    Urge,
    /// Take the report back.
    Withdraw {
        /// Why, where the reporter says it.
        reason: Option<String>,
    },
    /// Put right what was written, within [`limits::CORRECTION_MINUTES`] of the receipt.
    Correct {
        /// The words from now on.
        text: String,
    },
    /// Add photos, or send refused ones anew.
    AddPhotos {
        /// What will be uploaded.
        photos: Vec<PhotoGrant>,
    },
    /// Take back the consent to publish: the case leaves the board for good.
    RevokeConsent,
    /// Say that it is solved.
    Confirm {
        /// Whether the reporter is satisfied, where they say it: silence is no satisfaction.
        satisfied: Option<bool>,
        /// What else there is to say; the desk reads it.
        text: Option<String>,
    },
    /// Say that it is not solved: the case goes on, one level up where there is one.
    Object {
        /// What is still wrong.
        text: String,
    },
    /// Say how to be reached, instead of what was said before.
    SetContact {
        /// A name, a number or both; it is stored apart from the case.
        contact: Contact,
    },
    /// Let name and telephone number be erased.
    EraseContact,
}

impl ResidentCommand {
    /// What it does in the table of states.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Reply { .. } => Verb::Reply,
            Self::Urge => Verb::Urge,
            Self::Withdraw { .. } => Verb::Withdraw,
            Self::Correct { .. } => Verb::Correct,
            Self::AddPhotos { .. } => Verb::AddPhotos,
            Self::RevokeConsent => Verb::RevokeConsent,
            Self::Confirm { .. } => Verb::Confirm,
            Self::Object { .. } => Verb::Object,
            Self::SetContact { .. } => Verb::SetContact,
            Self::EraseContact => Verb::EraseContact,
        }
    }
}

impl Case {
    /// Decides what the reporter asks for.
    ///
    /// # Errors
    /// A [`Refusal`]; the case is unchanged then.
    pub fn decide_for_reporter(
        &self,
        command: ResidentCommand,
        context: &DecisionContext<'_>,
    ) -> Result<Change, Refusal> {
        let context = &DecisionContext {
            now: self.event_time(context.now),
            ..*context
        };
        let verb = command.verb();
        self.check_reporter(verb, context)?;
        let row = state::transition(verb, self.state).ok_or(Refusal::WrongState {
            verb,
            state: self.state,
        })?;
        let mut after = self.clone();
        after.state = row.to.unwrap_or(self.state);
        let kind = after.apply_for_reporter(command, context)?;
        // An announcement shows nothing yet: the photo itself is what staff see.
        if !matches!(kind, EventKind::PhotosAnnounced { .. }) {
            after.version += 1;
        }
        after.settle(context);
        let ended = after.end_parts(&kind, &Author::Resident, context)?;
        let mut change = self.changed_to(after, context.now, Author::Resident, kind, context.rules);
        change.event.command = context.command_id.map(str::to_owned);
        change.ended = ended;
        Ok(change)
    }

    /// What the reporter can do with the case now, for pages that show only that.
    pub fn open_to_reporter(&self, context: &DecisionContext<'_>) -> Vec<Verb> {
        let verbs = [
            Verb::Confirm,
            Verb::Object,
            Verb::Reply,
            Verb::AddPhotos,
            Verb::Urge,
            Verb::Correct,
            Verb::SetContact,
            Verb::EraseContact,
            Verb::RevokeConsent,
            Verb::Withdraw,
        ];
        let is_open = |verb: &Verb| {
            state::transition(*verb, self.state).is_some()
                && self.check_reporter(*verb, context).is_ok()
        };
        verbs.into_iter().filter(is_open).collect()
    }

    /// What must hold beside the state.
    fn check_reporter(&self, verb: Verb, context: &DecisionContext<'_>) -> Result<(), Refusal> {
        let code = match verb {
            Verb::Urge if !may_urge(context) => "urged_today",
            Verb::Correct if context.now >= self.correctable_until() => "too_late_to_correct",
            Verb::RevokeConsent if !self.report.consents.publish => "no_consent",
            Verb::EraseContact if !self.report.has_contact => "no_contact",
            Verb::Confirm | Verb::Object if !may_judge(context) => "too_late_to_judge",
            Verb::Confirm if has_confirmed(context) => "confirmed_already",
            Verb::AddPhotos if self.free_photo(&[], context).is_none() => "too_many_photos",
            Verb::Reply | Verb::AddPhotos | Verb::SetContact if wrote_enough(context) => {
                "too_many_today"
            }
            _ => return Ok(()),
        };
        Err(Refusal::NotNow(code))
    }

    /// Until when the reporter may put right what was written; in whole seconds, like the time of every event.
    fn correctable_until(&self) -> Timestamp {
        whole_second(self.report.at) + SignedDuration::from_mins(limits::CORRECTION_MINUTES)
    }

    fn apply_for_reporter(
        &mut self,
        command: ResidentCommand,
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        match command {
            ResidentCommand::Reply { text } => {
                self.answer_came(context.now);
                Ok(EventKind::Replied { text })
            }
            ResidentCommand::Urge => Ok(EventKind::Urged),
            ResidentCommand::Withdraw { reason } => Ok(EventKind::Withdrawn { reason }),
            ResidentCommand::Correct { text } => {
                if text.is_empty() && self.report.photos.is_empty() {
                    return Err(field("text", "required"));
                }
                self.report.text = Text::Here(text.clone());
                Ok(EventKind::Corrected { text })
            }
            ResidentCommand::AddPhotos { photos } => self.add_photos(&photos, context),
            ResidentCommand::RevokeConsent => {
                self.report.consents.publish = false;
                self.published = false;
                Ok(EventKind::ConsentRevoked)
            }
            ResidentCommand::Confirm { satisfied, text } => {
                Ok(EventKind::Confirmed { satisfied, text })
            }
            ResidentCommand::Object { text } => Ok(self.object(text, context)),
            ResidentCommand::SetContact { .. } => {
                self.report.has_contact = true;
                Ok(EventKind::ContactSet)
            }
            ResidentCommand::EraseContact => {
                self.report.has_contact = false;
                Ok(EventKind::ContactErased)
            }
        }
    }

    /// It goes on one level above the unit that ended it; where nothing is above that takes cases, at the desk.
    fn object(&mut self, text: String, context: &DecisionContext<'_>) -> EventKind {
        let ended_by = ended(context).and_then(|event| match &event.author {
            Author::Staff { unit, .. } => Some(unit),
            _ => None,
        });
        let chain = ended_by.map(|unit| context.rules.org.chain(unit));
        let above = chain.and_then(|chain| chain.get(1).map(|unit| unit.id.clone()));
        let above = above.filter(|unit| self.can_be_assigned_to(unit, context.rules));
        self.reopen(context.rules, context.now);
        if let Some(unit) = &above {
            self.dispatch(unit.clone(), None, context.now);
            self.state = State::Escalated;
        }
        EventKind::Objected {
            text,
            unit: above,
            evidence: evidence::ready(context.photos),
        }
    }

    /// A hold that waits for the resident ends with the resident's answer.
    fn answer_came(&mut self, now: Timestamp) {
        let waits = self.open_hold().map(|hold| hold.reason) == Some(HoldReason::Resident);
        if self.state == State::OnHold && waits {
            self.end_hold(now);
            self.timers.drop(ClockKind::OtherUnit);
            self.state = State::InProgress;
        }
    }

    fn add_photos(
        &mut self,
        photos: &[PhotoGrant],
        context: &DecisionContext<'_>,
    ) -> Result<EventKind, Refusal> {
        let mut numbers = Vec::new();
        for photo in photos {
            let number = self.free_photo(&numbers, context);
            let number = number.ok_or(field("photos", "too_many_photos"))?;
            match self.report.photos.get_mut(usize::from(number)) {
                Some(announced) => *announced = *photo,
                None => self.report.photos.push(*photo),
            }
            numbers.push(number);
        }
        if numbers.is_empty() {
            return Err(field("photos", "required"));
        }
        Ok(EventKind::PhotosAnnounced { photos: numbers })
    }

    /// The number under which the reporter's next photo is announced: that of one that was refused or never arrived, or
    /// else the next. `None` when as many as are allowed can be seen or may still arrive.
    fn free_photo(&self, taken: &[u8], context: &DecisionContext<'_>) -> Option<u8> {
        let announced = u8::try_from(self.report.photos.len()).unwrap_or(u8::MAX);
        let is_free = |number: &u8| {
            let photo = context.photos.iter().find(|photo| photo.number == *number);
            !taken.contains(number) && self.is_lost(photo, context.now)
        };
        let lost = (0..announced).find(is_free);
        lost.or_else(|| (announced < FIRST_EVIDENCE).then_some(announced))
    }

    fn is_lost(&self, photo: Option<&Photo>, now: Timestamp) -> bool {
        let progress = self.photo_progress(photo, now);
        matches!(progress, Progress::Rejected(_) | Progress::Expired)
    }
}

/// Whether the history has as much from the reporter today as one day may bring.
fn wrote_enough(context: &DecisionContext<'_>) -> bool {
    let today = date_of(context.now);
    let events = context.events.iter().rev();
    let events = events.take_while(|event| date_of(event.at) == today);
    let own = events.filter(|event| event.author == Author::Resident);
    own.count() >= limits::REPLIES_A_DAY
}

/// The event with which the work last ended: what the reporter judges.
fn ended<'c>(context: &DecisionContext<'c>) -> Option<&'c Event> {
    let is_end = |event: &&Event| {
        matches!(
            event.kind,
            EventKind::Resolved { .. } | EventKind::Closed { .. }
        )
    };
    context.events.iter().rev().find(is_end)
}

fn may_judge(context: &DecisionContext<'_>) -> bool {
    let lasts = SignedDuration::from_hours(24 * limits::JUDGED_DAYS);
    ended(context).is_some_and(|event| context.now < event.at + lasts)
}

/// Whether the reporter has confirmed the work as it is now: since it was last resolved.
fn has_confirmed(context: &DecisionContext<'_>) -> bool {
    let events = context.events.iter().rev();
    let mut since = events.take_while(|event| !matches!(event.kind, EventKind::Resolved { .. }));
    since.any(|event| matches!(event.kind, EventKind::Confirmed { .. }))
}

/// Once on a working day: what is urged on a day off counts for the next working day.
fn may_urge(context: &DecisionContext<'_>) -> bool {
    let calendar = context.rules.calendar();
    let urged = context.events.iter().rev();
    let mut urged = urged.filter(|event| event.kind == EventKind::Urged);
    let counts_for = |at: Timestamp, calendar: &Calendar| calendar.working_day_from(date_of(at));
    urged
        .next()
        .is_none_or(|last| counts_for(last.at, calendar) < counts_for(context.now, calendar))
}
