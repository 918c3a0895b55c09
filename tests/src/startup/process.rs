//! One process of a function, and what it has spent.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use zhitiao_local::runtime_api::{Invocation, Line, Phase, Reply, RuntimeApi};

/// How long anything may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_mins(1);

/// The Runtime API on a free port; gone when it is dropped.
#[derive(Debug)]
pub struct Host {
    api: Arc<RuntimeApi>,
    _server: JoinSet<()>,
}

impl Host {
    /// Serves the Runtime API.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        let (listener, address) = super::bind().await;
        let api = RuntimeApi::new(format!("http://{address}"));
        let router = Arc::clone(&api).router();
        let mut server = JoinSet::new();
        server.spawn(async move {
            // It ends with the measurement.
            let _ = axum::serve(listener, router).await;
        });
        Self {
            api,
            _server: server,
        }
    }
}

/// What a step has taken.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// By the clock on the wall.
    pub wall: Duration,
    /// Of all processors, by all threads of the process.
    pub cpu: Duration,
}

/// A running function; killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    line: Line,
}

impl Process {
    /// Starts a function and waits until it asks for its first invocation; answers also what that took.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(
        host: &Host,
        binary: &Path,
        environment: &[(String, String)],
    ) -> (Self, Spent) {
        let line = host.api.admit();
        let begun = Instant::now();
        let child = Command::new(binary)
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", &line.url)
            .env("AWS_LAMBDA_FUNCTION_NAME", "measured")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        let mut process = Self { child, line };
        process.polled(&Phase::Starting).await;
        let spent = Spent {
            wall: begun.elapsed(),
            cpu: process.cpu(),
        };
        (process, spent)
    }

    /// Has an event handled, and waits until the next one is asked for.
    ///
    /// # Panics
    /// When the function fails or does not answer.
    pub async fn handle(&mut self, event: &Value) -> (Value, Spent) {
        let cpu = self.cpu();
        self.line.phase.mark_unchanged();
        let (reply, answer) = oneshot::channel();
        let invocation = Invocation {
            request_id: uuid::Uuid::new_v4().to_string(),
            function_arn: "arn:aws-cn:lambda:cn-north-1:123456789012:function:measured".to_owned(),
            deadline_ms: deadline(),
            payload: event.to_string().into(),
            reply,
        };
        let begun = Instant::now();
        let handed = self.line.invocations.send(invocation).await;
        assert!(handed.is_ok(), "the function is gone");
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let wall = begun.elapsed();
        let Ok(Ok(Reply::Response(body))) = answer else {
            panic!("the function failed: {answer:?}");
        };
        // What it does after its answer belongs to the invocation.
        let again = tokio::time::timeout(PATIENCE, self.line.phase.changed()).await;
        assert!(matches!(again, Ok(Ok(()))), "the function does not go on");
        let spent = Spent {
            wall,
            cpu: self.cpu().saturating_sub(cpu),
        };
        (serde_json::from_slice(&body).unwrap_or_default(), spent)
    }

    /// The most memory that it has had resident, in KiB.
    ///
    /// # Panics
    /// When the kernel does not say.
    pub fn peak_kib(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id().unwrap_or_default());
        let status = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}"));
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok());
        peak.unwrap_or_else(|| panic!("no peak in {status}"))
    }

    async fn polled(&mut self, before: &Phase) {
        let polled = self.line.phase.wait_for(|phase| phase != before);
        let polled = tokio::time::timeout(PATIENCE, polled);
        tokio::select! {
            phase = polled => {
                let ready = matches!(&phase, Ok(Ok(phase)) if **phase == Phase::Ready);
                assert!(ready, "the function does not start: {phase:?}");
            }
            status = self.child.wait() => panic!("the function ended: {status:?}"),
        }
    }

    /// What all threads have run so far. Those of the runtime's pool stay for seconds after their work, so that none is
    /// missed; other figures of the kernel count in steps of 10 ms.
    fn cpu(&self) -> Duration {
        let folder = format!("/proc/{}/task", self.child.id().unwrap_or_default());
        let threads =
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
        let run = threads.flatten().map(|thread| {
            // A thread that ended meanwhile has nothing to read.
            let statistics = std::fs::read_to_string(thread.path().join("schedstat"));
            let nanoseconds = statistics.unwrap_or_default();
            let nanoseconds = nanoseconds.split(' ').next().map(str::parse::<u64>);
            nanoseconds.and_then(Result::ok).unwrap_or_default()
        });
        let run = Duration::from_nanos(run.sum());
        assert!(
            !run.is_zero(),
            "the kernel keeps no account in {folder}/*/schedstat"
        );
        run
    }
}

/// Ten seconds from now, by the real clock, as Lambda has it.
fn deadline() -> i64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "the deadline of an invocation, no time of the domain"
    )]
    let now = Timestamp::now();
    now.as_millisecond() + 10_000
}
