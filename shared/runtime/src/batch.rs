//! Batches of a table's stream and of a queue: which records and messages were not processed.

use std::error::Error;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use futures_util::future::join_all;

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

/// Processes the messages of a batch side by side and answers which ones failed, for `ReportBatchItemFailures`: only
/// those come again, until the queue gives them to its dead letters. Each counts as `MessagesFailed`.
pub async fn each_message<E, F>(event: SqsEvent, handle: F) -> SqsBatchResponse
where
    E: Error,
    F: AsyncFn(String) -> Result<(), E>,
{
    let handled = event.records.into_iter().map(async |message| {
        let id = message.message_id.unwrap_or_default();
        match handle(message.body.unwrap_or_default()).await {
            Ok(()) => None,
            Err(error) => {
                tracing::error!(message = id, %error, "message failed");
                telemetry::metric("MessagesFailed", 1.0, Unit::Count, &[]);
                Some(id)
            }
        }
    });
    let failed = join_all(handled).await.into_iter().flatten();
    let failures = failed.map(|id| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        failure
    });
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures.collect();
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

    #[tokio::test]
    async fn of_a_batch_of_messages_exactly_the_failed_ones_come_again() {
        let messages = ["a", "b", "c"].map(|id| serde_json::json!({"messageId": id, "body": id}));
        let event = serde_json::from_value(serde_json::json!({ "Records": messages })).unwrap();
        let response = each_message(event, async |body| {
            if body == "b" {
                Err(std::fmt::Error)
            } else {
                Ok(())
            }
        })
        .await;
        assert_eq!(
            serde_json::to_value(response).unwrap(),
            serde_json::json!({ "batchItemFailures": [{ "itemIdentifier": "b" }] })
        );
    }
}
