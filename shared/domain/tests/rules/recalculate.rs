//! A new calendar over open cases: what moves is what a case opened under it would have, and nothing else does.

use jiff::civil::{Date, Weekday, date};
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::event::{EventKind, NoteTo, Visibility};
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::recalculate::Recalculation;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Case, Change};
use zhitiao_domain::kernel::calendar::{CalendarData, YearData};
use zhitiao_domain::kernel::deadline;

use crate::district::{
    MONDAY, STREET_DESK, SUBDISTRICT, Story, at, calendar_data, line, note, received, resolve,
    rulebook_with, rules,
};

/// The seeded calendar and a second version in which some days are others; with 2027 when it is announced.
fn two(changed: &[Date], announced: bool) -> Rulebook {
    rulebook_with(vec![calendar_data(), second(changed, announced)])
}

fn second(changed: &[Date], announced: bool) -> CalendarData {
    let mut data = calendar_data();
    data.version += 1;
    if announced {
        data.coverage.1 = 2027;
        data.years.insert(2027, YearData::default());
    }
    for day in changed {
        let Some(year) = data.years.get_mut(&day.year()) else {
            continue;
        };
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let (list, other) = if weekend {
            (&mut year.work, &mut year.off_weekend)
        } else {
            (&mut year.off, &mut year.off_weekend)
        };
        other.retain(|listed| listed != day);
        if list.contains(day) {
            list.retain(|listed| listed != day);
        } else {
            list.push(*day);
        }
    }
    data
}

/// What a running clock must say under the calendar in force.
fn expected(case: &Case, kind: ClockKind, rules: &Rulebook) -> Option<deadline::Due> {
    let timer = case.timers.get(kind)?;
    let holds: Vec<_> = case.holds.iter().map(|hold| hold.span).collect();
    let holds = if kind == ClockKind::Resolve {
        &holds[..]
    } else {
        &[]
    };
    deadline::due(case.spec(kind, rules), timer.start, holds, rules.calendar())
}

fn moments(case: &Case) -> Vec<(ClockKind, Option<Timestamp>)> {
    let timers = case.timers.iter();
    timers
        .map(|timer| (timer.kind, timer.due.map(|due| due.at)))
        .collect()
}

/// A move is an event, and the resident reads of it when the promised date is another.
#[track_caller]
fn check_move(case: &Case, change: &Change) {
    assert_ne!(moments(case), moments(&change.after));
    assert_eq!(change.event.number, case.rev + 1);
    assert_eq!(
        (change.after.rev, change.after.version),
        (case.rev + 1, case.version)
    );
    let promise = match change.event.kind {
        EventKind::CalendarChanged { promise, .. } => promise,
        ref other => panic!("{other:?}"),
    };
    let moved = case.due_at() != change.after.due_at();
    assert_eq!(
        promise.map(|date| (Some(date.from), Some(date.to))),
        moved.then(|| (case.due_at(), change.after.due_at()))
    );
    let read_by_residents = change.event.kind.visibility() > Visibility::Internal;
    assert_eq!(
        read_by_residents, moved,
        "the resident's date moves with a reason to read"
    );
}

#[track_caller]
fn check(case: &Case, rules: &Rulebook, now: Timestamp) {
    let after = match case.recalculate(rules, now) {
        Recalculation::Untouched => {
            assert!(!case.state.is_open());
            return;
        }
        Recalculation::Unmoved { after, .. } => {
            assert_eq!(
                moments(case),
                moments(&after),
                "nothing moves without an event"
            );
            assert_eq!((after.rev, after.version), (case.rev, case.version));
            *after
        }
        Recalculation::Moved(change) => {
            check_move(case, &change);
            change.after
        }
    };
    assert_eq!(after.calendar, rules.calendar().version());
    for (old, new) in case.timers.iter().zip(after.timers.iter()) {
        if new.stopped.is_some() {
            assert_eq!(old, new, "a clock that was stopped says what it said");
        } else {
            assert_eq!(new.due, expected(&after, new.kind, rules), "{:?}", new.kind);
            let moved = old.due.map(|due| due.at) != new.due.map(|due| due.at);
            assert_eq!(new.version, if moved { after.rev } else { old.version });
        }
    }
    assert!(after.next_at(rules).is_some());
    assert_eq!(
        after.recalculate(rules, now),
        Recalculation::Untouched,
        "once is enough"
    );
}

fn days() -> impl Strategy<Value = Vec<Date>> {
    let day =
        (0..3 * 365_i64).prop_map(|days| date(2024, 1, 1) + SignedDuration::from_hours(24 * days));
    vec(day, 0..40).prop_map(|mut days| {
        days.sort_unstable();
        days.dedup();
        days
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_case_is_counted_as_if_it_had_been_opened_under_the_new_calendar(
        changed in days(),
        announced: bool,
        seconds in 0..3 * 365 * 86_400_i64,
        category in prop::sample::select(vec!["manhole-cover", "burst-pipe", "pothole", "noise", "policy-question"]),
    ) {
        let rules = two(&changed, announced);
        let start = at("2024-01-01T00:00") + SignedDuration::from_secs(seconds);
        let case = received(Some(category), start);
        check(&case, &rules, start + SignedDuration::from_hours(1));
        let Recalculation::Unmoved { after: counted, .. } = case.recalculate(&rules, start) else {
            return Ok(());
        };
        prop_assert_eq!(counted.due_at(), case.due_at());
    }

    #[test]
    fn a_case_that_people_work_on_is_counted_whatever_they_have_done(changed in days(), announced: bool) {
        let rules = two(&changed, announced);
        let worked = Story::at_work();
        let told = worked.clone().then(STREET_DESK, note(NoteTo::Internal));
        for story in [Story::received(MONDAY), Story::with(SUBDISTRICT), worked, told] {
            check(&story.case, &rules, story.now);
        }
    }
}

#[test]
fn a_clock_that_stands_still_stays_as_it_is() {
    let rules = two(&[date(2026, 11, 25)], false);
    let held = Story::at_work().held(HoldReason::Budget, "2026-12-14T12:00");
    assert_eq!(held.case.due_at(), None);
    let Recalculation::Moved(change) = held.case.recalculate(&rules, held.now) else {
        panic!("its silence toward the resident is counted on");
    };
    assert_eq!(change.after.due_at(), None);
    check(&held.case, &rules, held.now);
}

#[test]
fn an_ended_case_and_one_of_the_version_in_force_are_left_alone() {
    let case = Story::received(MONDAY).case;
    assert_eq!(
        case.recalculate(rules(), case.report.at),
        Recalculation::Untouched
    );
    let resolved = Story::at_work().then(STREET_DESK, resolve());
    let rules = two(&[date(2026, 11, 25)], false);
    check(&resolved.case, &rules, resolved.now);
}

#[test]
fn a_day_off_on_the_way_moves_the_promise_by_a_day_and_one_behind_it_does_not() {
    let case = Story::received_as("pothole", MONDAY).case;
    let promised = |off| match case.recalculate(&two(&[off], false), case.report.at) {
        Recalculation::Moved(change) => change.after.due_at(),
        Recalculation::Unmoved { after, .. } => after.due_at(),
        Recalculation::Untouched => panic!("it is open"),
    };
    assert_eq!(case.due_at(), Some(at("2026-11-30T17:30")));
    assert_eq!(promised(date(2026, 11, 27)), Some(at("2026-12-01T17:30")));
    assert_eq!(promised(date(2026, 12, 1)), case.due_at());
}

#[test]
fn a_machine_whose_clock_is_behind_never_turns_a_history_back() {
    let story = Story::with(SUBDISTRICT)
        .then(STREET_DESK, Command::Accept)
        .until("2026-11-24T10:00")
        .then(STREET_DESK, note(NoteTo::Resident));
    let latest = story.case.changed_at;
    let behind = latest - SignedDuration::from_secs(1);

    let late = story.clone().outage_until("2026-12-01T10:00");
    let written = late.then(STREET_DESK, note(NoteTo::Internal));
    let reminded = written.case.remind(rules(), written.behind(1).now).unwrap();
    assert_eq!(reminded.event.at, written.case.changed_at);

    let by_a_person = story.behind(1).then(STREET_DESK, note(NoteTo::Internal));
    assert_eq!(by_a_person.events.last().unwrap().at, latest);

    let rules = two(&[date(2026, 11, 26)], false);
    let recalculated = story.case.recalculate(&rules, behind);
    assert_eq!(recalculated.moved().unwrap().event.at, latest);

    let waiting = story.held(HoldReason::Budget, "2026-12-20T10:00").case;
    let behind = waiting.changed_at - SignedDuration::from_secs(1);
    let woken = waiting.wake(&line(), &rules, behind).unwrap();
    assert_eq!(woken.event.at, waiting.changed_at);
}
