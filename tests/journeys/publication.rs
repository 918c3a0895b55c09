//! What everyone sees is what the desk has looked at, and what should not have been seen leaves the board again.

use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_tests::browser::Browser;
use zhitiao_tests::story::report;
use zhitiao_tests::{Answer, Caller, Case, Upload, World};

const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";

/// A report that announces so many photos, as its reporter sends it again and again.
struct Sent {
    key: String,
    body: Value,
}

impl Sent {
    fn with_photos(photos: usize) -> Self {
        let mut body = report("扶手断了", "xianggang-huayuan", "handrail");
        body["photos"] = vec![Upload::tiny().announcement(); photos].into();
        Self {
            key: Uuid::new_v4().to_string(),
            body,
        }
    }

    async fn send(&self, world: &World) -> Answer {
        let anyone = world.anyone();
        anyone
            .post_with_key("/v1/reports", &self.key, &self.body)
            .await
    }
}

/// The reporter uploads the photo with that number, as the receipt allows.
async fn upload(world: &World, receipt: &Value, number: usize) {
    let grant = &receipt["uploads"][number];
    world.upload(grant, &Upload::tiny().jpeg).await.expect(200);
    world.settle().await;
}

async fn on_board(world: &World, case: &Case) -> Answer {
    let path = format!("/v1/board/cases/{}", case.number);
    world.anyone().get(&path).await
}

/// The numbers of the photos that everyone sees.
async fn public_photos(world: &World, case: &Case) -> Vec<u64> {
    let shown = on_board(world, case).await.expect(200);
    let shown = shown["photos"].as_array().unwrap().iter();
    shown
        .inspect(|photo| assert!(photo["url"].is_string()))
        .map(|photo| photo["number"].as_u64().unwrap())
        .collect()
}

async fn publish(desk: &Caller<'_>, case: &Case, body: Value) -> Answer {
    desk.command(&case.number, "publication", body).await
}

/// From the unit's desk to the handler who works on it.
async fn taken(world: &World, case: &Case) {
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    let assign = json!({"unit": "xianggang-huayuan"});
    desk.command(&case.number, "assign", assign)
        .await
        .expect(200);
    let accepted = handler.command(&case.number, "accept", json!({})).await;
    accepted.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_nobody_at_the_desk_has_seen_never_appears_on_the_board() {
    let world = World::start().await;
    let sent = Sent::with_photos(3);
    let case = Case::of(sent.send(&world).await.expect(201));
    let desk = world.staff("wang.fang");
    upload(&world, &case.receipt, 0).await;
    let seen = desk.case(&case.number).await["version"].as_u64().unwrap();

    // Another photo comes while the desk looks at the first one.
    upload(&world, &case.receipt, 1).await;
    let triage = json!({"category": "handrail", "publish": true});
    let refused = desk.command_at(&case.number, seen, "triage", triage.clone());
    assert_eq!(refused.await.problem(409), "version_conflict");
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    assert_eq!(public_photos(&world, &case).await, [0, 1]);

    // The last one comes by a repeated report, when the case is public and a unit works on it.
    taken(&world, &case).await;
    let before = desk.case(&case.number).await;
    let again = sent.send(&world).await.expect(200);
    upload(&world, &again, 2).await;
    assert_eq!(public_photos(&world, &case).await, [0, 1]);
    let after = desk.case(&case.number).await;
    assert!(after["version"].as_u64() > before["version"].as_u64());
    let last = after["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["code"], "photo_arrived");
    assert_eq!(after["photos"][2]["public"], false);
    let told = world
        .staff("zhang.wei")
        .get("/v1/desk/inbox")
        .await
        .expect(200);
    assert_eq!(told["messages"][0]["code"], "photo_arrived", "{told:#}");
    // Its reporter sees it, and that others do not.
    let mine = world.follow(&case).await;
    assert!(mine["photos"][2]["url"].is_string());
    assert_eq!(mine["photos"][2]["public"], false);

    let named = json!({"publish": true, "photos": [0, 1, 2]});
    publish(&desk, &case, named).await.expect(200);
    assert_eq!(public_photos(&world, &case).await, [0, 1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_is_public_by_an_act_and_none_is_added_to_a_case_that_has_ended() {
    let world = World::start().await;
    let case = world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await;
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    let triage = json!({"category": "handrail", "publish": true});
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    taken(&world, &case).await;
    let number = handler
        .add_evidence(&world, &case.number, &Upload::tiny())
        .await;
    assert!(public_photos(&world, &case).await.is_empty());
    let done = json!({"reason": "已修好", "evidence": [number]});
    handler
        .command(&case.number, "resolve", done)
        .await
        .expect(200);
    desk.command(&case.number, "close", json!({}))
        .await
        .expect(200);
    assert!(public_photos(&world, &case).await.is_empty());

    let named = json!({"publish": true, "photos": [number]});
    publish(&desk, &case, named).await.expect(200);
    assert_eq!(public_photos(&world, &case).await, [number]);
    let path = format!("/v1/desk/cases/{}/photos", case.number);
    let refused = desk.post(&path, &Upload::tiny().announcement()).await;
    assert_eq!(refused.problem(422), "case_ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_upload_grants_end_with_the_case_and_three_days_after_the_report() {
    let world = World::start().await;
    let (refused, late) = (Sent::with_photos(1), Sent::with_photos(1));
    let case = Case::of(refused.send(&world).await.expect(201));
    late.send(&world).await.expect(201);
    let desk = world.staff("wang.fang");
    let no = json!({"reason": "不在范围", "code": "not_found"});
    desk.command(&case.number, "refuse", no).await.expect(200);

    let ended = refused.send(&world).await.expect(200);
    assert_eq!(ended["uploads"], json!([]));
    assert_eq!(ended["uploads_closed"], "case_ended");
    assert!(ended["message"].as_str().unwrap().contains("已经了结"));
    world.wait_until("2026-11-26T08:59:00+08:00").await;
    let open = late.send(&world).await.expect(200);
    assert_eq!(open["uploads"].as_array().map(Vec::len), Some(1));
    assert_eq!(open["uploads_closed"], Value::Null);
    world.wait_until("2026-11-26T09:05:00+08:00").await;
    let over = late.send(&world).await.expect(200);
    assert_eq!(over["uploads"], json!([]));
    assert_eq!(over["uploads_closed"], "report_too_old");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_photo_is_replaced_by_the_repeated_report_in_another_form() {
    let world = World::start().await;
    let mut sent = Sent::with_photos(1);
    sent.body["photos"][0]["bytes"] = HEIC.len().into();
    let case = Case::of(sent.send(&world).await.expect(201));
    let grant = &case.receipt["uploads"][0];
    world.upload(grant, HEIC).await.expect(200);
    world.settle().await;
    let refused = world.follow(&case).await["photos"][0].clone();
    assert_eq!(refused["reason"], "unsupported_heic");

    sent.body["photos"][0]["bytes"] = Upload::tiny().jpeg.len().into();
    sent.body["photos"][0]["content_type"] = json!("image/png");
    let again = sent.send(&world).await.expect(200);
    assert_eq!(again["number"], case.receipt["number"]);
    upload(&world, &again, 0).await;
    assert_eq!(world.follow(&case).await["photos"][0]["state"], "ready");
    // What a report is about cannot change under its key.
    sent.body["photos"][0]["angle"] = json!("side");
    assert_eq!(
        sent.send(&world).await.problem(422),
        "idempotency_key_reused"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permission_that_lapsed_is_shown_to_resident_and_staff() {
    let world = World::start().await;
    let case = Case::of(Sent::with_photos(1).send(&world).await.expect(201));
    assert_eq!(world.follow(&case).await["photos"][0]["state"], "waiting");
    world.wait_until("2026-11-23T09:16:00+08:00").await;
    let desk = world.staff("wang.fang").case(&case.number).await;
    for view in [world.follow(&case).await, desk] {
        let photo = &view["photos"][0];
        assert_eq!(photo["state"], "expired");
        assert!(photo["reason_text"].is_string(), "{photo:#}");
    }
}

/// A case that the handler works on.
async fn at_work(world: &World) -> Case {
    let own = [Upload::tiny()];
    let body = report("扶手断了", "xianggang-huayuan", "handrail");
    let case = world.reports(body, &own).await;
    world.settle().await;
    let triage = json!({"category": "handrail", "publish": false});
    let desk = world.staff("wang.fang");
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    taken(world, &case).await;
    case
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_that_was_refused_or_never_came_makes_no_case_unresolvable() {
    let world = World::start().await;
    let case = at_work(&world).await;
    let handler = world.staff("zhang.wei");
    let path = format!("/v1/desk/cases/{}/photos", case.number);
    let bad = Upload {
        angle: "front",
        jpeg: b"no photo".to_vec(),
    };
    for _ in 0..10 {
        assert_eq!(handler.add_evidence(&world, &case.number, &bad).await, 9);
    }
    // Nine that may still come are as many as there may be, until their permissions lapse.
    for number in 9..18 {
        let announced = handler.post(&path, &Upload::tiny().announcement()).await;
        assert_eq!(announced.expect(201)["number"], number);
    }
    let tenth = handler.post(&path, &Upload::tiny().announcement()).await;
    assert_eq!(tenth.problem(422), "too_many_photos");
    let resolve = async |evidence: Value| {
        let done = json!({"reason": "已修好", "evidence": evidence});
        handler.command(&case.number, "resolve", done).await
    };
    let fault = async |evidence| resolve(evidence).await.expect(422)["errors"][0]["code"].clone();
    assert_eq!(fault(json!([9])).await, "photo_not_ready");
    let later = world.cloud.now() + jiff::SignedDuration::from_mins(16);
    assert!(world.cloud.advance_to(later).await.unwrap().settled);
    assert_eq!(fault(json!([9])).await, "photo_expired");
    assert_eq!(fault(json!([0])).await, "photo_of_reporter");
    assert_eq!(fault(json!([99])).await, "photo_missing");
    let ready = handler
        .add_evidence(&world, &case.number, &Upload::tiny())
        .await;
    assert_eq!(ready, 9);
    resolve(json!([ready])).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_announcement_renews_the_permission_of_the_same_photo() {
    let world = World::start().await;
    let case = at_work(&world).await;
    let handler = world.staff("zhang.wei");
    let path = format!("/v1/desk/cases/{}/photos", case.number);
    let (key, body) = (Uuid::new_v4().to_string(), Upload::tiny().announcement());
    let announce = async || {
        let answer = handler.post_with_key(&path, &key, &body).await;
        answer.expect(201)
    };
    let first = announce().await;
    let later = world.cloud.now() + jiff::SignedDuration::from_mins(16);
    assert!(world.cloud.advance_to(later).await.unwrap().settled);
    let again = announce().await;
    assert_eq!(again["number"], first["number"]);
    let photo = handler.case(&case.number).await["photos"][1].clone();
    assert_eq!(photo["state"], "waiting");
    world.upload(&again, &Upload::tiny().jpeg).await.expect(200);
    world.settle().await;
    // A photo that can be seen stays, whatever is announced again.
    announce().await;
    let photo = handler.case(&case.number).await["photos"][1].clone();
    assert_eq!(photo["state"], "ready");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_from_before_a_reopening_does_not_prove_the_next_resolution() {
    let world = World::start().await;
    let case = at_work(&world).await;
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    let evidence = async || {
        let photo = Upload::tiny();
        handler.add_evidence(&world, &case.number, &photo).await
    };
    let resolve = async |number: u64| {
        let done = json!({"reason": "已修好", "evidence": [number]});
        handler.command(&case.number, "resolve", done).await
    };
    let old = evidence().await;
    resolve(old).await.expect(200);
    let again = json!({"reason": "还是松的"});
    desk.command(&case.number, "reopen", again)
        .await
        .expect(200);
    taken(&world, &case).await;
    let refused = resolve(old).await.expect(422);
    assert_eq!(refused["errors"][0]["code"], "photo_before_reopening");
    let new = evidence().await;
    resolve(new).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_leaves_the_board_in_any_state_and_a_closed_one_stays_in_its_month() {
    let world = World::start().await;
    let case = world
        .reports(
            report("扶手断了", "xianggang-huayuan", "policy-question"),
            &[],
        )
        .await;
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    let triage = json!({"category": "policy-question", "publish": true});
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    taken(&world, &case).await;
    let off = json!({"publish": false, "reason": "写了别人的名字"});
    let silent = publish(&desk, &case, json!({"publish": false}))
        .await
        .expect(422);
    assert_eq!(silent["errors"][0]["code"], "required_when_hidden");
    publish(&desk, &case, off.clone()).await.expect(200);
    assert_eq!(on_board(&world, &case).await.problem(404), "not_found");
    let mine = world.follow(&case).await;
    assert_eq!(mine["published"], false);
    let entry = mine["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!(entry["code"], "publication_changed");
    assert_eq!(entry["detail"], Value::Null, "why is for staff");
    publish(&desk, &case, json!({"publish": true}))
        .await
        .expect(200);

    let done = json!({"reason": "已答复"});
    handler
        .command(&case.number, "resolve", done)
        .await
        .expect(200);
    desk.command(&case.number, "close", json!({}))
        .await
        .expect(200);
    let ended = world.stored_of(&case, "#")[0].clone();
    assert!(ended["qp"].as_str().unwrap().ends_with("#202611"));
    world.wait_until("2026-12-02T10:00:00+08:00").await;
    // A leader above the desk may as well.
    let leader = world.staff("zhou.haiyan");
    publish(&leader, &case, off).await.expect(200);
    assert_eq!(on_board(&world, &case).await.problem(404), "not_found");
    let head = world.stored_of(&case, "#")[0].clone();
    assert_eq!((&head["qp"], &head["k"]), (&ended["qp"], &ended["k"]));
    assert_eq!(head["bp"], Value::Null);
    // Who only works on cases has no say in it.
    let worker = publish(&handler, &case, json!({"publish": true})).await;
    assert_eq!(worker.problem(403), "forbidden");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_photo_or_one_answer_is_hidden_and_only_staff_see_what_it_was() {
    let world = World::start().await;
    let body = report("扶手断了", "xianggang-huayuan", "handrail");
    let case = world.reports(body, &[Upload::tiny(), Upload::tiny()]).await;
    world.settle().await;
    let desk = world.staff("wang.fang");
    let triage = json!({"category": "handrail", "publish": true});
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    let note = json!({"text": "已告诉隔壁的王大爷", "to": "resident"});
    let noted = desk.command(&case.number, "notes", note).await.expect(200);
    let answer = noted["events"].as_array().unwrap().last().unwrap()["number"].clone();

    let hide = json!({
        "publish": true, "hidden_photos": [1], "hidden_events": [answer], "reason": "提到了邻居",
    });
    let staff = publish(&desk, &case, hide).await.expect(200);
    assert!(staff.to_string().contains("王大爷"), "staff still read it");
    assert_eq!(staff["photos"][1]["hidden"], true);
    assert!(staff["photos"][1]["url"].is_string());
    assert_eq!(public_photos(&world, &case).await, [0]);
    let board = on_board(&world, &case).await.expect(200);
    let mine = world.follow(&case).await;
    assert_eq!(mine["photos"][1]["hidden"], true);
    assert_eq!(mine["photos"][1]["url"], Value::Null);
    for page in [board, mine] {
        let text = page.to_string();
        assert!(
            !text.contains("王大爷") && !text.contains("提到了邻居"),
            "{page:#}"
        );
        let timeline = page["timeline"].as_array().unwrap();
        let hidden = timeline.iter().find(|entry| entry["number"] == answer);
        assert_eq!(hidden.unwrap()["hidden"], true);
        assert_eq!(timeline.last().unwrap()["title"], "有内容不再显示");
    }
    let shown = json!({"publish": true, "hidden_photos": [], "hidden_events": []});
    publish(&desk, &case, shown).await.expect(200);
    assert_eq!(public_photos(&world, &case).await, [0, 1]);
    let board = on_board(&world, &case).await.expect(200);
    assert!(board.to_string().contains("王大爷"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_is_warned_of_what_seems_personal_before_it_publishes_and_when_it_does() {
    let world = World::start().await;
    let words = "我叫张伟，电话１３８００００００００，扶手断了";
    let mut body = report(words, "xianggang-huayuan", "handrail");
    body["place"] = json!({"address": "3号楼2单元402"});
    let case = world.reports(body, &[]).await;
    let desk = world.staff("wang.fang");
    let found = |page: &Value| {
        let places = page["personal"].as_array().unwrap().iter();
        let place = |at: &Value| json!([at["part"], at["start"], at["end"], at["kind"]]);
        places.map(place).collect::<Vec<_>>()
    };
    let expected = [
        json!(["text", 2, 4, "name"]),
        json!(["text", 7, 18, "phone"]),
        json!(["address", 3, 9, "room"]),
    ];
    assert_eq!(found(&desk.case(&case.number).await), expected);
    let triage = json!({"category": "handrail", "publish": true});
    let answer = desk
        .command(&case.number, "triage", triage)
        .await
        .expect(200);
    assert_eq!(found(&answer), expected);
    assert!(answer["personal"][0]["message"].is_string());

    let note = json!({"text": "已联系13900000000", "to": "resident"});
    let noted = desk.command(&case.number, "notes", note).await.expect(200);
    assert_eq!(found(&noted)[3], json!(["event", 3, 14, "phone"]));
    // What is hidden is no longer a warning.
    let number = noted["personal"][3]["event"].clone();
    let hide = json!({"publish": true, "hidden_events": [number], "reason": "有电话"});
    let hidden = publish(&desk, &case, hide).await.expect(200);
    assert_eq!(found(&hidden), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_leads_to_a_person_is_masked_wherever_the_public_reads_and_whole_for_desk_and_reporter()
 {
    let world = World::start().await;
    let mut body = report(
        "电话13800000000，鲁B12345堵了门，我叫张伟",
        "xianggang-huayuan",
        "handrail",
    );
    body["place"] = json!({"address": "3号楼2单元402"});
    let case = world.reports(body, &[]).await;
    let desk = world.staff("wang.fang");
    let triage = json!({"category": "handrail", "publish": true});
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    let note = json!({"text": "已联系13900000000", "to": "resident"});
    desk.command(&case.number, "notes", note).await.expect(200);

    let browser = Browser::new(&world);
    let list = "/v1/board/cases?community=xianggang-huayuan";
    let mut public = vec![
        world.anyone().get(list).await.expect(200).to_string(),
        world
            .anyone()
            .get(&format!("/v1/board/cases/{}", case.number))
            .await
            .expect(200)
            .to_string(),
    ];
    for path in [
        "/communities/xianggang-huayuan",
        "/board/xianggang-huayuan",
        "/board/xianggang-huayuan/feed",
        &format!("/cases/{}", case.number),
    ] {
        public.push(browser.open(path).await.text);
    }
    for text in &public {
        for planted in ["1380000", "鲁B12", "张伟", "402", "1390000"] {
            assert!(!text.contains(planted), "{planted}: {text}");
        }
    }
    assert!(
        public[1].contains("堵了门") && public[1].contains("3号楼"),
        "{}",
        public[1]
    );
    let mine = world.follow(&case).await.to_string();
    let seen = desk.case(&case.number).await.to_string();
    for whole in ["13800000000", "鲁B12345", "张伟", "2单元402", "13900000000"] {
        assert!(mine.contains(whole) && seen.contains(whole), "{whole}");
    }
}
