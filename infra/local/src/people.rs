//! The local gateway to persons; it stands where a district has its app or SMS gateway.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

/// How many messages to persons are kept.
const KEPT: usize = 1000;

/// The messages that came to the gateway, oldest first.
#[derive(Debug, Default)]
pub(crate) struct People(Mutex<VecDeque<Value>>);

impl People {
    pub(crate) fn kept(&self) -> MutexGuard<'_, VecDeque<Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keep(&self, message: &Value, at: Timestamp) {
        let mut kept = self.kept();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(json!({ "at": at, "message": message }));
    }
}
