//! The local cloud held against AWS's rules, with real function processes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod aliases;
mod authorizers;
mod clocks;
mod durability;
mod gateways;
mod invocations;
mod proxies;
mod s3;
mod sqs;
mod streams;
mod support;
mod templates;
