//! Several writes that happen together or not at all.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use crate::error::StoreError;
use crate::item::Item;
use crate::write::{Write, met};

/// A transaction that is being put together; its parts may lie in several tables.
#[derive(Debug, Default)]
pub struct Transaction {
    parts: Vec<TransactWriteItem>,
}

impl Transaction {
    /// Adds a write to the table of that name.
    pub(crate) fn join(&mut self, table: &str, write: Write) -> Result<(), StoreError> {
        self.parts.push(write.into_part(table)?);
        Ok(())
    }

    async fn send(self, client: &Client) -> Result<(), SdkError<TransactWriteItemsError>> {
        let request = client
            .transact_write_items()
            .set_transact_items(Some(self.parts));
        request.send().await.map(|_| ())
    }

    /// Carries all of it out.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a condition is not met, or another transaction wrote at the same time.
    pub(crate) async fn commit(self, client: &Client) -> Result<(), StoreError> {
        self.send(client)
            .await
            .map_err(StoreError::from_transaction)
    }

    /// Carries all of it out; `false` when a condition is not met. When another transaction writes at the same time,
    /// the answer is [`StoreError::Conflict`], and the caller tries again.
    pub(crate) async fn commit_if(self, client: &Client) -> Result<bool, StoreError> {
        match self.send(client).await {
            Ok(()) => Ok(true),
            Err(error) if reasons(&error).iter().any(is_unmet) => Ok(false),
            Err(error) => Err(StoreError::from_transaction(error)),
        }
    }

    /// Carries all of it out; returns the item that the condition of the first part met, if there was one.
    pub(crate) async fn commit_or_met(self, client: &Client) -> Result<Option<Item>, StoreError> {
        let Err(error) = self.send(client).await else {
            return Ok(None);
        };
        match reasons(&error).first() {
            Some(reason) if is_unmet(reason) => met(reason.item()).map(Some),
            _ => Err(StoreError::from_transaction(error)),
        }
    }
}

fn reasons<R>(error: &SdkError<TransactWriteItemsError, R>) -> &[CancellationReason] {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons()
        }
        _ => &[],
    }
}

fn is_unmet(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}
