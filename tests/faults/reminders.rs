//! The sweep among faults: every rung of every case fires exactly once, as it does on a quiet day.

use serde_json::{Value, json};
use tokio::sync::OnceCell;
use zhitiao_local::{Effect, Fault};
use zhitiao_tests::{Case, World, world};

use super::support::{EFFECTS, district, fault, kill_at, numbered, told};

/// When the rungs of an untouched case come due, by the promises of its category.
const MOMENTS: [&str; 7] = [
    "2026-11-24T17:30:00+08:00",
    "2026-11-25T09:00:00+08:00",
    "2026-11-26T09:00:00+08:00",
    "2026-11-27T09:00:00+08:00",
    "2026-11-30T17:30:00+08:00",
    "2026-12-01T09:00:00+08:00",
    LATER,
];

/// The last of them before the repetitions.
const LATER: &str = "2026-12-03T09:00:00+08:00";

type Quiet = (Vec<(Value, Value)>, usize);

async fn file(world: &World, count: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for number in 0..count {
        cases.push(world.reports(numbered(number, false), &[]).await);
    }
    world.settle().await;
    cases
}

/// The rungs that a case has climbed, in order.
fn rungs(world: &World, case: &Case) -> Vec<(Value, Value)> {
    let events = world.events(case).into_iter();
    let reminders = events.filter(|event| event["what"]["kind"] == "reminded");
    reminders
        .map(|event| {
            (
                event["what"]["clock"].clone(),
                event["what"]["rung"].clone(),
            )
        })
        .collect()
}

/// What a case goes through when nothing fails: its rungs, and how many units are told of them.
async fn quiet_days() -> &'static Quiet {
    static QUIET: OnceCell<Quiet> = OnceCell::const_new();
    let live = async || {
        let world = district().await;
        let cases = file(&world, 1).await;
        world.wait_until(LATER).await;
        (rungs(&world, &cases[0]), told(&world, "reminded").len())
    };
    QUIET.get_or_init(live).await
}

async fn check(world: &World, cases: &[Case]) {
    let (climbed, messages) = quiet_days().await;
    assert!(climbed.len() >= MOMENTS.len(), "{climbed:#?}");
    for case in cases {
        assert_eq!(&rungs(world, case), climbed, "{}", case.number);
    }
    assert_eq!(told(world, "reminded").len(), messages * cases.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_rung_fires_once_however_its_write_fails() {
    let world = district().await;
    let cases = file(&world, EFFECTS.len()).await;
    for effect in EFFECTS {
        let faults = world.cloud.faults();
        faults.add(fault("due-sweep", "TransactWriteItems", *effect));
        faults.add(fault("due-sweep", "GetItem", *effect));
    }
    world.wait_until(LATER).await;
    assert!(world.cloud.faults().is_empty());
    check(&world, &cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_that_cannot_read_the_index_makes_up_for_it_a_minute_later() {
    let world = district().await;
    let cases = file(&world, 3).await;
    for effect in [Effect::Refuse, Effect::Drop, Effect::Hang] {
        let blind = fault("due-sweep", "Query", (effect, 3));
        world.cloud.faults().add(blind.skip(2));
    }
    world
        .cloud
        .faults()
        .add(fault("due-sweep", "Query", (Effect::Stale, 2)));
    world.wait_until(LATER).await;
    assert!(world.cloud.faults().is_empty());
    check(&world, &cases).await;
}

/// Two ticks at once, as when the scheduler delivers one twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn double_ticks_fire_nothing_twice() {
    let world = district().await;
    let cases = file(&world, 10).await;
    for moment in MOMENTS.map(world::moment) {
        // The scheduler is off while the clock moves: only these ticks sweep.
        let moved = world.cloud.outage_until(moment).await;
        assert!(moved.unwrap().settled);
        let tick = || world.cloud.tick();
        tokio::join!(tick(), tick(), tick());
        world.settle().await;
    }
    check(&world, &cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_killed_at_any_request_fires_everything_once_in_the_end() {
    let world = district().await;
    let cases = file(&world, 6).await;
    let kills = [
        ("Query", Effect::Hang),
        ("GetItem", Effect::Hang),
        ("TransactWriteItems", Effect::Hang),
        ("TransactWriteItems", Effect::HangAfter),
    ];
    for (moment, (operation, effect)) in MOMENTS.map(world::moment).into_iter().zip(kills) {
        world.cloud.outage_until(moment).await.unwrap();
        let kill = Fault::new(effect).caller("due-sweep").operation(operation);
        tokio::join!(world.cloud.tick(), kill_at(&world, kill));
        world.cloud.tick().await;
        world.settle().await;
    }
    world.wait_until(LATER).await;
    check(&world, &cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_due_key_that_nobody_can_read_holds_up_no_reminder() {
    let world = district().await;
    let cases = file(&world, 2).await;
    let due = world.cloud.now().as_millisecond().to_string();
    let unknown = json!({
        "pk": {"S": "shinan#PERMIT#1"}, "sk": {"S": "#"}, "dp": {"S": "D#0"}, "dn": {"N": due},
    });
    world.put_item(&unknown).await;
    world.cloud.advance_to(world::moment(LATER)).await.unwrap();
    let (expected, _) = quiet_days().await;
    for case in &cases {
        assert_eq!(&rungs(&world, case), expected);
    }
}
