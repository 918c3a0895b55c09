//! The working day of an office: more time, other units, helpers, parts, visits, danger by night, and fifty people at
//! once.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use zhitiao_domain::case::supervision::sha256_hex;
use zhitiao_domain::kernel::org::{Role, UnitKind};
use zhitiao_local::{Effect, Fault};
use zhitiao_store::DirectoryData;
use zhitiao_tests::story::{Upload, report};
use zhitiao_tests::world::{options, workspace};
use zhitiao_tests::{Case, World};

async fn reported(world: &World, category: &str) -> Case {
    world
        .reports(report("楼前的路坏了", "xianggang-huayuan", category), &[])
        .await
}

/// A case of the category that the subdistrict's desk has taken.
async fn at_the_subdistrict(world: &World, category: &str) -> Case {
    let case = reported(world, category).await;
    let desk = world.staff("chen.jing");
    desk.deal_out(&case.number, category, "badaguan").await;
    desk.command(&case.number, "accept", json!({}))
        .await
        .expect(200);
    case
}

/// The codes of what the reporter reads.
async fn told(world: &World, case: &Case) -> Vec<String> {
    let seen = world.follow(case).await;
    let events = seen["timeline"].as_array().unwrap().iter();
    events
        .map(|event| event["code"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_time_is_asked_for_granted_above_and_told_to_the_resident() {
    let world = World::start().await;
    let case = at_the_subdistrict(&world, "pothole").await;
    let (desk, director) = (world.staff("chen.jing"), world.staff("sun.zhiqiang"));
    let before = world.follow(&case).await["promise"].clone();
    let ask = json!({"work_days": 10, "reason": "配件要从外地调货"});
    let asked = desk.command(&case.number, "extend", ask.clone()).await;
    assert_eq!(asked.expect(200)["proposals"][0]["matter"], "extension");
    assert_eq!(world.follow(&case).await["promise"], before);
    let own = desk
        .command(&case.number, "approve", json!({"matter": "extension"}))
        .await;
    assert_eq!(own.problem(403), "forbidden");
    let granted = director
        .command(&case.number, "approve", json!({"matter": "extension"}))
        .await;
    assert_eq!(granted.expect(200)["proposals"], json!([]));
    let after = world.follow(&case).await;
    assert_ne!(after["promise"], before);
    let told = after["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&told["code"], &told["detail"]),
        (&json!("extended"), &json!("配件要从外地调货"))
    );

    let late = at_the_subdistrict(&world, "pothole").await;
    world.wait_until("2026-12-01T08:00:00+08:00").await;
    let refused = desk.command(&late.number, "extend", ask).await;
    assert_eq!(refused.problem(422), "extension_too_late");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_for_another_unit_lies_in_that_units_queue_and_its_answer_ends_it() {
    let world = World::start().await;
    let case = at_the_subdistrict(&world, "pothole").await;
    let (desk, housing) = (world.staff("chen.jing"), world.staff("zhang.lina"));
    let hold = json!({
        "hold": "other_unit", "waits_for": "housing", "review_at": "2026-12-15T10:00:00+08:00",
        "reason": "等待住建局提供图纸",
    });
    desk.command(&case.number, "hold", hold).await.expect(200);
    let granted = json!({"matter": "hold"});
    let held = world
        .staff("sun.zhiqiang")
        .command(&case.number, "approve", granted)
        .await
        .expect(200);
    assert_eq!(held["state"], "on_hold");
    assert_eq!(held["hold"]["waits_for"], "housing");

    let queue = housing.get("/v1/desk/queue?unit=housing").await.expect(200);
    assert_eq!(queue["rows"][0]["number"], case.number.as_str());
    let waits = "/v1/desk/queue?list=holds&unit=shinan&waits_for=housing";
    let waits = world.staff("han.wen").get(waits).await.expect(200);
    assert_eq!(waits["rows"][0]["waiting"]["unit"], "housing");
    let holds = housing.get("/v1/desk/queue?unit=housing&list=holds").await;
    assert_eq!(holds.body["errors"][0]["code"], "no_such_list_here");
    let version = housing.case(&case.number).await["version"].to_string();
    let resume = || async {
        let seen = housing.clone().with("if-match", &format!("\"{version}\""));
        let path = format!("/v1/desk/cases/{}/resume", case.number);
        let key = "5b0e7a5c-6f0e-4c53-9a53-7a3a8b6d1c11";
        seen.post_with_key(&path, key, &json!({})).await
    };
    let answered = resume().await.expect(200);
    // A person who did not get the answer asks again, though the case is out of sight by now; later events are not
    // theirs.
    assert_eq!(resume().await.expect(200), answered);
    let note = json!({"text": "图纸已收到", "to": "internal"});
    desk.command(&case.number, "notes", note).await.expect(200);
    assert_eq!(resume().await.problem(404), "not_found");
    let queue = housing.get("/v1/desk/queue?unit=housing").await.expect(200);
    assert_eq!(queue["rows"], json!([]));
    assert_eq!(
        housing
            .get(&format!("/v1/desk/cases/{}", case.number))
            .await
            .status,
        404
    );
    assert!(told(&world, &case).await.contains(&"resumed".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_cases_that_are_merged_into_each_other_one_goes_on() {
    let world = World::start().await;
    let desk = world.staff("chen.jing");
    let triaged = async || {
        let case = reported(&world, "pothole").await;
        let triage = json!({"category": "pothole", "publish": false});
        desk.command(&case.number, "triage", triage)
            .await
            .expect(200);
        case
    };
    let merge = |from: &Case, into: &Case| {
        let words = json!({"into": into.number, "reason": "同一处路面"});
        let (desk, from) = (desk.clone(), from.number.clone());
        async move { desk.command_at(&from, 2, "merge", words).await }
    };
    for _ in 0..5 {
        let (one, other) = (triaged().await, triaged().await);
        let answers = join_all([merge(&one, &other), merge(&other, &one)]).await;
        let mut states = Vec::new();
        for case in [&one, &other] {
            states.push(desk.case(&case.number).await["state"].clone());
        }
        states.sort_by_key(ToString::to_string);
        assert_eq!(states, ["merged", "triaged"], "{answers:#?}");
        let refused = answers.iter().find(|answer| answer.status != 200).unwrap();
        assert_eq!(refused.body["errors"][0]["code"], "ended");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_case_that_cannot_be_woken_does_not_keep_the_others_from_their_money() {
    let world = World::start().await;
    let (desk, director) = (world.staff("chen.jing"), world.staff("sun.zhiqiang"));
    let mut cases = Vec::new();
    for _ in 0..3 {
        let case = at_the_subdistrict(&world, "pothole").await;
        let hold = json!({
            "hold": "budget", "budget_line": "2027-roads", "review_at": "2026-12-15T10:00:00+08:00",
            "reason": "等待资金",
        });
        desk.command(&case.number, "hold", hold).await.expect(200);
        let granted = json!({"matter": "hold"});
        director
            .command(&case.number, "approve", granted)
            .await
            .expect(200);
        cases.push(case);
    }
    let on_hold = || {
        world
            .heads()
            .iter()
            .filter(|head| head["st"] == "on_hold")
            .count()
    };
    let broken = Fault::new(Effect::Refuse)
        .caller("due-sweep")
        .operation("TransactWriteItems")
        .error("ValidationException");
    world.cloud.faults().add(broken);
    let path = "/v1/desk/budget-lines/2027-roads/approve";
    let words = json!({"reason": "区财〔2026〕7号"});
    world.staff("han.wen").post(path, &words).await.expect(201);
    world.cloud.tick().await;
    world.settle().await;
    assert_eq!(on_hold(), 1);
    world.wait_until("2026-11-23T10:00:00+08:00").await;
    assert_eq!(on_hold(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn up_to_the_department_and_back_down_with_the_result() {
    let world = World::start().await;
    let case = at_the_subdistrict(&world, "pothole").await;
    let up = json!({"reason": "属于市政道路"});
    let desk = world.staff("chen.jing");
    desk.command(&case.number, "escalate", up).await.expect(200);
    let bureau = world.staff("ma.jun");
    bureau
        .command(&case.number, "accept", json!({}))
        .await
        .expect(200);
    let promised = bureau.case(&case.number).await["promise"].clone();
    let down = json!({"to": "badaguan", "reason": "路面已重铺，请街道回访"});
    let back = bureau.command(&case.number, "hand-down", down).await;
    // What the department may still see of it, it may not change any more.
    assert_eq!(back.status, 200, "{:#}", back.body);
    let page = desk.case(&case.number).await;
    assert_eq!(
        (&page["state"], &page["unit"]),
        (&json!("assigned"), &json!("badaguan"))
    );
    assert_eq!(page["promise"], promised);
    let told = told(&world, &case).await;
    assert!(
        told.ends_with(&["escalated".into(), "accepted".into(), "handed_down".into()]),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn helping_units_have_it_in_their_queue_and_parts_are_answered_once() {
    let world = World::start().await;
    let case = at_the_subdistrict(&world, "pothole").await;
    let (desk, housing) = (world.staff("chen.jing"), world.staff("zhang.lina"));
    let help = json!({"unit": "housing", "reason": "请配合处理楼体排水"});
    desk.command(&case.number, "involve", help)
        .await
        .expect(200);
    let queue = housing.get("/v1/desk/queue?unit=housing").await.expect(200);
    assert_eq!(queue["rows"][0]["number"], case.number.as_str());
    let split = json!({"parts": [
        {"text": "修补路面", "category": "pothole"},
        {"text": "更换路灯", "category": "street-lamp"},
    ]});
    let parts = desk.command(&case.number, "split", split).await.expect(200);
    let parts: Vec<String> = parts["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["number"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(parts.len(), 2);

    let photo = desk
        .add_evidence(&world, &case.number, &Upload::tiny())
        .await;
    let done = json!({"reason": "全部完成", "evidence": [photo]});
    let early = desk.command(&case.number, "resolve", done.clone()).await;
    assert_eq!(early.problem(422), "co_handlers_at_work");
    let finished = json!({"reason": "排水已疏通"});
    housing
        .command(&case.number, "finish-part", finished)
        .await
        .expect(200);
    let early = desk.command(&case.number, "resolve", done.clone()).await;
    assert_eq!(early.problem(422), "parts_undone");
    for part in &parts {
        assert_eq!(desk.case(part).await["part_of"], case.number.as_str());
        desk.deal_out(part, "pothole", "badaguan").await;
        desk.command(part, "accept", json!({})).await.expect(200);
        let photo = desk.add_evidence(&world, part, &Upload::tiny()).await;
        let done = json!({"reason": "完成", "evidence": [photo]});
        desk.command(part, "resolve", done).await.expect(200);
        // No resident hears of a part.
        let public = world.anyone().get(&format!("/v1/board/cases/{part}")).await;
        assert_eq!(public.status, 404);
    }
    let resolved = desk
        .command(&case.number, "resolve", done)
        .await
        .expect(200);
    assert_eq!(resolved["state"], "resolved");
    let told = told(&world, &case).await;
    assert_eq!(told.iter().filter(|code| *code == "resolved").count(), 1);
}

/// Uploads an evidence photo of a phase and answers its number.
async fn evidence(world: &World, person: &str, number: &str, phase: &str) -> u64 {
    let photo = Upload::tiny();
    let mut announced = photo.announcement();
    announced["phase"] = json!(phase);
    let path = format!("/v1/desk/cases/{number}/photos");
    let grant = world
        .staff(person)
        .post(&path, &announced)
        .await
        .expect(201);
    world.upload(&grant, &photo.jpeg).await.expect(200);
    world.settle().await;
    grant["number"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_agrees_a_visit_comes_and_shows_how_it_was_and_how_it_is() {
    let world = World::start().await;
    let case = reported(&world, "no-power").await;
    let desk = world.staff("wang.fang");
    desk.deal_out(&case.number, "no-power", "badaguan-365")
        .await;
    let team = world.staff("hou.yulan");
    team.command(&case.number, "accept", json!({}))
        .await
        .expect(200);
    let slot = json!({"from": "2026-11-23T10:00:00+08:00", "to": "2026-11-23T11:00:00+08:00"});
    let visit = team.command(&case.number, "visit", slot).await.expect(200);
    assert_eq!(visit["visit"]["arrived_at"], Value::Null);
    world.wait_until("2026-11-23T10:20:00+08:00").await;
    team.command(&case.number, "arrive", json!({}))
        .await
        .expect(200);
    let before = evidence(&world, "hou.yulan", &case.number, "before").await;
    world.wait_until("2026-11-23T10:40:00+08:00").await;
    let half = json!({"reason": "换了灯管", "evidence": [before]});
    let half = team.command(&case.number, "resolve", half).await;
    assert_eq!(
        half.body["errors"][0]["code"], "before_and_after",
        "{:#}",
        half.body
    );
    let after = evidence(&world, "hou.yulan", &case.number, "after").await;
    let whole = json!({"reason": "换了灯管", "evidence": [before, after]});
    let fixed = team
        .command(&case.number, "resolve", whole)
        .await
        .expect(200);
    // The report came some moments after nine.
    let minutes = fixed["minutes_to_fix"].as_i64().unwrap();
    assert!((98..=100).contains(&minutes), "{minutes}");
    assert!(told(&world, &case).await.contains(&"arrived".to_owned()));
    // The time of a visit to a home is not for the board.
    world.settle().await;
    let public = world
        .anyone()
        .get(&format!("/v1/board/cases/{}", case.number))
        .await;
    assert_eq!(public.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn danger_is_handled_in_minutes_on_a_holiday_night() {
    let world =
        World::start_with(options().start_at("2026-12-31T18:10:00Z".parse().unwrap())).await;
    let case = reported(&world, "manhole-cover").await;
    // No worker moves for half an hour: the desk is told, then its head, in the middle of the night.
    let messages = world.wait_until("2027-01-01T02:41:00+08:00").await;
    let sent = messages
        .iter()
        .filter(|message| message["code"] == "reminded");
    assert!(sent.count() >= 2, "{messages:#?}");
    let desk = world.staff("wang.fang");
    desk.deal_out(&case.number, "manhole-cover", "badaguan-365")
        .await;
    let team = world.staff("hou.yulan");
    for (verb, body) in [
        ("accept", json!({})),
        ("arrive", json!({})),
        ("secure", json!({"reason": "已放置警示锥和盖板"})),
    ] {
        team.command(&case.number, verb, body).await.expect(200);
    }
    let before = evidence(&world, "hou.yulan", &case.number, "before").await;
    let after = evidence(&world, "hou.yulan", &case.number, "after").await;
    let fixed = json!({"reason": "井盖已更换", "evidence": [before, after]});
    let fixed = team
        .command(&case.number, "resolve", fixed)
        .await
        .expect(200);
    assert!(fixed["minutes_to_fix"].as_i64().unwrap() < 45, "{fixed:#}");
    assert_eq!(fixed["overdue"], false);
}

/// Ten communities of ten subdistricts, each with five people who may write to its cases.
fn ten_times_five() -> Vec<(String, [String; 5])> {
    let seed = DirectoryData::from_folder(&workspace().join("infra/seed")).unwrap();
    let rules = seed.rulebook().unwrap();
    let org = &rules.org;
    let now = "2026-11-23T09:00:00+08:00".parse().unwrap();
    let holder = |unit: &_, role| org.present(unit, role, now)[0].id.to_string();
    let mut groups = Vec::new();
    for subdistrict in org.units_of_kind(UnitKind::Subdistrict) {
        let mut communities = org.units_of_kind(UnitKind::Community);
        let community = communities
            .find(|unit| org.is_within(&unit.id, &subdistrict.id))
            .unwrap();
        let people = [
            holder(&community.id, Role::DeskOfficer),
            holder(&community.id, Role::CommunityDirector),
            holder(&subdistrict.id, Role::DeskOfficer),
            holder(&subdistrict.id, Role::SubdistrictDirector),
            holder(&subdistrict.id, Role::SubdistrictSecretary),
        ];
        groups.push((community.id.to_string(), people));
    }
    groups
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_people_on_ten_cases_at_once_lose_nothing_and_learn_who_was_faster() {
    let roomy = options()
        .parameter("RouteRate", "10000")
        .parameter("RouteBurst", "5000");
    let world = World::start_with(roomy).await;
    let groups = ten_times_five();
    let people: BTreeSet<_> = groups.iter().flat_map(|(_, five)| five).collect();
    assert_eq!((groups.len(), people.len()), (10, 50));
    let mut cases = Vec::new();
    for (community, five) in &groups {
        let case = world
            .reports(report("路灯不亮", community, "street-lamp"), &[])
            .await;
        let triage = json!({"category": "street-lamp", "publish": false});
        world
            .staff(&five[0])
            .command(&case.number, "triage", triage)
            .await
            .expect(200);
        cases.push(case);
    }
    // All fifty act on the version that they saw, each in a way of their own; who is late goes on from what they learn.
    let acts = cases
        .iter()
        .zip(&groups)
        .flat_map(|(case, (community, five))| {
            let commands = [
                ("assign", json!({"unit": community})),
                ("notes", json!({"text": "社区已知晓", "to": "internal"})),
                ("notes", json!({"text": "街道已知晓", "to": "resident"})),
                ("supervise", json!({"reason": "同类问题较多"})),
                ("directives", json!({"text": "请尽快安排"})),
            ];
            five.iter().zip(commands).map(|(person, (verb, body))| {
                act_until_done(&world, person, &case.number, verb, body)
            })
        });
    let conflicts: usize = join_all(acts).await.into_iter().sum();
    assert!(conflicts >= 10, "only {conflicts} conflicts");
    world.settle().await;
    for case in &cases {
        let events = world.events(case);
        let keys: Vec<_> = events.iter().map(|event| event["sk"].clone()).collect();
        let whole: Vec<_> = (1..=6).map(|n| json!(format!("EVENT#{n:08}"))).collect();
        assert_eq!(keys, whole);
        let kinds: BTreeSet<_> = events
            .iter()
            .map(|event| event["what"]["kind"].as_str().unwrap_or_default())
            .collect();
        let expected = ["assigned", "directed", "noted", "proposed", "triaged"];
        assert_eq!(kinds, BTreeSet::from(expected));
    }
}

/// Acts on version 2, and after each conflict on the version that the answer names; answers how often that was.
async fn act_until_done(
    world: &World,
    person: &str,
    number: &str,
    verb: &str,
    body: Value,
) -> usize {
    let staff = world.staff(person);
    let mut version = 2;
    for conflicts in 0.. {
        let answer = staff.command_at(number, version, verb, body.clone()).await;
        if answer.status != 409 {
            answer.expect(200);
            return conflicts;
        }
        let current = answer.body["current_version"].as_u64().unwrap();
        assert!(current > version, "{:#}", answer.body);
        assert_eq!(answer.problem(409), "version_conflict");
        version = current;
    }
    unreachable!()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_signed_and_what_is_urged_can_be_printed_with_a_number_of_its_own() {
    let world = World::start().await;
    let case = at_the_subdistrict(&world, "pothole").await;
    let (desk, secretary) = (world.staff("chen.jing"), world.staff("zhou.haiyan"));
    // Words that would be a page's own if they were not escaped.
    let ask = json!({"reason": "拖了<b>两年</b>"});
    let asked = desk.command(&case.number, "supervise", ask).await;
    let sha256 = asked.expect(200)["proposals"][0]["sha256"].clone();
    let wrong_name = json!({"name": "周海", "sha256": sha256});
    let refused = secretary.command(&case.number, "sign", wrong_name).await;
    assert_eq!(refused.body["errors"][0]["code"], "not_your_name");
    let signature = json!({"name": " 周海燕\u{200b}　", "sha256": sha256});
    let signed = secretary.command(&case.number, "sign", signature).await;
    let order = signed.expect(200)["supervision"]["order"].clone();
    let document = |event: &Value| format!("/v1/desk/cases/{}/documents/{event}", case.number);

    let sheet = desk.get(&document(&order)).await;
    assert!(sheet.media.starts_with("text/html"), "{}", sheet.media);
    let sheet = sheet.expect(200).as_str().unwrap().to_owned();
    // The hash is that of the words on the paper.
    let (_, words) = sheet.split_once("<pre class=\"words\">").unwrap();
    let (words, _) = words.split_once("</pre>").unwrap();
    let words = words.replace("&lt;", "<").replace("&gt;", ">");
    assert_eq!(sha256_hex(&words), sha256.as_str().unwrap());
    assert!(
        words.contains("陈静") && words.contains("八大关街道"),
        "{words}"
    );
    for part in [
        "督办单",
        &case.number,
        "周海燕",
        "街道书记",
        "2026年11月23日",
        sha256.as_str().unwrap(),
        "&lt;b&gt;",
    ] {
        assert!(sheet.contains(part), "{part}: {sheet}");
    }
    assert!(!sheet.contains("<b>") && !sheet.contains("<script"));
    let english = desk.clone().with("accept-language", "en");
    let english = english.get(&document(&order)).await.expect(200);
    assert!(english.as_str().unwrap().contains("Order of supervision"));

    world.wait_until("2026-12-03T09:00:00+08:00").await;
    let page = desk.case(&case.number).await;
    let notice = page["events"]
        .as_array()
        .unwrap()
        .iter()
        .find(|event| event["title"].as_str().unwrap().starts_with("催办："))
        .unwrap();
    let notice = desk.get(&document(&notice["number"])).await.expect(200);
    assert!(notice.as_str().unwrap().contains("催办通知书"));
    // An event that is no document, one that is not there, and one of a case that is none of theirs.
    assert_eq!(
        desk.get(&document(&json!(1))).await.problem(404),
        "not_found"
    );
    assert_eq!(
        desk.get(&document(&json!(99))).await.problem(404),
        "not_found"
    );
    assert_eq!(
        desk.get(&document(&json!("x"))).await.problem(404),
        "not_found"
    );
    let stranger = world.staff("zhang.lina").get(&document(&order)).await;
    assert_eq!(stranger.problem(404), "not_found");
}
