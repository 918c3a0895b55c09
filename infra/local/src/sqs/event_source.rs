//! Queues as event sources, by Lambda's rules for SQS.
//!
//! The rules are those of the Lambda developer guide's pages on SQS: a batch that succeeded is deleted; of one that
//! failed, as a whole or in the messages that the function names, each message comes again when its visibility timeout
//! is over, until the queue gives it to its dead letters.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::api::{md5_of, system_attributes};
use super::{Message, Queue};
use crate::faults::EventFault;
use crate::in_flight::Busy;
use crate::lambda::{Function, flat};
use crate::resources::QueueMappingProps;
use crate::streams::{Surroundings, failed_items};

/// How often a queue is looked at when nothing has announced a message.
const POLL: Duration = Duration::from_millis(200);

/// Lambda begins with as many invocations at once; how it scales beyond is not imitated.
const CONCURRENCY: usize = 5;

/// Lambda's limit for the payload of one invocation.
const PAYLOAD_LIMIT: u32 = 6 << 20;

/// One mapping of a queue to a function.
#[derive(Debug)]
pub(crate) struct QueueMapping {
    queue: Arc<Queue>,
    function: Arc<Function>,
    rules: QueueMappingProps,
    slots: Arc<Semaphore>,
    around: Surroundings,
}

impl QueueMapping {
    pub(crate) fn new(
        queue: Arc<Queue>,
        function: Arc<Function>,
        rules: QueueMappingProps,
        around: Surroundings,
    ) -> Self {
        let scaling = rules.scaling_config.as_ref();
        let most = scaling.map_or(CONCURRENCY, |scaling| scaling.maximum_concurrency);
        Self {
            queue,
            function,
            rules,
            slots: Arc::new(Semaphore::new(most.min(CONCURRENCY))),
            around,
        }
    }

    /// Whether nothing is left to do at this moment. What is delayed, hidden or waits for its batch is not due yet.
    pub(crate) fn is_caught_up(&self) -> bool {
        !self.is_ready()
    }

    /// When there is something to do next, in milliseconds of the moved clock.
    pub(crate) fn next_ready(&self) -> Option<i64> {
        let sqs = &self.around.lambda.sqs;
        let next = sqs.next_ready(&self.queue, self.rules.maximum_batching_window_in_seconds);
        next.unwrap_or_else(|error| self.failed(&error))
    }

    /// Delivers for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        let lambda = &self.around.lambda;
        loop {
            let Ok(slot) = Arc::clone(&self.slots).acquire_owned().await else {
                return;
            };
            let changed = lambda.sqs.changed.notified();
            if !self.is_ready() {
                // A timeout only means that nothing was announced.
                let _ = tokio::time::timeout(POLL, changed).await;
                continue;
            }
            // Begun before messages are hidden, so that no look finds neither.
            let busy = lambda.in_flight.begin();
            let batch = self.receive();
            if !batch.is_empty() {
                tokio::spawn(Arc::clone(&self).deliver(batch, slot, busy));
            }
        }
    }

    fn is_ready(&self) -> bool {
        let (batch, window) = (
            self.rules.batch_size,
            self.rules.maximum_batching_window_in_seconds,
        );
        let ready = self.around.lambda.sqs.is_ready(&self.queue, batch, window);
        ready.unwrap_or_else(|error| self.failed(&error))
    }

    fn receive(&self) -> Vec<Message> {
        let hidden = self.queue.rules.visibility_timeout;
        let sqs = &self.around.lambda.sqs;
        let received = sqs.receive(&self.queue, self.rules.batch_size, PAYLOAD_LIMIT, hidden);
        received.unwrap_or_else(|error| self.failed(&error))
    }

    fn failed<T: Default>(&self, error: &rusqlite::Error) -> T {
        tracing::error!(queue = self.queue.name, %error, "the queue cannot be read");
        T::default()
    }

    async fn deliver(
        self: Arc<Self>,
        batch: Vec<Message>,
        _slot: OwnedSemaphorePermit,
        _busy: Busy,
    ) {
        let records: Vec<_> = batch.iter().map(|message| self.record(message)).collect();
        let payload = Bytes::from(json!({ "Records": records }).to_string());
        let lambda = &self.around.lambda;
        let mut answer = flat(lambda.invoke(&self.function, payload.clone()).await);
        if self
            .around
            .faults
            .take_event(EventFault::DuplicateQueueBatch)
        {
            answer = flat(lambda.invoke(&self.function, payload).await);
        }
        let Ok(answer) = answer else {
            return;
        };
        for message in self.succeeded(&answer, batch) {
            if let Err(error) = lambda.sqs.delete(&self.queue, &message.receipt) {
                self.failed::<()>(&error);
            }
        }
    }

    fn record(&self, message: &Message) -> Value {
        json!({
            "messageId": message.id,
            "receiptHandle": message.receipt,
            "body": message.body,
            "attributes": system_attributes(message),
            "messageAttributes": {},
            "md5OfBody": md5_of(&message.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue.arn,
            "awsRegion": self.around.region,
        })
    }

    /// The messages of a batch that the function's answer lets go.
    fn succeeded(&self, answer: &[u8], mut batch: Vec<Message>) -> Vec<Message> {
        let kinds = &self.rules.function_response_types;
        if !kinds.iter().any(|kind| kind == "ReportBatchItemFailures") {
            return batch;
        }
        let ids: Vec<_> = batch.iter().map(|message| message.id.as_str()).collect();
        let Some(failed) = reported(answer, &ids) else {
            return Vec::new();
        };
        let mut index = 0..;
        batch.retain(|_| index.next().is_none_or(|index| !failed.contains(&index)));
        batch
    }
}

/// The failed messages that an answer names; `None` fails the whole batch, as an answer that is no JSON does.
fn reported(answer: &[u8], ids: &[&str]) -> Option<Vec<usize>> {
    let answer = match answer {
        [] => Value::Null,
        answer => serde_json::from_slice(answer).ok()?,
    };
    failed_items(&answer, ids)
}

#[cfg(test)]
mod tests {
    use super::reported;

    const BATCH: &[&str] = &["a", "b", "c"];

    #[test]
    fn only_the_messages_that_an_answer_names_come_again() {
        let answer =
            br#"{"batchItemFailures": [{"itemIdentifier": "c"}, {"itemIdentifier": "a"}]}"#;
        assert_eq!(reported(answer, BATCH), Some(vec![2, 0]));
    }

    #[test]
    fn an_empty_answer_lets_the_whole_batch_go() {
        for answer in [
            "",
            "null",
            "{}",
            r#"{"batchItemFailures": null}"#,
            r#"{"batchItemFailures": []}"#,
        ] {
            assert_eq!(reported(answer.as_bytes(), BATCH), Some(vec![]), "{answer}");
        }
    }

    #[test]
    fn an_answer_that_names_no_message_fails_the_whole_batch() {
        for answer in [
            "{",
            r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#,
            r#"{"batchItemFailures": [{"itemIdentifier": null}]}"#,
            r#"{"batchItemFailures": [{"id": "a"}]}"#,
            r#"{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "x"}]}"#,
        ] {
            assert_eq!(reported(answer.as_bytes(), BATCH), None, "{answer}");
        }
    }
}
