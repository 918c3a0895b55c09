//! How a matter ends, or does not: declined, refused, contradicted; and a helper that is not needed any more.

use serde_json::{Value, json};
use zhitiao_tests::story::{Upload, report};
use zhitiao_tests::{Case, World};

/// A case that the subdistrict's desk has taken.
async fn at_work(world: &World) -> Case {
    let body = report("楼前的路坏了", "xianggang-huayuan", "pothole");
    let case = world.reports(body, &[]).await;
    let desk = world.staff("chen.jing");
    desk.deal_out(&case.number, "pothole", "badaguan").await;
    desk.command(&case.number, "accept", json!({}))
        .await
        .expect(200);
    case
}

/// The last thing that the reporter reads.
async fn last_word(world: &World, case: &Case) -> Value {
    let seen = world.follow(case).await;
    seen["timeline"].as_array().unwrap().last().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_declined_stays_in_the_house_and_moves_nothing() {
    let world = World::start().await;
    let case = at_work(&world).await;
    let desk = world.staff("chen.jing");
    let before = world.follow(&case).await;
    let ask = json!({"work_days": 3, "reason": "配件要从外地调货"});
    desk.command(&case.number, "extend", ask).await.expect(200);
    let no = json!({"matter": "extension", "reason": "库房里就有"});
    let own = desk.command(&case.number, "decline", no.clone()).await;
    assert_eq!(own.problem(403), "forbidden");
    let director = world.staff("sun.zhiqiang");
    let declined = director.command(&case.number, "decline", no).await;
    let declined = declined.expect(200);
    assert_eq!(declined["proposals"], json!([]));
    let told = declined["events"].as_array().unwrap().last().unwrap();
    assert_eq!(told["detail"], "库房里就有");
    assert_eq!(world.follow(&case).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_helper_that_is_let_go_sees_the_case_no_more() {
    let world = World::start().await;
    let case = at_work(&world).await;
    let (desk, housing) = (world.staff("chen.jing"), world.staff("zhang.lina"));
    let help = json!({"unit": "housing", "reason": "请配合处理排水"});
    desk.command(&case.number, "involve", help.clone())
        .await
        .expect(200);
    housing.case(&case.number).await;
    desk.command(&case.number, "release", help)
        .await
        .expect(200);
    let queue = housing.get("/v1/desk/queue?unit=housing").await.expect(200);
    assert_eq!(queue["rows"], json!([]));
    let path = format!("/v1/desk/cases/{}", case.number);
    assert_eq!(housing.get(&path).await.problem(404), "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_ends_with_a_reason_that_the_resident_reads() {
    let world = World::start().await;
    let body = report("邻居装修太吵", "xianggang-huayuan", "pothole");
    let case = world.reports(body, &[]).await;
    let desk = world.staff("wang.fang");
    let triage = json!({"category": "pothole", "publish": false});
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    let unreasoned = desk.command(&case.number, "refuse", json!({})).await;
    assert_eq!(unreasoned.body["errors"][0]["field"], "reason");
    for (wrong, field) in [
        (json!({"reason": "不在范围"}), "code"),
        (json!({"reason": "不在范围", "code": "no_time"}), "code"),
        (
            json!({"reason": "不在范围", "code": "other_authority"}),
            "authority",
        ),
        (
            json!({"reason": "不在范围", "code": "no_law", "authority": "市交通局"}),
            "authority",
        ),
    ] {
        let refused = desk.command(&case.number, "refuse", wrong).await;
        assert!(refused.status.is_client_error());
        assert_eq!(refused.body["errors"][0]["field"], field);
    }
    let no = json!({"reason": "属于邻里纠纷，请联系社区调解室", "code": "private_dispute"});
    let refused = desk.command(&case.number, "refuse", no).await.expect(200);
    assert_eq!(refused["state"], "refused");
    let told = last_word(&world, &case).await;
    assert_eq!(told["code"], "refused");
    assert_eq!(told["title"], "不予受理：属于民事纠纷");
    assert_eq!(told["detail"], "属于邻里纠纷，请联系社区调解室");
    assert!(world.heads()[0]["dn"].is_null(), "nothing reminds of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_contradicted_is_done_again_and_the_second_time_under_supervision() {
    let world = World::start().await;
    let case = at_work(&world).await;
    let desk = world.staff("chen.jing");
    for round in 1..=2 {
        if round == 2 {
            let again = json!({"unit": "badaguan"});
            desk.command(&case.number, "assign", again)
                .await
                .expect(200);
            desk.command(&case.number, "accept", json!({}))
                .await
                .expect(200);
        }
        let photo = desk
            .add_evidence(&world, &case.number, &Upload::tiny())
            .await;
        let done = json!({"reason": "路面已修补", "evidence": [photo]});
        desk.command(&case.number, "resolve", done)
            .await
            .expect(200);
        let no = json!({"reason": "雨后又塌了"});
        let again = desk.command(&case.number, "reopen", no).await.expect(200);
        assert_eq!(again["state"], "reopened");
        let asked = again["proposals"].as_array().unwrap();
        let supervised = asked.iter().any(|one| one["matter"] == "supervision");
        assert_eq!(supervised, round == 2);
        let told = last_word(&world, &case).await;
        assert_eq!(
            (&told["code"], &told["detail"]),
            (&json!("reopened"), &json!("雨后又塌了"))
        );
    }
    let next = world.heads()[0]["dn"].as_i64();
    assert!(next.is_some_and(|next| next > world.cloud.now().as_millisecond()));
}
