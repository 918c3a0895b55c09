//! A table of ours, by the few requests that are made of it: get, query, write, transaction, batch.
//!
//! The contexts say what they want in these words; nothing else in this crate sends a request.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::error::StoreError;
use crate::item::{Item, s};
use crate::partition::Partition;
use crate::query::Query;
use crate::transaction::Transaction;
use crate::write::{Key, Write};

/// How long to wait before a batch is asked for again that was answered in part; after the last the caller must try
/// again.
const BATCH_PAUSES: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(800),
];

/// Writes that one batch request takes.
pub(crate) const BATCH_WRITES: usize = 25;

/// One table.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// Opens a table with the time-outs that every table of ours uses: 1 s an attempt, 3 attempts, 2.8 s in all, so
    /// that the caller is told within 3 s that the table is away.
    pub fn open(config: &aws_config::SdkConfig, name: String) -> Self {
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
        Self {
            client: Client::from_conf(config.build()),
            name,
        }
    }

    /// One item, up to date to the last write.
    pub(crate) async fn get(&self, key: Key) -> Result<Option<Item>, StoreError> {
        let get = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.into_item()))
            .consistent_read(true);
        Ok(get.send().await.map_err(StoreError::from_sdk)?.item)
    }

    /// At most 100 items, those that are there, in no order.
    pub(crate) async fn get_all(
        &self,
        keys: impl Iterator<Item = Key>,
        consistent: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let mut left: Vec<Item> = keys.map(Key::into_item).collect();
        let mut items = Vec::with_capacity(left.len());
        // A batch may be answered in part: what is left is asked for again.
        for pause in BATCH_PAUSES {
            if left.is_empty() {
                break;
            }
            tokio::time::sleep(pause).await;
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(consistent)
                .build()
                .map_err(StoreError::malformed)?;
            let asked = self
                .client
                .batch_get_item()
                .request_items(&self.name, wanted)
                .send()
                .await;
            let answer = asked.map_err(StoreError::from_sdk)?;
            let found = answer.responses.unwrap_or_default().remove(&self.name);
            items.extend(found.into_iter().flatten());
            let unread = answer.unprocessed_keys.unwrap_or_default();
            left = unread.into_values().flat_map(|keys| keys.keys).collect();
        }
        if left.is_empty() {
            Ok(items)
        } else {
            Err(StoreError::unanswered("keys of a batch"))
        }
    }

    /// A query of one partition.
    pub(crate) fn partition(&self, partition: &Partition) -> Query {
        self.hash(partition.to_string())
    }

    /// A query of one partition of a table that names its partitions otherwise.
    pub(crate) fn hash(&self, pk: String) -> Query {
        let request = self.client.query().table_name(&self.name);
        Query::new(request, "pk", s(pk))
    }

    /// A query of one partition of an index.
    pub(crate) fn index(&self, index: &str, hash: &str, value: &str) -> Query {
        let request = self.client.query().table_name(&self.name);
        Query::new(request.index_name(index), hash, s(value))
    }

    /// Sends one write.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its condition is not met.
    pub(crate) async fn write(&self, write: Write) -> Result<(), StoreError> {
        write.send(&self.client, &self.name).await
    }

    /// Sends one write; says whether its condition was met.
    pub(crate) async fn write_if(&self, write: Write) -> Result<bool, StoreError> {
        match self.write(write).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Puts an item only if it is not there yet; says whether it was put.
    pub(crate) async fn put_new(&self, item: Item) -> Result<bool, StoreError> {
        self.write_if(Write::put_new(item)).await
    }

    /// Puts a new item with the writes that belong to it, in one request; returns the item that it met when there is
    /// one, and nothing is written then.
    pub(crate) async fn put_new_or_met(
        &self,
        item: Item,
        with: Vec<Write>,
    ) -> Result<Option<Item>, StoreError> {
        let put = Write::put_new(item).showing_met();
        if with.is_empty() {
            return put.put_or_met(&self.client, &self.name).await;
        }
        self.transaction([put].into_iter().chain(with))?
            .commit_or_met(&self.client)
            .await
    }

    /// Sends several writes that happen together or not at all.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a condition is not met, or another transaction wrote at the same time.
    pub(crate) async fn write_all(
        &self,
        writes: impl IntoIterator<Item = Write>,
    ) -> Result<(), StoreError> {
        self.commit(self.transaction(writes)?).await
    }

    /// Like [`Self::write_all`]; `false` when a condition is not met.
    pub(crate) async fn write_all_if(
        &self,
        writes: impl IntoIterator<Item = Write>,
    ) -> Result<bool, StoreError> {
        self.transaction(writes)?.commit_if(&self.client).await
    }

    /// Executes a transaction, which may reach into other tables.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a condition is not met, or another transaction wrote at the same time.
    pub(crate) async fn commit(&self, transaction: Transaction) -> Result<(), StoreError> {
        transaction.commit(&self.client).await
    }

    /// Adds a write of this table to a transaction.
    pub(crate) fn join(
        &self,
        transaction: &mut Transaction,
        write: Write,
    ) -> Result<(), StoreError> {
        transaction.join(&self.name, write)
    }

    fn transaction(
        &self,
        writes: impl IntoIterator<Item = Write>,
    ) -> Result<Transaction, StoreError> {
        let mut transaction = Transaction::default();
        for write in writes {
            self.join(&mut transaction, write)?;
        }
        Ok(transaction)
    }

    /// Sends at most [`BATCH_WRITES`] puts and deletes until all of them are done.
    pub(crate) async fn write_batch(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let requests = writes.into_iter().map(Write::into_request);
        let mut left = requests.collect::<Result<Vec<_>, _>>()?;
        // A batch may be done in part: what is left is handed in again.
        for pause in BATCH_PAUSES {
            if left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(pause).await;
            let batch = self.client.batch_write_item();
            let sent = batch.request_items(&self.name, left).send().await;
            left = sent
                .map_err(StoreError::from_sdk)?
                .unprocessed_items
                .and_then(|mut tables| tables.remove(&self.name))
                .unwrap_or_default();
        }
        if left.is_empty() {
            Ok(())
        } else {
            Err(StoreError::unanswered("writes of a batch"))
        }
    }
}

/// The sort key of an item that was read.
pub(crate) fn sort_key(item: &Item) -> Result<&str, StoreError> {
    let key = item.get("sk").and_then(|key| key.as_s().ok());
    key.map(String::as_str)
        .ok_or_else(|| StoreError::malformed("an item without a sort key"))
}
