//! From the community up to the department and back: who has a case, who may give it away, and who sees it.

use futures_util::future::join_all;
use serde_json::{Value, json};
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, World};

const REASON: &str = "不属于我单位职责";

async fn handrail(world: &World) -> Case {
    world
        .reports(report("楼道扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await
}

/// The row of a case in a unit's queue, as the person sees it.
async fn row(world: &World, person: &str, unit: &str, case: &Case) -> Option<Value> {
    let queue = world
        .staff(person)
        .get(&format!("/v1/desk/queue?unit={unit}"))
        .await
        .expect(200);
    let rows = queue["rows"].as_array().unwrap();
    rows.iter()
        .find(|row| row["number"] == case.number.as_str())
        .cloned()
}

/// Everyone up the chain sees the case with its state and unit, as do the desk's case page and the queue.
async fn assert_chain_sees(world: &World, case: &Case, state: &str, unit: Value) {
    for (person, of) in [
        ("zhao.min", "xianggang-huayuan"),
        ("wang.fang", "xianggang-huayuan"),
        ("li.jianguo", "xianggang-huayuan"),
        ("chen.jing", "badaguan"),
        ("zhou.haiyan", "badaguan"),
        ("han.wen", "shinan"),
    ] {
        let row = row(world, person, of, case).await;
        let row = row.unwrap_or_else(|| panic!("{person} does not see the case when {state}"));
        assert_eq!(
            (&row["state"], &row["unit"]),
            (&json!(state), &unit),
            "{person}"
        );
        let page = world.staff(person).case(&case.number).await;
        assert_eq!(
            (&page["state"], &page["unit"]),
            (&json!(state), &unit),
            "{person}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_climbs_to_the_department_and_everyone_up_the_chain_sees_every_step() {
    let world = World::start().await;
    // Long words move out of the head with the first command; the queues show their beginning all the same.
    let words = format!("三号楼扶手断了{}", "，老人上下楼很危险".repeat(60));
    let case = world
        .reports(report(&words, "xianggang-huayuan", "handrail"), &[])
        .await;
    let number = case.number.as_str();
    let desk = world.staff("wang.fang");
    assert_chain_sees(&world, &case, "submitted", Value::Null).await;

    desk.deal_out(number, "handrail", "xianggang-huayuan").await;
    assert_chain_sees(&world, &case, "assigned", json!("xianggang-huayuan")).await;
    let handler = world.staff("zhang.wei");
    handler
        .command(number, "accept", json!({}))
        .await
        .expect(200);

    handler
        .command(number, "escalate", json!({"reason": "需街道协调"}))
        .await
        .expect(200);
    assert_chain_sees(&world, &case, "escalated", json!("badaguan")).await;
    let office = world.staff("liu.yang");
    office
        .command(number, "accept", json!({}))
        .await
        .expect(200);

    // From the subdistrict it goes to the category's department, which until now knew nothing of it.
    let housing = world.staff("zhang.lina");
    assert_eq!(
        housing
            .get(&format!("/v1/desk/cases/{number}"))
            .await
            .problem(404),
        "not_found"
    );
    assert_eq!(row(&world, "zhang.lina", "housing", &case).await, None);
    office
        .command(number, "escalate", json!({"reason": "属房屋维修范围"}))
        .await
        .expect(200);
    assert_chain_sees(&world, &case, "escalated", json!("housing")).await;
    let seen = row(&world, "zhang.lina", "housing", &case).await.unwrap();
    assert_eq!(seen["community"], "xianggang-huayuan");
    assert!(
        seen["snippet"]
            .as_str()
            .unwrap()
            .starts_with("三号楼扶手断了"),
        "{seen:#}"
    );
    assert_eq!(housing.case(number).await["text"], words.as_str());

    // The department takes it; nothing stands above a department.
    housing
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    let higher = housing
        .command(number, "escalate", json!({"reason": REASON}))
        .await;
    assert_eq!(higher.problem(422), "nothing_above");
    assert_eq!(
        row(&world, "zhang.lina", "housing", &case).await.unwrap()["state"],
        "accepted"
    );

    // The promise to the resident did not move for all that.
    let mine = world.follow(&case).await;
    assert_eq!(
        mine["promise"]["resolve_due_at"],
        "2026-11-30T17:30:00+08:00"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_leaves_a_departments_queue_when_it_is_dealt_out_anew_or_done() {
    let world = World::start().await;
    let case = world
        .reports(
            report("哪里办老年证", "xianggang-huayuan", "policy-question"),
            &[],
        )
        .await;
    let number = case.number.as_str();
    let desk = world.staff("wang.fang");
    desk.deal_out(number, "policy-question", "civil-affairs")
        .await;
    assert!(
        row(&world, "zhang.yunpeng", "civil-affairs", &case)
            .await
            .is_some()
    );

    desk.command(
        number,
        "assign",
        json!({"unit": "housing", "reason": "误派"}),
    )
    .await
    .expect(200);
    assert_eq!(
        row(&world, "zhang.yunpeng", "civil-affairs", &case).await,
        None
    );
    assert!(row(&world, "zhang.lina", "housing", &case).await.is_some());
    // A unit that once had it may go on reading, and no more than that.
    let former = world.staff("zhang.yunpeng");
    assert_eq!(former.case(number).await["allowed"], json!([]));
    assert_eq!(
        former
            .command(number, "accept", json!({}))
            .await
            .problem(403),
        "forbidden"
    );

    let housing = world.staff("zhang.lina");
    housing
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    housing
        .command(number, "resolve", json!({"reason": "已答复"}))
        .await
        .expect(200);
    assert!(
        row(&world, "zhang.lina", "housing", &case).await.is_some(),
        "resolved is not closed"
    );
    desk.command(number, "close", json!({})).await.expect(200);
    assert_eq!(row(&world, "zhang.lina", "housing", &case).await, None);
    assert_eq!(row(&world, "chen.jing", "badaguan", &case).await, None);
    assert_eq!(desk.case(number).await["state"], "closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_team_gets_its_cases_by_name_and_in_its_own_queue() {
    let world = World::start().await;
    let case = handrail(&world).await;
    let number = case.number.as_str();
    let desk = world.staff("wang.fang");
    let triage = json!({"category": "handrail", "publish": false});
    desk.command(number, "triage", triage).await.expect(200);

    // Neither another subdistrict's team nor a person outside the team gets it.
    for (body, field, code) in [
        (json!({"unit": "badahu-365"}), "unit", "not_assignable"),
        (json!({"unit": "shinan"}), "unit", "not_assignable"),
        (json!({"unit": "hongdao-lu"}), "unit", "not_assignable"),
        (
            json!({"unit": "badaguan-365", "person": "zhang.wei"}),
            "person",
            "not_in_unit",
        ),
        (
            json!({"unit": "badaguan-365", "person": "nobody"}),
            "person",
            "unknown",
        ),
    ] {
        let refused = desk
            .command(number, "assign", body.clone())
            .await
            .expect(422);
        assert_eq!(refused["errors"][0]["field"], field, "{body}");
        assert_eq!(refused["errors"][0]["code"], code, "{body}");
    }
    let assign = json!({"unit": "badaguan-365", "person": "yu.yongfu"});
    desk.command(number, "assign", assign).await.expect(200);

    let seen = row(&world, "yu.yongfu", "badaguan-365", &case)
        .await
        .unwrap();
    assert_eq!(seen["person"], "yu.yongfu");
    world.settle().await;
    // The message goes to the post: the deputy of the named person has it, too.
    for person in ["yu.yongfu", "hou.yulan"] {
        let inbox = world.staff(person).get("/v1/desk/inbox").await.expect(200);
        assert_eq!(inbox["messages"][0]["number"], number, "{person}");
    }

    let volunteer = world.staff("yu.yongfu");
    volunteer
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    let wrong = volunteer
        .command(
            number,
            "escalate",
            json!({"to": "housing", "reason": REASON}),
        )
        .await;
    assert_eq!(wrong.expect(422)["errors"][0]["code"], "one_level_up_only");
    volunteer
        .command(number, "escalate", json!({"reason": REASON}))
        .await
        .expect(200);
    assert_eq!(volunteer.case(number).await["unit"], "badaguan");
    assert_eq!(row(&world, "yu.yongfu", "badaguan-365", &case).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_may_return_a_case_within_its_window_only() {
    let world = World::start().await;
    let case = handrail(&world).await;
    let number = case.number.as_str();
    let desk = world.staff("wang.fang");
    let back = json!({"reason": REASON});
    desk.deal_out(number, "handrail", "housing").await;

    // Until the close of the next working day, with a reason that only staff read.
    world.wait_until("2026-11-24T17:29:00+08:00").await;
    let housing = world.staff("zhang.lina");
    assert_eq!(
        housing
            .command(number, "return", json!({}))
            .await
            .expect(400)["errors"][0]["field"],
        "reason"
    );
    housing
        .command(number, "return", back.clone())
        .await
        .expect(200);
    assert_eq!(row(&world, "zhang.lina", "housing", &case).await, None);
    assert_chain_sees(&world, &case, "returned", Value::Null).await;
    assert!(!world.follow(&case).await.to_string().contains(REASON));
    assert!(desk.case(number).await.to_string().contains(REASON));

    // A moment after the window the case is theirs, and it stays theirs once it was taken.
    desk.command(number, "assign", json!({"unit": "urban-management"}))
        .await
        .expect(200);
    world.wait_until("2026-11-25T17:30:01+08:00").await;
    let bureau = world.staff("ma.jun");
    let late = bureau.command(number, "return", back.clone()).await;
    assert_eq!(late.problem(422), "return_window_passed");
    bureau
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    assert_eq!(
        bureau.command(number, "return", back).await.problem(422),
        "wrong_state"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_third_dispatch_designates_the_unit() {
    let world = World::start().await;
    let case = handrail(&world).await;
    let number = case.number.as_str();
    let desk = world.staff("wang.fang");
    let back = json!({"reason": REASON});
    desk.deal_out(number, "handrail", "housing").await;
    world
        .staff("zhang.lina")
        .command(number, "return", back.clone())
        .await
        .expect(200);
    desk.command(number, "assign", json!({"unit": "urban-management"}))
        .await
        .expect(200);
    world
        .staff("ma.jun")
        .command(number, "return", back.clone())
        .await
        .expect(200);

    desk.command(number, "assign", json!({"unit": "housing"}))
        .await
        .expect(200);
    let third = world
        .staff("zhang.lina")
        .command(number, "return", back)
        .await;
    assert_eq!(third.problem(422), "designated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_does_not_exist_for_those_it_does_not_concern() {
    let world = World::start().await;
    let case = handrail(&world).await;
    let number = case.number.as_str();
    let nowhere = Case {
        number: "00000000-0".to_owned(),
        ..case.clone()
    };
    for person in [
        "cao.yutong",
        "zheng.lixin",
        "meng.zixuan",
        "peng.guiying",
        "zhang.lina",
        "qian.xiu",
        "he.lei",
    ] {
        let stranger = world.staff(person);
        for path in [
            format!("/v1/desk/cases/{number}"),
            format!("/v1/desk/cases/{number}/contact"),
        ] {
            assert_eq!(
                stranger.get(&path).await.problem(404),
                "not_found",
                "{person} {path}"
            );
        }
        for (verb, body) in [
            ("notes", json!({"text": "看看", "to": "internal"})),
            ("triage", json!({"category": "handrail", "publish": false})),
            ("accept", json!({})),
            ("close", json!({})),
        ] {
            let refused = stranger.command_at(number, 1, verb, body).await;
            assert_eq!(refused.problem(404), "not_found", "{person} {verb}");
        }
        let queue = stranger.get("/v1/desk/queue?unit=badaguan").await;
        assert_eq!(queue.problem(404), "not_found", "{person}");
    }
    // The operator runs the service and sees no queue at all, not even the district's.
    let operator = world.staff("he.lei");
    assert_eq!(
        operator.get("/v1/desk/queue").await.problem(404),
        "not_found"
    );
    // What does not exist looks the same to those whom everything concerns.
    let path = format!("/v1/desk/cases/{}", nowhere.number);
    assert_eq!(world.staff("han.wen").get(&path).await.status, 404);
    assert_eq!(world.events(&case).len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_officers_who_act_on_the_same_version_one_learns_of_the_other() {
    let world = World::start().await;
    let case = handrail(&world).await;
    let (a, b) = (world.staff("wang.fang"), world.staff("chen.jing"));
    let triage = |category: &str| json!({"category": category, "publish": false});
    let (one, other) = tokio::join!(
        a.command_at(&case.number, 1, "triage", triage("handrail")),
        b.command_at(&case.number, 1, "triage", triage("street-furniture")),
    );
    let (won, lost) = if one.status == 200 {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(won.etag.as_deref(), Some("\"2\""));
    let won = won.expect(200);
    assert_eq!(lost.body["current_version"], 2, "{:#}", lost.body);
    assert_eq!(lost.problem(409), "version_conflict");
    let now = a.case(&case.number).await;
    assert_eq!(now["category"], won["category"]);
    assert_eq!(world.events(&case).len(), 1);

    // A version from the future is no better, and without one nothing is decided at all.
    let ahead = a
        .command_at(&case.number, 9, "triage", triage("handrail"))
        .await;
    assert_eq!(ahead.problem(409), "version_conflict");
    let blind = a
        .post(
            &format!("/v1/desk/cases/{}/accept", case.number),
            &json!({}),
        )
        .await;
    assert_eq!(blind.problem(428), "precondition_required");
}

/// Writes a note as a person does: again on the new version when a colleague was faster.
async fn note_until_done(world: &World, person: &str, number: &str) {
    let staff = world.staff(person);
    loop {
        let answer = staff
            .command(number, "notes", json!({"text": person, "to": "internal"}))
            .await;
        if answer.status != 409 {
            answer.expect(200);
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_notes_at_once_on_ten_cases_while_reminders_fire_lose_nothing() {
    let people = [
        "wang.fang",
        "li.jianguo",
        "chen.jing",
        "zhou.haiyan",
        "han.wen",
    ];
    let options = zhitiao_tests::world::options()
        .parameter("RouteRate", "10000")
        .parameter("RouteBurst", "5000");
    let world = World::start_with(options).await;
    let mut cases = Vec::new();
    for _ in 0..10 {
        cases.push(handrail(&world).await);
    }
    // Given everything due at this moment, so that the sweep writes the same heads as the people.
    let due = "2026-12-01T09:00:00+08:00".parse().unwrap();
    world.cloud.outage_until(due).await.unwrap();
    let notes = cases
        .iter()
        .flat_map(|case| people.map(|person| note_until_done(&world, person, &case.number)));
    tokio::join!(join_all(notes), world.cloud.tick(), world.cloud.tick());
    world.settle().await;

    for case in &cases {
        let events = world.events(case);
        let keys: Vec<_> = events
            .iter()
            .map(|event| event["sk"].as_str().unwrap().to_owned())
            .collect();
        let whole: Vec<_> = (1..=events.len())
            .map(|number| format!("EVENT#{number:08}"))
            .collect();
        assert_eq!(keys, whole, "no number is missing or written twice");
        let mut noted: Vec<_> = events
            .iter()
            .filter_map(|event| event["what"]["text"].as_str())
            .collect();
        noted.sort_unstable();
        let mut all = people;
        all.sort_unstable();
        assert_eq!(noted, all);
        let page = world.staff("wang.fang").case(&case.number).await;
        assert_eq!(page["version"], 6, "one per note, none per reminder");
        // Triage, promise and word: each clock spoke once, by its highest rung.
        let reminded = events
            .iter()
            .filter(|event| event["what"]["kind"] == "reminded");
        assert_eq!(reminded.count(), 3, "{events:#?}");
    }
}
