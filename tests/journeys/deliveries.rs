//! Messages out of the house: signed, tried again, given up in public, and never sent twice.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use zhitiao_local::EventFault;
use zhitiao_tests::World;
use zhitiao_tests::people::with_channels;
use zhitiao_tests::receiver::{Received, Receiver};
use zhitiao_tests::story::report;
use zhitiao_tests::world::options;

/// A key of 24 bytes in the spelling of Standard Webhooks.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A district whose Badaguan Subdistrict has one channel out of the house.
async fn world_with(channels: &Value) -> World {
    World::start_with(with_channels(options(), channels)).await
}

async fn world_with_webhook(receiver: &Receiver) -> World {
    world_with(&json!({"webhooks": {"badaguan": {"url": receiver.url, "secret": SECRET}}})).await
}

/// Checks the signature as a receiver does that knows nothing but the specification.
fn is_signed(message: &Received) -> bool {
    let key = STANDARD
        .decode(SECRET.trim_start_matches("whsec_"))
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let (id, at) = (
        message.header("webhook-id"),
        message.header("webhook-timestamp"),
    );
    mac.update(format!("{id}.{at}.{}", message.body).as_bytes());
    let signature = message
        .header("webhook-signature")
        .trim_start_matches("v1,");
    mac.verify_slice(&STANDARD.decode(signature).unwrap())
        .is_ok()
}

fn body(message: &Received) -> Value {
    serde_json::from_str(&message.body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_gets_each_event_of_its_unit_once_and_signed_even_when_the_stream_repeats() {
    let receiver = Receiver::start().await;
    let world = world_with_webhook(&receiver).await;
    for _ in 0..8 {
        world
            .cloud
            .faults()
            .add_event(EventFault::DuplicateStreamBatch);
    }
    let case = world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await;
    let number = case.number.as_str();
    world
        .staff("wang.fang")
        .deal_out(number, "handrail", "badaguan")
        .await;
    let office = world.staff("liu.yang");
    office
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    office
        .command(
            number,
            "notes",
            json!({"text": "材料已订", "to": "internal"}),
        )
        .await
        .expect(200);
    world.wait_until("2026-11-27T09:00:00+08:00").await;

    let seen = receiver.seen();
    let ids: BTreeSet<&str> = seen
        .iter()
        .map(|message| message.header("webhook-id"))
        .collect();
    assert_eq!(ids.len(), seen.len(), "nothing came twice");
    let kinds: Vec<Value> = seen
        .iter()
        .map(|message| body(message)["type"].clone())
        .collect();
    assert_eq!(kinds[0], "case.received");
    for kind in ["case.assigned", "case.noted", "case.reminded"] {
        assert!(kinds.contains(&json!(kind)), "{kind}: {kinds:?}");
    }
    for message in &seen {
        assert!(is_signed(message), "{message:?}");
        assert_eq!(message.header("content-type"), "application/json");
        let data = &body(message)["data"];
        assert_eq!(data["number"], number);
        assert_eq!(data["unit"], "badaguan");
    }
    let parked = world
        .staff("chen.jing")
        .get("/v1/desk/deliveries")
        .await
        .expect(200);
    assert_eq!(parked, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_fails_is_tried_after_one_and_four_minutes_and_then_parked() {
    let receiver = Receiver::start().await;
    receiver.answer(503, "");
    let world = world_with_webhook(&receiver).await;
    let case = world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await;
    world.settle().await;
    for (until, tries) in [
        ("09:00:50", 1),
        ("09:02:00", 2),
        ("09:05:00", 2),
        ("09:07:00", 3),
        ("09:30:00", 3),
    ] {
        world.wait_until(&format!("2026-11-23T{until}+08:00")).await;
        assert_eq!(receiver.seen().len(), tries, "{until}");
    }
    let seen = receiver.seen();
    assert!(
        seen.iter().all(is_signed),
        "each try is signed with its own time"
    );
    let times: BTreeSet<&str> = seen
        .iter()
        .map(|message| message.header("webhook-timestamp"))
        .collect();
    let ids: BTreeSet<&str> = seen
        .iter()
        .map(|message| message.header("webhook-id"))
        .collect();
    assert_eq!(
        (times.len(), ids.len()),
        (3, 1),
        "the receiver can tell that it is the same"
    );

    // It is on the list of those who can do something about it, and counted; the inbox had it all the time.
    for person in ["chen.jing", "wu.xin", "he.lei"] {
        let parked = world
            .staff(person)
            .get("/v1/desk/deliveries?unit=badaguan")
            .await
            .expect(200);
        assert_eq!(parked.as_array().unwrap().len(), 1, "{person}");
        assert_eq!(parked[0]["number"], case.number.as_str());
        assert_eq!(
            (&parked[0]["event"], &parked[0]["channel"]),
            (&json!(0), &json!("webhook"))
        );
    }
    for person in ["wang.fang", "zhou.haiyan", "cao.yutong"] {
        let refused = world
            .staff(person)
            .get("/v1/desk/deliveries?unit=badaguan")
            .await;
        assert_eq!(refused.problem(404), "not_found", "{person}");
    }
    let logs = world.cloud.logs("channel-sender").join("\n");
    assert!(logs.contains("\"DeliveriesParked\":1"), "{logs}");
    assert!(
        !logs.contains(&receiver.url) && !logs.contains(SECRET),
        "an address is a secret"
    );
    let inbox = world
        .staff("chen.jing")
        .get("/v1/desk/inbox")
        .await
        .expect(200);
    assert_eq!(inbox["messages"][0]["number"], case.number.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_comes_back_gets_what_it_missed() {
    let receiver = Receiver::start().await;
    receiver.answer(500, "");
    let world = world_with_webhook(&receiver).await;
    world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await;
    world.settle().await;
    receiver.answer(204, "");
    world.wait_until("2026-11-23T10:00:00+08:00").await;
    assert_eq!(receiver.seen().len(), 2, "once in vain, once for good");
    let parked = world
        .staff("chen.jing")
        .get("/v1/desk/deliveries")
        .await
        .expect(200);
    assert_eq!(parked, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_robot_hears_what_cannot_wait_and_is_asked_again_when_it_refuses() {
    let robot = Receiver::start().await;
    // A robot answers 200 also when it does not post the message.
    robot.answer(200, r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#);
    let world = world_with(&json!({"wecom": {"badaguan": robot.url}})).await;
    world
        .reports(report("路灯不亮", "xianggang-huayuan", "street-lamp"), &[])
        .await;
    world.settle().await;
    assert_eq!(
        robot.seen().len(),
        0,
        "an ordinary report waits for the digest"
    );
    let case = world
        .reports(
            report("井盖没了", "xianggang-huayuan", "manhole-cover"),
            &[],
        )
        .await;
    world.settle().await;
    assert_eq!(robot.seen().len(), 1);

    robot.answer(200, r#"{"errcode":0,"errmsg":"ok"}"#);
    world.wait_until("2026-11-23T09:14:00+08:00").await;
    let seen = robot.seen();
    assert_eq!(seen.len(), 2, "once refused, once posted");
    for message in &seen {
        let body = body(message);
        assert_eq!(body["msgtype"], "text");
        let content = body["text"]["content"].as_str().unwrap();
        assert!(
            content.contains(&case.number) && content.contains("井盖"),
            "{content}"
        );
        assert!(
            content.contains(&format!("/v1/desk/cases/{}", case.number)),
            "one link: {content}"
        );
    }
}
