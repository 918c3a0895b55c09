//! A table of days as operators send it, read into [`CalendarData`] with every fault named at its day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time};
use zhitiao_domain::kernel::calendar::{CalendarData, YearData, is_weekend};
use zhitiao_domain::kernel::limits::{CALENDAR_YEARS, SOURCE_CHARS};
use zhitiao_edge::{FieldErrors, Fields, body};

body! {
    /// The holidays of all years.
    pub(crate) struct TableBody {
        /// Where the dates come from, up to 200 characters.
        #[example("国务院办公厅关于2027年部分节假日安排的通知")]
        source: String = required line(1..=SOURCE_CHARS),
        /// Every year of the calendar in force, and new ones, without a gap.
        years: Vec<(i16, YearData)> = required list(1..=CALENDAR_YEARS, object(YearBody::year)),
    }
}

body! {
    /// The announced days of one year.
    pub(crate) struct YearBody {
        /// The year.
        #[example(2027)]
        year: i16 = required integer(2000..=2999),
        /// Days off from Monday to Friday.
        off: Vec<Date> = required list(0..=366, parsed(date)),
        /// Days of a holiday that fall on a weekend.
        off_weekend: Vec<Date> = required list(0..=366, parsed(date)),
        /// Weekend days that are worked in return.
        work: Vec<Date> = required list(0..=366, parsed(date)),
    }
}

/// A date as ISO 8601 writes it and in no other way.
pub(crate) fn date(text: &str) -> Result<Date, ()> {
    let date = Date::strptime("%Y-%m-%d", text).map_err(|_| ())?;
    (date.to_string() == text).then_some(date).ok_or(())
}

/// A time of day, `21:30`.
pub(crate) fn clock(text: &str) -> Result<Time, ()> {
    let time = Time::strptime("%H:%M", text).map_err(|_| ())?;
    (time.strftime("%H:%M").to_string() == text)
        .then_some(time)
        .ok_or(())
}

impl TableBody {
    /// The whole table, as the version that is given.
    pub(crate) fn table(f: &mut Fields) -> Result<CalendarData, FieldErrors> {
        let Self { source, years } = Self::read(f)?;
        let mut table = BTreeMap::new();
        for (i, (year, days)) in years.into_iter().enumerate() {
            if table.insert(year, days).is_some() {
                let field = format!("years[{i}].year");
                return Err(f.refuse(&field, "twice"));
            }
        }
        let ends = table.keys().next().zip(table.keys().next_back());
        let coverage = ends.map_or((0, 0), |(first, last)| (*first, *last));
        if !table.keys().copied().eq(coverage.0..=coverage.1) {
            return Err(f.refuse("years", "incomplete"));
        }
        Ok(CalendarData {
            version: 0,
            source,
            coverage,
            years: table,
        })
    }
}

impl YearBody {
    fn year(f: &mut Fields) -> Result<(i16, YearData), FieldErrors> {
        let Self {
            year,
            off,
            off_weekend,
            work,
        } = Self::read(f)?;
        let mut named = BTreeSet::new();
        let lists = [
            ("off", &off, false),
            ("off_weekend", &off_weekend, true),
            ("work", &work, true),
        ];
        let mut faulty = None;
        for (list, days, weekend) in lists {
            for (i, day) in days.iter().enumerate() {
                let field = format!("{list}[{i}]");
                if day.year() != year {
                    faulty = Some(f.refuse(&field, "wrong_year"));
                } else if is_weekend(*day) != weekend {
                    faulty = Some(f.refuse(&field, "wrong_weekday"));
                } else if !named.insert(*day) {
                    faulty = Some(f.refuse(&field, "twice"));
                }
            }
        }
        let days = YearData {
            off,
            off_weekend,
            work,
        };
        if faulty.is_none() && !days.has_holiday() {
            faulty = Some(f.refuse("off", "no_holiday"));
        }
        faulty.map_or(Ok((year, days)), Err)
    }
}
