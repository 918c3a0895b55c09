//! SQS queues as far as dead letters need them: durable lists that can be read under `/dev/queues`.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::state::StateFolder;

/// A queue of the template.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Queue {
    pub(crate) logical: String,
    pub(crate) name: String,
    pub(crate) arn: String,
}

/// All queues.
#[derive(Debug)]
pub(crate) struct Queues {
    queues: Vec<Queue>,
    state: Arc<StateFolder>,
}

impl Queues {
    pub(crate) fn new(queues: Vec<Queue>, state: Arc<StateFolder>) -> Self {
        Self { queues, state }
    }

    pub(crate) fn all(&self) -> &[Queue] {
        &self.queues
    }

    pub(crate) fn has(&self, arn: &str) -> bool {
        self.queues.iter().any(|queue| queue.arn == arn)
    }

    /// Adds a message; messages keep the order in which they came.
    pub(crate) fn send(&self, arn: &str, body: &Value) {
        let Some(queue) = self.queues.iter().find(|queue| queue.arn == arn) else {
            return;
        };
        // Version 7 ids sort by time.
        let file = format!("queues/{}/{}.json", queue.name, uuid::Uuid::now_v7());
        if let Err(error) = self.state.write(&file, body) {
            tracing::error!(queue = queue.name, %error, "a message could not be written");
        }
    }

    /// The messages of a queue, oldest first, by logical id or name.
    pub(crate) fn messages(&self, queue: &str) -> Vec<Value> {
        let Some(queue) = self
            .queues
            .iter()
            .find(|q| q.logical == queue || q.name == queue)
        else {
            return Vec::new();
        };
        let files = self.state.list(&format!("queues/{}", queue.name));
        files
            .iter()
            .filter_map(|file| self.state.read(file))
            .collect()
    }
}
