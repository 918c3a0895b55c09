//! No message reaches nobody: every loud event, whichever of the staff are still there.

use std::sync::LazyLock;

use proptest::prelude::*;
use std::collections::BTreeSet;

use zhitiao_domain::case::EventKind;
use zhitiao_domain::case::NoteTo;
use zhitiao_domain::case::audience;
use zhitiao_domain::case::event::ResumeCause;
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::proposal::Matter;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::kernel::ladder::Rung;
use zhitiao_domain::kernel::org::{Role, Staff, Unit, UnitKind};
use zhitiao_domain::notify::audience::Addressee;

use crate::audience::{event, reminded};
use crate::district::{
    self, COMMUNITY, DEPARTMENT, MONDAY, STREET_DIRECTOR, SUBDISTRICT, Story, TEAM, at, category,
    received, staff_id, unit,
};

/// The units of the tests' cases, with the departments that the categories name.
static NEAR: LazyLock<(Vec<Unit>, Vec<Staff>)> = LazyLock::new(|| {
    let near = ["shinan", SUBDISTRICT, TEAM, COMMUNITY, DEPARTMENT];
    let is_near = |id: &str| near.contains(&id);
    let mut units = district::units();
    units.retain(|unit| unit.kind == UnitKind::Department || is_near(unit.id.as_str()));
    let mut staff = district::all_staff();
    staff.retain(|person| person.posts.iter().all(|post| is_near(post.unit.as_str())));
    (units, staff)
});

fn reason() -> String {
    "原因".to_owned()
}

/// The loud events by which a case passes from hand to hand.
fn events_of_handling() -> Vec<EventKind> {
    vec![
        EventKind::Assigned {
            unit: unit(SUBDISTRICT),
            person: None,
            reason: None,
        },
        EventKind::Escalated {
            from: unit(COMMUNITY),
            unit: unit(SUBDISTRICT),
            reason: reason(),
        },
        EventKind::Returned {
            from: unit(SUBDISTRICT),
            reason: reason(),
        },
        EventKind::Held {
            hold: HoldReason::Budget,
            reason: reason(),
            review_at: at(MONDAY),
            requester: Some(staff_id(STREET_DIRECTOR)),
            waits_for: None,
            budget_line: None,
        },
        EventKind::Resumed {
            cause: ResumeCause::Unreviewed,
            approver: None,
        },
        EventKind::Noted {
            text: reason(),
            to: NoteTo::Internal,
        },
        EventKind::Resolved {
            reason: reason(),
            evidence: vec![],
            outcome: None,
        },
        EventKind::Reopened {
            reason: reason(),
            evidence: None,
        },
        EventKind::Withdrawn { reason: None },
        EventKind::Replied { text: reason() },
        EventKind::Urged,
        EventKind::ConsentRevoked,
        EventKind::Confirmed {
            satisfied: Some(true),
            text: None,
        },
        EventKind::Objected {
            text: reason(),
            unit: None,
            evidence: BTreeSet::new(),
        },
        EventKind::ContactSet,
        EventKind::ContactErased,
    ]
}

/// The loud events of several units, and of danger.
fn events_of_deciding() -> Vec<EventKind> {
    vec![
        EventKind::HandedDown {
            from: unit(DEPARTMENT),
            unit: unit(SUBDISTRICT),
            reason: reason(),
        },
        EventKind::HoldReviewed {
            review_at: at(MONDAY),
            reason: reason(),
        },
        EventKind::Involved {
            unit: unit(TEAM),
            reason: reason(),
        },
        EventKind::Released {
            unit: unit(TEAM),
            reason: reason(),
        },
        EventKind::PartFinished {
            unit: unit(TEAM),
            reason: reason(),
        },
        EventKind::Directed { text: reason() },
        EventKind::Secured { reason: reason() },
        EventKind::PhotoArrived { photo: 0 },
    ]
}

/// Every event that needs a notification.
fn loud_events() -> Vec<EventKind> {
    let rungs = [
        Rung::Half,
        Rung::Yellow,
        Rung::Due,
        Rung::Red,
        Rung::Notice,
        Rung::Report,
        Rung::Repeat,
    ];
    let reminders = ClockKind::ALL
        .into_iter()
        .flat_map(|clock| rungs.map(|rung| reminded(clock, rung)));
    let asked = Matter::ALL.into_iter().flat_map(|matter| {
        [
            EventKind::Proposed {
                matter,
                reason: reason(),
            },
            EventKind::Declined {
                matter,
                reason: reason(),
            },
        ]
    });
    let others = events_of_handling().into_iter().chain(events_of_deciding());
    reminders.chain(others).chain(asked).collect()
}

fn check_heard(list: &[Addressee], rules: &Rulebook, what: &str) {
    assert!(!list.is_empty(), "nobody hears of {what}");
    for to in list {
        let filled = |role: &Role| rules.org.is_filled(&to.unit, *role, at(MONDAY));
        let last_resort = to.unit == *rules.org.district() && to.roles == [Role::DeskOfficer];
        assert!(
            !to.roles.is_empty() && (to.roles.iter().all(filled) || last_resort),
            "{what} speaks to an empty post: {to:?}"
        );
        assert!(!to.roles.contains(&Role::Operator), "{what}: {to:?}");
    }
}

fn check_never_nobody(rules: &Rulebook) {
    let case = received(Some("pothole"), at(MONDAY));
    check_heard(
        &audience::of_new_case(&case, rules, at(MONDAY)),
        rules,
        "a new case",
    );
    for with in [
        None,
        Some(COMMUNITY),
        Some(SUBDISTRICT),
        Some(TEAM),
        Some(DEPARTMENT),
    ] {
        let mut case = case.clone();
        if let Some(with) = with {
            case = Story::with(with).case;
        }
        case.category = Some(category("pothole"));
        for kind in loud_events() {
            let what = format!("{kind:?}");
            let list = audience::of_event(&event(kind), &case, rules, at(MONDAY));
            check_heard(&list, rules, &what);
        }
    }
}

#[test]
fn nothing_is_said_to_nobody_even_when_all_have_left() {
    check_never_nobody(&district::rulebook_of(NEAR.0.clone(), vec![]));
}

proptest! {
    #[test]
    fn nothing_is_said_to_nobody_whichever_have_left(
        stays in prop::collection::vec(any::<bool>(), NEAR.1.len()),
    ) {
        let staff = NEAR.1.iter().zip(stays).filter(|(_, stays)| *stays);
        let staff = staff.map(|(person, _)| person.clone()).collect();
        check_never_nobody(&district::rulebook_of(NEAR.0.clone(), staff));
    }
}
