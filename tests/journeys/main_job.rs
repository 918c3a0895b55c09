//! The main job: report -> photos -> case -> handling -> reminder -> board.

use serde_json::{Value, json};
use zhitiao_photos::scene::{Subject, View};
use zhitiao_tests::story::{report, to_unit};
use zhitiao_tests::{Upload, World};

fn rungs(messages: &[Value], unit: &str) -> Vec<String> {
    let reminders = to_unit(messages, unit)
        .into_iter()
        .filter(|message| message["code"] == "reminded");
    reminders
        .map(|message| message["text"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handrail_goes_from_report_to_board_with_every_reminder_on_the_way() {
    // Given a resident's report with three photos, each held another way.
    let world = World::start().await;
    let photos = [(View::Front, 6), (View::Side, 3), (View::Surroundings, 8)]
        .map(|(view, orientation)| Upload::of(Subject::LeaningWall, view, orientation));
    let body = report(
        "三号楼楼道扶手断了，老人上下楼很危险",
        "xianggang-huayuan",
        "handrail",
    );
    let case = world.reports(body, &photos).await;
    let number = case.number.as_str();
    world.settle().await;

    // Then everyone up the chain sees it at once, and the photos are ready.
    for (person, unit) in [
        ("wang.fang", "xianggang-huayuan"),
        ("zhou.haiyan", "badaguan"),
        ("han.wen", "shinan"),
    ] {
        let queue = world
            .staff(person)
            .get(&format!("/v1/desk/queue?unit={unit}"))
            .await
            .expect(200);
        assert_eq!(queue["rows"][0]["number"], number, "{person}");
        let inbox = world.staff(person).get("/v1/desk/inbox").await.expect(200);
        assert_eq!(inbox["messages"][0]["number"], number, "{person}");
    }
    let mine = world.follow(&case).await;
    assert_eq!(
        mine["promise"]["resolve_due_at"],
        "2026-11-30T17:30:00+08:00"
    );
    for photo in mine["photos"].as_array().unwrap() {
        assert_eq!(photo["state"], "ready", "{photo:#}");
        let picture = world
            .http()
            .get(photo["url"].as_str().unwrap())
            .send()
            .await
            .unwrap();
        assert_eq!(picture.headers()["content-type"], "image/jpeg");
        let bytes = picture.bytes().await.unwrap();
        assert!(
            !bytes.windows(4).any(|four| four == b"Exif"),
            "metadata survived"
        );
    }

    // When the desk triages and assigns it, and nobody does anything.
    let desk = world.staff("wang.fang");
    desk.command(
        number,
        "triage",
        json!({"category": "handrail", "publish": true}),
    )
    .await
    .expect(200);
    desk.command(
        number,
        "assign",
        json!({"unit": "xianggang-huayuan", "person": "zhang.wei"}),
    )
    .await
    .expect(200);
    world
        .staff("zhang.wei")
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    world.settle().await;

    // Then the ladder is climbed: yellow, due, red to the subdistrict's director.
    let yellow = world.wait_until("2026-11-27T09:00:00+08:00").await;
    assert!(
        rungs(&yellow, "xianggang-huayuan")
            .iter()
            .any(|text| text.contains("黄牌")),
        "{yellow:#?}"
    );
    let due = world.wait_until("2026-11-30T17:30:00+08:00").await;
    assert!(
        rungs(&due, "xianggang-huayuan")
            .iter()
            .any(|text| text.contains("时限已到")),
        "{due:#?}"
    );
    let red = world.wait_until("2026-12-01T09:00:00+08:00").await;
    let to_director = to_unit(&red, "badaguan");
    assert!(
        to_director
            .iter()
            .any(|message| message["roles"] == json!(["subdistrict_director"])),
        "{red:#?}"
    );
    let overdue = world
        .staff("chen.jing")
        .get("/v1/desk/queue?unit=badaguan&overdue=true")
        .await
        .expect(200);
    assert_eq!(overdue["rows"][0]["number"], number);

    // When it is escalated, accepted above, and resolved with evidence.
    let handler = world.staff("zhang.wei");
    handler
        .command(number, "escalate", json!({"reason": "需要街道协调材料"}))
        .await
        .expect(200);
    let office = world.staff("liu.yang");
    office
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    office
        .command(
            number,
            "notes",
            json!({"to": "resident", "text": "明天上午来安装"}),
        )
        .await
        .expect(200);
    let proof = Upload::of(Subject::LeaningWall, View::Front, 1);
    let evidence = office.add_evidence(&world, number, &proof).await;
    let resolved = office
        .command(
            number,
            "resolve",
            json!({"reason": "扶手已装好", "evidence": [evidence]}),
        )
        .await;
    resolved.expect(200);
    desk.command(number, "close", json!({"reason": "已电话核实"}))
        .await
        .expect(200);

    // Then the board tells the whole story, honest about lateness, and no reminder ever comes again.
    let board = world
        .anyone()
        .get("/v1/board/cases?community=xianggang-huayuan&month=202611")
        .await
        .expect(200);
    assert_eq!(board["rows"][0]["number"], number);
    let public = world
        .anyone()
        .get(&format!("/v1/board/cases/{number}"))
        .await
        .expect(200);
    assert_eq!(public["state"], "closed");
    assert_eq!(public["overdue"], true);
    let codes: Vec<&str> = public["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["code"].as_str().unwrap())
        .collect();
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
    let later = world.wait_until("2027-03-01T09:00:00+08:00").await;
    assert!(
        later.iter().all(|message| message["code"] != "reminded"),
        "{later:#?}"
    );
}
