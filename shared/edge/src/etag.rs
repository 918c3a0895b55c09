//! Optimistic locking over HTTP: a case's version is its entity tag (RFC 9110 sections 8.8.3 and 13.1.1).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponseParts, ResponseParts};
use http::request::Parts;
use http::{HeaderValue, header};

use crate::problem::{FieldError, Problem};

/// The version that a command was decided on, from `If-Match: "3"`.
///
/// As an extractor it refuses with 428 when the header is missing, and with 400 `invalid_fields` naming it when it is
/// anything but one strong tag that holds a number: a weak tag, a list and `*` would not say what the caller saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub u64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(header::IF_MATCH).into_iter();
        let value = values.next().ok_or_else(Problem::precondition_required)?;
        value
            .to_str()
            .ok()
            .and_then(version)
            .filter(|_| values.next().is_none())
            .map(Self)
            .ok_or_else(|| {
                Problem::invalid_fields(vec![FieldError::new("If-Match", "not_recognized")])
            })
    }
}

/// What the caller saw of an item that a PUT writes whole: its version, from `If-Match: "3"`, or that there is none,
/// from `If-None-Match: *` (RFC 9110 section 13.1.2).
///
/// As an extractor it refuses with 428 when neither header is there, and with 400 `invalid_fields` when both are or one
/// is not of this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// There was nothing: it is to be made.
    Nothing,
    /// This version.
    Version(u64),
}

impl<S: Send + Sync> FromRequestParts<S> for Precondition {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut none = parts.headers.get_all(header::IF_NONE_MATCH).into_iter();
        let Some(value) = none.next() else {
            let IfMatch(version) = IfMatch::from_request_parts(parts, state).await?;
            return Ok(Self::Version(version));
        };
        if value == "*" && none.next().is_none() && !parts.headers.contains_key(header::IF_MATCH) {
            return Ok(Self::Nothing);
        }
        Err(Problem::invalid_fields(vec![FieldError::new(
            "If-None-Match",
            "not_recognized",
        )]))
    }
}

fn version(tag: &str) -> Option<u64> {
    let digits = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    let version: u64 = digits.parse().ok()?;
    (version.to_string() == digits).then_some(version)
}

/// Writes the version of a case as `ETag: "3"`; goes before the body: `(ETag(3), Json(view))`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ETag(pub u64);

impl IntoResponseParts for ETag {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        // Digits between quotes are always a header value.
        if let Ok(value) = HeaderValue::try_from(format!("\"{}\"", self.0)) {
            parts.headers_mut().insert(header::ETAG, value);
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;
    use crate::testing::request;

    async fn read(headers: &[(&str, &str)]) -> Result<u64, Problem> {
        let (mut parts, ()) = request(headers).into_parts();
        let tag = IfMatch::from_request_parts(&mut parts, &()).await?;
        Ok(tag.0)
    }

    #[tokio::test]
    async fn what_was_written_as_an_etag_is_read_as_if_match() {
        let response = (ETag(u64::MAX), "body").into_response();
        let tag = response.headers()[header::ETAG].to_str().unwrap();
        assert_eq!(read(&[("if-match", tag)]).await.unwrap(), u64::MAX);
    }

    #[tokio::test]
    async fn what_a_put_replaces_is_a_version_or_nothing() {
        let seen = async |headers: &[(&str, &str)]| {
            let (mut parts, ()) = request(headers).into_parts();
            let seen = Precondition::from_request_parts(&mut parts, &()).await;
            seen.map_err(|problem| problem.status().as_u16())
        };
        assert_eq!(
            seen(&[("if-match", "\"3\"")]).await,
            Ok(Precondition::Version(3))
        );
        assert_eq!(
            seen(&[("if-none-match", "*")]).await,
            Ok(Precondition::Nothing)
        );
        assert_eq!(seen(&[]).await, Err(428));
        for headers in [
            &[("if-none-match", "\"3\"")][..],
            &[("if-none-match", "*"), ("if-match", "\"3\"")],
            &[("if-none-match", "*"), ("if-none-match", "*")],
        ] {
            assert_eq!(seen(headers).await, Err(400), "{headers:?}");
        }
    }

    #[tokio::test]
    async fn a_command_without_a_version_is_428() {
        assert_eq!(read(&[]).await.unwrap_err().status().as_u16(), 428);
    }

    #[tokio::test]
    async fn a_tag_that_does_not_say_one_version_is_400() {
        for tag in [
            "",
            "3",
            "\"\"",
            "*",
            "W/\"3\"",
            "\"3\", \"4\"",
            "\"03\"",
            "\"-1\"",
            "\"+1\"",
            "\"18446744073709551616\"",
            "\"三\"",
        ] {
            let problem = read(&[("if-match", tag)]).await.unwrap_err();
            assert_eq!(problem.status().as_u16(), 400, "{tag}");
        }
        let twice = read(&[("if-match", "\"3\""), ("if-match", "\"4\"")]).await;
        assert_eq!(twice.unwrap_err().status().as_u16(), 400);
    }
}
