//! What can go wrong with S3, sorted once.

use std::error::Error;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::GetObjectError;
use zhitiao_domain::kernel::error::Failure;

/// A photo could not be read, written or signed for.
#[derive(Debug, thiserror::Error)]
pub enum PhotoStoreError {
    /// S3 did not do what was asked, after all attempts; a later try may succeed.
    #[error("the photo store is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// S3 answered in a way that it does not document.
    #[error("the photo store answered with {0}")]
    Malformed(&'static str),
}

impl PhotoStoreError {
    pub(super) fn unavailable(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Unavailable(Box::new(source))
    }
}

impl<E, R> From<SdkError<E, R>> for PhotoStoreError
where
    E: Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::unavailable(error)
    }
}

/// Whether a reading failed because the key is gone. S3 answers 404 to who may list the bucket and 403 to who may not.
pub(super) fn is_gone(error: &SdkError<GetObjectError>) -> bool {
    error
        .raw_response()
        .is_some_and(|answer| matches!(answer.status().as_u16(), 403 | 404))
}

impl Failure for PhotoStoreError {
    fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
