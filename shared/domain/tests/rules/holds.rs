//! Holds stop the promise of resolution, for a public reason, with another person's approval and a review date; and
//! they never stop the word to the resident.

use zhitiao_domain::case::decide::{Command, DecisionContext, Refusal};
use zhitiao_domain::case::event::ResumeCause;
use zhitiao_domain::case::hold::{HoldReason, HoldTerms};
use zhitiao_domain::case::proposal::Matter;
use zhitiao_domain::case::rights::{self, Right};
use zhitiao_domain::case::state::{State, Verb};
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Author, EventKind, Visibility};
use zhitiao_domain::kernel::ids::BudgetLineId;
use zhitiao_domain::kernel::ladder::Rung;

use crate::case_rules::fault;
use crate::district::{
    COMMUNITY, DEPARTMENT, DEPARTMENT_HANDLER, HANDLER, MONDAY, OTHER_DEPARTMENT_HANDLER,
    STREET_DESK, STREET_DIRECTOR, STREET_SECRETARY, SUBDISTRICT, Story, approve, assign, at,
    context, hold, line, local, resolve, rules, staff, staff_id, terms, unit,
};
use crate::supervision::signed;

const DECEMBER: &str = "2026-12-01T10:00";

/// Worked on since Monday, due on Monday the 30th, and from Tuesday 10:00 waiting for money.
fn waiting_for_money(review_at: &str) -> Story {
    Story::at_work()
        .outage_until("2026-11-24T10:00")
        .held(HoldReason::Budget, review_at)
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
    let late = Story::at_work()
        .until("2026-12-01T10:00")
        .held(HoldReason::Budget, "2026-12-31T10:00");
    assert!(late.case.is_overdue(late.now));
    let before = late.rungs(ClockKind::Resolve);
    assert_eq!(before.last().unwrap().0, Rung::Red);
    let late = late.until("2026-12-31T09:00");
    assert_eq!(late.rungs(ClockKind::Resolve), before);
}

#[test]
fn the_word_to_the_resident_is_owed_on_hold_too_every_ten_working_days() {
    let held = waiting_for_money("2026-12-22T10:00");
    assert_eq!(
        held.due(ClockKind::ResidentUpdate).unwrap(),
        "2026-12-08T17:30"
    );
    let held = held.until("2026-12-15T10:00");
    assert_eq!(
        held.rungs(ClockKind::ResidentUpdate),
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
    let unreviewed = EventKind::Resumed {
        cause: ResumeCause::Unreviewed,
        approver: Some(staff_id(STREET_DIRECTOR)),
    };
    assert_eq!(event.kind, unreviewed);
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
    assert_eq!(
        resumed.due(ClockKind::ResidentUpdate).unwrap(),
        "2026-12-14T17:30"
    );
    assert_eq!(resumed.rungs(ClockKind::ResidentUpdate), []);
}

#[test]
fn whoever_asks_for_a_hold_does_not_grant_it_and_nobody_below_does() {
    let asked = Story::at_work().then(STREET_DESK, hold(HoldReason::Legal, at(DECEMBER)));
    assert_eq!(asked.case.state, State::InProgress);
    assert_eq!(asked.last().visibility(), Visibility::Internal);
    let grant = |who: &str| asked.try_to(who, approve(Matter::Hold)).map(|_| ());
    let not_allowed = Err(Refusal::NotAllowed(Verb::ApproveHold));
    // The community's director grants holds of the community, not those of the subdistrict above.
    for who in [
        STREET_DESK,
        HANDLER,
        OTHER_DEPARTMENT_HANDLER,
        "he.lei",
        "li.jianguo",
    ] {
        assert_eq!(grant(who), not_allowed, "{who}");
    }
    for who in [STREET_DIRECTOR, STREET_SECRETARY, "han.wen"] {
        assert_eq!(grant(who), Ok(()), "{who}");
    }
    let own = Story::at_work().then(STREET_DIRECTOR, hold(HoldReason::Legal, at(DECEMBER)));
    let granted = own.try_to(STREET_DIRECTOR, approve(Matter::Hold));
    assert_eq!(granted.unwrap_err(), Refusal::NotNow("same_person"));
}

#[test]
fn a_department_finds_who_grants_in_its_own_house() {
    let held = Story::with(DEPARTMENT)
        .then(DEPARTMENT_HANDLER, Command::Accept)
        .then(DEPARTMENT_HANDLER, hold(HoldReason::Season, at(DECEMBER)))
        .then("gao.ming", approve(Matter::Hold));
    assert_eq!(held.case.state, State::OnHold);
}

#[test]
fn what_was_asked_for_is_forgotten_when_the_case_goes_to_somebody_else() {
    let moved = Story::at_work()
        .then(STREET_DESK, hold(HoldReason::Season, at(DECEMBER)))
        .then(STREET_DESK, assign(COMMUNITY));
    assert_eq!(moved.case.proposals, []);
    assert_eq!(moved.case.timers.get(ClockKind::Approval), None);
}

#[test]
fn a_hold_that_is_not_decided_on_is_reminded_of_and_may_be_declined() {
    let asked = Story::at_work().then(STREET_DESK, hold(HoldReason::Season, at(DECEMBER)));
    let twice = asked.refusal(STREET_DESK, hold(HoldReason::Season, at(DECEMBER)));
    assert_eq!(twice, Refusal::NotNow("already_proposed"));
    let asked = asked.until("2026-11-25T09:00");
    assert_eq!(
        asked.rungs(ClockKind::Approval),
        [
            (Rung::Due, "2026-11-24T17:30".to_owned()),
            (Rung::Red, "2026-11-25T09:00".to_owned())
        ]
    );
    let declined = asked.then(
        STREET_DIRECTOR,
        Command::Decline {
            matter: Matter::Hold,
            reason: "现在就能修".to_owned(),
        },
    );
    assert_eq!(declined.case.state, State::InProgress);
    assert_eq!(declined.case.timers.get(ClockKind::Approval), None);
    assert!(declined.case.proposals.is_empty());
}

#[test]
fn a_hold_is_reviewed_within_thirty_days_and_within_five_working_days_when_the_resident_is_awaited()
{
    let story = Story::at_work();
    let until = |reason, review_at: &str| {
        let command = hold(reason, at(review_at));
        story.try_to(STREET_DESK, command).map(|_| ())
    };
    let too_far = Err(fault("review_at", "review_out_of_range"));
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

fn review(review_at: &str) -> Command {
    Command::ReviewHold {
        review_at: at(review_at),
        reason: "资金尚未到位".to_owned(),
    }
}

#[test]
fn a_hold_that_is_reviewed_goes_on_and_the_resident_reads_why() {
    let held = waiting_for_money("2026-12-20T10:00").until("2026-12-18T10:00");
    let by_the_asker = held.refusal(STREET_DESK, review("2027-01-10T10:00"));
    assert_eq!(by_the_asker, Refusal::NotAllowed(Verb::ReviewHold));
    let held = held.then(STREET_DIRECTOR, review("2027-01-10T10:00"));
    assert_eq!(held.last().visibility(), Visibility::Public);
    let held = held.until("2027-01-10T09:59");
    assert_eq!(held.case.state, State::OnHold);
    assert_eq!(held.until("2027-01-10T10:00").case.state, State::InProgress);
}

#[test]
fn after_sixty_days_of_waiting_for_money_a_leader_must_have_signed() {
    // Held since 24 November 10:00: the sixtieth day ends on 23 January 10:00.
    let held = waiting_for_money("2026-12-20T10:00")
        .until("2026-12-19T10:00")
        .then(STREET_DIRECTOR, review("2027-01-15T10:00"))
        .until("2027-01-14T10:00");
    let too_long = held.refusal(STREET_DIRECTOR, review("2027-01-23T10:01"));
    assert_eq!(too_long, Refusal::NotNow("needs_supervision"));
    let unsigned = held
        .clone()
        .then(STREET_DIRECTOR, review("2027-01-23T10:00"))
        .until("2027-01-23T10:00");
    assert_eq!(unsigned.case.state, State::InProgress);
    assert!(unsigned.case.proposal(Matter::Supervision).is_some());
    let again = unsigned.refusal(
        STREET_DESK,
        hold(HoldReason::Budget, at("2027-01-25T10:00")),
    );
    assert_eq!(again, Refusal::NotNow("needs_supervision"));

    let signed = signed(held).then(STREET_DIRECTOR, review("2027-02-10T10:00"));
    assert_eq!(signed.until("2027-02-10T09:59").case.state, State::OnHold);
}

#[test]
fn a_hold_for_another_unit_runs_that_units_clock_and_its_answer_ends_it() {
    let held = Story::at_work().held(HoldReason::OtherUnit, "2026-12-20T10:00");
    assert_eq!(held.case.due_at(), None);
    assert_eq!(held.due(ClockKind::OtherUnit).unwrap(), "2026-11-30T17:30");
    let org = &rules().org;
    let waits = |who: &str| rights::may(org, staff(who), Right::Do(Verb::Resume), &held.case);
    assert!(waits(OTHER_DEPARTMENT_HANDLER) && !waits(DEPARTMENT_HANDLER));
    let late = held.clone().until("2026-12-01T09:00");
    assert_eq!(
        late.rungs(ClockKind::OtherUnit).last().unwrap().0,
        Rung::Red
    );
    let answered = held.then(OTHER_DEPARTMENT_HANDLER, Command::Resume);
    assert_eq!(answered.case.timers.get(ClockKind::OtherUnit), None);
    assert!(matches!(
        answered.last(),
        EventKind::Resumed {
            cause: ResumeCause::Answered,
            ..
        }
    ));
    assert!(!rights::may(
        org,
        staff(OTHER_DEPARTMENT_HANDLER),
        Right::Read,
        &answered.case
    ));
}

#[test]
fn a_hold_names_what_its_reason_needs_and_nothing_else() {
    let story = Story::at_work();
    let ask = |terms: HoldTerms| {
        let reason = "原因".to_owned();
        story.try_to(STREET_DESK, Command::Hold { terms, reason })
    };
    let missing = |reason| HoldTerms {
        waits_for: None,
        budget_line: None,
        ..terms(reason, at(DECEMBER))
    };
    let refusal = |terms| ask(terms).unwrap_err();
    assert_eq!(
        refusal(missing(HoldReason::Budget)),
        fault("budget_line", "required")
    );
    assert_eq!(
        refusal(missing(HoldReason::OtherUnit)),
        fault("waits_for", "required")
    );
    let too_much = HoldTerms {
        budget_line: Some(line()),
        ..terms(HoldReason::Season, at(DECEMBER))
    };
    assert_eq!(
        refusal(too_much),
        fault("budget_line", "not_for_this_reason")
    );
    let itself = HoldTerms {
        waits_for: Some(unit(SUBDISTRICT)),
        ..terms(HoldReason::OtherUnit, at(DECEMBER))
    };
    assert_eq!(refusal(itself), fault("waits_for", "not_assignable"));
}

#[test]
fn an_approved_line_wakes_what_waits_for_it_and_nothing_is_held_for_it_any_more() {
    let held = waiting_for_money("2026-12-20T10:00").until("2026-12-01T10:00");
    let other = BudgetLineId::parse("2026-trees-01").unwrap();
    assert_eq!(held.case.wake(&other, rules(), held.now), None);
    let woken = held.case.wake(&line(), rules(), held.now).unwrap();
    assert_eq!(woken.after.state, State::InProgress);
    assert_eq!(woken.event.author, Author::System);
    assert_eq!(woken.event.kind.visibility(), Visibility::Public);
    assert_eq!(woken.after.wake(&line(), rules(), held.now), None);

    let context = DecisionContext {
        budget_approved: true,
        ..context(at(MONDAY))
    };
    let again = hold(HoldReason::Budget, at(DECEMBER));
    let refused = Story::at_work()
        .case
        .decide(again, staff(STREET_DESK), &context);
    assert_eq!(
        refused.unwrap_err(),
        fault("budget_line", "already_approved")
    );
}

#[test]
fn nothing_is_resolved_on_hold() {
    let held = waiting_for_money("2026-12-07T10:00");
    assert!(held.try_to(STREET_DESK, resolve()).is_err());
    let resumed = held.then(STREET_DESK, Command::Resume);
    assert!(resumed.try_to(STREET_DESK, resolve()).is_ok());
}
