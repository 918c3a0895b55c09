//! What is sent to a person's phone: by day what cannot wait, by night only danger, and never more than can be read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use zhitiao_local::EventFault;
use zhitiao_tests::people::{GatewayCall, SECRET, with_channels, with_gateway, with_staff};
use zhitiao_tests::receiver::Receiver;
use zhitiao_tests::story::report;
use zhitiao_tests::world::{moment, options};
use zhitiao_tests::{Case, World};

const COMMUNITY: &str = "xianggang-huayuan";

async fn burst_pipe(world: &World) -> Case {
    let mut body = report("水管爆了，淹到楼道", COMMUNITY, "burst-pipe");
    body["contact"] = json!({"name": "王女士", "phone": "13800000000"});
    let case = world.reports(body, &[]).await;
    world.settle().await;
    case
}

async fn missing_cover(world: &World) -> Case {
    let body = report("井盖没了", COMMUNITY, "manhole-cover");
    let case = world.reports(body, &[]).await;
    world.settle().await;
    case
}

/// The states of the deliveries to a person, as stored.
fn states(world: &World, person: &str) -> Vec<Value> {
    let end = format!("#{person}#people");
    let items = world.stored().into_iter();
    let mine = items.filter(|item| item["sk"].as_str().is_some_and(|key| key.ends_with(&end)));
    mine.map(|item| item["state"].clone()).collect()
}

#[track_caller]
fn is_signed(call: &GatewayCall) {
    let key = STANDARD
        .decode(SECRET.trim_start_matches("whsec_"))
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let at = call.received.header("webhook-timestamp");
    mac.update(format!("{}.{at}.{}", call.id, call.received.body).as_bytes());
    let signature = call.received.header("webhook-signature");
    let signature = STANDARD
        .decode(signature.trim_start_matches("v1,"))
        .unwrap();
    assert!(mac.verify_slice(&signature).is_ok(), "{call:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_the_night_waits_until_eight_and_danger_at_two_does_not() {
    let gateway = Receiver::start().await;
    let world = World::start_with(with_gateway(&gateway)).await;
    world.wait_until("2026-11-23T22:00:00+08:00").await;
    let pipe = burst_pipe(&world).await;
    let inbox = world
        .staff("wang.fang")
        .get("/v1/desk/inbox")
        .await
        .expect(200);
    assert_eq!(
        inbox["messages"][0]["number"],
        pipe.number.as_str(),
        "the inbox does not wait"
    );

    world.wait_until("2026-11-24T02:00:00+08:00").await;
    assert!(gateway.seen().is_empty(), "{:?}", gateway.seen());
    let cover = missing_cover(&world).await;
    for person in [
        "wang.fang",
        "zhang.wei",
        "li.jianguo",
        "zhou.haiyan",
        "han.wen",
    ] {
        let calls = gateway.calls(person, "notice");
        assert_eq!(calls.len(), 1, "{person}: {calls:?}");
        assert_eq!(calls[0].body["number"], cover.number.as_str());
        assert_eq!(calls[0].body["critical"], true);
        is_signed(&calls[0]);
    }

    world.wait_until("2026-11-24T07:59:00+08:00").await;
    let of_pipe = |person| {
        let mut calls = gateway.calls(person, "notice");
        calls.retain(|call| call.body["number"] == pipe.number.as_str());
        calls
    };
    assert!(of_pipe("wang.fang").is_empty());
    world.wait_until("2026-11-24T08:01:00+08:00").await;
    let told = of_pipe("wang.fang");
    // The report, and that no desk officer has dealt it out.
    assert_eq!(told.len(), 2, "{told:?}");
    for call in &told {
        assert_eq!(call.body["critical"], false);
        assert!(
            call.text()
                .contains(&format!("/v1/desk/cases/{}", pipe.number)),
            "one link"
        );
        assert!(!call.received.body.contains("王女士") && !call.received.body.contains("1380"));
        is_signed(call);
    }
    assert_eq!(
        of_pipe("zhang.wei").len(),
        1,
        "those who work hear of the report"
    );
    assert!(
        of_pipe("zhou.haiyan").is_empty(),
        "leaders hear of what is late"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_and_was_overtaken_is_not_sent() {
    let gateway = Receiver::start().await;
    let world = World::start_with(with_gateway(&gateway)).await;
    world.wait_until("2026-11-23T22:00:00+08:00").await;
    let pipe = burst_pipe(&world).await;
    assert_eq!(states(&world, "wang.fang"), ["waiting"]);
    // The desk is awake and acts; the unit takes it.
    world
        .staff("wang.fang")
        .deal_out(&pipe.number, "burst-pipe", "badaguan")
        .await;
    world
        .staff("liu.yang")
        .command(&pipe.number, "accept", json!({}))
        .await
        .expect(200);
    world.settle().await;
    world.wait_until("2026-11-24T08:30:00+08:00").await;
    assert!(gateway.seen().is_empty(), "{:?}", gateway.seen());
    assert_eq!(states(&world, "wang.fang"), ["dropped"]);
    let logs = world.cloud.logs("notifier").join("\n");
    assert!(logs.contains("delivery overtaken, not sent"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_nine_messages_in_an_hour_six_come_and_one_tells_of_the_rest() {
    let gateway = Receiver::start().await;
    let options = with_gateway(&gateway).start_at(moment("2026-11-23T09:40:00+08:00"));
    let world = World::start_with(options).await;
    for _ in 0..9 {
        world
            .cloud
            .faults()
            .add_event(EventFault::DuplicateStreamBatch);
        burst_pipe(&world).await;
    }
    assert_eq!(gateway.calls("wang.fang", "notice").len(), 6);
    assert_eq!(
        gateway.calls("zhang.wei", "notice").len(),
        6,
        "each person has an own hour"
    );
    missing_cover(&world).await;
    let danger = gateway.calls("wang.fang", "notice");
    assert_eq!(danger.len(), 7, "danger is never held back");
    assert_eq!(danger[6].body["critical"], true);
    assert!(
        gateway.calls("wang.fang", "folded").is_empty(),
        "not before the hour is over"
    );

    world.wait_until("2026-11-23T10:05:00+08:00").await;
    let folded = gateway.calls("wang.fang", "folded");
    assert_eq!(folded.len(), 1, "{folded:?}");
    assert!(
        folded[0].text().contains("还有 3 条"),
        "{}",
        folded[0].text()
    );
    assert_eq!(folded[0].body["number"], Value::Null);
    is_signed(&folded[0]);
    let states = states(&world, "wang.fang");
    let held_back = states.iter().filter(|state| **state == "folded").count();
    assert_eq!(held_back, 3, "{states:?}");
}

/// The messages about danger to a person, in order: when they were sent, in seconds, and which.
fn of_danger(gateway: &Receiver, person: &str) -> Vec<(i64, Value)> {
    let seen = gateway.seen().into_iter();
    let to_person = seen.filter_map(|one| {
        let body: Value = serde_json::from_str(&one.body).ok()?;
        let at = one.header("webhook-timestamp").parse().ok()?;
        (body["to"] == person && body["critical"] == true).then_some((at, body))
    });
    to_person.collect()
}

/// From ordinary staff to the secretary: all whom danger wakes.
const WOKEN: [&str; 5] = [
    "wang.fang",
    "zhang.wei",
    "li.jianguo",
    "zhou.haiyan",
    "han.wen",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_reports_of_one_danger_are_sent_once_and_then_once_a_minute_until_a_unit_accepts() {
    let gateway = Receiver::start().await;
    let robot = Receiver::start().await;
    robot.answer(200, r#"{"errcode":0,"errmsg":"ok"}"#);
    let channels = json!({
        "people": {"url": gateway.url, "secret": SECRET},
        "wecom": {COMMUNITY: robot.url},
    });
    let options = with_channels(options(), &channels)
        .parameter("RouteRate", "10000")
        .parameter("RouteBurst", "5000")
        .start_at(moment("2026-11-23T02:00:00+08:00"));
    let world = World::start_with(options).await;
    let cover = || report("井盖没了", COMMUNITY, "manhole-cover");
    let filed = (0..30).map(|_| world.reports(cover(), &[]));
    let filed = join_all(filed).await;
    world.settle().await;
    let told = WOKEN.map(|person| of_danger(&gateway, person));
    let first = told[0][0].1["number"].as_str().unwrap().to_owned();
    assert!(filed.iter().any(|case| case.number == first));
    for (told, person) in told.iter().zip(WOKEN) {
        assert_eq!(told.len(), 1, "{person}: {told:?}");
        assert_eq!(told[0].1["number"], first.as_str(), "{person}");
    }
    // Another kind of danger, and the same one elsewhere, are another incident.
    let wire = report("电线掉了", COMMUNITY, "live-wire");
    world.reports(wire, &[]).await;
    world.settle().await;
    assert_eq!(of_danger(&gateway, "wang.fang").len(), 2);

    world.wait_until("2026-11-23T02:02:00+08:00").await;
    for person in WOKEN {
        let told = of_danger(&gateway, person);
        let counted: Vec<_> = told
            .iter()
            .filter(|(_, body)| body["type"] == "incident")
            .collect();
        assert_eq!(counted.len(), 1, "{person}: {told:?}");
        let text = counted[0].1["text"].as_str().unwrap();
        assert!(
            text.contains("又有 29 条") && text.contains("/v1/desk/queue"),
            "{text}"
        );
    }
    assert_eq!(robot.seen().len(), 3, "a chat is read by people, too");

    // No unit accepts anything, and the reminders of thirty cases fall due together.
    world.wait_until("2026-11-23T02:40:00+08:00").await;
    for person in WOKEN {
        let told = of_danger(&gateway, person);
        let about = told
            .iter()
            .filter(|(_, body)| !body["text"].as_str().unwrap().contains("电线"));
        let times: Vec<i64> = about.map(|(at, _)| *at).collect();
        assert!(
            times.windows(2).all(|pair| pair[1] - pair[0] >= 50),
            "{person}: {times:?}"
        );
        assert!(times.len() < 30, "{person}: {times:?}");
    }
    let arrivals = gateway.arrivals();
    assert!(arrivals.values().all(|times| *times == 1), "{arrivals:#?}");
    let pending = states(&world, "wang.fang");
    assert!(!pending.contains(&json!("parked")), "{pending:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_unit_has_accepted_the_next_report_of_the_same_danger_is_sent_at_once() {
    let gateway = Receiver::start().await;
    let world = World::start_with(with_gateway(&gateway)).await;
    let first = missing_cover(&world).await;
    let second = missing_cover(&world).await;
    let numbers = |person| {
        let told = of_danger(&gateway, person).into_iter();
        let told = told.filter(|(_, body)| body["type"] == "notice");
        told.map(|(_, body)| body["number"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers("li.jianguo"), [json!(first.number)]);
    world
        .staff("wang.fang")
        .deal_out(&first.number, "manhole-cover", "badaguan")
        .await;
    let office = world.staff("liu.yang");
    office
        .command(&first.number, "accept", json!({}))
        .await
        .expect(200);
    world.settle().await;
    let third = missing_cover(&world).await;
    assert_eq!(
        numbers("li.jianguo"),
        [json!(first.number), json!(third.number)]
    );
    // What was held back is counted all the same.
    world.wait_until("2026-11-23T09:03:00+08:00").await;
    let counted = gateway.calls("li.jianguo", "incident");
    assert_eq!(counted.len(), 1, "{counted:?}");
    assert_ne!(second.number, third.number);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_last_hour_before_the_holidays_held_back_is_counted_after_them() {
    let gateway = Receiver::start().await;
    let options = with_gateway(&gateway).start_at(moment("2026-09-30T21:05:00+08:00"));
    let world = World::start_with(options).await;
    for _ in 0..8 {
        burst_pipe(&world).await;
    }
    world.wait_until("2026-10-08T07:59:00+08:00").await;
    assert!(gateway.calls("zhang.wei", "folded").is_empty());
    world.wait_until("2026-10-08T08:01:00+08:00").await;
    let folded = gateway.calls("zhang.wei", "folded");
    let text = folded.first().map(GatewayCall::text).unwrap_or_default();
    assert!(text.contains("还有 2 条"), "{folded:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_somebody_is_absent_the_deputy_is_told_also_of_what_waited() {
    let gateway = Receiver::start().await;
    let tuesday = json!({
        "deputy": "wu.jianjun",
        "absences": [{"from": "2026-11-24", "to": "2026-11-24"}],
    });
    let options = with_staff(with_gateway(&gateway), &[("wang.fang", tuesday)]);
    let world = World::start_with(options).await;
    world.wait_until("2026-11-23T22:00:00+08:00").await;
    let by_night = burst_pipe(&world).await;
    assert_eq!(states(&world, "wang.fang"), ["waiting"]);
    world.wait_until("2026-11-24T08:01:00+08:00").await;
    let told = |person: &str, case: &Case| {
        let calls = gateway.calls(person, "notice").into_iter();
        calls
            .filter(|call| call.body["number"] == case.number.as_str())
            .count()
    };
    // The report, and that no desk officer has dealt it out: both were waiting, and both go to the deputy.
    assert_eq!(
        (told("wang.fang", &by_night), told("wu.jianjun", &by_night)),
        (0, 2)
    );
    let by_day = burst_pipe(&world).await;
    assert_eq!(
        (told("wang.fang", &by_day), told("wu.jianjun", &by_day)),
        (0, 1)
    );
    world.wait_until("2026-11-25T10:00:00+08:00").await;
    let next_day = burst_pipe(&world).await;
    assert_eq!(
        (told("wang.fang", &next_day), told("wu.jianjun", &next_day)),
        (1, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_the_gateway_does_not_take_is_tried_again_and_then_on_the_units_list() {
    let gateway = Receiver::start().await;
    gateway.answer(503, "");
    let world = World::start_with(with_gateway(&gateway)).await;
    let cover = missing_cover(&world).await;
    world.wait_until("2026-11-23T09:08:00+08:00").await;
    let tries = gateway.calls("wang.fang", "notice");
    assert_eq!(tries.len(), 3);
    assert!(
        tries.iter().all(|call| call.id == tries[0].id),
        "the receiver can tell that it is the same"
    );
    let parked = world
        .staff("wang.fang")
        .get("/v1/desk/deliveries")
        .await
        .expect(200);
    let mine: Vec<_> = parked
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["person"] == "wang.fang")
        .collect();
    assert_eq!(mine.len(), 1, "{parked:#}");
    assert_eq!(
        (&mine[0]["number"], &mine[0]["unit"], &mine[0]["channel"]),
        (&json!(cover.number), &json!(COMMUNITY), &json!("people"))
    );
}
