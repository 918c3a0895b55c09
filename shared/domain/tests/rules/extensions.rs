//! Extensions: asked for before the promise falls due, granted one level up, as often as the tier allows.

use zhitiao_domain::case::decide::{Command, Refusal};
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::proposal::Matter;
use zhitiao_domain::case::state::Verb;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{EventKind, Visibility};
use zhitiao_domain::kernel::ladder::Rung;

use crate::case_rules::fault;
use crate::district::{
    DESK, MONDAY, STREET_DESK, STREET_DIRECTOR, STREET_SECRETARY, SUBDISTRICT, Story, approve,
    assign, extend, triage,
};

/// An ordinary case that the subdistrict works on, due on Monday the 30th at 17:30.
fn ordinary() -> Story {
    Story::at_work()
}

#[test]
fn more_time_moves_the_promise_by_working_days_and_the_resident_reads_why() {
    let extended = ordinary()
        .then(STREET_DESK, extend(10))
        .then(STREET_DIRECTOR, approve(Matter::Extension));
    assert_eq!(
        extended.due(ClockKind::Resolve).unwrap(),
        "2026-12-14T17:30"
    );
    assert_eq!(extended.last().visibility(), Visibility::Public);
    let EventKind::Extended { due_at, reason, .. } = extended.last() else {
        panic!("{:?}", extended.last());
    };
    assert_eq!(*due_at, extended.case.due_at());
    assert!(!reason.is_empty());
    // Asking alone moves nothing.
    let asked = ordinary().then(STREET_DESK, extend(10));
    assert_eq!(asked.due(ClockKind::Resolve).unwrap(), "2026-11-30T17:30");
}

#[test]
fn more_time_is_asked_for_before_the_promise_falls_due_and_not_a_second_later() {
    let last_moment = ordinary().until("2026-11-30T17:30");
    assert!(last_moment.try_to(STREET_DESK, extend(1)).is_ok());
    let late = ordinary().until("2026-11-30T17:31");
    let refused = late.refusal(STREET_DESK, extend(1));
    assert_eq!(refused, Refusal::NotNow("extension_too_late"));
    // Asked for in time, it may be granted later: the ladder begins anew.
    let granted = last_moment
        .then(STREET_DESK, extend(2))
        .until("2026-12-01T10:00")
        .then(STREET_DIRECTOR, approve(Matter::Extension));
    assert_eq!(granted.due(ClockKind::Resolve).unwrap(), "2026-12-02T17:30");
    // The red card was shown already; what comes next is counted from the new promise.
    let rungs = granted.until("2026-12-08T10:00").rungs(ClockKind::Resolve);
    let notice = (Rung::Notice, "2026-12-07T09:00".to_owned());
    assert_eq!(rungs.last(), Some(&notice), "{rungs:?}");
}

#[test]
fn a_tier_allows_so_many_extensions_of_such_a_length_and_no_more() {
    let too_long = ordinary().refusal(STREET_DESK, extend(11));
    assert_eq!(too_long, fault("work_days", "extension_out_of_range"));
    let once = ordinary()
        .then(STREET_DESK, extend(10))
        .then(STREET_DIRECTOR, approve(Matter::Extension));
    let twice = once.refusal(STREET_DESK, extend(1));
    assert_eq!(twice, Refusal::NotNow("no_extension_left"));
    let danger = Story::received_as("manhole-cover", MONDAY)
        .then(DESK, triage("manhole-cover"))
        .then(STREET_DESK, assign(SUBDISTRICT))
        .then(STREET_DESK, Command::Accept);
    let none = danger.refusal(STREET_DESK, extend(1));
    assert_eq!(none, Refusal::NotNow("no_extension_left"));
}

#[test]
fn the_second_extension_of_a_hard_case_is_granted_by_the_secretary() {
    let noise = Story::received_as("noise", MONDAY)
        .then(DESK, triage("noise"))
        .then(STREET_DESK, assign(SUBDISTRICT))
        .then(STREET_DESK, Command::Accept)
        .then(STREET_DESK, extend(10))
        .then(STREET_DIRECTOR, approve(Matter::Extension))
        .then(STREET_DESK, extend(10));
    let by_director = noise.refusal(STREET_DIRECTOR, approve(Matter::Extension));
    assert_eq!(by_director, Refusal::NotAllowed(Verb::ApproveExtension));
    let granted = noise.then(STREET_SECRETARY, approve(Matter::Extension));
    assert_eq!(granted.case.extensions.len(), 2);
}

#[test]
fn nobody_grants_the_time_that_they_asked_for() {
    let own = ordinary().then(STREET_DIRECTOR, extend(3));
    let refused = own.refusal(STREET_DIRECTOR, approve(Matter::Extension));
    assert_eq!(refused, Refusal::NotNow("same_person"));
    let below = ordinary().then(STREET_DESK, extend(3));
    let refused = below.refusal("li.jianguo", approve(Matter::Extension));
    assert_eq!(refused, Refusal::NotAllowed(Verb::ApproveExtension));
}

#[test]
fn an_extended_promise_still_stands_still_on_hold() {
    let held = ordinary()
        .then(STREET_DESK, extend(10))
        .then(STREET_DIRECTOR, approve(Matter::Extension))
        .until("2026-12-01T10:00")
        .held(HoldReason::Season, "2026-12-20T10:00")
        .until("2026-12-03T10:00")
        .then(STREET_DESK, Command::Resume);
    // Held at the close of two working days: the 14th becomes the 16th.
    assert_eq!(held.due(ClockKind::Resolve).unwrap(), "2026-12-16T17:30");
}
