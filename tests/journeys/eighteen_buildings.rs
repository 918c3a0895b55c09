//! Eighteen buildings wait for the district's money for a year, and nothing is forgotten: complaint, escalation, hold,
//! monthly reviews, supervision with signature, a day without a scheduler, approval, repair, sign-off.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use zhitiao_domain::kernel::calendar::Calendar;
use zhitiao_domain::kernel::deadline::{ClockSpec, due};
use zhitiao_domain::kernel::ladder::{Climb, Ladder, LadderKind, Rung};
use zhitiao_store::DirectoryData;
use zhitiao_tests::story::{Upload, report};
use zhitiao_tests::world::{moment, options, workspace};
use zhitiao_tests::{Case, World};

const BUILDINGS: usize = 18;
const LINE: &str = "2027-pipes-18";
/// Desk, director and secretary of the subdistrict.
const DESK: &str = "chen.jing";
const DIRECTOR: &str = "sun.zhiqiang";
const SECRETARY: &str = "zhou.haiyan";

/// One person does the same with each of the eighteen cases.
async fn each(world: &World, cases: &[Case], person: &str, verb: &str, body: Value) {
    let staff = world.staff(person);
    for chunk in cases.chunks(6) {
        let done = chunk.iter().map(|case| {
            let (staff, body) = (staff.clone(), body.clone());
            async move { staff.command(&case.number, verb, body).await.expect(200) }
        });
        join_all(done).await;
    }
    world.settle().await;
}

/// The secretary reads the words of each order and signs them.
async fn sign_each(world: &World, cases: &[Case]) {
    let secretary = world.staff(SECRETARY);
    for case in cases {
        let page = secretary.case(&case.number).await;
        let order = page["proposals"]
            .as_array()
            .unwrap()
            .iter()
            .find(|proposal| proposal["matter"] == "supervision")
            .unwrap();
        let signature = json!({"name": "周海燕", "sha256": order["sha256"]});
        let signed = secretary.command(&case.number, "sign", signature).await;
        assert_eq!(signed.expect(200)["supervision"]["signed_off"], false);
    }
}

/// When a clock's rungs are due between its start and the moment at which it stopped.
fn rungs(
    calendar: &Calendar,
    kind: LadderKind,
    spec: ClockSpec,
    start: Timestamp,
    stop: Timestamp,
) -> Vec<(Rung, Timestamp)> {
    let ladder = Ladder {
        kind,
        spec,
        start,
        due: due(spec, start, &[], calendar).unwrap().at,
        holds: &[],
        calendar,
    };
    let mut climb = Climb::default();
    let mut rungs = Vec::new();
    while let Some((rung, at)) = ladder.next(climb).filter(|(_, at)| *at < stop) {
        climb = ladder.fire(climb, at).unwrap().climb;
        rungs.push((rung, at));
    }
    rungs
}

/// The reminders of a clock as stored, with the moment for which each was scheduled.
fn reminders(world: &World, case: &Case, clock: &str) -> Vec<(Rung, Timestamp)> {
    let events = world.events(case);
    let of_clock = events
        .iter()
        .map(|event| &event["what"])
        .filter(|what| what["kind"] == "reminded" && what["clock"] == clock);
    of_clock
        .map(|what| {
            let rung = serde_json::from_value(what["rung"].clone()).unwrap();
            let at = what["scheduled_at"].as_str().unwrap();
            (rung, moment(at))
        })
        .collect()
}

/// No reminder is written twice: by clock, rung and due version, and for the repeats by their moment.
fn assert_each_once(world: &World, case: &Case) {
    let mut seen = BTreeSet::new();
    for event in world.events(case) {
        let what = &event["what"];
        if what["kind"] == "reminded" {
            let key = format!(
                "{} {} {} {}",
                what["clock"], what["rung"], what["due_version"], what["scheduled_at"]
            );
            assert!(seen.insert(key.clone()), "{key} twice");
        }
    }
}

/// Every open case has its next reminder in the index, ahead of now.
fn assert_nothing_forgotten(world: &World) {
    let now = world.cloud.now().as_millisecond();
    for head in world.heads() {
        let next = head["dn"].as_i64();
        assert!(next.is_some_and(|next| next > now), "{head:#}");
    }
}

/// The moments at which the resident was told something while the case waited: each starts the time of silence anew.
struct Waiting {
    cases: Vec<Case>,
    told: Vec<Timestamp>,
    signed: Timestamp,
}

async fn eighteen_reports(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    for building in 1..=BUILDINGS {
        let text = format!("{building}号楼的管网老化，一下雨就倒灌");
        let body = report(&text, "xianggang-huayuan", "facade");
        cases.push(world.reports(body, &[]).await);
    }
    cases
}

/// From the community up to the subdistrict, and on hold for the money.
async fn put_on_hold(world: &World, cases: &[Case]) -> Timestamp {
    let triage = json!({"category": "facade", "publish": true});
    each(world, cases, "wang.fang", "triage", triage).await;
    let assign = json!({"unit": "xianggang-huayuan"});
    each(world, cases, "wang.fang", "assign", assign).await;
    each(world, cases, "zhang.wei", "accept", json!({})).await;
    let up = json!({"reason": "改造管网需要街道协调资金"});
    each(world, cases, "zhang.wei", "escalate", up).await;
    each(world, cases, DESK, "accept", json!({})).await;
    let hold = json!({
        "hold": "budget", "budget_line": LINE, "review_at": "2026-12-18T10:00:00+08:00",
        "reason": "已列入区财政预算申请，等待资金",
    });
    each(world, cases, DESK, "hold", hold).await;
    let granted = json!({"matter": "hold"});
    each(world, cases, DIRECTOR, "approve", granted).await;
    world.cloud.now()
}

/// A year passes: the hold is reviewed month by month, signed for before the sixtieth day, and one day has no
/// scheduler.
async fn wait_a_year(world: &World, cases: Vec<Case>, held: Timestamp) -> Waiting {
    let mut waiting = Waiting {
        cases,
        told: vec![held],
        signed: held,
    };
    let reviews = [
        ("2026-12-17T10:00:00+08:00", "2027-01-14T10:00:00+08:00"),
        ("2027-01-13T10:00:00+08:00", "2027-02-10T10:00:00+08:00"),
        ("2027-02-09T10:00:00+08:00", "2027-03-10T10:00:00+08:00"),
        ("2027-03-09T10:00:00+08:00", "2027-04-07T10:00:00+08:00"),
        ("2027-04-06T10:00:00+08:00", "2027-05-05T10:00:00+08:00"),
        ("2027-05-04T10:00:00+08:00", "2027-06-02T10:00:00+08:00"),
        ("2027-06-01T10:00:00+08:00", "2027-06-30T10:00:00+08:00"),
        ("2027-06-29T10:00:00+08:00", "2027-07-28T10:00:00+08:00"),
        ("2027-07-27T10:00:00+08:00", "2027-08-25T10:00:00+08:00"),
        ("2027-08-24T10:00:00+08:00", "2027-09-22T10:00:00+08:00"),
        ("2027-09-21T10:00:00+08:00", "2027-10-20T10:00:00+08:00"),
        ("2027-10-19T10:00:00+08:00", "2027-11-17T10:00:00+08:00"),
    ];
    for (month, (when, next)) in reviews.into_iter().enumerate() {
        if month == 6 {
            // A whole working day in which the scheduler is away; the next tick makes up for it.
            let morning = moment("2027-05-27T08:00:00+08:00");
            world.cloud.advance_to(morning).await.unwrap();
            let next_morning = morning + SignedDuration::from_hours(24);
            world.cloud.outage_until(next_morning).await.unwrap();
        }
        world.wait_until(when).await;
        assert_nothing_forgotten(world);
        if month == 1 {
            let too_long = json!({"review_at": next, "reason": "资金仍未到位"});
            let refused = world
                .staff(DIRECTOR)
                .command(&waiting.cases[0].number, "review", too_long)
                .await;
            assert_eq!(refused.problem(422), "needs_supervision");
            let ask = json!({"reason": "十八栋楼的资金迟迟没有落实"});
            each(world, &waiting.cases, DESK, "supervise", ask).await;
            sign_each(world, &waiting.cases).await;
            waiting.signed = world.cloud.now();
        }
        let review = json!({"review_at": next, "reason": "已再次催问区财政，资金仍在安排"});
        each(world, &waiting.cases, DIRECTOR, "review", review).await;
        waiting.told.push(world.cloud.now());
    }
    waiting
}

/// What the eighteen cases were reminded of while they waited is what the clocks say, no more and no less.
fn assert_reminded(world: &World, waiting: &Waiting, until: Timestamp) {
    let seed = DirectoryData::from_folder(&workspace().join("infra/seed")).unwrap();
    let rules = seed.rulebook().unwrap();
    let (calendar, promises) = (rules.calendar(), rules.current_promises());
    let supervision = rungs(
        calendar,
        LadderKind::Repeating,
        promises.supervision,
        waiting.signed,
        until,
    );
    assert!(supervision.len() > 35, "{}", supervision.len());
    let ends = waiting.told.iter().skip(1).copied().chain([until]);
    let silence: Vec<_> = waiting
        .told
        .iter()
        .zip(ends)
        .flat_map(|(from, to)| {
            let spec = promises.word_on_hold;
            rungs(calendar, LadderKind::Short, spec, *from, to)
        })
        .collect();
    assert!(silence.len() > 20, "{}", silence.len());
    for case in &waiting.cases {
        assert_each_once(world, case);
        assert_eq!(reminders(world, case, "supervision"), supervision);
        assert_eq!(reminders(world, case, "word"), silence);
        // The promise itself stood still.
        assert_eq!(reminders(world, case, "resolve"), []);
    }
}

/// Finance approves the line once, and all eighteen go on.
async fn approve_the_money(world: &World, cases: &[Case]) {
    let holds = format!("/v1/desk/queue?list=holds&budget_line={LINE}&limit=100");
    let listed = world.staff("han.wen").get(&holds).await.expect(200);
    assert_eq!(listed["rows"].as_array().unwrap().len(), BUILDINGS);
    assert_eq!(listed["rows"][0]["waiting"]["reason"], "budget");
    let public = world.anyone().get("/v1/board/holds").await.expect(200);
    let here = public["subdistricts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|unit| unit["subdistrict"] == "badaguan")
        .unwrap();
    assert_eq!(here["cases"], BUILDINGS);
    assert_eq!(here["reasons"][0]["name"], "等待资金");
    let path = format!("/v1/desk/budget-lines/{LINE}/approve");
    let words = json!({"reason": "区财〔2027〕41号"});
    let refused = world.staff(DESK).post(&path, &words).await;
    assert_eq!(refused.problem(403), "forbidden");
    let approved = world.staff("han.wen").post(&path, &words).await;
    approved.expect(201);
    world.wait_until("2027-11-08T10:10:00+08:00").await;
    for case in cases {
        let page = world.staff(DESK).case(&case.number).await;
        assert_eq!(page["state"], "in_progress");
        let woken = page["events"].as_array().unwrap().iter();
        let woken = woken.filter(|event| event["title"] == "资金已批准，继续办理");
        assert_eq!(woken.count(), 1);
    }
    let line = format!("/v1/desk/budget-lines/{LINE}");
    let hidden = world.staff(DESK).get(&line).await;
    assert_eq!(hidden.problem(403), "forbidden");
    let line = world.staff("han.wen").get(&line).await.expect(200);
    assert_eq!(
        (&line["woken"], &line["waking"]),
        (&json!(18), &json!(false))
    );
    let listed = world.staff("han.wen").get(&holds).await.expect(200);
    assert_eq!(listed["rows"], json!([]));
}

async fn repair_and_sign_off(world: &World, cases: &[Case]) {
    let desk = world.staff(DESK);
    let mut photos = Vec::new();
    for case in cases {
        let photo = Upload::tiny();
        let path = format!("/v1/desk/cases/{}/photos", case.number);
        let grant = desk.post(&path, &photo.announcement()).await.expect(201);
        world.upload(&grant, &photo.jpeg).await.expect(200);
        photos.push(grant["number"].clone());
    }
    world.settle().await;
    for (case, photo) in cases.iter().zip(photos) {
        let done = json!({"reason": "管网已全部更换", "evidence": [photo]});
        desk.command(&case.number, "resolve", done)
            .await
            .expect(200);
    }
    let early = desk.command(&cases[0].number, "close", json!({})).await;
    assert_eq!(early.problem(422), "not_signed_off");
    let off = json!({"name": "周海燕", "statement": "十八栋楼全部完工，现场核实"});
    each(world, cases, SECRETARY, "sign-off", off).await;
    each(world, cases, DESK, "close", json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eighteen_buildings_wait_a_year_for_money_and_none_is_forgotten() {
    let roomy = options()
        .parameter("RouteRate", "10000")
        .parameter("RouteBurst", "5000");
    let world = World::start_with(roomy).await;
    let cases = eighteen_reports(&world).await;
    let held = put_on_hold(&world, &cases).await;
    let waiting = wait_a_year(&world, cases, held).await;
    world.wait_until("2027-11-08T10:00:00+08:00").await;
    assert_reminded(&world, &waiting, world.cloud.now());
    let supervised = world
        .staff("han.wen")
        .get("/v1/desk/queue?list=supervised&limit=100")
        .await
        .expect(200);
    assert_eq!(supervised["rows"].as_array().unwrap().len(), BUILDINGS);

    approve_the_money(&world, &waiting.cases).await;
    repair_and_sign_off(&world, &waiting.cases).await;
    for case in &waiting.cases {
        let seen = world.follow(case).await;
        assert_eq!(seen["state"], "closed");
        let told: Vec<&str> = seen["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|event| event["code"].as_str())
            .collect();
        for step in [
            "escalated",
            "held",
            "hold_reviewed",
            "supervision_ordered",
            "resumed",
            "resolved",
            "signed_off",
            "closed",
        ] {
            assert!(told.contains(&step), "{step}: {told:?}");
        }
    }
    for head in world.heads() {
        assert!(head["dn"].is_null(), "{head:#}");
    }
}
