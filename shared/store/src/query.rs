//! Reading one partition of a table or of an index, page by page.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::StoreError;
use crate::item::Item;

/// A query that is being put together. Rows come in the order of their sort keys.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    request: QueryFluentBuilder,
    condition: String,
}

impl Query {
    pub(crate) fn new(request: QueryFluentBuilder, hash: &str, value: AttributeValue) -> Self {
        Self {
            request: request.expression_attribute_values(":hash", value),
            condition: format!("{hash} = :hash"),
        }
    }

    /// Only rows whose sort key meets a comparison (`sk < :before`).
    pub(crate) fn range(mut self, comparison: &str, name: &str, value: AttributeValue) -> Self {
        self.condition = format!("{} AND {comparison}", self.condition);
        self.request = self.request.expression_attribute_values(name, value);
        self
    }

    /// Only rows that meet an expression, of which the table reads all the same; an empty expression takes all.
    pub(crate) fn filter(mut self, expression: &str, values: &Item) -> Self {
        if !expression.is_empty() {
            self.request = self.request.filter_expression(expression);
        }
        for (name, value) in values {
            self.request = self
                .request
                .expression_attribute_values(name, value.clone());
        }
        self
    }

    /// The row with the highest sort key first.
    pub(crate) fn newest_first(mut self) -> Self {
        self.request = self.request.scan_index_forward(false);
        self
    }

    /// Up to date to the last write, at twice the price; indexes cannot.
    pub(crate) fn consistent(mut self) -> Self {
        self.request = self.request.consistent_read(true);
        self
    }

    /// Only these attributes of each row.
    pub(crate) fn only(mut self, attributes: &str) -> Self {
        self.request = self.request.projection_expression(attributes);
        self
    }

    /// At most so many rows a page, counted before the filter.
    pub(crate) fn limit(mut self, rows: usize) -> Self {
        self.request = self.request.limit(i32::try_from(rows).unwrap_or(i32::MAX));
        self
    }

    /// Begins behind the key of an earlier page.
    pub(crate) fn behind(mut self, key: Option<Item>) -> Self {
        self.request = self.request.set_exclusive_start_key(key);
        self
    }

    /// One page, and the key behind which the next one begins.
    pub(crate) async fn page(self) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let request = self.request.key_condition_expression(self.condition);
        let answer = request.send().await.map_err(StoreError::from_sdk)?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }

    /// All rows, in one request per MB.
    pub(crate) async fn all(self) -> Result<Vec<Item>, StoreError> {
        let request = self.request.key_condition_expression(self.condition);
        let rows = request.into_paginator().items().send();
        rows.try_collect().await.map_err(StoreError::from_sdk)
    }
}
