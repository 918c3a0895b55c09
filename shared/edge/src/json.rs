//! What a caller sent: a body of JSON or a query string, both read by [`Fields`].

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::response::IntoResponse;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::fields::{FieldErrors, Fields};
use crate::node::{Names, Node};
use crate::problem::Problem;

/// A request body: JSON of at most 256 kB, sent as `application/json`.
///
/// As an extractor it refuses with 413, with 415 (another type, another charset than UTF-8, a compressed body), or with
/// 400 `malformed_json` (syntax, encoding, nesting beyond 128 levels).
/// What is inside is then read by [`read`](Self::read).
#[derive(Debug, Clone)]
pub struct JsonBody(Node);

impl JsonBody {
    /// Parses JSON text.
    pub fn parse(json: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(json)
            .map(Self)
            .map_err(|_| Problem::malformed("malformed_json"))
    }

    /// A body whose tree was put together from another form.
    pub(crate) fn from_node(node: Node) -> Self {
        Self(node)
    }

    /// Reads the body as an object of named fields; refuses with every field error at once (400 `invalid_fields`).
    pub fn read<T>(
        self,
        read: impl FnOnce(&mut Fields) -> Result<T, FieldErrors>,
    ) -> Result<T, Problem> {
        Fields::read_root(self.0, read)
    }

    /// SHA-256 of the body in canonical form (names sorted, no white space): equal for equal content, however written.
    pub fn fingerprint(&self) -> [u8; 32] {
        // A tree of text keys and finite numbers always serializes.
        let canonical = serde_json::to_vec(&self.0).unwrap_or_default();
        Sha256::digest(canonical).into()
    }

    /// The same, blind for some members of the objects in a list: content that may differ in a repetition.
    #[must_use]
    pub fn fingerprint_without(&self, list: &str, members: &[&str]) -> [u8; 32] {
        let mut body = self.clone();
        if let Node::Object(names) = &mut body.0 {
            let lists = names.get_mut(list).into_iter().flatten();
            let items = lists.filter_map(|node| match node {
                Node::List(items) => Some(items),
                _ => None,
            });
            for item in items.flatten() {
                if let Node::Object(item) = item {
                    item.retain(|name, _| !members.contains(&name.as_str()));
                }
            }
        }
        body.fingerprint()
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        check_media(request.headers())?;
        let bytes = Bytes::from_request(request, state).await.map_err(refused)?;
        Self::parse(&bytes)
    }
}

/// Refuses what is not plain JSON in UTF-8 by its headers, and says why: 415.
fn check_media(headers: &HeaderMap) -> Result<(), Problem> {
    let unsupported = |code| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code);
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = media.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(Problem::unsupported_media_type());
    }
    let charset = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    if charset.is_some_and(|(_, set)| !is_utf8(set.trim().trim_matches('"'))) {
        return Err(unsupported("unsupported_charset"));
    }
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).into_iter();
    if encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(unsupported("unsupported_content_encoding"));
    }
    Ok(())
}

fn is_utf8(charset: &str) -> bool {
    ["utf-8", "utf8"]
        .iter()
        .any(|name| charset.eq_ignore_ascii_case(name))
}

fn refused(rejection: BytesRejection) -> Problem {
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::payload_too_large(),
        _ => Problem::malformed("bad_request"),
    }
}

/// The query string of a request, read by the same rules as a body: an unknown or repeated parameter is a fault.
#[derive(Debug, Clone)]
pub struct QueryString(Node);

impl QueryString {
    /// Reads the parameters; refuses with every faulty one at once (400 `invalid_fields`).
    pub fn read<T>(
        self,
        read: impl FnOnce(&mut Fields) -> Result<T, FieldErrors>,
    ) -> Result<T, Problem> {
        Fields::read_root(self.0, read)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryString {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Problem::malformed("bad_request"))?;
        let mut names = Names::new();
        for (name, value) in pairs {
            names.entry(name).or_default().push(Node::Word(value));
        }
        Ok(Self(Node::Object(names)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(json: &str) -> [u8; 32] {
        JsonBody::parse(json.as_bytes()).unwrap().fingerprint()
    }

    #[test]
    fn the_fingerprint_sees_content_and_not_how_it_is_written() {
        let one = fingerprint(r#"{"text":"井盖","photos":[{"bytes":1,"angle":"front"}]}"#);
        let other = fingerprint(
            "{ \"photos\": [ {\"angle\":\"front\", \"bytes\": 1} ],\n \"text\":\"\\u4e95盖\" }",
        );
        assert_eq!(one, other);
    }

    #[test]
    fn a_fingerprint_is_blind_for_what_it_is_told_to_and_for_nothing_else() {
        let of = |json: &str| {
            let body = JsonBody::parse(json.as_bytes()).unwrap();
            body.fingerprint_without("photos", &["bytes"])
        };
        let one = of(r#"{"text":"x","photos":[{"bytes":1,"angle":"front"}]}"#);
        assert_eq!(
            one,
            of(r#"{"text":"x","photos":[{"bytes":2,"angle":"front"}]}"#)
        );
        for other in [
            r#"{"text":"y","photos":[{"bytes":1,"angle":"front"}]}"#,
            r#"{"text":"x","photos":[{"bytes":1,"angle":"side"}]}"#,
            r#"{"text":"x","photos":[{"angle":"front"},{"angle":"front"}]}"#,
            r#"{"text":"x","bytes":1,"photos":[{"angle":"front"}]}"#,
        ] {
            assert_ne!(one, of(other), "{other}");
        }
    }

    #[test]
    fn the_fingerprint_sees_every_difference() {
        let bodies = [
            "null",
            "0",
            "1",
            "\"\"",
            "\"0\"",
            "true",
            "[]",
            "[[]]",
            "[0,1]",
            "[1,0]",
            "{}",
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":null}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"b":1}"#,
        ];
        let distinct: std::collections::BTreeSet<_> =
            bodies.iter().map(|body| fingerprint(body)).collect();
        assert_eq!(distinct.len(), bodies.len());
    }

    #[test]
    fn what_is_not_json_is_refused_as_malformed() {
        let deep = "[".repeat(100_000);
        let nested = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for json in [
            "",
            " ",
            "{",
            "{'a':1}",
            "{\"a\":1}}",
            "nul",
            "1e999",
            "\"\\ud800\"",
            "\u{feff}{}",
            "[1,]",
            "NaN",
            &deep,
            &nested,
        ] {
            let problem = JsonBody::parse(json.as_bytes()).unwrap_err();
            assert_eq!(problem.code(), "malformed_json");
        }
        assert!(JsonBody::parse(b"{\"a\":\"\xff\xfe\"}").is_err());
    }
}
