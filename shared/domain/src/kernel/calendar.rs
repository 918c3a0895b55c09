//! The working-day calendar: which days count, and at which hours offices are open.
//!
//! A calendar is versioned data, because the State Council announces each year's days off, and the weekend days
//! that are worked in return, only in the November before. A day outside the announced years is computed from
//! weekends and the statutory holidays with a fixed date; whatever was derived from such a day is provisional.
//! Nothing here reads a clock: the zone is Asia/Shanghai at its constant +08:00.

use std::collections::BTreeMap;
use std::iter;

use jiff::civil::{Date, Time, Weekday, time};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// The offset of Asia/Shanghai, +08:00 all year round.
pub const OFFSET: Offset = Offset::constant(8);

/// The hours in which offices are open on a working day, in local time: 08:30 to 12:00 and 13:30 to 17:30.
pub const OFFICE_HOURS: [(Time, Time); 2] = [
    (time(8, 30, 0, 0), time(12, 0, 0, 0)),
    (time(13, 30, 0, 0), time(17, 30, 0, 0)),
];

/// The local time at which a working day ends (Civil Code art. 203): 17:30.
pub const CLOSE_OF_BUSINESS: Time = OFFICE_HOURS[1].1;

/// Statutory holidays whose date is the same each year, as month and day.
const FIXED_HOLIDAYS: [(i8, i8); 6] = [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)];

/// The announced days of some years, as stored and exchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarData {
    /// Counts the revisions of the table: a deadline names the version under which it was computed.
    pub version: u32,
    /// Where the dates come from, for people.
    pub source: String,
    /// The first and the last year that `years` holds.
    pub coverage: (i16, i16),
    /// The announced days by year.
    pub years: BTreeMap<i16, YearData>,
}

/// The announced days of one year.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearData {
    /// Days off from Monday to Friday.
    pub off: Vec<Date>,
    /// Days of a holiday that fall on a weekend: off anyway, listed so that a table can be compared with its notice.
    pub off_weekend: Vec<Date>,
    /// Weekend days that are worked in return for a day off.
    pub work: Vec<Date>,
}

impl YearData {
    /// Whether any day is off. Every year has holidays, so a table without one was never filled in.
    pub fn has_holiday(&self) -> bool {
        !(self.off.is_empty() && self.off_weekend.is_empty())
    }
}

/// A second layer over a calendar: the days on which one office differs, e.g. flood duty or a closed service hall.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// Days on which this office is closed.
    pub off: Vec<Date>,
    /// Days on which this office works.
    pub work: Vec<Date>,
}

/// A table of days that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The years with a table are not exactly the years that are said to be covered.
    #[error("the table must hold each year from {0} to {1} and no other")]
    Coverage(i16, i16),
    /// A date stands in the table of another year.
    #[error("{0} stands in the table of {1}")]
    WrongYear(Date, i16),
    /// A weekday is listed as a weekend day, or a weekend day as a weekday.
    #[error("{0} is not the kind of weekday that its list is for")]
    WrongWeekday(Date),
    /// A date is listed twice.
    #[error("{0} is listed twice")]
    Twice(Date),
}

/// What a table says about a day that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayKind {
    Off,
    Work,
}

/// A working-day calendar of checked data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    version: u32,
    coverage: (i16, i16),
    days: BTreeMap<Date, DayKind>,
}

impl Calendar {
    /// Checks a table and makes the calendar of it.
    ///
    /// Refuses what a typing error would produce: a missing year, a date in the wrong year, on the wrong kind of
    /// weekday, or listed twice.
    pub fn from_data(data: CalendarData) -> Result<Self, CalendarError> {
        let (first, last) = data.coverage;
        if first > last || !data.years.keys().copied().eq(first..=last) {
            return Err(CalendarError::Coverage(first, last));
        }
        let mut days = BTreeMap::new();
        for (year, table) in data.years {
            check_year(year, &table)?;
            let off = table.off.into_iter().chain(table.off_weekend);
            name_days(&mut days, off, DayKind::Off)?;
            name_days(&mut days, table.work, DayKind::Work)?;
        }
        Ok(Self {
            version: data.version,
            coverage: data.coverage,
            days,
        })
    }

    /// The same calendar with one office's own days on top of it.
    ///
    /// Version and coverage stay: an overlay says nothing about the year's public holidays. Refuses a date that the
    /// overlay itself lists twice.
    pub fn with_overlay(mut self, overlay: Overlay) -> Result<Self, CalendarError> {
        let mut own = BTreeMap::new();
        name_days(&mut own, overlay.off, DayKind::Off)?;
        name_days(&mut own, overlay.work, DayKind::Work)?;
        self.days.extend(own);
        Ok(self)
    }

    /// The revision of the table.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether the year of `day` is announced; what is derived from any other day is provisional.
    pub fn covers(&self, day: Date) -> bool {
        (self.coverage.0..=self.coverage.1).contains(&day.year())
    }

    /// Whether an operator must load the coming year: it is December and its days are not announced here, though the
    /// State Council announces them in autumn. What falls due in that year is provisional until then.
    pub fn lacks_next_year(&self, now: Timestamp) -> bool {
        let today = date_of(now);
        today.month() == 12 && !self.covers(today.saturating_add(1.year()))
    }

    /// Whether offices are open on `day`.
    pub fn is_working_day(&self, day: Date) -> bool {
        match self.days.get(&day) {
            Some(kind) => *kind == DayKind::Work,
            None => !is_weekend(day) && (self.covers(day) || !is_fixed_holiday(day)),
        }
    }

    /// The working days after `day`, without `day` itself, in order until the end of the year 9999.
    pub fn working_days_after(&self, day: Date) -> impl Iterator<Item = Date> {
        days_after(day).filter(|day| self.is_working_day(*day))
    }

    /// The first working day after `day`.
    pub fn next_working_day(&self, day: Date) -> Date {
        self.nth_working_day_after(day, 1)
    }

    /// The `n`-th working day after `day`, which itself does not count (Civil Code art. 201); for 0, `day`.
    ///
    /// At the end of the year 9999, where dates end, the answer is its last day.
    pub fn nth_working_day_after(&self, day: Date, n: u32) -> Date {
        match n.checked_sub(1) {
            None => day,
            Some(skipped) => self
                .working_days_after(day)
                .nth(skipped as usize)
                .unwrap_or(Date::MAX),
        }
    }

    /// The last working day before `day`.
    pub fn previous_working_day(&self, day: Date) -> Date {
        iter::successors(day.yesterday().ok(), |day| day.yesterday().ok())
            .find(|day| self.is_working_day(*day))
            .unwrap_or(Date::MIN)
    }

    /// `day` when it is a working day, else the first one after it (Civil Code art. 203).
    pub fn working_day_from(&self, day: Date) -> Date {
        if self.is_working_day(day) {
            day
        } else {
            self.next_working_day(day)
        }
    }

    /// How many working days the year has; 0 for a year that no date can express.
    pub fn working_days_in_year(&self, year: i16) -> u32 {
        iter::successors(Date::new(year, 1, 1).ok(), |day| day.tomorrow().ok())
            .take_while(|day| day.year() == year)
            .map(|day| u32::from(self.is_working_day(day)))
            .sum()
    }

    /// How many minutes offices are open in the year.
    pub fn office_minutes_in_year(&self, year: i16) -> i64 {
        let a_day: i64 = OFFICE_HOURS
            .iter()
            .map(|(open, close)| open.duration_until(*close).as_mins())
            .sum();
        a_day * i64::from(self.working_days_in_year(year))
    }
}

/// The whole second of a moment. Clocks and events count in whole seconds: what is stored is then exactly what is
/// computed.
pub fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The local date of a moment.
pub fn date_of(moment: Timestamp) -> Date {
    OFFSET.to_datetime(moment).date()
}

/// The moment of a local date and time; the last one that can be expressed when it lies beyond the year 9999.
pub fn moment_of(day: Date, time: Time) -> Timestamp {
    OFFSET
        .to_timestamp(day.to_datetime(time))
        .unwrap_or(Timestamp::MAX)
}

/// The days after `day`, without `day` itself.
pub(crate) fn days_after(day: Date) -> impl Iterator<Item = Date> {
    iter::successors(day.tomorrow().ok(), |day| day.tomorrow().ok())
}

/// Whether the day is a Saturday or a Sunday.
pub fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn is_fixed_holiday(day: Date) -> bool {
    FIXED_HOLIDAYS.contains(&(day.month(), day.day()))
}

fn check_year(year: i16, table: &YearData) -> Result<(), CalendarError> {
    let lists = [
        (&table.off, false),
        (&table.off_weekend, true),
        (&table.work, true),
    ];
    for (days, weekend) in lists {
        for day in days {
            if day.year() != year {
                return Err(CalendarError::WrongYear(*day, year));
            }
            if is_weekend(*day) != weekend {
                return Err(CalendarError::WrongWeekday(*day));
            }
        }
    }
    Ok(())
}

fn name_days(
    named: &mut BTreeMap<Date, DayKind>,
    days: impl IntoIterator<Item = Date>,
    kind: DayKind,
) -> Result<(), CalendarError> {
    for day in days {
        if named.insert(day, kind).is_some() {
            return Err(CalendarError::Twice(day));
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::civil::date;

    use super::*;

    fn seed_data() -> CalendarData {
        serde_json::from_str(include_str!("../../../../infra/seed/calendar.json")).unwrap()
    }

    pub(crate) fn seed() -> Calendar {
        Calendar::from_data(seed_data()).unwrap()
    }

    #[test]
    fn the_year_2026_has_248_working_days_of_450_minutes() {
        assert_eq!(seed().working_days_in_year(2026), 248);
        assert_eq!(seed().office_minutes_in_year(2026), 248 * 450);
    }

    #[test]
    fn make_up_days_are_worked_and_holidays_are_not() {
        let calendar = seed();
        for day in [
            date(2026, 1, 4),
            date(2026, 2, 14),
            date(2026, 2, 28),
            date(2026, 5, 9),
            date(2026, 9, 20),
            date(2026, 10, 10),
        ] {
            assert!(is_weekend(day) && calendar.is_working_day(day), "{day}");
        }
        for (first, n_days) in [
            (date(2026, 1, 1), 3),
            (date(2026, 2, 15), 9),
            (date(2026, 4, 4), 3),
            (date(2026, 5, 1), 5),
            (date(2026, 6, 19), 3),
            (date(2026, 9, 25), 3),
            (date(2026, 10, 1), 7),
        ] {
            for day in iter::once(first).chain(days_after(first)).take(n_days) {
                assert!(!calendar.is_working_day(day), "{day}");
            }
        }
    }

    #[test]
    fn from_december_on_the_coming_year_is_missed_until_it_is_loaded() {
        let calendar = seed();
        let (_, last) = calendar.coverage;
        let local = |month, day, time| moment_of(date(last, month, day), time);
        let last_second = time(23, 59, 59, 0);
        for (moment, is_missed) in [
            (local(1, 1, Time::MIN), false),
            (local(11, 30, last_second), false),
            (local(12, 1, Time::MIN), true),
            (local(12, 31, last_second), true),
            (moment_of(date(last - 1, 12, 1), Time::MIN), false),
            // No operator loaded it in time, and the year after it is the coming one now.
            (moment_of(date(last + 1, 6, 1), Time::MIN), false),
            (moment_of(date(last + 1, 12, 1), Time::MIN), true),
        ] {
            assert_eq!(calendar.lacks_next_year(moment), is_missed, "{moment}");
        }
    }

    #[test]
    fn working_days_are_found_in_both_directions() {
        let calendar = seed();
        let make_up_saturday = date(2026, 2, 14);
        let after_spring_festival = date(2026, 2, 24);
        assert_eq!(
            calendar.next_working_day(make_up_saturday),
            after_spring_festival
        );
        assert_eq!(
            calendar.previous_working_day(after_spring_festival),
            make_up_saturday
        );
        assert_eq!(
            calendar.working_day_from(make_up_saturday),
            make_up_saturday
        );
        assert_eq!(
            calendar.working_day_from(date(2026, 2, 15)),
            after_spring_festival
        );
        assert_eq!(
            calendar.nth_working_day_after(make_up_saturday, 3),
            date(2026, 2, 26)
        );
        assert_eq!(
            calendar.nth_working_day_after(date(2026, 2, 15), 0),
            date(2026, 2, 15)
        );
    }

    #[test]
    fn an_unannounced_year_has_weekends_and_fixed_holidays_only() {
        let calendar = seed();
        assert!(!calendar.covers(date(2027, 1, 1)));
        for (month, day) in FIXED_HOLIDAYS {
            assert!(!calendar.is_working_day(date(2027, month, day)));
        }
        // The day after Labor Day's statutory two days: off in every announced year, unknown for this one.
        assert!(calendar.is_working_day(date(2027, 5, 4)));
        assert!(!calendar.is_working_day(date(2027, 5, 8)));
    }

    #[test]
    fn the_search_for_a_working_day_ends_where_dates_end() {
        assert_eq!(seed().next_working_day(Date::MAX), Date::MAX);
        assert_eq!(seed().previous_working_day(Date::MIN), Date::MIN);
        assert_eq!(moment_of(Date::MAX, CLOSE_OF_BUSINESS), Timestamp::MAX);
    }

    #[test]
    fn an_overlay_changes_its_own_days_only() {
        let overlay = Overlay {
            off: vec![date(2026, 11, 24)],
            work: vec![date(2026, 11, 28), date(2027, 1, 1)],
        };
        let calendar = seed().with_overlay(overlay).unwrap();
        assert!(!calendar.is_working_day(date(2026, 11, 24)));
        assert!(calendar.is_working_day(date(2026, 11, 28)));
        assert!(calendar.is_working_day(date(2027, 1, 1)));
        assert!(!calendar.covers(date(2027, 1, 1)));
        assert_eq!(calendar.working_days_in_year(2026), 248);
        let twice = Overlay {
            off: vec![date(2026, 11, 24)],
            work: vec![date(2026, 11, 24)],
        };
        assert_eq!(
            seed().with_overlay(twice),
            Err(CalendarError::Twice(date(2026, 11, 24)))
        );
    }

    #[track_caller]
    fn refused(change: impl FnOnce(&mut CalendarData), expected: CalendarError) {
        let mut data = seed_data();
        change(&mut data);
        assert_eq!(Calendar::from_data(data), Err(expected));
    }

    #[test]
    fn a_table_with_typing_errors_is_refused() {
        let year = |data: &mut CalendarData, day: Date| {
            data.years.get_mut(&2026).unwrap().work.push(day);
        };
        refused(
            |data| data.coverage.1 = 2027,
            CalendarError::Coverage(2024, 2027),
        );
        refused(
            |data| data.coverage = (2026, 2024),
            CalendarError::Coverage(2026, 2024),
        );
        refused(
            |data| year(data, date(2025, 1, 4)),
            CalendarError::WrongYear(date(2025, 1, 4), 2026),
        );
        refused(
            |data| year(data, date(2026, 1, 5)),
            CalendarError::WrongWeekday(date(2026, 1, 5)),
        );
        refused(
            |data| year(data, date(2026, 1, 4)),
            CalendarError::Twice(date(2026, 1, 4)),
        );
    }

    #[test]
    fn a_table_survives_being_stored() {
        let stored = serde_json::to_string(&seed_data()).unwrap();
        assert_eq!(
            serde_json::from_str::<CalendarData>(&stored).unwrap(),
            seed_data()
        );
    }
}
