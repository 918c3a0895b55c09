//! Several hands on one case: back down the chain, helping units, parts, visits, danger.

use zhitiao_domain::case::audience;
use zhitiao_domain::case::cooperation::Part;
use zhitiao_domain::case::decide::{Command, DecisionContext, Refusal};
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::rights::{self, Right};
use zhitiao_domain::case::state::{Outcome, State, Verb};
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Case, Change, EventKind, Visibility};
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::ladder::Rung;

use crate::case_rules::fault;
use crate::district::{
    self, COMMUNITY, DEPARTMENT, DEPARTMENT_HANDLER, DESK, EVIDENCE, EVIDENCE_BEFORE, HANDLER,
    MONDAY, OTHER_DEPARTMENT, OTHER_DEPARTMENT_HANDLER, STREET_DESK, SUBDISTRICT, Story, TEAM,
    assign, at, category, context, escalate, refused, reopen, resolve, rules, staff, triage, unit,
};

const TEAM_MEMBER: &str = "hou.yulan";

fn reason() -> String {
    "原因".to_owned()
}

fn involve(id: &str) -> Command {
    Command::Involve {
        unit: unit(id),
        reason: reason(),
    }
}

/// The cases that come into being with a change.
fn opened(change: &Change) -> Vec<Case> {
    let opened = change.opened.iter();
    opened.map(|(case, _)| case.clone()).collect()
}

#[test]
fn what_was_escalated_comes_back_down_and_keeps_the_residents_date() {
    let up = Story::with(SUBDISTRICT)
        .then(STREET_DESK, Command::Accept)
        .then(STREET_DESK, escalate());
    let due = up.case.due_at();
    let down = |to: &str| Command::HandDown {
        to: unit(to),
        reason: "路面已修好，请社区回访".to_owned(),
    };
    let early = up.refusal(DEPARTMENT_HANDLER, down(SUBDISTRICT));
    assert!(matches!(early, Refusal::WrongState { .. }));
    let up = up.then(DEPARTMENT_HANDLER, Command::Accept);
    for stranger in [OTHER_DEPARTMENT, DEPARTMENT, "hongdao-lu", TEAM] {
        let refused = up.refusal(DEPARTMENT_HANDLER, down(stranger));
        assert_eq!(refused, fault("to", "not_below"), "{stranger}");
    }
    let back = up.then(DEPARTMENT_HANDLER, down(SUBDISTRICT));
    assert_eq!(
        (back.case.state, back.case.due_at()),
        (State::Assigned, due)
    );
    assert_eq!(back.last().visibility(), Visibility::Public);
    let home = back
        .then(STREET_DESK, Command::Accept)
        .then(STREET_DESK, down(COMMUNITY));
    assert_eq!(*home.case.responsible_unit(), unit(COMMUNITY));
}

#[test]
fn a_case_that_is_hard_to_place_may_be_returned_for_two_working_days() {
    let hard = Story::received(MONDAY)
        .then(STREET_DESK, triage("pothole"))
        .then(
            STREET_DESK,
            Command::Assign {
                unit: unit(SUBDISTRICT),
                person: None,
                hard: true,
                reason: None,
            },
        );
    assert_eq!(
        hard.due(ClockKind::ReturnWindow).unwrap(),
        "2026-11-25T17:30"
    );
    assert_eq!(
        Story::with(SUBDISTRICT)
            .due(ClockKind::ReturnWindow)
            .unwrap(),
        "2026-11-24T17:30"
    );
}

#[test]
fn helping_units_see_the_case_do_their_part_and_the_lead_waits_for_them() {
    let helped = Story::at_work().then(STREET_DESK, involve(OTHER_DEPARTMENT));
    let may = |right| {
        rights::may(
            &rules().org,
            staff(OTHER_DEPARTMENT_HANDLER),
            right,
            &helped.case,
        )
    };
    assert!(may(Right::Read) && may(Right::Do(Verb::FinishPart)));
    assert!(!may(Right::Do(Verb::Resolve)) && !may(Right::ViewContact));
    let twice = helped.refusal(STREET_DESK, involve(OTHER_DEPARTMENT));
    assert_eq!(twice, fault("unit", "helps_already"));
    let early = helped.refusal(STREET_DESK, resolve());
    assert_eq!(early, Refusal::NotNow("co_handlers_at_work"));

    let finish = || Command::FinishPart { reason: reason() };
    let finished = helped.clone().then(OTHER_DEPARTMENT_HANDLER, finish());
    assert_eq!(
        finished.refusal(OTHER_DEPARTMENT_HANDLER, finish()),
        Refusal::NotNow("part_finished_already")
    );
    assert!(finished.try_to(STREET_DESK, resolve()).is_ok());
    let released = helped.then(
        STREET_DESK,
        Command::Release {
            unit: unit(OTHER_DEPARTMENT),
            reason: reason(),
        },
    );
    assert!(released.try_to(STREET_DESK, resolve()).is_ok());
}

#[test]
fn the_unit_that_has_the_case_does_not_help_itself() {
    let own = Story::with(DEPARTMENT).refusal(DEPARTMENT_HANDLER, involve(DEPARTMENT));
    assert_eq!(own, fault("unit", "not_assignable"));
    let passed_on = Story::at_work()
        .then(STREET_DESK, involve(OTHER_DEPARTMENT))
        .then(STREET_DESK, assign(OTHER_DEPARTMENT));
    assert_eq!(passed_on.case.co_handlers, []);
}

fn part(text: &str) -> Part {
    Part {
        text: text.to_owned(),
        category: category("street-lamp"),
    }
}

#[test]
fn a_case_is_split_into_parts_under_the_same_promise_and_answered_once() {
    let story = Story::at_work().until("2026-11-24T10:00");
    let split = Command::Split {
        parts: vec![part("修路灯"), part("补路面")],
    };
    let change = story
        .case
        .decide(split.clone(), staff(STREET_DESK), &context(story.now))
        .unwrap();
    let opened: Vec<Case> = opened(&change);
    assert_eq!(opened.len(), 2);
    assert_eq!(change.event.kind.visibility(), Visibility::Internal);
    for child in &opened {
        assert_eq!(child.due_at(), story.case.due_at());
        assert_eq!(child.parent, Some(story.case.id));
        assert!(!child.report.has_contact && !child.report.consents.publish);
        assert!(child.next_at(rules()).is_some());
        let again = child.decide(split.clone(), staff(STREET_DESK), &context(story.now));
        assert!(again.is_err());
    }
    let undone = DecisionContext {
        parts: &opened,
        ..context(story.now)
    };
    let early = change.after.decide(resolve(), staff(STREET_DESK), &undone);
    assert_eq!(early.unwrap_err(), Refusal::NotNow("parts_undone"));
    let done = change
        .after
        .decide(resolve(), staff(STREET_DESK), &context(story.now));
    assert!(done.is_ok());
}

#[test]
fn a_visit_that_nobody_came_to_is_reminded_of_and_an_arrival_ends_the_waiting() {
    let visit = |from: &str, to: &str| Command::ScheduleVisit {
        from: at(from),
        to: at(to),
    };
    let at_work = Story::with(TEAM).then(TEAM_MEMBER, Command::Accept);
    let backward = at_work.refusal(TEAM_MEMBER, visit("2026-11-24T11:00", "2026-11-24T09:00"));
    assert_eq!(backward, fault("to", "slot_out_of_range"));
    let past = at_work.refusal(TEAM_MEMBER, visit("2026-11-23T08:00", "2026-11-23T09:00"));
    assert_eq!(past, fault("from", "visit_out_of_range"));
    let agreed = at_work.then(TEAM_MEMBER, visit("2026-11-24T09:00", "2026-11-24T11:00"));
    assert_eq!(agreed.last().visibility(), Visibility::Resident);
    let missed = agreed.clone().until("2026-11-24T12:00");
    assert_eq!(missed.rungs(ClockKind::Visit)[0].0, Rung::Due);
    let arrived = agreed
        .until("2026-11-24T09:30")
        .then(TEAM_MEMBER, Command::Arrive);
    assert_eq!(
        arrived.case.visit.unwrap().arrived,
        Some(at("2026-11-24T09:30"))
    );
    assert_eq!(arrived.case.timers.get(ClockKind::Visit), None);
    let twice = arrived.refusal(TEAM_MEMBER, Command::Arrive);
    assert_eq!(twice, Refusal::NotNow("arrived_already"));
}

#[test]
fn the_danger_of_a_part_is_that_of_the_whole_and_comes_back_with_the_case() {
    let parts = |story: &Story| {
        let parts = vec![part("换井盖"), part("补路面")];
        let command = Command::Split { parts };
        let context = context(story.now);
        let change = story.case.decide(command, staff(HANDLER), &context);
        opened(&change.unwrap())
    };
    let secure = |case: &Case| case.timers.get(ClockKind::Secure).map(|timer| timer.start);
    let open = Story::received_as("manhole-cover", MONDAY)
        .then(DESK, triage("manhole-cover"))
        .then(DESK, assign(COMMUNITY))
        .then(HANDLER, Command::Accept)
        .until("2026-11-23T10:20");
    assert!(
        parts(&open)
            .iter()
            .all(|part| secure(part) == Some(at(MONDAY)))
    );
    let secured = open.then(HANDLER, Command::Secure { reason: reason() });
    assert!(parts(&secured).iter().all(|part| secure(part).is_none()));
    let again = secured.then(HANDLER, resolve()).then(DESK, reopen());
    assert_eq!(secure(&again.case), Some(again.now));
}

#[test]
fn whoever_works_in_two_helping_units_finishes_one_part_after_the_other() {
    let helped = Story::at_work()
        .then(STREET_DESK, involve(TEAM))
        .then(STREET_DESK, involve(OTHER_DEPARTMENT));
    let mut both = staff(TEAM_MEMBER).clone();
    both.posts
        .extend(staff(OTHER_DEPARTMENT_HANDLER).posts.clone());
    let finish = Command::FinishPart { reason: reason() };
    let context = context(helped.now);
    let first = helped.case.decide(finish.clone(), &both, &context).unwrap();
    let second = first.after.decide(finish, &both, &context).unwrap();
    assert!(second.after.co_handlers.iter().all(|helper| helper.done));
}

#[test]
fn no_case_goes_to_a_unit_that_takes_none_any_more() {
    let mut units = district::units();
    for unit in &mut units {
        unit.retired = [TEAM, DEPARTMENT].contains(&unit.id.as_str());
    }
    let rules = district::rulebook_of(units, district::all_staff());
    let without = |story: &Story, command| {
        let context = DecisionContext {
            rules: &rules,
            ..context(story.now)
        };
        let refused = story.case.decide(command, staff(STREET_DESK), &context);
        refused.unwrap_err()
    };
    let once_with_the_team = Story::with(TEAM)
        .then(STREET_DESK, assign(SUBDISTRICT))
        .then(STREET_DESK, Command::Accept);
    let down = Command::HandDown {
        to: unit(TEAM),
        reason: reason(),
    };
    assert_eq!(without(&once_with_the_team, down), fault("to", "not_below"));
    let up = Command::Escalate {
        to: Some(unit(DEPARTMENT)),
        reason: reason(),
    };
    assert_eq!(
        without(&once_with_the_team, up),
        fault("to", "not_a_department")
    );
}

#[test]
fn a_team_shows_how_it_was_and_how_it_is() {
    let at_work = Story::with(TEAM).then(TEAM_MEMBER, Command::Accept);
    let with = |evidence: &[u8]| Command::Resolve {
        reason: reason(),
        evidence: evidence.to_vec(),
        outcome: Outcome::Fixed,
    };
    for half in [EVIDENCE, EVIDENCE_BEFORE] {
        let refused = at_work.refusal(TEAM_MEMBER, with(&[half]));
        assert_eq!(refused, fault("evidence", "before_and_after"));
    }
    let done = at_work.then(TEAM_MEMBER, with(&[EVIDENCE_BEFORE, EVIDENCE]));
    assert_eq!(done.case.state, State::Resolved);
}

#[test]
fn danger_is_put_out_of_the_way_within_two_hours_at_any_hour() {
    let night = "2026-10-03T02:00";
    let open = Story::received_as("manhole-cover", night);
    assert_eq!(open.due(ClockKind::Secure).unwrap(), "2026-10-03T04:00");
    let left = open.clone().until("2026-10-03T04:15");
    assert_eq!(
        left.rungs(ClockKind::Secure),
        [
            (Rung::Due, "2026-10-03T04:00".to_owned()),
            (Rung::Red, "2026-10-03T04:15".to_owned())
        ]
    );
    let secured = open
        .then(DESK, triage("manhole-cover"))
        .then(DESK, assign(COMMUNITY))
        .then(HANDLER, Command::Secure { reason: reason() });
    assert_eq!(secured.case.timers.get(ClockKind::Secure), None);
    assert!(secured.case.timers.get(ClockKind::Resolve).is_some());
    assert!(matches!(secured.last(), EventKind::Secured { .. }));
    let ordinary = Story::at_work().refusal(STREET_DESK, Command::Secure { reason: reason() });
    assert_eq!(ordinary, Refusal::NotNow("nothing_to_secure"));
}

/// A case of the subdistrict in two parts: one with a department, which waits for another one, and one with no unit.
fn in_parts() -> (Story, Vec<Case>) {
    let story = Story::received(MONDAY).then(STREET_DESK, triage("pothole"));
    let split = Command::Split {
        parts: vec![part("修路灯"), part("补路面")],
    };
    let change = story
        .case
        .decide(split, staff(STREET_DESK), &context(story.now))
        .unwrap();
    let waiting = Story::of(opened(&change)[0].clone())
        .then(
            STREET_DESK,
            Command::Triage {
                category: category("street-lamp"),
                publish: false,
                photos: None,
                reason: Some(reason()),
            },
        )
        .then(STREET_DESK, assign(SUBDISTRICT))
        .then(STREET_DESK, Command::Accept)
        .held(HoldReason::OtherUnit, "2026-12-01T10:00");
    let untouched = opened(&change)[1].clone();
    let whole = Story::of(change.after).outage_until("2026-11-24T10:00");
    (whole, vec![waiting.case, untouched])
}

/// What the desk's command makes of a case and its parts.
fn with_parts(story: &Story, parts: &[Case], command: Command) -> Result<Change, Refusal> {
    let context = DecisionContext {
        parts,
        ..context(story.now)
    };
    story.case.decide(command, staff(STREET_DESK), &context)
}

#[test]
fn parts_end_with_their_whole_and_their_units_are_told() {
    let (whole, parts) = in_parts();
    let into = district::TARGET.id;
    for (command, state) in [
        (refused(reason()), State::Refused),
        (
            Command::Merge {
                into,
                reason: reason(),
            },
            State::Merged,
        ),
    ] {
        let change = with_parts(&whole, &parts, command).unwrap();
        assert_eq!(change.ended.len(), 2);
        for ended in &change.ended {
            let (before, after) = (&ended.before, &ended.after);
            assert_eq!((after.state, after.next_at(rules())), (state, None));
            assert_eq!(ended.event.kind, change.event.kind);
            assert_eq!(ended.event.author, change.event.author);
            assert_eq!(
                (after.version, after.rev, ended.event.number),
                (before.version + 1, before.rev + 1, before.rev + 1)
            );
            assert_eq!(after.open_hold(), None);
        }
        let told = |n: usize| -> Vec<UnitId> {
            let ended = &change.ended[n];
            let told = audience::of_event(&ended.event, &ended.after, rules(), whole.now);
            told.into_iter().map(|one| one.unit).collect()
        };
        assert_eq!(told(0), [unit(SUBDISTRICT), unit(OTHER_DEPARTMENT)]);
        assert_eq!(told(1), []);
        // What has ended already is left alone.
        let ended: Vec<Case> = change.ended.into_iter().map(|part| part.after).collect();
        let again = with_parts(&whole, &ended, refused(reason()));
        assert_eq!(again.unwrap().ended, []);
    }
}

#[test]
fn a_case_is_closed_with_the_parts_that_are_done_and_not_before() {
    let (whole, parts) = in_parts();
    let done = |part: &Case| Case {
        state: State::Resolved,
        ..part.clone()
    };
    let whole = Story {
        case: done(&whole.case),
        ..whole
    };
    let close = || Command::Close { reason: None };
    let undone = with_parts(&whole, &parts, close());
    assert_eq!(undone.unwrap_err(), Refusal::NotNow("parts_undone"));
    let parts: Vec<Case> = parts.iter().map(done).collect();
    let closed = with_parts(&whole, &parts, close()).unwrap();
    let states: Vec<State> = closed.ended.iter().map(|part| part.after.state).collect();
    assert_eq!(states, [State::Closed, State::Closed]);
}

#[test]
fn a_part_is_reopened_only_while_its_whole_goes_on() {
    let (whole, parts) = in_parts();
    let closed = Case {
        state: State::Closed,
        ..parts[0].clone()
    };
    let reopened = |whole: Option<&Case>| {
        let context = DecisionContext {
            target: whole,
            ..context(at("2026-11-25T10:00"))
        };
        closed.decide(reopen(), staff(STREET_DESK), &context)
    };
    let refused = with_parts(&whole, &parts, refused(reason()));
    let refused = refused.unwrap().after;
    assert_eq!(
        reopened(Some(&refused)).unwrap_err(),
        Refusal::NotNow("whole_ended")
    );
    assert_eq!(reopened(None).unwrap_err(), Refusal::NotNow("whole_ended"));
    let change = reopened(Some(&whole.case)).unwrap();
    // Saved only while the whole goes on as it was seen.
    assert_eq!(
        change.requires_unchanged,
        Some((whole.case.id, whole.case.rev))
    );
}
