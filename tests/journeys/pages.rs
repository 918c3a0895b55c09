//! Residents in a browser without a script: they report, find their case again, read the board.

use reqwest::Method;
use serde_json::{Value, json};
use zhitiao_local::{Effect, Fault};
use zhitiao_tests::browser::{Browser, Page};
use zhitiao_tests::story::report;
use zhitiao_tests::{Upload, World};

const TEXT: &str = "3号楼东门外的路灯不亮，<script>alert(1)</script>老人晚上看不见";

/// What is true of every page.
#[track_caller]
fn is_a_page(page: &Page) {
    assert!(
        page.text.starts_with("<!DOCTYPE html><html lang="),
        "{page:?}"
    );
    assert_eq!(page.text.matches("<h1>").count(), 1, "{page:?}");
    assert_eq!(page.text.matches("<title>").count(), 1, "{page:?}");
    assert!(!page.text.contains("<script>"), "{page:?}");
    assert!(!page.text.contains(" style="), "{page:?}");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

fn lamp<'f>(key: &'f str, phone: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("idempotency_key", key),
        ("text", TEXT),
        ("community", "xianggang-huayuan"),
        ("place.address", "3号楼东门外"),
        ("category", ""),
        ("contact.name", "刘阿姨"),
        ("contact.phone", phone),
        ("consents.publish", "true"),
    ]
}

/// Fills in the form and sends it; the address of the case.
async fn reports(browser: &Browser<'_>) -> String {
    let form = browser.open("/report").await;
    let sent = browser
        .submit(
            "/report",
            &lamp(&form.hidden("idempotency_key"), "13800000000"),
        )
        .await;
    assert_eq!(sent.status, 303, "{sent:?}");
    sent.location().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resident_reports_without_a_script_and_finds_the_case_again() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let home = browser.open("/").await;
    is_a_page(&home);
    for way in ["/report", "/my", "/board", "tel:12345"] {
        assert!(home.text.contains(&format!("href=\"{way}\"")), "{way}");
    }

    let form = browser.open("/report").await;
    is_a_page(&form);
    let key = form.hidden("idempotency_key");
    a_wrong_number_is_named_and_no_word_is_lost(&browser, &key).await;
    assert!(world.heads().is_empty());

    let sent = browser.submit("/report", &lamp(&key, "13800000000")).await;
    assert_eq!(sent.status, 303);
    let cookie = sent.header("set-cookie");
    let cookies = sent.headers.get_all("set-cookie").iter().count();
    assert_eq!(
        cookies, 3,
        "the case and its words are kept, and the draft is over: {sent:?}"
    );
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let again = browser.submit("/report", &lamp(&key, "13800000000")).await;
    assert_eq!(
        again.location(),
        sent.location(),
        "a double tap makes one case"
    );
    assert_eq!(world.heads().len(), 1);

    let receipt = browser.open(sent.location()).await;
    is_a_page(&receipt);
    assert!(receipt.text.contains("3号楼东门外的路灯不亮"));
    assert!(
        !receipt.text.contains("13800000000"),
        "a page never shows a telephone number"
    );
    let address = sent.location().split('?').next().unwrap().to_owned();
    let larger = format!("/settings?elder=1&amp;back={}\"", sent.location());
    assert!(receipt.text.contains(&larger), "{receipt:?}");
    let mine = browser.open("/my").await;
    is_a_page(&mine);
    assert!(mine.text.contains(&format!("href=\"{address}\"")));

    let (_, token) = receipt.text.split_once("<b>").unwrap();
    let token = token.split('<').next().unwrap();
    another_browser_is_let_in_by_the_code(&world, &address, token).await;
}

async fn a_wrong_number_is_named_and_no_word_is_lost(browser: &Browser<'_>, key: &str) {
    let refused = browser.submit("/report", &lamp(key, "call me")).await;
    is_a_page(&refused);
    assert_eq!(refused.status, 400);
    let named = "<a href=\"#contact-phone\">电话：";
    assert!(refused.text.contains(named), "the summary names the field");
    assert!(
        refused.text.contains("3号楼东门外的路灯不亮"),
        "what was written is still there"
    );
    assert_eq!(refused.hidden("idempotency_key"), key);
}

/// Another browser knows nothing of a case until it is given the code from the receipt.
async fn another_browser_is_let_in_by_the_code(world: &World, address: &str, token: &str) {
    let other = Browser::new(world);
    let led = other.open(address).await;
    assert_eq!(led.status, 303);
    assert_eq!(other.open(led.location()).await.status, 404);
    let wrong = other.submit("/my", &[("token", "K7M39QXD.1.forged")]).await;
    assert_eq!(wrong.status, 400);
    is_a_page(&wrong);
    let added = other.submit("/my", &[("token", token)]).await;
    assert_eq!(added.location(), address);
    assert_eq!(other.open(address).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_shows_what_the_desk_has_published_and_never_a_contact() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let address = reports(&browser).await;
    let number = address
        .trim_start_matches("/my/")
        .split('?')
        .next()
        .unwrap();
    let anyone = Browser::new(&world);
    let board = anyone.open("/board/xianggang-huayuan").await;
    is_a_page(&board);
    assert!(!board.text.contains(number));

    let triage = json!({"category": "street-lamp", "publish": true});
    let desk = world.staff("wang.fang");
    let triaged = desk.command(number, "triage", triage).await;
    triaged.expect(200);
    world.settle().await;
    let board = anyone.open("/board/xianggang-huayuan").await;
    assert!(
        board.text.contains(&format!("href=\"/cases/{number}\"")),
        "{board:?}"
    );
    let link = format!("href=\"/cases/{number}\"");
    for (filter, shown) in [
        ("category=street-lamp&month=", true),
        ("category=handrail", false),
        ("month=202611", true),
        ("month=202610", false),
    ] {
        let page = anyone
            .open(&format!("/board/xianggang-huayuan?{filter}"))
            .await;
        assert_eq!(page.text.contains(&link), shown, "{filter}: {page:?}");
    }
    let wrong = anyone.open("/board/xianggang-huayuan?month=2026-11").await;
    is_a_page(&wrong);
    assert_eq!(wrong.status, 400);
    the_feed_has_one_entry(&anyone, number).await;
    let case = anyone.open(&format!("/cases/{number}")).await;
    is_a_page(&case);
    assert_eq!(case.status, 200);
    assert!(case.text.contains("&lt;script&gt;"));
    for secret in ["刘阿姨", "13800000000"] {
        assert!(!case.text.contains(secret), "{secret}");
    }
    for path in ["/board", "/help", "/privacy"] {
        let page = anyone.open(path).await;
        is_a_page(&page);
        assert_eq!(page.status, 200, "{path}");
    }
}

async fn the_feed_has_one_entry(anyone: &Browser<'_>, number: &str) {
    let feed = anyone.open("/board/xianggang-huayuan/feed").await;
    assert!(
        feed.header("content-type")
            .starts_with("application/atom+xml")
    );
    assert!(feed.text.starts_with("<?xml version"), "{feed:?}");
    assert_eq!(feed.text.matches("<entry>").count(), 1, "{feed:?}");
    assert!(
        feed.text.contains(&format!("/cases/{number}\"/>")),
        "{feed:?}"
    );
    assert!(!feed.text.contains("<script>"), "{feed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_map_of_the_board_shows_places_to_a_hundred_meters_and_a_case_before_and_after() {
    let world = World::start().await;
    let mut lamp = report("路灯不亮", "xianggang-huayuan", "street-lamp");
    lamp["place"]["point"] = json!({"latitude": 36.062_449, "longitude": 120.384_551});
    lamp["consents"] = json!({"publish": true});
    let case = world.reports(lamp, &[Upload::tiny()]).await;
    let nowhere = report("扶手断了", "xianggang-huayuan", "handrail");
    let nowhere = world.reports(nowhere, &[]).await.number;
    let desk = world.staff("wang.fang");
    let anyone = Browser::new(&world);
    let map = async || {
        let map = anyone.open("/board/xianggang-huayuan/map").await;
        assert_eq!(map.header("content-type"), "application/geo+json");
        serde_json::from_str::<Value>(&map.text).unwrap()["features"].clone()
    };
    assert_eq!(map().await, json!([]), "nothing is public yet");
    let publish = |category| json!({"category": category, "publish": true});
    for (number, category) in [(&case.number, "street-lamp"), (&nowhere, "handrail")] {
        let done = desk.command(number, "triage", publish(category)).await;
        done.expect(200);
    }
    let features = map().await;
    let place = |number: &str| {
        let mut all = features.as_array().unwrap().iter();
        all.find(|one| one["id"] == number).unwrap()["geometry"].clone()
    };
    let coarse = json!({"type": "Point", "coordinates": [120.385, 36.062]});
    assert_eq!(place(&case.number), coarse);
    assert_eq!(place(&nowhere), Value::Null);
    assert!(!features.to_string().contains("36.0624"));
    let english = Browser::new(&world);
    english.open("/settings?lang=en&back=/").await;
    let theirs = english.open("/board/xianggang-huayuan/map").await.text;
    let theirs: Value = serde_json::from_str(&theirs).unwrap();
    assert_eq!(
        theirs["features"], features,
        "a cache may give it to anyone"
    );

    let page = anyone.open(&format!("/cases/{}", case.number)).await;
    is_a_page(&page);
    assert!(
        page.text
            .contains("position=120.385,36.062&amp;coordinate=wgs84")
    );
    assert!(page.text.contains("<h2 id=\"photos\">现场照片</h2>") && !page.text.contains("处理后"));

    let unit = json!({"unit": "xianggang-huayuan"});
    desk.command(&case.number, "assign", unit).await.expect(200);
    let handler = world.staff("zhang.wei");
    let accepted = handler.command(&case.number, "accept", json!({})).await;
    accepted.expect(200);
    let photo = handler
        .add_evidence(&world, &case.number, &Upload::tiny())
        .await;
    let shown = json!({"publish": true, "photos": [0, photo], "reason": "看过了"});
    let shown = desk.command(&case.number, "publication", shown).await;
    shown.expect(200);
    let page = anyone.open(&format!("/cases/{}", case.number)).await;
    assert!(
        page.text.contains("<h2 id=\"photos_after\">处理后</h2>"),
        "{page:?}"
    );
    assert!(page.text.contains("照片 1：正面"), "{page:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_script_sends_the_same_form_and_uploads_its_photos() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let form = browser.open("/report").await;
    let photo = Upload::tiny();
    let key = form.hidden("idempotency_key");
    let bytes = photo.jpeg.len().to_string();
    let mut fields = lamp(&key, "");
    fields.extend([
        ("photos[0].angle", "front"),
        ("photos[0].content_type", "image/jpeg"),
        ("photos[0].bytes", &*bytes),
    ]);
    let sent = browser.submit_by_script("/report", &fields).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    let receipt: Value = serde_json::from_str(&sent.text).unwrap();
    world
        .upload(&receipt["uploads"][0], &photo.jpeg)
        .await
        .expect(200);
    world.settle().await;
    let number = receipt["number"].as_str().unwrap();
    let case = browser.open(&format!("/my/{number}")).await;
    assert!(case.text.contains("<img src=\"http"), "{case:?}");
    // The plain form under the same key, should the script give up half way, is the same report.
    let again = browser.submit("/report", &fields).await;
    assert_eq!(again.status, 303, "{again:?}");
    assert_eq!(world.heads().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_chooses_language_and_size_once() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let home = browser.open("/").await;
    assert!(home.text.contains("<html lang=\"zh-CN\" class=\"green\">"));
    let switched = browser.open("/settings?lang=en&back=/report").await;
    assert_eq!((switched.status, switched.location()), (303, "/report"));
    browser.open("/settings?elder=1&back=//evil.example").await;
    let report = browser.open("/report").await;
    assert!(
        report
            .text
            .contains("<html lang=\"en\" class=\"green elder\">"),
        "{report:?}"
    );
    let (_, sheet) = report
        .text
        .split_once("rel=\"stylesheet\" href=\"/assets/")
        .unwrap();
    let sheet = format!("/assets/{}", sheet.split('"').next().unwrap());
    let sheet = browser.open(&sheet).await;
    assert_eq!(
        (sheet.status, sheet.header("content-type")),
        (200, "text/css; charset=utf-8")
    );
    assert!(sheet.header("cache-control").contains("immutable"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_from_elsewhere_changes_nothing_and_an_absent_table_loses_no_words() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let form = browser.open("/report").await;
    let key = form.hidden("idempotency_key");
    let fields = lamp(&key, "");
    let foreign = browser.form("/report", &fields);
    let foreign = browser.send(foreign.header("origin", "https://evil.example"));
    assert_eq!(foreign.await.status, 403);
    let json = browser
        .request(Method::POST, "/report")
        .json(&json!({"text": "a"}));
    assert_eq!(browser.send(json).await.status, 415);
    assert!(world.heads().is_empty());

    world.cloud.faults().add(
        Fault::new(Effect::Throttle)
            .table(world.cloud.table_name("CasesTable"))
            .times(u32::MAX),
    );
    let away = browser.submit("/report", &fields).await;
    is_a_page(&away);
    assert_eq!(away.status, 503);
    assert!(
        away.text.contains("3号楼东门外的路灯不亮"),
        "the words are still there"
    );
    assert_eq!(away.hidden("idempotency_key"), key);
    world.cloud.faults().clear();
    assert_eq!(browser.submit("/report", &fields).await.status, 303);
    assert_eq!(world.heads().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_notice_is_shown_again_and_consents_left_open_stop_nothing() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let form = browser.open("/report").await;
    let current = form.hidden("consents.notice");
    assert!(form.text.contains("href=\"/privacy\""));
    let privacy = browser.open("/privacy").await;
    is_a_page(&privacy);
    assert!(privacy.text.contains(&current) && privacy.text.contains("12345"));
    let key = form.hidden("idempotency_key");
    let send = async |notice: &str| {
        let fields = [
            ("idempotency_key", &*key),
            ("text", "路灯不亮"),
            ("community", "xianggang-huayuan"),
            ("consents.notice", notice),
        ];
        browser.submit("/report", &fields).await
    };
    let stale = send("0123abcd").await;
    is_a_page(&stale);
    assert_eq!(stale.status, 400);
    assert!(stale.text.contains("隐私说明有更新"), "{stale:?}");
    assert_eq!(stale.hidden("consents.notice"), current);
    assert!(stale.text.contains("路灯不亮"));
    let sent = send(&current).await;
    assert_eq!(sent.status, 303);
    let number = sent
        .location()
        .trim_start_matches("/my/")
        .split('?')
        .next()
        .unwrap();
    let data = browser.open(&format!("/my/{number}/data?download=1")).await;
    let data: Value = serde_json::from_str(&data.text).unwrap();
    assert_eq!(
        data["consents"],
        json!({"publish": false, "photo_location": false, "notice": current})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_problem_names_where_a_person_answers() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    for path in ["/cases/K7M3-9QXD-5", "/p/x", "/communities/x"] {
        let page = browser.open(path).await;
        assert_eq!(page.status, 404);
        assert!(page.text.contains("href=\"tel:12345\""), "{page:?}");
    }
}
