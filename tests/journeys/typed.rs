//! What people type on the devices that they have: marks that they do not see, numbers in every spelling, fields left
//! empty, places elsewhere, slips of last week, and accounts as issuers name them.

use jiff::SignedDuration;
use serde_json::{Value, json};
use zhitiao_tests::story::report;
use zhitiao_tests::{Answer, Case, World};

const OPERATOR: &str = "he.lei";

/// The field errors of a refusal, each with its code.
#[track_caller]
fn faults(answer: Answer, status: u16) -> Vec<(String, String)> {
    let body = answer.expect(status);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = body["errors"].as_array().into_iter().flatten();
    errors
        .map(|error| (text(&error["field"]), text(&error["code"])))
        .collect()
}

fn fault(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_taken_whatever_marks_a_phone_puts_into_it() {
    let world = World::start().await;
    let (anyone, desk) = (world.anyone(), world.staff("wang.fang"));
    let mut body = report(
        "\u{feff}三楼\u{2028}灯不亮\r\n\u{202d}请修\u{202c}\u{200b}",
        "xianggang-huayuan ",
        "street-lamp",
    );
    body["place"] = json!({"address": "3号楼\u{2029}2单元\u{85}", "point": null});
    body["contact"] =
        json!({"name": "王\u{200b}秀英", "phone": "\u{202d}（0532）８８８８ 8888转801\u{202c}"});
    let case = Case::of(anyone.post("/v1/reports", &body).await.expect(201));
    let seen = desk.case(&case.number).await;
    assert_eq!(seen["text"], "三楼\n灯不亮\n请修");
    assert_eq!(seen["address"], "3号楼 2单元", "{seen:#}");
    let contact = desk
        .get(&format!("/v1/desk/cases/{}/contact", case.number))
        .await
        .expect(200);
    assert_eq!(
        contact,
        json!({
            "name": "王秀英",
            "phone": "（0532）８８８８ 8888转801",
            "phone_dialed": "053288888888;ext=801",
        })
    );

    // Nothing to read is nothing, and a number that cannot be dialed is told what one looks like.
    for nothing in [
        "",
        " ",
        "\u{200b}",
        "\u{3164}",
        "\u{2800}",
        "\u{feff}\u{202e}",
    ] {
        let body = report(nothing, "xianggang-huayuan", "street-lamp");
        let refused = anyone.post("/v1/reports", &body).await;
        assert_eq!(
            faults(refused, 400),
            fault("text", "required"),
            "{nothing:?}"
        );
    }
    body["contact"] = json!({"phone": "打我电话"});
    let refused = anyone.post("/v1/reports", &body).await.expect(400);
    assert_eq!(refused["errors"][0]["code"], "not_a_phone");
    let sentence = refused["errors"][0]["message"].as_str().unwrap();
    assert!(sentence.contains("13800000000"), "{refused:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_was_left_empty_is_like_one_that_was_left_out() {
    let world = World::start().await;
    let body = json!({
        "text": "路灯不亮", "community": "xianggang-huayuan", "category": "", "place": "", "photos": "",
        "contact": {"name": "", "phone": " "}, "consents": {"publish": "", "photo_location": null},
    });
    let case = Case::of(world.anyone().post("/v1/reports", &body).await.expect(201));
    let desk = world.staff("wang.fang");
    let contact = format!("/v1/desk/cases/{}/contact", case.number);
    assert_eq!(desk.get(&contact).await.status, 404);

    let triage = json!({"category": "street-lamp", "publish": false, "reason": ""});
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    let assign =
        json!({"unit": "xianggang-huayuan", "person": "", "hard": "", "reason": "\u{3000}"});
    desk.command(&case.number, "assign", assign)
        .await
        .expect(200);
    for list in [
        "/v1/desk/queue?unit=&state=&overdue=&min_age_days=&category=&list=&hold=&waits_for=&budget_line=&limit=&cursor=",
        "/v1/desk/inbox?limit=&cursor=%20",
        "/v1/desk/deliveries?unit=",
        "/v1/board/cases?community=xianggang-huayuan&month=&category=&limit=&cursor=",
        "/v1/directory/staff?unit=&limit=&cursor=",
        "/v1/directory/units?kind=&parent=&limit=&cursor=",
    ] {
        desk.get(list).await.expect(200);
    }
    // What must be there is still asked for.
    let note = json!({"text": "\u{200b}", "to": ""});
    let refused = desk.command(&case.number, "notes", note).await;
    let expected = [fault("text", "required"), fault("to", "required")].concat();
    assert_eq!(faults(refused, 400), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_is_found_in_every_spelling_in_a_path_and_in_a_body() {
    let world = World::start().await;
    let first = world
        .reports(report("路灯不亮", "xianggang-huayuan", "street-lamp"), &[])
        .await;
    let second = world
        .reports(report("路灯坏了", "xianggang-huayuan", "street-lamp"), &[])
        .await;
    let desk = world.staff("wang.fang");
    let wide = |number: &str| -> String {
        let widen = |c: char| match c {
            '-' => '－',
            c => char::from_u32(u32::from(c) - 0x21 + 0xff01).unwrap(),
        };
        number.chars().map(widen).collect()
    };
    for spelling in [
        wide(&first.number),
        first.number.to_lowercase(),
        first.number.replace('-', "–"),
        format!("{}。", first.number.replace('-', "")),
        format!(" {} ", first.number.replace('-', " ")),
    ] {
        let mut url = reqwest::Url::parse(world.cloud.api_url()).unwrap();
        let path = ["v1", "desk", "cases", &spelling];
        url.path_segments_mut().unwrap().clear().extend(path);
        let found = desk.send(world.http().get(url)).await.expect(200);
        assert_eq!(found["number"], first.number.as_str(), "{spelling}");
    }
    let merge = json!({"into": format!("{}。", wide(&first.number)), "reason": "同一盏灯"});
    desk.command(&second.number, "merge", merge)
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_outside_the_district_is_no_report_here() {
    let world = World::start().await;
    let at = |latitude: f64, longitude: f64| {
        let mut body = report("路灯不亮", "xianggang-huayuan", "street-lamp");
        body["place"] = json!({"point": {"latitude": latitude, "longitude": longitude}});
        body
    };
    let anyone = world.anyone();
    anyone
        .post("/v1/reports", &at(36.061, 120.388))
        .await
        .expect(201);
    let nowhere = anyone.post("/v1/reports", &at(0.0, 0.0)).await;
    assert_eq!(faults(nowhere, 400), fault("place.point", "no_position"));
    let jinan = anyone.post("/v1/reports", &at(36.65, 117.12)).await;
    assert_eq!(
        faults(jinan, 400),
        fault("place.point", "outside_the_district")
    );

    // The operator says where the district lies; without bounds only 0 / 0 is refused.
    let operator = world.staff(OPERATOR);
    let unit = "/v1/directory/units/shinan";
    let mut district =
        json!({"kind": "district", "name": {"zh": "市南区", "en": "Shinan District"}});
    district["bounds"] = json!({"south": 36.2, "west": 120.2, "north": 36.1, "east": 120.4});
    let refused = operator.put(unit, Some(0), &district).await;
    assert_eq!(
        faults(refused, 400),
        fault("bounds.north", "reversed_bounds")
    );
    let community = json!({"kind": "community", "name": {"zh": "香港花园社区", "en": "Hong Kong Garden Community"},
        "parent": "badaguan", "bounds": {"south": 36.0, "west": 120.2, "north": 36.1, "east": 120.4}});
    let refused = operator
        .put("/v1/directory/units/xianggang-huayuan", Some(0), &community)
        .await;
    assert_eq!(
        faults(refused, 422),
        fault("bounds", "of_the_district_only")
    );
    district["bounds"] = Value::Null;
    let done = operator.put(unit, Some(0), &district).await.expect(200);
    assert_eq!(done["bounds"], Value::Null);
    a_minute_later(&world).await;
    anyone
        .post("/v1/reports", &at(36.65, 117.12))
        .await
        .expect(201);
    let nowhere = anyone.post("/v1/reports", &at(0.0, 0.0)).await;
    assert_eq!(faults(nowhere, 400), fault("place.point", "no_position"));
}

/// As long as a function may work with what it knows of the directory.
async fn a_minute_later(world: &World) {
    let later = world.cloud.now() + SignedDuration::from_secs(61);
    assert!(world.cloud.advance_to(later).await.unwrap().settled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_nobody_made_shows_nobody_elses_case() {
    let world = World::start().await;
    let body = report("路灯不亮", "xianggang-huayuan", "street-lamp");
    for key in [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        let refused = world
            .anyone()
            .post_with_key("/v1/reports", key, &body)
            .await;
        let sentence = refused.body["errors"][0]["message"].to_string();
        assert!(sentence.contains("UUID"), "{sentence}");
        assert_eq!(
            faults(refused, 400),
            fault("Idempotency-Key", "key_of_nobody")
        );
    }
    assert!(world.heads().is_empty());
}

/// A slip that came in earlier.
fn slip(received_at: &str, reason: &str) -> Value {
    let mut body = report("三号楼西侧路灯不亮", "xianggang-huayuan", "street-lamp");
    body["channel"] = json!("paper_slip");
    body["received_at"] = json!(received_at);
    body["reason"] = json!(reason);
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slip_of_the_weekend_is_promised_from_when_it_came_in() {
    let world = World::start().await;
    let desk = world.staff("wang.fang");
    // Put into the box on Friday, entered on Monday: promised like a slip of Friday.
    let friday = slip("2026-11-20T16:00:00+08:00", "周五下班后投进意见箱");
    let key = "0d5c9a10-7c7c-4f6e-9d3b-1f2e3d4c5b6a";
    let filed = desk.post_with_key("/v1/desk/reports", key, &friday).await;
    let case = Case::of(filed.expect(201));
    let again = desk.post_with_key("/v1/desk/reports", key, &friday).await;
    assert_eq!(again.expect(200)["number"], case.number.as_str());
    assert_eq!(case.receipt["received_at"], "2026-11-20T16:00:00+08:00");
    assert_eq!(
        case.receipt["promise"]["resolve_due_at"],
        "2026-11-27T17:30:00+08:00"
    );

    // The history says so, for staff; the desk has its whole time to assign the case.
    let seen = desk.case(&case.number).await;
    let entry = &seen["events"][1];
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    assert_eq!(
        (&entry["number"], text("code"), text("detail")),
        (&json!(1), "entered_late", "周五下班后投进意见箱"),
        "{seen:#}"
    );
    assert!(text("at").starts_with("2026-11-23T09:0"), "{entry}");
    assert!(text("title").contains("11月20日16:00"), "{entry}");
    let mine = world.follow(&case).await;
    assert!(!mine.to_string().contains("entered_late"), "{mine:#}");
    let clocks = world.stored_of(&case, "#")[0]["k"].to_string();
    // 09:00 on Monday, in seconds; the clock goes on while the story is told.
    assert!(clocks.contains("\"t:17953956"), "{clocks}");
    world.wait_until("2026-11-23T18:00:00+08:00").await;
    let events = world.events(&case);
    assert_eq!(events.len(), 1, "{events:#?}");

    // The next command is event 2, and nothing overwrites event 1.
    let triage = json!({"category": "street-lamp", "publish": false});
    desk.command(&case.number, "triage", triage)
        .await
        .expect(200);
    let numbers: Vec<_> = world
        .events(&case)
        .iter()
        .map(|event| event["sk"].clone())
        .collect();
    assert_eq!(
        numbers[..2],
        [json!("EVENT#00000001"), json!("EVENT#00000002")]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_on_a_slip_is_of_the_last_week_and_has_a_reason() {
    let world = World::start().await;
    let desk = world.staff("wang.fang");
    for (received_at, reason, field, code) in [
        (
            "2026-11-16T08:00:00+08:00",
            "漏录",
            "received_at",
            "received_out_of_range",
        ),
        (
            "2026-11-23T09:30:00+08:00",
            "漏录",
            "received_at",
            "received_out_of_range",
        ),
        ("2026-11-20T16:00:00+08:00", "", "reason", "required"),
        ("", "漏录", "reason", "only_with_received_at"),
        (
            "2026-11-20T16:00:00+08:00[America/New_York]",
            "漏录",
            "received_at",
            "contradictory_moment",
        ),
        (
            "2026-11-20T16:00:00+25:59",
            "漏录",
            "received_at",
            "not_a_moment",
        ),
    ] {
        let refused = desk
            .post("/v1/desk/reports", &slip(received_at, reason))
            .await;
        assert_eq!(
            faults(refused, 400),
            fault(field, code),
            "{received_at} {reason}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_bound_to_a_person_by_the_subject_that_its_refusal_names() {
    let world = World::start().await;
    let operator = world.staff(OPERATOR);
    let subject = "auth0|5F7c8ec7c33c6c004bbafe82";
    let account = world.staff(subject);
    let refused = account.get("/v1/desk/me").await;
    let refused = refused.expect(403);
    assert_eq!(
        (&refused["code"], &refused["subject"]),
        (&json!("unknown_subject"), &json!(subject))
    );
    let advice = refused["detail"].as_str().unwrap();
    assert!(advice.contains(subject), "{advice}");
    let refused = account.get("/v1/directory/staff").await;
    assert_eq!(refused.problem(403), "unknown_subject");

    let person = |subject: &str| {
        let posts = [json!({"unit": "xianggang-huayuan", "role": "desk_officer"})];
        json!({"name": "王芳", "posts": posts, "subject": subject})
    };
    let path = "/v1/directory/staff/wang.fang";
    let taken = operator.put(path, Some(0), &person("zhang.wei")).await;
    assert_eq!(faults(taken, 422), fault("subject", "taken"));
    let bound = operator
        .put(path, Some(0), &person(subject))
        .await
        .expect(200);
    assert_eq!(bound["subject"], subject);
    a_minute_later(&world).await;
    let me = account.get("/v1/desk/me").await.expect(200);
    assert_eq!(
        (&me["id"], &me["name"]),
        (&json!("wang.fang"), &json!("王芳"))
    );

    // What the account does is done by the person, and the id alone signs no person in any more.
    let case = world
        .reports(report("路灯不亮", "xianggang-huayuan", "street-lamp"), &[])
        .await;
    let triage = json!({"category": "street-lamp", "publish": false});
    account
        .command(&case.number, "triage", triage)
        .await
        .expect(200);
    assert_eq!(world.events(&case)[0]["who"]["id"], "wang.fang");
    let id = world.staff("wang.fang");
    assert_eq!(id.get("/v1/desk/me").await.problem(403), "unknown_subject");

    // Others do not read whose account is which, and a person does not move their own.
    let seen = world.staff("zhang.wei").get(path).await.expect(200);
    assert_eq!(seen["subject"], Value::Null);
    let own = json!({"name": "何磊", "posts": [{"unit": "shinan", "role": "operator"}], "subject": "another"});
    let own = operator
        .put("/v1/directory/staff/he.lei", Some(0), &own)
        .await;
    assert_eq!(faults(own, 422), fault("subject", "own_subject"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_at_a_time_that_contradicts_itself_is_refused() {
    let world = World::start().await;
    let case = world
        .reports(report("路灯不亮", "xianggang-huayuan", "street-lamp"), &[])
        .await;
    let visit = json!({
        "from": "2026-12-10T09:00:00+08:00[America/New_York]",
        "to": "2026-12-10T11:00:00+25:59",
    });
    let refused = world
        .staff("wang.fang")
        .command(&case.number, "visit", visit)
        .await;
    let expected = [
        fault("from", "contradictory_moment"),
        fault("to", "not_a_moment"),
    ];
    assert_eq!(faults(refused, 400), expected.concat());
}
