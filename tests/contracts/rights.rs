//! Least privilege: what the roles allow is what the functions do. The local cloud refuses a call that a role does not
//! allow, so that every journey holds the one half; this story makes use of everything and holds the other.

use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_domain::kernel::ids::CaseNumber;
use zhitiao_local::{Effect, Fault};
use zhitiao_tests::browser::Browser;
use zhitiao_tests::people::with_channels;
use zhitiao_tests::story::{calendar_with_day_off, report};
use zhitiao_tests::world::options;
use zhitiao_tests::{Case, Upload, World};

use crate::faults::support::kill_at;

/// No robot listens there: every message of this unit, and to persons, is tried again and given up in the end.
const CHANNELS: &str = r#"{"webhooks": {"xianggang-huayuan":
    {"url": "http://127.0.0.1:9/", "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"}},
    "people": {"url": "http://127.0.0.1:9/", "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"}}"#;

/// A resident reports with photos and contact details, and follows the case; everybody reads the board.
async fn residents(world: &World) -> Case {
    let mut body = report("扶手断了", "xianggang-huayuan", "handrail");
    body["contact"] = json!({"name": "王女士", "phone": "13800000000"});
    let case = world.reports(body, &[Upload::tiny()]).await;
    world.settle().await;
    let mine = world.follow(&case).await;
    world
        .download(mine["photos"][0]["url"].as_str().unwrap())
        .await;
    for board in ["cases?community=xianggang-huayuan", "holds"] {
        let path = format!("/v1/board/{board}");
        world.anyone().get(&path).await.expect(200);
    }
    case
}

/// A resident does the same in a browser.
async fn in_a_browser(world: &World) {
    let browser = Browser::new(world);
    let key = browser.open("/report").await.hidden("idempotency_key");
    let photo = Upload::tiny();
    let bytes = photo.jpeg.len().to_string();
    let report = [
        ("idempotency_key", &*key),
        ("text", "路灯不亮"),
        ("community", "xianggang-huayuan"),
        ("contact.phone", "13800000000"),
        ("photos[0].angle", "front"),
        ("photos[0].content_type", "image/jpeg"),
        ("photos[0].bytes", &*bytes),
    ];
    let receipt = browser.submit_by_script("/report", &report).await;
    let receipt: Value = serde_json::from_str(&receipt.text).unwrap();
    let upload = world.upload(&receipt["uploads"][0], &photo.jpeg).await;
    upload.expect(200);
    world.settle().await;
    let number = receipt["number"].as_str().unwrap();
    let case = browser.open(&format!("/my/{number}")).await;
    let (_, picture) = case.text.split_once("<img src=\"").unwrap();
    let picture = picture.split('"').next().unwrap().replace("&amp;", "&");
    world.download(&picture).await;
    for path in ["/my", "/board/xianggang-huayuan"] {
        assert_eq!(browser.open(path).await.status, 200, "{path}");
    }
    let erased = [("idempotency_key", &*Uuid::new_v4().to_string())];
    let erase = format!("/my/{number}/erase-contact");
    assert_eq!(browser.submit(&erase, &erased).await.status, 303);
    // Withdrawn while a department has it: its row in the queue goes.
    let desk = world.staff("wang.fang");
    desk.deal_out(number, "street-lamp", "urban-management")
        .await;
    let withdrawn = [("idempotency_key", &*Uuid::new_v4().to_string())];
    let withdrawn = browser
        .submit(&format!("/my/{number}/withdraw"), &withdrawn)
        .await;
    assert_eq!(withdrawn.status, 303, "{withdrawn:?}");
}

/// Codes of places are looked up, also those that no place has.
async fn scanned(world: &World) {
    let code = CaseNumber::EXAMPLE;
    let browser = Browser::new(world);
    assert_eq!(browser.open(&format!("/p/{code}")).await.status, 404);
    let mut body = report("灯不亮", "xianggang-huayuan", "street-lamp");
    body["place"] = json!({"code": code});
    world.anyone().post("/v1/reports", &body).await.expect(400);
    body["channel"] = json!("phone");
    let desk = world.staff("wang.fang");
    desk.post("/v1/desk/reports", &body).await.expect(400);
}

/// A reporter withdraws a case over the API that is in parts, one of them with a department.
async fn withdrawn(world: &World) {
    let desk = world.staff("wang.fang");
    let body = report("楼道灯和扶手都坏了", "xianggang-huayuan", "corridor-light");
    let case = world.reports(body, &[]).await;
    desk.deal_out(&case.number, "corridor-light", "urban-management")
        .await;
    let parts = json!({"parts": [
        {"text": "灯", "category": "corridor-light"}, {"text": "扶手", "category": "handrail"},
    ]});
    desk.command(&case.number, "split", parts).await.expect(200);
    let reporter = world.anyone().with("tracking-token", &case.token);
    let contact = json!({"phone": "13800000000"});
    reporter
        .post("/v1/my/case/contact", &contact)
        .await
        .expect(200);
    reporter
        .post("/v1/my/case/erase-contact", &json!({}))
        .await
        .expect(200);
    let done = reporter.post("/v1/my/case/withdraw", &json!({})).await;
    assert_eq!(done.expect(200)["state"], "withdrawn");
}

/// The desk and the handler do everything that there is to do, from triage to the end.
async fn staff(world: &World, number: &str) {
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    for path in ["/v1/desk/queue", "/v1/desk/inbox", "/v1/desk/deliveries"] {
        desk.get(path).await.expect(200);
    }
    let supervisor = world.staff("han.wen");
    for list in ["unit=housing", "list=holds", "list=supervised"] {
        let path = format!("/v1/desk/queue?{list}");
        supervisor.get(&path).await.expect(200);
    }
    let contact = format!("/v1/desk/cases/{number}/contact");
    desk.get(&contact).await.expect(200);
    let readings = format!("{contact}/readings");
    supervisor.get(&readings).await.expect(200);
    let line = "/v1/desk/budget-lines/2026-lamps-01";
    let words = json!({"reason": "区财〔2026〕1号"});
    let approved = supervisor.post(&format!("{line}/approve"), &words).await;
    approved.expect(201);
    supervisor.get(line).await.expect(200);
    // To a department and back: its row in the queue comes and goes.
    desk.deal_out(number, "handrail", "urban-management").await;
    let back = json!({"unit": "xianggang-huayuan", "person": "zhang.wei"});
    desk.command(number, "assign", back).await.expect(200);
    handler
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    let note = json!({"text": "明天上午去看", "to": "resident"});
    handler.command(number, "notes", note).await.expect(200);
    let evidence = handler.add_evidence(world, number, &Upload::tiny()).await;
    world.settle().await;
    let case = handler.case(number).await;
    let photo = case["photos"][0]["url"].as_str().unwrap();
    world.download(photo).await;
    late_photo(world).await;
    let done = json!({"reason": "已换新扶手", "evidence": [evidence]});
    handler.command(number, "resolve", done).await.expect(200);
    desk.command(number, "close", json!({})).await.expect(200);
    let mut slip = report("路灯不亮", "xianggang-huayuan", "street-lamp");
    slip["channel"] = json!("paper_slip");
    desk.post("/v1/desk/reports", &slip).await.expect(201);
}

/// A photo that arrives after the desk has acted on its case.
async fn late_photo(world: &World) {
    let desk = world.staff("wang.fang");
    let mut body = report("扶手松了", "xianggang-huayuan", "handrail");
    body["photos"] = json!([Upload::tiny().announcement()]);
    let received = world.anyone().post("/v1/reports", &body).await.expect(201);
    let number = received["number"].as_str().unwrap();
    let triage = json!({"category": "handrail", "publish": false});
    desk.command(number, "triage", triage).await.expect(200);
    let grant = &received["uploads"][0];
    world.upload(grant, &Upload::tiny().jpeg).await.expect(200);
    world.settle().await;
}

/// A case that waits for its reporter until the hold ends by itself: the sweep takes it off the list of holds.
async fn held(world: &World) {
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    let body = report("楼道灯不亮", "xianggang-huayuan", "corridor-light");
    let case = world.reports(body, &[]).await;
    let number = case.number.as_str();
    desk.deal_out(number, "corridor-light", "xianggang-huayuan")
        .await;
    handler
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    let review = "2026-11-23T16:00:00+08:00";
    let hold = json!({"hold": "resident", "review_at": review, "reason": "请补充楼层"});
    handler.command(number, "hold", hold).await.expect(200);
    let grant = json!({"matter": "hold"});
    let director = world.staff("li.jianguo");
    director.command(number, "approve", grant).await.expect(200);
}

/// So many urgent reports in an hour that some messages to persons are held back, and told of in one when it is over.
async fn folded(world: &World) {
    for _ in 0..8 {
        let body = report("水管爆了", "xianggang-huayuan", "burst-pipe");
        world.reports(body, &[]).await;
        world.settle().await;
    }
}

/// One danger that two people report at once, in the hands of a department: the second message is held back for a
/// minute.
async fn endangered(world: &World) {
    let desk = world.staff("wang.fang");
    for _ in 0..2 {
        let body = report("井盖没了", "xianggang-huayuan", "manhole-cover");
        let case = world.reports(body, &[]).await;
        world.settle().await;
        desk.deal_out(&case.number, "manhole-cover", "urban-management")
            .await;
    }
}

/// Two reports of the same matter.
async fn merged(world: &World) {
    let desk = world.staff("wang.fang");
    let body = report("扶手松了", "xianggang-huayuan", "handrail");
    let first = world.reports(body.clone(), &[]).await;
    let second = world.reports(body, &[]).await;
    let triage = json!({"category": "handrail", "publish": false});
    let triaged = desk.command(&second.number, "triage", triage).await;
    triaged.expect(200);
    let into = json!({"into": first.number, "reason": "同一处扶手"});
    desk.command(&second.number, "merge", into)
        .await
        .expect(200);
}

/// A case in parts.
async fn split(world: &World) {
    let desk = world.staff("wang.fang");
    let body = report("楼道灯和扶手都坏了", "xianggang-huayuan", "corridor-light");
    let case = world.reports(body, &[]).await;
    let triage = json!({"category": "corridor-light", "publish": false});
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    let parts = json!({"parts": [
        {"text": "灯", "category": "corridor-light"}, {"text": "扶手", "category": "handrail"},
    ]});
    desk.command(&case.number, "split", parts).await.expect(200);
    let whole = desk.case(&case.number).await;
    assert_eq!(whole["parts"].as_array().map(Vec::len), Some(2));
}

/// An operator changes the directory and loads a calendar.
async fn operator(world: &World) {
    let operator = world.staff("he.lei");
    let body =
        json!({"name": "王芳", "posts": [{"unit": "xianggang-huayuan", "role": "desk_officer"}]});
    operator
        .put("/v1/directory/staff/wang.fang", Some(0), &body)
        .await
        .expect(200);
    let calendar = calendar_with_day_off("2026-11-26");
    let preview = operator.post("/v1/directory/calendars/preview", &calendar);
    preview.await.expect(200);
    let loaded = operator.clone().with("if-match", "\"1\"");
    loaded
        .post("/v1/directory/calendars", &calendar)
        .await
        .expect(201);
    operator.get("/v1/directory/calendars").await.expect(200);
    let robot = "/v1/directory/channels/badaguan/wecom";
    let address = json!({"url": "https://example.org/robot"});
    let set = operator.put(robot, None, &address).await.expect(200);
    let version = set["version"].as_u64().unwrap();
    operator.delete(robot, version).await.expect(200);
    // A tick that dies behind a case, before it says how far it came: the next one asks that case's history.
    let begins = world.cloud.now() + SignedDuration::from_secs(121);
    world.cloud.outage_until(begins).await.unwrap();
    let dies = Fault::new(Effect::HangAfter)
        .caller("due-sweep")
        .operation("TransactWriteItems");
    tokio::join!(world.cloud.tick(), kill_at(world, dies));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_right_of_a_role_is_made_use_of() {
    let channels = serde_json::from_str(CHANNELS).unwrap();
    let world = World::start_with(with_channels(options(), &channels)).await;
    let case = residents(&world).await;
    in_a_browser(&world).await;
    scanned(&world).await;
    staff(&world, &case.number).await;
    held(&world).await;
    merged(&world).await;
    folded(&world).await;
    split(&world).await;
    withdrawn(&world).await;
    operator(&world).await;
    endangered(&world).await;
    world.settle().await;
    // Reminders, deliveries that are tried again, uploads that are looked for, and the hourly count.
    world.wait_until("2026-11-24T10:07:00+08:00").await;

    let unused: Vec<_> = world
        .cloud
        .iam()
        .unused()
        .into_iter()
        .map(|grant| {
            format!(
                "{} never uses {} on {} {:?}: remove it from its role in infra/template.yaml",
                grant.function, grant.action, grant.resource, grant.partitions
            )
        })
        .collect();
    assert_eq!(unused, Vec::<String>::new());
}

/// What a function would be answered if its code asked for a partition.
async fn asked(world: &World, function: &str, partition: &str) -> u16 {
    let request = json!({
        "TableName": world.cloud.table_name("CasesTable"),
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": partition}},
    });
    let credential = format!("LOCAL.{function}/20261123/cn-north-1/dynamodb/aws4_request");
    let sent = world
        .http()
        .post(world.cloud.dynamodb_url())
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.Query")
        .header("x-amz-date", "20261123T010000Z")
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"),
        )
        .body(request.to_string());
    sent.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_desk_can_ask_for_contact_details_whatever_its_code_says() {
    let world = World::start().await;
    let case = residents(&world).await;
    let (details, head) = (
        format!("shinan#CONTACT#{}", case.id()),
        format!("shinan#{}", case.id()),
    );
    for (function, reads_cases, reads_contacts) in [
        ("public-board", true, false),
        ("site", true, false),
        ("due-sweep", true, false),
        ("case-desk", true, true),
    ] {
        for (partition, expected) in [
            (&head, reads_cases),
            (&details, reads_contacts),
            (&"jiaonan#K7M39QXD".to_owned(), false),
        ] {
            let status = asked(&world, function, partition).await;
            assert_eq!(status == 200, expected, "{function} {partition}: {status}");
        }
    }
}
