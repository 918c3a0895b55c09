//! The stream among faults: everyone hears everything, inboxes once, webhooks under an id by which a repetition shows.

use std::collections::BTreeMap;

use serde_json::json;
use zhitiao_local::{Effect, EventFault};
use zhitiao_tests::people::with_channels;
use zhitiao_tests::receiver::Receiver;
use zhitiao_tests::{World, world};

use super::support::{EFFECTS, district, fault, kill_at, numbered, told};

/// A district whose community also has a webhook.
async fn with_webhook(receiver: &Receiver) -> World {
    let hook = json!({"url": receiver.url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    let channels = json!({"webhooks": {"xianggang-huayuan": hook}});
    let options = with_channels(world::options(), &channels)
        .parameter("RouteRate", "10000")
        .parameter("RouteBurst", "5000");
    let world = World::start_with(options).await;
    world.wake_notifier().await;
    world
}

/// How often each message arrived, by the id that tells repetitions.
fn arrived(receiver: &Receiver) -> BTreeMap<String, usize> {
    let mut arrived = BTreeMap::new();
    for message in receiver.seen() {
        assert!(message.body.contains("case.received"), "{}", message.body);
        *arrived
            .entry(message.header("webhook-id").to_owned())
            .or_default() += 1;
    }
    arrived
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_that_come_twice_tell_nobody_twice() {
    let receiver = Receiver::start().await;
    let world = with_webhook(&receiver).await;
    for number in 0..20 {
        world
            .cloud
            .faults()
            .add_event(EventFault::DuplicateStreamBatch);
        world.reports(numbered(number, false), &[]).await;
        // Reports that come together may share a batch.
        world.settle().await;
    }
    assert!(world.cloud.faults().is_free_of_events());
    assert_eq!(told(&world, "received").len(), 3 * 20);
    let arrived = arrived(&receiver);
    assert_eq!(arrived.len(), 20);
    assert!(arrived.values().all(|times| *times == 1), "{arrived:#?}");
}

/// What is written of a case with one delivery: three inboxes, the plan and its way into the queue; the claim and the
/// outcome.
const WRITES: [(&str, &str, u32); 7] = [
    ("notifier", "PutItem", 0),
    ("notifier", "SendMessageBatch", 0),
    ("notifier", "PutItem", 1),
    ("notifier", "PutItem", 2),
    ("notifier", "PutItem", 3),
    ("channel-sender", "PutItem", 0),
    ("channel-sender", "PutItem", 1),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_hears_of_every_case_however_the_writes_fail() {
    let receiver = Receiver::start().await;
    let world = with_webhook(&receiver).await;
    for (number, effect) in EFFECTS.iter().enumerate() {
        // Each effect hits another one of the writes of a case.
        let (function, operation, skip) = WRITES[number % WRITES.len()];
        let fault = fault(function, operation, *effect);
        world.cloud.faults().add(fault.skip(skip));
        world.reports(numbered(number, false), &[]).await;
        world.settle().await;
    }
    // A claim of which nothing more was heard runs out after five minutes, then the sweep asks again.
    world.wait_until("2026-11-23T09:20:00+08:00").await;

    assert_eq!(told(&world, "received").len(), 3 * EFFECTS.len());
    let arrived = arrived(&receiver);
    assert_eq!(arrived.len(), EFFECTS.len(), "{arrived:#?}");
    // An outcome that could not be recorded is sent once more, under the same id.
    assert!(arrived.values().all(|times| *times <= 2), "{arrived:#?}");
    let unsent = world.stored().into_iter().filter(|item| {
        item["sk"]
            .as_str()
            .is_some_and(|key| key.starts_with("DELIVERY#"))
            && item["state"] != "sent"
    });
    assert_eq!(unsent.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_could_not_be_begun_is_not_given_up() {
    let receiver = Receiver::start().await;
    let world = with_webhook(&receiver).await;
    // Every claim is written, and the sender never learns of it.
    let unheard = fault("channel-sender", "PutItem", (Effect::FailAfter, 10_000));
    world.cloud.faults().add(unheard);
    world.reports(numbered(0, false), &[]).await;
    world.settle().await;
    for minute in [5, 10, 15, 20] {
        world
            .wait_until(&format!("2026-11-23T09:{minute:02}:30+08:00"))
            .await;
        assert_eq!(arrived(&receiver).len(), 0, "{minute}");
    }
    let dead = world.cloud.queue("ChannelSenderDeadLetters");
    assert!(
        !dead.is_empty(),
        "what failed five times is kept to be looked at"
    );
    world.cloud.faults().clear();
    world.wait_until("2026-11-23T09:26:00+08:00").await;
    let arrived = arrived(&receiver);
    assert_eq!(arrived.values().collect::<Vec<_>>(), [&1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_write_doubles_at_most_one_webhook_and_loses_nothing() {
    let receiver = Receiver::start().await;
    let world = with_webhook(&receiver).await;
    let mut kills = 0;
    for effect in [Effect::Hang, Effect::HangAfter] {
        for (function, operation, skip) in WRITES {
            let fault = fault(function, operation, (effect, 1)).skip(skip);
            let report = async { world.reports(numbered(kills, false), &[]).await };
            tokio::join!(report, kill_at(&world, fault));
            world.settle().await;
            kills += 1;
        }
    }
    world.wait_until("2026-11-23T09:20:00+08:00").await;
    assert_eq!(told(&world, "received").len(), 3 * kills);
    let arrived = arrived(&receiver);
    assert_eq!(arrived.len(), kills);
    // Only a kill between the call and its record, the last of the writes, calls again.
    let doubled = arrived.values().filter(|times| **times > 1).count();
    assert!(doubled <= 2, "{arrived:#?}");
    assert!(arrived.values().all(|times| *times <= 2), "{arrived:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_was_away_gets_everything_once_it_is_back() {
    let receiver = Receiver::start().await;
    receiver.answer(503, "");
    let world = with_webhook(&receiver).await;
    for number in 0..5 {
        world.reports(numbered(number, false), &[]).await;
    }
    world.settle().await;
    assert_eq!(told(&world, "received").len(), 3 * 5, "inboxes do not wait");
    let tried = arrived(&receiver).len();
    receiver.answer(204, "");
    world.wait_until("2026-11-23T09:05:00+08:00").await;
    let arrived = arrived(&receiver);
    assert_eq!((tried, arrived.len()), (5, 5));
    assert!(arrived.values().all(|times| *times == 2), "{arrived:#?}");
}

/// An unreadable record is given up after its tries, and the records after it are served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poison_record_reaches_the_dead_letters_and_holds_nobody_up_for_long() {
    let world = district().await;
    let head = json!({"pk": {"S": "shinan#00000000"}, "sk": {"S": "#"}, "s": {"S": "poison"}});
    for number in 0..10 {
        world.reports(numbered(number, false), &[]).await;
    }
    world.put_item(&head).await;
    for number in 10..40 {
        world.reports(numbered(number, false), &[]).await;
    }
    // All tries with their pauses may take longer than one look for quiet, and at most a minute.
    assert!(world.cloud.settle().await || world.cloud.settle().await);
    assert_eq!(told(&world, "received").len(), 3 * 40);
    let logs = world.cloud.logs("notifier").join("\n");
    assert!(
        logs.contains("\"RecordsFailed\":1"),
        "nobody is told before the queue is looked at"
    );
    let dead = world.cloud.queue("NotifierDeadLetters");
    assert_eq!(dead.len(), 1, "{dead:#?}");
    let pointer = &dead[0]["DDBStreamBatchInfo"];
    assert_eq!(pointer["batchSize"], 1, "{pointer:#}");
    assert_eq!(
        pointer["startSequenceNumber"], pointer["endSequenceNumber"],
        "only the record itself was given up"
    );
}
