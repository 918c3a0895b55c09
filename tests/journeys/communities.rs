//! How a community presents itself on its pages, and who says so.

use jiff::SignedDuration;
use serde_json::{Value, json};
use zhitiao_tests::World;
use zhitiao_tests::browser::Browser;

const OPERATOR: &str = "he.lei";
const HOME: &str = "/communities/xianggang-huayuan";
const UNIT: &str = "/v1/directory/units/xianggang-huayuan";

fn garden(profile: &Value) -> Value {
    json!({
        "kind": "community", "name": {"zh": "香港花园社区", "en": "Hong Kong Garden Community"}, "parent": "badaguan",
        "profile": profile,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_shows_its_own_color_numbers_hours_words_and_categories() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let before = browser.open(HOME).await;
    assert!(before.text.contains("<h1>香港花园社区</h1>"), "{before:?}");
    assert!(before.text.contains("class=\"green\"") && before.text.contains("tel:12345"));

    let operator = world.staff(OPERATOR);
    let profile = json!({
        "color": "blue",
        "logo": "花园",
        "phones": [
            {"name": {"zh": "居委会", "en": "Office"}, "number": "（0532）8555 0000"},
            {"name": {"zh": "<b>电梯</b>急修", "en": "Lift repair"}, "number": "0532-85551111"},
        ],
        "hours": {"zh": "每天 8 点到 20 点", "en": "8 to 20 daily"},
        "welcome": {"zh": "有事您说话", "en": "Tell us"},
        "categories": ["manhole-cover"],
    });
    let done = operator
        .put(UNIT, Some(0), &garden(&profile))
        .await
        .expect(200);
    assert_eq!(done["profile"]["color"], "blue");
    let read = operator
        .get("/v1/directory/units?parent=badaguan")
        .await
        .expect(200);
    let units = read["units"].as_array().unwrap();
    let unit = units
        .iter()
        .find(|unit| unit["id"] == "xianggang-huayuan")
        .unwrap();
    assert_eq!(unit["profile"]["hours"]["en"], "8 to 20 daily");

    let later = world.cloud.now() + SignedDuration::from_secs(61);
    assert!(world.cloud.advance_to(later).await.unwrap().settled);
    it_shows_its_own(&browser).await;

    let stranger = Browser::new(&world);
    assert!(stranger.open("/").await.text.contains("class=\"green\""));
    for path in [
        "/communities/nowhere",
        "/communities/badaguan",
        "/communities/%00",
    ] {
        assert_eq!(stranger.open(path).await.status, 404, "{path}");
    }
}

/// The pages of the community show its profile, the browser remembers it, and other communities show their own.
async fn it_shows_its_own(browser: &Browser<'_>) {
    let after = browser.open(HOME).await;
    for shown in [
        "class=\"blue\"",
        ">花园</text>",
        "tel:053285550000",
        "每天 8 点到 20 点",
        "有事您说话",
        "&lt;b&gt;电梯&lt;/b&gt;急修",
        "href=\"/board/xianggang-huayuan\"",
    ] {
        assert!(after.text.contains(shown), "{shown}: {after:?}");
    }
    assert!(!after.text.contains("tel:12345"));
    // The browser remembers it: the first page is this one, and the form begins with this community.
    let home = browser.open("/").await;
    assert!(home.text.contains("<h1>香港花园社区</h1>"), "{home:?}");
    let form = browser.open("/report").await;
    assert!(
        form.text
            .contains("<option value=\"xianggang-huayuan\" selected>")
    );
    assert!(
        form.text.contains("value=\"manhole-cover\"")
            && !form.text.contains("value=\"street-lamp\"")
    );
    // Another community shows its own.
    let other = browser.open("/communities/huiquan").await;
    assert!(other.text.contains("class=\"green\"") && other.text.contains("tel:12345"));
}
