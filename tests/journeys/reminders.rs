//! Reminders by themselves: every rung once, to the right posts, whatever happens to the scheduler.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Value, json};
use zhitiao_tests::story::report;
use zhitiao_tests::world::{moment, options};
use zhitiao_tests::{Case, World};

/// The reminders of a case as they are stored: `<clock> <rung> <local time it was scheduled for>`.
fn fired(world: &World, case: &Case) -> Vec<String> {
    let events = world.events(case);
    let reminders = events
        .iter()
        .map(|event| &event["what"])
        .filter(|what| what["kind"] == "reminded");
    reminders
        .map(|what| {
            format!(
                "{} {} {}",
                word(&what["clock"]),
                word(&what["rung"]),
                local(what)
            )
        })
        .collect()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn local(what: &Value) -> String {
    let at: Timestamp = word(&what["scheduled_at"]).parse().unwrap();
    Offset::constant(8)
        .to_datetime(at)
        .strftime("%m-%d %H:%M")
        .to_string()
}

/// The posts that heard of a reminder, `<unit> <role>`.
fn heard(messages: &[Value]) -> BTreeSet<String> {
    let reminders = messages
        .iter()
        .filter(|message| message["code"] == "reminded");
    reminders
        .flat_map(|message| {
            let unit = word(&message["pk"])
                .rsplit('#')
                .next()
                .unwrap_or_default()
                .to_owned();
            let roles = message["roles"].as_array().unwrap().iter();
            roles
                .map(move |role| format!("{unit} {}", word(role)))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn posts<const N: usize>(posts: [&str; N]) -> BTreeSet<String> {
    posts.map(str::to_owned).into()
}

/// Every open case has a next moment in the `due` index, and it lies ahead; no finished one has any.
#[track_caller]
fn assert_next_reminders(world: &World) {
    let now = world.cloud.now().as_millisecond();
    for head in world.heads() {
        if ["closed", "refused", "merged", "withdrawn"].contains(&word(&head["st"])) {
            assert!(head["dn"].is_null() && head["dp"].is_null(), "{head:#}");
        } else {
            assert_eq!(head["dp"], "D#0", "{head:#}");
            assert!(
                head["dn"].as_i64().is_some_and(|next| next > now),
                "{head:#}"
            );
        }
    }
}

async fn handrail(world: &World) -> Case {
    world
        .reports(report("楼道扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_nobody_touches_climbs_the_whole_ladder() {
    let world = World::start().await;
    let case = handrail(&world).await;
    let before_notice = world.wait_until("2026-12-02T09:00:00+08:00").await;
    assert_next_reminders(&world);

    // The desk that did not deal it out hears first, then who leads them; the promise goes up level by level.
    assert_eq!(
        heard(&before_notice),
        posts([
            "xianggang-huayuan desk_officer",
            "xianggang-huayuan community_director",
            "badaguan subdistrict_director",
        ])
    );
    let notice = world.wait_until("2026-12-03T09:00:00+08:00").await;
    let up_to_notice = [
        "xianggang-huayuan desk_officer",
        "xianggang-huayuan community_director",
        "badaguan subdistrict_director",
        "badaguan subdistrict_secretary",
        "housing department_liaison",
    ];
    assert_eq!(heard(&notice), posts(up_to_notice));
    let report = world.wait_until("2026-12-07T09:00:00+08:00").await;
    let mut up_to_report = posts(up_to_notice);
    up_to_report.insert("shinan district_supervisor".to_owned());
    assert_eq!(heard(&report), up_to_report);
    let repeats = world.wait_until("2026-12-21T09:00:00+08:00").await;
    // By then the rules themselves have asked for supervision, and those who may sign it are reminded of that.
    assert_eq!(
        heard(&repeats),
        posts([
            "badaguan subdistrict_director",
            "badaguan subdistrict_secretary",
            "shinan district_supervisor",
        ])
    );

    assert_eq!(
        fired(&world, &case),
        [
            "triage due 11-24 17:30",
            "triage red 11-25 09:00",
            "resolve half 11-26 09:00",
            "resolve yellow 11-27 09:00",
            "resolve due 11-30 17:30",
            "word due 11-30 17:30",
            "resolve red 12-01 09:00",
            "word red 12-01 09:00",
            "resolve notice 12-03 09:00",
            "resolve report 12-07 09:00",
            "approval due 12-08 17:30",
            "approval red 12-09 09:00",
            "resolve repeat 12-14 09:00",
            "approval repeat 12-16 09:00",
            "resolve repeat 12-21 09:00",
        ]
    );
    assert_next_reminders(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn danger_is_reminded_of_by_the_minute_in_the_night_of_a_rest_day() {
    let saturday_night = moment("2026-11-28T23:30:00+08:00");
    let world = World::start_with(options().start_at(saturday_night)).await;
    let case = world
        .reports(
            report("井盖没了", "xianggang-huayuan", "manhole-cover"),
            &[],
        )
        .await;
    let due = world.follow(&case).await["promise"]["resolve_due_at"].clone();
    assert!(
        due.as_str().unwrap().starts_with("2026-11-29T23:30"),
        "{due}"
    );

    let first_half_hour = world.wait_until("2026-11-29T00:00:59+08:00").await;
    assert_eq!(
        heard(&first_half_hour),
        posts([
            "xianggang-huayuan desk_officer",
            "xianggang-huayuan community_director"
        ])
    );
    world.wait_until("2026-11-30T00:30:59+08:00").await;
    assert_eq!(
        fired(&world, &case),
        [
            "triage due 11-28 23:45",
            "triage red 11-29 00:00",
            "secure due 11-29 01:30",
            "secure red 11-29 01:45",
            "resolve due 11-29 23:30",
            "resolve red 11-29 23:45",
            "resolve notice 11-30 00:00",
            "resolve report 11-30 00:30",
        ]
    );
    assert_next_reminders(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clocks_of_a_dispatch_remind_who_has_the_case_and_stop_when_it_is_taken() {
    let world = World::start().await;
    let case = handrail(&world).await;
    let number = case.number.as_str();
    world
        .staff("wang.fang")
        .deal_out(number, "handrail", "housing")
        .await;
    // No worker takes it or speaks to the resident: the department's workers hear, then its head.
    let messages = world.wait_until("2026-11-25T09:00:00+08:00").await;
    let heard = heard(&messages);
    for post in [
        "housing handler",
        "housing department_liaison",
        "housing department_head",
        "xianggang-huayuan desk_officer",
    ] {
        assert!(heard.contains(post), "{post}: {heard:?}");
    }
    let ladder = [
        "accept due 11-24 17:30",
        "contact due 11-24 17:30",
        "accept red 11-25 09:00",
        "contact red 11-25 09:00",
    ];
    assert_eq!(fired(&world, &case), ladder);

    let housing = world.staff("zhang.lina");
    housing
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    housing
        .command(
            number,
            "notes",
            json!({"text": "周五上门", "to": "resident"}),
        )
        .await
        .expect(200);
    world.wait_until("2026-11-26T08:59:00+08:00").await;
    assert_eq!(fired(&world, &case), ladder);
    assert_next_reminders(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_outage_of_a_day_only_the_highest_rung_fires() {
    let world = World::start().await;
    let case = handrail(&world).await;
    world.wait_until("2026-11-30T12:00:00+08:00").await;
    let before = world.events(&case).len();

    world
        .cloud
        .outage_until(moment("2026-12-01T12:00:00+08:00"))
        .await
        .unwrap();
    assert_eq!(
        world.events(&case).len(),
        before,
        "nothing fires without a tick"
    );
    world.cloud.tick().await;
    world.cloud.tick().await;
    world.settle().await;

    let after = world.events(&case);
    let late: Vec<_> = after[before..].iter().map(|event| &event["what"]).collect();
    assert_eq!(late.len(), 2, "{late:#?}");
    for (what, clock) in late.into_iter().zip(["resolve", "word"]) {
        assert_eq!(what["clock"], clock);
        assert_eq!(what["rung"], "red");
        assert_eq!(what["superseded"], json!(["due"]), "recorded, never sent");
        assert_eq!(local(what), "12-01 09:00");
    }
    let inbox = world
        .staff("sun.zhiqiang")
        .get("/v1/desk/inbox")
        .await
        .expect(200);
    let reminded = inbox["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|m| m["code"] == "reminded")
        .count();
    // The promise tells the subdistrict's director; the missing word is led by the community's.
    assert_eq!(reminded, 1, "{inbox:#}");

    // And the ladder goes on where it would have gone on.
    world.wait_until("2026-12-03T09:00:00+08:00").await;
    assert_eq!(
        fired(&world, &case).last().unwrap(),
        "resolve notice 12-03 09:00"
    );
    assert_next_reminders(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_three_weeks_without_ticks_each_clock_speaks_once() {
    let world = World::start().await;
    let case = handrail(&world).await;
    world
        .cloud
        .outage_until(moment("2026-12-15T10:00:00+08:00"))
        .await
        .unwrap();
    world.cloud.tick().await;
    world.settle().await;
    assert_eq!(
        fired(&world, &case),
        [
            "triage red 11-25 09:00",
            "resolve repeat 12-14 09:00",
            "word red 12-01 09:00"
        ]
    );
    let events = world.events(&case);
    let skipped = &events[1]["what"]["superseded"];
    assert_eq!(
        *skipped,
        json!(["half", "yellow", "due", "red", "notice", "report"])
    );
    assert_next_reminders(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sweeps_that_overlap_fire_every_rung_once() {
    let world = World::start().await;
    let mut cases = Vec::new();
    for _ in 0..5 {
        cases.push(handrail(&world).await);
    }
    for at in [
        "2026-11-25T09:00:00+08:00",
        "2026-11-27T09:00:00+08:00",
        "2026-11-30T17:30:00+08:00",
    ] {
        world.cloud.outage_until(moment(at)).await.unwrap();
        join_all((0..6).map(|_| world.cloud.tick())).await;
    }
    world.settle().await;
    for case in &cases {
        let ladder = [
            "triage red 11-25 09:00",
            "resolve yellow 11-27 09:00",
            "resolve due 11-30 17:30",
            "word due 11-30 17:30",
        ];
        assert_eq!(fired(&world, case), ladder);
    }
    // The desk hears the due twice: of the promise and of the silence.
    let messages = world
        .staff("wang.fang")
        .get("/v1/desk/inbox?limit=100")
        .await
        .expect(200);
    let messages = messages["messages"].as_array().unwrap();
    let told = messages
        .iter()
        .filter(|message| message["code"] == "reminded")
        .count();
    assert_eq!(told, 4 * cases.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_done_in_time_is_reminded_of_only_where_a_date_comes_near() {
    let world = World::start().await;
    let case = world
        .reports(
            report("书法班几点上课", "xianggang-huayuan", "course-times"),
            &[],
        )
        .await;
    let number = case.number.as_str();
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    desk.deal_out(number, "course-times", "xianggang-huayuan")
        .await;
    handler
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    handler
        .command(
            number,
            "notes",
            json!({"text": "正在核实", "to": "resident"}),
        )
        .await
        .expect(200);

    // The promise is two working days: the day before is yellow by nature.
    world.wait_until("2026-11-24T16:00:00+08:00").await;
    handler
        .command(number, "resolve", json!({"reason": "周三下午两点"}))
        .await
        .expect(200);
    world.wait_until("2026-11-25T10:00:00+08:00").await;
    desk.command(number, "close", json!({})).await.expect(200);

    let later = world.wait_until("2027-03-01T09:00:00+08:00").await;
    assert_eq!(heard(&later), BTreeSet::new());
    assert_eq!(fired(&world, &case), ["resolve yellow 11-24 09:00"]);
    assert_next_reminders(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_resolved_and_never_checked_is_reminded_of_until_somebody_closes_it() {
    let world = World::start().await;
    let case = world
        .reports(
            report("书法班几点上课", "xianggang-huayuan", "course-times"),
            &[],
        )
        .await;
    let number = case.number.as_str();
    let handler = world.staff("zhang.wei");
    world
        .staff("wang.fang")
        .deal_out(number, "course-times", "xianggang-huayuan")
        .await;
    handler
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    handler
        .command(number, "resolve", json!({"reason": "周三下午两点"}))
        .await
        .expect(200);
    world.wait_until("2026-12-10T09:00:00+08:00").await;
    assert_eq!(
        fired(&world, &case),
        [
            "revisit due 11-24 17:30",
            "revisit red 11-25 09:00",
            "revisit repeat 12-02 09:00",
            "revisit repeat 12-09 09:00",
        ]
    );
    assert_next_reminders(&world);
    world
        .staff("wang.fang")
        .command(number, "close", json!({}))
        .await
        .expect(200);
    assert_next_reminders(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_case_has_a_next_reminder_after_every_command() {
    let world = World::start().await;
    let case = world
        .reports(
            report("哪里办老年证", "xianggang-huayuan", "policy-question"),
            &[],
        )
        .await;
    let office = |person: &str| world.staff(person);
    assert_next_reminders(&world);
    for (person, verb, body) in [
        (
            "wang.fang",
            "triage",
            json!({"category": "policy-question", "publish": false}),
        ),
        ("wang.fang", "assign", json!({"unit": "xianggang-huayuan"})),
        ("zhang.wei", "return", json!({"reason": "不属于社区"})),
        ("wang.fang", "assign", json!({"unit": "badaguan"})),
        ("liu.yang", "accept", json!({})),
        ("liu.yang", "escalate", json!({"reason": "民政业务"})),
        ("zhang.yunpeng", "accept", json!({})),
        (
            "zhang.yunpeng",
            "notes",
            json!({"text": "请带身份证", "to": "resident"}),
        ),
        ("zhang.yunpeng", "resolve", json!({"reason": "已办理"})),
        ("wang.fang", "close", json!({})),
    ] {
        office(person)
            .command(&case.number, verb, body)
            .await
            .expect(200);
        assert_next_reminders(&world);
    }
    assert_eq!(fired(&world, &case), [""; 0]);
}
