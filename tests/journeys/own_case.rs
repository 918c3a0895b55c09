//! What a resident does with their own case: over the API, by pages without a script, photos included.

use jiff::SignedDuration;
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_local::{Effect, Fault};
use zhitiao_tests::browser::Browser;
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, Upload, World};

/// Sends a command to the resident's own case, under a key.
async fn own(world: &World, case: &Case, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let caller = world.anyone().with("tracking-token", &case.token);
    let path = format!("/v1/my/case/{path}");
    let answer = caller.post_with_key(&path, key, body).await;
    (answer.status.as_u16(), answer.body)
}

async fn desk(world: &World, case: &Case) -> Value {
    world.staff("wang.fang").case(&case.number).await
}

fn key() -> String {
    Uuid::new_v4().to_string()
}

fn kinds(world: &World, case: &Case) -> Vec<String> {
    let events = world.events(case);
    let kind = |event: &Value| {
        event["what"]["kind"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    events.iter().map(kind).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resident_answers_urges_and_withdraws_and_a_repetition_does_nothing_twice() {
    let world = World::start().await;
    let case = world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await;
    let desk = world.staff("wang.fang");
    desk.deal_out(&case.number, "handrail", "badaguan").await;
    let text = json!({"text": "是东门那一侧"});
    let first = key();
    for _ in 0..2 {
        let (status, answer) = own(&world, &case, "replies", &first, &text).await;
        assert_eq!((status, &answer["state"]), (200, &json!("assigned")));
    }
    let (status, problem) = own(&world, &case, "urge", &first, &json!({})).await;
    assert_eq!(
        (status, &problem["code"]),
        (422, &json!("idempotency_key_reused"))
    );
    let (status, _) = own(&world, &case, "urge", &key(), &json!({})).await;
    assert_eq!(status, 200);
    let (status, problem) = own(&world, &case, "urge", &key(), &json!({})).await;
    assert_eq!((status, &problem["code"]), (422, &json!("urged_today")));
    world.settle().await;
    let inbox = world.staff("sun.zhiqiang").get("/v1/desk/inbox").await;
    let inbox = inbox.expect(200).to_string();
    assert!(inbox.contains("居民催办"), "the head hears of it: {inbox}");

    let mine = world.follow(&case).await;
    assert_eq!(mine["timeline"].to_string().matches("居民催办").count(), 1);
    let reason = json!({"reason": "邻居修好了"});
    let (status, answer) = own(&world, &case, "withdraw", &key(), &reason).await;
    assert_eq!((status, &answer["state"]), (200, &json!("withdrawn")));
    let (status, problem) = own(&world, &case, "replies", &key(), &text).await;
    assert_eq!((status, &problem["code"]), (422, &json!("wrong_state")));
    assert!(
        world.stored_of(&case, "#")[0]["dn"].is_null(),
        "no reminder is left"
    );
    let all = kinds(&world, &case);
    assert_eq!(all[all.len() - 3..], ["replied", "urged", "withdrawn"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_are_put_right_for_everyone_and_the_first_ones_stay_in_the_history() {
    let world = World::start().await;
    let long = "三号楼门口的井盖缺了一块，晚上很危险。".repeat(12);
    for words in ["二单元", &long] {
        let case = world
            .reports(report(words, "xianggang-huayuan", "manhole-cover"), &[])
            .await;
        for text in ["三单元", &*long.repeat(2), "四单元"] {
            let (status, _) = own(&world, &case, "correct", &key(), &json!({"text": text})).await;
            assert_eq!(status, 200);
            let mine = world.follow(&case).await;
            assert_eq!(mine["text"], text);
            assert_eq!(desk(&world, &case).await["text"], text);
        }
        let first = world.stored_of(&case, "EVENT#");
        assert_eq!(first[0]["what"]["text"], words, "{first:?}");
        let later = world.cloud.now() + SignedDuration::from_mins(10);
        world.cloud.advance_to(later).await.unwrap();
        let (status, problem) = own(&world, &case, "correct", &key(), &json!({"text": "a"})).await;
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!("too_late_to_correct"))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_leaves_the_board_when_its_reporter_no_longer_agrees() {
    let world = World::start().await;
    let case = world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await;
    let triage = json!({"category": "handrail", "publish": true});
    let desk = world.staff("wang.fang");
    desk.command(&case.number, "triage", triage.clone())
        .await
        .expect(200);
    let public = format!("/v1/board/cases/{}", case.number);
    world.anyone().get(&public).await.expect(200);
    let (status, _) = own(&world, &case, "revoke-consent", &key(), &json!({})).await;
    assert_eq!(status, 200);
    world.anyone().get(&public).await.problem(404);
    let again = desk.command(&case.number, "triage", triage).await;
    assert_eq!(again.problem(422), "invalid_fields");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_in_an_own_command_is_named_and_changes_nothing() {
    let world = World::start().await;
    let case = world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await;
    let too_many = vec![Upload::tiny().announcement(); 10];
    for (path, body, status) in [
        ("replies", json!({}), 400),
        ("replies", json!({"text": "\u{200b}"}), 400),
        ("replies", json!({"text": "a", "to": "b"}), 400),
        ("correct", json!({"text": "a".repeat(4_001)}), 400),
        ("withdraw", json!({"reason": 1}), 400),
        ("urge", json!({"often": true}), 400),
        ("photos", json!({"photos": []}), 400),
        ("photos", json!({"photos": too_many}), 400),
        (
            "photos",
            json!({"photos": [{"angle": "up", "bytes": 0}]}),
            400,
        ),
    ] {
        let (answered, problem) = own(&world, &case, path, &key(), &body).await;
        assert_eq!(answered, status, "{path} {body}: {problem}");
        assert!(
            !problem["errors"].as_array().unwrap().is_empty(),
            "{problem}"
        );
    }
    let forged = Case {
        token: format!("{}x", case.token),
        ..case.clone()
    };
    let (status, _) = own(&world, &forged, "urge", &key(), &json!({})).await;
    assert_eq!(status, 401);
    assert!(kinds(&world, &case).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn photos_are_added_later_and_a_refused_one_is_sent_anew() {
    let world = World::start().await;
    let case = world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await;
    let (photo, broken) = (Upload::tiny(), b"this is no picture at all".as_slice());
    let announced = json!({"photos": [photo.announcement(),
        {"angle": "detail", "content_type": "image/png", "bytes": broken.len()}]});
    let (status, answer) = own(&world, &case, "photos", &key(), &announced).await;
    assert_eq!(status, 200);
    world
        .upload(&answer["uploads"][0], &photo.jpeg)
        .await
        .expect(200);
    world
        .upload(&answer["uploads"][1], broken)
        .await
        .expect(200);
    world.settle().await;
    let states = |mine: &Value| {
        let photos = mine["photos"].as_array().unwrap().clone();
        photos
            .iter()
            .map(|photo| photo["state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(states(&world.follow(&case).await), ["ready", "rejected"]);

    let once = key();
    let one = json!({"photos": [photo.announcement()]});
    let (_, first) = own(&world, &case, "photos", &once, &one).await;
    let (_, again) = own(&world, &case, "photos", &once, &one).await;
    for answer in [&first, &again] {
        assert_eq!(
            answer["uploads"][0]["number"], 1,
            "the refused number comes back"
        );
    }
    world
        .upload(&again["uploads"][0], &photo.jpeg)
        .await
        .expect(200);
    world.settle().await;
    assert_eq!(states(&world.follow(&case).await), ["ready", "ready"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_script_a_photo_goes_from_a_form_straight_to_the_bucket() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let form = browser.open("/report").await;
    let report = [
        ("idempotency_key", &*form.hidden("idempotency_key")),
        ("text", "路灯不亮"),
        ("community", "xianggang-huayuan"),
    ];
    let sent = browser.submit("/report", &report).await;
    let case = browser.open(sent.location()).await;
    let path = sent.location().split('?').next().unwrap();
    let announced = [
        ("idempotency_key", &*key()),
        ("photos[0].angle", "detail"),
        ("photos[0].content_type", "image/jpeg"),
        ("photos[0].bytes", &*case.hidden("photos[0].bytes")),
    ];
    let added = browser.submit(&format!("{path}/photos"), &announced).await;
    assert_eq!(added.status, 303, "{added:?}");
    let upload = browser.open(added.location()).await;
    let (_, action) = upload
        .text
        .split_once("<form method=\"post\" action=\"")
        .unwrap();
    let action = action.split('"').next().unwrap();
    assert!(
        upload
            .header("content-security-policy")
            .contains(action.trim_end_matches('/').rsplit_once('/').unwrap().0)
    );
    let fields = [
        "key",
        "success_action_redirect",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "policy",
        "x-amz-signature",
    ];
    let filled = |changed: &str, value: &str| {
        let mut form = Form::new();
        for name in fields {
            let kept = upload.hidden(name);
            form = form.text(
                name,
                if name == changed {
                    value.to_owned()
                } else {
                    kept
                },
            );
        }
        if upload.text.contains("x-amz-security-token") {
            form = form.text(
                "x-amz-security-token",
                upload.hidden("x-amz-security-token"),
            );
        }
        form
    };
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let post = |form: Form, file: Vec<u8>| {
        let form = form.part("file", Part::bytes(file).file_name("IMG_0001.JPG"));
        http.post(action).multipart(form).send()
    };
    let jpeg = Upload::tiny().jpeg;
    let large = vec![0_u8; 10 * 1024 * 1024 + 1];
    for (changed, value, file) in [
        ("key", "shinan/K7M39QXD/0", jpeg.clone()),
        ("x-amz-signature", &*"0".repeat(64), jpeg.clone()),
        (
            "success_action_redirect",
            "https://evil.example/",
            jpeg.clone(),
        ),
        ("", "", large),
    ] {
        let refused = post(filled(changed, value), file).await.unwrap();
        assert!(refused.status().is_client_error(), "{changed}: {refused:?}");
    }
    let taken = post(filled("", ""), jpeg).await.unwrap();
    assert_eq!(taken.status(), 303, "{:?}", taken.text().await);
    let back = taken.headers()["location"].to_str().unwrap();
    assert!(back.contains(path), "{back}");
    world.settle().await;
    let case = browser.open(path).await;
    assert!(case.text.contains("<img src=\"http"), "{case:?}");
    // What is there already is not uploaded again.
    let over = browser.open(added.location()).await;
    assert_eq!((over.status, over.location()), (303, path));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_on_the_own_page_does_what_it_says_and_loses_no_words() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let form = browser.open("/report").await;
    let report = [
        ("idempotency_key", &*form.hidden("idempotency_key")),
        ("text", "路灯不亮"),
        ("community", "xianggang-huayuan"),
        ("consents.publish", "true"),
    ];
    let sent = browser.submit("/report", &report).await;
    let path = sent.location().split('?').next().unwrap().to_owned();
    let page = browser.open(&path).await;
    for action in ["reply", "photos", "urge", "correct", "private", "withdraw"] {
        assert!(
            page.text.contains(&format!("action=\"{path}/{action}\"")),
            "{action}"
        );
    }
    let empty = [("idempotency_key", &*key()), ("text", "")];
    let refused = browser.submit(&format!("{path}/reply"), &empty).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("role=\"alert\""), "{refused:?}");

    let once = key();
    let words = [("idempotency_key", &*once), ("text", "三号楼那一盏")];
    world.cloud.faults().add(
        Fault::new(Effect::Throttle)
            .table(world.cloud.table_name("CasesTable"))
            .times(u32::MAX),
    );
    let away = browser.submit(&format!("{path}/reply"), &words).await;
    assert_eq!(away.status, 503);
    assert!(away.text.contains("三号楼那一盏"), "{away:?}");
    assert_eq!(away.hidden("idempotency_key"), once);
    world.cloud.faults().clear();
    for _ in 0..2 {
        let done = browser.submit(&format!("{path}/reply"), &words).await;
        assert_eq!((done.status, done.location()), (303, &*path));
    }
    let page = browser.open(&path).await;
    assert_eq!(page.text.matches("三号楼那一盏").count(), 1);
    let urged = [("idempotency_key", &*key())];
    browser.submit(&format!("{path}/urge"), &urged).await;
    let page = browser.open(&path).await;
    assert!(
        !page.text.contains("/urge\""),
        "what is not possible is not shown"
    );
    let again = [("idempotency_key", &*key())];
    let refused = browser.submit(&format!("{path}/urge"), &again).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("今天已经催过了"));

    // Another browser has no right to any of it.
    let other = Browser::new(&world);
    let foreign = other.submit(&format!("{path}/withdraw"), &again).await;
    assert_eq!(foreign.status, 404);
    let unknown = browser.submit(&format!("{path}/close"), &again).await;
    assert_eq!(unknown.status, 404);
}
