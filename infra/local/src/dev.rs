//! The development pages under `/dev/`: tokens, the clock, inboxes, messages to persons, queues, kills and faults.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::advance_clock::{self, ClockError};
use crate::faults::{EventFault, Fault};
use crate::services::Services;

type Shared = State<Arc<Services>>;

/// The pages; everything else is the API's.
pub(crate) fn router(services: Arc<Services>) -> Router {
    Router::new()
        .route("/dev/", get(overview))
        .route("/dev/token", get(token))
        .route("/dev/oidc/.well-known/openid-configuration", get(openid))
        .route("/dev/oidc/.well-known/jwks.json", get(key_set))
        .route("/dev/clock", get(clock).post(move_clock))
        .route("/dev/inbox", get(read_inbox))
        .route("/dev/people", get(read_people).post(take_message))
        .route("/dev/queues", get(queues))
        .route("/dev/functions/{name}/kill", post(kill))
        .route("/dev/faults", post(add_faults).delete(clear_faults))
        .with_state(services)
}

async fn overview(State(services): Shared) -> Json<Value> {
    let routes = services.gateway.iter().flat_map(|gateway| &gateway.routes).map(|route| {
        let access = if route.authorizer.is_some() { "staff" } else { "public" };
        json!({ "route": route.key, "function": route.function.program.short, "access": access })
    });
    let schedules = services.schedules.all().iter();
    Json(json!({
        "now": services.clock.now(),
        "api": services.urls.api,
        "dynamodb": services.urls.dynamodb,
        "s3": services.urls.s3,
        "sqs": services.urls.sqs,
        "tables": services.dynamodb.names(),
        "buckets": services.s3.buckets.iter().map(|bucket| &bucket.name).collect::<Vec<_>>(),
        "functions": services.lambda.functions.iter().map(|function| &function.program.short).collect::<Vec<_>>(),
        "routes": routes.collect::<Vec<_>>(),
        "schedules": schedules.map(|s| json!({ "schedule": s.logical, "function": s.function.program.short })).collect::<Vec<_>>(),
        "logs": services.lambda.logs.folder(),
    }))
}

#[derive(Deserialize)]
struct TokenQuery {
    sub: String,
    #[serde(rename = "tenant")]
    district: String,
}

async fn token(State(services): Shared, Query(query): Query<TokenQuery>) -> String {
    services.issuer.token(&query.sub, &query.district)
}

async fn openid(State(services): Shared) -> Json<Value> {
    Json(json!({
        "issuer": services.issuer.name(),
        "jwks_uri": format!("{}/dev/oidc/.well-known/jwks.json", services.urls.api),
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
    }))
}

async fn key_set(State(services): Shared) -> Json<Value> {
    Json(services.issuer.key_set().clone())
}

async fn clock(State(services): Shared) -> Json<Value> {
    Json(json!({ "now": services.clock.now(), "real": crate::clock::real_now() }))
}

/// `{"advance": "2d 3h"}` or `{"to": "2026-12-01T09:00:00+08:00"}`, with `"scheduler": "off"` for an outage.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance: Option<Span>,
    to: Option<Timestamp>,
    #[serde(default)]
    scheduler: Switch,
}

#[derive(Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Switch {
    #[default]
    On,
    Off,
}

async fn move_clock(State(services): Shared, Json(wanted): Json<Move>) -> Response {
    let target = match (wanted.advance, wanted.to) {
        (Some(span), None) => advance_clock::target(services.clock.now(), span),
        (None, Some(moment)) => Ok(moment),
        _ => return refused("give either \"advance\" or \"to\""),
    };
    let ticking = wanted.scheduler == Switch::On;
    let moved = match target {
        Ok(target) => advance_clock::advance(&services, target, ticking).await,
        Err(error) => Err(error),
    };
    match moved {
        Ok(report) => pretty(&report),
        Err(ClockError::File(problem)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, problem).into_response()
        }
        Err(error) => refused(&error.to_string()),
    }
}

/// JSON laid out for people: these pages are read in a terminal.
fn pretty(answer: &impl Serialize) -> Response {
    match serde_json::to_string_pretty(answer) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text + "\n").into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn refused(problem: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "message": problem }))).into_response()
}

async fn read_inbox(State(services): Shared) -> Response {
    pretty(&services.dynamodb.inbox())
}

async fn read_people(State(services): Shared) -> Response {
    pretty(&*services.people.kept())
}

async fn take_message(State(services): Shared, Json(message): Json<Value>) -> StatusCode {
    services.people.keep(&message, services.clock.now());
    StatusCode::NO_CONTENT
}

async fn queues(State(services): Shared) -> Json<Value> {
    let sqs = &services.lambda.sqs;
    let queues = sqs.all().iter();
    let all = queues.map(|queue| (queue.logical.clone(), sqs.bodies(queue).into()));
    Json(Value::Object(all.collect()))
}

async fn kill(State(services): Shared, Path(name): Path<String>) -> Response {
    match services.lambda.find(&name) {
        Some(function) => Json(json!({ "killed": function.kill().await })).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            Json(json!({ "message": "there is no such function" })),
        )
            .into_response(),
    }
}

/// `{"requests": [{"operation": "PutItem", "effect": "hang", "times": 3}], "events": ["drop_s3_event"], "scheduler":
/// "off"}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Faulting {
    #[serde(default)]
    requests: Vec<Fault>,
    #[serde(default)]
    events: Vec<EventFault>,
    scheduler: Option<Switch>,
}

async fn add_faults(State(services): Shared, Json(wanted): Json<Faulting>) -> StatusCode {
    wanted
        .requests
        .into_iter()
        .for_each(|fault| services.faults.add(fault));
    wanted
        .events
        .into_iter()
        .for_each(|fault| services.faults.add_event(fault));
    if let Some(switch) = wanted.scheduler {
        services.schedules.set(switch == Switch::On);
    }
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(services): Shared) -> StatusCode {
    services.faults.clear();
    services.schedules.set(true);
    StatusCode::NO_CONTENT
}
