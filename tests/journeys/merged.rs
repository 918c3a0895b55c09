//! Merged: the reporter of a case that is handled with another one learns how it goes on.

use serde_json::{Value, json};
use zhitiao_tests::story::{Upload, report};
use zhitiao_tests::{Case, World};

/// What the other reporter wrote, and what staff wrote to them: nobody else's business.
const PRIVATE: &str = "金丝雀家的楼道灯";
const TO_THEM: &str = "金丝雀女士，周五上门";

async fn triaged(world: &World, text: &str, publish: bool) -> Case {
    let case = world
        .reports(report(text, "xianggang-huayuan", "corridor-light"), &[])
        .await;
    let desk = world.staff("wang.fang");
    let triage = json!({"category": "corridor-light", "publish": publish});
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    case
}

async fn merge(world: &World, case: &Case, into: &Case) {
    let words = json!({"into": into.number, "reason": "同一盏灯"});
    let desk = world.staff("wang.fang");
    desk.command(&case.number, "merge", words).await.expect(200);
}

async fn work_on(world: &World, case: &Case) {
    let desk = world.staff("wang.fang");
    for (verb, body) in [
        ("assign", json!({"unit": "xianggang-huayuan"})),
        ("accept", json!({})),
        ("notes", json!({"text": TO_THEM, "to": "resident"})),
    ] {
        desk.command(&case.number, verb, body).await.expect(200);
    }
}

fn codes(page: &Value) -> Vec<&str> {
    let timeline = page["timeline"].as_array().unwrap().iter();
    timeline
        .map(|entry| entry["code"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reported_a_merged_case_follows_the_one_that_goes_on_and_reads_nothing_private() {
    let world = World::start().await;
    let mine = triaged(&world, "三楼的灯不亮", true).await;
    let between = triaged(&world, "楼道里很黑", false).await;
    let last = triaged(&world, PRIVATE, false).await;
    assert_eq!(world.follow(&mine).await["goes_on_in"], Value::Null);
    merge(&world, &mine, &between).await;
    merge(&world, &between, &last).await;
    work_on(&world, &last).await;

    let page = world.follow(&mine).await;
    assert_eq!(
        (&page["state"], &page["text"]),
        (&json!("merged"), &json!("三楼的灯不亮"))
    );
    let goes_on = &page["goes_on_in"];
    assert_eq!(goes_on["number"], last.number.as_str(), "{page:#}");
    assert_eq!(goes_on["state"], "in_progress");
    assert_eq!(codes(goes_on), ["triaged", "assigned", "accepted", "noted"]);
    assert!(!page.to_string().contains("金丝雀"), "{page:#}");
    assert!(!page.to_string().contains(&last.token));
    // For the public there is no case that is not published.
    let path = format!("/v1/board/cases/{}", mine.number);
    let public = world.anyone().get(&path).await.expect(200);
    assert_eq!(public["goes_on_in"], Value::Null);

    let handler = world.staff("zhang.wei");
    let photo = handler
        .add_evidence(&world, &last.number, &Upload::tiny())
        .await;
    let done = json!({"reason": "换了灯", "evidence": [photo]});
    let done = handler.command(&last.number, "resolve", done).await;
    done.expect(200);
    let page = world.follow(&mine).await;
    assert_eq!(page["goes_on_in"]["state"], "resolved");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_public_case_that_goes_on_everybody_reads_the_words() {
    let world = World::start().await;
    let mine = triaged(&world, "三楼的灯不亮", true).await;
    let other = triaged(&world, "楼道里很黑", true).await;
    merge(&world, &mine, &other).await;
    work_on(&world, &other).await;
    let path = format!("/v1/board/cases/{}", mine.number);
    for page in [
        world.follow(&mine).await,
        world.anyone().get(&path).await.expect(200),
    ] {
        let goes_on = &page["goes_on_in"];
        assert_eq!(goes_on["published"], true);
        assert!(goes_on.to_string().contains(TO_THEM), "{goes_on:#}");
        assert!(!page.to_string().contains("楼道里很黑"), "{page:#}");
    }
}
