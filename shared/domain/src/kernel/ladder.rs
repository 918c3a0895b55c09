//! The ladder of reminders around a due moment, and which of its rungs fires next.
//!
//! A ladder is a pure function of the clock it belongs to; all that is stored is the [`Climb`], a single number. The
//! caller writes the climb of [`Fired`] under the condition that the stored one has not changed, and so each rung
//! fires once, whatever runs twice or late.

use jiff::civil::{Date, Time, time};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::kernel::calendar::{Calendar, date_of, moment_of};
use crate::kernel::deadline::{ClockSpec, Hold, due, due_day, yellow_day};

/// The local time at which reminders go out that belong to a day: 09:00.
const MORNING: Time = time(9, 0, 0, 0);

/// Working days between one repeated reminder and the next.
const REPEAT_EVERY: usize = 5;

/// One step of the ladder, from the lowest to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// Half of the promise is used up.
    Half,
    /// 黄牌: the working day before the due.
    Yellow,
    /// The due moment.
    Due,
    /// 红牌: the first working day after the due.
    Red,
    /// 催办: the third working day after the due.
    Notice,
    /// 通报: the fifth working day after the due.
    Report,
    /// Every fifth working day from then on.
    Repeat,
}

/// Which rungs a ladder has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LadderKind {
    /// Every rung, on working days.
    Full,
    /// Danger to life or property, at any hour: due, red 15 minutes after it, notice 30 minutes, report 1 hour; then
    /// repeats on working days.
    Danger,
    /// Due and red, on working days.
    Short,
    /// Due and red, on working days; then repeats, counted from red.
    ShortRepeating,
    /// Due on working days; then repeats, counted from there.
    Repeating,
    /// Danger to life or property, at any hour: due, and red 15 minutes after it.
    ShortDanger,
}

/// How high a ladder has been climbed: the rungs up to there have fired or were superseded.
///
/// It only grows while the due moment stands or moves earlier, so nothing below it is ever sent again.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Climb(u32);

impl Climb {
    /// The climb of a stored number; every number is one.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The number to store: 0 before the first rung, 1 to 6 for half to report, 7 for the first repeat and so on.
    pub const fn to_bits(self) -> u32 {
        self.0
    }

    /// The highest rung that was reached.
    pub const fn reached(self) -> Option<Rung> {
        Some(match self.0 {
            0 => return None,
            1 => Rung::Half,
            2 => Rung::Yellow,
            3 => Rung::Due,
            4 => Rung::Red,
            5 => Rung::Notice,
            6 => Rung::Report,
            _ => Rung::Repeat,
        })
    }

    /// How many repeats have fired or were superseded.
    pub const fn repeats(self) -> u32 {
        self.0.saturating_sub(Self::to(Rung::Report).0)
    }

    /// The climb under a due that has moved later: the rungs not yet reached are ahead again, and so are all repeats.
    ///
    /// Without this the repeats that were sent would count as sent for the new due too, and a case that was overdue
    /// for long would fall silent for as long again.
    pub fn rearmed(self) -> Self {
        self.min(Self::to(Rung::Report))
    }

    const fn to(rung: Rung) -> Self {
        Self(rung as u32 + 1)
    }
}

/// The ladder of one clock.
#[derive(Debug, Clone, Copy)]
pub struct Ladder<'a> {
    /// Which rungs there are.
    pub kind: LadderKind,
    /// The promise, of which half is the lowest rung.
    pub spec: ClockSpec,
    /// The start of the clock; rungs that lie before it never fire.
    pub start: Timestamp,
    /// The due moment in force, which an extension may have moved away from `spec`.
    pub due: Timestamp,
    /// The intervals in which the clock stood still.
    pub holds: &'a [Hold],
    /// The working days.
    pub calendar: &'a Calendar,
}

/// A rung that is due to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// The rung.
    pub rung: Rung,
    /// When it should have fired; earlier than now after an outage.
    pub scheduled_at: Timestamp,
    /// Lower rungs that will never be sent: they were missed, or lay before the clock's start.
    pub superseded: Vec<Rung>,
    /// The climb to store with the reminder.
    pub climb: Climb,
}

/// One rung in time; repeats are steps of their own.
#[derive(Debug, Clone, Copy)]
struct Step {
    climb: Climb,
    rung: Rung,
    at: Timestamp,
}

impl Ladder<'_> {
    /// The rungs and their moments, ascending in both; without repeats, with those before the clock's start.
    pub fn rungs(&self) -> Vec<(Rung, Timestamp)> {
        match self.kind {
            LadderKind::Full => self.full(),
            LadderKind::Short | LadderKind::ShortRepeating => {
                vec![
                    (Rung::Due, self.due_reminder()),
                    (Rung::Red, self.morning_after_due(1)),
                ]
            }
            LadderKind::Repeating => vec![(Rung::Due, self.due_reminder())],
            LadderKind::Danger => self.minutes_after_due(&[
                (Rung::Due, 0),
                (Rung::Red, 15),
                (Rung::Notice, 30),
                (Rung::Report, 60),
            ]),
            LadderKind::ShortDanger => self.minutes_after_due(&[(Rung::Due, 0), (Rung::Red, 15)]),
        }
    }

    /// The next moment at which [`Ladder::fire`] will answer, and the rung that it will answer then.
    ///
    /// The moment may be past: that rung is waiting. `None` when the ladder ends below; full, danger and repeating
    /// ladders never end.
    pub fn next(&self, climb: Climb) -> Option<(Rung, Timestamp)> {
        let mut ahead = self.ahead(climb);
        let first = ahead.next()?;
        let last = ahead
            .take_while(|step| step.at == first.at)
            .last()
            .unwrap_or(first);
        Some((last.rung, last.at))
    }

    /// The highest rung that is due by `now` and not climbed yet. Of several repeats that were missed one fires.
    pub fn fire(&self, climb: Climb, now: Timestamp) -> Option<Fired> {
        let top = self.ahead(climb).take_while(|step| step.at <= now).last()?;
        let missed = |rung: &Rung| Climb::to(*rung) > climb && *rung < top.rung;
        Some(Fired {
            rung: top.rung,
            scheduled_at: top.at,
            superseded: self
                .rungs()
                .into_iter()
                .map(|(rung, _)| rung)
                .filter(missed)
                .collect(),
            climb: top.climb,
        })
    }

    /// The steps above `climb` that do not lie before the clock's start, in time order.
    fn ahead(&self, climb: Climb) -> impl Iterator<Item = Step> {
        let rungs = self.rungs();
        let top = rungs.last().copied();
        rungs
            .into_iter()
            .map(|(rung, at)| Step {
                climb: Climb::to(rung),
                rung,
                at,
            })
            .chain(self.repeats(top))
            .filter(move |step| step.climb > climb && step.at >= self.start)
    }

    /// The repeats after the highest rung, for the kinds that have them.
    fn repeats(&self, top: Option<(Rung, Timestamp)>) -> impl Iterator<Item = Step> {
        let repeating = matches!(
            self.kind,
            LadderKind::Full
                | LadderKind::Danger
                | LadderKind::ShortRepeating
                | LadderKind::Repeating
        );
        top.filter(|_| repeating)
            .into_iter()
            .flat_map(|(_, at)| self.calendar.working_days_after(date_of(at)))
            .skip(REPEAT_EVERY - 1)
            .step_by(REPEAT_EVERY)
            .zip(Climb::to(Rung::Repeat).0..)
            .map(|(day, climb)| Step {
                climb: Climb(climb),
                rung: Rung::Repeat,
                at: moment_of(day, MORNING),
            })
    }

    fn full(&self) -> Vec<(Rung, Timestamp)> {
        let yellow = moment_of(yellow_day(self.due, self.calendar), MORNING);
        let half = self.half().filter(|half| *half < yellow);
        half.map(|half| (Rung::Half, half))
            .into_iter()
            .chain([
                (Rung::Yellow, yellow),
                (Rung::Due, self.due_reminder()),
                (Rung::Red, self.morning_after_due(1)),
                (Rung::Notice, self.morning_after_due(3)),
                (Rung::Report, self.morning_after_due(5)),
            ])
            .collect()
    }

    /// The morning of the day on which half of the promise is used up.
    fn half(&self) -> Option<Timestamp> {
        let half = due(self.spec.half(), self.start, self.holds, self.calendar)?;
        Some(self.morning_from(due_day(half.at)))
    }

    /// The due moment, or the next working morning when it falls on a rest day: the due itself does not move.
    fn due_reminder(&self) -> Timestamp {
        let day = due_day(self.due);
        if self.calendar.is_working_day(day) {
            self.due
        } else {
            self.morning_from(day)
        }
    }

    fn morning_after_due(&self, working_days: u32) -> Timestamp {
        moment_of(
            self.calendar
                .nth_working_day_after(due_day(self.due), working_days),
            MORNING,
        )
    }

    fn morning_from(&self, day: Date) -> Timestamp {
        moment_of(self.calendar.working_day_from(day), MORNING)
    }

    fn minutes_after_due(&self, rungs: &[(Rung, i64)]) -> Vec<(Rung, Timestamp)> {
        let after = |minutes| {
            self.due
                .checked_add(SignedDuration::from_mins(minutes))
                .unwrap_or(Timestamp::MAX)
        };
        rungs
            .iter()
            .map(|(rung, minutes)| (*rung, after(*minutes)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::calendar::tests::seed;

    /// A moment of the local time zone, from `2026-11-23T09:00`.
    fn at(local: &str) -> Timestamp {
        format!("{local}+08:00").parse().unwrap()
    }

    fn ladder<'a>(
        kind: LadderKind,
        spec: ClockSpec,
        start: &str,
        calendar: &'a Calendar,
    ) -> Ladder<'a> {
        let start = at(start);
        let due = due(spec, start, &[], calendar).unwrap().at;
        Ladder {
            kind,
            spec,
            start,
            due,
            holds: &[],
            calendar,
        }
    }

    #[track_caller]
    fn check(kind: LadderKind, spec: ClockSpec, start: &str, expected: &[(Rung, &str)]) {
        let calendar = seed();
        let rungs = ladder(kind, spec, start, &calendar).rungs();
        let expected: Vec<_> = expected
            .iter()
            .map(|(rung, moment)| (*rung, at(moment)))
            .collect();
        assert_eq!(rungs, expected);
    }

    const MONDAY: &str = "2026-11-23T10:00";

    #[test]
    fn the_full_ladder_stands_at_nine_in_the_morning_but_for_the_due_itself() {
        check(
            LadderKind::Full,
            ClockSpec::WorkDays(5),
            MONDAY,
            &[
                (Rung::Half, "2026-11-26T09:00"),
                (Rung::Yellow, "2026-11-27T09:00"),
                (Rung::Due, "2026-11-30T17:30"),
                (Rung::Red, "2026-12-01T09:00"),
                (Rung::Notice, "2026-12-03T09:00"),
                (Rung::Report, "2026-12-07T09:00"),
            ],
        );
    }

    #[test]
    fn half_is_dropped_when_it_would_not_precede_yellow() {
        let rungs =
            |n| ladder(LadderKind::Full, ClockSpec::WorkDays(n), MONDAY, &seed()).rungs()[0].0;
        assert_eq!(rungs(2), Rung::Yellow);
        assert_eq!(rungs(4), Rung::Half);
    }

    #[test]
    fn danger_climbs_at_any_hour_of_any_day() {
        check(
            LadderKind::Danger,
            ClockSpec::hours(2),
            "2026-10-01T01:30",
            &[
                (Rung::Due, "2026-10-01T03:30"),
                (Rung::Red, "2026-10-01T03:45"),
                (Rung::Notice, "2026-10-01T04:00"),
                (Rung::Report, "2026-10-01T04:30"),
            ],
        );
        check(
            LadderKind::ShortDanger,
            ClockSpec::ElapsedMinutes(15),
            "2026-10-01T01:30",
            &[
                (Rung::Due, "2026-10-01T01:45"),
                (Rung::Red, "2026-10-01T02:00"),
            ],
        );
    }

    #[test]
    fn a_due_on_a_rest_day_is_spoken_of_on_the_next_working_morning() {
        check(
            LadderKind::Short,
            ClockSpec::hours(24),
            "2026-11-27T14:00",
            &[
                (Rung::Due, "2026-11-30T09:00"),
                (Rung::Red, "2026-11-30T09:00"),
            ],
        );
        // Both rungs meet there, and the higher one speaks for both.
        let calendar = seed();
        let ladder = ladder(
            LadderKind::Short,
            ClockSpec::hours(24),
            "2026-11-27T14:00",
            &calendar,
        );
        let monday = at("2026-11-30T09:00");
        assert_eq!(ladder.due, at("2026-11-28T14:00"));
        assert_eq!(ladder.next(Climb::default()), Some((Rung::Red, monday)));
        let fired = ladder.fire(Climb::default(), monday).unwrap();
        assert_eq!((fired.rung, fired.superseded), (Rung::Red, vec![Rung::Due]));
        assert_eq!(ladder.next(fired.climb), None);
    }

    #[test]
    fn a_due_at_midnight_before_a_rest_day_is_not_moved() {
        check(
            LadderKind::Short,
            ClockSpec::CalendarDays(1),
            "2026-11-26T10:00",
            &[
                (Rung::Due, "2026-11-28T00:00"),
                (Rung::Red, "2026-11-30T09:00"),
            ],
        );
    }

    #[test]
    fn a_rung_before_the_start_is_superseded_and_never_fires() {
        let calendar = seed();
        let ladder = ladder(LadderKind::Full, ClockSpec::WorkDays(1), MONDAY, &calendar);
        assert_eq!(ladder.rungs()[0], (Rung::Yellow, at("2026-11-23T09:00")));
        assert_eq!(ladder.fire(Climb::default(), at(MONDAY)), None);
        let due = at("2026-11-24T17:30");
        assert_eq!(ladder.next(Climb::default()), Some((Rung::Due, due)));
        assert_eq!(
            ladder.fire(Climb::default(), due).unwrap().superseded,
            [Rung::Yellow]
        );
    }

    #[test]
    fn repeats_come_every_five_working_days_after_the_report() {
        let calendar = seed();
        let ladder = ladder(LadderKind::Full, ClockSpec::WorkDays(5), MONDAY, &calendar);
        let report = ladder
            .fire(Climb::default(), at("2026-12-07T09:00"))
            .unwrap();
        assert_eq!(report.rung, Rung::Report);
        assert_eq!(
            ladder.next(report.climb),
            Some((Rung::Repeat, at("2026-12-14T09:00")))
        );
        let first = ladder.fire(report.climb, at("2026-12-14T09:00")).unwrap();
        assert_eq!((first.climb.repeats(), first.superseded), (1, vec![]));
        assert_eq!(
            ladder.next(first.climb),
            Some((Rung::Repeat, at("2026-12-21T09:00")))
        );
    }

    #[test]
    fn a_short_ladder_repeats_from_red_only_when_asked_to() {
        let calendar = seed();
        let after_red = |kind| {
            let ladder = ladder(kind, ClockSpec::WorkDays(1), MONDAY, &calendar);
            let red = ladder
                .fire(Climb::default(), at("2026-11-25T09:00"))
                .unwrap();
            assert_eq!(red.rung, Rung::Red);
            ladder.next(red.climb)
        };
        assert_eq!(after_red(LadderKind::Short), None);
        assert_eq!(
            after_red(LadderKind::ShortRepeating),
            Some((Rung::Repeat, at("2026-12-02T09:00")))
        );
    }

    #[test]
    fn danger_repeats_on_working_mornings() {
        let calendar = seed();
        let ladder = ladder(
            LadderKind::Danger,
            ClockSpec::hours(2),
            "2026-10-01T01:30",
            &calendar,
        );
        let report = ladder
            .fire(Climb::default(), at("2026-10-01T04:30"))
            .unwrap();
        // 8, 9, the Saturday 10, 12 and 13 October are the five working days.
        assert_eq!(
            ladder.next(report.climb),
            Some((Rung::Repeat, at("2026-10-13T09:00")))
        );
    }

    #[test]
    fn of_several_missed_repeats_one_fires() {
        let calendar = seed();
        let ladder = ladder(LadderKind::Full, ClockSpec::WorkDays(5), MONDAY, &calendar);
        let fired = ladder
            .fire(Climb::to(Rung::Due), at("2026-12-25T12:00"))
            .unwrap();
        assert_eq!(
            (fired.rung, fired.scheduled_at),
            (Rung::Repeat, at("2026-12-21T09:00"))
        );
        assert_eq!(fired.superseded, [Rung::Red, Rung::Notice, Rung::Report]);
        assert_eq!(fired.climb.repeats(), 2);
        assert_eq!(ladder.fire(fired.climb, at("2026-12-25T12:00")), None);
    }

    #[test]
    fn a_later_due_re_arms_the_rungs_not_yet_reached() {
        let calendar = seed();
        let promised = ladder(LadderKind::Full, ClockSpec::WorkDays(5), MONDAY, &calendar);
        let climb = promised
            .fire(Climb::default(), at("2026-11-27T09:00"))
            .unwrap()
            .climb;
        assert_eq!(climb.reached(), Some(Rung::Yellow));
        let extended = Ladder {
            due: at("2026-12-14T17:30"),
            ..promised
        };
        assert_eq!(
            extended.next(climb.rearmed()),
            Some((Rung::Due, at("2026-12-14T17:30")))
        );
    }

    #[test]
    fn a_later_due_lets_repeats_begin_again_after_its_own_report_day() {
        let calendar = seed();
        let old = ladder(
            LadderKind::Full,
            ClockSpec::WorkDays(5),
            "2026-03-02T10:00",
            &calendar,
        );
        let climb = old
            .fire(Climb::default(), at("2026-06-01T12:00"))
            .unwrap()
            .climb;
        assert!(climb.repeats() > 5);
        let reset = Ladder {
            due: at("2026-06-08T17:30"),
            ..old
        };
        assert_eq!(
            reset.next(climb.rearmed()),
            Some((Rung::Repeat, at("2026-06-23T09:00")))
        );
    }

    #[test]
    fn an_earlier_due_never_sends_lower_rungs_again() {
        let calendar = seed();
        let old = ladder(LadderKind::Full, ClockSpec::WorkDays(5), MONDAY, &calendar);
        let climb = Climb::to(Rung::Red);
        let earlier = Ladder {
            due: at("2026-11-25T17:30"),
            ..old
        };
        assert_eq!(
            earlier.next(climb),
            Some((Rung::Notice, at("2026-11-30T09:00")))
        );
    }

    #[test]
    fn a_climb_is_stored_as_one_number() {
        assert_eq!(Climb::default().to_bits(), 0);
        assert_eq!(Climb::default().reached(), None);
        let rungs = [
            Rung::Half,
            Rung::Yellow,
            Rung::Due,
            Rung::Red,
            Rung::Notice,
            Rung::Report,
            Rung::Repeat,
        ];
        for (bits, rung) in (1..).zip(rungs) {
            assert_eq!(Climb::to(rung).to_bits(), bits);
            assert_eq!(Climb::from_bits(bits).reached(), Some(rung));
        }
        assert_eq!(Climb::from_bits(6).repeats(), 0);
        assert_eq!(Climb::from_bits(9).repeats(), 3);
        assert_eq!(Climb::from_bits(u32::MAX).reached(), Some(Rung::Repeat));
    }

    #[test]
    fn rungs_are_stored_by_name() {
        assert_eq!(serde_json::to_string(&Rung::Yellow).unwrap(), r#""yellow""#);
        assert_eq!(
            serde_json::to_string(&LadderKind::ShortDanger).unwrap(),
            r#""short_danger""#
        );
    }
}
