//! Forms that no page of ours sends: each is answered by a page that says what is wrong, and changes nothing.

use reqwest::Method;
use uuid::Uuid;
use zhitiao_tests::World;
use zhitiao_tests::browser::{Browser, Page};

const SCRIPT: &str = "\"><script>alert(1)</script>";

/// A sound form in which one field is another; each is one that the reader refuses.
fn wrong_fields() -> Vec<(&'static str, String)> {
    let long = |chars: usize| "长".repeat(chars);
    vec![
        ("text", String::new()),
        ("text", "\u{200b}\u{3164}".to_owned()),
        ("text", long(4001)),
        ("community", String::new()),
        ("community", "badaguan".to_owned()),
        ("community", SCRIPT.to_owned()),
        ("community", "../xianggang-huayuan".to_owned()),
        ("category", SCRIPT.to_owned()),
        ("category", "no-such-category".to_owned()),
        ("place.address", long(201)),
        ("place.point.latitude", "36.06".to_owned()),
        ("place.point", "36.06,120.38".to_owned()),
        ("place.code", "K7M3-9QXD-4".to_owned()),
        ("place.code", "K7M3-9QXD-5".to_owned()),
        ("place.code", SCRIPT.to_owned()),
        ("place.code", "../places".to_owned()),
        ("consents.notice", "00000000".to_owned()),
        ("consents.notice", "+1234567".to_owned()),
        ("consents.notice", SCRIPT.to_owned()),
        ("contact.phone", "call me".to_owned()),
        ("contact.phone", SCRIPT.to_owned()),
        ("contact.name", long(41)),
        ("contact", "刘阿姨".to_owned()),
        ("consents.publish", "perhaps".to_owned()),
        ("consents", "true".to_owned()),
        ("photos[0].angle", "below".to_owned()),
        ("photos[0].bytes", "-1".to_owned()),
        ("photos[99].bytes", "1".to_owned()),
        ("photos", "9".to_owned()),
        ("channel", "wechat".to_owned()),
        ("on_behalf_by", "wang.fang".to_owned()),
        ("role", "admin".to_owned()),
        (SCRIPT, "1".to_owned()),
        ("__proto__.x", "1".to_owned()),
        ("idempotency_key", String::new()),
        ("idempotency_key", "1".to_owned()),
        ("idempotency_key", Uuid::nil().to_string()),
        ("idempotency_key", SCRIPT.to_owned()),
    ]
}

fn with<'f>(key: &'f str, name: &'f str, value: &'f str) -> Vec<(&'f str, &'f str)> {
    let sound = [
        ("idempotency_key", key),
        ("text", "路灯不亮"),
        ("community", "xianggang-huayuan"),
    ];
    let others = sound.into_iter().filter(|(known, _)| *known != name);
    others.chain([(name, value)]).collect()
}

#[track_caller]
fn is_refused(page: &Page, what: &str) {
    assert!((400..500).contains(&page.status), "{what}: {page:?}");
    assert!(page.text.starts_with("<!DOCTYPE html>"), "{what}: {page:?}");
    assert!(!page.text.contains("<script>"), "{what}: {page:?}");
    assert_eq!(page.header("set-cookie"), "", "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_form_gets_a_page_that_refuses_it_and_changes_nothing() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let before = world.stored();
    let key = Uuid::new_v4().to_string();
    for (name, value) in wrong_fields() {
        let page = browser.submit("/report", &with(&key, name, &value)).await;
        is_refused(&page, &format!("{name}={value:.40}"));
    }
    let raw = |media: &str, body: Vec<u8>| {
        let request = browser.request(Method::POST, "/report");
        browser.send(request.header("content-type", media).body(body))
    };
    let form = "application/x-www-form-urlencoded";
    let deep = format!("idempotency_key={key}&{}=1", "a.".repeat(120_000));
    let lists = format!(
        "idempotency_key={key}&{}",
        "photos[0].a[0].b=1&".repeat(5_000)
    );
    for (media, body) in [
        (form, deep.into_bytes()),
        (form, lists.into_bytes()),
        (form, b"text=%ff%fe&community=%".to_vec()),
        (form, vec![0; 1000]),
        (form, vec![b'='; 200_000]),
        (form, vec![b'a'; 10 << 20]),
        ("text/plain", b"text=a".to_vec()),
        ("application/json", b"{}".to_vec()),
        ("multipart/form-data; boundary=b", b"--b--".to_vec()),
        ("", b"text=a".to_vec()),
    ] {
        let what = format!("{media} {:.20}", String::from_utf8_lossy(&body));
        is_refused(&raw(media, body).await, &what);
    }
    let nothing = browser
        .submit("/report", &[("text", ""), ("community", "x")])
        .await;
    for field in ["idempotency-key", "text", "community"] {
        let link = format!("<a href=\"#{field}\">");
        assert!(nothing.text.contains(&link), "{field}: {nothing:?}");
    }
    let sound = with(&key, "category", "");
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("referer", "https://evil.example/report"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request = browser.form("/report", &sound).header(header, value);
        is_refused(&browser.send(request).await, header);
    }
    assert_eq!(world.stored(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_cookie_or_code_opens_nothing_and_a_used_key_no_second_case() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let key = Uuid::new_v4().to_string();
    let sent = browser.submit("/report", &with(&key, "category", "")).await;
    let address = sent.location().split('?').next().unwrap().to_owned();
    let other = with(&key, "text", "别的事");
    let page = Browser::new(&world).submit("/report", &other).await;
    is_refused(&page, "a key that was used for another report");
    assert_eq!(world.heads().len(), 1);

    let stranger = Browser::new(&world);
    for token in [
        "",
        "x",
        SCRIPT,
        "K7M39QXD.1.AAAAAAAAAAAAAAAAAAAAAA",
        "K7M39QXD.1.",
    ] {
        let page = stranger.submit("/my", &[("token", token)]).await;
        is_refused(&page, token);
        let cookie = stranger.request(Method::GET, &address);
        let page = stranger
            .send(cookie.header("cookie", format!("cases={token}")))
            .await;
        assert_eq!(page.status, 303, "{token}: {page:?}");
    }
    for path in [
        "/my/..%2f..",
        "/my/0000-0000-0",
        "/cases/0000-0000-0",
        "/board/no-such-community",
        "/board/%3Cscript%3E",
        "/board/xianggang-huayuan?cursor=forged",
        "/assets/..%2fsite.css",
        "/assets/site.js",
        "/report/x",
    ] {
        let page = stranger.open(path).await;
        let page = match page.status {
            303 => stranger.open(page.location()).await,
            _ => page,
        };
        is_refused(&page, path);
    }
}

/// The forms of an own case, by the end of their address.
const ACTIONS: [&str; 10] = [
    "reply",
    "photos",
    "urge",
    "correct",
    "confirm",
    "object",
    "contact",
    "erase-contact",
    "private",
    "withdraw",
];

/// Reports, and answers the number of the case.
async fn reported(browser: &Browser<'_>, words: &str) -> String {
    let key = Uuid::new_v4().to_string();
    let sent = browser.submit("/report", &with(&key, "text", words)).await;
    assert_eq!(sent.status, 303, "{sent:?}");
    let path = sent.location().trim_start_matches("/my/");
    path.split('?').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_of_a_case_refuses_strangers_other_sites_and_what_is_no_form() {
    const WORDS: &str = "旧灯塔下面的台阶断了";
    let world = World::start().await;
    let (victim, attacker) = (Browser::new(&world), Browser::new(&world));
    let stranger = Browser::new(&world);
    let number = reported(&victim, WORDS).await;
    reported(&attacker, "路灯不亮").await;
    world.settle().await;
    let before = world.stored();
    for action in ACTIONS {
        let path = format!("/my/{number}/{action}");
        let key = Uuid::new_v4().to_string();
        let fields = [("idempotency_key", &*key), ("text", "改一下")];
        let form = || victim.form(&path, &fields);
        let raw = |media: &str, body: &'static str| {
            let request = victim.request(Method::POST, &path);
            request.header("content-type", media).body(body)
        };
        let hidden = [
            ("no cookie", stranger.form(&path, &fields)),
            ("a foreign token", attacker.form(&path, &fields)),
            (
                "another site",
                form().header("origin", "https://evil.example"),
            ),
            ("no origin to speak of", form().header("origin", "null")),
            ("JSON", raw("application/json", "{\"text\":\"x\"}")),
            ("plain text", raw("text/plain", "text=x")),
        ];
        for (what, request) in hidden {
            let page = stranger.send(request).await;
            is_refused(&page, &format!("{action}, {what}"));
            assert!(!page.text.contains(WORDS), "{action}, {what}: {page:?}");
        }
        // Their own form comes back with their own words, and says what is wrong.
        let unknown = [("idempotency_key", &*key), ("role", "admin")];
        for (what, request) in [
            ("no key", victim.form(&path, &[("text", "改一下")])),
            ("an unknown field", victim.form(&path, &unknown)),
            ("another version of HTTP's verbs", raw("", "_method=DELETE")),
        ] {
            is_refused(&stranger.send(request).await, &format!("{action}, {what}"));
        }
    }
    assert_eq!(world.stored(), before);
}
