//! The main job: report -> photos -> case -> handling -> reminder -> board.

use serde_json::{Value, json};
use zhitiao_pictures::scene::{Subject, View};
use zhitiao_tests::story::{report, to_unit};
use zhitiao_tests::{Case, Upload, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handrail_goes_from_report_to_board_with_every_reminder_on_the_way() {
    // Given a resident's report with three photos, each held another way.
    let world = World::start().await;
    let photos = [(View::Front, 6), (View::Side, 3), (View::Surroundings, 8)]
        .map(|(view, orientation)| Upload::of(Subject::LeaningWall, view, orientation));
    let words = "三号楼楼道扶手断了，老人上下楼很危险";
    let body = report(words, "xianggang-huayuan", "handrail");
    let case = world.reports(body, &photos).await;
    world.settle().await;
    everyone_up_the_chain_sees_it(&world, &case).await;
    photos_are_ready_and_bare(&world, &case).await;

    // When the desk deals it out, the handler takes it, and then no person does anything.
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    let number = case.number.as_str();
    let triage = json!({"category": "handrail", "publish": true});
    desk.command(number, "triage", triage).await.expect(200);
    let assign = json!({"unit": "xianggang-huayuan", "person": "zhang.wei"});
    desk.command(number, "assign", assign).await.expect(200);
    handler
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    world.settle().await;
    ladder_is_climbed_to_the_director(&world, &case).await;

    // When it is escalated, accepted above, resolved with evidence and closed.
    escalated_and_resolved(&world, number).await;
    let close = json!({"reason": "已电话核实"});
    desk.command(number, "close", close).await.expect(200);
    board_tells_the_whole_story(&world, number).await;
    let later = world.wait_until("2027-03-01T09:00:00+08:00").await;
    assert!(
        later.iter().all(|message| message["code"] != "reminded"),
        "{later:#?}"
    );
}

async fn everyone_up_the_chain_sees_it(world: &World, case: &Case) {
    for (person, unit) in [
        ("wang.fang", "xianggang-huayuan"),
        ("zhou.haiyan", "badaguan"),
        ("han.wen", "shinan"),
    ] {
        let queue = format!("/v1/desk/queue?unit={unit}");
        let queue = world.staff(person).get(&queue).await.expect(200);
        assert_eq!(queue["rows"][0]["number"], case.number.as_str(), "{person}");
        let inbox = world.staff(person).get("/v1/desk/inbox").await.expect(200);
        let message = &inbox["messages"][0];
        assert_eq!(message["number"], case.number.as_str(), "{person}");
    }
}

async fn photos_are_ready_and_bare(world: &World, case: &Case) {
    let mine = world.follow(case).await;
    let due = &mine["promise"]["resolve_due_at"];
    assert_eq!(due, "2026-11-30T17:30:00+08:00");
    for photo in mine["photos"].as_array().unwrap() {
        assert_eq!(photo["state"], "ready", "{photo:#}");
        let url = photo["url"].as_str().unwrap();
        let picture = world.http().get(url).send().await.unwrap();
        assert_eq!(picture.headers()["content-type"], "image/jpeg");
        let bytes = picture.bytes().await.unwrap();
        assert!(
            !bytes.windows(4).any(|four| four == b"Exif"),
            "metadata survived"
        );
    }
}

/// Yellow and due in the community, red at the subdistrict's director.
async fn ladder_is_climbed_to_the_director(world: &World, case: &Case) {
    for (moment, words) in [
        ("2026-11-27T09:00:00+08:00", "黄牌"),
        ("2026-11-30T17:30:00+08:00", "时限已到"),
    ] {
        let messages = world.wait_until(moment).await;
        let reminded = to_unit(&messages, "xianggang-huayuan")
            .into_iter()
            .filter(|message| message["code"] == "reminded")
            .any(|message| message["text"].as_str().unwrap().contains(words));
        assert!(reminded, "{messages:#?}");
    }
    let red = world.wait_until("2026-12-01T09:00:00+08:00").await;
    let told = to_unit(&red, "badaguan")
        .into_iter()
        .any(|message| message["roles"] == json!(["subdistrict_director"]));
    assert!(told, "{red:#?}");
    let queue = "/v1/desk/queue?unit=badaguan&overdue=true";
    let overdue = world.staff("chen.jing").get(queue).await.expect(200);
    assert_eq!(overdue["rows"][0]["number"], case.number.as_str());
}

async fn escalated_and_resolved(world: &World, number: &str) {
    let (handler, office) = (world.staff("zhang.wei"), world.staff("liu.yang"));
    let escalate = json!({"reason": "需要街道协调材料"});
    handler
        .command(number, "escalate", escalate)
        .await
        .expect(200);
    office
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    let note = json!({"to": "resident", "text": "明天上午来安装"});
    office.command(number, "notes", note).await.expect(200);
    let proof = Upload::of(Subject::LeaningWall, View::Front, 1);
    let evidence = office.add_evidence(world, number, &proof).await;
    let resolve = json!({"reason": "扶手已装好", "evidence": [evidence]});
    office.command(number, "resolve", resolve).await.expect(200);
}

/// Honest about lateness, and in order.
async fn board_tells_the_whole_story(world: &World, number: &str) {
    let list = "/v1/board/cases?community=xianggang-huayuan&month=202611";
    let list = world.anyone().get(list).await.expect(200);
    assert_eq!(list["rows"][0]["number"], number);
    let path = format!("/v1/board/cases/{number}");
    let shown = world.anyone().get(&path).await.expect(200);
    assert_eq!(
        (&shown["state"], &shown["overdue"]),
        (&json!("closed"), &json!(true))
    );
    let timeline = shown["timeline"].as_array().unwrap().iter();
    let codes: Vec<&Value> = timeline.map(|entry| &entry["code"]).collect();
    assert_eq!(
        codes,
        [
            "received",
            "triaged",
            "assigned",
            "accepted",
            "reminded",
            "reminded",
            "escalated",
            "accepted",
            "noted",
            "resolved",
            "closed"
        ]
    );
}
