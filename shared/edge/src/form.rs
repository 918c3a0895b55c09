//! What a browser's form sends, read by the same rules as a JSON body.
//!
//! A form names its fields as the API does, by path: `contact.phone`, `photos[0].angle`. So a page and the API share
//! one reader, and a value that one refuses the other refuses too.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode, Uri, header};

use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::node::Node;
use crate::problem::{FieldError, Problem};

/// The field that carries the key under which the form may be sent again.
pub const KEY_FIELD: &str = "idempotency_key";

/// The media type of a form without files.
const MEDIA: &str = "application/x-www-form-urlencoded";

/// Dots in a field's path. A longer one is a name that no reader knows; followed, it would end the process by its
/// depth.
const DOTS: usize = 3;

/// Entries of a list that a form can have.
const LIST_ENTRIES: usize = 32;

/// Under which name browsers know this site, `host` or `host:port`: behind a CDN the header `Host` says another one. A
/// function of pages puts it into the extensions of each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteAddress(pub String);

/// A form of at most 256 kB, sent by a page of this very site.
///
/// As an extractor it refuses with 403 `foreign_form` what a page of another site sends, with 413, and with 415 what is
/// no form.
#[derive(Debug, Clone)]
pub struct FormBody(Vec<(String, String)>);

impl FormBody {
    /// The value of a field as it was sent, to show it again in a form that was refused.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Takes a field out that is about the form and not about what it sends.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// The key that was made with the form.
    ///
    /// # Errors
    /// 400 `invalid_fields`.
    pub fn key(&self) -> Result<IdempotencyKey, Problem> {
        let refused = |code| Problem::invalid_fields(vec![FieldError::new(KEY_FIELD, code)]);
        let value = self.value(KEY_FIELD).ok_or_else(|| refused("required"))?;
        IdempotencyKey::parse(value).map_err(refused)
    }

    /// The fields as a body like that of the API; the key is no part of it.
    pub fn into_body(self) -> JsonBody {
        let mut root = Tree::default();
        for (name, value) in self.0 {
            if name != KEY_FIELD {
                root.add(&name, value);
            }
        }
        JsonBody::from_node(root.into_node())
    }
}

/// Fields that are put together by their paths.
#[derive(Default)]
struct Tree {
    words: BTreeMap<String, Vec<String>>,
    objects: BTreeMap<String, Tree>,
    lists: BTreeMap<String, BTreeMap<usize, Tree>>,
}

impl Tree {
    fn add(&mut self, path: &str, value: String) {
        let is_path = path.bytes().filter(|b| *b == b'.').count() <= DOTS;
        let Some((first, rest)) = path.split_once('.').filter(|_| is_path) else {
            self.words.entry(path.to_owned()).or_default().push(value);
            return;
        };
        if let Some((list, at)) = entry(first) {
            let list = self.lists.entry(list.to_owned()).or_default();
            list.entry(at).or_default().add(rest, value);
        } else {
            let object = self.objects.entry(first.to_owned()).or_default();
            object.add(rest, value);
        }
    }

    fn into_node(self) -> Node {
        let mut names: BTreeMap<String, Vec<Node>> = BTreeMap::new();
        for (name, values) in self.words {
            let values = values.into_iter().map(Node::Word);
            names.entry(name).or_default().extend(values);
        }
        for (name, object) in self.objects {
            names.entry(name).or_default().push(object.into_node());
        }
        for (name, list) in self.lists {
            let list = list.into_values().map(Self::into_node).collect();
            names.entry(name).or_default().push(Node::List(list));
        }
        Node::Object(names)
    }
}

/// The list and the place in it that a segment of a path names: `photos[0]`.
fn entry(segment: &str) -> Option<(&str, usize)> {
    let (list, rest) = segment.split_once('[')?;
    let at = rest.strip_suffix(']')?.parse().ok()?;
    (at < LIST_ENTRIES).then_some((list, at))
}

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_form(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_form",
            ));
        }
        let address = request.extensions().get::<SiteAddress>();
        if !is_of_this_site(request.headers(), address) {
            return Err(Problem::new(StatusCode::FORBIDDEN, "foreign_form"));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|refusal| match refusal.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::payload_too_large(),
                _ => Problem::malformed("bad_request"),
            })?;
        let pairs = serde_urlencoded::from_bytes(&bytes);
        pairs
            .map(Self)
            .map_err(|_| Problem::malformed("bad_request"))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE);
    let media = media.and_then(|value| value.to_str().ok());
    let media = media.and_then(|media| media.split(';').next());
    media.is_some_and(|media| media.trim().eq_ignore_ascii_case(MEDIA))
}

/// Whether the page that sends the form is one of this site: browsers say so by `Sec-Fetch-Site` or `Origin`, older
/// ones by `Referer`. A client that says nothing is no browser, and carries nobody's cookies unawares.
fn is_of_this_site(headers: &HeaderMap, address: Option<&SiteAddress>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(page) = text("origin").or_else(|| text("referer")) else {
        return true;
    };
    let page: Option<Uri> = page.parse().ok();
    let authority = page.as_ref().and_then(Uri::authority);
    authority.is_some_and(|page| {
        let page = page.as_str();
        Some(page) == text("host") || address.is_some_and(|own| page == own.0)
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn sent(headers: &[(&str, &str)], body: &str) -> Result<FormBody, Problem> {
        let mut request = Request::post("/report");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        FormBody::from_request(request, &()).await
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    #[tokio::test]
    async fn a_form_is_read_as_the_body_of_the_api() {
        let form = "text=%E4%BA%95%E7%9B%96&contact.phone=1&photos%5B0%5D.bytes=5&consents.publish=true\
                    &idempotency_key=5f0c";
        let body = sent(&[FORM], form).await.unwrap().into_body();
        let read = body.read(|f| {
            let text = f.required("text", |v| v.line(1..=10));
            let phone = f.required("contact", |v| {
                v.object(|f| f.required("phone", |v| v.line(1..=10)))
            });
            let photos = f.required("photos", |v| {
                v.list(0..=9, |v| {
                    v.object(|f| f.required("bytes", |v| v.integer(1..=9_u32)))
                })
            });
            let consents = f.required("consents", |v| {
                v.object(|f| f.required("publish", crate::Field::boolean))
            });
            Ok((text?, phone?, photos?, consents?))
        });
        assert_eq!(
            read.unwrap(),
            ("井盖".to_owned(), "1".to_owned(), vec![5], true)
        );
    }

    #[tokio::test]
    async fn a_page_of_another_site_cannot_send_a_form() {
        let host = ("host", "zhitiao.example");
        for (headers, taken) in [
            (vec![FORM], true),
            (vec![FORM, ("sec-fetch-site", "same-origin")], true),
            (vec![FORM, ("sec-fetch-site", "cross-site")], false),
            (vec![FORM, ("sec-fetch-site", "same-site")], false),
            (
                vec![FORM, host, ("origin", "https://zhitiao.example")],
                true,
            ),
            (vec![FORM, host, ("origin", "https://evil.example")], false),
            (vec![FORM, host, ("origin", "null")], false),
            (
                vec![FORM, host, ("referer", "https://zhitiao.example/report")],
                true,
            ),
            (
                vec![
                    FORM,
                    host,
                    ("referer", "https://evil.example/zhitiao.example"),
                ],
                false,
            ),
        ] {
            let answer = sent(&headers, "text=a").await;
            assert_eq!(answer.is_ok(), taken, "{headers:?}");
        }
    }

    #[tokio::test]
    async fn a_path_without_end_is_a_name_that_nobody_knows() {
        let form = format!("{}=1", "a.".repeat(120_000));
        let body = sent(&[FORM], &form).await.unwrap().into_body();
        body.fingerprint();
        let problem = body.read(|_| Ok(())).unwrap_err();
        assert_eq!(problem.faults().len(), 1);
        assert_eq!(problem.faults()[0].code, "unknown_field");
    }

    #[tokio::test]
    async fn what_is_no_form_is_said_to_be_none() {
        for media in ["application/json", "multipart/form-data; boundary=x", ""] {
            let answer = sent(&[("content-type", media)], "text=a").await;
            assert_eq!(answer.unwrap_err().code(), "unsupported_form", "{media}");
        }
    }
}
