//! Who hears of what: each rung reaches one level more, and no message reaches nobody.

use std::collections::BTreeSet;

use zhitiao_domain::case::audience;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::event::ResumeCause;
use zhitiao_domain::case::promise::Tier;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Author, Case, Event, EventKind, NoteTo, Reminder};
use zhitiao_domain::kernel::ladder::Rung;
use zhitiao_domain::kernel::org::{Role, Staff};
use zhitiao_domain::notify::audience::{Addressee, Urgency};

use crate::district::{
    self, COMMUNITY, DEPARTMENT, DESK, HANDLER, MONDAY, STREET_DIRECTOR, SUBDISTRICT, Story, TEAM,
    at, received, rules, staff_id, unit,
};

/// One line per unit, e.g. `badaguan: SubdistrictDirector (head, now)`.
pub(crate) fn lines(list: &[Addressee]) -> Vec<String> {
    let line = |to: &Addressee| {
        let roles: Vec<_> = to.roles.iter().map(|role| format!("{role:?}")).collect();
        let when = match to.urgency {
            Urgency::Immediate => "now",
            Urgency::Digest => "digest",
        };
        let roles = roles.join("+");
        format!("{}: {roles} ({}, {when})", to.unit, to.why.code())
    };
    list.iter().map(line).collect()
}

pub(crate) fn event(kind: EventKind) -> Event {
    Event {
        number: 1,
        at: at(MONDAY),
        author: Author::System,
        command: None,
        kind,
    }
}

pub(crate) fn reminded(clock: ClockKind, rung: Rung) -> EventKind {
    EventKind::Reminded(Reminder {
        clock,
        rung,
        due_at: at(MONDAY),
        due_version: 0,
        scheduled_at: at(MONDAY),
        superseded: vec![],
    })
}

#[track_caller]
pub(crate) fn check(case: &Case, kind: EventKind, expected: &[&str]) {
    let list = audience::of_event(&event(kind), case, rules(), at(MONDAY));
    assert_eq!(lines(&list), expected);
}

#[track_caller]
pub(crate) fn check_rung(case: &Case, clock: ClockKind, rung: Rung, expected: &[&str]) {
    check(case, reminded(clock, rung), expected);
}

fn with(unit: &str) -> Case {
    Story::with(unit).case
}

#[test]
fn a_new_case_is_heard_by_every_filled_post_up_the_chain_and_by_nobody_else() {
    let case = received(None, at(MONDAY));
    let heard: BTreeSet<_> = audience::of_new_case(&case, rules(), at(MONDAY))
        .into_iter()
        .flat_map(|to| {
            to.roles
                .into_iter()
                .map(move |role| (to.unit.clone(), role))
        })
        .collect();
    let chain = [COMMUNITY, SUBDISTRICT, "shinan"].map(unit);
    let held: BTreeSet<_> = district::all_staff()
        .into_iter()
        .flat_map(|person| person.posts)
        .filter(|post| chain.contains(&post.unit) && post.role != Role::Operator)
        .map(|post| (post.unit, post.role))
        .collect();
    assert_eq!(heard, held);
    assert!(heard.contains(&(unit(SUBDISTRICT), Role::SubdistrictSecretary)));
    assert!(heard.contains(&(unit(COMMUNITY), Role::Handler)));
}

#[test]
fn danger_and_households_in_need_are_heard_of_now_the_rest_in_the_digest() {
    for (category, urgency) in [
        ("gas-leak", Urgency::Immediate),
        ("burst-pipe", Urgency::Immediate),
        ("pothole", Urgency::Digest),
        ("noise", Urgency::Digest),
        ("facade", Urgency::Digest),
        ("course-times", Urgency::Digest),
    ] {
        let list =
            audience::of_new_case(&received(Some(category), at(MONDAY)), rules(), at(MONDAY));
        assert!(list.iter().all(|to| to.urgency == urgency), "{category}");
    }
}

#[test]
fn every_rung_of_the_promise_reaches_one_level_more() {
    let case = &with(SUBDISTRICT);
    let rung = |rung, expected: &[&str]| check_rung(case, ClockKind::Resolve, rung, expected);
    rung(
        Rung::Half,
        &["badaguan: DeskOfficer+Handler (assignee, digest)"],
    );
    rung(
        Rung::Yellow,
        &[
            "badaguan: DeskOfficer+Handler (assignee, now)",
            "xianggang-huayuan: DeskOfficer (desk, now)",
        ],
    );
    rung(
        Rung::Due,
        &[
            "badaguan: DeskOfficer+Handler (assignee, now)",
            "xianggang-huayuan: CommunityDirector (head, now)",
        ],
    );
    rung(
        Rung::Red,
        &[
            "badaguan: DeskOfficer+Handler+SubdistrictDirector (assignee, now)",
            "xianggang-huayuan: CommunityDirector (head, now)",
        ],
    );
    rung(
        Rung::Notice,
        &[
            "badaguan: DeskOfficer+Handler+SubdistrictDirector+SubdistrictSecretary (assignee, now)",
            "urban-management: DepartmentLiaison (assignee, now)",
            "xianggang-huayuan: CommunityDirector (head, now)",
        ],
    );
    rung(
        Rung::Report,
        &[
            "badaguan: DeskOfficer+Handler+SubdistrictDirector+SubdistrictSecretary (assignee, digest)",
            "shinan: DistrictSupervisor (supervision, digest)",
            "urban-management: DepartmentLiaison (assignee, digest)",
            "xianggang-huayuan: CommunityDirector (head, digest)",
        ],
    );
    rung(
        Rung::Repeat,
        &["shinan: DistrictSupervisor (supervision, digest)"],
    );
}

#[test]
fn the_units_own_clocks_speak_to_it_and_the_desk_then_to_its_head() {
    let team = &with(TEAM);
    for clock in [
        ClockKind::Accept,
        ClockKind::Contact,
        ClockKind::ResidentUpdate,
    ] {
        check_rung(
            team,
            clock,
            Rung::Due,
            &[
                "badaguan-365: TeamMember (assignee, now)",
                "xianggang-huayuan: DeskOfficer (desk, now)",
            ],
        );
        check_rung(
            team,
            clock,
            Rung::Red,
            &[
                "badaguan: SubdistrictDirector (head, now)",
                "badaguan-365: TeamMember (assignee, now)",
                "xianggang-huayuan: DeskOfficer (desk, now)",
            ],
        );
    }
    check_rung(
        &with(DEPARTMENT),
        ClockKind::Accept,
        Rung::Red,
        &[
            "urban-management: DeskOfficer+Handler+DepartmentHead+DepartmentLiaison (assignee, now)",
            "xianggang-huayuan: DeskOfficer (desk, now)",
        ],
    );
}

#[test]
fn the_desks_clocks_speak_to_the_desk_then_to_the_community_director() {
    let case = &Story::received(MONDAY).case;
    for clock in [ClockKind::Triage, ClockKind::FollowUp] {
        check_rung(
            case,
            clock,
            Rung::Due,
            &["xianggang-huayuan: DeskOfficer (desk, now)"],
        );
        check_rung(
            case,
            clock,
            Rung::Red,
            &["xianggang-huayuan: DeskOfficer+CommunityDirector (desk, now)"],
        );
    }
    check_rung(
        case,
        ClockKind::FollowUp,
        Rung::Repeat,
        &["xianggang-huayuan: DeskOfficer+CommunityDirector (desk, digest)"],
    );
}

#[test]
fn while_nobody_has_the_case_its_desk_stands_for_the_assignee() {
    let undealt = &Story::received(MONDAY).case;
    check_rung(
        undealt,
        ClockKind::Resolve,
        Rung::Half,
        &["xianggang-huayuan: DeskOfficer (desk, digest)"],
    );
}

#[test]
fn a_dispatch_speaks_to_the_unit_and_to_the_person_it_names() {
    let to_handler = Command::Assign {
        unit: unit(COMMUNITY),
        person: Some(staff_id(HANDLER)),
        hard: false,
        reason: None,
    };
    let story = Story::received(MONDAY)
        .then(DESK, district::triage("pothole"))
        .then(DESK, to_handler);
    let list = audience::of_event(
        story.events.last().unwrap(),
        &story.case,
        rules(),
        at(MONDAY),
    );
    assert_eq!(
        lines(&list),
        ["xianggang-huayuan: DeskOfficer+Handler (assignee, digest)"]
    );
    assert_eq!(list[0].person, Some(staff_id(HANDLER)));

    let up = story.then(HANDLER, district::escalate());
    check(
        &up.case,
        up.last().clone(),
        &[
            "badaguan: DeskOfficer+Handler (assignee, digest)",
            "xianggang-huayuan: DeskOfficer+Handler (chain, digest)",
        ],
    );
}

#[test]
fn a_person_who_left_is_not_named_any_more() {
    let mut case = with(COMMUNITY);
    case.assignment.as_mut().unwrap().person = Some(staff_id("ma.jun"));
    let list = audience::of_event(
        &event(reminded(ClockKind::Accept, Rung::Due)),
        &case,
        rules(),
        at(MONDAY),
    );
    assert_eq!(list[0].person, None);
    assert_eq!(list[0].roles, [Role::DeskOfficer, Role::Handler]);
}

#[test]
fn what_comes_back_is_heard_by_the_desk_and_colleagues_notes_by_both() {
    let case = &with(SUBDISTRICT);
    let reason = || "原因".to_owned();
    for back in [
        EventKind::Returned {
            from: unit(SUBDISTRICT),
            reason: reason(),
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
    ] {
        check(
            case,
            back,
            &["xianggang-huayuan: DeskOfficer (desk, digest)"],
        );
    }
    let both = [
        "badaguan: DeskOfficer+Handler (assignee, digest)",
        "xianggang-huayuan: DeskOfficer (desk, digest)",
    ];
    let internal = EventKind::Noted {
        text: reason(),
        to: NoteTo::Internal,
    };
    check(case, internal, &both);
    check(
        case,
        EventKind::Resumed {
            cause: ResumeCause::Unreviewed,
            approver: None,
        },
        &both,
    );
}

#[test]
fn what_happens_to_danger_and_to_households_in_need_is_heard_now_and_of_the_rest_only_that_it_is_late()
 {
    let mut case = with(SUBDISTRICT);
    let reason = || "原因".to_owned();
    let moves = || {
        let assigned = EventKind::Assigned {
            unit: unit(SUBDISTRICT),
            person: None,
            reason: None,
        };
        let returned = EventKind::Returned {
            from: unit(SUBDISTRICT),
            reason: reason(),
        };
        let report = reminded(ClockKind::Resolve, Rung::Report);
        [
            assigned,
            returned,
            EventKind::Withdrawn { reason: None },
            report,
        ]
    };
    let late = || {
        let rungs = [Rung::Yellow, Rung::Due, Rung::Red, Rung::Notice];
        rungs.map(|rung| reminded(ClockKind::Resolve, rung))
    };
    for tier in [
        Tier::P0,
        Tier::P1,
        Tier::P2,
        Tier::P3,
        Tier::P4,
        Tier::Question,
    ] {
        case.tier = tier;
        let heard = |kind, urgency| {
            let list = audience::of_event(&event(kind), &case, rules(), at(MONDAY));
            assert!(!list.is_empty());
            assert!(
                list.iter().all(|to| to.urgency == urgency),
                "{tier:?}: {list:?}"
            );
        };
        for kind in moves() {
            let is_urgent = tier <= Tier::P1;
            heard(
                kind,
                if is_urgent {
                    Urgency::Immediate
                } else {
                    Urgency::Digest
                },
            );
        }
        for kind in late() {
            heard(kind, Urgency::Immediate);
        }
    }
}

#[test]
fn what_only_the_resident_is_told_disturbs_no_colleague() {
    let case = &with(SUBDISTRICT);
    let text = "明天上门".to_owned();
    for kind in [
        EventKind::Accepted,
        EventKind::Noted {
            text,
            to: NoteTo::Resident,
        },
        EventKind::Closed { reason: None },
    ] {
        check(case, kind, &[]);
    }
}

#[test]
fn an_empty_post_speaks_to_the_head_above_and_an_empty_chain_to_the_next_desk() {
    let without = |gone: &[&str]| {
        let stays = |person: &Staff| !gone.contains(&person.id.as_str());
        let staff = district::all_staff().into_iter().filter(stays).collect();
        district::rulebook_of(district::units(), staff)
    };
    let desk_is_due = event(reminded(ClockKind::Triage, Rung::Due));
    let case = &Story::received(MONDAY).case;
    let heard = |gone: &[&str]| {
        lines(&audience::of_event(
            &desk_is_due,
            case,
            &without(gone),
            at(MONDAY),
        ))
    };

    assert_eq!(
        heard(&[DESK]),
        ["xianggang-huayuan: CommunityDirector (desk, now)"]
    );
    let community = [DESK, "li.jianguo"];
    assert_eq!(
        heard(&community),
        ["badaguan: SubdistrictDirector (desk, now)"]
    );
    let no_heads = [DESK, "li.jianguo", STREET_DIRECTOR, "han.wen", "ma.guiying"];
    assert_eq!(heard(&no_heads), ["badaguan: DeskOfficer (desk, now)"]);
    let no_desk = [&no_heads[..], &["chen.jing"]].concat();
    assert_eq!(heard(&no_desk), ["shinan: DeskOfficer (desk, now)"]);
    // No person is left: the message waits at the district's desk for a later holder of a post.
    let nobody = [&no_desk[..], &["wu.xin"]].concat();
    assert_eq!(heard(&nobody), ["shinan: DeskOfficer (desk, now)"]);
}
