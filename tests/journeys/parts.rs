//! Cases in parts: they end with their whole.

use serde_json::json;
use zhitiao_local::{Effect, Fault};
use zhitiao_tests::World;
use zhitiao_tests::story::report;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_end_with_their_whole_in_one_step_and_their_units_are_told() {
    let world = World::start().await;
    let report = report("楼前的路坏了", "xianggang-huayuan", "pothole");
    let case = world.reports(report, &[]).await;
    let desk = world.staff("chen.jing");
    let triage = json!({"category": "pothole", "publish": false});
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    let split = json!({"parts": [
        {"text": "修补路面", "category": "pothole"},
        {"text": "更换路灯", "category": "street-lamp"},
    ]});
    let split = desk.command(&case.number, "split", split).await.expect(200);
    let part = split["parts"][0]["number"].as_str().unwrap();
    let other = split["parts"][1]["number"].as_str().unwrap();
    desk.deal_out(part, "pothole", "urban-management").await;
    let roads = world.staff("ma.jun");
    roads.command(part, "accept", json!({})).await.expect(200);
    let queue = "/v1/desk/queue?unit=urban-management";
    let rows = roads.get(queue).await.expect(200)["rows"].clone();
    assert_eq!(rows[0]["number"], part);

    // The answer is lost; a person who tries again learns that it was done once.
    let fault = Fault::new(Effect::FailAfter)
        .caller("case-desk")
        .operation("TransactWriteItems");
    world.cloud.faults().add(fault);
    let version = desk.case(&case.number).await["version"].as_u64().unwrap();
    let words = json!({"reason": "不在范围", "code": "not_public"});
    let refused = desk
        .command_at(&case.number, version, "refuse", words)
        .await
        .expect(200);
    assert_eq!(refused["state"], "refused");
    for shown in refused["parts"].as_array().unwrap() {
        assert_eq!(shown["state"], "refused", "{refused:#}");
    }
    world.settle().await;
    for number in [part, other] {
        let page = desk.case(number).await;
        let events = page["events"].as_array().unwrap();
        let ends = events.iter().filter(|event| event["code"] == "refused");
        assert_eq!((&page["state"], ends.count()), (&json!("refused"), 1));
    }
    let rows = roads.get(queue).await.expect(200)["rows"].clone();
    assert_eq!(rows, json!([]));
    let inbox = roads.get("/v1/desk/inbox").await.expect(200);
    assert_eq!(inbox["messages"][0]["number"], part, "{inbox:#}");
    assert_eq!(inbox["messages"][0]["code"], "refused");

    // Nothing is due any more, and no part comes back by itself.
    let heads = world.heads();
    assert!(heads.iter().all(|head| head["dn"].is_null()), "{heads:#?}");
}
