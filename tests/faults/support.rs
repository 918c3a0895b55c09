//! A client that keeps trying, the faults that it meets, and what must be stored in the end.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;
use uuid::Uuid;
use zhitiao_local::{Effect, Fault, Service};
use zhitiao_tests::story::report;
use zhitiao_tests::{Answer, Caller, World, world};

/// How long a function takes to say that a dependency is away, at most.
pub(super) const PROMISED_ANSWER: Duration = Duration::from_secs(3);

/// The longest that a caller waits for it: what was promised, and what a busy machine adds.
pub(super) const LONGEST_ANSWER: Duration = Duration::from_secs(5);

/// How often a client sends one request before it gives up.
const TRIES: usize = 10;

/// Everything that can happen to a request, with how many requests in a row it happens to: 3 are all tries that one
/// call of the SDK makes.
pub(super) const EFFECTS: &[(Effect, u32)] = &[
    (Effect::Refuse, 1),
    (Effect::Refuse, 3),
    (Effect::Throttle, 1),
    (Effect::Throttle, 3),
    (Effect::Conflict, 1),
    (Effect::FailAfter, 1),
    (Effect::FailAfter, 3),
    (Effect::Drop, 1),
    (Effect::Drop, 3),
    (Effect::DropAfter, 1),
    (Effect::DropAfter, 3),
    (Effect::Hang, 1),
    (Effect::HangAfter, 1),
    (Effect::HangAfter, 3),
];

/// A district whose routes take as many requests as come.
pub(super) async fn district() -> World {
    let options = world::options()
        .parameter("RouteRate", "10000")
        .parameter("RouteBurst", "5000");
    World::start_with(options).await
}

/// A fault of the function's next requests of this operation.
pub(super) fn fault(function: &str, operation: &str, (effect, times): (Effect, u32)) -> Fault {
    let service = if operation.ends_with("MessageBatch") {
        Service::Sqs
    } else {
        Service::Dynamodb
    };
    Fault::new(effect)
        .on(service)
        .caller(function)
        .operation(operation)
        .times(times)
}

/// Whether a client tries again after this answer: with the same key it may, whatever happened.
fn is_temporary(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// Posts under one key until the answer is final, as clients are told to do; answers `None` when they give up.
pub(super) async fn persist(
    caller: &Caller<'_>,
    path: &str,
    key: Uuid,
    body: &Value,
) -> Option<Answer> {
    for _ in 0..TRIES {
        let begun = Instant::now();
        let answer = caller.post_with_key(path, &key.to_string(), body).await;
        assert!(begun.elapsed() < LONGEST_ANSWER, "{:?}", begun.elapsed());
        if !is_temporary(answer.status) {
            return Some(answer);
        }
    }
    None
}

/// A resident's report, by its number.
pub(super) fn numbered(number: usize, with_contact: bool) -> Value {
    let text = format!("第{number}号路灯不亮");
    let mut body = report(&text, "xianggang-huayuan", "handrail");
    if with_contact {
        body["contact"] = serde_json::json!({"phone": format!("1380000{number:04}")});
    }
    body
}

/// The inbox messages of a code about a case, by unit and event: each of these must be told once.
pub(super) fn told(world: &World, code: &str) -> Vec<(String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = world.stored();
    let messages = items.iter().filter(|item| item["code"] == code);
    let mut told: Vec<_> = messages
        .map(|item| {
            let event = item["event"].as_u64().unwrap_or_default();
            (text(&item["pk"]), text(&item["case"]), event)
        })
        .collect();
    told.sort_unstable();
    told
}

/// Waits for something, at most a minute.
pub(super) async fn within_a_minute<T>(what: &str, wanted: impl Future<Output = T>) -> T {
    let wanted = tokio::time::timeout(Duration::from_mins(1), wanted).await;
    wanted.unwrap_or_else(|_| panic!("never happened: {what}"))
}

/// Kills the function's processes at the moment at which one of its requests meets the fault.
pub(crate) async fn kill_at(world: &World, fault: Fault) {
    let function = fault.caller.clone().unwrap_or_default();
    world.cloud.faults().add(fault);
    within_a_minute("the fault", world.cloud.faults().all_met()).await;
    assert!(world.cloud.kill_function(&function).await > 0);
}
