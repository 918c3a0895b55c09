//! What a reporter may do with their own case, and when.

use jiff::SignedDuration;
use zhitiao_domain::case::audience;
use zhitiao_domain::case::decide::{Command, DecisionContext, Refusal, ResidentCommand};
use zhitiao_domain::case::event::NoteTo;
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::photo::{Photo, PhotoState};
use zhitiao_domain::case::report::{Contact, Text};
use zhitiao_domain::case::state::{Outcome, State, Verb};
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Author, Case, EventKind, Visibility};
use zhitiao_domain::kernel::limits::REPLIES_A_DAY;
use zhitiao_domain::kernel::phone::Phone;

use crate::audience::lines;
use crate::district::{
    COMMUNITY, DESK, HANDLER, MONDAY, SUBDISTRICT, Story, at, context, grant, note, resolve, rules,
    triage,
};

fn reply() -> ResidentCommand {
    ResidentCommand::Reply {
        text: "还没有修好".to_owned(),
    }
}

fn add(count: usize) -> ResidentCommand {
    ResidentCommand::AddPhotos {
        photos: vec![grant(); count],
    }
}

impl Story {
    fn by_reporter_with(
        &self,
        command: ResidentCommand,
        photos: &[Photo],
    ) -> Result<(Case, EventKind), Refusal> {
        let context = DecisionContext {
            events: &self.events,
            photos,
            ..context(self.now)
        };
        let change = self.case.decide_for_reporter(command, &context)?;
        assert_eq!(change.event.author, Author::Resident);
        assert_eq!(change.event.number, self.case.rev + 1);
        Ok((change.after, change.event.kind))
    }

    fn by_reporter(&self, command: ResidentCommand) -> Result<(Case, EventKind), Refusal> {
        self.by_reporter_with(command, &[])
    }

    #[track_caller]
    fn then_reporter(mut self, command: ResidentCommand) -> Self {
        let context = DecisionContext {
            events: &self.events,
            photos: &[],
            ..context(self.now)
        };
        let change = self.case.decide_for_reporter(command, &context).unwrap();
        self.case = change.after;
        self.events.push(change.event);
        self
    }

    fn open_to_reporter(&self) -> Vec<Verb> {
        let context = DecisionContext {
            events: &self.events,
            photos: &[],
            ..context(self.now)
        };
        self.case.open_to_reporter(&context)
    }

    fn at(mut self, when: &str) -> Self {
        self.now = at(when);
        self
    }
}

#[test]
fn a_reporter_urges_once_on_a_working_day_and_the_unit_and_its_head_hear_it_at_once() {
    // Monday 2026-11-23 to Monday 30: a week without a holiday.
    let story = Story::at_work().then_reporter(ResidentCommand::Urge);
    assert_eq!(story.last().visibility(), Visibility::Public);
    let heard = audience::of_event(
        story.events.last().unwrap(),
        &story.case,
        rules(),
        story.now,
    );
    assert_eq!(
        lines(&heard),
        ["badaguan: DeskOfficer+Handler+SubdistrictDirector (assignee, now)"]
    );
    let again = |story: &Story| story.by_reporter(ResidentCommand::Urge).err();
    let refused = Some(Refusal::NotNow("urged_today"));
    assert_eq!(again(&story), refused);
    let tuesday = story.at("2026-11-24T00:01");
    assert_eq!(again(&tuesday), None);

    // What is urged on Saturday counts for Monday.
    let saturday = tuesday
        .at("2026-11-28T09:00")
        .then_reporter(ResidentCommand::Urge);
    for (when, refusal) in [
        ("2026-11-29T12:00", &refused),
        ("2026-11-30T17:00", &refused),
        ("2026-12-01T00:00", &None),
    ] {
        assert_eq!(again(&saturday.clone().at(when)), *refusal, "{when}");
    }
}

#[test]
fn while_no_unit_has_the_case_an_urge_reaches_the_desk_and_the_head_of_the_community() {
    let story = Story::received(MONDAY).then_reporter(ResidentCommand::Urge);
    let heard = audience::of_event(
        story.events.last().unwrap(),
        &story.case,
        rules(),
        story.now,
    );
    let units: Vec<_> = heard.iter().map(|to| to.unit.as_str()).collect();
    assert!(units.iter().all(|unit| *unit == COMMUNITY), "{heard:?}");
    assert!(lines(&heard).iter().any(|line| line.contains("Director")));
}

#[test]
fn an_answer_ends_a_hold_that_waits_for_the_resident_and_no_other() {
    for (reason, review, state) in [
        (HoldReason::Resident, "2026-11-27T10:00", State::InProgress),
        (HoldReason::Season, "2026-12-01T10:00", State::OnHold),
    ] {
        let story = Story::at_work().held(reason, review);
        let (case, kind) = story.by_reporter(reply()).unwrap();
        assert_eq!(case.state, state, "{reason:?}");
        assert_eq!(case.open_hold().is_some(), state == State::OnHold);
        assert_eq!(case.due_at().is_some(), state == State::InProgress);
        assert_eq!(kind.visibility(), Visibility::Resident);
    }
}

#[test]
fn a_case_is_withdrawn_while_the_result_is_owed_and_all_its_clocks_stop() {
    let withdraw = || ResidentCommand::Withdraw { reason: None };
    for story in [
        Story::received(MONDAY),
        Story::with(SUBDISTRICT),
        Story::at_work(),
    ] {
        let (case, kind) = story.by_reporter(withdraw()).unwrap();
        assert_eq!(case.state, State::Withdrawn);
        assert_eq!(kind, EventKind::Withdrawn { reason: None });
        assert_eq!(case.listing(rules()).next_at, None);
        assert!(case.timers.get(ClockKind::Triage).is_none());
    }
    let resolved = Story::at_work().then(crate::district::STREET_DESK, resolve());
    assert!(matches!(
        resolved.by_reporter(withdraw()),
        Err(Refusal::WrongState {
            verb: Verb::Withdraw,
            ..
        })
    ));
}

#[test]
fn words_are_put_right_within_ten_minutes_while_the_desk_has_not_looked() {
    let correct = || ResidentCommand::Correct {
        text: "三单元门前".to_owned(),
    };
    let fresh = Story::received(MONDAY);
    let (case, _) = fresh.by_reporter(correct()).unwrap();
    assert_eq!(case.report.text, Text::Here("三单元门前".to_owned()));
    assert_eq!(case.version, fresh.case.version + 1);
    let last = fresh.clone().at("2026-11-23T10:09:59");
    assert!(last.by_reporter(correct()).is_ok());
    let late = fresh.clone().at("2026-11-23T10:10");
    let refused = Err(Refusal::NotNow("too_late_to_correct"));
    assert_eq!(late.by_reporter(correct()).map(drop), refused);
    // The receipt may lie between two seconds.
    let mut received_late = late;
    received_late.case.report.at += SignedDuration::from_millis(900);
    received_late.now += SignedDuration::from_millis(950);
    assert_eq!(received_late.by_reporter(correct()).map(drop), refused);
    let looked_at = fresh.then(DESK, triage("pothole"));
    assert!(looked_at.by_reporter(correct()).is_err());
}

#[test]
fn a_consent_that_is_revoked_takes_the_case_off_the_board_for_good() {
    let mut story = Story::with(SUBDISTRICT);
    story.case.report.consents.publish = true;
    story.case.published = true;
    let story = story.then_reporter(ResidentCommand::RevokeConsent);
    assert!(!story.case.published && !story.case.report.consents.publish);
    assert_eq!(story.last().visibility(), Visibility::Resident);
    let again = story.by_reporter(ResidentCommand::RevokeConsent).err();
    assert_eq!(again, Some(Refusal::NotNow("no_consent")));
}

fn photo(number: u8, state: PhotoState, when: &str) -> Photo {
    Photo {
        number,
        state,
        at: at(when),
        announced: None,
    }
}

#[test]
fn photos_are_added_up_to_nine_and_those_that_were_refused_or_never_came_give_their_number_back() {
    let mut story = Story::received(MONDAY);
    story.case.report.photos = vec![grant(); 3];
    let refused = PhotoState::Rejected {
        reason: "corrupt".to_owned(),
    };
    let photos = [
        photo(0, crate::district::ready(), MONDAY),
        photo(1, refused, MONDAY),
    ];
    // Number 2 may still arrive.
    let (case, kind) = story.by_reporter_with(add(2), &photos).unwrap();
    assert_eq!(kind, EventKind::PhotosAnnounced { photos: vec![1, 3] });
    assert_eq!(case.report.photos.len(), 4);
    assert_eq!(case.version, story.case.version, "nothing is shown yet");
    let (_, kind) = story.by_reporter_with(add(7), &photos).unwrap();
    let EventKind::PhotosAnnounced { photos: numbers } = kind else {
        panic!("{kind:?}");
    };
    assert_eq!(numbers, [1, 3, 4, 5, 6, 7, 8]);
    let too_many = story.by_reporter_with(add(8), &photos).map(drop);
    let fault = Refusal::Field {
        field: "photos",
        code: "too_many_photos",
    };
    assert_eq!(too_many, Err(fault));
    // A quarter of an hour later number 2 has not arrived.
    let later = story.at("2026-11-23T10:15");
    let (_, kind) = later.by_reporter_with(add(2), &photos).unwrap();
    assert_eq!(kind, EventKind::PhotosAnnounced { photos: vec![1, 2] });
}

#[test]
fn a_day_brings_so_many_answers_and_no_more() {
    let mut story = Story::at_work();
    for _ in 0..REPLIES_A_DAY {
        story = story.then_reporter(reply());
    }
    let refused = Some(Refusal::NotNow("too_many_today"));
    assert_eq!(story.by_reporter(reply()).err(), refused);
    assert_eq!(story.by_reporter(add(1)).err(), refused);
    assert!(!story.open_to_reporter().contains(&Verb::Reply));
    story.now += SignedDuration::from_hours(24);
    assert_eq!(story.by_reporter(reply()).err(), None);
}

#[test]
fn a_page_offers_exactly_what_would_be_accepted() {
    let mut with_consent = Story::received(MONDAY);
    with_consent.case.report.consents.publish = true;
    let closed = Story::at_work().then(crate::district::STREET_DESK, resolve());
    for story in [with_consent, Story::at_work(), closed] {
        let offered = story.open_to_reporter();
        for command in [
            reply(),
            add(1),
            ResidentCommand::Urge,
            ResidentCommand::Correct {
                text: "改".to_owned(),
            },
            ResidentCommand::Withdraw { reason: None },
            ResidentCommand::RevokeConsent,
        ] {
            let verb = command.verb();
            let accepted = story.by_reporter(command).is_ok();
            assert_eq!(accepted, offered.contains(&verb), "{verb:?}");
        }
    }
}

#[test]
fn a_reporter_is_reached_as_they_say_until_they_let_it_be_erased() {
    let contact = Contact {
        name: None,
        phone: Some(Phone::parse("0532-85550000").unwrap()),
    };
    let story = Story::received(MONDAY).then_reporter(ResidentCommand::EraseContact);
    let none = story.by_reporter(ResidentCommand::EraseContact).err();
    assert_eq!(none, Some(Refusal::NotNow("no_contact")));
    assert!(!story.open_to_reporter().contains(&Verb::EraseContact));
    let story = story.then_reporter(ResidentCommand::SetContact { contact });
    assert!(story.case.report.has_contact);
    assert_eq!(story.last().visibility(), Visibility::Resident);
    assert!(
        !format!("{:?}", story.events).contains("8555"),
        "no event holds it"
    );
    assert!(story.open_to_reporter().contains(&Verb::EraseContact));
    let story = story.then_reporter(ResidentCommand::EraseContact);
    assert!(!story.case.report.has_contact);
}

fn object() -> ResidentCommand {
    ResidentCommand::Object {
        text: "还是不亮".to_owned(),
    }
}

fn confirm(satisfied: Option<bool>) -> ResidentCommand {
    ResidentCommand::Confirm {
        satisfied,
        text: None,
    }
}

/// Resolved by the subdistrict that had it.
fn resolved() -> Story {
    Story::at_work().then(crate::district::STREET_DESK, resolve())
}

#[test]
fn a_reporter_judges_the_result_once_it_is_there_and_for_fourteen_days() {
    let story = resolved();
    assert_eq!(story.case.outcome, Some(Outcome::Fixed));
    let open = story.open_to_reporter();
    assert!(open.contains(&Verb::Confirm) && open.contains(&Verb::Object));
    for (when, may) in [("2026-12-07T08:59", true), ("2026-12-08T10:00", false)] {
        let later = story.clone().at(when);
        assert_eq!(later.by_reporter(object()).is_ok(), may, "{when}");
        assert_eq!(later.by_reporter(confirm(None)).is_ok(), may, "{when}");
    }
    let confirmed = story.then_reporter(confirm(Some(true)));
    assert_eq!(confirmed.case.state, State::Resolved);
    let again = confirmed.by_reporter(confirm(Some(false))).err();
    assert_eq!(again, Some(Refusal::NotNow("confirmed_already")));
    assert!(
        confirmed.by_reporter(object()).is_ok(),
        "it may break again"
    );
    let early = Story::at_work().by_reporter(object());
    assert!(matches!(
        early,
        Err(Refusal::NotNow(_) | Refusal::WrongState { .. })
    ));
}

#[test]
fn what_a_reporter_says_of_the_result_is_read_by_the_desk_and_not_by_the_public() {
    let objected = resolved().then_reporter(object());
    let kind = objected.last();
    assert_eq!(kind.visibility(), Visibility::Public);
    assert_eq!(kind.words_for(Visibility::Public), None);
    assert_eq!(kind.words_for(Visibility::Resident), Some("还是不亮"));
    let heard = audience::of_event(
        objected.events.last().unwrap(),
        &objected.case,
        rules(),
        objected.now,
    );
    assert!(!heard.is_empty());
}

#[test]
fn what_is_not_solved_goes_on_at_the_desk_or_one_level_up_and_the_second_time_to_a_leader() {
    // The subdistrict ended it: above it nothing takes cases, and so the desk has it again.
    let once = resolved().then_reporter(object());
    assert_eq!(once.case.state, State::Reopened);
    assert_eq!((once.case.reopened, once.case.outcome), (1, None));
    assert!(once.case.due_at().is_some() && once.case.listing(rules()).next_at.is_some());
    // A community ended it: the subdistrict above has it now.
    let community = Story::with(COMMUNITY)
        .then(HANDLER, Command::Accept)
        .then(HANDLER, note(NoteTo::Resident))
        .then(HANDLER, resolve());
    let up = community.then_reporter(object());
    assert_eq!(up.case.state, State::Escalated);
    let with = up.case.assignment.as_ref().unwrap();
    assert_eq!(with.unit.as_str(), SUBDISTRICT);
    assert!(up.case.timers.get(ClockKind::Accept).is_some());
    let EventKind::Objected { unit, .. } = up.last() else {
        panic!("{:?}", up.last())
    };
    assert_eq!(unit.as_ref().unwrap().as_str(), SUBDISTRICT);
}
