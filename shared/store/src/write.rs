//! One write of one item: what it does, and the condition under which it does it.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, DeleteRequest, Put, PutRequest, TransactWriteItem,
    Update, WriteRequest,
};

use crate::error::StoreError;
use crate::item::{Item, s};
use crate::partition::Partition;

/// Met only where there is no item yet.
const IS_NEW: &str = "attribute_not_exists(pk)";

/// The condition of a write, put into whichever builder of the SDK makes the request: there are six, without a trait.
macro_rules! conditioned {
    ($builder:expr, $write:ident) => {
        $builder
            .set_condition_expression($write.condition)
            .set_expression_attribute_names((!$write.names.is_empty()).then_some($write.names))
            .set_expression_attribute_values((!$write.values.is_empty()).then_some($write.values))
    };
}

/// Where an item lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    pub(crate) fn new(partition: &Partition, sort: impl Into<String>) -> Self {
        Self {
            pk: partition.to_string(),
            sk: sort.into(),
        }
    }

    /// A key of a table that names its partitions otherwise.
    pub(crate) fn at(pk: &str, sort: &str) -> Self {
        Self {
            pk: pk.to_owned(),
            sk: sort.to_owned(),
        }
    }

    /// The key of an item that was read or made.
    pub(crate) fn of(item: &Item) -> Result<Self, StoreError> {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        match (text("pk"), text("sk")) {
            (Some(pk), Some(sk)) => Ok(Self { pk, sk }),
            _ => Err(StoreError::malformed("an item without a key")),
        }
    }

    pub(crate) fn into_item(self) -> Item {
        [("pk", self.pk), ("sk", self.sk)]
            .map(|(name, value)| (name.to_owned(), s(value)))
            .into()
    }
}

#[derive(Debug, Clone)]
enum What {
    Put(Item),
    Update(Key, String),
    Check(Key),
    Delete(Key),
}

/// A write, alone or as a part of a [`Transaction`](crate::transaction::Transaction).
#[derive(Debug, Clone)]
pub(crate) struct Write {
    what: What,
    condition: Option<String>,
    names: HashMap<String, String>,
    values: Item,
    shows_met: bool,
}

impl Write {
    fn new(what: What) -> Self {
        Self {
            what,
            condition: None,
            names: HashMap::new(),
            values: Item::new(),
            shows_met: false,
        }
    }

    /// Puts an item in the place of whatever is there.
    pub(crate) fn put(item: Item) -> Self {
        Self::new(What::Put(item))
    }

    /// Puts an item where there is none yet.
    pub(crate) fn put_new(item: Item) -> Self {
        Self::put(item).when(IS_NEW)
    }

    /// Changes an item by an update expression.
    pub(crate) fn update(key: Key, expression: impl Into<String>) -> Self {
        Self::new(What::Update(key, expression.into()))
    }

    /// Writes nothing; the transaction fails when the condition is not met.
    pub(crate) fn check(key: Key) -> Self {
        Self::new(What::Check(key))
    }

    /// Deletes an item.
    pub(crate) fn delete(key: Key) -> Self {
        Self::new(What::Delete(key))
    }

    /// The condition under which the write happens.
    pub(crate) fn when(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// What a placeholder (`#state`) of the expressions stands for.
    pub(crate) fn name(mut self, placeholder: &str, attribute: impl Into<String>) -> Self {
        self.names.insert(placeholder.to_owned(), attribute.into());
        self
    }

    /// What a placeholder (`:now`) of the expressions stands for.
    pub(crate) fn value(mut self, placeholder: &str, value: AttributeValue) -> Self {
        self.values.insert(placeholder.to_owned(), value);
        self
    }

    /// A failed condition returns the item that it met.
    pub(crate) fn showing_met(mut self) -> Self {
        self.shows_met = true;
        self
    }

    /// This write as a part of a transaction.
    pub(crate) fn into_part(self, table: &str) -> Result<TransactWriteItem, StoreError> {
        let part = TransactWriteItem::builder();
        let part = match self.what {
            What::Put(item) => {
                let put = Put::builder().table_name(table).set_item(Some(item));
                let shown = self.shows_met.then_some(AllOld);
                let put = put.set_return_values_on_condition_check_failure(shown);
                let put = conditioned!(put, self).build();
                part.put(put.map_err(StoreError::malformed)?)
            }
            What::Update(key, expression) => {
                let update = Update::builder().table_name(table);
                let update = update.set_key(Some(key.into_item()));
                let update = update.update_expression(expression);
                let update = conditioned!(update, self).build();
                part.update(update.map_err(StoreError::malformed)?)
            }
            What::Check(key) => {
                let check = ConditionCheck::builder().table_name(table);
                let check = check.set_key(Some(key.into_item()));
                let check = conditioned!(check, self).build();
                part.condition_check(check.map_err(StoreError::malformed)?)
            }
            What::Delete(key) => {
                let delete = Delete::builder().table_name(table);
                let delete = delete.set_key(Some(key.into_item()));
                let delete = conditioned!(delete, self).build();
                part.delete(delete.map_err(StoreError::malformed)?)
            }
        };
        Ok(part.build())
    }

    /// This write as a part of a batch, which knows no conditions.
    pub(crate) fn into_request(self) -> Result<WriteRequest, StoreError> {
        let request = WriteRequest::builder();
        match (self.what, self.condition) {
            (What::Put(item), None) => {
                let put = PutRequest::builder().set_item(Some(item)).build();
                let put = put.map_err(StoreError::malformed)?;
                Ok(request.put_request(put).build())
            }
            (What::Delete(key), None) => {
                let delete = DeleteRequest::builder()
                    .set_key(Some(key.into_item()))
                    .build();
                let delete = delete.map_err(StoreError::malformed)?;
                Ok(request.delete_request(delete).build())
            }
            _ => Err(StoreError::malformed("a batch only puts and deletes")),
        }
    }

    /// Sends this write alone; `Err(Conflict)` when its condition is not met.
    pub(crate) async fn send(
        self,
        client: &aws_sdk_dynamodb::Client,
        table: &str,
    ) -> Result<(), StoreError> {
        match self.what {
            What::Put(item) => {
                let put = client.put_item().table_name(table).set_item(Some(item));
                let sent = conditioned!(put, self).send().await;
                sent.map(|_| ()).map_err(StoreError::from_sdk)
            }
            What::Update(key, expression) => {
                let update = client.update_item().table_name(table);
                let update = update.set_key(Some(key.into_item()));
                let update = update.update_expression(expression);
                let sent = conditioned!(update, self).send().await;
                sent.map(|_| ()).map_err(StoreError::from_sdk)
            }
            What::Delete(_) | What::Check(_) => Err(StoreError::malformed(
                "only a transaction deletes and checks",
            )),
        }
    }

    /// Sends this put alone; returns the item that its condition met, if there was one.
    pub(crate) async fn put_or_met(
        self,
        client: &aws_sdk_dynamodb::Client,
        table: &str,
    ) -> Result<Option<Item>, StoreError> {
        let What::Put(item) = self.what else {
            return Err(StoreError::malformed("only a put shows what it met"));
        };
        let put = client.put_item().table_name(table).set_item(Some(item));
        let put = put.return_values_on_condition_check_failure(AllOld);
        let Err(error) = conditioned!(put, self).send().await else {
            return Ok(None);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                met(failed.item()).map(Some)
            }
            _ => Err(StoreError::from_sdk(error)),
        }
    }
}

/// The item returned by the failed condition check. Without it a replay cannot be told from a collision.
pub(crate) fn met(item: Option<&Item>) -> Result<Item, StoreError> {
    match item {
        Some(item) if !item.is_empty() => Ok(item.clone()),
        _ => Err(StoreError::malformed(
            "the failed condition came without the item it met",
        )),
    }
}
