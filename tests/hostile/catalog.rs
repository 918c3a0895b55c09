//! Throws the catalog at a running district.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, World, world};

use super::routes::{Route, Setup};
use super::wire::{Raw, Reply};
use super::{bodies, credentials, headers, paths};

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many hostile requests come between two sound ones.
const BETWEEN_CANARIES: usize = 100;

/// A request that must be refused, and how.
#[derive(Debug)]
pub(super) struct Hostile {
    name: String,
    request: Raw,
    expected: Expected,
}

/// How a request is refused.
#[derive(Debug, Clone)]
pub(super) enum Expected {
    /// 400 `invalid_fields` with exactly these fields and codes.
    Fields(Vec<(String, String)>),
    /// A problem with this status and code.
    Problem(u16, &'static str),
    /// The gateway's own fixed answer with this status.
    Gateway(u16),
    /// Any 4xx, in our form or the gateway's.
    Refused,
}

impl Expected {
    pub(super) fn fields<'a>(faults: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let faults = faults.into_iter();
        let mut faults: Vec<_> = faults
            .map(|(field, code)| (field.to_owned(), code.to_owned()))
            .collect();
        faults.sort_unstable();
        Self::Fields(faults)
    }
}

impl Hostile {
    pub(super) fn new(name: impl Into<String>, request: Raw, expected: Expected) -> Self {
        Self {
            name: name.into(),
            request,
            expected,
        }
    }

    /// A body on a route, with everything else sound.
    pub(super) fn on(
        route: &Route,
        setup: &Setup,
        what: &str,
        body: impl Into<Vec<u8>>,
        expected: Expected,
    ) -> Self {
        let name = format!("{}: {what}", route.path);
        Self::new(name, route.request(setup).body(body), expected)
    }

    /// Sends the request, and says what is wrong with the answer.
    async fn examine(&self, api: &str) -> Result<(), String> {
        let reply = self.request.send(api).await?;
        if reply.took > PATIENCE {
            return Err(format!("took {:?}", reply.took));
        }
        if !(400..500).contains(&reply.status) {
            return Err(format!("was answered {} {}", reply.status, reply.body));
        }
        let (own, gateway) = (is_problem(&reply), is_gateways(&reply));
        let fits = match &self.expected {
            Expected::Fields(faults) => {
                own && reply.status == 400
                    && reply.body["code"] == "invalid_fields"
                    && named(&reply.body) == *faults
            }
            Expected::Problem(status, code) => {
                own && reply.status == *status && reply.body["code"] == *code
            }
            Expected::Gateway(status) => gateway && reply.status == *status,
            Expected::Refused => own || gateway,
        };
        if fits {
            Ok(())
        } else {
            Err(format!(
                "{:?}, but was {} {} {}",
                self.expected, reply.status, reply.media, reply.body
            ))
        }
    }
}

/// Whether the answer has our form, whole and without a trace of what went on inside.
fn is_problem(reply: &Reply) -> bool {
    let body = &reply.body;
    let text = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
    let code = body["code"].as_str().unwrap_or_default();
    reply.media == "application/problem+json"
        && body["type"] == format!("urn:zhitiao:problem:{code}")
        && body["status"] == reply.status
        && ["title", "code", "request_id"].into_iter().all(text)
}

/// Whether the answer is one that API Gateway gives by itself.
fn is_gateways(reply: &Reply) -> bool {
    let body = reply.body.as_object();
    reply.media == "application/json"
        && body.is_some_and(|body| body.len() == 1 && body["message"].is_string())
}

/// The fields that an answer names, each with its code.
fn named(body: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = body["errors"].as_array().into_iter().flatten();
    let mut named: Vec<_> = errors
        .filter(|error| error["message"].as_str().is_some_and(|m| !m.is_empty()))
        .map(|error| (text(&error["field"]), text(&error["code"])))
        .collect();
    named.sort_unstable();
    named
}

/// A district whose routes take as many requests as come, with two cases in it.
async fn district() -> (World, Setup) {
    let options = world::options()
        .parameter("RouteRate", "10000")
        .parameter("RouteBurst", "5000");
    let world = World::start_with(options).await;
    let file = async |text| {
        let body = report(text, "xianggang-huayuan", "handrail");
        world.reports(body, &[]).await
    };
    let (one, other): (Case, Case) = (file("扶手断了").await, file("灯不亮").await);
    world.settle().await;
    let setup = Setup {
        staff_token: world.cloud.staff_token("wang.fang", world::DISTRICT),
        head_token: world.cloud.staff_token("han.wen", world::DISTRICT),
        operator_token: world.cloud.staff_token("he.lei", world::DISTRICT),
        number: one.number,
        tracking_token: one.token,
        other_number: other.number,
    };
    (world, setup)
}

/// A sound report that comes again and again: it is answered every time and registered once.
struct Canary {
    key: String,
    number: Value,
}

impl Canary {
    async fn new(world: &World) -> Self {
        let mut canary = Self {
            key: Uuid::new_v4().to_string(),
            number: Value::Null,
        };
        canary.number = canary.sing(world, 201).await;
        canary
    }

    async fn sing(&self, world: &World, status: u16) -> Value {
        let body = report("井盖松动", "xianggang-huayuan", "manhole-cover");
        let anyone = world.anyone();
        let answer = anyone.post_with_key("/v1/reports", &self.key, &body).await;
        answer.expect(status)["number"].clone()
    }
}

fn stored(world: &World) -> Value {
    json!([world.stored(), world.cloud.items("DirectoryTable")])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_hostile_request_is_refused_in_time_naming_the_fault_and_changes_nothing() {
    let (world, setup) = district().await;
    let canary = Canary::new(&world).await;
    world.settle().await;
    world.cloud.set_scheduler(false);
    let before = stored(&world);

    let mut catalog = bodies::all(&setup);
    catalog.extend(headers::all(&setup));
    catalog.extend(paths::all(&setup));
    catalog.extend(credentials::all(&world, &setup).await);
    let mut failures = Vec::new();
    for (index, hostile) in catalog.iter().enumerate() {
        if let Err(failure) = hostile.examine(world.cloud.api_url()).await {
            failures.push(format!("{}: {failure}", hostile.name));
        }
        if index % BETWEEN_CANARIES == 0 {
            assert_eq!(canary.sing(&world, 200).await, canary.number);
        }
    }
    world.settle().await;

    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        catalog.len(),
        failures.join("\n")
    );
    assert!(catalog.len() >= 423, "only {} requests", catalog.len());
    assert_eq!(
        stored(&world),
        before,
        "a refused request changed something"
    );
    assert_eq!(errors(&world), [""; 0], "a refusal was logged as an error");
}

/// What the HTTP functions logged as errors: a stranger's fault is none of ours.
fn errors(world: &World) -> Vec<String> {
    [
        "report-intake",
        "case-desk",
        "directory-desk",
        "public-board",
    ]
    .iter()
    .flat_map(|function| world.cloud.logs(function))
    .filter(|line| line.contains("\"ERROR\"") || line.contains("panicked"))
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_on_one_route_is_turned_away_by_the_gateway_and_the_others_are_served() {
    let options = world::options()
        .parameter("RouteRate", "1")
        .parameter("RouteBurst", "10");
    let world = World::start_with(options).await;
    let mut refused = 0;
    for _ in 0..40 {
        let reply = Raw::get("/v1/categories").send(world.cloud.api_url()).await;
        let reply = reply.unwrap();
        match reply.status {
            200 => {}
            429 if is_gateways(&reply) => refused += 1,
            other => panic!("{other}: {}", reply.body),
        }
    }
    assert!(refused > 0, "all of 40 requests at once were served");
    // Another route has its own allowance.
    let other = Raw::get("/v1/communities")
        .send(world.cloud.api_url())
        .await;
    assert_eq!(other.unwrap().status, 200);
}
