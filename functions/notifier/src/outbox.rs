//! The queue in front of the channel sender.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use futures_util::future::try_join_all;
use zhitiao_store::StoreError;
use zhitiao_store::notify::outbound::OutboundDelivery;

/// Messages that one request takes.
const BATCH: usize = 10;

/// Where deliveries wait for the sender.
#[derive(Debug)]
pub(crate) struct Outbox {
    client: Client,
    queue: String,
}

/// The queue did not take every message. Which ones it took is not told: all of them are sent again, and made once.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not take every message: {0}")]
pub struct OutboxError(String);

impl Outbox {
    /// Opens the queue with the time-outs of the tables: 1 s an attempt, 3 attempts.
    pub(crate) fn open(config: &SdkConfig, queue: String) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(1))
            .operation_timeout(Duration::from_millis(2_800))
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(3)
            .with_initial_backoff(Duration::from_millis(50));
        let config = aws_sdk_sqs::config::Builder::from(config)
            .timeout_config(timeouts)
            .retry_config(retries);
        Self {
            client: Client::from_conf(config.build()),
            queue,
        }
    }

    /// Hands deliveries over to the sender.
    ///
    /// # Errors
    /// When the queue did not take all of them.
    pub(crate) async fn send(
        &self,
        deliveries: &[OutboundDelivery],
    ) -> Result<(), crate::NotifierError> {
        let batches = deliveries.chunks(BATCH).map(|batch| self.send_batch(batch));
        try_join_all(batches).await.map(|_: Vec<()>| ())
    }

    async fn send_batch(&self, batch: &[OutboundDelivery]) -> Result<(), crate::NotifierError> {
        let entries = batch.iter().enumerate();
        let entries = entries.map(|(number, delivery)| entry(number, delivery));
        let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
        let request = self.client.send_message_batch().queue_url(&self.queue);
        let sent = request.set_entries(Some(entries)).send().await;
        let answer = sent.map_err(|error| OutboxError(DisplayErrorContext(&error).to_string()))?;
        match answer.failed.first() {
            None => Ok(()),
            Some(failed) => Err(OutboxError(failed.code.clone()).into()),
        }
    }
}

fn entry(
    number: usize,
    delivery: &OutboundDelivery,
) -> Result<SendMessageBatchRequestEntry, StoreError> {
    let entry = SendMessageBatchRequestEntry::builder().id(number.to_string());
    let entry = entry.message_body(delivery.to_text()?).build();
    entry.map_err(StoreError::malformed)
}
