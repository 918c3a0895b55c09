//! What can go wrong with the table, sorted once.

use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use zhitiao_domain::kernel::error::Failure;

/// A boxed cause, kept for the log and never shown to a caller.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer was first.
    #[error("lost the race for the item")]
    Conflict,
    /// The table cannot be reached, is throttling or did not answer in time. The write may or may not have landed.
    #[error("the table is unavailable: {0}")]
    Unavailable(String, #[source] Cause),
    /// A step of stored data was begun that this code does not know.
    #[error(
        "the stored data is at step {stored}, and this release knows them up to {known}: deploy the release that made \
         them, or a newer one"
    )]
    Newer {
        /// The newest step that was begun.
        stored: u32,
        /// The newest one that is known.
        known: u32,
    },
    /// What the table holds, or what we sent it, is not what it should be.
    #[error("unexpected item or request: {0}")]
    Malformed(String, #[source] Cause),
}

impl StoreError {
    /// A stored item that cannot be read.
    pub fn malformed(cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        Self::Malformed(cause.to_string(), cause)
    }

    /// The directory of a district that must be there is not.
    pub fn no_directory(district: &zhitiao_domain::kernel::ids::DistrictId) -> Self {
        Self::malformed(format!("district {district} has no directory"))
    }

    /// Like [`Self::malformed`], naming what could not be read.
    pub(crate) fn malformed_of<E: std::fmt::Display>(
        what: &str,
    ) -> impl FnOnce(E) -> Self + use<'_, E> {
        move |err| Self::malformed(format!("{what}: {err}"))
    }

    /// The table answered, and left something out time after time.
    pub(crate) fn unanswered(what: &str) -> Self {
        let text = format!("{what} stay unanswered");
        Self::Unavailable(text.clone(), text.into())
    }

    /// Sorts an SDK failure: the table's own "no" to what we sent is our fault; everything else is unavailability.
    pub(crate) fn from_sdk<E, R>(err: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let text = DisplayErrorContext(&err).to_string();
        match err.as_service_error().and_then(ProvideErrorMetadata::code) {
            Some("ValidationException" | "ResourceNotFoundException" | "AccessDeniedException") => {
                Self::Malformed(text, err.into())
            }
            Some("ConditionalCheckFailedException") => Self::Conflict,
            _ => Self::Unavailable(text, err.into()),
        }
    }

    /// Sorts a cancelled transaction by its reasons: a lost condition is a conflict only when nothing else went wrong,
    /// because the same exception covers throttling.
    pub(crate) fn from_transaction<R>(err: SdkError<TransactWriteItemsError, R>) -> Self
    where
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            err.as_service_error()
        else {
            return Self::from_sdk(err);
        };
        let codes: Vec<&str> = cancelled
            .cancellation_reasons()
            .iter()
            .filter_map(|reason| reason.code())
            .collect();
        let lost = |code: &&str| matches!(*code, "ConditionalCheckFailed" | "TransactionConflict");
        if codes.iter().all(|code| lost(code) || *code == "None") && codes.iter().any(lost) {
            return Self::Conflict;
        }
        let text = format!("transaction cancelled: {}", codes.join(", "));
        if codes.contains(&"ValidationError") {
            Self::Malformed(text, err.into())
        } else {
            Self::Unavailable(text, err.into())
        }
    }
}

impl Failure for StoreError {
    fn is_temporary(&self) -> bool {
        match self {
            // A newer release is on its way: callers try again.
            Self::Conflict | Self::Unavailable(..) | Self::Newer { .. } => true,
            Self::Malformed(..) => false,
        }
    }
}
