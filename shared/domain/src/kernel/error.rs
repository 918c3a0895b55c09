//! What can be wrong: with a field that a caller filled in, and with a dependency that failed.

use std::error::Error;

/// A failure of a table, a bucket or another system, told apart only by what the caller can do about it.
pub trait Failure: Error + Send + Sync + 'static {
    /// Whether trying again later may help: the dependency is away, throttling, or another writer was faster. Otherwise
    /// the fault is ours and stays.
    fn is_temporary(&self) -> bool;
}

/// One field that is not filled in correctly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The path of the field, e.g. `posts[1].unit`.
    pub field: String,
    /// What is wrong, as a stable code; its sentence is `field.<code>`.
    pub code: &'static str,
    /// Values for the sentence, by name, e.g. `max`.
    pub values: Vec<(&'static str, String)>,
}

impl FieldError {
    /// An error of the named field, e.g. `photos[2].angle` with `not_recognized`.
    pub fn new(field: impl Into<String>, code: &'static str) -> Self {
        Self {
            field: field.into(),
            code,
            values: Vec::new(),
        }
    }

    /// Adds a value for the sentence.
    pub fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }
}
