//! The local cloud held against AWS's rules, with real function processes.

mod authorizers;
mod clocks;
mod durability;
mod gateways;
mod invocations;
mod objects;
mod proxies;
mod streams;
mod support;
mod templates;
