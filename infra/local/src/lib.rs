//! The local cloud: reads the CloudFormation template and runs what it says.
//!
//! HTTP API, JWT authorizer, Lambda functions as processes, DynamoDB with streams, S3 with events,
//! schedules, queues and secrets, all on 127.0.0.1 and with a clock that can be moved. A resource
//! type, a property or a function of the template without local behavior refuses to start.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use zhitiao_local::{LocalCloud, Options};
//!
//! let cloud = LocalCloud::start(Options::new("infra/template.yaml", "target/debug")).await?;
//! cloud.advance("2d 3h".parse()?).await?;
//! cloud.stop().await;
//! # Ok(())
//! # }
//! ```

mod api;
mod api_event;
mod authorizer;
mod broken;
mod clock;
mod cloud;
mod deploy;
mod dev;
mod error;
mod event_filter;
mod faults;
mod gateway;
mod iam;
mod in_flight;
mod intrinsics;
mod issuer;
mod lambda;
mod logs;
mod options;
mod parameters;
mod people;
mod permissions;
mod place;
mod proxy;
mod recorder;
mod resources;
mod routes;
pub mod runtime_api;
mod s3;
mod schedules;
mod secrets;
pub mod seed;
mod services;
mod wiring;

mod advance_clock;
pub mod banner;
mod dynamodb;
mod sqs;
mod state;
mod streams;
mod template;
pub mod walkthrough;
mod worker;

pub use advance_clock::{ClockError, Report};
pub use cloud::LocalCloud;
pub use error::StartError;
pub use faults::{Effect, EventFault, Fault, Faults, Service};
pub use iam::{Grant, Iam};
pub use options::{BoxError, Options, Prepare, Prepared, State};
pub use recorder::{Call, Recorder};
pub use schedules::Tick;
