//! What the service knows of a resident: seen, taken along, corrected and erased by them.

use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_tests::browser::Browser;
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, World};

const PHONE: &str = "13800001234";

async fn command(world: &World, case: &Case, path: &str, body: &Value) -> (u16, Value) {
    let caller = world.anyone().with("tracking-token", &case.token);
    let answer = caller.post(&format!("/v1/my/case/{path}"), body).await;
    (answer.status.as_u16(), answer.body)
}

async fn data(world: &World, case: &Case) -> Value {
    let caller = world.anyone().with("tracking-token", &case.token);
    caller.get("/v1/my/case/data").await.expect(200)
}

async fn contact(world: &World, case: &Case) -> Value {
    let path = format!("/v1/desk/cases/{}/contact", case.number);
    world.staff("wang.fang").get(&path).await.body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reporter_says_how_to_be_reached_changes_it_and_lets_it_be_erased() {
    let world = World::start().await;
    let body = report("楼道灯不亮", "xianggang-huayuan", "corridor-light");
    let case = world.reports(body, &[]).await;
    assert_eq!(data(&world, &case).await["has_contact"], false);
    let (status, refused) = command(&world, &case, "erase-contact", &json!({})).await;
    assert_eq!((status, &refused["code"]), (422, &json!("no_contact")));
    for (wrong, code) in [
        (json!({}), "required"),
        (json!({"name": "", "phone": null}), "required"),
        (json!({"phone": "以后再说"}), "not_a_phone"),
    ] {
        let (status, refused) = command(&world, &case, "contact", &wrong).await;
        assert_eq!((status, &refused["errors"][0]["code"]), (400, &json!(code)));
    }

    let set = json!({"name": "王阿姨", "phone": "138-0000-1234"});
    assert_eq!(command(&world, &case, "contact", &set).await.0, 200);
    assert_eq!(contact(&world, &case).await["phone"], "138-0000-1234");
    let only_phone = json!({"phone": PHONE});
    assert_eq!(command(&world, &case, "contact", &only_phone).await.0, 200);
    let seen = contact(&world, &case).await;
    assert_eq!(
        (&seen["phone"], &seen["name"]),
        (&json!(PHONE), &Value::Null)
    );
    let told = data(&world, &case).await;
    assert_eq!(told["has_contact"], true);
    assert!(
        !told.to_string().contains(PHONE),
        "who finds a slip learns no number"
    );

    assert_eq!(
        command(&world, &case, "erase-contact", &json!({})).await.0,
        200
    );
    let path = format!("/v1/desk/cases/{}/contact", case.number);
    assert_eq!(world.staff("wang.fang").get(&path).await.status, 404);
    let kept = json!(world.stored()).to_string();
    assert!(
        !kept.contains(PHONE) && !kept.contains("王阿姨"),
        "it is gone from every item"
    );
    let codes: Vec<_> = data(&world, &case).await["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes, ["contact_set", "contact_set", "contact_erased"]);
    // Also after the end of the case.
    assert_eq!(command(&world, &case, "contact", &only_phone).await.0, 200);
    assert_eq!(command(&world, &case, "withdraw", &json!({})).await.0, 200);
    assert_eq!(command(&world, &case, "contact", &only_phone).await.0, 422);
    assert_eq!(
        command(&world, &case, "erase-contact", &json!({})).await.0,
        200
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_my_data_shows_and_downloads_what_is_stored_to_its_reporter_alone() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let key = browser.open("/report").await.hidden("idempotency_key");
    let fields = [
        ("idempotency_key", &*key),
        ("text", "<b>路灯</b>不亮"),
        ("community", "xianggang-huayuan"),
        ("place.address", "东门外"),
        ("consents.publish", "true"),
    ];
    let sent = browser.submit("/report", &fields).await;
    let number = sent
        .location()
        .trim_start_matches("/my/")
        .split('?')
        .next()
        .unwrap();
    let case = browser.open(&format!("/my/{number}")).await;
    assert!(
        case.text.contains(&format!("href=\"/my/{number}/data\"")),
        "{case:?}"
    );
    let act = async |action: &str, fields: &[(&str, &str)]| {
        let key = Uuid::new_v4().to_string();
        let all = [&[("idempotency_key", &*key)], fields].concat();
        browser
            .submit(&format!("/my/{number}/{action}"), &all)
            .await
    };
    assert_eq!(act("contact", &[("phone", "later")]).await.status, 400);
    assert_eq!(
        act("contact", &[("phone", PHONE), ("name", "王")])
            .await
            .status,
        303
    );

    let page = browser.open(&format!("/my/{number}/data")).await;
    for shown in [
        "&lt;b&gt;路灯&lt;/b&gt;不亮",
        "东门外",
        "已保存",
        "居民留了联系方式",
    ] {
        assert!(page.text.contains(shown), "{shown}: {page:?}");
    }
    assert!(!page.text.contains(PHONE));
    let file = browser.open(&format!("/my/{number}/data?download=1")).await;
    assert!(file.header("content-disposition").starts_with("attachment"));
    let data: Value = serde_json::from_str(&file.text).unwrap();
    assert_eq!(
        (&data["address"], &data["consents"]["publish"]),
        (&json!("东门外"), &json!(true))
    );
    assert_eq!(act("erase-contact", &[]).await.status, 303);
    assert!(
        browser
            .open(&format!("/my/{number}/data"))
            .await
            .text
            .contains("没有保存")
    );

    let stranger = Browser::new(&world);
    for path in ["data", "data?download=1"] {
        assert_eq!(
            stranger.open(&format!("/my/{number}/{path}")).await.status,
            404
        );
    }
    let none = world.anyone().get("/v1/my/case/data").await;
    assert_eq!(none.status, 401);
}
