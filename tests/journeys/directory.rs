//! The directory as operators keep it: units, people, absences and calendars, and what a change does to the cases.

use jiff::SignedDuration;
use serde_json::{Value, json};
use zhitiao_tests::story::{calendar, report, to_unit};
use zhitiao_tests::world::{moment, options};
use zhitiao_tests::{Answer, Case, World};

/// Who runs the service.
const OPERATOR: &str = "he.lei";

async fn handrail(world: &World, community: &str) -> Case {
    let body = report("楼道扶手断了", community, "handrail");
    let case = world.reports(body, &[]).await;
    world.settle().await;
    case
}

/// As long as a function may work with what it knows of the directory.
async fn a_minute_later(world: &World) {
    let later = world.cloud.now() + SignedDuration::from_secs(61);
    assert!(world.cloud.advance_to(later).await.unwrap().settled);
}

fn person(name: &str, posts: &[(&str, &str)]) -> Value {
    let posts: Vec<_> = posts
        .iter()
        .map(|(unit, role)| json!({"unit": unit, "role": role}))
        .collect();
    json!({"name": name, "posts": posts})
}

fn unit(kind: &str, zh: &str, parent: &str, retired: bool) -> Value {
    json!({"kind": kind, "name": {"zh": zh, "en": "New"}, "parent": parent, "retired": retired})
}

/// The fields that a refusal names, each with its code.
#[track_caller]
fn refused(answer: Answer) -> Vec<(String, String)> {
    let body = answer.expect(422);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = body["errors"].as_array().into_iter().flatten();
    errors
        .map(|error| (text(&error["field"]), text(&error["code"])))
        .collect()
}

fn fault(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

/// The roles in the community that were told of the case.
fn roles_told(world: &World, case: &Case) -> Vec<Value> {
    let stored = world.stored();
    let messages = to_unit(&stored, "xianggang-huayuan");
    let mine = messages
        .into_iter()
        .filter(|item| item["case"] == case.id().as_str());
    mine.flat_map(|item| item["roles"].as_array().cloned().unwrap_or_default())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stands_in_hears_and_acts_on_the_days_of_absence_and_on_no_other() {
    let world = World::start().await;
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    let case = handrail(&world, "xianggang-huayuan").await;
    let triage = || json!({"category": "handrail", "publish": false});
    handler
        .command(&case.number, "triage", triage())
        .await
        .expect(403);

    // Away, and without a deputy: the desk officer is not spoken to.
    let path = "/v1/directory/staff/wang.fang/absence";
    let today = json!([{"from": "2026-11-23", "to": "2026-11-23"}]);
    let away = desk.put(path, Some(0), &json!({"absences": today})).await;
    let away = away.expect(200);
    assert_eq!(
        (&away["absent"], &away["version"]),
        (&json!(true), &json!(1))
    );
    a_minute_later(&world).await;
    let alone = handrail(&world, "xianggang-huayuan").await;
    assert!(!roles_told(&world, &alone).contains(&json!("desk_officer")));

    // The head of the unit names who does; a stranger may not, and may not be named.
    let body = json!({"deputy": "zhang.wei", "absences": today});
    world
        .staff("yu.guodong")
        .put(path, Some(1), &body)
        .await
        .expect(403);
    let stranger = json!({"deputy": "xu.lina", "absences": today});
    let head = world.staff("li.jianguo");
    let answer = head.put(path, Some(1), &stranger).await;
    assert_eq!(refused(answer), fault("deputy", "no_colleague"));
    head.put(path, Some(1), &body).await.expect(200);
    a_minute_later(&world).await;
    let with_deputy = handrail(&world, "xianggang-huayuan").await;
    assert!(roles_told(&world, &with_deputy).contains(&json!("desk_officer")));
    handler
        .command(&case.number, "triage", triage())
        .await
        .expect(200);

    world.wait_until("2026-11-24T09:00:00+08:00").await;
    let assign = json!({"unit": "xianggang-huayuan"});
    handler
        .command(&case.number, "assign", assign)
        .await
        .expect(403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_was_taken_away_counts_for_nothing_a_minute_later() {
    let world = World::start().await;
    let case = handrail(&world, "xianggang-huayuan").await;
    let desk = world.staff("wang.fang");
    desk.case(&case.number).await;

    let operator = world.staff(OPERATOR);
    let path = "/v1/directory/staff/wang.fang";
    let leaves = person("王芳", &[]);
    desk.put(path, Some(0), &leaves).await.expect(403);
    operator.put(path, Some(0), &leaves).await.expect(200);
    // A repetition finds everything as it is wanted.
    let again = operator.put(path, Some(0), &leaves).await;
    assert_eq!(again.etag.as_deref(), Some("\"1\""));
    again.expect(200);

    a_minute_later(&world).await;
    let path = format!("/v1/desk/cases/{}", case.number);
    desk.get(&path).await.expect(404);
    let changes = operator.get("/v1/directory/changes").await.expect(200);
    let change = &changes["changes"][0];
    assert_eq!(change["by"], OPERATOR);
    assert_eq!(
        change["person"]["before"]["posts"][0]["role"],
        "desk_officer"
    );
    assert_eq!(change["person"]["after"]["posts"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_see_no_case_and_change_no_post_of_their_own() {
    let world = World::start().await;
    let operator = world.staff(OPERATOR);
    let path = "/v1/directory/staff/he.lei";
    let supervisor = person("何磊", &[("shinan", "district_supervisor")]);
    let answer = operator.put(path, Some(0), &supervisor).await;
    assert_eq!(refused(answer), fault("posts", "own"));
    let both = person(
        "韩文",
        &[("shinan", "operator"), ("shinan", "district_supervisor")],
    );
    let answer = operator
        .put("/v1/directory/staff/han.wen", Some(0), &both)
        .await;
    assert_eq!(refused(answer), fault("posts", "operator_apart"));
    let body = json!({"deputy": OPERATOR, "absences": []});
    let path = "/v1/directory/staff/han.wen/absence";
    let answer = operator.put(path, Some(0), &body).await;
    assert_eq!(refused(answer), fault("deputy", "operator_apart"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_operators_at_once_one_learns_of_the_other_and_together_they_break_nothing() {
    let world = World::start().await;
    let operator = world.staff(OPERATOR);
    let path = "/v1/directory/units/huiquan";
    let bodies = ["汇泉一", "汇泉二"].map(|zh| unit("community", zh, "badaguan", false));
    let [one, other] = [
        operator.put(path, Some(0), &bodies[0]),
        operator.put(path, Some(0), &bodies[1]),
    ];
    let (one, other) = tokio::join!(one, other);
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);

    // Each by itself would be right: a grid for a community that another retires.
    let community = "/v1/directory/units/xinjian";
    let body = unit("community", "新建", "badaguan", false);
    let made = operator.put(community, None, &body).await.expect(200);
    let version = made["version"].as_u64();
    let gone = unit("community", "新建", "badaguan", true);
    let grid = unit("grid", "新建一", "xinjian", false);
    let (retired, made) = tokio::join!(
        operator.put(community, version, &gone),
        operator.put("/v1/directory/units/xinjian-g1", None, &grid)
    );
    let mut statuses = [retired.status.as_u16(), made.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);

    let changes = operator
        .get("/v1/directory/changes?limit=2")
        .await
        .expect(200);
    let cursor = changes["next_cursor"].as_str().unwrap();
    let rest = operator
        .get(&format!("/v1/directory/changes?limit=2&cursor={cursor}"))
        .await;
    let rest = rest.expect(200);
    let pages = [&changes, &rest].map(|page| page["changes"].as_array().unwrap());
    let numbers: Vec<_> = pages
        .into_iter()
        .flatten()
        .map(|change| &change["number"])
        .collect();
    assert_eq!(
        numbers,
        [3, 2, 1],
        "numbered without holes, the newest first"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_community_takes_reports_and_goes_only_when_nobody_needs_it() {
    let world = World::start().await;
    let operator = world.staff(OPERATOR);
    let path = "/v1/directory/units/xinjian";
    let body = unit("community", "新建社区", "badaguan", false);
    let elsewhere = unit("community", "新建社区", "housing", false);
    let answer = operator.put(path, None, &elsewhere).await;
    assert_eq!(refused(answer), fault("parent", "wrong_parent"));
    operator.put(path, None, &body).await.expect(200);
    operator
        .put(path, None, &unit("community", "别的", "badaguan", false))
        .await
        .expect(409);
    let desk = person("新人", &[("xinjian", "desk_officer")]);
    operator
        .put("/v1/directory/staff/xin.ren", None, &desk)
        .await
        .expect(200);
    let wrong = person(
        "新人",
        &[("xinjian", "department_head"), ("nowhere", "handler")],
    );
    let answer = operator
        .put("/v1/directory/staff/xin.ren", Some(2), &wrong)
        .await;
    let faults = [
        fault("posts[0].role", "wrong_role"),
        fault("posts[1].unit", "unknown"),
    ];
    assert_eq!(refused(answer), faults.concat());

    a_minute_later(&world).await;
    let case = handrail(&world, "xinjian").await;
    let colleague = world.staff("xin.ren");
    colleague
        .deal_out(&case.number, "handrail", "xinjian")
        .await;

    let gone = unit("community", "新建社区", "badaguan", true);
    let answer = operator.put(path, Some(1), &gone).await;
    assert_eq!(refused(answer), fault("retired", "in_use"));
    operator
        .put("/v1/directory/staff/xin.ren", Some(2), &person("新人", &[]))
        .await
        .expect(200);
    let answer = operator.put(path, Some(1), &gone).await;
    assert_eq!(
        refused(answer),
        fault("retired", "in_use"),
        "its case is open"
    );

    // Another one, without cases, goes, and takes none from then on.
    let other = "/v1/directory/units/xinjian-er";
    operator
        .put(other, None, &unit("community", "新建二", "badaguan", false))
        .await
        .expect(200);
    let retired = unit("community", "新建二", "badaguan", true);
    operator.put(other, Some(4), &retired).await.expect(200);
    a_minute_later(&world).await;
    let body = report("路灯不亮", "xinjian-er", "street-lamp");
    world.anyone().post("/v1/reports", &body).await.expect(400);
}

/// The seeded holidays with those of 2027, in which the first Monday is off.
fn with_2027() -> Value {
    let mut calendar = calendar();
    let year = json!({
        "year": 2027,
        "off": ["2027-01-01", "2027-01-04"],
        "off_weekend": ["2027-01-02", "2027-01-03"],
        "work": ["2027-01-09"],
    });
    calendar["years"].as_array_mut().unwrap().push(year);
    calendar
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_tells_what_a_calendar_moves_and_each_resident_reads_why() {
    let world = World::start_with(options().start_at(moment("2026-12-28T09:00:00+08:00"))).await;
    let mut moved = Vec::new();
    for community in ["xianggang-huayuan", "huiquan", "furongshan"] {
        moved.push(handrail(&world, community).await);
    }
    let body = report("井盖没了", "xianggang-huayuan", "manhole-cover");
    let danger = world.reports(body, &[]).await;
    world.settle().await;
    let before = world.follow(&danger).await;

    let operator = world.staff(OPERATOR);
    let path = "/v1/directory/calendars/preview";
    world
        .staff("wang.fang")
        .post(path, &with_2027())
        .await
        .expect(403);
    let preview = operator.post(path, &with_2027()).await.expect(200);
    assert_eq!(
        (&preview["looked"], &preview["promises_moved"]),
        (&json!(4), &json!(3))
    );
    assert_eq!(preview["complete"], true);
    assert_eq!(preview["subdistricts"][0]["most_days"], 1);
    assert_eq!(preview["sample"].as_array().map(Vec::len), Some(3));
    let mut fewer = with_2027();
    fewer["years"].as_array_mut().unwrap().remove(0);
    let answer = operator.post(path, &fewer).await;
    assert_eq!(refused(answer), fault("years", "incomplete"));

    let path = "/v1/directory/calendars";
    let key = "0b0e7a5c-6f0e-4c53-9a53-7a3a8b6d1c11";
    let seen = operator.clone().with("if-match", "\"1\"");
    seen.post_with_key(path, key, &with_2027())
        .await
        .expect(201);
    seen.post_with_key(path, key, &with_2027())
        .await
        .expect(200);
    let mut other = with_2027();
    other["source"] = json!("另一份");
    assert_eq!(
        seen.post_with_key(path, key, &other).await.problem(422),
        "idempotency_key_reused"
    );
    assert_eq!(
        seen.post(path, &other).await.problem(409),
        "version_conflict"
    );

    assert_eq!(
        moved[0].receipt["promise"]["resolve_due_at"],
        "2027-01-05T17:30:00+08:00"
    );
    for _ in 0..4 {
        a_minute_later(&world).await;
    }
    let calendars = operator.get(path).await.expect(200);
    let recount = &calendars["recount"];
    assert_eq!(
        (&calendars["in_force"], &recount["version"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(recount["promises_moved"], preview["promises_moved"]);
    assert_eq!(
        (&recount["looked"], &recount["subdistricts_done"]),
        (&json!(4), &json!(10))
    );
    assert!(recount["finished_at"].is_string(), "{recount}");

    for case in &moved {
        let mine = world.follow(case).await;
        assert_eq!(
            mine["promise"]["resolve_due_at"],
            "2027-01-06T17:30:00+08:00"
        );
        let told = mine["timeline"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(told["code"], "calendar_changed");
        let title = told["title"].as_str().unwrap();
        assert!(
            title.contains("1月5日17:30") && title.contains("1月6日17:30"),
            "{title}"
        );
    }
    // The danger is to be dealt with within a day whatever the holidays are: its reporter has nothing to read.
    let after = world.follow(&danger).await;
    assert_eq!(
        (&after["promise"], &after["timeline"]),
        (&before["promise"], &before["timeline"])
    );
    // And who reports now is promised by the new days.
    let fresh = handrail(&world, "huiquan").await;
    assert_eq!(
        fresh.receipt["promise"]["resolve_due_at"],
        "2027-01-06T17:30:00+08:00"
    );
    for head in world.heads() {
        assert_eq!(head["cv"], 2, "{head:#}");
        let case = moved.iter().chain([&danger, &fresh]);
        let mut case = case.filter(|case| head["pk"].as_str().unwrap().ends_with(&case.id()));
        let events = world.events(case.next().unwrap());
        assert_eq!(head["r"].as_u64(), Some(events.len() as u64));
    }
}
