//! How a function starts and runs. A `main` is:
//!
//! ```no_run
//! use zhitiao_runtime::bootstrap::{self, Error};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Error> {
//!     let env = bootstrap::start("due-sweep");
//!     let table = env.read(|env| env.required("CASES_TABLE"))?;
//!     let aws = bootstrap::aws_config().await;
//!     # drop((table, aws));
//!     bootstrap::run_events(async |_: lambda_runtime::LambdaEvent<String>| Ok(())).await
//! }
//! ```

use std::time::{Duration, SystemTime};

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use tracing::Instrument;

pub use lambda_runtime::Error;

use crate::config::Env;
use crate::telemetry::{self, invocation_span};

/// Starts logging at the level that `LOG_LEVEL` names, and metrics of the stack `STACK`; hands over the environment.
pub fn start(service: &'static str) -> Env {
    let env = Env::process();
    telemetry::start(
        service,
        env.optional("LOG_LEVEL").as_deref(),
        env.optional("STACK"),
        env.optional("DISTRICT"),
    );
    env
}

/// The AWS configuration of a function: region and credentials from the environment, where Lambda puts them.
///
/// No other place is asked, not even prepared for: the SDK's chain of providers alone costs each start a client of STS.
/// Time-outs and retries are set by the crates that own the clients.
pub async fn aws_config() -> SdkConfig {
    aws_loader()
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .load()
        .await
}

/// The AWS configuration of a program that a person runs, to be loaded: region and credentials from where the AWS CLI
/// has them, TLS by `ring`. The SDK's default provider spends about 40 ms of CPU on its first handshake, ring does not.
pub fn aws_loader() -> ConfigLoader {
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http)
}

/// Handles events of one type, one at a time, until the environment is shut down.
///
/// An error that the handler returns is logged once, here, and reported to Lambda, which retries by the rules of the
/// event's source.
pub async fn run_events<E, R, F>(handler: F) -> Result<(), Error>
where
    E: DeserializeOwned,
    R: Serialize,
    F: AsyncFn(LambdaEvent<E>) -> Result<R, Error>,
{
    let handler = &handler;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<E>| {
        let span = invocation_span(Some(&event.context));
        handle(handler, event).instrument(span)
    }))
    .await
}

/// Whether less than `reserve` is left until Lambda's deadline, so that what is not begun yet should wait for the next
/// invocation.
pub fn is_nearly_over(deadline: SystemTime, reserve: Duration) -> bool {
    // The deadline is Lambda's own: it goes by the real clock, not by the one that can be moved.
    #[expect(
        clippy::disallowed_methods,
        reason = "the time left of this invocation, no time of the domain"
    )]
    let now = SystemTime::now();
    deadline.duration_since(now).unwrap_or_default() < reserve
}

async fn handle<E, R, F>(handler: &F, event: LambdaEvent<E>) -> Result<R, Error>
where
    F: AsyncFn(LambdaEvent<E>) -> Result<R, Error>,
{
    // Boxed: a handler nests deeper than the compiler would lay out in one piece.
    let answer = Box::pin(handler(event)).await;
    if let Err(error) = &answer {
        tracing::error!(%error, "invocation failed");
    }
    answer
}
