//! When a message may be sent to a person's phone, and to whose.

use jiff::civil::{Date, Time, date, time};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use zhitiao_domain::case::announcement;
use zhitiao_domain::case::audience::{self};
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::promise::Tier;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::State;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Case, Event, EventKind, Reminder};
use zhitiao_domain::kernel::calendar::date_of;
use zhitiao_domain::kernel::ladder::Rung;
use zhitiao_domain::kernel::org::{Absence, NotificationPreferences, Role, Staff};
use zhitiao_domain::notify::audience::{Addressee, Urgency, Why};
use zhitiao_domain::notify::schedule::{self, Plan};

use crate::district::{
    self, COMMUNITY, DESK, HANDLER, MONDAY, STREET_DESK, STREET_SECRETARY, Story, at, received,
    rules, staff_id, unit,
};

const TIERS: [Tier; 6] = [
    Tier::P0,
    Tier::P1,
    Tier::P2,
    Tier::P3,
    Tier::P4,
    Tier::Question,
];

fn person(change: impl FnOnce(&mut NotificationPreferences)) -> Staff {
    let mut person = district::staff(DESK).clone();
    change(&mut person.notifications);
    person
}

fn until(moment: &str) -> Plan {
    Plan::WaitUntil(at(moment))
}

#[track_caller]
fn check(person: &Staff, urgency: Urgency, tier: Tier, now: &str, expected: Plan) {
    let plan = schedule::plan(
        urgency,
        announcement::is_critical(urgency, tier),
        person,
        at(now),
        rules().calendar(),
    );
    assert_eq!(plan, expected, "{urgency:?} {tier:?} at {now}");
}

#[test]
fn what_cannot_wait_waits_only_for_the_end_of_the_quiet_hours_on_a_working_day() {
    let anybody = person(|_| ());
    for (now, expected) in [
        ("2026-11-23T08:00", Plan::Now),
        ("2026-11-23T12:30", Plan::Now),
        ("2026-11-23T21:29", Plan::Now),
        ("2026-11-23T21:30", until("2026-11-24T08:00")),
        ("2026-11-24T02:00", until("2026-11-24T08:00")),
        ("2026-11-24T07:59", until("2026-11-24T08:00")),
        // Friday evening, and the weekend.
        ("2026-11-27T22:00", until("2026-11-30T08:00")),
        ("2026-11-28T11:00", until("2026-11-30T08:00")),
        // A Saturday that is worked in return for a day off, and the National Day week.
        ("2026-10-10T11:00", Plan::Now),
        ("2026-10-09T23:00", until("2026-10-10T08:00")),
        ("2026-09-30T22:00", until("2026-10-08T08:00")),
    ] {
        for tier in &TIERS[1..] {
            check(&anybody, Urgency::Immediate, *tier, now, expected);
        }
    }
}

#[test]
fn danger_to_life_reaches_everybody_at_any_hour() {
    let deaf = person(|wishes| (wishes.immediate, wishes.digest) = (false, false));
    for now in ["2026-11-24T02:00", "2026-11-28T11:00", "2026-10-01T00:00"] {
        check(&deaf, Urgency::Immediate, Tier::P0, now, Plan::Now);
        assert!(announcement::is_critical(Urgency::Immediate, Tier::P0));
    }
    // A colleague's note about it does not.
    assert!(!announcement::is_critical(Urgency::Digest, Tier::P0));
    assert!(!announcement::is_critical(Urgency::Immediate, Tier::P1));
    check(&deaf, Urgency::Digest, Tier::P0, MONDAY, Plan::Never);
}

#[test]
fn the_rest_is_left_to_the_digest_and_both_to_the_persons_wishes() {
    let wishing = |immediate, digest| {
        person(|wishes| (wishes.immediate, wishes.digest) = (immediate, digest))
    };
    for (immediate, digest, at_once, later) in [
        (true, true, Plan::Now, Plan::Digest),
        (true, false, Plan::Now, Plan::Never),
        (false, true, Plan::Digest, Plan::Digest),
        (false, false, Plan::Never, Plan::Never),
    ] {
        let person = wishing(immediate, digest);
        check(&person, Urgency::Immediate, Tier::P2, MONDAY, at_once);
        check(&person, Urgency::Digest, Tier::P2, MONDAY, later);
    }
}

#[test]
fn quiet_hours_are_the_persons_own() {
    let at_noon = person(|wishes| {
        wishes.quiet_from = time(12, 0, 0, 0);
        wishes.quiet_until = time(14, 0, 0, 0);
    });
    let never = person(|wishes| wishes.quiet_from = wishes.quiet_until);
    let now = |person: &Staff, now, expected| {
        check(person, Urgency::Immediate, Tier::P1, now, expected);
    };
    now(&at_noon, "2026-11-23T13:00", until("2026-11-23T14:00"));
    now(&at_noon, "2026-11-23T23:00", Plan::Now);
    now(&at_noon, "2026-11-28T23:00", until("2026-11-30T00:00"));
    now(&never, "2026-11-24T03:00", Plan::Now);
    now(&never, "2026-11-28T03:00", until("2026-11-30T00:00"));
}

prop_compose! {
    fn moments()(minutes in 0_i64..730 * 24 * 60) -> Timestamp {
        at("2025-12-01T00:00") + SignedDuration::from_mins(minutes)
    }
}

prop_compose! {
    fn times()(minutes in 0_i8..96) -> Time {
        time(minutes / 4, minutes % 4 * 15, 0, 0)
    }
}

prop_compose! {
    fn persons()(from in times(), until in times(), immediate in any::<bool>(), digest in any::<bool>()) -> Staff {
        person(|wishes| {
            *wishes = NotificationPreferences {
                immediate,
                digest,
                quiet_from: from,
                quiet_until: until,
                per_hour: 6,
            };
        })
    }
}

proptest! {
    #[test]
    fn nobody_is_disturbed_in_quiet_hours_or_on_rest_days_but_for_danger(
        person in persons(), now in moments(), tier in prop::sample::select(&TIERS[..]),
    ) {
        let calendar = rules().calendar();
        let plan = schedule::plan(
            Urgency::Immediate,
            announcement::is_critical(Urgency::Immediate, tier),
            &person,
            now,
            calendar,
        );
        let is_free = calendar.is_working_day(date_of(now)) && !person.is_quiet(now);
        prop_assert!(plan != Plan::Now || tier == Tier::P0 || is_free);
        prop_assert!(plan == Plan::Now || tier != Tier::P0);
    }

    #[test]
    fn what_waits_is_sent_at_the_first_moment_that_allows_it(
        person in persons(), now in moments(), part in 0.0..1.0_f64,
    ) {
        let plan = |now| schedule::when_awake(&person, now, rules().calendar());
        if let Plan::WaitUntil(later) = plan(now) {
            prop_assert!(later > now);
            prop_assert_eq!(plan(later), Plan::Now, "it is not put off again");
            let between = now + later.duration_since(now).mul_f64(part);
            prop_assert!(between == later || plan(between) == Plan::WaitUntil(later));
        } else {
            prop_assert_eq!(plan(now), Plan::Now, "it is sent or it waits: it is never lost");
        }
    }
}

/// Who is told in person, and how soon: `wang.fang now`.
fn told(
    audience: &[Addressee],
    case: &Case,
    event: Option<&Event>,
    rules: &Rulebook,
) -> Vec<String> {
    let recipients = announcement::recipients(audience, case, event, &rules.org, at(MONDAY));
    let line = |to: &announcement::Recipient<'_>| {
        let when = match to.urgency {
            Urgency::Immediate => "now",
            Urgency::Digest => "digest",
        };
        format!("{} {when}", to.person.id)
    };
    recipients.iter().map(line).collect()
}

fn absent(id: &str, deputy: Option<&str>) -> Rulebook {
    let mut staff = district::all_staff();
    let person = staff.iter_mut().find(|one| one.id.as_str() == id).unwrap();
    let monday: Date = date(2026, 11, 23);
    person.deputy = deputy.map(staff_id);
    person.absences = vec![Absence {
        from: monday,
        to: monday,
    }];
    district::rulebook_of(district::units(), staff)
}

#[test]
fn leaders_are_told_of_danger_at_once_and_of_other_new_cases_not_in_person() {
    let new = |category| {
        let case = received(Some(category), at(MONDAY));
        told(
            &audience::of_new_case(&case, rules(), at(MONDAY)),
            &case,
            None,
            rules(),
        )
    };
    let danger = new("gas-leak");
    assert!(
        danger.iter().all(|line| line.ends_with(" now")),
        "{danger:?}"
    );
    assert!(danger.contains(&format!("{STREET_SECRETARY} now")));
    let household = new("burst-pipe");
    for line in [
        format!("{DESK} now"),
        format!("{HANDLER} now"),
        format!("{STREET_SECRETARY} digest"),
        "han.wen digest".to_owned(),
    ] {
        assert!(household.contains(&line), "{line}: {household:?}");
    }
}

fn given_to(person: &str) -> Story {
    let to = Command::Assign {
        unit: unit(COMMUNITY),
        person: Some(staff_id(person)),
        hard: false,
        reason: None,
    };
    Story::received_as("burst-pipe", MONDAY)
        .then(DESK, district::triage("burst-pipe"))
        .then(DESK, to)
}

fn told_of_last(story: &Story, rules: &Rulebook) -> Vec<String> {
    let event = story.events.last().unwrap();
    let audience = audience::of_event(event, &story.case, rules, at(MONDAY));
    told(&audience, &story.case, Some(event), rules)
}

#[test]
fn the_named_person_is_told_or_the_deputy_and_whoever_did_it_is_not() {
    let story = given_to(HANDLER);
    // The desk officer, who would be told as well, has just done it.
    assert_eq!(told_of_last(&story, rules()), ["zhang.wei now"]);
    let covered = absent(HANDLER, Some("ma.jun"));
    assert_eq!(told_of_last(&story, &covered), ["ma.jun now"]);
    // There is no deputy: the message speaks to the holders of the posts, and here the only other one did it.
    let uncovered = absent(HANDLER, None);
    assert_eq!(told_of_last(&story, &uncovered), Vec::<String>::new());
}

fn reminder(case: &Case, rung: Rung) -> Event {
    let timer = case.timers.get(ClockKind::Resolve).unwrap();
    Event {
        number: 9,
        at: at(MONDAY),
        author: zhitiao_domain::case::Author::System,
        command: None,
        kind: EventKind::Reminded(Reminder {
            clock: ClockKind::Resolve,
            rung,
            due_at: timer.due.unwrap().at,
            due_version: timer.version,
            scheduled_at: at(MONDAY),
            superseded: vec![],
        }),
    }
}

#[test]
fn the_named_person_stands_for_the_doers_only_and_the_desk_and_the_heads_still_hear() {
    let case = given_to(HANDLER).case;
    let red = reminder(&case, Rung::Red);
    let audience = audience::of_event(&red, &case, rules(), at(MONDAY));
    let told = told(&audience, &case, Some(&red), rules());
    assert_eq!(
        told,
        [
            "li.jianguo now",
            "sun.zhiqiang now",
            "wang.fang now",
            "zhang.wei now"
        ]
    );
}

#[test]
fn whoever_holds_several_of_the_posts_is_told_once_and_as_soon_as_any_of_them() {
    let case = received(Some("burst-pipe"), at(MONDAY));
    let rules = absent("li.jianguo", Some(DESK));
    let addressee = |urgency, roles: &[Role]| Addressee {
        unit: unit(COMMUNITY),
        roles: roles.to_vec(),
        person: None,
        why: Why::Desk,
        urgency,
    };
    let audience = [
        addressee(Urgency::Digest, &[Role::CommunityDirector]),
        addressee(Urgency::Immediate, &[Role::DeskOfficer]),
    ];
    assert_eq!(told(&audience, &case, None, &rules), ["wang.fang now"]);
}

#[test]
fn a_message_that_waited_is_overtaken_when_the_case_has_moved_on() {
    let new = received(Some("burst-pipe"), at(MONDAY));
    assert!(!announcement::is_overtaken(None, &new));
    let given = given_to(HANDLER);
    assert!(announcement::is_overtaken(None, &given.case));
    let assigned = given.events.last().unwrap().clone();
    assert!(!announcement::is_overtaken(Some(&assigned), &given.case));
    let red = reminder(&given.case, Rung::Red);
    assert!(!announcement::is_overtaken(Some(&red), &given.case));

    let taken = given.clone().then(HANDLER, Command::Accept);
    assert!(announcement::is_overtaken(Some(&assigned), &taken.case));
    let elsewhere = given.then(DESK, district::assign("badaguan"));
    assert!(announcement::is_overtaken(Some(&assigned), &elsewhere.case));

    let done = taken
        .then(
            HANDLER,
            district::note(zhitiao_domain::case::NoteTo::Resident),
        )
        .then(HANDLER, district::resolve());
    let resolved = done.events.last().unwrap().clone();
    assert!(announcement::is_overtaken(Some(&red), &done.case));
    assert!(!announcement::is_overtaken(Some(&resolved), &done.case));
    let again = done.then(STREET_DESK, district::reopen());
    assert!(announcement::is_overtaken(Some(&resolved), &again.case));
}

#[test]
fn one_danger_in_one_community_is_one_incident_and_nothing_else_is_one() {
    let mut case = received(Some("manhole-cover"), at(MONDAY));
    case.tier = Tier::P0;
    let incident = announcement::incident(Urgency::Immediate, &case).unwrap();
    assert_eq!(incident.community, case.report.place.community);
    assert_eq!(incident.category, case.category);
    assert_eq!(announcement::incident(Urgency::Digest, &case), None);
    case.tier = Tier::P1;
    assert_eq!(announcement::incident(Urgency::Immediate, &case), None);
}

#[test]
fn nobody_is_on_the_way_until_a_unit_has_accepted() {
    let mut case = received(Some("manhole-cover"), at(MONDAY));
    let waiting = State::ALL.into_iter().filter(|state| {
        case.state = *state;
        announcement::is_unaccepted(&case)
    });
    let expected = [
        State::Submitted,
        State::Triaged,
        State::Assigned,
        State::Escalated,
        State::Returned,
        State::Reopened,
    ];
    assert_eq!(waiting.collect::<Vec<_>>(), expected);
}
