//! The permission to upload one photo.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use aws_sdk_s3::presigning::PresignedRequest;
use serde::Serialize;

/// What an upload must look like: the client sends the file to `url` with exactly these headers.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct UploadGrant {
    /// The HTTP method: always `PUT`.
    pub method: &'static str,
    /// Where the file goes. Every holder may upload: it is a secret until it expires.
    pub url: String,
    /// The headers that are signed: `content-type` and `content-length`.
    pub headers: BTreeMap<String, String>,
    /// Seconds from now until the grant expires.
    pub expires_in_seconds: u64,
}

impl UploadGrant {
    pub(super) fn of(request: &PresignedRequest, life: Duration) -> Self {
        Self {
            method: "PUT",
            url: request.uri().to_owned(),
            headers: request
                .headers()
                // The SDK adds a trace header inside Lambda, unsigned; an uploader has no business with it.
                .filter(|(name, _)| matches!(*name, "content-type" | "content-length"))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            expires_in_seconds: life.as_secs(),
        }
    }
}

impl fmt::Debug for UploadGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadGrant")
            .field("headers", &self.headers)
            .field("expires_in_seconds", &self.expires_in_seconds)
            .finish_non_exhaustive()
    }
}
