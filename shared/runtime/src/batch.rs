//! Batches of a table's stream: which records were not processed.

use std::error::Error;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};

use crate::telemetry::{self, Unit};

/// Processes the records of a batch in order and answers which one failed, for `ReportBatchItemFailures`.
///
/// It stops at the first failure: Lambda sets its checkpoint before the lowest failed sequence number and delivers
/// everything from there again, so whatever would be done after a failure would be done twice. A record that never
/// succeeds reaches the mapping's failure destination when its retries are used up. A failed record without a sequence
/// number is reported without one, which Lambda reads as a failure of the whole batch. Each failure counts as
/// `RecordsFailed`, for no metric of Lambda shows it, and those of the dead-letter queue come minutes later.
pub async fn each_record<E, F>(event: Event, handle: F) -> DynamoDbEventResponse
where
    E: Error,
    F: AsyncFn(EventRecord) -> Result<(), E>,
{
    let mut response = DynamoDbEventResponse::default();
    for record in event.records {
        let sequence = record.change.sequence_number.clone().unwrap_or_default();
        if let Err(error) = handle(record).await {
            tracing::error!(sequence, %error, "record failed");
            telemetry::metric("RecordsFailed", 1.0, Unit::Count, &[]);
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(sequence);
            response.batch_item_failures.push(failure);
            break;
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn batch(sequences: &[Option<&str>]) -> Event {
        let records = sequences.iter().map(|sequence| {
            let mut record = EventRecord::default();
            record.change.sequence_number = sequence.map(str::to_owned);
            record
        });
        let mut event = Event::default();
        event.records = records.collect();
        event
    }

    /// Which sequence numbers were handled, and the response as Lambda reads it, when `poison` fails.
    async fn run(sequences: &[Option<&str>], poison: &str) -> (Vec<String>, serde_json::Value) {
        let handled = Mutex::new(Vec::new());
        let response = each_record(batch(sequences), async |record| {
            let sequence = record.change.sequence_number.unwrap_or_default();
            if sequence == poison {
                return Err(std::fmt::Error);
            }
            handled.lock().unwrap().push(sequence);
            Ok(())
        })
        .await;
        (
            handled.into_inner().unwrap(),
            serde_json::to_value(response).unwrap(),
        )
    }

    #[tokio::test]
    async fn a_whole_batch_reports_no_failure() {
        let (handled, response) = run(&[Some("1"), Some("2")], "none").await;
        assert_eq!(handled, ["1", "2"]);
        assert_eq!(response, serde_json::json!({ "batchItemFailures": [] }));
    }

    #[tokio::test]
    async fn the_first_failure_is_reported_and_nothing_after_it_is_touched() {
        let (handled, response) = run(&[Some("1"), Some("2"), Some("3")], "2").await;
        assert_eq!(handled, ["1"]);
        assert_eq!(
            response,
            serde_json::json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] })
        );
    }

    #[tokio::test]
    async fn a_failure_without_a_sequence_number_fails_the_whole_batch() {
        let (_, response) = run(&[None], "").await;
        assert_eq!(
            response,
            serde_json::json!({ "batchItemFailures": [{ "itemIdentifier": "" }] })
        );
    }
}
