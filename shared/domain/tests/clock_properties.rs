//! What holds of every promise and every ladder, whatever the numbers.

#![allow(clippy::unwrap_used)] // A test fails by panicking.

use std::sync::LazyLock;

use jiff::civil::{Time, date};
use jiff::{SignedDuration, Span, Timestamp};
use proptest::prelude::*;
use zhitiao_domain::kernel::calendar::{
    CLOSE_OF_BUSINESS, Calendar, CalendarData, OFFSET, date_of, moment_of,
};
use zhitiao_domain::kernel::deadline::{ClockSpec, Hold, due, due_day, red_day, yellow_day};
use zhitiao_domain::kernel::ladder::{Climb, Fired, Ladder, LadderKind, Rung};

static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| {
    let seed = include_str!("../../../infra/seed/calendar.json");
    Calendar::from_data(serde_json::from_str::<CalendarData>(seed).unwrap()).unwrap()
});

const DAY: i64 = 24 * 60;

#[derive(Debug, Clone)]
struct Promise {
    spec: ClockSpec,
    start: Timestamp,
    holds: Vec<Hold>,
}

impl Promise {
    fn due(&self) -> Option<Timestamp> {
        due(self.spec, self.start, &self.holds, &CALENDAR).map(|due| due.at)
    }

    /// The due moment for comparing: a clock that never gets there is later than any that does.
    fn due_or_never(&self) -> Timestamp {
        self.due().unwrap_or(Timestamp::MAX)
    }

    fn with(&self, hold: Hold) -> Self {
        let mut promise = self.clone();
        promise.holds.push(hold);
        promise
    }

    fn held(&self, moment: Timestamp) -> bool {
        self.holds
            .iter()
            .any(|hold| hold.from <= moment && hold.to.is_none_or(|to| moment < to))
    }
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

fn local(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

/// A whole minute from 2024 into 2027, the first year that is not announced.
fn a_start() -> impl Strategy<Value = Timestamp> {
    (0..3 * 366 * DAY + 60 * DAY).prop_map(|n| local("2024-01-01T00:00") + minutes(n))
}

fn a_spec() -> impl Strategy<Value = ClockSpec> {
    prop_oneof![
        (0..10_000_u32).prop_map(ClockSpec::ElapsedMinutes),
        (0..5_000_u32).prop_map(ClockSpec::WorkMinutes),
        (0..20_u32).prop_map(ClockSpec::WorkDays),
        (0..30_u32).prop_map(ClockSpec::CalendarDays),
    ]
}

/// A hold as it lies to the start: when it begins and how long it lasts, in minutes.
fn a_closed_hold() -> impl Strategy<Value = (i64, Option<i64>)> {
    (-3 * DAY..30 * DAY, (1..10 * DAY).prop_map(Some))
}

fn a_hold() -> impl Strategy<Value = (i64, Option<i64>)> {
    prop_oneof![
        9 => a_closed_hold(),
        1 => (-3 * DAY..30 * DAY).prop_map(|from| (from, None)),
    ]
}

fn to_hold(start: Timestamp, (from, length): (i64, Option<i64>)) -> Hold {
    let from = start + minutes(from);
    Hold {
        from,
        to: length.map(|length| from + minutes(length)),
    }
}

fn a_promise_with(
    hold: impl Strategy<Value = (i64, Option<i64>)>,
) -> impl Strategy<Value = Promise> {
    (a_spec(), a_start(), prop::collection::vec(hold, 0..5)).prop_map(|(spec, start, holds)| {
        let holds = holds.into_iter().map(|hold| to_hold(start, hold)).collect();
        Promise { spec, start, holds }
    })
}

fn a_promise() -> impl Strategy<Value = Promise> {
    a_promise_with(a_hold())
}

fn longer(spec: ClockSpec, by: u32) -> ClockSpec {
    match spec {
        ClockSpec::ElapsedMinutes(n) => ClockSpec::ElapsedMinutes(n + by),
        ClockSpec::WorkMinutes(n) => ClockSpec::WorkMinutes(n + by),
        ClockSpec::WorkDays(n) => ClockSpec::WorkDays(n + by),
        ClockSpec::CalendarDays(n) => ClockSpec::CalendarDays(n + by),
    }
}

proptest! {
    #[test]
    fn a_longer_promise_is_never_due_earlier(promise in a_promise(), by in 1..10_u32) {
        let longer = Promise { spec: longer(promise.spec, by), ..promise.clone() };
        prop_assert!(promise.due_or_never() <= longer.due_or_never());
    }

    #[test]
    fn a_later_start_is_never_due_earlier(promise in a_promise(), by in 1..10 * DAY) {
        let later = Promise { start: promise.start + minutes(by), ..promise.clone() };
        prop_assert!(promise.due_or_never() <= later.due_or_never());
    }

    #[test]
    fn one_more_hold_never_makes_a_promise_due_earlier(promise in a_promise(), hold in a_hold()) {
        let more = promise.with(to_hold(promise.start, hold));
        prop_assert!(promise.due_or_never() <= more.due_or_never());
    }

    #[test]
    fn the_order_of_the_holds_is_irrelevant((promise, shuffled) in a_promise().prop_flat_map(|promise| {
        let holds = Just(promise.holds.clone()).prop_shuffle();
        (Just(promise), holds)
    })) {
        let other = Promise { holds: shuffled, ..promise.clone() };
        prop_assert_eq!(promise.due(), other.due());
    }

    #[test]
    fn a_split_hold_is_the_joined_hold(promise in a_promise(), (from, length) in a_hold(), percent in 1..100_i64) {
        let whole = to_hold(promise.start, (from, length));
        let middle = whole.from + minutes(length.unwrap_or(20 * DAY) * percent / 100);
        let (left, right) = (Hold { to: Some(middle), ..whole }, Hold { from: middle, ..whole });
        prop_assert_eq!(promise.with(whole).due(), promise.with(left).with(right).due());
    }

    #[test]
    fn a_hold_within_a_hold_costs_nothing(promise in a_promise(), (from, length) in a_closed_hold(), percent in 0..100_i64) {
        let outer = to_hold(promise.start, (from, length));
        let inner = Hold { from: outer.from + minutes(length.unwrap_or_default() * percent / 100), ..outer };
        prop_assert_eq!(promise.with(outer).due(), promise.with(inner).with(outer).due());
    }

    #[test]
    fn closed_holds_always_leave_a_due_moment_and_it_is_not_before_the_start(promise in a_promise_with(a_closed_hold())) {
        prop_assert!(promise.due().unwrap() >= promise.start);
    }

    #[test]
    fn the_hour_of_receipt_does_not_matter_to_days(
        promise in a_promise(),
        spec in prop_oneof![
            (1..20_u32).prop_map(ClockSpec::WorkDays),
            (1..20_u32).prop_map(ClockSpec::CalendarDays),
        ],
        hour in 0..24_i64,
    ) {
        let midnight = moment_of(date_of(promise.start), Time::midnight());
        let given = Promise { spec, ..promise };
        let moved = Promise { start: midnight + minutes(60 * hour), ..given.clone() };
        prop_assert_eq!(given.due(), moved.due());
    }

    #[test]
    fn a_promise_in_working_days_counts_the_days_not_on_hold_at_their_close(promise in a_promise(), n in 1..20_u32) {
        let promise = Promise { spec: ClockSpec::WorkDays(n), ..promise };
        let Some(due) = promise.due() else { return Ok(()) };
        let first = date_of(promise.start);
        let counted = first
            .series(Span::new().days(1))
            .skip(1)
            .take_while(|day| *day <= date_of(due))
            .filter(|day| CALENDAR.is_working_day(*day) && !promise.held(moment_of(*day, CLOSE_OF_BUSINESS)));
        prop_assert_eq!(counted.count(), n as usize);
        prop_assert_eq!(OFFSET.to_datetime(due).time(), CLOSE_OF_BUSINESS);
        prop_assert!(!promise.held(due));
    }

    #[test]
    fn a_hold_inside_one_day_costs_a_promise_in_days_nothing(start in a_start(), n in 1..20_u32, day in 0..20_i64) {
        let free = Promise { spec: ClockSpec::WorkDays(n), start, holds: Vec::new() };
        let midnight = moment_of(date_of(start), Time::midnight()) + minutes(day * DAY);
        // Closed again at the close of business, at the latest moment at which it costs nothing.
        let hold = Hold { from: midnight, to: Some(midnight + minutes(17 * 60 + 30)) };
        let held = Promise { holds: vec![hold], ..free.clone() };
        prop_assert_eq!(free.due(), held.due());
    }

    #[test]
    fn the_cards_fall_on_the_working_days_around_the_due(promise in a_promise()) {
        let Some(due) = promise.due() else { return Ok(()) };
        let (yellow, red) = (yellow_day(due, &CALENDAR), red_day(due, &CALENDAR));
        prop_assert!(yellow < due_day(due) && due_day(due) < red);
        prop_assert!(CALENDAR.is_working_day(yellow) && CALENDAR.is_working_day(red));
        let between = CALENDAR.working_days_after(yellow).take_while(|day| *day < red);
        prop_assert_eq!(between.count(), usize::from(CALENDAR.is_working_day(due_day(due))));
    }

    #[test]
    fn a_promise_is_provisional_when_it_reaches_an_unannounced_year(promise in a_promise()) {
        let Some(due) = due(promise.spec, promise.start, &promise.holds, &CALENDAR) else { return Ok(()) };
        let by_calendar = !matches!(promise.spec, ClockSpec::ElapsedMinutes(_));
        let last_day = due_day(due.at).max(date_of(promise.start));
        prop_assert_eq!(due.provisional, by_calendar && last_day > date(2026, 12, 31));
    }
}

/// Whether offices are open in the minute that begins at `moment`.
fn is_office_minute(moment: Timestamp) -> bool {
    let time = OFFSET.to_datetime(moment).time();
    let minute = i32::from(time.hour()) * 60 + i32::from(time.minute());
    CALENDAR.is_working_day(date_of(moment))
        && ((510..720).contains(&minute) || (810..1050).contains(&minute))
}

/// The due moment found by looking at one minute after the other, for promises in minutes.
fn due_by_counting(promise: &Promise) -> Option<Timestamp> {
    let (n, only_office) = match promise.spec {
        ClockSpec::ElapsedMinutes(n) => (n, false),
        ClockSpec::WorkMinutes(n) => (n, true),
        ClockSpec::WorkDays(_) | ClockSpec::CalendarDays(_) => panic!("not a promise in minutes"),
    };
    (0..60 * DAY)
        .map(|minute| promise.start + minutes(minute))
        .filter(|moment| !promise.held(*moment) && (!only_office || is_office_minute(*moment)))
        .nth(n as usize - 1)
        .map(|last| last + minutes(1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn promises_in_minutes_agree_with_counting_every_minute(
        promise in a_promise(),
        n in 1..900_u32,
        only_office: bool,
    ) {
        let spec = if only_office { ClockSpec::WorkMinutes(n) } else { ClockSpec::ElapsedMinutes(n) };
        let mut promise = Promise { spec, ..promise };
        promise.holds.truncate(2);
        prop_assert_eq!(promise.due(), due_by_counting(&promise));
    }
}

#[test]
fn the_office_minutes_of_2026_last_exactly_from_new_year_to_the_last_close() {
    assert_eq!(CALENDAR.office_minutes_in_year(2026), 248 * 450);
    let whole_year = |n| Promise {
        spec: ClockSpec::WorkMinutes(n),
        start: local("2026-01-01T00:00"),
        holds: Vec::new(),
    };
    assert_eq!(whole_year(248 * 450).due(), Some(local("2026-12-31T17:30")));
    assert_eq!(
        whole_year(248 * 450 + 1).due(),
        Some(local("2027-01-04T08:31"))
    );
}

/// A clock with its ladder's kind. Its promise has closed holds only, so that it is due some day.
fn a_clock() -> impl Strategy<Value = (LadderKind, Promise)> {
    let kind = prop_oneof![
        3 => Just(LadderKind::Full),
        1 => Just(LadderKind::Danger),
        1 => Just(LadderKind::Short),
        1 => Just(LadderKind::ShortRepeating),
        1 => Just(LadderKind::ShortDanger),
    ];
    (kind, a_promise_with(a_closed_hold()))
}

fn ladder(kind: LadderKind, promise: &Promise) -> Ladder<'_> {
    Ladder {
        kind,
        spec: promise.spec,
        start: promise.start,
        due: promise.due().unwrap(),
        holds: &promise.holds,
        calendar: &CALENDAR,
    }
}

/// What was fired must climb: then no rung and no repeat is there twice, and none comes after a higher one.
fn climbs(fired: &[Fired]) -> bool {
    let heights: Vec<_> = fired.iter().map(|fired| fired.climb).collect();
    heights.is_sorted_by(|lower, higher| lower < higher)
}

fn reached(fired: &[Fired]) -> Vec<Rung> {
    fired
        .iter()
        .flat_map(|fired| fired.superseded.iter().copied().chain([fired.rung]))
        .filter(|rung| *rung != Rung::Repeat)
        .collect()
}

proptest! {
    #[test]
    fn no_rung_fires_twice_whatever_two_sweepers_interleave(
        (kind, promise) in a_clock(),
        steps in prop::collection::vec((0..2_usize, 0..5 * DAY), 1..40),
    ) {
        let ladder = ladder(kind, &promise);
        let mut stored = Climb::default();
        let mut decided: [Option<(Climb, Fired)>; 2] = [None, None];
        let (mut now, mut fired) = (promise.start, Vec::new());
        for (sweeper, passed) in steps {
            now += minutes(passed);
            // A sweeper's first turn decides on what it reads, its next one writes if nothing was written since.
            match decided[sweeper].take() {
                Some((read, decision)) if read == stored => {
                    stored = decision.climb;
                    fired.push(decision);
                }
                Some(_) => {}
                None => decided[sweeper] = ladder.fire(stored, now).map(|decision| (stored, decision)),
            }
        }
        prop_assert!(climbs(&fired), "{fired:?}");
        prop_assert!(reached(&fired).is_sorted_by(|lower, higher| lower < higher));
    }

    #[test]
    fn after_an_outage_only_the_highest_rung_fires(
        (kind, promise) in a_clock(),
        before in 0..30 * DAY,
        outage in 0..200 * DAY,
    ) {
        let ladder = ladder(kind, &promise);
        let up = ladder.fire(Climb::default(), promise.start + minutes(before));
        let climb = up.as_ref().map_or(Climb::default(), |fired| fired.climb);
        let now = promise.start + minutes(before + outage);
        let Some(fired) = ladder.fire(climb, now) else { return Ok(()) };

        prop_assert!(fired.scheduled_at <= now && fired.climb > climb);
        prop_assert_eq!(ladder.fire(fired.climb, now), None);
        prop_assert!(ladder.next(fired.climb).is_none_or(|(_, at)| at > now));
        let passed: Vec<_> = ladder.rungs().into_iter().filter(|(_, at)| *at <= now).map(|(rung, _)| rung).collect();
        let all: Vec<_> = up.into_iter().chain([fired]).collect();
        prop_assert_eq!(reached(&all), passed);
    }

    #[test]
    fn firing_at_each_next_moment_climbs_the_whole_ladder((kind, promise) in a_clock()) {
        let ladder = ladder(kind, &promise);
        let (mut climb, mut fired) = (Climb::default(), Vec::new());
        while let Some((rung, at)) = ladder.next(climb).filter(|_| fired.len() < 9) {
            prop_assert_eq!(ladder.fire(climb, at - SignedDuration::from_nanos(1)), None);
            let answer = ladder.fire(climb, at).unwrap();
            prop_assert_eq!((answer.rung, answer.scheduled_at), (rung, at));
            climb = answer.climb;
            fired.push(answer);
        }
        let all: Vec<_> = ladder.rungs().into_iter().map(|(rung, _)| rung).collect();
        prop_assert_eq!(reached(&fired), all);
        let moments: Vec<_> = fired.iter().map(|fired| fired.scheduled_at).collect();
        prop_assert!(moments.is_sorted_by(|earlier, later| earlier < later));
    }

    #[test]
    fn a_ladder_that_repeats_never_ends((kind, promise) in a_clock(), bits in 0..200_u32) {
        let ends = matches!(kind, LadderKind::Short | LadderKind::ShortDanger);
        let next = ladder(kind, &promise).next(Climb::from_bits(bits));
        prop_assert!(ends || next.is_some());
    }

    #[test]
    fn moving_the_due_about_sends_no_rung_twice(
        (kind, promise) in a_clock(),
        moves in prop::collection::vec((-10 * DAY..20 * DAY, 0..10 * DAY), 1..20),
    ) {
        let mut ladder = ladder(kind, &promise);
        let (mut now, mut climb, mut sent) = (promise.start, Climb::default(), Vec::new());
        for (moved, passed) in moves {
            ladder.due = promise.start.max(ladder.due + minutes(moved));
            climb = if moved > 0 { climb.rearmed() } else { climb };
            now += minutes(passed);
            if let Some(fired) = ladder.fire(climb, now) {
                climb = fired.climb;
                sent.push(fired.rung);
            }
        }
        sent.retain(|rung| *rung != Rung::Repeat);
        prop_assert!(sent.is_sorted_by(|lower, higher| lower < higher), "{sent:?}");
    }

    #[test]
    fn reminders_of_ordinary_cases_fall_on_working_days(
        kind in prop::sample::select(vec![LadderKind::Full, LadderKind::Short, LadderKind::ShortRepeating]),
        promise in a_promise_with(a_closed_hold()),
    ) {
        let ladder = ladder(kind, &promise);
        for (rung, at) in ladder.rungs() {
            prop_assert!(CALENDAR.is_working_day(due_day(at)), "{rung:?} at {at}");
        }
    }
}
