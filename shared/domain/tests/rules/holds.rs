//! Holds stop the promise of resolution, for a public reason, with somebody else's approval and a review date; and
//! they never stop the word to the resident.

use zhitiao_domain::case::{Author, EventKind, HoldReason, Visibility};
use zhitiao_domain::decide::Command;
use zhitiao_domain::ladder::Rung;
use zhitiao_domain::state::State;
use zhitiao_domain::timers::ClockKind;

use crate::case_rules::fault;
use crate::district::{
    DEPARTMENT, DEPARTMENT_HANDLER, HANDLER, OTHER_DEPARTMENT_HANDLER, STREET_DESK,
    STREET_DIRECTOR, Story, at, hold, local, resolve,
};

/// Worked on since Monday, due on Monday the 30th, and from Tuesday 10:00 waiting for money.
fn waiting_for_money(review_at: &str) -> Story {
    Story::at_work().outage_until("2026-11-24T10:00").then(
        STREET_DESK,
        hold(HoldReason::Budget, at(review_at), STREET_DIRECTOR),
    )
}

#[test]
fn a_hold_stops_the_promise_and_its_reminders_and_says_why() {
    let held = waiting_for_money("2026-12-22T10:00");
    assert_eq!(held.case.due_at(), None);
    assert_eq!(held.last().visibility(), Visibility::Public);
    let held = held.until("2026-12-22T09:59");
    assert_eq!(held.case.state, State::OnHold);
    assert_eq!(held.rungs(ClockKind::Resolve), []);
    assert!(!held.case.is_overdue(held.now));
}

#[test]
fn the_promise_moves_by_the_working_days_on_hold_and_no_more() {
    // Held at the close of Tuesday, Wednesday and Thursday: three days later than Monday the 30th.
    let resumed = waiting_for_money("2026-12-22T10:00")
        .until("2026-11-27T10:00")
        .then(STREET_DESK, Command::Resume);
    assert_eq!(
        resumed.case.due_at().map(local).unwrap(),
        "2026-12-03T17:30"
    );

    let within_a_day = waiting_for_money("2026-12-22T10:00")
        .until("2026-11-24T16:00")
        .then(STREET_DESK, Command::Resume);
    assert_eq!(
        within_a_day.case.due_at().map(local).unwrap(),
        "2026-11-30T17:30"
    );
}

#[test]
fn a_hold_after_the_promise_was_missed_does_not_undo_that_and_silences_the_ladder() {
    let late = Story::at_work().until("2026-12-01T10:00").then(
        STREET_DESK,
        hold(HoldReason::Budget, at("2026-12-31T10:00"), STREET_DIRECTOR),
    );
    assert!(late.case.is_overdue(late.now));
    let before = late.rungs(ClockKind::Resolve);
    assert_eq!(before.last().unwrap().0, Rung::Red);
    let late = late.until("2026-12-31T09:00");
    assert_eq!(late.rungs(ClockKind::Resolve), before);
}

#[test]
fn the_word_to_the_resident_is_owed_on_hold_too_every_ten_working_days() {
    let held = waiting_for_money("2026-12-22T10:00");
    assert_eq!(held.due(ClockKind::Word).unwrap(), "2026-12-08T17:30");
    let held = held.until("2026-12-15T10:00");
    assert_eq!(
        held.rungs(ClockKind::Word),
        [
            (Rung::Due, "2026-12-08T17:30".to_owned()),
            (Rung::Red, "2026-12-09T09:00".to_owned())
        ]
    );
}

#[test]
fn a_hold_that_nobody_reviews_ends_by_itself() {
    let resumed = waiting_for_money("2026-12-22T10:00").until("2026-12-22T10:00");
    assert_eq!(resumed.case.state, State::InProgress);
    let event = resumed.events.last().unwrap();
    assert_eq!(event.kind, EventKind::Resumed { unreviewed: true });
    assert_eq!(event.author, Author::System);
    assert_eq!(resumed.case.open_hold(), None);
    // Four working days of the promise were left: Tuesday the 22nd is the first of them.
    assert_eq!(
        resumed.case.due_at().map(local).unwrap(),
        "2026-12-28T17:30"
    );
}

#[test]
fn a_hold_ends_at_its_review_date_however_late_the_sweep_or_the_command_comes() {
    let held = waiting_for_money("2026-12-08T10:00");
    let in_time = held.clone().until("2026-12-08T10:00").case.due_at();
    let after_outage = held.outage_until("2026-12-10T10:00");
    let by_hand = after_outage.clone().then(STREET_DESK, Command::Resume);
    assert_eq!(after_outage.sweep().case.due_at(), in_time);
    assert_eq!(by_hand.case.due_at(), in_time);
}

#[test]
fn a_silence_that_was_allowed_on_hold_is_not_late_when_the_hold_ends() {
    // Nine working days of silence: fine on hold, too long otherwise.
    let resumed = waiting_for_money("2026-12-07T10:00").until("2026-12-07T10:00");
    assert_eq!(resumed.due(ClockKind::Word).unwrap(), "2026-12-14T17:30");
    assert_eq!(resumed.rungs(ClockKind::Word), []);
}

#[test]
fn whoever_asks_for_a_hold_does_not_approve_it() {
    let story = Story::at_work();
    let held_by = |approver: &str| {
        let command = hold(HoldReason::Legal, at("2026-12-01T10:00"), approver);
        story.try_to(STREET_DESK, command).map(|_| ())
    };
    assert_eq!(held_by(STREET_DESK), Err(fault("approver", "same_person")));
    assert_eq!(held_by("nobody"), Err(fault("approver", "unknown")));
    for stranger in [HANDLER, OTHER_DEPARTMENT_HANDLER, "he.lei", "wu.jianjun"] {
        let refusal = held_by(stranger);
        assert_eq!(refusal, Err(fault("approver", "no_right")), "{stranger}");
    }
    assert_eq!(held_by(STREET_DIRECTOR), Ok(()));
}

#[test]
fn a_department_finds_its_approver_in_its_own_house() {
    let story = Story::with(DEPARTMENT).then(DEPARTMENT_HANDLER, Command::Accept);
    let command = hold(HoldReason::Season, at("2026-12-01T10:00"), "gao.ming");
    let held = story.then(DEPARTMENT_HANDLER, command);
    assert_eq!(held.case.state, State::OnHold);
}

#[test]
fn a_hold_is_reviewed_within_thirty_days_and_within_five_working_days_when_the_resident_is_awaited()
{
    let story = Story::at_work();
    let until = |reason, review_at: &str| {
        let command = hold(reason, at(review_at), STREET_DIRECTOR);
        story.try_to(STREET_DESK, command).map(|_| ())
    };
    let too_far = Err(fault("review_at", "out_of_range"));
    for (reason, last, after) in [
        (HoldReason::Budget, "2026-12-23T10:00", "2026-12-23T10:01"),
        (
            HoldReason::OtherUnit,
            "2026-12-23T10:00",
            "2026-12-23T10:01",
        ),
        (HoldReason::Season, "2026-12-23T10:00", "2026-12-23T10:01"),
        (HoldReason::Legal, "2026-12-23T10:00", "2026-12-23T10:01"),
        (HoldReason::Resident, "2026-11-30T17:30", "2026-11-30T17:31"),
    ] {
        assert_eq!(until(reason, last), Ok(()), "{reason:?}");
        assert_eq!(until(reason, after), too_far, "{reason:?}");
        assert_eq!(until(reason, "2026-11-23T10:00"), too_far, "{reason:?}");
    }
}

#[test]
fn nothing_is_resolved_on_hold() {
    let held = waiting_for_money("2026-12-07T10:00");
    assert!(held.try_to(STREET_DESK, resolve()).is_err());
    let resumed = held.then(STREET_DESK, Command::Resume);
    assert!(resumed.try_to(STREET_DESK, resolve()).is_ok());
}
