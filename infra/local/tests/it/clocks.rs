//! Schedules on the moved clock.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use zhitiao_local::ClockError;

use crate::support::{Cloud, TEMPLATE};

const START: &str = "2026-12-01T02:00:00Z";

async fn cloud() -> Cloud {
    Cloud::with(TEMPLATE, |options| options.start_at(START.parse().unwrap())).await
}

fn at(hours: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

async fn put_due(cloud: &Cloud, id: &str, due: Timestamp) {
    let number = due.as_millisecond().to_string();
    cloud.put(json!({ "pk": { "S": id }, "sk": { "S": "#" }, "dp": { "S": "D#0" }, "dn": { "N": number } })).await;
}

/// The moments of the every-minute ticks of a report, to the second.
fn minutes(report: &zhitiao_local::Report) -> Vec<Timestamp> {
    let ticks = report.ticks.iter().filter(|tick| tick.schedule == "Tick");
    ticks
        .map(|tick| tick.at.round(jiff::Unit::Second).unwrap())
        .collect()
}

#[tokio::test]
async fn moving_the_clock_ticks_at_each_due_moment_and_at_the_target() {
    let cloud = cloud().await;
    put_due(&cloud, "a", at(3)).await;
    put_due(&cloud, "b", at(5)).await;
    // The probe does not take the items off the index, so the first one stays due.
    let report = cloud.advance("4h".parse().unwrap()).await.unwrap();
    let minutes = minutes(&report);
    assert_eq!(minutes[0], at(3));
    assert_eq!(
        minutes[1],
        at(3) + SignedDuration::from_mins(1),
        "a stuck item is tried again a minute later"
    );
    assert!(
        minutes.len() <= 8,
        "a stuck item must not be tried for ever: {minutes:?}"
    );
    assert_eq!(*minutes.last().unwrap(), at(4));
    let events = cloud.events("ticker");
    assert!(events.iter().any(|event| event["tick"] == "minute"));
    assert!(
        events[0]["at"]
            .as_str()
            .unwrap()
            .starts_with("2026-12-01T05:00:0")
    );
}

#[tokio::test]
async fn a_long_way_is_few_ticks_and_daily_schedules_are_not_jumped_over() {
    let cloud = cloud().await;
    let report = cloud.advance_to(at(73)).await.unwrap();
    let daily: Vec<_> = report
        .ticks
        .iter()
        .filter(|tick| tick.schedule == "Daily")
        .collect();
    assert_eq!(daily.len(), 3, "once on each day");
    assert!(report.ticks.len() <= 8, "{:?}", report.ticks);
    assert!(report.settled);
    assert!(cloud.now().duration_since(at(73)).as_secs() < 5);
}

#[tokio::test]
async fn an_outage_passes_without_ticks_and_they_are_lost() {
    let cloud = cloud().await;
    put_due(&cloud, "a", at(1)).await;
    let report = cloud.outage_until(at(2)).await.unwrap();
    assert!(report.ticks.is_empty());
    assert!(cloud.events("ticker").is_empty());
    cloud.tick().await;
    assert_eq!(cloud.events("ticker").len(), 1);
}

#[tokio::test]
async fn a_scheduler_that_is_off_does_not_tick() {
    let cloud = cloud().await;
    cloud.set_scheduler(false);
    let report = cloud.advance("3h".parse().unwrap()).await.unwrap();
    assert!(report.ticks.is_empty());
}

#[tokio::test]
async fn the_clock_does_not_go_back() {
    let cloud = cloud().await;
    let refused = cloud.advance_to(at(-1)).await.unwrap_err();
    assert!(matches!(refused, ClockError::Backward { .. }));
}

#[tokio::test]
async fn expired_items_are_swept_by_the_moved_clock() {
    let cloud = cloud().await;
    let put = |id: &'static str, ttl: Timestamp| {
        let ttl = ttl.as_second().to_string();
        cloud.put(json!({ "pk": { "S": id }, "sk": { "S": "#" }, "ttl": { "N": ttl } }))
    };
    put("early", at(1)).await;
    put("late", at(100)).await;
    cloud.outage_until(at(2)).await.unwrap();
    let left: Vec<_> = cloud
        .items("CasesTable")
        .iter()
        .map(|item| item["pk"].clone())
        .collect();
    assert_eq!(left, ["late"]);
}

#[tokio::test]
async fn the_development_page_moves_the_clock_and_tells_what_happened() {
    let cloud = cloud().await;
    let inbox = json!({ "pk": { "S": "shinan#INBOX#wang.fang" }, "sk": { "S": "2026" }, "text": { "S": "您好" } });
    cloud.put(inbox).await;
    let report = cloud
        .post("/dev/clock")
        .json(&json!({ "advance": "1 day 2 hours" }))
        .send()
        .await
        .unwrap();
    let report = report.json::<Value>().await.unwrap();
    assert!(
        report["to"]
            .as_str()
            .unwrap()
            .starts_with("2026-12-02T04:00:0")
    );
    assert!(!report["ticks"].as_array().unwrap().is_empty());
    assert_eq!(
        report["inbox"],
        json!([]),
        "what was there before is not new"
    );
    let to = json!({ "to": "2026-12-03T09:00:00+08:00", "scheduler": "off" });
    let report = cloud
        .post("/dev/clock")
        .json(&to)
        .send()
        .await
        .unwrap()
        .json::<Value>()
        .await
        .unwrap();
    assert_eq!(report["ticks"], json!([]));
    let inbox = cloud
        .get("/dev/inbox")
        .send()
        .await
        .unwrap()
        .json::<Value>()
        .await
        .unwrap();
    assert_eq!(inbox[0]["text"], "您好");
    for wrong in [
        json!({}),
        json!({ "to": "2020-01-01T00:00:00Z" }),
        json!({ "advance": "1h", "to": "2027-01-01T00:00:00Z" }),
    ] {
        assert_eq!(
            cloud
                .post("/dev/clock")
                .json(&wrong)
                .send()
                .await
                .unwrap()
                .status(),
            400,
            "{wrong}"
        );
    }
}
