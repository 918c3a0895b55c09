//! The key by which a repeated submission is known: every POST carries one.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::problem::{FieldError, Problem};
use zhitiao_runtime::mac;

/// The request header that carries the key.
pub const HEADER: &str = "Idempotency-Key";

/// What the caller names its submission: a UUID, the same one on every retry.
///
/// As an extractor it refuses with 400 `invalid_fields` naming the header, when the header is missing or no UUID, or
/// when it is the nil or the max UUID (RFC 9562), which stand for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(pub Uuid);

/// Bytes of the mark in a command's id: enough to tell the few things apart that one key is used for by mistake.
const MARK_BYTES: usize = 8;

impl IdempotencyKey {
    /// What a command is known by in a case's history: `<key>.<mark>`, the mark a hash of who asked which route for
    /// what.
    ///
    /// The same key with the same mark is a repetition. With another mark it was used for something else, and must not
    /// be answered as if that had been done. `body` is the fingerprint of the request's body.
    pub fn command_id(&self, caller: &str, route: &str, body: &[u8; 32]) -> String {
        let mut hash = Sha256::new();
        for part in [caller.as_bytes(), route.as_bytes(), body] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        format!("{}.{}", self.0, mac::encode(&hash.finalize()[..MARK_BYTES]))
    }

    /// Reads a key.
    ///
    /// # Errors
    /// The code of the field error.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let key = Uuid::try_parse_ascii(text.as_bytes()).map_err(|_| "not_recognized")?;
        // A caller that sends one of these never made a key: everyone else who did not make one sends the same.
        if key.is_nil() || key.is_max() {
            return Err("key_of_nobody");
        }
        Ok(Self(key))
    }

    /// Whether a command's id was made from this key.
    pub fn names(&self, command_id: &str) -> bool {
        command_id
            .split_once('.')
            .is_some_and(|(key, _)| key == self.0.to_string())
    }
}

/// The status of an answer to a submission: 201 when it made something, 200 when it repeats an earlier one.
pub fn status(is_new: bool) -> StatusCode {
    if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let refused = |code| Problem::invalid_fields(vec![FieldError::new(HEADER, code)]);
        let value = parts
            .headers
            .get(HEADER)
            .ok_or_else(|| refused("required"))?;
        let value = value.to_str().map_err(|_| refused("not_recognized"))?;
        Self::parse(value).map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::request;

    async fn read(headers: &[(&str, &str)]) -> Result<IdempotencyKey, Problem> {
        let (mut parts, ()) = request(headers).into_parts();
        IdempotencyKey::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn one_uuid_in_two_spellings_is_one_key() {
        let lower = read(&[("idempotency-key", "67e55044-10b1-426f-9247-bb680e5fe0c8")]).await;
        let upper = read(&[("Idempotency-Key", "67E55044-10B1-426F-9247-BB680E5FE0C8")]).await;
        assert_eq!(lower.unwrap(), upper.unwrap());
    }

    #[test]
    fn a_command_is_known_by_its_key_and_by_who_asked_which_route_for_what() {
        let key = IdempotencyKey(Uuid::from_u128(7));
        let id = key.command_id("wang.fang", "/notes", &[1; 32]);
        assert_eq!(id, key.command_id("wang.fang", "/notes", &[1; 32]));
        for other in [
            key.command_id("li.na", "/notes", &[1; 32]),
            key.command_id("wang.fang", "/close", &[1; 32]),
            key.command_id("wang.fang", "/notes", &[2; 32]),
            key.command_id("wang.fang/", "notes", &[1; 32]),
        ] {
            assert_ne!(id, other);
            assert!(key.names(&other));
        }
        assert!(!IdempotencyKey(Uuid::from_u128(8)).names(&id));
    }

    #[tokio::test]
    async fn a_missing_or_malformed_key_is_a_fault_that_names_the_header() {
        for (headers, code) in [
            (&[] as &[(&str, &str)], "required"),
            (&[("idempotency-key", "")], "not_recognized"),
            (&[("idempotency-key", "1")], "not_recognized"),
            (
                &[("idempotency-key", "67e55044-10b1-426f-9247-bb680e5fe0c")],
                "not_recognized",
            ),
            (
                &[("idempotency-key", "00000000-0000-0000-0000-000000000000")],
                "key_of_nobody",
            ),
            (
                &[("idempotency-key", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")],
                "key_of_nobody",
            ),
        ] {
            let problem = read(headers).await.unwrap_err();
            let fault = &problem.faults()[0];
            assert_eq!(
                (problem.status().as_u16(), &*fault.field, fault.code),
                (400, HEADER, code)
            );
        }
    }
}
