//! What may be done with a case, when, by whom, and who may read of it.

use zhitiao_domain::case::cooperation::Part;
use zhitiao_domain::case::decide::{Command, DecisionContext, Refusal};
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::promise::Tier;
use zhitiao_domain::case::refused::RefusalReason;
use zhitiao_domain::case::state::{Outcome, State, Verb};
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Case, EventKind, NoteTo, Reminder, Visibility};
use zhitiao_domain::kernel::ids::{CaseId, UnitId};
use zhitiao_domain::kernel::ladder::Rung;

use crate::district::{
    COMMUNITY, DEPARTMENT, DEPARTMENT_HANDLER, DESK, EVIDENCE, HANDLER, MONDAY, OTHER_DEPARTMENT,
    STREET_DESK, STREET_DIRECTOR, STREET_SECRETARY, SUBDISTRICT, Story, TARGET, TEAM, assign, at,
    case_id, category, context, escalate, extend, give_back, hold, local, note, refused, reopen,
    resolve, rules, staff, staff_id, terms, triage, unit,
};

pub(crate) fn fault(field: &'static str, code: &'static str) -> Refusal {
    Refusal::Field { field, code }
}

fn refuse() -> Command {
    let reason = "属于商铺内部纠纷".to_owned();
    refused(reason)
}

fn merge(into: CaseId) -> Command {
    let reason = "同一井盖已有人反映".to_owned();
    Command::Merge { into, reason }
}

/// A case that stands in the state, at the subdistrict where a unit is needed.
fn standing(state: State) -> Story {
    let triaged = || Story::received(MONDAY).then(STREET_DESK, triage("pothole"));
    let other = CaseId::parse("00000001").unwrap();
    match state {
        State::Submitted => Story::received(MONDAY),
        State::Triaged => triaged(),
        State::Assigned => Story::with(SUBDISTRICT),
        State::Escalated => triaged().then(STREET_DESK, escalate()),
        State::Accepted => Story::with(SUBDISTRICT).then(STREET_DESK, Command::Accept),
        State::InProgress => Story::at_work(),
        State::OnHold => Story::at_work().held(HoldReason::Budget, "2026-12-07T10:00"),
        State::Returned => Story::with(SUBDISTRICT).then(STREET_DESK, give_back()),
        State::Resolved => Story::at_work().then(STREET_DESK, resolve()),
        State::Reopened => standing(State::Resolved).then(STREET_DESK, reopen()),
        State::Closed => standing(State::Resolved).then(STREET_DESK, close()),
        State::Refused => triaged().then(STREET_DESK, refuse()),
        State::Merged => triaged().then(STREET_DESK, merge(other)),
        State::Withdrawn => {
            let mut story = triaged();
            story.case.state = State::Withdrawn;
            story
        }
    }
}

fn close() -> Command {
    Command::Close { reason: None }
}

fn budget_hold() -> Command {
    hold(HoldReason::Budget, at("2026-12-07T10:00"))
}

fn code(state: State) -> &'static str {
    match state {
        State::Submitted => "sub",
        State::Triaged => "tri",
        State::Assigned => "asg",
        State::Escalated => "esc",
        State::Accepted => "acc",
        State::InProgress => "inp",
        State::OnHold => "hld",
        State::Returned => "ret",
        State::Resolved => "res",
        State::Reopened => "reo",
        State::Closed => "clo",
        State::Refused => "ref",
        State::Merged => "mer",
        State::Withdrawn => "wdr",
    }
}

/// Where each command leads from each state; a point where it is refused.
#[rustfmt::skip]
const MOVES: &[(&str, &str)] = &[
    //                sub tri asg esc acc inp hld ret res reo clo ref mer wdr
    ("triage",       "tri tri  .   .   .   .   .  tri  .  tri  .   .   .   . "),
    ("assign",       " .  asg asg asg asg asg  .  asg  .  asg  .   .   .   . "),
    ("accept",       " .   .  acc acc  .   .   .   .   .   .   .   .   .   . "),
    ("tell",         "sub tri asg esc inp inp hld ret res reo  .   .   .   . "),
    ("note",         "sub tri asg esc acc inp hld ret res reo  .   .   .   . "),
    ("return",       " .   .  ret ret  .   .   .   .   .   .   .   .   .   . "),
    ("escalate",     " .  esc esc esc esc esc  .   .   .   .   .   .   .   . "),
    ("hold",         " .   .   .   .  acc inp  .   .   .   .   .   .   .   . "),
    ("extend",       " .   .   .   .  acc inp  .   .   .   .   .   .   .   . "),
    ("supervise",    "sub tri asg esc acc inp hld ret  .  reo  .   .   .   . "),
    ("involve",      " .   .  asg esc acc inp  .   .   .   .   .   .   .   . "),
    ("split",        " .  tri asg esc acc inp  .   .   .   .   .   .   .   . "),
    ("visit",        " .   .   .   .  acc inp  .   .   .   .   .   .   .   . "),
    ("arrive",       " .   .   .   .  acc inp  .   .   .   .   .   .   .   . "),
    ("resume",       " .   .   .   .   .   .  inp  .   .   .   .   .   .   . "),
    ("resolve",      " .   .   .   .  res res  .   .   .   .   .   .   .   . "),
    ("close",        " .   .   .   .   .   .   .   .  clo  .   .   .   .   . "),
    ("reopen",       " .   .   .   .   .   .   .   .  reo  .  reo  .   .   . "),
    ("refuse",       "ref ref  .   .   .   .   .  ref  .   .   .   .   .   . "),
    ("merge",        "mer mer  .   .   .   .   .  mer  .   .   .   .   .   . "),
];

fn part(text: &str) -> Part {
    Part {
        text: text.to_owned(),
        category: category("street-lamp"),
    }
}

fn command(name: &str) -> Command {
    match name {
        "triage" => triage("pothole"),
        "assign" => assign(SUBDISTRICT),
        "accept" => Command::Accept,
        "tell" => note(NoteTo::Resident),
        "note" => note(NoteTo::Internal),
        "return" => give_back(),
        "escalate" => escalate(),
        "hold" => budget_hold(),
        "extend" => extend(5),
        "supervise" => Command::Supervise {
            reason: "久拖未决".to_owned(),
        },
        "involve" => Command::Involve {
            unit: unit("water"),
            reason: "需要配合".to_owned(),
        },
        "split" => Command::Split {
            parts: ["路灯", "路面"].map(part).to_vec(),
        },
        "visit" => Command::ScheduleVisit {
            from: at("2026-11-24T09:00"),
            to: at("2026-11-24T11:00"),
        },
        "arrive" => Command::Arrive,
        "resume" => Command::Resume,
        "resolve" => resolve(),
        "close" => close(),
        "reopen" => reopen(),
        "refuse" => refuse(),
        "merge" => merge(CaseId::parse("00000001").unwrap()),
        _ => panic!("{name}"),
    }
}

#[test]
fn each_command_leads_where_the_table_says_and_is_refused_elsewhere() {
    for (name, row) in MOVES {
        for (state, expected) in State::ALL.into_iter().zip(row.split_whitespace()) {
            let story = standing(state);
            assert_eq!(story.case.state, state);
            // The desk of the subdistrict has every right here: only the state can refuse.
            let got = match story.try_to(STREET_DESK, command(name)) {
                Ok((after, _)) => code(after.state),
                Err(Refusal::WrongState { state: named, .. }) if named == state => ".",
                Err(other) => panic!("{name} from {state:?}: {other}"),
            };
            assert_eq!(got, expected, "{name} from {state:?}");
        }
    }
}

#[test]
fn a_command_counts_once_and_is_told_in_one_event() {
    let story = Story::at_work();
    let (after, event) = story.try_to(STREET_DESK, note(NoteTo::Internal)).unwrap();
    assert_eq!((story.case.version, story.case.rev), (5, 4));
    assert_eq!((after.version, after.rev, event.number), (6, 5, 5));
}

#[test]
fn whoever_has_no_right_is_refused_whatever_the_state_allows() {
    let story = Story::with(SUBDISTRICT);
    for outsider in ["wu.jianjun", DEPARTMENT_HANDLER, HANDLER, "he.lei"] {
        assert_eq!(
            story.refusal(outsider, Command::Accept),
            Refusal::NotAllowed(Verb::Accept),
            "{outsider}"
        );
    }
}

#[test]
fn what_needs_a_reason_is_refused_without_one() {
    let reason = String::new;
    let hold = Command::Hold {
        terms: terms(HoldReason::Season, at("2026-11-30T10:00")),
        reason: reason(),
    };
    let into = CaseId::parse("00000001").unwrap();
    #[rustfmt::skip]
    let unreasoned = [
        (State::Assigned,   Command::Return { reason: reason() }),
        (State::Assigned,   Command::Escalate { to: None, reason: reason() }),
        (State::InProgress, hold),
        (State::InProgress, Command::Resolve { reason: reason(), evidence: vec![EVIDENCE], outcome: Outcome::Fixed }),
        (State::Resolved,   Command::Reopen { reason: reason() }),
        (State::Triaged,    refused(reason())),
        (State::Triaged,    Command::Merge { into, reason: reason() }),
    ];
    for (state, command) in unreasoned {
        let story = standing(state);
        let context = format!("{command:?}");
        let refusal = story.refusal(STREET_DESK, command);
        assert_eq!(refusal, fault("reason", "required"), "{context}");
    }
}

#[test]
fn work_is_done_only_when_a_ready_photo_proves_it() {
    let story = Story::at_work();
    let with = |evidence: Vec<u8>| Command::Resolve {
        reason: "井盖已更换".to_owned(),
        evidence,
        outcome: Outcome::Fixed,
    };
    let refusal = |evidence| story.refusal(STREET_DESK, with(evidence));
    assert_eq!(refusal(vec![]), fault("evidence", "required"));
    assert_eq!(
        refusal(vec![EVIDENCE, 11]),
        fault("evidence", "photo_missing")
    );
    let done = story.then(STREET_DESK, with(vec![EVIDENCE]));
    assert_eq!(done.case.state, State::Resolved);
}

#[test]
fn a_question_is_answered_without_a_photo() {
    let done = Story::received_as("policy-question", MONDAY)
        .then(DESK, triage("policy-question"))
        .then(DESK, assign(COMMUNITY))
        .then(HANDLER, Command::Accept)
        .then(
            HANDLER,
            Command::Resolve {
                reason: "已电话答复".to_owned(),
                evidence: vec![],
                outcome: Outcome::Fixed,
            },
        );
    assert_eq!(done.case.state, State::Resolved);
}

#[test]
fn another_tier_moves_the_promise_only_with_a_reason_that_the_resident_reads() {
    let story = Story::received(MONDAY);
    let as_danger = |reason: Option<&str>| Command::Triage {
        category: category("manhole-cover"),
        publish: false,
        photos: None,
        reason: reason.map(str::to_owned),
    };
    for silent in [None, Some("")] {
        assert_eq!(
            story.refusal(DESK, as_danger(silent)),
            fault("reason", "required_when_promise_moves")
        );
    }
    let told = story.clone().then(DESK, as_danger(Some("危及行人安全")));
    assert_eq!(told.case.tier, Tier::P0);
    assert!(told.last().visibility() >= Visibility::Resident);

    let same_tier = story.clone().then(DESK, triage("street-lamp"));
    assert_eq!(same_tier.case.due_at(), story.case.due_at());
}

#[test]
fn nothing_is_published_without_the_reporters_consent() {
    let mut story = Story::received(MONDAY);
    story.case.report.consents.publish = false;
    assert_eq!(
        story.refusal(DESK, triage("pothole")),
        fault("publish", "no_consent")
    );
    let unpublished = Command::Triage {
        category: category("pothole"),
        publish: false,
        photos: None,
        reason: None,
    };
    assert!(!story.then(DESK, unpublished).case.published);
}

#[test]
fn an_unknown_category_is_refused() {
    let story = Story::received(MONDAY);
    assert_eq!(
        story.refusal(DESK, triage("dragons")),
        fault("category", "unknown")
    );
}

#[test]
fn a_case_is_dealt_out_within_its_subdistrict_or_to_a_department() {
    let story = standing(State::Triaged);
    for near in [COMMUNITY, SUBDISTRICT, TEAM, DEPARTMENT, OTHER_DEPARTMENT] {
        assert!(story.try_to(DESK, assign(near)).is_ok(), "{near}");
    }
    for elsewhere in [
        "hongdao-lu",
        "jiangsu-lu",
        "jiangsu-lu-365",
        "shinan",
        "xianggang-huayuan-g1",
        "atlantis",
    ] {
        assert_eq!(
            story.refusal(DESK, assign(elsewhere)),
            fault("unit", "not_assignable"),
            "{elsewhere}"
        );
    }
}

#[test]
fn a_person_is_named_only_in_the_unit_that_gets_the_case() {
    let story = standing(State::Triaged);
    let to = |person: &str| Command::Assign {
        unit: unit(COMMUNITY),
        person: Some(staff_id(person)),
        hard: false,
        reason: None,
    };
    assert!(story.try_to(DESK, to(HANDLER)).is_ok());
    assert_eq!(
        story.refusal(DESK, to(DEPARTMENT_HANDLER)),
        fault("person", "not_in_unit")
    );
    assert_eq!(
        story.refusal(DESK, to("nobody")),
        fault("person", "unknown")
    );
}

#[test]
fn a_case_goes_up_from_the_community_to_the_department_of_its_category_and_no_further() {
    let owner = |story: &Story| story.case.responsible_unit().as_str().to_owned();
    let story = Story::with(COMMUNITY).then(HANDLER, escalate());
    assert_eq!(owner(&story), SUBDISTRICT);
    let story = story.then(STREET_DESK, escalate());
    assert_eq!(owner(&story), DEPARTMENT);
    assert_eq!(
        story.refusal(DEPARTMENT_HANDLER, escalate()),
        Refusal::NotNow("nothing_above")
    );
    let went: Vec<_> = story.case.involved.iter().map(UnitId::as_str).collect();
    assert_eq!(went, [COMMUNITY, SUBDISTRICT, DEPARTMENT]);
}

#[test]
fn a_team_hands_up_to_its_subdistrict() {
    let story = Story::with(TEAM).then("hou.yulan", escalate());
    assert_eq!(story.case.responsible_unit().as_str(), SUBDISTRICT);
}

#[test]
fn no_level_is_skipped_and_only_a_subdistrict_chooses_the_department() {
    let up_to = |to: &str| Command::Escalate {
        to: Some(unit(to)),
        reason: "需部门处理".to_owned(),
    };
    let at_community = Story::with(COMMUNITY);
    assert_eq!(
        at_community.refusal(HANDLER, up_to(DEPARTMENT)),
        fault("to", "one_level_up_only")
    );
    assert!(at_community.try_to(HANDLER, up_to(SUBDISTRICT)).is_ok());

    let at_subdistrict = Story::with(SUBDISTRICT);
    assert_eq!(
        at_subdistrict.refusal(STREET_DESK, up_to("jiangsu-lu")),
        fault("to", "not_a_department")
    );
    let story = at_subdistrict.then(STREET_DESK, up_to(OTHER_DEPARTMENT));
    assert_eq!(story.case.responsible_unit().as_str(), OTHER_DEPARTMENT);
}

#[test]
fn a_unit_may_return_a_case_until_the_window_closes() {
    // Dealt out on Monday; the window is the next working day until close of business.
    let story = Story::with(SUBDISTRICT);
    assert_eq!(
        story.due(ClockKind::ReturnWindow).unwrap(),
        "2026-11-24T17:30"
    );
    let in_time = story.clone().outage_until("2026-11-24T17:30");
    let back = in_time.then(STREET_DESK, give_back());
    assert_eq!(back.case.state, State::Returned);
    assert_eq!(back.case.responsible_unit().as_str(), COMMUNITY);

    let late = story.outage_until("2026-11-24T17:31");
    assert_eq!(
        late.refusal(STREET_DESK, give_back()),
        Refusal::NotNow("return_window_passed")
    );
}

#[test]
fn the_third_unit_is_designated_and_cannot_return_the_case() {
    let twice = Story::with(SUBDISTRICT)
        .then(STREET_DESK, give_back())
        .then(STREET_DESK, assign(SUBDISTRICT))
        .then(STREET_DESK, give_back());
    let third = twice.then(STREET_DESK, assign(SUBDISTRICT));
    assert_eq!(third.case.dispatches, 3);
    assert_eq!(
        third.refusal(STREET_DESK, give_back()),
        Refusal::NotNow("designated")
    );
    assert!(third.try_to(STREET_DESK, Command::Accept).is_ok());
}

#[test]
fn only_dispatches_that_nobody_took_count_toward_designation() {
    let taken = Story::with(SUBDISTRICT)
        .then(STREET_DESK, give_back())
        .then(STREET_DESK, assign(SUBDISTRICT))
        .then(STREET_DESK, Command::Accept);
    let again = taken.then(STREET_DESK, assign(SUBDISTRICT));
    assert!(again.try_to(STREET_DESK, give_back()).is_ok());
}

#[test]
fn a_case_is_counted_with_another_that_goes_on() {
    let triaged = standing(State::Triaged);
    let into = |target: Option<&Case>, id| {
        let context = DecisionContext {
            target,
            ..context(triaged.now)
        };
        triaged.case.decide(merge(id), staff(DESK), &context)
    };
    let refusal = |target, id| into(target, id).unwrap_err();
    assert_eq!(
        refusal(Some(&triaged.case), case_id()),
        fault("into", "same_case")
    );
    assert_eq!(refusal(None, TARGET.id), fault("into", "unknown"));
    let ended = Case {
        state: State::Merged,
        ..TARGET.clone()
    };
    assert_eq!(refusal(Some(&ended), TARGET.id), fault("into", "ended"));
    let merged = into(Some(&TARGET), TARGET.id).unwrap();
    assert_eq!(merged.after.state, State::Merged);
    // Saved only while the other goes on as it was seen.
    assert_eq!(merged.requires_unchanged, Some((TARGET.id, TARGET.rev)));

    let whole = Case {
        parent: Some(TARGET.id),
        ..triaged.case.clone()
    };
    let with_whole = whole.decide(merge(TARGET.id), staff(DESK), &context(triaged.now));
    assert_eq!(with_whole.unwrap_err(), fault("into", "same_matter"));
}

#[test]
fn work_begins_when_the_unit_speaks_to_the_resident_not_when_others_do() {
    let accepted = Story::with(SUBDISTRICT).then(STREET_DESK, Command::Accept);
    for (who, expected) in [
        (STREET_DIRECTOR, State::InProgress),
        // The secretary leads but does not work on cases; the community's desk does not have this one.
        (STREET_SECRETARY, State::Accepted),
        (DESK, State::Accepted),
    ] {
        let story = accepted.clone().then(who, note(NoteTo::Resident));
        assert_eq!(story.case.state, expected, "{who}");
    }
}

#[test]
fn reopening_clears_the_desk_and_promises_a_redo() {
    let story = Story::at_work()
        .outage_until("2026-11-24T10:00")
        .then(STREET_DESK, resolve())
        .outage_until("2026-12-10T10:00")
        .then(STREET_DESK, reopen());
    assert_eq!(story.case.assignment, None);
    assert_eq!(story.case.reopened, 1);
    // Five working days after Thursday, December 10.
    assert_eq!(story.case.due_at().map(local).unwrap(), "2026-12-17T17:30");
    assert_eq!(story.due(ClockKind::Triage).unwrap(), "2026-12-11T17:30");
    assert!(!story.case.is_overdue(story.now));
}

#[test]
fn what_colleagues_write_among_themselves_stays_inside() {
    let reason = || "内部说明".to_owned();
    let internal = [
        EventKind::Noted {
            text: reason(),
            to: NoteTo::Internal,
        },
        EventKind::Returned {
            from: unit(SUBDISTRICT),
            reason: reason(),
        },
    ];
    for kind in internal {
        assert_eq!(kind.visibility(), Visibility::Internal, "{}", kind.code());
    }
    assert_eq!(
        EventKind::Withdrawn { reason: None }.visibility(),
        Visibility::Resident
    );
    let public = EventKind::Noted {
        text: reason(),
        to: NoteTo::Resident,
    };
    assert_eq!(public.visibility(), Visibility::Public);
}

#[test]
fn the_public_reads_of_a_missed_promise_but_not_who_was_reminded_of_what() {
    use Rung::{Due, Half, Notice, Red, Repeat, Report, Yellow};
    let due_at = at(MONDAY);
    for clock in ClockKind::ALL {
        for rung in [Half, Yellow, Due, Red, Notice, Report, Repeat] {
            let missed = clock == ClockKind::Resolve && matches!(rung, Due | Red | Notice | Report);
            let reminder = EventKind::Reminded(Reminder {
                clock,
                rung,
                due_at,
                due_version: 0,
                scheduled_at: due_at,
                superseded: vec![],
            });
            let expected = if missed {
                Visibility::Public
            } else {
                Visibility::Internal
            };
            assert_eq!(reminder.visibility(), expected, "{clock:?} {rung:?}");
        }
    }
}

#[test]
fn a_new_case_is_promised_as_ordinary_until_somebody_says_more() {
    let unnamed = Story::received(MONDAY);
    assert_eq!((unnamed.case.tier, unnamed.case.version), (Tier::P2, 1));
    let named = Story::received_as("burst-pipe", MONDAY);
    assert_eq!(named.case.tier, Tier::P1);
    assert_eq!(named.case.promises, rules().current_promises().version);
}

#[test]
fn what_is_not_ours_is_refused_with_the_name_of_whose_it_is() {
    let with = |code, authority: Option<&str>| Command::Refuse {
        reason: "属于市管道路".to_owned(),
        code,
        authority: authority.map(str::to_owned),
    };
    let story = Story::received(MONDAY).then(DESK, triage("pothole"));
    for code in RefusalReason::ALL {
        let names = code == RefusalReason::OtherAuthority;
        let alone = story.try_to(DESK, with(code, None));
        let named = story.try_to(DESK, with(code, Some("市交通运输局")));
        assert_eq!(alone.is_ok(), !names, "{code:?}");
        assert_eq!(named.is_ok(), names, "{code:?}");
    }
    let refusal = story.refusal(DESK, with(RefusalReason::OtherAuthority, None));
    assert_eq!(refusal, fault("authority", "required"));
}
