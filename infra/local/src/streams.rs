//! Stream mappings with Lambda's rules: at least once, in order per item, finite patience.
//!
//! The rules are those of the Lambda developer guide's pages on DynamoDB streams: the checkpoint goes
//! before the lowest failed sequence number, an answer without usable failures is a success, a failed
//! invocation sends the whole batch again (halved when the mapping says so), and a batch that has used
//! up its retries or its age is skipped and reported to the failure destination by its sequence numbers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::dynamodb::{Dynamodb, StreamRecord, Table};
use crate::event_filter;
use crate::faults::{EventFault, Faults};
use crate::lambda::{Function, Lambda, flat};
use crate::resources::{MappingProps, StartingPosition};
use crate::state::StateFolder;

/// How often a stream is looked at when nothing has announced a write.
const POLL: Duration = Duration::from_millis(200);

/// The first pause before a retry; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Lambda's limit for the payload of one invocation.
const PAYLOAD_LIMIT: usize = 6 << 20;

/// What the readers share.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) dynamodb: Dynamodb,
    pub(crate) state: Arc<StateFolder>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) written: Arc<Notify>,
    pub(crate) region: String,
}

/// One event source mapping.
#[derive(Debug)]
pub(crate) struct Mapping {
    logical: String,
    table: Table,
    function: Arc<Function>,
    rules: MappingProps,
    filters: Vec<Value>,
    checkpoint: AtomicI64,
    around: Surroundings,
}

/// Records that are delivered together, and how often that was tried.
#[derive(Debug)]
struct Batch {
    records: Vec<StreamRecord>,
    failures: i64,
    first_tried: Timestamp,
}

/// What an invocation did to a batch.
#[derive(Debug, PartialEq)]
enum Outcome {
    Done,
    /// The batch from this record on has to come again.
    FailedFrom(usize),
    Failed,
}

impl Mapping {
    pub(crate) fn new(
        logical: String,
        table: Table,
        function: Arc<Function>,
        rules: MappingProps,
        around: Surroundings,
    ) -> Result<Self, String> {
        let mut filters = Vec::new();
        for filter in rules
            .filter_criteria
            .iter()
            .flat_map(|criteria| &criteria.filters)
        {
            let pattern =
                serde_json::from_str(&filter.pattern).map_err(|e| format!("a filter: {e}"))?;
            event_filter::check(&pattern)?;
            filters.push(pattern);
        }
        let kept = around.state.read::<i64>(&format!("streams/{logical}.json"));
        let checkpoint = kept.unwrap_or_else(|| match rules.starting_position {
            StartingPosition::TrimHorizon => 0,
            StartingPosition::Latest => around.dynamodb.newest(&table),
        });
        Ok(Self {
            logical,
            table,
            function,
            rules,
            filters,
            checkpoint: checkpoint.into(),
            around,
        })
    }

    /// Whether every record of the stream has been dealt with.
    pub(crate) fn is_caught_up(&self) -> bool {
        let after = self.checkpoint.load(Ordering::SeqCst);
        self.around
            .dynamodb
            .records(&self.table, after, 1, "")
            .is_empty()
    }

    /// Delivers for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            let written = self.around.written.notified();
            if self.deliver_next().await {
                continue;
            }
            // A timeout only means that nothing was announced.
            let _ = tokio::time::timeout(POLL, written).await;
        }
    }

    /// Delivers one batch, with all its retries; `false` when there was nothing to read.
    async fn deliver_next(&self) -> bool {
        let after = self.checkpoint.load(Ordering::SeqCst);
        let read = self.around.dynamodb.records(
            &self.table,
            after,
            self.rules.batch_size,
            &self.around.region,
        );
        let Some(last) = read.last().map(|record| record.position) else {
            return false;
        };
        let (batch, end) = self.cut(read, last);
        if !batch.is_empty() {
            self.deliver(batch).await;
        }
        self.advance(end);
        true
    }

    /// Leaves out what the filters do not want and cuts at the payload limit.
    fn cut(&self, read: Vec<StreamRecord>, last: i64) -> (Vec<StreamRecord>, i64) {
        let mut batch: Vec<StreamRecord> = Vec::new();
        let mut size = 0;
        for mut record in read {
            let wanted = self.filters.is_empty()
                || self
                    .filters
                    .iter()
                    .any(|filter| event_filter::matches(filter, &record.event));
            if !wanted {
                continue;
            }
            size += record.event.to_string().len();
            if size > PAYLOAD_LIMIT && !batch.is_empty() {
                let end = batch[batch.len() - 1].position;
                return (batch, end);
            }
            let written =
                Timestamp::from_millisecond(milliseconds(record.written_at)).unwrap_or_default();
            let moved = self.around.clock.moved(written);
            record.event["dynamodb"]["ApproximateCreationDateTime"] = json!(seconds(moved));
            batch.push(record);
        }
        (batch, last)
    }

    async fn deliver(&self, records: Vec<StreamRecord>) {
        let first_tried = self.around.clock.now();
        let mut waiting = VecDeque::from([Batch {
            records,
            failures: 0,
            first_tried,
        }]);
        while let Some(mut batch) = waiting.pop_front() {
            match self.invoke(&batch.records).await {
                Outcome::Done => self.passed(&batch.records),
                Outcome::FailedFrom(index) if index > 0 => {
                    let rest = batch.records.split_off(index);
                    self.passed(&batch.records);
                    waiting.push_front(Batch {
                        records: rest,
                        failures: 0,
                        first_tried: batch.first_tried,
                    });
                    self.pause(1).await;
                }
                Outcome::FailedFrom(_) | Outcome::Failed => {
                    batch.failures += 1;
                    if let Some(condition) = self.exhausted(&batch) {
                        self.skip(&batch, condition);
                        continue;
                    }
                    let failures = batch.failures;
                    for part in self.again(batch).into_iter().rev() {
                        waiting.push_front(part);
                    }
                    self.pause(failures).await;
                }
            }
        }
    }

    /// A batch that goes into the next try: whole, or as two halves.
    fn again(&self, mut batch: Batch) -> Vec<Batch> {
        if !self.rules.bisect_batch_on_function_error || batch.records.len() < 2 {
            return vec![batch];
        }
        let second = batch.records.split_off(batch.records.len() / 2);
        // Halving is no retry: each half has the same number of tries left.
        let failures = batch.failures - 1;
        let first_tried = batch.first_tried;
        vec![
            Batch { failures, ..batch },
            Batch {
                records: second,
                failures,
                first_tried,
            },
        ]
    }

    async fn invoke(&self, records: &[StreamRecord]) -> Outcome {
        let lambda = &self.around.lambda;
        let events: Vec<_> = records.iter().map(|record| &record.event).collect();
        let payload = Bytes::from(json!({ "Records": events }).to_string());
        let answer = flat(lambda.invoke(&self.function, payload.clone()).await);
        if self
            .around
            .faults
            .take_event(EventFault::DuplicateStreamBatch)
        {
            return match flat(lambda.invoke(&self.function, payload).await) {
                Ok(answer) => self.judge(&answer, records),
                Err(_) => Outcome::Failed,
            };
        }
        answer.map_or(Outcome::Failed, |answer| self.judge(&answer, records))
    }

    fn judge(&self, answer: &[u8], records: &[StreamRecord]) -> Outcome {
        if !self
            .rules
            .function_response_types
            .iter()
            .any(|kind| kind == "ReportBatchItemFailures")
        {
            return Outcome::Done;
        }
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let sequences: Vec<_> = records
            .iter()
            .map(|record| record.sequence.as_str())
            .collect();
        judge(&answer, &sequences)
    }

    fn exhausted(&self, batch: &Batch) -> Option<&'static str> {
        let retries = self.rules.maximum_retry_attempts;
        let age = self.rules.maximum_record_age_in_seconds;
        // Counted from the first try: while this machine was off, no patience was used up.
        let tried_for = self
            .around
            .clock
            .now()
            .duration_since(batch.first_tried)
            .as_secs();
        let halvable = self.rules.bisect_batch_on_function_error && batch.records.len() > 1;
        if age >= 0 && tried_for >= age {
            Some("RecordAgeExceeded")
        } else if retries >= 0 && batch.failures > retries && !halvable {
            Some("RetryAttemptsExhausted")
        } else {
            None
        }
    }

    /// Gives a batch up: the failure destination gets pointers, never the records.
    fn skip(&self, batch: &Batch, condition: &str) {
        let (Some(first), Some(last)) = (batch.records.first(), batch.records.last()) else {
            return;
        };
        let destination = self
            .rules
            .destination_config
            .as_ref()
            .and_then(|config| config.on_failure.as_ref());
        if let Some(destination) = destination {
            let message = self.pointer(first, last, batch, condition);
            self.around
                .lambda
                .sqs
                .send_event(&destination.destination, &message);
        }
        self.passed(&batch.records);
    }

    fn pointer(
        &self,
        first: &StreamRecord,
        last: &StreamRecord,
        batch: &Batch,
        condition: &str,
    ) -> Value {
        let time = |record: &StreamRecord| {
            let written = Timestamp::from_millisecond(milliseconds(record.written_at));
            self.around
                .clock
                .moved(written.unwrap_or_default())
                .to_string()
        };
        json!({
            "requestContext": {
                "requestId": uuid::Uuid::new_v4().to_string(),
                "functionArn": self.function.arn,
                "condition": condition,
                "approximateInvokeCount": batch.failures,
            },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "version": "1.0",
            "timestamp": self.around.clock.now().to_string(),
            "DDBStreamBatchInfo": {
                "shardId": dynoxide::streams::shard_id(&self.table.name),
                "startSequenceNumber": first.sequence,
                "endSequenceNumber": last.sequence,
                "approximateArrivalOfFirstRecord": time(first),
                "approximateArrivalOfLastRecord": time(last),
                "batchSize": batch.records.len(),
                "streamArn": format!("{}/stream/local", self.table.arn),
            },
        })
    }

    fn passed(&self, records: &[StreamRecord]) {
        if let Some(last) = records.last() {
            self.advance(last.position);
        }
    }

    fn advance(&self, to: i64) {
        let file = format!("streams/{}.json", self.logical);
        if let Err(error) = self.around.state.write(&file, &to) {
            tracing::error!(mapping = self.logical, %error, "a checkpoint could not be written");
        }
        self.checkpoint.store(to, Ordering::SeqCst);
    }

    async fn pause(&self, failures: i64) {
        let doublings = u32::try_from(failures - 1).unwrap_or(0).min(10);
        tokio::time::sleep((FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)).await;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds of this era are far below 2^53"
)]
fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

/// Streams carry seconds as a number with a fraction.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of this era are far below 2^53"
)]
fn seconds(moment: Timestamp) -> f64 {
    moment.as_millisecond() as f64 / 1000.0
}

/// Lambda's reading of an answer that may report failed items.
fn judge(answer: &Value, sequences: &[&str]) -> Outcome {
    match failed_items(answer, sequences) {
        None => Outcome::Failed,
        Some(failed) => failed
            .into_iter()
            .min()
            .map_or(Outcome::Done, Outcome::FailedFrom),
    }
}

/// The positions of the items that an answer reports as failed; `None` when it names one that is not in the batch.
pub(crate) fn failed_items(answer: &Value, ids: &[&str]) -> Option<Vec<usize>> {
    // Anything that is not a list of failures counts as success: a misspelled answer loses records.
    let failures = answer["batchItemFailures"].as_array();
    let named = failures.into_iter().flatten().map(|failure| {
        let failed = failure["itemIdentifier"].as_str()?;
        ids.iter().position(|id| *id == failed)
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: &[&str] = &["101", "102", "103"];

    #[test]
    fn the_checkpoint_goes_before_the_lowest_failed_number() {
        let answer = json!({ "batchItemFailures": [{ "itemIdentifier": "103" }, { "itemIdentifier": "102" }] });
        assert_eq!(judge(&answer, BATCH), Outcome::FailedFrom(1));
    }

    #[test]
    fn an_answer_without_a_list_of_failures_is_a_success() {
        for answer in [
            json!(null),
            json!({}),
            json!([]),
            json!("ok"),
            json!({ "batchItemFailures": null }),
            json!({ "batchItemFailures": [] }),
            json!({ "batchItemFailures": "102" }),
            json!({ "batchItemFailure": [{ "itemIdentifier": "102" }] }),
        ] {
            assert_eq!(judge(&answer, BATCH), Outcome::Done, "{answer}");
        }
    }

    #[test]
    fn a_failure_that_names_no_record_fails_the_whole_batch() {
        for failure in [
            json!({}),
            json!({ "itemIdentifier": "" }),
            json!({ "itemIdentifier": null }),
            json!({ "itemIdentifier": "999" }),
        ] {
            assert_eq!(
                judge(&json!({ "batchItemFailures": [failure] }), BATCH),
                Outcome::Failed
            );
        }
    }
}
