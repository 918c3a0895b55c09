//! The golden cases of the clock engine: their file format and the comparison with the engine's own answer.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use zhitiao_domain::kernel::calendar::{Calendar, CalendarData, OFFSET};
use zhitiao_domain::kernel::deadline::{ClockSpec, Hold, due, red_day, yellow_day};

/// One promise with its answer.
#[derive(Deserialize)]
pub(crate) struct Golden {
    kind: Kind,
    start: Timestamp,
    n: u32,
    #[serde(default)]
    holds: Vec<Hold>,
    due: Option<Timestamp>,
    yellow_day: Option<Date>,
    red_day: Option<Date>,
    #[serde(default)]
    note: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Hours,
    WorkMinutes,
    WorkDays,
    CalendarDays,
}

/// What the engine says about a golden case.
pub(crate) struct Answer {
    due: Option<Timestamp>,
    yellow_day: Option<Date>,
    red_day: Option<Date>,
}

impl Golden {
    /// Asks the engine.
    pub(crate) fn answer(&self, calendar: &Calendar) -> Answer {
        let spec = match self.kind {
            Kind::Hours => ClockSpec::hours(self.n),
            Kind::WorkMinutes => ClockSpec::WorkMinutes(self.n),
            Kind::WorkDays => ClockSpec::WorkDays(self.n),
            Kind::CalendarDays => ClockSpec::CalendarDays(self.n),
        };
        let due = due(spec, self.start, &self.holds, calendar).map(|due| due.at);
        Answer {
            due,
            yellow_day: due.map(|due| yellow_day(due, calendar)),
            red_day: due.map(|due| red_day(due, calendar)),
        }
    }

    /// Whether the answer is the golden one. A case that names no days of the cards leaves them open.
    pub(crate) fn matches(&self, answer: &Answer) -> bool {
        self.due == answer.due
            && (self.yellow_day.is_none() || self.yellow_day == answer.yellow_day)
            && (self.red_day.is_none() || self.red_day == answer.red_day)
    }

    /// One line for people: the answer, and beside it what was expected when that differs.
    pub(crate) fn line(&self, answer: &Answer) -> String {
        let found = columns(answer.due, answer.yellow_day, answer.red_day);
        if self.matches(answer) {
            format!("ok    {found}  {}", self.note)
        } else {
            let expected = columns(self.due, self.yellow_day, self.red_day);
            format!("DIFF  {found}  expected {expected}  {}", self.note)
        }
    }
}

/// Reads a file of golden cases.
pub(crate) fn read(json: &str) -> serde_json::Result<Vec<Golden>> {
    serde_json::from_str(json)
}

/// The calendar that the service is seeded with.
pub(crate) fn seed_calendar() -> Calendar {
    let data: CalendarData =
        serde_json::from_str(include_str!("../../../../infra/seed/calendar.json"))
            .expect("the seeded calendar is well-formed");
    Calendar::from_data(data).expect("the seeded calendar is consistent")
}

fn columns(due: Option<Timestamp>, yellow: Option<Date>, red: Option<Date>) -> String {
    let day = |day: Option<Date>| day.map_or("-".to_owned(), |day| day.to_string());
    let due = due.map_or("-".to_owned(), |due| {
        due.display_with_offset(OFFSET).to_string()
    });
    format!(
        "due {due:<25}  yellow {:<10}  red {:<10}",
        day(yellow),
        day(red)
    )
}
