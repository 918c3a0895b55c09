//! What the functions report to the console, as lines of CloudWatch's Embedded Metric Format.

use serde_json::{Value, json};
use zhitiao_tests::World;
use zhitiao_tests::story::report;
use zhitiao_tests::world::moment;

/// What a function reported of a metric: its value and the dimensions that it is counted under.
fn reported(world: &World, function: &str, metric: &str) -> Vec<Value> {
    world
        .cloud
        .logs(function)
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| !line[metric].is_null())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_learns_of_reports_first_answers_and_what_is_open() {
    let world = World::start().await;
    let body = report("扶手断了", "xianggang-huayuan", "handrail");
    let case = world.reports(body, &[]).await;
    let accepted = reported(&world, "report-intake", "ReportsAccepted");
    assert_eq!(accepted.len(), 1, "{accepted:#?}");
    assert_eq!(accepted[0]["channel"], "web");
    assert_eq!(accepted[0]["district"], "shinan");
    let sets = &accepted[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
    assert_eq!(sets, &json!([["district"], ["district", "channel"]]));

    // However many words follow, only one was the first. Nobody reads and answers within a second.
    world.wait_until("2026-11-23T09:05:00+08:00").await;
    let desk = world.staff("wang.fang");
    desk.deal_out(&case.number, "handrail", "xianggang-huayuan")
        .await;
    for _ in 0..2 {
        let note = json!({"text": "明天上午去看", "to": "resident"});
        desk.command(&case.number, "notes", note).await.expect(200);
    }
    let answers = reported(&world, "case-desk", "TimeToFirstAnswer");
    assert_eq!(answers.len(), 1, "{answers:#?}");

    world
        .cloud
        .advance_to(moment("2026-11-23T09:07:00+08:00"))
        .await
        .unwrap();
    world.settle().await;
    let open = reported(&world, "due-sweep", "OpenCases");
    let of = |subdistrict: &Value| {
        let found = open.iter().find(|line| &line["subdistrict"] == subdistrict);
        found.map(|line| line["OpenCases"].clone())
    };
    assert_eq!(of(&json!("badaguan")), Some(json!(1.0)), "{open:#?}");
    assert_eq!(
        of(&Value::Null),
        Some(json!(1.0)),
        "the district as a whole"
    );
    let missing = reported(&world, "due-sweep", "CalendarMissingNextYear");
    assert_eq!(missing[0]["CalendarMissingNextYear"], 0.0);
}
