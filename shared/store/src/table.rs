//! The table of cases: how it is opened, and the reads and writes that every context makes.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::error::StoreError;
use crate::item::{Item, s};

/// The cases table.
#[derive(Debug, Clone)]
pub struct CaseTable {
    pub(crate) client: Client,
    pub(crate) table: String,
}

/// How long to wait before a batch is asked for again that was answered in part; after the last somebody else must try.
pub(crate) const BATCH_PAUSES: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(800),
];

/// A client with the time-outs that every table of ours uses: 1 s an attempt, 3 attempts, 2.8 s in all, so that whoever
/// waits is told within 3 s that the table is away.
pub fn client(config: &aws_config::SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(1))
        .operation_timeout(Duration::from_millis(2_800))
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50));
    let config = aws_sdk_dynamodb::config::Builder::from(config)
        .timeout_config(timeouts)
        .retry_config(retries);
    Client::from_conf(config.build())
}

impl CaseTable {
    /// Opens the table.
    pub fn new(config: &aws_config::SdkConfig, table: String) -> Self {
        Self {
            client: client(config),
            table,
        }
    }

    pub(crate) fn put(&self, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(&self.table).set_item(Some(item))
    }

    pub(crate) async fn get(&self, pk: String, sk: String) -> Result<Option<Item>, StoreError> {
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", s(pk))
            .key("sk", s(sk))
            .consistent_read(true);
        Ok(get.send().await.map_err(StoreError::from_sdk)?.item)
    }

    /// Puts an item only if it is not there yet; says whether it was put.
    pub(crate) async fn put_once(&self, item: Item) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item));
        match put
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await
            .map_err(StoreError::from_sdk)
        {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(err) => Err(err),
        }
    }
}

pub(crate) fn put_item(
    put: aws_sdk_dynamodb::types::builders::PutBuilder,
) -> Result<TransactWriteItem, StoreError> {
    Ok(TransactWriteItem::builder()
        .put(put.build().map_err(StoreError::malformed)?)
        .build())
}

pub(crate) fn sort_key(item: &Item) -> Result<&str, StoreError> {
    match item.get("sk") {
        Some(AttributeValue::S(key)) => Ok(key),
        _ => Err(StoreError::malformed("an item without a sort key")),
    }
}
