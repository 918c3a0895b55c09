//! Messages to persons among faults: every recipient is told, and a kill doubles at most the one message that it hit,
//! under the same id.

use std::collections::BTreeSet;

use zhitiao_local::{Effect, Fault};
use zhitiao_tests::World;
use zhitiao_tests::people::with_gateway;
use zhitiao_tests::receiver::Receiver;
use zhitiao_tests::story::report;
use zhitiao_tests::world::moment;

use super::support::{EFFECTS, fault, kill_at};

const COMMUNITY: &str = "xianggang-huayuan";

/// Files a report that waits for the community's desk, morning after morning.
async fn dark_lamp(world: &World) {
    world
        .reports(report("路灯不亮", COMMUNITY, "street-lamp"), &[])
        .await;
    world.settle().await;
}

/// Working mornings after the Monday on which every story begins.
const DAYS: [&str; 8] = [
    "2026-11-24",
    "2026-11-25",
    "2026-11-26",
    "2026-11-27",
    "2026-11-30",
    "2026-12-01",
    "2026-12-02",
    "2026-12-03",
];

fn at(day: &str, time: &str) -> jiff::Timestamp {
    moment(&format!("{day}T{time}:00+08:00"))
}

fn digest_id(day: &str) -> String {
    format!("digest-{day}-@wang.fang")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_killed_at_any_write_asks_for_every_digest_once() {
    let gateway = Receiver::start().await;
    let world = World::start_with(with_gateway(&gateway)).await;
    world.cloud.tick().await;
    dark_lamp(&world).await;
    let kills = [
        (Effect::Hang, 0),
        (Effect::HangAfter, 0),
        (Effect::Hang, 5),
        (Effect::HangAfter, 5),
    ];
    for (day, (effect, skip)) in DAYS.into_iter().zip(kills) {
        world.cloud.outage_until(at(day, "08:45")).await.unwrap();
        let kill = Fault::new(effect).caller("due-sweep").operation("PutItem");
        tokio::join!(world.cloud.tick(), kill_at(&world, kill.skip(skip)));
        world.cloud.tick().await;
        world.settle().await;
        assert_eq!(gateway.arrivals().get(&digest_id(day)), Some(&1), "{day}");
    }
    let arrivals = gateway.arrivals();
    assert!(arrivals.values().all(|times| *times == 1), "{arrivals:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_write_of_a_digest_doubles_at_most_that_one() {
    let gateway = Receiver::start().await;
    let world = World::start_with(with_gateway(&gateway)).await;
    world.cloud.tick().await;
    dark_lamp(&world).await;
    let points = [
        ("notifier", "PutItem", 0),
        ("notifier", "SendMessageBatch", 0),
        ("channel-sender", "PutItem", 0),
        ("channel-sender", "PutItem", 1),
    ];
    let effects = [Effect::Hang, Effect::HangAfter];
    let kills = effects
        .into_iter()
        .flat_map(|effect| points.map(|point| (effect, point)));
    for (day, (effect, (function, operation, skip))) in DAYS.into_iter().zip(kills) {
        world.cloud.outage_until(at(day, "08:45")).await.unwrap();
        let kill = fault(function, operation, (effect, 1));
        tokio::join!(world.cloud.tick(), kill_at(&world, kill.skip(skip)));
        world.settle().await;
        // A claim of which nothing more was heard runs out after five minutes.
        world.wait_until(&format!("{day}T09:20:00+08:00")).await;
        assert!(
            gateway.arrivals().contains_key(&digest_id(day)),
            "{day}: nothing is lost"
        );
    }
    let arrivals = gateway.arrivals();
    assert!(arrivals.values().all(|times| *times <= 2), "{arrivals:#?}");
    let doubled = arrivals.values().filter(|times| **times > 1).count();
    assert!(doubled <= DAYS.len(), "{arrivals:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_hour_counts_right_however_its_writes_fail() {
    let gateway = Receiver::start().await;
    let options = with_gateway(&gateway).start_at(moment("2026-11-23T10:05:00+08:00"));
    let world = World::start_with(options).await;
    let mut filed = 0;
    for effect in EFFECTS {
        let fault = fault("notifier", "UpdateItem", *effect);
        world.cloud.faults().add(fault);
        world
            .reports(report("水管爆了", COMMUNITY, "burst-pipe"), &[])
            .await;
        world.settle().await;
        filed += 1;
    }
    // Before the reminders of the half hour: claims that failed are taken up again.
    world.wait_until("2026-11-23T10:30:00+08:00").await;
    let arrivals = gateway.arrivals();
    assert!(arrivals.values().all(|times| *times == 1), "{arrivals:#?}");
    for person in ["wang.fang", "zhang.wei"] {
        assert_eq!(gateway.calls(person, "notice").len(), 6, "{person}");
    }
    world.wait_until("2026-11-23T11:02:00+08:00").await;
    for person in ["wang.fang", "zhang.wei"] {
        assert_eq!(gateway.calls(person, "folded").len(), 1, "{person}");
    }
    // zhang.wei hears of the reports only: what did not come is counted, all of it.
    let folded = gateway.calls("zhang.wei", "folded");
    assert!(
        folded[0].text().contains(&format!("还有 {} 条", filed - 6)),
        "{}",
        folded[0].text()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_killed_while_it_asks_for_what_an_hour_held_back_tells_of_it_once() {
    let gateway = Receiver::start().await;
    let options = with_gateway(&gateway).start_at(moment("2026-11-23T09:40:00+08:00"));
    let world = World::start_with(options).await;
    world.cloud.tick().await;
    for _ in 0..8 {
        world
            .reports(report("水管爆了", COMMUNITY, "burst-pipe"), &[])
            .await;
    }
    world.settle().await;
    world
        .cloud
        .outage_until(moment("2026-11-23T10:00:00+08:00"))
        .await
        .unwrap();
    for (operation, effect) in [
        ("GetItem", Effect::Hang),
        ("TransactWriteItems", Effect::Hang),
        ("TransactWriteItems", Effect::HangAfter),
    ] {
        let kill = Fault::new(effect).caller("due-sweep").operation(operation);
        tokio::join!(world.cloud.tick(), kill_at(&world, kill));
    }
    world.cloud.tick().await;
    world.settle().await;
    for person in ["wang.fang", "zhang.wei"] {
        let folded = gateway.calls(person, "folded");
        assert_eq!(folded.len(), 1, "{person}");
        assert!(
            folded[0].text().contains("还有 2 条"),
            "{}",
            folded[0].text()
        );
    }
}

/// States of the deliveries to persons, each once.
fn states(world: &World) -> BTreeSet<String> {
    let items = world.stored().into_iter();
    let of_people = items.filter(|item| {
        let key = item["sk"].as_str().unwrap_or_default();
        key.starts_with("DELIVERY#") && key.ends_with("#people")
    });
    of_people
        .filter_map(|item| item["state"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_due_while_the_notifier_was_away_comes_when_it_is_back() {
    let gateway = Receiver::start().await;
    let options = with_gateway(&gateway).start_at(moment("2026-11-23T21:05:00+08:00"));
    let world = World::start_with(options).await;
    world.cloud.tick().await;
    // The evening's last hour holds two of these back and says so at eight; another report comes by night.
    for _ in 0..8 {
        world
            .reports(report("水管爆了", COMMUNITY, "burst-pipe"), &[])
            .await;
    }
    world.settle().await;
    dark_lamp(&world).await;
    world.wait_until("2026-11-24T07:59:00+08:00").await;
    assert!(gateway.calls("zhang.wei", "folded").is_empty());
    let before = gateway.seen().len();

    let away = Fault::new(Effect::Hang).caller("notifier").times(10_000);
    world.cloud.faults().add(away);
    for minute in [0, 5, 10, 15, 20, 45, 50] {
        let time = format!("08:{minute:02}");
        world
            .cloud
            .outage_until(at("2026-11-24", &time))
            .await
            .unwrap();
        world.cloud.tick().await;
    }
    assert_eq!(gateway.seen().len(), before, "it is away");
    world.cloud.faults().clear();
    world.settle().await;
    world.wait_until("2026-11-24T09:10:00+08:00").await;

    assert!(!gateway.calls("zhang.wei", "notice").is_empty());
    assert_eq!(gateway.calls("wang.fang", "digest").len(), 1);
    for person in ["wang.fang", "zhang.wei"] {
        assert!(!gateway.calls(person, "folded").is_empty(), "{person}");
    }
    let states = states(&world);
    assert!(!states.contains("parked"), "{states:?}");
    for open in ["again", "queued", "claimed"] {
        assert!(!states.contains(open), "{states:?}");
    }
    let arrivals = gateway.arrivals();
    assert!(arrivals.values().all(|times| *times == 1), "{arrivals:#?}");
}
