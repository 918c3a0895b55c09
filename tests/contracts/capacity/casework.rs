//! What the handling of a case costs: back and forth between units, visits, helpers, parts, danger, money, supervision
//! to its end.

use serde_json::{Value, json};
use zhitiao_pictures::sanitize;
use zhitiao_pictures::scene::{Subject, View};
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, Upload, World};

use super::{Lab, WORDS, full_report};
use crate::contracts::access_patterns::{Figures, are_described};

/// Desk, director and secretary of the subdistrict.
const DESK: &str = "chen.jing";
const DIRECTOR: &str = "sun.zhiqiang";
const SECRETARY: &str = "zhou.haiyan";
/// Of the departments for roads and for housing.
const ROADS: &str = "ma.jun";
const HOUSING: &str = "zhang.lina";

/// A command of a person, and what it is called in the document; one without a name is only done.
type Step = (&'static str, &'static str, &'static str, Value);

async fn go(lab: &mut Lab<'_>, case: &Case, steps: impl IntoIterator<Item = Step>) {
    for (operation, who, verb, body) in steps {
        lab.command(case, who, verb, body).await;
        if operation.is_empty() {
            lab.pause().await;
        } else {
            lab.note(operation, "case-desk").await;
        }
    }
}

/// A case of the category that the subdistrict's desk has triaged.
async fn triaged(lab: &mut Lab<'_>, category: &str) -> Case {
    let case = lab.case(report(WORDS, "xianggang-huayuan", category)).await;
    let triage = json!({"category": category, "publish": false});
    go(lab, &case, [("", DESK, "triage", triage)]).await;
    case
}

fn with_reason() -> Value {
    json!({"reason": "情况已经说明"})
}

fn with_code() -> Value {
    json!({"reason": "情况已经说明", "code": "no_law"})
}

fn with_unit(unit: &str) -> Value {
    json!({"unit": unit, "reason": "请配合"})
}

#[rustfmt::skip]
async fn between_units(lab: &mut Lab<'_>, case: &Case) {
    let here = json!({"unit": "badaguan"});
    let down = json!({"to": "badaguan", "reason": "路面已重铺"});
    let slot = json!({"from": "2026-11-24T09:00:00+08:00", "to": "2026-11-24T11:00:00+08:00"});
    go(lab, case, [
        ("", DESK, "assign", here.clone()),
        ("Return a case", DESK, "return", with_reason()),
        ("", DESK, "assign", here),
        ("", DESK, "accept", json!({})),
        ("Agree a visit", DESK, "visit", slot),
        ("Arrive at the place", DESK, "arrive", json!({})),
        ("", DESK, "involve", with_unit("housing")),
        ("Finish a helping unit's part", HOUSING, "finish-part", with_reason()),
        ("Let a helping unit go", DESK, "release", with_unit("housing")),
        ("Escalate a case to a department", DESK, "escalate", with_reason()),
        ("", ROADS, "accept", json!({})),
        ("Hand a case down again", ROADS, "hand-down", down),
        ("", DESK, "accept", json!({})),
    ]).await;
}

#[rustfmt::skip]
async fn asked_and_refused(lab: &mut Lab<'_>, case: &Case) {
    let hold = json!({"hold": "season", "review_at": "2026-12-10T10:00:00+08:00", "reason": "等开春"});
    let no = json!({"matter": "extension", "reason": "人手够"});
    go(lab, case, [
        ("", DESK, "extend", json!({"work_days": 3, "reason": "调货"})),
        ("Decline what was asked for", DIRECTOR, "decline", no),
        ("", DESK, "hold", hold),
        ("", DIRECTOR, "approve", json!({"matter": "hold"})),
        ("Resume a case", DESK, "resume", json!({})),
    ]).await;
}

/// Supervised, done, signed off, and contradicted after all.
async fn supervised(lab: &mut Lab<'_>, case: &Case) {
    go(lab, case, [("", DESK, "supervise", with_reason())]).await;
    let page = lab.world.staff(SECRETARY).case(&case.number).await;
    let sha256 = page["proposals"][0]["sha256"].clone();
    let signature = json!({"name": "周海燕", "sha256": sha256});
    let text = json!({"text": "请尽快安排"});
    go(lab, case, [("", SECRETARY, "sign", signature)]).await;
    go(
        lab,
        case,
        [("Write a directive", DIRECTOR, "directives", text)],
    )
    .await;
    let order = lab.world.staff(DESK).case(&case.number).await["supervision"]["order"].clone();
    lab.pause().await;
    let sheet = format!("/v1/desk/cases/{}/documents/{order}", case.number);
    lab.world.staff(DESK).get(&sheet).await.expect(200);
    lab.note("Print a document", "case-desk").await;

    let taken = Upload::of(Subject::LeaningWall, View::Front, 1);
    let photo = Upload {
        jpeg: sanitize(&taken.jpeg).unwrap().small.jpeg,
        ..taken
    };
    let desk = lab.world.staff(DESK);
    let evidence = desk.add_evidence(lab.world, &case.number, &photo).await;
    let done = json!({"reason": "已修好", "evidence": [evidence]});
    let off = json!({"name": "周海燕", "statement": "现场核实"});
    go(lab, case, [("", DESK, "resolve", done)]).await;
    go(
        lab,
        case,
        [("Sign a supervised case off", SECRETARY, "sign-off", off)],
    )
    .await;
    go(
        lab,
        case,
        [("Reopen a case", DESK, "reopen", with_reason())],
    )
    .await;
}

pub(super) async fn working() -> Figures {
    let world = World::start().await;
    let mut lab = Lab::open(&world).await;
    let case = triaged(&mut lab, "pothole").await;
    between_units(&mut lab, &case).await;
    asked_and_refused(&mut lab, &case).await;
    supervised(&mut lab, &case).await;

    let danger = triaged(&mut lab, "manhole-cover").await;
    let here = json!({"unit": "badaguan"});
    go(&mut lab, &danger, [("", DESK, "assign", here)]).await;
    let secure = ("Put danger out of the way", DESK, "secure", with_reason());
    go(&mut lab, &danger, [secure]).await;
    let stranger = triaged(&mut lab, "pothole").await;
    let refuse = ("Refuse a case", DESK, "refuse", with_code());
    go(&mut lab, &stranger, [refuse]).await;
    are_described(&world.stored());
    lab.figures
}

/// A case that is handled in parts.
async fn split(lab: &mut Lab<'_>, desk: &str) {
    let whole = report("路灯不亮，路面也坏了", "xianggang-huayuan", "street-lamp");
    let case = lab.case(whole).await;
    let triage = json!({"category": "street-lamp", "publish": false});
    lab.command(&case, desk, "triage", triage).await;
    lab.pause().await;
    let parts = json!({"parts": [
        {"text": "路灯", "category": "street-lamp"},
        {"text": "路面", "category": "pothole"},
    ]});
    lab.command(&case, desk, "split", parts).await;
    lab.note("Split a case into two", "case-desk").await;
    lab.command(&case, desk, "refuse", with_code()).await;
    lab.note("Refuse a case in two parts", "case-desk").await;
}

/// A second report of the same matter.
async fn merge(lab: &mut Lab<'_>, desk: &str) {
    let lamp = report("楼前的路灯不亮", "xianggang-huayuan", "street-lamp");
    let (first, second) = (lab.case(lamp.clone()).await, lab.case(lamp).await);
    let triage = json!({"category": "street-lamp", "publish": false});
    lab.command(&second, desk, "triage", triage).await;
    lab.pause().await;
    let into = json!({"into": first.number, "reason": "同一盏路灯"});
    lab.command(&second, desk, "merge", into).await;
    let merged = lab.note("Merge a case into another", "case-desk").await;
    let requests = ["Query", "GetItem", "TransactWriteItems"];
    assert_eq!(merged.requests(), requests);
    lab.world.follow(&second).await;
    lab.note("Follow a merged case", "public-board").await;
}

/// The lists of what is on hold and what is supervised.
async fn list_what_waits(lab: &mut Lab<'_>) {
    let world = lab.world;
    world.anyone().get("/v1/board/holds").await.expect(200);
    lab.note("Count in public what is on hold", "public-board")
        .await;
    for (operation, list) in [
        ("List what is on hold in the district", "holds"),
        ("List what is supervised in the district", "supervised"),
    ] {
        let path = format!("/v1/desk/queue?unit=shinan&list={list}");
        world.staff("han.wen").get(&path).await.expect(200);
        lab.note(operation, "case-desk").await;
    }
}

/// What staff decide among themselves, and the waking of what waits for money.
pub(super) async fn deciding() -> Figures {
    let world = World::start().await;
    let mut lab = Lab::open(&world).await;
    let case = lab.case(full_report()).await;
    let (desk, director, secretary) = (DESK, DIRECTOR, SECRETARY);
    let triage = json!({"category": "street-lamp", "publish": false, "reason": "没有危险"});
    for (verb, body) in [
        ("triage", triage),
        ("assign", json!({"unit": "badaguan"})),
        ("accept", json!({})),
    ] {
        lab.command(&case, desk, verb, body).await;
    }
    lab.pause().await;
    let hold = json!({
        "hold": "budget", "budget_line": "2026-lamps-01", "review_at": "2026-12-10T10:00:00+08:00",
        "reason": "等待资金",
    });
    let review = json!({"review_at": "2026-12-20T10:00:00+08:00", "reason": "仍在等待"});
    #[rustfmt::skip]
    let asked = [
        ("Let another unit help", desk, "involve", json!({"unit": "housing", "reason": "配合"})),
        ("Ask for more time", desk, "extend", json!({"work_days": 5, "reason": "调货"})),
        ("Grant more time", director, "approve", json!({"matter": "extension"})),
        ("Ask for a hold", desk, "hold", hold),
        ("Grant a hold", director, "approve", json!({"matter": "hold"})),
        ("Review a hold", director, "review", review),
        ("Ask for supervision", desk, "supervise", json!({"reason": "久拖未决"})),
    ];
    for (operation, who, verb, body) in asked {
        lab.command(&case, who, verb, body).await;
        lab.note(operation, "case-desk").await;
    }
    split(&mut lab, desk).await;
    merge(&mut lab, desk).await;
    let page = world.staff(secretary).case(&case.number).await;
    let signature = json!({"name": "周海燕", "sha256": page["proposals"][0]["sha256"]});
    lab.pause().await;
    lab.command(&case, secretary, "sign", signature).await;
    lab.note("Sign a supervision order", "case-desk").await;

    list_what_waits(&mut lab).await;
    let path = "/v1/desk/budget-lines/2026-lamps-01/approve";
    let words = json!({"reason": "区财〔2026〕1号"});
    world.staff("han.wen").post(path, &words).await.expect(201);
    lab.note("Approve a budget line", "case-desk").await;
    world.cloud.tick().await;
    lab.note("Wake a case that waits for money", "due-sweep")
        .await;
    are_described(&world.stored());
    lab.figures
}
