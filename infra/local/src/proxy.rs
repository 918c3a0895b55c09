//! The layer in front of the database: records requests and lets injected faults happen.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::broken::broken;
use crate::faults::{Effect, Fault, Faults, Service, Target};
use crate::iam::Iam;
use crate::recorder::{Call, Recorder};

/// DynamoDB's limit for a request.
const BODY_LIMIT: usize = 16 << 20;

/// The credentials prefix that says which function calls: the rest is its short name.
pub(crate) const KEY_PREFIX: &str = "LOCAL.";

/// The layer's parts.
#[derive(Debug)]
pub(crate) struct Proxy {
    engine: Uri,
    client: Client<HttpConnector, Full<Bytes>>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) faults: Arc<Faults>,
    iam: Arc<Iam>,
    /// Wakes the stream readers after a write.
    pub(crate) written: Arc<Notify>,
}

/// A request as the rules and the recorder see it.
struct Seen {
    operation: String,
    tables: Vec<String>,
    caller: Option<String>,
    request: Value,
}

impl Proxy {
    pub(crate) fn new(
        engine: Uri,
        recorder: Arc<Recorder>,
        faults: Arc<Faults>,
        iam: Arc<Iam>,
        written: Arc<Notify>,
    ) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self {
            engine,
            client,
            recorder,
            faults,
            iam,
            written,
        }
    }

    pub(crate) fn router(self) -> Router {
        Router::new()
            .fallback(relay)
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(Arc::new(self))
    }

    async fn forward(&self, headers: HeaderMap, body: Bytes) -> (StatusCode, HeaderMap, Bytes) {
        let mut request = http::Request::new(Full::new(body));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.engine.clone();
        *request.headers_mut() = headers;
        let unreachable = || (StatusCode::BAD_GATEWAY, HeaderMap::new(), Bytes::new());
        let Ok(response) = self.client.request(request).await else {
            return unreachable();
        };
        let (parts, body) = response.into_parts();
        match body.collect().await {
            Ok(body) => (parts.status, parts.headers, body.to_bytes()),
            Err(_) => unreachable(),
        }
    }

    fn fault(&self, seen: &Seen) -> Option<Fault> {
        self.faults.take(&Target {
            service: Service::Dynamodb,
            operation: &seen.operation,
            tables: &seen.tables,
            caller: seen.caller.as_deref(),
        })
    }

    /// The answer to a call that the caller's role does not allow.
    fn refusal(&self, seen: &Seen) -> Option<Answer> {
        let caller = seen.caller.as_deref();
        let checked = self.iam.check_table(caller, &seen.operation, &seen.request);
        let problem = checked.err()?;
        tracing::error!(problem, "refused");
        let kind = "com.amazon.coral.service#AccessDeniedException";
        Some(Answer::Json(
            400,
            json!({ "__type": kind, "Message": problem }),
        ))
    }

    fn record(&self, seen: Option<Seen>, response: &[u8], status: u16) {
        if let Some(seen) = seen.filter(|_| self.recorder.is_on()) {
            self.recorder.add(Call {
                operation: seen.operation,
                tables: seen.tables,
                caller: seen.caller,
                request: seen.request,
                response: serde_json::from_slice(response).unwrap_or_default(),
                status,
            });
        }
    }
}

async fn relay(State(proxy): State<Arc<Proxy>>, headers: HeaderMap, body: Bytes) -> Response {
    let is_function = caller(&headers).is_some();
    let looks = is_function || proxy.recorder.is_on() || !proxy.faults.is_empty();
    let seen = looks.then(|| Seen::of(&headers, &body));
    if let Some(refusal) = seen.as_ref().and_then(|seen| proxy.refusal(seen)) {
        return answered(&proxy, seen, refusal).await;
    }
    let fault = seen.as_ref().and_then(|seen| proxy.fault(seen));
    let before = fault
        .as_ref()
        .and_then(|fault| instead(fault, seen.as_ref()));
    if let Some(answer) = before {
        return answered(&proxy, seen, answer).await;
    }
    let (status, headers, body) = proxy.forward(headers, body).await;
    proxy.written.notify_waiters();
    if let Some(answer) = fault.and_then(|fault| after(&fault)) {
        return answered(&proxy, seen, answer).await;
    }
    proxy.record(seen, &body, status.as_u16());
    (status, headers, body).into_response()
}

/// How a fault answers.
enum Answer {
    Json(u16, Value),
    Nothing,
    Broken,
}

async fn answered(proxy: &Proxy, seen: Option<Seen>, answer: Answer) -> Response {
    match answer {
        Answer::Json(status, body) => {
            let body = body.to_string();
            proxy.record(seen, body.as_bytes(), status);
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (
                status,
                [("content-type", "application/x-amz-json-1.0")],
                body,
            )
                .into_response()
        }
        Answer::Broken => {
            proxy.record(seen, b"null", 0);
            broken()
        }
        Answer::Nothing => {
            proxy.record(seen, b"null", 0);
            std::future::pending().await
        }
    }
}

/// What a fault answers in place of the database.
fn instead(fault: &Fault, seen: Option<&Seen>) -> Option<Answer> {
    match fault.effect {
        Effect::Refuse => Some(exception(&fault.error)),
        Effect::Hang => Some(Answer::Nothing),
        Effect::Drop => Some(Answer::Broken),
        Effect::Conflict => Some(conflict(seen?)),
        Effect::Throttle => Some(throttled(seen?)),
        Effect::Stale => seen?
            .request
            .get("IndexName")
            .map(|_| Answer::Json(200, json!({ "Items": [], "Count": 0, "ScannedCount": 0 }))),
        Effect::FailAfter | Effect::HangAfter | Effect::DropAfter => None,
    }
}

/// What a fault answers once the request was carried out.
fn after(fault: &Fault) -> Option<Answer> {
    match fault.effect {
        Effect::FailAfter => Some(exception(&fault.error)),
        Effect::HangAfter => Some(Answer::Nothing),
        Effect::DropAfter => Some(Answer::Broken),
        _ => None,
    }
}

fn exception(name: &str) -> Answer {
    let status = match name {
        "InternalServerError" => 500,
        "ServiceUnavailable" => 503,
        _ => 400,
    };
    let kind = format!("com.amazonaws.dynamodb.v20120810#{name}");
    Answer::Json(
        status,
        json!({ "__type": kind, "message": "injected by the local cloud" }),
    )
}

fn conflict(seen: &Seen) -> Answer {
    let reason =
        json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
    cancelled(seen, reason).unwrap_or_else(|| exception("TransactionConflictException"))
}

fn throttled(seen: &Seen) -> Answer {
    let reason =
        json!({ "Code": "ThrottlingError", "Message": "Throughput exceeds the current capacity" });
    cancelled(seen, reason).unwrap_or_else(|| exception("ThrottlingException"))
}

/// A cancelled transaction whose first item is the reason; `None` for any other request.
fn cancelled(seen: &Seen, reason: Value) -> Option<Answer> {
    let items = seen.request["TransactItems"].as_array().map_or(0, Vec::len);
    let mut reasons = vec![json!({ "Code": "None" }); items];
    *reasons.first_mut()? = reason;
    let codes: Vec<_> = reasons
        .iter()
        .filter_map(|reason| reason["Code"].as_str())
        .collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    Some(Answer::Json(
        400,
        json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": message,
            "CancellationReasons": reasons,
        }),
    ))
}

impl Seen {
    fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        let target = headers
            .get("x-amz-target")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let request = serde_json::from_slice(body).unwrap_or_default();
        let mut tables = Vec::new();
        collect_tables(&request, &mut tables);
        tables.sort();
        tables.dedup();
        Self {
            operation: target.rsplit('.').next().unwrap_or_default().to_owned(),
            tables,
            caller: caller(headers),
            request,
        }
    }
}

/// The function that signed a request, by its credentials.
pub(crate) fn caller(headers: &HeaderMap) -> Option<String> {
    signer(headers.get("authorization")?.to_str().ok()?)
}

/// The function whose credentials stand in an `Authorization` header, or in the query of a signed URL.
pub(crate) fn signer(signed: &str) -> Option<String> {
    let key = signed.split("Credential=").nth(1)?;
    let function = key.strip_prefix(KEY_PREFIX)?.split(['/', '%']).next()?;
    Some(function.to_owned())
}

/// Tables stand in `TableName` members and, in batches, as the keys of `RequestItems`.
fn collect_tables(request: &Value, tables: &mut Vec<String>) {
    if let Some(name) = request["TableName"].as_str() {
        tables.push(name.to_owned());
    }
    if let Some(items) = request["RequestItems"].as_object() {
        tables.extend(items.keys().cloned());
    }
    for item in request["TransactItems"].as_array().into_iter().flatten() {
        for action in item
            .as_object()
            .into_iter()
            .flat_map(|object| object.values())
        {
            if let Some(name) = action["TableName"].as_str() {
                tables.push(name.to_owned());
            }
        }
    }
}
