//! The functions: warm workers on demand, synchronous and asynchronous invocations.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::clock::Clock;
use crate::in_flight::InFlight;
use crate::logs::Logs;
use crate::runtime_api::RuntimeApi;
use crate::sqs::Sqs;
use crate::worker::{FunctionError, Handle, Program, Worker};

/// Processes per function: enough for concurrency to be real, few enough for a laptop.
const MAX_WORKERS: usize = 4;

/// AWS waits one minute and then two before it retries an asynchronous invocation; a test cannot.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// How asynchronous invocations of a function end.
#[derive(Debug, Clone)]
pub(crate) struct AsyncRules {
    pub(crate) retries: u32,
    /// The ARN of the queue that hears about events that failed for good.
    pub(crate) on_failure: Option<String>,
}

impl Default for AsyncRules {
    fn default() -> Self {
        Self {
            retries: 2,
            on_failure: None,
        }
    }
}

/// A function of the template.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) logical: String,
    pub(crate) name: String,
    pub(crate) arn: String,
    /// The ARN of the alias by which it is invoked, where it publishes versions.
    pub(crate) alias: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) program: Program,
    pub(crate) rules: AsyncRules,
    slots: Semaphore,
    idle: Mutex<Vec<Worker>>,
    handles: Mutex<Vec<Handle>>,
}

impl Function {
    pub(crate) fn new(
        (logical, name, arn): (String, String, String),
        alias: Option<String>,
        role: Option<String>,
        timeout: Duration,
        concurrency: Option<u32>,
        program: Program,
        rules: AsyncRules,
    ) -> Self {
        let reserved = concurrency
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(MAX_WORKERS);
        Self {
            logical,
            name,
            arn,
            alias,
            role,
            timeout,
            program,
            rules,
            slots: Semaphore::new(reserved.min(MAX_WORKERS)),
            idle: Mutex::default(),
            handles: Mutex::default(),
        }
    }

    /// The ARN that it sees itself invoked by.
    pub(crate) fn invoked_arn(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.arn)
    }

    fn warm(&self) -> Option<Worker> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(Worker::is_alive);
        idle.pop()
    }

    fn rest(&self, worker: Worker) {
        if worker.is_alive() {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(worker);
        }
    }

    fn register(&self, handle: Handle) {
        let mut handles = self.handles.lock().unwrap_or_else(PoisonError::into_inner);
        handles.retain(Handle::is_alive);
        handles.push(handle);
    }

    /// Kills every process of the function and waits until they are gone.
    pub(crate) async fn kill(&self) -> usize {
        let handles =
            std::mem::take(&mut *self.handles.lock().unwrap_or_else(PoisonError::into_inner));
        let mut killed = 0;
        for handle in handles.into_iter().filter(Handle::is_alive) {
            handle.kill().await;
            killed += 1;
        }
        killed
    }

    /// Tells every process to end without waiting for it.
    pub(crate) fn kill_soon(&self) {
        for handle in self
            .handles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
        {
            handle.signal();
        }
    }
}

/// All functions and what they share.
#[derive(Debug)]
pub(crate) struct Lambda {
    pub(crate) functions: Vec<Arc<Function>>,
    pub(crate) runtime: Arc<RuntimeApi>,
    pub(crate) logs: Arc<Logs>,
    pub(crate) in_flight: Arc<InFlight>,
    pub(crate) sqs: Arc<Sqs>,
    pub(crate) clock: Arc<Clock>,
}

impl Lambda {
    /// The function behind an ARN, its own or that of its alias, also in API Gateway's invocation form, or a name.
    pub(crate) fn find(&self, reference: &str) -> Option<&Arc<Function>> {
        let arn = plain_arn(reference);
        self.functions.iter().find(|function| {
            [
                function.invoked_arn(),
                &function.arn,
                function.name.as_str(),
                &function.logical,
                &function.program.short,
            ]
            .into_iter()
            .any(|name| name == arn)
        })
    }

    /// Invokes and waits; the function goes on when the caller stops waiting, as on AWS.
    pub(crate) fn invoke(
        self: &Arc<Self>,
        function: &Arc<Function>,
        payload: Bytes,
    ) -> JoinHandle<Result<Bytes, FunctionError>> {
        let lambda = Arc::clone(self);
        let function = Arc::clone(function);
        let busy = self.in_flight.begin();
        tokio::spawn(async move {
            let outcome = lambda.run(&function, payload).await;
            if let Err(error) = &outcome {
                lambda
                    .logs
                    .add(&function.program.short, platform_line(error));
            }
            drop(busy);
            outcome
        })
    }

    async fn run(&self, function: &Function, payload: Bytes) -> Result<Bytes, FunctionError> {
        let closed = |_| FunctionError::new("Runtime.Unavailable", "the local cloud is stopping");
        let _slot = function.slots.acquire().await.map_err(closed)?;
        let worker = if let Some(worker) = function.warm() {
            worker
        } else {
            let register = |handle| function.register(handle);
            Worker::start(&function.program, &self.runtime, &self.logs, register).await?
        };
        let outcome = worker
            .run(payload, function.invoked_arn(), function.timeout)
            .await;
        function.rest(worker);
        outcome
    }

    /// Invokes without an answer: AWS's queue with its retries and failure destination.
    pub(crate) fn invoke_async(
        self: &Arc<Self>,
        function: &Arc<Function>,
        payload: Value,
    ) -> JoinHandle<()> {
        let lambda = Arc::clone(self);
        let function = Arc::clone(function);
        let busy = self.in_flight.begin();
        tokio::spawn(async move {
            let mut attempt = 0;
            loop {
                attempt += 1;
                let body = Bytes::from(payload.to_string());
                let Err(error) = flat(lambda.invoke(&function, body).await) else {
                    break;
                };
                if attempt > function.rules.retries {
                    lambda.give_up(&function, &payload, attempt, &error);
                    break;
                }
                tokio::time::sleep(RETRY_PAUSE * attempt).await;
            }
            drop(busy);
        })
    }

    fn give_up(&self, function: &Function, payload: &Value, attempts: u32, error: &FunctionError) {
        let Some(queue) = &function.rules.on_failure else {
            return;
        };
        self.sqs.send_event(queue, &json!({
            "version": "1.0",
            "timestamp": self.clock.now().to_string(),
            "requestContext": {
                "requestId": Uuid::new_v4().to_string(),
                "functionArn": format!("{}:$LATEST", function.arn),
                "condition": "RetriesExhausted",
                "approximateInvokeCount": attempts,
            },
            "requestPayload": payload,
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "responsePayload": error.payload,
        }));
    }

    /// Ends every process.
    pub(crate) async fn stop(&self) {
        for function in &self.functions {
            function.slots.close();
            function.kill().await;
        }
    }
}

/// The ARN within API Gateway's invocation form; any other reference as it is.
pub(crate) fn plain_arn(reference: &str) -> &str {
    match reference.split_once("/functions/") {
        Some((_, rest)) => rest.trim_end_matches("/invocations"),
        None => reference,
    }
}

/// An invocation's outcome when its task itself may have been lost.
pub(crate) fn flat(
    outcome: Result<Result<Bytes, FunctionError>, tokio::task::JoinError>,
) -> Result<Bytes, FunctionError> {
    outcome
        .unwrap_or_else(|error| Err(FunctionError::new("Runtime.Unavailable", error.to_string())))
}

fn platform_line(error: &FunctionError) -> String {
    json!({ "level": "ERROR", "message": "invocation failed", "error": error.payload }).to_string()
}
