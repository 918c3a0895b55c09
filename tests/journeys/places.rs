//! Codes on lamps and lifts: imported, printed, scanned; and open cases that may be the same.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::place::PlaceCode;
use zhitiao_tests::browser::{Browser, Page};
use zhitiao_tests::story::report;
use zhitiao_tests::world::binaries;
use zhitiao_tests::{Case, World};

const LIFT: &str = "T-0731";

/// Places that the district has from the start.
const SEEDED: usize = 3;

fn code(id: &str) -> PlaceCode {
    PlaceCode::of(&DistrictId::parse("shinan").unwrap(), id)
}

fn operator(world: &World, action: &str, options: &[&str]) -> Output {
    let mut command = Command::new(binaries().join("zhitiao-operator"));
    command
        .env_clear()
        .env("AWS_REGION", "cn-north-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_ENDPOINT_URL_DYNAMODB", world.cloud.dynamodb_url())
        .args(["places", action, "--district", "shinan", "--table"])
        .arg(world.cloud.table_name("DirectoryTable"))
        .args(options);
    command.output().unwrap()
}

/// Imports places; what the program said.
fn imported(world: &World, places: &Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("places.json"), places.to_string()).unwrap();
    let done = operator(
        world,
        "import",
        &["--folder", folder.path().to_str().unwrap()],
    );
    let said =
        [&done.stdout, &done.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(done.status.success(), "{said:?}");
    said.concat()
}

fn places(lift_retired: bool) -> Value {
    json!([
        {"id": LIFT, "community": "xianggang-huayuan", "address": "3号楼2单元电梯", "asset": "lift",
            "categories": ["lift-fault"], "unit": "market-supervision", "phone": "0532-96333", "retired": lift_retired},
        {"id": "灯杆-12", "community": "xianggang-huayuan", "address": "东门外12号灯杆", "asset": "lamp"},
    ])
}

/// What the form of a page sends, with the words of a person.
async fn sends(browser: &Browser<'_>, form: &Page, text: &str) -> Page {
    let fields = [
        ("idempotency_key", &*form.hidden("idempotency_key")),
        ("community", &*form.hidden("community")),
        ("place.code", &*form.hidden("place.code")),
        ("text", text),
        ("consents.publish", "true"),
    ];
    browser.submit("/report", &fields).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_scans_a_lift_reports_in_one_sentence_and_the_next_one_sees_that_it_is_known() {
    let world = World::start().await;
    let said = imported(&world, &places(false));
    assert!(said.contains("2 of 2 places are new or differ"), "{said}");
    let said = imported(&world, &places(false));
    assert!(said.contains("nothing was written"), "{said}");

    let browser = Browser::new(&world);
    let lift = format!("/p/{}", code(LIFT));
    let form = browser.open(&lift.to_lowercase()).await;
    for shown in [
        "<h1>3号楼2单元电梯</h1>",
        "tel:053296333",
        "电梯停运或故障",
        "电梯",
    ] {
        assert!(form.text.contains(shown), "{shown}: {form:?}");
    }
    assert!(
        !form.text.contains("name=\"place.address\""),
        "nothing is left to choose"
    );
    let sent = sends(&browser, &form, "门关不上").await;
    assert_eq!(sent.status, 303, "{sent:?}");
    let number = sent
        .location()
        .trim_start_matches("/my/")
        .split('?')
        .next()
        .unwrap()
        .to_owned();

    let desk = world.staff("wang.fang");
    let case = desk.case(&number).await;
    assert_eq!(case["place_code"], code(LIFT).to_string());
    assert_eq!(case["address"], "3号楼2单元电梯");
    let next = Browser::new(&world);
    assert!(
        !next.open(&lift).await.text.contains(&number),
        "what nobody looked at is not shown"
    );
    desk.command(
        &number,
        "triage",
        json!({"category": "lift-fault", "publish": true, "reason": "按类别办理"}),
    )
    .await
    .expect(200);

    // The next one sees it first, and may report all the same.
    let form = next.open(&lift).await;
    assert!(
        form.text.contains("这里已有 1 件正在办理")
            && form.text.contains(&format!("/cases/{number}"))
    );
    let lamp = next.open(&format!("/p/{}", code("灯杆-12"))).await;
    assert!(!lamp.text.contains(&number), "another place has none");
    let offered = sends(&next, &form, "卡在二楼").await;
    assert_eq!(offered.status, 200, "{offered:?}");
    assert!(offered.text.contains("这些可能是同一件事") && offered.text.contains(&number));
    assert!(
        offered.text.contains("卡在二楼"),
        "what was written is still there"
    );
    assert_eq!(world.heads().len(), 1);
    let key = offered.hidden("idempotency_key");
    assert_eq!(key, form.hidden("idempotency_key"));
    let code = code(LIFT).to_string();
    let fields = [
        ("idempotency_key", &*key),
        ("community", "xianggang-huayuan"),
        ("place.code", &*code),
        ("text", "卡在二楼"),
        ("alike", &*offered.hidden("alike")),
    ];
    assert_eq!(next.submit("/report", &fields).await.status, 303);
    assert_eq!(
        next.submit("/report", &fields).await.status,
        303,
        "a double tap"
    );
    assert_eq!(world.heads().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn like_words_are_offered_once_and_danger_is_never_held_up() {
    let world = World::start().await;
    let anyone = world.anyone();
    let desk = world.staff("wang.fang");
    for (text, category) in [
        ("3号楼东门外的路灯不亮，晚上看不见", "street-lamp"),
        ("3号楼东门外有煤气味", "gas-leak"),
    ] {
        let body = report(text, "xianggang-huayuan", category);
        let case = Case::of(anyone.post("/v1/reports", &body).await.expect(201));
        desk.command(
            &case.number,
            "triage",
            json!({"category": category, "publish": true}),
        )
        .await
        .expect(200);
    }
    let browser = Browser::new(&world);
    let send = async |text: &str, community: &str| {
        let key = browser.open("/report").await.hidden("idempotency_key");
        let fields = [
            ("idempotency_key", &*key),
            ("community", community),
            ("text", text),
        ];
        browser.submit("/report", &fields).await
    };
    let same = send("东门外路灯不亮，晚上看不见路", "xianggang-huayuan").await;
    assert_eq!(same.status, 200);
    assert!(same.text.contains("这些可能是同一件事"), "{same:?}");
    for (text, community) in [
        ("东门外路灯不亮，晚上看不见路", "huiquan"),
        ("垃圾三天没有人收", "xianggang-huayuan"),
        ("东门外有煤气味，快来人", "xianggang-huayuan"),
    ] {
        assert_eq!(send(text, community).await.status, 303, "{text}");
    }
    // The script is told the same, and goes on by itself.
    let key = browser.open("/report").await.hidden("idempotency_key");
    let fields = [
        ("idempotency_key", &*key),
        ("community", "xianggang-huayuan"),
        ("text", "东门外的路灯还是不亮，晚上看不见"),
    ];
    let told = browser.submit_by_script("/report", &fields).await;
    assert!(
        told.text.contains("alike") && told.text.contains("/cases/"),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_retired_foreign_or_mistyped_leads_nowhere_wrong() {
    let world = World::start().await;
    imported(&world, &places(true));
    let browser = Browser::new(&world);
    let retired = browser.open(&format!("/p/{}", code(LIFT))).await;
    assert_eq!(retired.status, 200);
    assert!(
        retired.text.contains("这个码已停用") && retired.text.contains("name=\"place.address\"")
    );
    assert!(
        retired
            .text
            .contains("<option value=\"xianggang-huayuan\" selected>")
    );
    let unknown = code("T-0732").to_string();
    for path in ["/p/K7M3-9QXD-4", "/p/x", "/p/%00", &format!("/p/{unknown}")] {
        assert_eq!(browser.open(path).await.status, 404, "{path}");
    }
    let anyone = world.anyone();
    let lamp = code("灯杆-12").to_string();
    for (community, code, fault) in [
        ("huiquan", &*lamp, "of_another_community"),
        ("xianggang-huayuan", &*unknown, "not_recognized"),
        ("xianggang-huayuan", "K7M3-9QXD-4", "not_recognized"),
    ] {
        let mut body = report("灯不亮", community, "street-lamp");
        body["place"] = json!({"code": code});
        let refused = anyone.post("/v1/reports", &body).await.expect(400);
        assert_eq!(refused["errors"][0]["field"], "place.code");
        assert_eq!(refused["errors"][0]["code"], fault);
    }
    let mut body = report("灯不亮", "xianggang-huayuan", "street-lamp");
    body["place"] = json!({"code": lamp.to_lowercase()});
    let case = Case::of(anyone.post("/v1/reports", &body).await.expect(201));
    let seen = world.staff("wang.fang").case(&case.number).await;
    assert_eq!(seen["address"], "东门外12号灯杆");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sheets_of_codes_are_printed_for_one_community_or_all() {
    let world = World::start().await;
    imported(&world, &places(false));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("codes.html");
    let print = |more: &[&str]| {
        let path = file.to_str().unwrap();
        let options = [
            &["--public-url", "https://zhitiao.example/", "--file", path],
            more,
        ]
        .concat();
        operator(&world, "print", &options)
    };
    assert!(print(&[]).status.success());
    let sheets = std::fs::read_to_string(Path::new(&file)).unwrap();
    assert_eq!(sheets.matches("<svg").count(), 2 + SEEDED);
    assert!(sheets.contains(&code(LIFT).to_string()) && sheets.contains("紧急：0532-96333"));
    assert!(
        !print(&["--community", "huiquan"]).status.success(),
        "there is nothing to print"
    );
}
