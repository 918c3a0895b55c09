//! What went over the wire to DynamoDB.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Calls kept; older ones are dropped.
const KEPT: usize = 50_000;

/// One request to DynamoDB with its answer.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation, such as `TransactWriteItems`.
    pub operation: String,
    /// The names of the tables that the request names, each once.
    pub tables: Vec<String>,
    /// The short name of the calling function; `None` for a caller from outside.
    pub caller: Option<String>,
    /// The request in DynamoDB's JSON.
    pub request: Value,
    /// The answer in DynamoDB's JSON; `null` when a fault kept it away.
    pub response: Value,
    /// The HTTP status that the caller saw; 0 when it saw none.
    pub status: u16,
}

/// Keeps the requests of a test or a measurement in the order in which they were answered.
#[derive(Debug, Default)]
pub struct Recorder {
    on: AtomicBool,
    calls: Mutex<VecDeque<Call>>,
}

impl Recorder {
    /// Starts or stops recording; it is off until a test starts it, for whole directories go over the wire every
    /// minute.
    pub fn set(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    /// All recorded calls, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    /// Hands out the recorded calls and forgets them.
    pub fn take(&self) -> Vec<Call> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
            .collect()
    }

    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, call: Call) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == KEPT {
            calls.pop_front();
        }
        calls.push_back(call);
    }
}
