//! The Lambda Runtime API: where the workers fetch invocations and leave their answers.
//!
//! Each worker has its own path prefix, so that a request says which process sent it. Usable alone, for measuring how a
//! function starts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};

/// One invocation on its way to a worker.
#[derive(Debug)]
pub struct Invocation {
    /// Its id.
    pub request_id: String,
    /// The function that it is for.
    pub function_arn: String,
    /// Milliseconds since the epoch on the machine's own clock, as the SDKs expect.
    pub deadline_ms: i64,
    /// The event, as JSON.
    pub payload: Bytes,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Reply>,
}

/// What a worker answered.
#[derive(Debug)]
pub enum Reply {
    /// The handler's answer.
    Response(Bytes),
    /// The handler's error object.
    Error(Bytes),
}

/// How far a worker has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// It has not called yet.
    Starting,
    /// It has asked for an invocation.
    Ready,
    /// It reported that it cannot start.
    InitFailed(Value),
}

/// The meeting place of one worker process and the invocations for it.
#[derive(Debug)]
struct Slot {
    inbox: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    phase: watch::Sender<Phase>,
    pending: Mutex<Option<(String, oneshot::Sender<Reply>)>>,
}

/// The other end of a slot.
#[derive(Debug)]
pub struct Line {
    /// Which worker it is.
    pub id: String,
    /// Its `AWS_LAMBDA_RUNTIME_API`.
    pub url: String,
    /// Takes what it shall do next.
    pub invocations: mpsc::Sender<Invocation>,
    /// How far it has come; sent anew each time it asks for an invocation.
    pub phase: watch::Receiver<Phase>,
}

/// All workers that may call.
#[derive(Debug)]
pub struct RuntimeApi {
    url: String,
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

impl RuntimeApi {
    /// A meeting place whose router is served at `url`.
    pub fn new(url: String) -> Arc<Self> {
        Arc::new(Self {
            url,
            slots: Mutex::default(),
        })
    }

    /// Admits one more worker.
    pub fn admit(&self) -> Line {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let (invocations, inbox) = mpsc::channel(1);
        let (sender, phase) = watch::channel(Phase::Starting);
        let slot = Slot {
            inbox: inbox.into(),
            phase: sender,
            pending: Mutex::default(),
        };
        self.lock().insert(id.clone(), Arc::new(slot));
        // The scheme must be written out: without it the runtime's client takes the prefix for a port.
        let url = format!("{}/worker/{id}", self.url);
        Line {
            id,
            url,
            invocations,
            phase,
        }
    }

    /// Forgets a worker that has ended.
    pub fn dismiss(&self, id: &str) {
        self.lock().remove(id);
    }

    /// The routes of the Runtime API.
    pub fn router(self: Arc<Self>) -> Router {
        let invocation = "/worker/{worker}/2018-06-01/runtime/invocation";
        Router::new()
            .route(&format!("{invocation}/next"), get(next))
            .route(
                &format!("{invocation}/{{request}}/response"),
                post(response),
            )
            .route(&format!("{invocation}/{{request}}/error"), post(error))
            .route(
                "/worker/{worker}/2018-06-01/runtime/init/error",
                post(init_error),
            )
            // Larger answers are refused with Lambda's own error, not cut off here.
            .layer(DefaultBodyLimit::max(32 << 20))
            .with_state(self)
    }

    fn slot(&self, worker: &str) -> Option<Arc<Slot>> {
        self.lock().get(worker).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, worker: &str, request: &str, reply: Reply) -> Response {
        let Some(slot) = self.slot(worker) else {
            return StatusCode::FORBIDDEN.into_response();
        };
        let mut pending = slot.pending.lock().unwrap_or_else(PoisonError::into_inner);
        match pending.take_if(|(id, _)| id == request) {
            Some((_, sender)) => {
                // No caller waits any more for an invocation that has timed out.
                let _ = sender.send(reply);
                accepted()
            }
            None => StatusCode::GONE.into_response(),
        }
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, axum::Json(json!({ "status": "OK" }))).into_response()
}

async fn next(State(api): State<Arc<RuntimeApi>>, Path(worker): Path<String>) -> Response {
    let Some(slot) = api.slot(&worker) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    slot.phase.send_replace(Phase::Ready);
    let Some(invocation) = slot.inbox.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let trace = format!(
        "Root=1-00000000-{:0>24.24};Sampled=0",
        invocation.request_id.replace('-', "")
    );
    let headers = [
        (
            "lambda-runtime-aws-request-id",
            invocation.request_id.clone(),
        ),
        (
            "lambda-runtime-deadline-ms",
            invocation.deadline_ms.to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            invocation.function_arn,
        ),
        ("lambda-runtime-trace-id", trace),
        ("content-type", "application/json".to_owned()),
    ];
    *slot.pending.lock().unwrap_or_else(PoisonError::into_inner) =
        Some((invocation.request_id, invocation.reply));
    (headers, invocation.payload).into_response()
}

async fn response(
    State(api): State<Arc<RuntimeApi>>,
    Path((worker, request)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    api.settle(&worker, &request, Reply::Response(body))
}

async fn error(
    State(api): State<Arc<RuntimeApi>>,
    Path((worker, request)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    api.settle(&worker, &request, Reply::Error(body))
}

async fn init_error(
    State(api): State<Arc<RuntimeApi>>,
    Path(worker): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(slot) = api.slot(&worker) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let kind = headers
        .get("lambda-runtime-function-error-type")
        .and_then(|v| v.to_str().ok());
    let error = serde_json::from_slice(&body)
        .unwrap_or_else(|_| json!({ "errorType": kind.unwrap_or("Runtime.InitError") }));
    slot.phase.send_replace(Phase::InitFailed(error));
    accepted()
}
