//! Functions that are killed between a write and its answer, and all the time.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;
use zhitiao_local::{Effect, Fault};
use zhitiao_tests::{Case, World};

use super::support::{district, kill_at, numbered, persist, told, within_a_minute};

/// Hands in a report whose function is killed at its write, and keeps trying.
async fn report_through_a_kill(world: &World, number: usize, effect: Effect, with_contact: bool) {
    let operation = if with_contact {
        "TransactWriteItems"
    } else {
        "PutItem"
    };
    let kill = Fault::new(effect)
        .caller("report-intake")
        .operation(operation);
    let body = numbered(number, with_contact);
    let anyone = world.anyone();
    let submitted = persist(&anyone, "/v1/reports", Uuid::new_v4(), &body);
    let (answer, ()) = tokio::join!(submitted, kill_at(world, kill));
    let case = Case::of(answer.expect("accepted in the end").body);
    assert_eq!(world.follow(&case).await["text"], body["text"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_survives_a_kill_before_and_after_its_write() {
    let world = district().await;
    let mut number = 0;
    for effect in [Effect::Hang, Effect::HangAfter] {
        for with_contact in [false, true] {
            report_through_a_kill(&world, number, effect, with_contact).await;
            number += 1;
        }
    }
    world.settle().await;
    assert_eq!(world.heads().len(), number);
    assert_eq!(told(&world, "received").len(), 3 * number);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_survives_a_kill_before_and_after_its_write() {
    let world = district().await;
    for (number, effect) in [Effect::Hang, Effect::HangAfter].into_iter().enumerate() {
        let case = world.reports(numbered(number, false), &[]).await;
        let desk = world.staff("wang.fang").with("if-match", "\"1\"");
        let path = format!("/v1/desk/cases/{}/triage", case.number);
        let body = json!({"category": "handrail", "publish": true});
        let kill = Fault::new(effect)
            .caller("case-desk")
            .operation("TransactWriteItems");
        let carried_out = persist(&desk, &path, Uuid::new_v4(), &body);
        let (answer, ()) = tokio::join!(carried_out, kill_at(&world, kill));
        answer.expect("carried out in the end").expect(200);
        assert_eq!(world.events(&case).len(), 1, "{effect:?}");
    }
}

/// What residents wrote, with the number that each report got.
type Acknowledged = BTreeMap<String, String>;

/// A resident who reports again and again.
async fn resident(world: Arc<World>, resident: usize, count: watch::Sender<usize>) -> Acknowledged {
    let mut acknowledged = Acknowledged::new();
    for round in 0..15 {
        let body = numbered(resident * 100 + round, round % 2 == 0);
        let anyone = world.anyone();
        let answer = persist(&anyone, "/v1/reports", Uuid::new_v4(), &body).await;
        let case = Case::of(answer.expect("accepted in the end").body);
        acknowledged.insert(body["text"].as_str().unwrap().to_owned(), case.id());
        count.send_modify(|count| *count += 1);
    }
    acknowledged
}

/// Kills every process of the intake and of the notifier after every few reports until no resident is left; answers how
/// many.
async fn killer(world: Arc<World>, mut count: watch::Receiver<usize>) -> usize {
    let mut kills = 0;
    loop {
        let before = *count.borrow();
        let progress = count.wait_for(|count| *count > before + 2);
        if within_a_minute("progress", progress).await.is_err() {
            return kills;
        }
        kills += world.cloud.kill_function("report-intake").await;
        kills += world.cloud.kill_function("notifier").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_acknowledged_between_kills_is_there_once() {
    let world = Arc::new(district().await);
    let (count, acknowledged) = watch::channel(0);
    let killer = tokio::spawn(killer(Arc::clone(&world), acknowledged));
    let residents: JoinSet<_> = (0..4)
        .map(|number| resident(Arc::clone(&world), number, count.clone()))
        .collect();
    let acknowledged: Acknowledged = residents.join_all().await.into_iter().flatten().collect();
    drop(count);
    let kills = killer.await.unwrap();
    world.settle().await;

    assert!(kills > 10, "only {kills} processes were killed");
    let mut stored = Acknowledged::new();
    for head in world.heads() {
        let text = |name: &str| head[name].as_str().unwrap_or_default();
        let id = text("pk").trim_start_matches("shinan#").to_owned();
        let twin = stored.insert(text("s").to_owned(), id);
        assert_eq!(twin, None, "a report is there twice: {head:#}");
    }
    assert_eq!(stored, acknowledged);
    assert_eq!(told(&world, "received").len(), 3 * stored.len());
}
