//! What every command and every reminder computes. `make bench`; compare rows of one run, never of two.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark ends where something is missing"
)]

use jiff::Timestamp;
use zhitiao_domain::kernel::calendar::{Calendar, CalendarData};
use zhitiao_domain::kernel::deadline::{ClockSpec, Hold, due};
use zhitiao_domain::kernel::ladder::{Climb, Ladder, LadderKind};

fn main() {
    divan::main();
}

fn calendar() -> Calendar {
    let data: CalendarData =
        serde_json::from_str(include_str!("../../../infra/seed/calendar.json")).unwrap();
    Calendar::from_data(data).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const SPECS: [(&str, ClockSpec); 4] = [
    ("24 hours", ClockSpec::ElapsedMinutes(1440)),
    ("450 office minutes", ClockSpec::WorkMinutes(450)),
    ("15 working days", ClockSpec::WorkDays(15)),
    ("15 calendar days", ClockSpec::CalendarDays(15)),
];

#[divan::bench(args = SPECS.map(|(name, _)| name))]
fn due_across_spring_festival(bencher: divan::Bencher<'_, '_>, name: &str) {
    let calendar = calendar();
    let start = at("2026-02-10T09:00:00+08:00");
    let holds = [Hold {
        from: at("2026-02-12T09:00:00+08:00"),
        to: Some(at("2026-02-26T09:00:00+08:00")),
    }];
    let spec = SPECS.iter().find(|(known, _)| *known == name).unwrap().1;
    bencher.bench(|| due(divan::black_box(spec), start, &holds, &calendar));
}

#[divan::bench]
fn next_rung(bencher: divan::Bencher<'_, '_>) {
    let calendar = calendar();
    let start = at("2026-11-23T09:00:00+08:00");
    let spec = ClockSpec::WorkDays(5);
    let due = due(spec, start, &[], &calendar).unwrap().at;
    let ladder = Ladder {
        kind: LadderKind::Full,
        spec,
        start,
        due,
        holds: &[],
        calendar: &calendar,
    };
    bencher.bench(|| divan::black_box(ladder).next(Climb::default()));
}
