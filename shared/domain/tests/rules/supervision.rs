//! Supervision: proposed by one, signed by another, reminded of until it is signed off.

use zhitiao_domain::case::decide::{Command, Refusal};
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::proposal::Matter;
use zhitiao_domain::case::state::{State, Verb};
use zhitiao_domain::case::statements::{order_statement, sign_off_statement};
use zhitiao_domain::case::supervision::sha256_hex;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{EventKind, Visibility};
use zhitiao_domain::kernel::ladder::Rung;

use crate::audience::check;
use crate::case_rules::fault;
use crate::district::{
    DESK, HANDLER, STREET_DESK, STREET_DIRECTOR, STREET_SECRETARY, Story, at, hold, reopen,
    resolve, rules, staff,
};

fn supervise() -> Command {
    Command::Supervise {
        reason: "十八栋楼的管网等了两年".to_owned(),
    }
}

/// The signature that the person would give to what stands there now.
fn signature(story: &Story, who: &str) -> Command {
    let proposal = story.case.proposal(Matter::Supervision).unwrap();
    Command::Sign {
        // As phones send it.
        name: format!(" {}\u{200b}\u{3000}", staff(who).name),
        sha256: sha256_hex(&order_statement(&story.case, proposal, &rules().org)),
    }
}

/// The story, with an order that the desk asked for and the secretary signed.
pub(crate) fn signed(story: Story) -> Story {
    let asked = story.then(STREET_DESK, supervise());
    let signature = signature(&asked, STREET_SECRETARY);
    asked.then(STREET_SECRETARY, signature)
}

fn sign_off(who: &str) -> Command {
    Command::SignOff {
        name: staff(who).name.clone(),
        statement: "现场看过，已修好".to_owned(),
    }
}

#[test]
fn an_order_is_signed_by_another_leader_under_the_own_name_and_for_the_words_that_were_read() {
    let asked = Story::at_work().then(STREET_DIRECTOR, supervise());
    let own = signature(&asked, STREET_DIRECTOR);
    assert_eq!(
        asked.refusal(STREET_DIRECTOR, own),
        Refusal::NotNow("same_person")
    );
    for nobody in [STREET_DESK, HANDLER, DESK] {
        let theirs = signature(&asked, nobody);
        assert_eq!(
            asked.refusal(nobody, theirs),
            Refusal::NotAllowed(Verb::Sign)
        );
    }
    let of_another = signature(&asked, STREET_DIRECTOR);
    assert_eq!(
        asked.refusal(STREET_SECRETARY, of_another),
        fault("name", "not_your_name")
    );
    let stale = Command::Sign {
        name: staff(STREET_SECRETARY).name.clone(),
        sha256: sha256_hex("other words"),
    };
    assert_eq!(
        asked.refusal(STREET_SECRETARY, stale),
        fault("sha256", "not_what_is_signed")
    );
    let approve = Command::Approve {
        matter: Matter::Supervision,
    };
    assert_eq!(
        asked.refusal(STREET_SECRETARY, approve),
        fault("matter", "must_be_signed")
    );
    let words = order_statement(
        &asked.case,
        asked.case.proposal(Matter::Supervision).unwrap(),
        &rules().org,
    );
    let theirs = signature(&asked, STREET_SECRETARY);
    let signed = asked.then(STREET_SECRETARY, theirs);
    let EventKind::SupervisionOrdered {
        words: stored,
        signature,
        ..
    } = signed.last()
    else {
        panic!("{:?}", signed.last());
    };
    assert_eq!((stored, &signature.sha256), (&words, &sha256_hex(&words)));
    let proposer = &staff(STREET_DIRECTOR).name;
    assert!(words.contains(proposer), "{words}");
    assert_eq!(signed.last().visibility(), Visibility::Public);
    assert_eq!(signed.case.proposals, []);
}

#[test]
fn a_supervised_case_is_reminded_of_every_five_working_days_also_on_hold_until_it_is_signed_off() {
    let story = signed(Story::at_work()).until("2027-01-15T10:00");
    let rungs: Vec<Rung> = story
        .rungs(ClockKind::Supervision)
        .into_iter()
        .map(|(rung, _)| rung)
        .collect();
    assert_eq!(rungs[0], Rung::Due);
    assert!(rungs.len() > 6 && rungs[1..].iter().all(|rung| *rung == Rung::Repeat));

    let done = story.then(STREET_DESK, resolve());
    let unsigned = done.refusal(STREET_DESK, Command::Close { reason: None });
    assert_eq!(unsigned, Refusal::NotNow("not_signed_off"));
    let off = done.then(STREET_DIRECTOR, sign_off(STREET_DIRECTOR));
    assert_eq!(off.case.timers.get(ClockKind::Supervision), None);
    let closed = off.then(STREET_DESK, Command::Close { reason: None });
    assert_eq!(closed.case.state, State::Closed);
}

#[test]
fn whoever_resolved_a_supervised_case_does_not_sign_it_off() {
    let done = signed(Story::at_work()).then(STREET_DIRECTOR, resolve());
    let own = done.refusal(STREET_DIRECTOR, sign_off(STREET_DIRECTOR));
    assert_eq!(own, Refusal::NotNow("same_person"));
    let words = sign_off_statement(&done.case, "现场看过，已修好");
    let off = done.then(STREET_SECRETARY, sign_off(STREET_SECRETARY));
    let EventKind::SignedOff {
        words: stored,
        signature,
        ..
    } = off.last()
    else {
        panic!("{:?}", off.last());
    };
    assert_eq!((stored, &signature.sha256), (&words, &sha256_hex(&words)));
    let again = off.then(STREET_DESK, reopen());
    assert!(again.case.timers.get(ClockKind::Supervision).is_some());
}

#[test]
fn five_working_days_after_the_promise_the_rules_themselves_ask_for_supervision() {
    // Due on Monday the 30th; the report goes out on Monday the 7th.
    let story = Story::at_work().until("2026-12-04T10:00");
    assert_eq!(story.case.proposals, []);
    let story = story.until("2026-12-07T10:00");
    let asked = story.case.proposal(Matter::Supervision).unwrap();
    assert_eq!(asked.by, None);
    assert!(story.case.timers.get(ClockKind::Approval).is_some());
    // Once only, however long it goes on.
    let story = story.until("2027-01-20T10:00");
    assert_eq!(story.case.proposals.len(), 1);
    let signature = signature(&story, STREET_DIRECTOR);
    let signed = story
        .then(STREET_DIRECTOR, signature)
        .until("2027-02-10T10:00");
    assert_eq!(signed.case.proposals, []);
}

#[test]
fn a_report_that_an_outage_or_a_hold_swallowed_still_asks_for_supervision_and_reaches_its_readers()
{
    // Due on Monday the 30th; by Tuesday the 15th report and the first repeat are past.
    let story = Story::at_work().outage_until("2026-12-15T10:00").sweep();
    let EventKind::Reminded(reminder) = story
        .events
        .iter()
        .map(|event| &event.kind)
        .find(|kind| matches!(kind, EventKind::Reminded(one) if one.clock == ClockKind::Resolve))
        .unwrap()
    else {
        unreachable!("found as a reminder");
    };
    assert_eq!(reminder.rung, Rung::Repeat);
    assert!(reminder.superseded.contains(&Rung::Report));
    assert!(story.case.proposal(Matter::Supervision).is_some());
    check(
        &story.case,
        EventKind::Reminded(reminder.clone()),
        &[
            "badaguan: DeskOfficer+Handler+SubdistrictDirector+SubdistrictSecretary (assignee, digest)",
            "shinan: DistrictSupervisor (supervision, digest)",
            "urban-management: DepartmentLiaison (assignee, digest)",
            "xianggang-huayuan: CommunityDirector (head, digest)",
        ],
    );
}

#[test]
fn each_thing_that_is_asked_has_its_whole_time_and_of_a_done_case_nothing_is_decided() {
    let supervised = Story::at_work().then(STREET_DESK, supervise());
    let asked = supervised.until("2026-11-24T16:00").then(
        STREET_DESK,
        hold(HoldReason::Season, at("2026-12-20T10:00")),
    );
    let due = asked.due(ClockKind::Approval);
    assert_eq!(due.unwrap(), "2026-11-25T17:30");
    let done = asked.then(STREET_DESK, resolve());
    assert!(done.case.proposal(Matter::Supervision).is_some());
    assert_eq!(done.case.timers.get(ClockKind::Approval), None);
    let again = done.then(STREET_DESK, reopen());
    assert!(again.case.timers.get(ClockKind::Approval).is_some());
}

#[test]
fn a_case_that_is_reopened_twice_is_proposed_for_supervision() {
    let once = Story::at_work()
        .then(STREET_DESK, resolve())
        .then(STREET_DESK, reopen());
    assert_eq!(once.case.proposals, []);
    let twice = once
        .then(STREET_DESK, crate::district::assign("badaguan"))
        .then(STREET_DESK, Command::Accept)
        .then(STREET_DESK, resolve())
        .then(STREET_DESK, reopen());
    assert!(twice.case.proposal(Matter::Supervision).is_some());
}

#[test]
fn a_directive_is_for_colleagues_only() {
    let text = "本周内拿出方案".to_owned();
    let directed = Story::at_work().then(STREET_SECRETARY, Command::Direct { text });
    assert_eq!(directed.last().visibility(), Visibility::Internal);
    let text = "快点".to_owned();
    let refused = Story::at_work().refusal(STREET_DESK, Command::Direct { text });
    assert_eq!(refused, Refusal::NotAllowed(Verb::Direct));
}
