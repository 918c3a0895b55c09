//! The sender among faults: what it cannot do holds nobody up, and is done once it can.

use serde_json::json;
use tokio::net::TcpListener;
use zhitiao_local::{Effect, EventFault, Fault};
use zhitiao_tests::World;
use zhitiao_tests::people::{SECRET, with_channels};
use zhitiao_tests::receiver::Receiver;
use zhitiao_tests::story::report;
use zhitiao_tests::world::options;

use super::support::{numbered, told};

/// A district whose community has a webhook.
async fn with_webhook(receiver: &Receiver) -> World {
    let hook = json!({"url": receiver.url, "secret": SECRET});
    let channels = json!({"webhooks": {"xianggang-huayuan": hook}});
    World::start_with(with_channels(options(), &channels)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_sender_is_away_inboxes_fill_and_what_waits_comes_once_when_it_is_back() {
    let receiver = Receiver::start().await;
    let world = with_webhook(&receiver).await;
    let away = Fault::new(Effect::Hang)
        .caller("channel-sender")
        .times(10_000);
    world.cloud.faults().add(away);
    for number in 0..5 {
        world.reports(numbered(number, false), &[]).await;
    }
    world.settle().await;
    assert_eq!(told(&world, "received").len(), 3 * 5);
    assert_eq!(receiver.seen().len(), 0);
    world.cloud.faults().clear();
    world.wait_until("2026-11-23T09:12:00+08:00").await;
    let arrivals = receiver.arrivals();
    assert_eq!(arrivals.len(), 5, "{arrivals:#?}");
    assert!(arrivals.values().all(|times| *times == 1), "{arrivals:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_hangs_holds_up_no_other_receiver() {
    // It takes connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = format!("http://{}", silent.local_addr().unwrap());
    let receiver = Receiver::start().await;
    let channels = json!({
        "people": {"url": gateway, "secret": SECRET},
        "webhooks": {"xianggang-huayuan": {"url": receiver.url, "secret": SECRET}},
    });
    let world = World::start_with(with_channels(options(), &channels)).await;
    for _ in 0..4 {
        let body = report("水管爆了", "xianggang-huayuan", "burst-pipe");
        world.reports(body, &[]).await;
    }
    world.settle().await;
    assert_eq!(receiver.arrivals().len(), 4);
    let logs = world.cloud.logs("channel-sender").join("\n");
    assert!(logs.contains("no_answer"), "{logs}");
    let logs = world.cloud.logs("notifier").join("\n");
    assert!(!logs.contains("RecordsFailed"), "{logs}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_the_queue_that_come_twice_are_made_once() {
    let receiver = Receiver::start().await;
    let world = with_webhook(&receiver).await;
    for number in 0..6 {
        world
            .cloud
            .faults()
            .add_event(EventFault::DuplicateQueueBatch);
        world.reports(numbered(number, false), &[]).await;
        world.settle().await;
    }
    assert!(world.cloud.faults().is_free_of_events());
    let arrivals = receiver.arrivals();
    assert_eq!(arrivals.len(), 6, "{arrivals:#?}");
    assert!(arrivals.values().all(|times| *times == 1), "{arrivals:#?}");
}
