//! A dependency is away: callers are told so in time, and the first request after it is back is served.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_local::{Effect, Fault};
use zhitiao_tests::{Case, World};

use super::support::{LONGEST_ANSWER, PROMISED_ANSWER, district, numbered};

/// Processes that a function has at most in the local cloud.
const AT_ONCE: usize = 4;

/// One request for every way in which the HTTP functions use the table.
fn requests(world: &World, case: &Case) -> Vec<reqwest::RequestBuilder> {
    let staff = world.cloud.staff_token("wang.fang", "shinan");
    let desk = |method: Method, path: &str| world.request(method, path).bearer_auth(&staff);
    let number = &case.number;
    let post = |request: reqwest::RequestBuilder, body: &Value| {
        request
            .header("idempotency-key", Uuid::new_v4().to_string())
            .header("if-match", "\"1\"")
            .json(body)
    };
    let photo = json!({"angle": "front", "content_type": "image/jpeg", "bytes": 1000});
    let triage = json!({"category": "handrail", "publish": true});
    let mut filed = numbered(2, true);
    filed["channel"] = "phone".into();
    let command = |verb: &str| desk(Method::POST, &format!("/v1/desk/cases/{number}/{verb}"));
    vec![
        post(
            world.request(Method::POST, "/v1/reports"),
            &numbered(0, false),
        ),
        post(
            world.request(Method::POST, "/v1/reports"),
            &numbered(1, true),
        ),
        post(desk(Method::POST, "/v1/desk/reports"), &filed),
        post(command("triage"), &triage),
        post(command("photos"), &photo),
        desk(Method::GET, "/v1/desk/queue"),
        desk(Method::GET, "/v1/desk/inbox"),
        desk(Method::GET, &format!("/v1/desk/cases/{number}")),
        desk(Method::GET, &format!("/v1/desk/cases/{number}/contact")),
        world.request(Method::GET, "/v1/board/cases?community=xianggang-huayuan"),
        world
            .request(Method::GET, "/v1/my/case")
            .header("tracking-token", &case.token),
    ]
}

/// Sends a request, and checks that it is told in time to come back later; answers how long that took.
async fn refusal(request: &reqwest::RequestBuilder) -> Duration {
    let begun = Instant::now();
    let answer = request.try_clone().unwrap().send().await.unwrap();
    let took = begun.elapsed();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body: Value = answer.json().await.unwrap();
    let code = &body["code"];
    assert_eq!((status, code), (503, &json!("unavailable")), "{request:?}");
    assert!(headers.contains_key("retry-after"), "{request:?}");
    assert!(took < LONGEST_ANSWER, "{took:?}: {request:?}");
    took
}

/// Sends all requests while the table is away, then one by one when it is back.
async fn away(effect: Effect) {
    let world = district().await;
    let case = world.reports(numbered(9, true), &[]).await;
    world.settle().await;
    let before = world.stored();
    world.cloud.faults().add(
        Fault::new(effect)
            .table(world.cloud.table_name("CasesTable"))
            .times(u32::MAX),
    );
    let requests = requests(&world, &case);
    // As many at once as the functions have processes: no caller waits for another.
    let took: Vec<_> = futures_util::stream::iter(&requests)
        .map(refusal)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    // All end by the same time limit; the quickest shows it without what the machine had to do besides.
    assert!(
        took.iter().min() < Some(&PROMISED_ANSWER),
        "every answer took longer than was promised: {took:?}"
    );
    assert_eq!(world.stored(), before);

    world.cloud.faults().clear();
    for request in requests {
        let shown = format!("{request:?}");
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{} {shown}", answer.status());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_does_not_answer_is_503_in_time_and_everything_works_at_once_after() {
    away(Effect::Hang).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_breaks_every_connection_is_503_and_everything_works_at_once_after() {
    away(Effect::Drop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_refuses_for_traffic_is_503_and_everything_works_at_once_after() {
    away(Effect::Throttle).await;
}

/// The directory is read again every minute: away, it delays no caller longer than the table does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_does_not_answer_is_503_in_time() {
    let world = district().await;
    let warm = world.anyone().get("/v1/categories").await;
    warm.expect(200);
    world.wait_until("2026-11-23T09:02:00+08:00").await;
    world.cloud.faults().add(
        Fault::new(Effect::Hang)
            .table(world.cloud.table_name("DirectoryTable"))
            .times(u32::MAX),
    );
    let begun = Instant::now();
    let answer = world
        .anyone()
        .post("/v1/reports", &numbered(0, false))
        .await;
    assert_eq!(answer.problem(503), "unavailable");
    assert!(begun.elapsed() < LONGEST_ANSWER, "{:?}", begun.elapsed());

    world.cloud.faults().clear();
    let answer = world
        .anyone()
        .post("/v1/reports", &numbered(0, false))
        .await;
    answer.expect(201);
}
