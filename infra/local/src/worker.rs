//! One process of a function: started on demand, kept warm, killed when it takes too long.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use uuid::Uuid;

use crate::clock;
use crate::logs::Logs;
use crate::runtime_api::{Invocation, Phase, Reply, RuntimeApi};

/// Lambda's limit for the time before the first poll.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// Lambda's limit for an answer.
const RESPONSE_LIMIT: usize = 6 << 20;

/// How a worker process is started.
#[derive(Debug)]
pub(crate) struct Program {
    /// The function's short name: its binary, its log.
    pub(crate) short: String,
    pub(crate) binary: PathBuf,
    pub(crate) env: Vec<(String, String)>,
}

/// Why an invocation failed, as Lambda reports it to the caller.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{payload}")]
pub(crate) struct FunctionError {
    pub(crate) payload: Value,
}

impl FunctionError {
    pub(crate) fn new(kind: &str, message: impl Into<String>) -> Self {
        Self {
            payload: json!({ "errorType": kind, "errorMessage": message.into() }),
        }
    }
}

/// A running process and the line to it.
#[derive(Debug)]
pub(crate) struct Worker {
    invocations: mpsc::Sender<Invocation>,
    exit: watch::Receiver<Option<String>>,
    kill: Arc<Notify>,
}

impl Worker {
    /// Starts a process and waits until it asks for its first invocation.
    pub(crate) async fn start(
        program: &Program,
        runtime: &Arc<RuntimeApi>,
        logs: &Arc<Logs>,
        register: impl FnOnce(Handle),
    ) -> Result<Self, FunctionError> {
        let line = runtime.admit();
        let child = spawn(program, &line.url, logs)
            .map_err(|error| FunctionError::new("Runtime.InvalidEntrypoint", error.to_string()))?;
        let (sender, exit) = watch::channel(None);
        let kill = Arc::new(Notify::new());
        register(Handle {
            exit: exit.clone(),
            kill: Arc::clone(&kill),
        });
        tokio::spawn(supervise(
            child,
            Arc::clone(&kill),
            sender,
            Arc::clone(runtime),
            line.id,
        ));
        let worker = Self {
            invocations: line.invocations,
            exit,
            kill,
        };
        worker.first_poll(line.phase).await.map(|()| worker)
    }

    /// Waits until the process has started, or kills it.
    async fn first_poll(&self, mut phase: watch::Receiver<Phase>) -> Result<(), FunctionError> {
        let polled = phase.wait_for(|phase| *phase != Phase::Starting);
        let outcome = tokio::select! {
            phase = polled => phase.map_or(Phase::Starting, |phase| phase.clone()),
            why = self.ended() => return Err(FunctionError::new("Runtime.ExitError", why)),
            () = tokio::time::sleep(INIT_LIMIT) => Phase::Starting,
        };
        match outcome {
            Phase::Ready => Ok(()),
            Phase::InitFailed(payload) => Err(FunctionError { payload }),
            Phase::Starting => {
                self.kill.notify_one();
                let message = "the function did not start within 10 seconds";
                Err(FunctionError::new("Sandbox.Timedout", message))
            }
        }
    }

    /// Runs one invocation; a worker that takes longer than `limit` is killed.
    pub(crate) async fn run(
        &self,
        payload: Bytes,
        function_arn: &str,
        limit: Duration,
    ) -> Result<Bytes, FunctionError> {
        let request_id = Uuid::new_v4().to_string();
        let (reply, answer) = oneshot::channel();
        let limit_ms = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let invocation = Invocation {
            request_id: request_id.clone(),
            function_arn: function_arn.to_owned(),
            deadline_ms: clock::real_now().as_millisecond().saturating_add(limit_ms),
            payload,
            reply,
        };
        let exited = |why: String| {
            let message =
                format!("RequestId: {request_id} Error: Runtime exited with error: {why}");
            FunctionError::new("Runtime.ExitError", message)
        };
        if self.invocations.send(invocation).await.is_err() {
            return Err(exited(self.ended().await));
        }
        tokio::select! {
            biased;
            Ok(reply) = answer => checked(reply),
            why = self.ended() => Err(exited(why)),
            () = tokio::time::sleep(limit) => {
                self.kill.notify_one();
                // Until it is gone it would pass for a warm worker.
                self.ended().await;
                let seconds = limit.as_secs_f64();
                let message = format!("RequestId: {request_id} Error: Task timed out after {seconds:.2} seconds");
                Err(FunctionError::new("Sandbox.Timedout", message))
            }
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.exit.borrow().is_none()
    }

    /// Waits for the process to end and says how it did.
    async fn ended(&self) -> String {
        let mut exit = self.exit.clone();
        let why = exit
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|why| why.clone());
        why.unwrap_or_else(|| "lost".to_owned())
    }
}

/// What can be done to a process from outside.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    exit: watch::Receiver<Option<String>>,
    kill: Arc<Notify>,
}

impl Handle {
    pub(crate) fn is_alive(&self) -> bool {
        self.exit.borrow().is_none()
    }

    /// Has the process killed (SIGKILL).
    pub(crate) fn signal(&self) {
        self.kill.notify_one();
    }

    /// Kills the process and waits until it is gone.
    pub(crate) async fn kill(mut self) {
        self.signal();
        // An error means that the supervisor is gone, and the process with it.
        let _ = self.exit.wait_for(Option::is_some).await;
    }
}

fn spawn(program: &Program, runtime_api: &str, logs: &Arc<Logs>) -> std::io::Result<Child> {
    let mut child = Command::new(&program.binary)
        .env_clear()
        .envs(program.env.iter().map(|(name, value)| (name, value)))
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(pipe) = child.stdout.take() {
        logs.follow(&program.short, pipe);
    }
    if let Some(pipe) = child.stderr.take() {
        logs.follow(&program.short, pipe);
    }
    Ok(child)
}

/// Owns the process until it ends, by itself or killed.
async fn supervise(
    mut child: Child,
    kill: Arc<Notify>,
    exit: watch::Sender<Option<String>>,
    runtime: Arc<RuntimeApi>,
    id: String,
) {
    let status = tokio::select! {
        status = child.wait() => status,
        () = kill.notified() => match child.start_kill() {
            Ok(()) => child.wait().await,
            Err(error) => Err(error),
        },
    };
    runtime.dismiss(&id);
    exit.send_replace(Some(
        status.map_or_else(|error| error.to_string(), |status| status.to_string()),
    ));
}

fn checked(reply: Reply) -> Result<Bytes, FunctionError> {
    match reply {
        Reply::Response(body) if body.len() > RESPONSE_LIMIT => {
            let message = format!(
                "Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
            );
            Err(FunctionError::new("Function.ResponseSizeTooLarge", message))
        }
        Reply::Response(body) => Ok(body),
        Reply::Error(body) => {
            let unreadable = || json!({ "errorType": "Unhandled", "errorMessage": String::from_utf8_lossy(&body) });
            Err(FunctionError {
                payload: serde_json::from_slice(&body).unwrap_or_else(|_| unreadable()),
            })
        }
    }
}
