//! What is private stays private: contact details, unpublished cases, tokens and cursors.

use reqwest::Method;
use serde_json::{Value, json};
use zhitiao_tests::browser::Browser;
use zhitiao_tests::people::with_channels;
use zhitiao_tests::receiver::Receiver;
use zhitiao_tests::story::report;
use zhitiao_tests::world::options;
use zhitiao_tests::{Caller, Case, World, description};

/// A name and a number that occur nowhere else: a reader of one has seen the reporter's contact details.
const NAME: &str = "金丝雀女士";
const PHONE: &str = "13912345670";

/// One person per role and unit, and one from next door.
const EVERYBODY: [&str; 16] = [
    "zhao.min",
    "wang.fang",
    "zhang.wei",
    "li.jianguo",
    "chen.jing",
    "liu.yang",
    "sun.zhiqiang",
    "zhou.haiyan",
    "yu.yongfu",
    "deng.shumin",
    "wang.li",
    "zhang.lina",
    "han.wen",
    "wu.xin",
    "he.lei",
    "cao.yutong",
];

fn with_contact(text: &str, publish: bool) -> Value {
    let mut body = report(text, "xianggang-huayuan", "handrail");
    body["contact"] = json!({"name": NAME, "phone": PHONE});
    body["consents"]["publish"] = json!(publish);
    body
}

#[track_caller]
fn assert_silent(what: &str, text: &str) {
    // Also as JSON escapes it, and without the last digits.
    for canary in [NAME, "\\u91d1\\u4e1d\\u96c0", PHONE, &PHONE[..7]] {
        assert!(!text.contains(canary), "{what} tells {canary}: {text}");
    }
}

/// Every route that reads, with the case's number filled in; the one that opens contact details aside.
fn reading_routes(case: &Case) -> Vec<String> {
    let described = serde_json::to_value(description::openapi()).unwrap();
    let paths = described["paths"].as_object().unwrap().iter();
    let reading =
        paths.filter(|(path, item)| !item["get"].is_null() && !path.ends_with("/contact"));
    let routes: Vec<String> = reading
        .map(|(path, _)| path.replace("{number}", &case.number))
        .collect();
    assert!(routes.len() >= 10, "{routes:?}");
    let board = routes.iter().map(|path| match path.as_str() {
        "/v1/board/cases" => format!("{path}?community=xianggang-huayuan"),
        _ => path.clone(),
    });
    board.collect()
}

async fn assert_no_answer_tells(world: &World, case: &Case, caller: &Caller<'_>, who: &str) {
    for path in reading_routes(case) {
        let answer = caller.get(&path).await;
        assert!(!answer.status.is_server_error(), "{who} {path}");
        assert_silent(&format!("{who} {path}"), &answer.body.to_string());
    }
    let unknown = world.anyone().get("/v1/nothing").await;
    assert_eq!(unknown.problem(404), "not_found");
}

/// Not even the reporter's own browser is shown the contact details again.
async fn assert_no_page_tells(world: &World, case: &Case) {
    let browser = Browser::new(world);
    let followed = browser.submit("/my", &[("token", &case.token)]).await;
    assert_eq!(followed.status, 303, "{followed:?}");
    let number = &case.number;
    let own = [format!("/my/{number}"), format!("/cases/{number}")];
    for path in own
        .iter()
        .map(String::as_str)
        .chain(["/my", "/board/xianggang-huayuan"])
    {
        let page = browser.open(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_silent(path, &page.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contact_details_are_nowhere_but_behind_their_own_door() {
    // Given a unit with a webhook, and functions that log all they can.
    let receiver = Receiver::start().await;
    let hook = json!({"url": receiver.url, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    let channels =
        json!({"webhooks": {"badaguan": hook, "xianggang-huayuan": hook, "housing": hook}});
    let options = with_channels(options(), &channels).parameter("LogLevel", "debug");
    let world = World::start_with(
        options
            .parameter("RouteRate", "1000")
            .parameter("RouteBurst", "1000"),
    )
    .await;

    // When a case with contact details lives through everything that a case can.
    let case = world.reports(with_contact("楼道扶手断了", true), &[]).await;
    let number = case.number.as_str();
    let mut answers = vec![case.receipt.clone()];
    for (person, verb, body) in [
        (
            "wang.fang",
            "triage",
            json!({"category": "handrail", "publish": true}),
        ),
        ("wang.fang", "assign", json!({"unit": "xianggang-huayuan"})),
        ("zhang.wei", "return", json!({"reason": "需专业施工"})),
        ("wang.fang", "assign", json!({"unit": "badaguan"})),
        ("liu.yang", "escalate", json!({"reason": "房屋维修"})),
        ("zhang.lina", "accept", json!({})),
        (
            "zhang.lina",
            "notes",
            json!({"text": "周五上门", "to": "resident"}),
        ),
    ] {
        answers.push(
            world
                .staff(person)
                .command(number, verb, body)
                .await
                .expect(200),
        );
    }
    world.wait_until("2026-12-08T09:00:00+08:00").await;
    let readers = read_contacts(&world, &case).await;
    read_the_log(&world, &case, readers).await;

    // Then nobody else was ever told: no caller, no colleague's inbox, no board, no machine, no log.
    for answer in &answers {
        assert_silent("a command's answer", &answer.to_string());
    }
    let resident = world.anyone().with("tracking-token", &case.token);
    assert_no_answer_tells(&world, &case, &resident, "the reporter").await;
    assert_no_answer_tells(&world, &case, &world.anyone(), "anybody").await;
    assert_no_page_tells(&world, &case).await;
    for person in EVERYBODY {
        assert_no_answer_tells(&world, &case, &world.staff(person), person).await;
    }
    let seen = receiver.seen();
    assert!(seen.len() > 10, "the webhooks were used");
    for message in seen {
        assert_silent("a webhook", &format!("{message:?}"));
    }
    for function in world.cloud.functions() {
        let lines = world.cloud.logs(function).join("\n");
        assert!(!lines.is_empty(), "{function} logs");
        assert_silent(function, &lines);
        assert!(
            !lines.contains(&case.token),
            "{function} logs a tracking token"
        );
    }
    assert_stored_in_one_place(&world, &case, readers);
}

/// Everybody tries the door; answers how many readings were allowed.
async fn read_contacts(world: &World, case: &Case) -> usize {
    let path = format!("/v1/desk/cases/{}/contact", case.number);
    assert_eq!(world.anyone().get(&path).await.status, 401);
    let mut allowed = Vec::new();
    for person in EVERYBODY {
        let answer = world.staff(person).get(&path).await;
        match answer.status.as_u16() {
            200 => {
                let dialed = PHONE.replace(' ', "");
                let contact = json!({"name": NAME, "phone": PHONE, "phone_dialed": dialed});
                assert_eq!(answer.body, contact);
                allowed.push(person);
            }
            403 | 404 => assert_silent(person, &answer.body.to_string()),
            other => panic!("{person}: {other}"),
        }
    }
    // Those who deal cases out, those who answer for them, and those who have this one now.
    let expected = [
        "wang.fang",
        "li.jianguo",
        "chen.jing",
        "sun.zhiqiang",
        "deng.shumin",
        "wang.li",
        "zhang.lina",
        "wu.xin",
    ];
    assert_eq!(allowed, expected);
    allowed.len()
}

/// Who leads reads who opened the door, page by page, and nobody else does.
async fn read_the_log(world: &World, case: &Case, readers: usize) {
    let path = format!("/v1/desk/cases/{}/contact/readings", case.number);
    assert_eq!(world.anyone().get(&path).await.status, 401);
    let mut allowed = Vec::new();
    for person in EVERYBODY {
        let answer = world.staff(person).get(&path).await;
        match answer.status.as_u16() {
            200 => {
                let readings = answer.body["readings"].as_array().unwrap();
                assert_eq!(readings.len(), readers);
                allowed.push(person);
            }
            403 | 404 => {}
            other => panic!("{person}: {other}"),
        }
    }
    let leaders = ["li.jianguo", "sun.zhiqiang", "zhou.haiyan", "han.wen"];
    assert_eq!(allowed, leaders);
    let leader = world.staff("zhou.haiyan");
    let (mut seen, mut next) = (Vec::new(), path.clone() + "?limit=3");
    loop {
        let page = leader.get(&next).await.expect(200);
        let readings = page["readings"].as_array().unwrap();
        seen.extend(
            readings
                .iter()
                .map(|one| one["by"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        next = format!("{path}?limit=3&cursor={cursor}");
    }
    assert_eq!(seen.len(), readers);
    assert_eq!(
        seen.first().map(String::as_str),
        Some("wu.xin"),
        "newest first"
    );
    let theirs = world.staff("han.wen").get(&next).await;
    assert_eq!(theirs.problem(400), "invalid_cursor");
}

fn assert_stored_in_one_place(world: &World, case: &Case, readers: usize) {
    let door = format!("shinan#CONTACT#{}", case.id());
    let (private, rest): (Vec<_>, Vec<_>) = world
        .stored()
        .into_iter()
        .partition(|item| item["pk"] == door.as_str());
    for item in rest {
        assert_silent("an item", &item.to_string());
    }
    let readings: Vec<_> = private
        .iter()
        .filter(|item| item["sk"].as_str().unwrap().starts_with("READ#"))
        .collect();
    assert_eq!(
        readings.len(),
        readers,
        "every reading is logged, and no refused one"
    );
    assert!(
        readings
            .iter()
            .any(|reading| reading["by"] == "zhang.lina" && reading["unit"] == "housing")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_anonymous_report_has_no_contact_to_open() {
    let world = World::start().await;
    let case = world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await;
    let desk = world.staff("wang.fang");
    assert_eq!(desk.case(&case.number).await["has_contact"], false);
    let door = desk
        .get(&format!("/v1/desk/cases/{}/contact", case.number))
        .await;
    assert_eq!(door.problem(404), "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_on_the_board_only_when_the_reporter_agreed_and_the_desk_published_it() {
    let world = World::start().await;
    let desk = world.staff("wang.fang");
    let on_board = async |case: &Case| {
        let one = world
            .anyone()
            .get(&format!("/v1/board/cases/{}", case.number))
            .await;
        let all = world
            .anyone()
            .get("/v1/board/cases?community=xianggang-huayuan")
            .await
            .expect(200);
        let listed = all.to_string().contains(&case.number);
        assert_eq!(one.status == 200, listed);
        if !listed {
            assert_eq!(one.problem(404), "not_found");
        }
        listed
    };
    let triage = |publish: bool| json!({"category": "handrail", "publish": publish});
    let private = world.reports(with_contact("扶手断了", false), &[]).await;
    let refused = desk
        .command(&private.number, "triage", triage(true))
        .await
        .expect(422);
    assert_eq!(
        (
            &refused["errors"][0]["field"],
            &refused["errors"][0]["code"]
        ),
        (&json!("publish"), &json!("no_consent"))
    );
    desk.command(&private.number, "triage", triage(false))
        .await
        .expect(200);
    assert!(!on_board(&private).await);
    assert_eq!(world.follow(&private).await["published"], false);

    let public = world.reports(with_contact("扶手断了", true), &[]).await;
    assert!(!on_board(&public).await, "review first, then public");
    desk.command(&public.number, "triage", triage(true))
        .await
        .expect(200);
    assert!(on_board(&public).await);

    // What colleagues write among themselves is not part of what became public.
    let inner = json!({"text": "该户情况特殊", "to": "internal"});
    desk.command(&public.number, "notes", inner)
        .await
        .expect(200);
    let shown = world
        .anyone()
        .get(&format!("/v1/board/cases/{}", public.number))
        .await
        .expect(200);
    assert!(!shown.to_string().contains("该户情况特殊"));
    assert!(
        !world
            .follow(&public)
            .await
            .to_string()
            .contains("该户情况特殊")
    );

    // A second thought takes it back.
    desk.command(&public.number, "triage", triage(false))
        .await
        .expect(200);
    assert!(!on_board(&public).await);
    assert_eq!(
        world.follow(&public).await["number"],
        public.number.as_str()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_its_own_case_and_no_changed_one_opens_any() {
    let world = World::start().await;
    let case = world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
        .await;
    let other = world
        .reports(report("垃圾堆积", "xianggang-huayuan", "litter"), &[])
        .await;
    let open = async |token: &str| {
        world
            .anyone()
            .with("tracking-token", token)
            .get("/v1/my/case")
            .await
    };
    assert_eq!(
        open(&case.token).await.expect(200)["number"],
        case.number.as_str()
    );

    let mac = case.token.rsplit('.').next().unwrap();
    let (first, rest) = mac.split_at(1);
    let turned = if first == "A" { "B" } else { "A" };
    for forged in [
        String::new(),
        case.number.clone(),
        case.id(),
        format!("{}.1.{mac}", other.id()),
        format!("{}.2.{mac}", case.id()),
        format!("{}.01.{mac}", case.id()),
        format!("{}.1.{turned}{rest}", case.id()),
        format!("{}.1.", case.id()),
        case.token[..case.token.len() - 1].to_owned(),
        format!("{}x", case.token),
        "A".repeat(4000),
    ] {
        let refused = open(&forged).await;
        let code = refused.problem(401);
        assert!(code.starts_with("tracking_token_"), "{forged}: {code}");
    }
    let missing = world.anyone().get("/v1/my/case").await;
    assert_eq!(missing.problem(401), "tracking_token_required");
    // It is a key for residents and opens nothing at the desk; the desk's token opens nothing here.
    let path = format!("/v1/desk/cases/{}", case.number);
    assert_eq!(
        world
            .anyone()
            .with("tracking-token", &case.token)
            .get(&path)
            .await
            .status,
        401
    );
    let bearer = world.request(Method::GET, &path).bearer_auth(&case.token);
    assert_eq!(world.anyone().send(bearer).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_serves_the_caller_and_the_list_that_it_was_given_for() {
    let world = World::start().await;
    let desk = world.staff("chen.jing");
    for _ in 0..3 {
        let case = world
            .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &[])
            .await;
        let triage = json!({"category": "handrail", "publish": true});
        desk.command(&case.number, "triage", triage)
            .await
            .expect(200);
    }
    let queue = "/v1/desk/queue?unit=badaguan&limit=1";
    let board = "/v1/board/cases?community=xianggang-huayuan&limit=1";
    let cursor_of = |page: Value| page["next_cursor"].as_str().unwrap().to_owned();
    let mine = cursor_of(desk.get(queue).await.expect(200));
    let public = cursor_of(world.anyone().get(board).await.expect(200));

    let follow = |path: &str, cursor: &str| format!("{path}&cursor={cursor}");
    desk.get(&follow(queue, &mine)).await.expect(200);
    // How many rows a page has is not part of the question.
    desk.get(&follow("/v1/desk/queue?unit=badaguan&limit=2", &mine))
        .await
        .expect(200);
    world
        .anyone()
        .get(&follow(board, &public))
        .await
        .expect(200);

    let (first, rest) = mine.split_at(1);
    let turned = format!("{}{rest}", if first == "A" { "B" } else { "A" });
    let colleague = world.staff("sun.zhiqiang");
    for (caller, path) in [
        (&colleague, follow(queue, &mine)),
        (
            &desk,
            follow("/v1/desk/queue?unit=xianggang-huayuan&limit=1", &mine),
        ),
        (
            &desk,
            follow("/v1/desk/queue?unit=badaguan&limit=1&state=triaged", &mine),
        ),
        (&desk, follow(queue, &turned)),
        (&desk, follow(queue, &mine[..mine.len() - 4])),
        (&desk, follow(queue, &public)),
        (&world.anyone(), follow(board, &mine)),
        (
            &world.anyone(),
            follow("/v1/board/cases?community=hongdao-lu&limit=1", &public),
        ),
        (
            &world.anyone(),
            follow(
                "/v1/board/cases?community=xianggang-huayuan&month=202610&limit=1",
                &public,
            ),
        ),
        (&desk, follow(queue, "nonsense")),
    ] {
        assert_eq!(
            caller.get(&path).await.problem(400),
            "invalid_cursor",
            "{path}"
        );
    }
}
