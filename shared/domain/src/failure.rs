//! What a failed dependency means to whoever waits for an answer.

use std::error::Error;

/// A failure of a table, a bucket or another system, told apart only by what the caller can do about it.
pub trait Failure: Error + Send + Sync + 'static {
    /// Whether trying again later may help: the dependency is away, throttling, or somebody else was faster. Otherwise
    /// the fault is ours and stays.
    fn is_temporary(&self) -> bool;
}
