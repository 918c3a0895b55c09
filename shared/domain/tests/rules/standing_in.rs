//! Who is spoken to in place of another person: deputies of the absent, those who may grant, units that are waited for.

use jiff::civil::date;
use zhitiao_domain::case::audience;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::kernel::ladder::Rung;
use zhitiao_domain::kernel::org::{Absence, Post, Role};

use crate::audience::{check_rung, event, lines, reminded};
use crate::district::{self, COMMUNITY, DESK, HANDLER, MONDAY, Story, at, rules, staff_id, unit};

/// The seeded district, where these people are absent on Monday and Tuesday and have these deputies.
fn with_absences(absent: &[(&str, Option<&str>)]) -> Rulebook {
    let mut staff = district::all_staff();
    for person in &mut staff {
        if let Some((_, deputy)) = absent.iter().find(|(id, _)| *id == person.id.as_str()) {
            person.deputy = deputy.map(staff_id);
            person.absences = vec![Absence {
                from: date(2026, 11, 23),
                to: date(2026, 11, 24),
            }];
        }
    }
    district::rulebook_of(district::units(), staff)
}

#[test]
fn an_absent_holder_is_spoken_to_through_the_deputy_and_without_one_the_message_climbs() {
    let desk_is_due = event(reminded(ClockKind::Triage, Rung::Due));
    let case = &Story::received(MONDAY).case;
    let heard = |rules: &Rulebook, now| lines(&audience::of_event(&desk_is_due, case, rules, now));
    let at_the_desk = ["xianggang-huayuan: DeskOfficer (desk, now)"];
    let at_the_head = ["xianggang-huayuan: CommunityDirector (desk, now)"];

    let covered = with_absences(&[(DESK, Some(HANDLER))]);
    assert_eq!(heard(&covered, at(MONDAY)), at_the_desk);
    assert_eq!(
        covered
            .org
            .present(&unit(COMMUNITY), Role::DeskOfficer, at(MONDAY))[0]
            .id,
        staff_id(HANDLER)
    );
    let uncovered = with_absences(&[(DESK, None)]);
    assert_eq!(heard(&uncovered, at(MONDAY)), at_the_head);
    assert_eq!(heard(&uncovered, at("2026-11-25T00:00")), at_the_desk);
    let deputy_too = with_absences(&[(DESK, Some(HANDLER)), (HANDLER, None)]);
    assert_eq!(heard(&deputy_too, at(MONDAY)), at_the_head);
}

#[test]
fn a_deputy_acts_in_the_posts_of_the_absent_and_only_then() {
    let rules = with_absences(&[(DESK, Some("ma.jun"))]);
    let post = Post {
        unit: unit(COMMUNITY),
        role: Role::DeskOfficer,
    };
    let acts_as_desk = |now| {
        let acting = rules.org.acting(&staff_id("ma.jun"), now).unwrap();
        acting.posts.contains(&post)
    };
    assert!(acts_as_desk(at("2026-11-24T23:59")));
    assert!(!acts_as_desk(at("2026-11-25T00:00")));
    assert!(!acts_as_desk(at("2026-11-22T23:59")));
}

#[test]
fn what_is_asked_for_is_heard_by_those_who_may_grant_it() {
    let asked = |command| Story::at_work().then(district::STREET_DESK, command);
    let heard = |story: &Story| {
        let event = story.events.last().unwrap();
        lines(&audience::of_event(event, &story.case, rules(), at(MONDAY)))
    };
    let hold = asked(district::hold(HoldReason::Season, at("2026-12-01T10:00")));
    let more_time = asked(district::extend(3));
    let director = ["badaguan: SubdistrictDirector (approver, digest)"];
    assert_eq!(heard(&hold), director);
    assert_eq!(heard(&more_time), director);
    let supervision = asked(Command::Supervise {
        reason: "久拖未决".to_owned(),
    });
    assert_eq!(
        heard(&supervision),
        ["badaguan: SubdistrictDirector+SubdistrictSecretary (approver, digest)"]
    );
    check_rung(
        &supervision.case,
        ClockKind::Approval,
        Rung::Red,
        &[
            "badaguan: SubdistrictDirector+SubdistrictSecretary (approver, now)",
            "shinan: DistrictSupervisor (supervision, now)",
        ],
    );
}

#[test]
fn who_leads_the_unit_and_asks_is_not_asked_in_turn() {
    let director = "li.jianguo";
    let at_work = Story::with(COMMUNITY).then(HANDLER, Command::Accept);
    let asked = at_work.then(
        director,
        district::hold(HoldReason::Season, at("2026-12-01T10:00")),
    );
    let above = |urgency| format!("badaguan: SubdistrictDirector (approver, {urgency})");
    let told = event(asked.last().clone());
    let heard = audience::of_event(&told, &asked.case, rules(), at(MONDAY));
    assert_eq!(lines(&heard), [above("digest")]);
    check_rung(
        &asked.case,
        ClockKind::Approval,
        Rung::Due,
        &[&above("now")],
    );
}

#[test]
fn a_unit_that_is_waited_for_hears_of_it_and_its_head_when_it_is_late() {
    let held = Story::at_work().held(HoldReason::OtherUnit, "2026-12-20T10:00");
    check_rung(
        &held.case,
        ClockKind::OtherUnit,
        Rung::Due,
        &["housing: DeskOfficer+Handler+DepartmentLiaison (awaited, now)"],
    );
    check_rung(
        &held.case,
        ClockKind::OtherUnit,
        Rung::Red,
        &["housing: DeskOfficer+Handler+DepartmentHead+DepartmentLiaison (head, now)"],
    );
}
