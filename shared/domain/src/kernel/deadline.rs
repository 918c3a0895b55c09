//! The clock engine: when a promise falls due.
//!
//! [`due`] is a pure function of the promise, its start, the holds and the calendar. Nothing is accumulated, so
//! recomputing it from a case's events always gives what was stored. The kinds of clock follow Civil Code art. 201
//! (the first day does not count, hours run from the moment) and 203 (a last day that is a rest day moves to the
//! next working day; a day ends at 24:00 or at close of business).

use std::iter;
use std::ops::Range;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::kernel::calendar::{
    CLOSE_OF_BUSINESS, Calendar, OFFICE_HOURS, OFFSET, date_of, days_after, moment_of,
};

/// How long a promise runs. A promise of 0 is due at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockSpec {
    /// Minutes by day and night, less the time on hold.
    ElapsedMinutes(u32),
    /// Minutes in which offices are open (08:30-12:00 and 13:30-17:30 on working days), less the time on hold.
    WorkMinutes(u32),
    /// Close of business of the n-th working day after the day of the start; a day on hold at its close does not
    /// count.
    WorkDays(u32),
    /// 24:00 of the n-th day after the day of the start, or of the next working day when that is a rest day; a day
    /// on hold at its end does not count.
    CalendarDays(u32),
}

impl ClockSpec {
    /// Hours by day and night, less the time on hold.
    pub const fn hours(hours: u32) -> Self {
        Self::ElapsedMinutes(hours.saturating_mul(60))
    }

    /// Half of this promise, rounded up to its unit.
    pub const fn half(self) -> Self {
        match self {
            Self::ElapsedMinutes(n) => Self::ElapsedMinutes(n.div_ceil(2)),
            Self::WorkMinutes(n) => Self::WorkMinutes(n.div_ceil(2)),
            Self::WorkDays(n) => Self::WorkDays(n.div_ceil(2)),
            Self::CalendarDays(n) => Self::CalendarDays(n.div_ceil(2)),
        }
    }
}

/// An interval in which a clock stands still: from its first moment up to, and without, its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hold {
    /// The moment from which the clock stands.
    pub from: Timestamp,
    /// The moment from which it runs again; `None` while the hold is open.
    pub to: Option<Timestamp>,
}

/// When a promise falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Due {
    /// The last moment at which the promise is kept.
    pub at: Timestamp,
    /// Whether the way from start to due touches a year that the calendar does not cover yet.
    pub provisional: bool,
}

/// When a promise that started at `start` falls due, given the intervals in which its clock stood still.
///
/// Holds may overlap and come in any order. `None` means that the clock will not get there: a hold is open before
/// the promise falls due, or it would fall due after the year 9999. A hold that begins later changes nothing.
pub fn due(spec: ClockSpec, start: Timestamp, holds: &[Hold], calendar: &Calendar) -> Option<Due> {
    use ClockSpec::{CalendarDays, ElapsedMinutes, WorkDays, WorkMinutes};

    let running = Running::between(holds);
    let at = match spec {
        ElapsedMinutes(0) | WorkMinutes(0) | WorkDays(0) | CalendarDays(0) => Some(start),
        ElapsedMinutes(n) => running.spend(n, iter::once(start..Timestamp::MAX)),
        WorkMinutes(n) => running.spend(n, office_windows(start, calendar)),
        WorkDays(n) => running.nth_close(n, start, calendar),
        CalendarDays(n) => running.nth_midnight(n, start, calendar),
    }?;
    let covered = calendar.covers(date_of(start)) && calendar.covers(due_day(at));
    Some(Due {
        at,
        provisional: !covered && !matches!(spec, ElapsedMinutes(_)),
    })
}

/// The local day on which a promise falls due: a due at 24:00 belongs to the day that ends.
pub fn due_day(due: Timestamp) -> Date {
    let local = OFFSET.to_datetime(due);
    if local.time() == Time::midnight() {
        local.date().yesterday().unwrap_or(Date::MIN)
    } else {
        local.date()
    }
}

/// The day of the yellow card: the working day before the day of the due.
pub fn yellow_day(due: Timestamp, calendar: &Calendar) -> Date {
    calendar.previous_working_day(due_day(due))
}

/// The day of the red card: the first working day after the day of the due.
pub fn red_day(due: Timestamp, calendar: &Calendar) -> Date {
    calendar.next_working_day(due_day(due))
}

/// The intervals in which a clock runs: ascending, disjoint and none of them empty.
struct Running(Vec<Range<Timestamp>>);

impl Running {
    /// The time between the holds, which are thereby united.
    fn between(holds: &[Hold]) -> Self {
        let mut stops: Vec<_> = holds
            .iter()
            .map(|hold| hold.from..hold.to.unwrap_or(Timestamp::MAX))
            .filter(|stop| !stop.is_empty())
            .collect();
        stops.sort_unstable_by_key(|stop| stop.start);

        let mut runs = Vec::with_capacity(stops.len() + 1);
        let mut resumed = Timestamp::MIN;
        for stop in stops {
            runs.push(resumed..stop.start);
            resumed = resumed.max(stop.end);
        }
        runs.push(resumed..Timestamp::MAX);
        runs.retain(|run| !run.is_empty());
        Self(runs)
    }

    /// Whether the clock runs at `moment`.
    fn at(&self, moment: Timestamp) -> bool {
        self.0.iter().any(|run| run.contains(&moment))
    }

    /// The moment from which the clock never runs again.
    fn end(&self) -> Timestamp {
        self.0.last().map_or(Timestamp::MIN, |run| run.end)
    }

    /// The moment at which `minutes` of running time within the ascending `windows` are used up.
    fn spend(
        &self,
        minutes: u32,
        windows: impl Iterator<Item = Range<Timestamp>>,
    ) -> Option<Timestamp> {
        let mut left = SignedDuration::from_mins(minutes.into());
        let pieces = windows
            .take_while(|window| window.start < self.end())
            .flat_map(|window| {
                self.0
                    .iter()
                    .map(move |run| run.start.max(window.start)..run.end.min(window.end))
            })
            .filter(|piece| !piece.is_empty());
        for piece in pieces {
            let length = piece.start.duration_until(piece.end);
            if left <= length {
                return piece.start.checked_add(left).ok();
            }
            left -= length;
        }
        None
    }

    /// The `n`-th close of business after the day of `start` at which the clock runs.
    fn nth_close(&self, n: u32, start: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
        calendar
            .working_days_after(date_of(start))
            .map(|day| moment_of(day, CLOSE_OF_BUSINESS))
            .take_while(|close| *close < self.end())
            .filter(|close| self.at(*close))
            .nth(n as usize - 1)
    }

    /// The end of the `n`-th day after the day of `start` at whose end the clock runs, or else of the first working
    /// day after it of which that holds.
    fn nth_midnight(&self, n: u32, start: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
        days_after(date_of(start))
            .map(|day| (day, end_of(day)))
            .take_while(|(_, end)| *end < self.end())
            .filter(|(_, end)| self.at(*end))
            .skip(n as usize - 1)
            .find(|(day, _)| calendar.is_working_day(*day))
            .map(|(_, end)| end)
    }
}

/// The office hours from `start` on. Windows that ended before `start` come out empty.
fn office_windows(start: Timestamp, calendar: &Calendar) -> impl Iterator<Item = Range<Timestamp>> {
    let today = date_of(start);
    iter::once(today)
        .chain(days_after(today))
        .filter(|day| calendar.is_working_day(*day))
        .flat_map(move |day| {
            OFFICE_HOURS.map(|(open, close)| moment_of(day, open).max(start)..moment_of(day, close))
        })
}

/// 24:00 of a day.
fn end_of(day: Date) -> Timestamp {
    day.tomorrow()
        .map_or(Timestamp::MAX, |next| moment_of(next, Time::midnight()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::kernel::calendar::tests::seed;

    /// A moment of the local time zone, from `2026-11-23T09:00`.
    fn at(local: &str) -> Timestamp {
        format!("{local}+08:00").parse().unwrap()
    }

    fn hold(from: &str, to: &str) -> Hold {
        Hold {
            from: at(from),
            to: Some(at(to)),
        }
    }

    fn open_hold(from: &str) -> Hold {
        Hold {
            from: at(from),
            to: None,
        }
    }

    #[track_caller]
    fn check(spec: ClockSpec, start: &str, holds: &[Hold], expected: Option<&str>) {
        let due = due(spec, at(start), holds, &seed());
        assert_eq!(due.map(|due| due.at), expected.map(at));
    }

    const MONDAY: &str = "2026-11-23T09:00";

    #[test]
    fn the_day_of_receipt_never_counts() {
        let friday = Some("2026-11-27T17:30");
        check(ClockSpec::WorkDays(1), "2026-11-26T00:00", &[], friday);
        check(ClockSpec::WorkDays(1), "2026-11-26T23:59", &[], friday);
    }

    #[test]
    fn an_open_hold_leaves_no_due_time_for_any_kind() {
        for spec in [
            ClockSpec::hours(24),
            ClockSpec::WorkMinutes(450),
            ClockSpec::WorkDays(1),
            ClockSpec::CalendarDays(1),
        ] {
            check(spec, MONDAY, &[open_hold("2026-11-23T10:00")], None);
        }
    }

    #[test]
    fn a_hold_that_begins_after_the_due_moment_changes_nothing() {
        let hold = [open_hold("2026-11-25T10:00")];
        check(
            ClockSpec::hours(24),
            MONDAY,
            &hold,
            Some("2026-11-24T09:00"),
        );
        check(
            ClockSpec::WorkMinutes(450),
            MONDAY,
            &hold,
            Some("2026-11-24T09:00"),
        );
        check(
            ClockSpec::WorkDays(1),
            MONDAY,
            &hold,
            Some("2026-11-24T17:30"),
        );
        check(
            ClockSpec::CalendarDays(1),
            MONDAY,
            &hold,
            Some("2026-11-25T00:00"),
        );
    }

    #[test]
    fn a_calendar_day_on_hold_at_its_end_does_not_count() {
        let over_one_midnight = hold("2026-11-24T10:00", "2026-11-25T10:00");
        check(
            ClockSpec::CalendarDays(2),
            MONDAY,
            &[over_one_midnight],
            Some("2026-11-27T00:00"),
        );
        // The fifth day is a Saturday, and the Monday it moves to is on hold when it ends.
        let over_monday = hold("2026-11-30T10:00", "2026-12-01T10:00");
        check(
            ClockSpec::CalendarDays(5),
            MONDAY,
            &[over_monday],
            Some("2026-12-02T00:00"),
        );
    }

    #[test]
    fn a_promise_of_nothing_is_due_at_its_start() {
        for spec in [
            ClockSpec::hours(0),
            ClockSpec::WorkMinutes(0),
            ClockSpec::WorkDays(0),
            ClockSpec::CalendarDays(0),
        ] {
            check(
                spec,
                "2026-11-28T03:00",
                &[open_hold("2026-11-27T10:00")],
                Some("2026-11-28T03:00"),
            );
        }
    }

    #[test]
    fn a_hold_of_no_length_does_not_stop_the_clock() {
        let close = "2026-11-24T17:30";
        let reversed = hold("2026-11-25T00:00", "2026-11-24T00:00");
        check(
            ClockSpec::WorkDays(1),
            MONDAY,
            &[hold(close, close), reversed],
            Some(close),
        );
    }

    #[test]
    fn a_promise_beyond_the_last_year_has_no_due_time() {
        check(ClockSpec::ElapsedMinutes(u32::MAX), MONDAY, &[], None);
        for spec in [
            ClockSpec::hours(1),
            ClockSpec::WorkMinutes(1),
            ClockSpec::WorkDays(1),
            ClockSpec::CalendarDays(1),
        ] {
            assert_eq!(due(spec, Timestamp::MAX, &[], &seed()), None, "{spec:?}");
        }
    }

    #[test]
    fn a_promise_that_crosses_the_end_of_the_table_is_provisional() {
        let promise = |spec, start| due(spec, at(start), &[], &seed()).unwrap();
        let eve = "2026-12-31T10:00";
        let over_new_year = promise(ClockSpec::WorkDays(1), eve);
        assert_eq!(over_new_year.at, at("2027-01-04T17:30"));
        assert!(over_new_year.provisional);
        assert!(!promise(ClockSpec::WorkDays(1), "2026-12-30T10:00").provisional);
        assert!(!promise(ClockSpec::CalendarDays(1), "2026-12-30T10:00").provisional);
        assert!(!promise(ClockSpec::hours(24), eve).provisional);
    }

    #[test]
    fn the_leap_day_is_a_day_like_any_other() {
        check(
            ClockSpec::WorkDays(1),
            "2024-02-28T09:00",
            &[],
            Some("2024-02-29T17:30"),
        );
        check(
            ClockSpec::CalendarDays(1),
            "2024-02-28T09:00",
            &[],
            Some("2024-03-01T00:00"),
        );
        check(
            ClockSpec::hours(24),
            "2024-02-28T09:00",
            &[],
            Some("2024-02-29T09:00"),
        );
        // 2028 is not announced, and its leap day is a Tuesday.
        check(
            ClockSpec::WorkDays(1),
            "2028-02-28T09:00",
            &[],
            Some("2028-02-29T17:30"),
        );
    }

    #[test]
    fn a_due_at_midnight_belongs_to_the_day_that_ends() {
        let due = at("2026-12-01T00:00");
        assert_eq!(due_day(due), date(2026, 11, 30));
        assert_eq!(yellow_day(due, &seed()), date(2026, 11, 27));
        assert_eq!(red_day(due, &seed()), date(2026, 12, 1));
    }

    #[test]
    fn promises_are_stored_under_the_names_of_their_kinds() {
        for (spec, stored) in [
            (ClockSpec::hours(2), r#"{"elapsed_minutes":120}"#),
            (ClockSpec::WorkMinutes(30), r#"{"work_minutes":30}"#),
            (ClockSpec::WorkDays(5), r#"{"work_days":5}"#),
            (ClockSpec::CalendarDays(7), r#"{"calendar_days":7}"#),
        ] {
            assert_eq!(serde_json::to_string(&spec).unwrap(), stored);
            assert_eq!(serde_json::from_str::<ClockSpec>(stored).unwrap(), spec);
        }
    }
}
