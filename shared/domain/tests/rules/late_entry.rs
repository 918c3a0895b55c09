//! Slips and calls that are entered later than they came in.

use jiff::{SignedDuration, Timestamp};
use zhitiao_domain::case::late_entry::{LateEntry, may_have_come_in};
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Author, Case, Event, EventKind, Visibility};

use crate::district::{COMMUNITY, DESK, MONDAY, at, received, rules, staff_id, unit};

/// A case of Friday that was entered on Monday.
fn entered(category: &str) -> (Case, Event) {
    let mut case = received(Some(category), at("2026-11-20T16:00"));
    let entry = LateEntry {
        at: at(MONDAY),
        by: staff_id(DESK),
        unit: unit(COMMUNITY),
        reason: "周五投进意见箱".to_owned(),
    };
    let event = case.enter_late(entry, rules());
    (case, event)
}

fn start(case: &Case, kind: ClockKind) -> Timestamp {
    case.timers.get(kind).unwrap().start
}

#[test]
fn the_residents_clocks_run_from_the_receipt_and_the_desks_from_the_entry() {
    let friday = at("2026-11-20T16:00");
    for category in ["street-lamp", "manhole-cover"] {
        let (case, _) = entered(category);
        let in_time = received(Some(category), friday);
        assert_eq!(case.due_at(), in_time.due_at(), "{category}");
        assert_eq!(start(&case, ClockKind::Resolve), friday);
        assert_eq!(start(&case, ClockKind::ResidentUpdate), friday);
        assert_eq!(start(&case, ClockKind::Triage), at(MONDAY));
        let today = received(Some(category), at(MONDAY));
        let due = |case: &Case, kind| case.timers.get(kind).map(|timer| timer.due);
        for kind in [ClockKind::Triage, ClockKind::Secure] {
            assert_eq!(due(&case, kind), due(&today, kind), "{category} {kind:?}");
        }
    }
    // Danger of Friday is late from the first minute, and the sweep says so.
    let (danger, _) = entered("manhole-cover");
    assert!(danger.is_overdue(at(MONDAY)));
    assert!(danger.remind(rules(), at(MONDAY)).is_some());
}

#[test]
fn the_entry_is_event_1_with_its_reason_and_for_staff_only() {
    let (case, event) = entered("street-lamp");
    assert_eq!(
        (event.number, event.at, case.rev, case.version),
        (1, at(MONDAY), 1, 1)
    );
    let author = Author::Staff {
        id: staff_id(DESK),
        unit: unit(COMMUNITY),
    };
    assert_eq!(event.author, author);
    let kind = EventKind::EnteredLate {
        received_at: at("2026-11-20T16:00"),
        reason: "周五投进意见箱".to_owned(),
    };
    assert_eq!(event.kind, kind);
    assert_eq!(event.kind.visibility(), Visibility::Internal);
}

#[test]
fn a_slip_may_have_waited_a_week_and_comes_from_no_future() {
    let now = at(MONDAY);
    let second = SignedDuration::from_secs(1);
    let week = SignedDuration::from_hours(7 * 24);
    for (received, may) in [
        (now, true),
        (now - second, true),
        (now - week, true),
        (now - week - second, false),
        (now + second, false),
        (Timestamp::MIN, false),
        (Timestamp::MAX, false),
    ] {
        assert_eq!(may_have_come_in(received, now), may, "{received}");
    }
}
