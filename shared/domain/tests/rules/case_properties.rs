//! What holds of a case whatever people do to it, in whatever order, and however late or often the sweep comes.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use zhitiao_domain::case::cooperation::Part;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::event::ResumeCause;
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::proposal::Matter;
use zhitiao_domain::case::publication::PublicationRequest;
use zhitiao_domain::case::rights::{self, Right};
use zhitiao_domain::case::state::{Outcome, State, TRANSITIONS, Verb};
use zhitiao_domain::case::statements::order_statement;
use zhitiao_domain::case::supervision::sha256_hex;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{Case, EventKind, NoteTo};
use zhitiao_domain::kernel::ids::CaseId;
use zhitiao_domain::kernel::org::Staff;

use crate::district::{
    COMMUNITY, DEPARTMENT, DESK, EVIDENCE, EVIDENCE_BEFORE, HANDLER, OTHER_DEPARTMENT, STREET_DESK,
    STREET_DIRECTOR, STREET_SECRETARY, SUBDISTRICT, TEAM, approve, assign, at, category, context,
    extend, note, received, refused, rules, staff, terms, unit,
};
use crate::model::Stored;

/// Everybody who tries something: with a part in the case, with none, and without any right.
const CAST: [&str; 14] = [
    DESK,
    HANDLER,
    STREET_DESK,
    STREET_DIRECTOR,
    STREET_SECRETARY,
    "zhao.min",
    "li.jianguo",
    "hou.yulan",
    "ma.jun",
    "gao.ming",
    "deng.shumin",
    "wu.jianjun",
    "he.lei",
    "han.wen",
];

const CATEGORIES: [&str; 7] = [
    "manhole-cover",
    "burst-pipe",
    "pothole",
    "street-lamp",
    "noise",
    "facade",
    "policy-question",
];

const UNITS: [&str; 7] = [
    COMMUNITY,
    SUBDISTRICT,
    TEAM,
    DEPARTMENT,
    OTHER_DEPARTMENT,
    "hongdao-lu",
    "shinan",
];

const HOLDS: [HoldReason; 5] = [
    HoldReason::Budget,
    HoldReason::OtherUnit,
    HoldReason::Resident,
    HoldReason::Season,
    HoldReason::Legal,
];

/// Something that happens to a case.
#[derive(Debug, Clone)]
enum Step {
    /// A person acts; `behind` when the sweep comes in between looking and saving.
    Act {
        verb: Index,
        who: Index,
        entitled: bool,
        behind: bool,
        choice: [u8; 5],
    },
    /// Time passes.
    Wait(SignedDuration, Sweep),
}

/// How the sweep comes while time passes.
#[derive(Debug, Clone)]
enum Sweep {
    /// At each moment that the case names.
    OnTime,
    /// Once, at the end: an outage lies behind.
    Late,
    /// Twice at the end, by two sweepers whose clocks differ.
    Twice {
        skew: SignedDuration,
        late_one_first: bool,
    },
    /// Not at all.
    Missed,
}

fn minutes(range: std::ops::Range<i64>) -> impl Strategy<Value = SignedDuration> {
    range.prop_map(SignedDuration::from_mins)
}

fn an_act() -> impl Strategy<Value = Step> {
    let entitled = prop::bool::weighted(0.85);
    let parts = (
        any::<Index>(),
        any::<Index>(),
        entitled,
        any::<bool>(),
        any::<[u8; 5]>(),
    );
    parts.prop_map(|(verb, who, entitled, behind, choice)| Step::Act {
        verb,
        who,
        entitled,
        behind,
        choice,
    })
}

fn a_wait() -> impl Strategy<Value = Step> {
    let how_long = prop_oneof![
        4 => minutes(0..600),
        4 => minutes(0..10 * 1440),
        1 => minutes(0..120 * 1440),
    ];
    let sweep = prop_oneof![
        3 => Just(Sweep::OnTime),
        1 => Just(Sweep::Late),
        1 => (0..5 * 60_i64, any::<bool>()).prop_map(|(skew, late_one_first)| Sweep::Twice {
            skew: SignedDuration::from_secs(skew),
            late_one_first,
        }),
        1 => Just(Sweep::Missed),
    ];
    (how_long, sweep).prop_map(|(how_long, sweep)| Step::Wait(how_long, sweep))
}

fn a_life() -> impl Strategy<Value = (Case, Vec<Step>)> {
    let case = (
        prop::option::of(0..CATEGORIES.len()),
        0..3 * 365 * 86_400_i64,
    );
    let case = case.prop_map(|(chosen, seconds)| {
        let at = at("2024-01-01T00:00") + SignedDuration::from_secs(seconds);
        received(chosen.map(|i| CATEGORIES[i]), at)
    });
    (case, vec(prop_oneof![2 => an_act(), 1 => a_wait()], 1..60))
}

fn pick<T: Copy>(from: &[T], choice: u8) -> T {
    from[usize::from(choice) % from.len()]
}

/// The hash that a signature of the proposed order must name.
fn hash_of_what_is_asked(case: &Case) -> Option<String> {
    let proposal = case.proposal(Matter::Supervision)?;
    Some(sha256_hex(&order_statement(case, proposal, &rules().org)))
}

/// A command of the verb, mostly a sensible one.
fn command(
    verb: Verb,
    case: &Case,
    person: &Staff,
    now: Timestamp,
    choice: [u8; 5],
) -> Option<Command> {
    let reason = || reason(choice[0]);
    Some(match verb {
        Verb::Triage => triage_of(choice),
        Verb::Publish => publication_of(choice),
        Verb::Assign => assign(pick(&UNITS, choice[1])),
        Verb::Accept => Command::Accept,
        Verb::Begin => note(NoteTo::Resident),
        Verb::Note => note(pick(&[NoteTo::Resident, NoteTo::Internal], choice[1])),
        Verb::Return => Command::Return { reason: reason() },
        Verb::Escalate => Command::Escalate {
            to: (!often(choice[1])).then(|| unit(pick(&UNITS, choice[2]))),
            reason: reason(),
        },
        Verb::HandDown => Command::HandDown {
            to: unit(pick(&UNITS, choice[1])),
            reason: reason(),
        },
        Verb::Hold => Command::Hold {
            terms: terms(
                pick(&HOLDS, choice[1]),
                now + SignedDuration::from_hours(3 * i64::from(choice[2])),
            ),
            reason: reason(),
        },
        Verb::ApproveHold => approve(Matter::Hold),
        Verb::ReviewHold => Command::ReviewHold {
            review_at: now + SignedDuration::from_hours(3 * i64::from(choice[2])),
            reason: reason(),
        },
        Verb::Extend => extend(u32::from(choice[1] % 12)),
        Verb::ApproveExtension => approve(Matter::Extension),
        Verb::Decline => Command::Decline {
            matter: pick(&Matter::ALL, choice[1]),
            reason: reason(),
        },
        Verb::Supervise => Command::Supervise { reason: reason() },
        Verb::Sign => Command::Sign {
            name: person.name.clone(),
            sha256: hash_of_what_is_asked(case)?,
        },
        Verb::Direct => Command::Direct {
            text: "抓紧办".to_owned(),
        },
        Verb::SignOff => Command::SignOff {
            name: person.name.clone(),
            statement: reason(),
        },
        verb => command_of_work(verb, case, now, choice),
    })
}

fn triage_of(choice: [u8; 5]) -> Command {
    Command::Triage {
        category: category(pick(&CATEGORIES, choice[1])),
        publish: choice[2] < 128,
        photos: None,
        reason: often(choice[3]).then(|| reason(choice[0])),
    }
}

fn publication_of(choice: [u8; 5]) -> Command {
    Command::Publish(PublicationRequest {
        publish: choice[1] < 128,
        photos: often(choice[2]).then(|| BTreeSet::from([EVIDENCE])),
        hidden_photos: (choice[3] < 64).then(|| BTreeSet::from([EVIDENCE_BEFORE])),
        hidden_events: (choice[4] < 64).then(|| BTreeSet::from([1])),
        reason: Some(reason(choice[0])),
    })
}

/// Mostly a reason.
fn reason(choice: u8) -> String {
    if often(choice) {
        "原因".to_owned()
    } else {
        String::new()
    }
}

fn often(choice: u8) -> bool {
    choice >= 32
}

/// A command of the verbs by which units share the work, do it and end the case.
fn command_of_work(verb: Verb, case: &Case, now: Timestamp, choice: [u8; 5]) -> Command {
    let reason = || reason(choice[0]);
    match verb {
        Verb::Involve => Command::Involve {
            unit: unit(pick(&UNITS, choice[1])),
            reason: reason(),
        },
        Verb::FinishPart => Command::FinishPart { reason: reason() },
        Verb::Release => Command::Release {
            unit: unit(pick(&UNITS, choice[1])),
            reason: reason(),
        },
        Verb::Split => Command::Split {
            parts: vec![part(choice[1]), part(choice[2])],
        },
        Verb::ScheduleVisit => Command::ScheduleVisit {
            from: now + SignedDuration::from_hours(i64::from(choice[1])),
            to: now + SignedDuration::from_hours(i64::from(choice[1]) + i64::from(choice[2] % 14)),
        },
        Verb::Arrive => Command::Arrive,
        Verb::Secure => Command::Secure { reason: reason() },
        Verb::Resume => Command::Resume,
        Verb::Resolve => Command::Resolve {
            reason: reason(),
            evidence: if often(choice[1]) {
                vec![EVIDENCE, EVIDENCE_BEFORE]
            } else {
                vec![]
            },
            outcome: if often(choice[2]) {
                Outcome::Fixed
            } else {
                Outcome::Answered
            },
        },
        Verb::Close => Command::Close { reason: None },
        Verb::Reopen => Command::Reopen { reason: reason() },
        Verb::Refuse => refused(reason()),
        Verb::Merge => Command::Merge {
            into: if often(choice[1]) {
                CaseId::parse("00000001").unwrap()
            } else {
                case.id
            },
            reason: reason(),
        },
        verb => panic!("no command of {verb:?}"),
    }
}

fn part(choice: u8) -> Part {
    Part {
        text: "一部分".to_owned(),
        category: category(pick(&CATEGORIES, choice)),
    }
}

/// What staff never do.
const OF_THE_REPORTER: &[Verb] = &[
    Verb::Withdraw,
    Verb::Reply,
    Verb::Urge,
    Verb::Correct,
    Verb::AddPhotos,
    Verb::RevokeConsent,
    Verb::SetContact,
    Verb::EraseContact,
    Verb::Confirm,
    Verb::Object,
];

/// The verbs that the state allows; notes, and the two that end a case early, only now and then.
fn verbs(state: State, choice: u8) -> Vec<Verb> {
    let rare = |verb| match verb {
        Verb::Note
        | Verb::Publish
        | Verb::Direct
        | Verb::Involve
        | Verb::Release
        | Verb::Split
        | Verb::Decline => choice >= 64,
        Verb::Refuse | Verb::Merge => choice >= 16,
        _ => false,
    };
    let rows = TRANSITIONS.iter().filter(|row| row.from.contains(&state));
    rows.map(|row| row.verb)
        .filter(|verb| !rare(*verb) && !OF_THE_REPORTER.contains(verb))
        .collect()
}

fn somebody(case: &Case, verb: Verb, who: Index, entitled: bool) -> &'static Staff {
    let may = |person: &&'static Staff| {
        !entitled || rights::may(&rules().org, person, Right::Do(verb), case)
    };
    let candidates: Vec<_> = CAST.map(staff).into_iter().filter(may).collect();
    if candidates.is_empty() {
        staff(DESK)
    } else {
        candidates[who.index(candidates.len())]
    }
}

/// A case and the time.
struct World {
    stored: Stored,
    now: Timestamp,
}

impl World {
    fn live(case: Case, steps: Vec<Step>) -> Self {
        let mut world = Self {
            now: case.report.at,
            stored: Stored::new(case),
        };
        for step in steps {
            match step {
                Step::Wait(how_long, sweep) => world.wait(how_long, &sweep),
                Step::Act {
                    verb,
                    who,
                    entitled,
                    behind,
                    choice,
                } => {
                    let verbs = verbs(world.stored.case.state, choice[4]);
                    if verbs.is_empty() {
                        continue;
                    }
                    world.act(*verb.get(&verbs), who, entitled, behind, choice);
                }
            }
            world.stored.check_overdue(world.now);
        }
        world
    }

    fn wait(&mut self, how_long: SignedDuration, sweep: &Sweep) {
        let until = self.now + how_long;
        self.now = until;
        match sweep {
            Sweep::OnTime => {
                while let Some(next) = self
                    .stored
                    .case
                    .next_at(rules())
                    .filter(|next| *next <= until)
                {
                    self.stored.sweep(next);
                }
            }
            Sweep::Late => self.stored.sweep(until),
            Sweep::Twice {
                skew,
                late_one_first,
            } => {
                self.now = until + *skew;
                let mut clocks = [until, self.now];
                if *late_one_first {
                    clocks.reverse();
                }
                self.stored.race(clocks);
            }
            Sweep::Missed => {}
        }
    }

    fn act(&mut self, verb: Verb, who: Index, entitled: bool, behind: bool, choice: [u8; 5]) {
        let looked = self.stored.case.clone();
        let person = somebody(&looked, verb, who, entitled);
        let Some(command) = command(verb, &looked, person, self.now, choice) else {
            return;
        };
        // No two machines have the same time.
        let clock = self.now - SignedDuration::from_secs(i64::from(choice[3] % 4));
        let context = context(clock);
        let decide = |case: &Case| case.decide(command.clone(), person, &context);
        let decided = decide(&looked);
        if behind {
            self.stored.sweep(self.now);
        }
        let Ok(change) = decided else { return };
        let in_time = looked.rev == self.stored.case.rev;
        assert_eq!(self.stored.save(change), in_time);
        // The sweep came first, but no person did: look again and decide again.
        if let Some(again) = (!in_time).then(|| decide(&self.stored.case).ok()).flatten() {
            assert!(self.stored.save(again));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_happens_to_a_case_its_history_its_promise_and_its_reminders_hold((case, steps) in a_life()) {
        World::live(case, steps);
    }
}

/// The property above is worth nothing if its cases never get anywhere.
#[test]
fn the_lives_that_are_tried_reach_every_state_and_fire_every_clock() {
    let every_state: BTreeSet<_> = State::ALL
        .into_iter()
        .filter(|s| *s != State::Withdrawn)
        .collect();
    let fired: BTreeSet<_> = ClockKind::ALL
        .into_iter()
        .filter(|c| *c != ClockKind::ReturnWindow)
        .collect();
    let mut runner = TestRunner::deterministic();
    let mut states = BTreeSet::new();
    let mut clocks = BTreeSet::new();
    let mut unreviewed = false;
    for _ in 0..3_000 {
        if (&states, &clocks, unreviewed) == (&every_state, &fired, true) {
            return;
        }
        let (case, steps) = a_life().new_tree(&mut runner).unwrap().current();
        let world = World::live(case, steps);
        states.insert(world.stored.case.state);
        for event in &world.stored.events {
            match &event.kind {
                EventKind::Reminded(reminder) => {
                    clocks.insert(reminder.clock);
                }
                EventKind::Resumed {
                    cause: ResumeCause::Unreviewed,
                    ..
                } => unreviewed = true,
                _ => {}
            }
        }
    }
    assert_eq!((states, clocks), (every_state, fired));
    assert!(unreviewed);
}
