//! What every function needs to start and run: configuration, the clock, logs and metrics, batches of events, signing.
//!
//! Event functions need nothing else; HTTP functions add `zhitiao-edge`. Nothing here knows HTTP, a table or a rule.

pub mod batch;
pub mod bootstrap;
pub mod clock;
pub mod config;
pub mod mac;
pub mod telemetry;

pub use clock::Clock;
pub use config::{ConfigError, Env, Secret};
