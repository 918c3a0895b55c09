//! When each clock of a case starts and stops, when it is due, and which rungs fire.

use jiff::ToSpan;
use zhitiao_domain::case::NoteTo;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::timers::ClockKind::{
    self, Accept, Contact, FollowUp, ResidentUpdate, Resolve, ReturnWindow, Secure, Triage,
};
use zhitiao_domain::kernel::ladder::Rung;

use crate::district::{
    COMMUNITY, DEPARTMENT, DESK, HANDLER, MONDAY, OTHER_DEPARTMENT, STREET_DESK, SUBDISTRICT,
    Story, assign, at, category, escalate, give_back, local, note, reopen, resolve, triage,
};

#[track_caller]
fn check(story: &Story, clocks: &[(ClockKind, &str)]) {
    let running: Vec<_> = story
        .case
        .timers
        .iter()
        .filter(|timer| timer.stopped.is_none())
        .map(|timer| (timer.kind, story.due(timer.kind).unwrap()))
        .collect();
    let expected: Vec<_> = clocks
        .iter()
        .map(|(kind, due)| (*kind, (*due).to_owned()))
        .collect();
    assert_eq!(running, expected);
}

#[track_caller]
fn check_rungs(story: &Story, clock: ClockKind, expected: &[(Rung, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(rung, at)| (*rung, (*at).to_owned()))
        .collect();
    assert_eq!(story.rungs(clock), expected);
}

#[test]
fn an_ordinary_case_runs_its_clocks_from_receipt_to_closing() {
    let story = Story::received(MONDAY);
    let resolve_due = "2026-11-30T17:30";
    check(
        &story,
        &[
            (Triage, "2026-11-24T17:30"),
            (Resolve, resolve_due),
            (ResidentUpdate, "2026-11-30T17:30"),
        ],
    );
    let story = story
        .outage_until("2026-11-24T09:00")
        .then(DESK, triage("pothole"))
        .then(DESK, assign(COMMUNITY));
    let dealt_out = [
        (Accept, "2026-11-25T17:30"),
        (Contact, "2026-11-25T17:30"),
        (ReturnWindow, "2026-11-25T17:30"),
        (Resolve, resolve_due),
        (ResidentUpdate, "2026-12-01T17:30"),
    ];
    check(&story, &dealt_out);
    let story = story
        .outage_until("2026-11-25T09:00")
        .then(HANDLER, Command::Accept);
    check(
        &story,
        &[
            (Contact, "2026-11-25T17:30"),
            (Resolve, resolve_due),
            (ResidentUpdate, "2026-12-02T17:30"),
        ],
    );
    let story = story.then(HANDLER, note(NoteTo::Resident));
    check(
        &story,
        &[(Resolve, resolve_due), (ResidentUpdate, "2026-12-02T17:30")],
    );
    let story = story
        .outage_until("2026-11-27T16:00")
        .then(HANDLER, resolve());
    check(&story, &[(FollowUp, "2026-11-30T17:30")]);
    assert_eq!(story.case.due_at().map(local).unwrap(), resolve_due);
    assert!(!story.case.is_overdue(at("2027-06-01T00:00")));
    let story = story.then(DESK, Command::Close { reason: None });
    check(&story, &[]);
}

#[test]
fn the_five_clocks_of_danger_run_by_night_and_on_holidays() {
    let night = "2026-10-01T01:30";
    let story = Story::received_as("manhole-cover", night);
    check(
        &story,
        &[
            (Triage, "2026-10-01T01:45"),
            (Resolve, "2026-10-02T01:30"),
            (ResidentUpdate, "2026-10-13T17:30"),
            (Secure, "2026-10-01T03:30"),
        ],
    );
    let story = story
        .outage_until("2026-10-01T01:40")
        .then(DESK, triage("manhole-cover"))
        .then(DESK, assign(SUBDISTRICT));
    assert_eq!(story.due(Accept).unwrap(), "2026-10-01T01:55");
    assert_eq!(story.due(Contact).unwrap(), "2026-10-01T03:40");
    let story = story.until("2026-10-02T05:00");
    check_rungs(
        &story,
        Accept,
        &[
            (Rung::Due, "2026-10-01T01:55"),
            (Rung::Red, "2026-10-01T02:10"),
        ],
    );
    check_rungs(
        &story,
        Contact,
        &[
            (Rung::Due, "2026-10-01T03:40"),
            (Rung::Red, "2026-10-01T03:55"),
        ],
    );
    check_rungs(
        &story,
        Resolve,
        &[
            (Rung::Due, "2026-10-02T01:30"),
            (Rung::Red, "2026-10-02T01:45"),
            (Rung::Notice, "2026-10-02T02:00"),
            (Rung::Report, "2026-10-02T02:30"),
        ],
    );
}

#[test]
fn danger_that_nobody_deals_out_is_called_after_a_quarter_of_an_hour() {
    let story = Story::received_as("gas-leak", "2026-10-01T01:30").until("2026-10-01T03:00");
    check_rungs(
        &story,
        Triage,
        &[
            (Rung::Due, "2026-10-01T01:45"),
            (Rung::Red, "2026-10-01T02:00"),
        ],
    );
}

#[test]
fn a_household_without_water_is_taken_within_half_an_hour_and_spoken_to_within_a_day() {
    let story = Story::received_as("burst-pipe", MONDAY)
        .then(DESK, triage("burst-pipe"))
        .then(DESK, assign(SUBDISTRICT));
    assert_eq!(story.due(Accept).unwrap(), "2026-11-23T10:30");
    assert_eq!(story.due(Contact).unwrap(), "2026-11-24T10:00");
    assert_eq!(story.due(Resolve).unwrap(), "2026-11-25T17:30");
}

#[test]
fn a_case_that_lies_still_climbs_the_whole_ladder_and_then_repeats() {
    let story = Story::with(SUBDISTRICT)
        .then(STREET_DESK, Command::Accept)
        .until("2026-12-22T10:00");
    check_rungs(
        &story,
        Resolve,
        &[
            (Rung::Half, "2026-11-26T09:00"),
            (Rung::Yellow, "2026-11-27T09:00"),
            (Rung::Due, "2026-11-30T17:30"),
            (Rung::Red, "2026-12-01T09:00"),
            (Rung::Notice, "2026-12-03T09:00"),
            (Rung::Report, "2026-12-07T09:00"),
            (Rung::Repeat, "2026-12-14T09:00"),
            (Rung::Repeat, "2026-12-21T09:00"),
        ],
    );
    check_rungs(
        &story,
        Contact,
        &[
            (Rung::Due, "2026-11-24T17:30"),
            (Rung::Red, "2026-11-25T09:00"),
        ],
    );
    check_rungs(
        &story,
        ResidentUpdate,
        &[
            (Rung::Due, "2026-11-30T17:30"),
            (Rung::Red, "2026-12-01T09:00"),
        ],
    );
    check_rungs(&story, ReturnWindow, &[]);
}

#[test]
fn after_an_outage_only_the_highest_rung_speaks() {
    let story = Story::with(SUBDISTRICT)
        .then(STREET_DESK, Command::Accept)
        .outage_until("2026-12-03T12:00")
        .sweep();
    check_rungs(&story, Resolve, &[(Rung::Notice, "2026-12-03T12:00")]);
    check_rungs(&story, Contact, &[(Rung::Red, "2026-12-03T12:00")]);
    let quiet = story.clone().sweep();
    assert_eq!(quiet.events.len(), story.events.len());
}

#[test]
fn the_residents_date_survives_every_dispatch() {
    let story = Story::with(COMMUNITY);
    let promised = story.case.due_at();
    let story = story
        .outage_until("2026-11-24T10:00")
        .then(HANDLER, give_back())
        .outage_until("2026-11-25T10:00")
        .then(DESK, assign(SUBDISTRICT))
        .outage_until("2026-11-26T10:00")
        .then(STREET_DESK, escalate())
        .outage_until("2026-11-27T10:00")
        .then(DESK, assign(OTHER_DEPARTMENT));
    assert_eq!(story.case.due_at(), promised);
    assert_eq!(story.case.timers.get(Resolve).unwrap().start, at(MONDAY));
    // The unit's own clocks start with each dispatch.
    assert_eq!(story.due(Accept).unwrap(), "2026-11-30T17:30");
    assert_eq!(story.due(Contact).unwrap(), "2026-11-30T17:30");
}

#[test]
fn a_return_starts_the_desks_clock_and_stops_the_units() {
    let story = Story::with(COMMUNITY)
        .outage_until("2026-11-24T10:00")
        .then(HANDLER, give_back());
    check(
        &story,
        &[
            (Triage, "2026-11-25T17:30"),
            (Resolve, "2026-11-30T17:30"),
            // The last word was the dispatch: a return is between offices.
            (ResidentUpdate, "2026-11-30T17:30"),
        ],
    );
}

#[test]
fn only_a_word_to_the_resident_is_a_word() {
    let story = Story::at_work().outage_until("2026-11-25T10:00");
    let internal = story.clone().then(STREET_DESK, note(NoteTo::Internal));
    assert_eq!(internal.due(ResidentUpdate), story.due(ResidentUpdate));
    let told = story.then(DESK, note(NoteTo::Resident));
    assert_eq!(told.due(ResidentUpdate).unwrap(), "2026-12-02T17:30");
}

#[test]
fn anybodys_first_message_to_the_resident_stops_the_contact_clock() {
    let story = Story::with(DEPARTMENT).then(DESK, note(NoteTo::Resident));
    assert_eq!(story.due(Contact), None);
    assert!(story.due(Accept).is_some());
}

#[test]
fn danger_seen_late_is_promised_from_receipt_and_called_at_once() {
    let danger = Command::Triage {
        category: category("manhole-cover"),
        publish: true,
        photos: None,
        reason: Some("井盖缺失,危及行人".to_owned()),
    };
    let story = Story::received(MONDAY)
        .outage_until("2026-11-23T12:00")
        .then(DESK, danger)
        .sweep();
    assert_eq!(story.case.due_at().map(local).unwrap(), "2026-11-24T10:00");
    check_rungs(&story, Triage, &[(Rung::Red, "2026-11-23T12:00")]);
}

#[test]
fn the_desk_is_reminded_of_the_revisit_until_it_closes() {
    let story = Story::at_work()
        .outage_until("2026-11-24T10:00")
        .then(STREET_DESK, resolve())
        .until("2026-12-10T10:00");
    check_rungs(
        &story,
        FollowUp,
        &[
            (Rung::Due, "2026-11-25T17:30"),
            (Rung::Red, "2026-11-26T09:00"),
            (Rung::Repeat, "2026-12-03T09:00"),
            (Rung::Repeat, "2026-12-10T09:00"),
        ],
    );
    check_rungs(&story, Resolve, &[]);
}

#[test]
fn a_case_resolved_late_stays_late() {
    let story = Story::at_work()
        .until("2026-12-01T10:00")
        .then(STREET_DESK, resolve())
        .then(STREET_DESK, Command::Close { reason: None });
    assert!(story.case.is_overdue(story.now));
}

#[test]
fn a_moment_that_was_promised_is_named_once_even_when_the_clock_starts_again() {
    // Two dispatches that no unit accepts: two due moments of the same clock, each with its own version.
    let story = Story::with(COMMUNITY)
        .until("2026-11-25T10:00")
        .then(HANDLER, Command::Accept)
        .then(DESK, assign(SUBDISTRICT))
        .until("2026-11-27T10:00");
    let versions: Vec<_> = story
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            zhitiao_domain::case::EventKind::Reminded(reminder) if reminder.clock == Accept => {
                Some((reminder.rung, reminder.due_version))
            }
            _ => None,
        })
        .collect();
    let [first_due, first_red, second_due, second_red] = versions.as_slice() else {
        panic!("{versions:?}");
    };
    assert_eq!(first_due.1, first_red.1);
    assert_eq!(second_due.1, second_red.1);
    assert!(first_due.1 < second_due.1);
}

#[test]
fn a_redo_that_lies_still_climbs_its_own_ladder() {
    let story = Story::at_work()
        .until("2026-12-01T10:00")
        .then(STREET_DESK, resolve())
        .then(STREET_DESK, reopen());
    let before = story.rungs(Resolve).len();
    let story = story.until("2026-12-09T10:00");
    let redo: Vec<_> = story.rungs(Resolve).split_off(before);
    let redo: Vec<_> = redo.iter().map(|(rung, at)| (*rung, at.as_str())).collect();
    assert_eq!(
        redo,
        [
            (Rung::Half, "2026-12-04T09:00"),
            (Rung::Yellow, "2026-12-07T09:00"),
            (Rung::Due, "2026-12-08T17:30"),
            (Rung::Red, "2026-12-09T09:00"),
        ]
    );
}

#[test]
fn a_fraction_of_a_second_changes_no_promise() {
    let whole = Story::received(MONDAY);
    let mut split = whole.clone();
    split.now = split.now.checked_add(999.milliseconds()).unwrap();
    let whole = whole.then(DESK, triage("pothole"));
    let split = split.then(DESK, triage("pothole"));
    assert_eq!(whole.case, split.case);
    assert_eq!(whole.events, split.events);
}
