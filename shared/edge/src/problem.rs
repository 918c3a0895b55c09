//! What a caller is told when something does not work: RFC 9457 `application/problem+json`.
//!
//! One rule for the status: 400 for everything about the shape of a request (syntax, fields, headers), 422 for a
//! request that is well-formed and that the rules of the service refuse. The sentences are in `zhitiao_texts`.
//!
//! A handler answers `Err(problem)`. The problem rides in the response's extensions until the layer of
//! [`http()`](crate::http()) writes it out in the caller's language: as JSON, or as a page where `Accept` prefers
//! `text/html`.

mod page;

use std::{error::Error, sync::Arc};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
pub use page::STYLE_SHEET;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::kernel::error::Failure;
pub use zhitiao_domain::kernel::error::FieldError;
use zhitiao_domain::kernel::ids::TokenSubject;
use zhitiao_texts::{Lang, fill, text};

use crate::negotiation::{Client, Form};

/// The media type of every refusal.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// Seconds after which a caller may try again when a dependency was down.
const RETRY_AFTER_SECONDS: u32 = 5;

/// In the extensions of a response: it says itself what is wrong, and no problem takes its place.
#[derive(Debug, Clone, Copy)]
pub struct Explained;

/// A refusal or failure: a status, a stable code and what the caller needs to go on.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    faults: Vec<FieldError>,
    current_version: Option<u64>,
    subject: Option<String>,
    retry_after: Option<u32>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What is wrong with a field, in the caller's language.
fn message(error: &FieldError, lang: Lang) -> String {
    let sentence = text(&format!("field.{}", error.code), lang)
        // A rule that names no limits gets the general sentence instead of one with holes.
        .filter(|sentence| !(error.values.is_empty() && sentence.contains('{')))
        .or_else(|| text("field.invalid", lang))
        .unwrap_or_default();
    fill(sentence, &error.values)
}

impl Problem {
    /// A problem with its status and its stable code; the code's sentence stands in `zhitiao_texts`.
    pub fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            faults: Vec::new(),
            current_version: None,
            subject: None,
            retry_after: None,
            source: None,
        }
    }

    /// 400: the request is not in the form that the route asks for.
    pub fn malformed(code: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code)
    }

    /// 400 `invalid_fields`: these fields, all of them, are not filled in correctly.
    pub fn invalid_fields(faults: Vec<FieldError>) -> Self {
        Self {
            faults,
            ..Self::malformed("invalid_fields")
        }
    }

    /// 401: the caller is no person that the service knows.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized")
    }

    /// 403: the caller may see this and may not do it.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden")
    }

    /// 403: the token is sound, and the directory knows nobody by its subject; tells the subject, so that the caller
    /// can give it to the operator.
    pub fn unknown_subject(subject: &TokenSubject) -> Self {
        Self {
            subject: Some(subject.to_string()),
            ..Self::new(StatusCode::FORBIDDEN, "unknown_subject")
        }
    }

    /// 404: it does not exist, or it is not the caller's to see.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found")
    }

    /// 409: another person was faster; tells the version that won.
    pub fn version_conflict(current: u64) -> Self {
        Self {
            current_version: Some(current),
            ..Self::new(StatusCode::CONFLICT, "version_conflict")
        }
    }

    /// 413: the body is over the limit.
    pub fn payload_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large")
    }

    /// 415: the body is not JSON by its content type.
    pub fn unsupported_media_type() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")
    }

    /// 422: well-formed, and refused by a rule; the code is the rule's.
    pub fn unprocessable(code: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code)
    }

    /// 428: a command on a case without `If-Match`.
    pub fn precondition_required() -> Self {
        Self::new(StatusCode::PRECONDITION_REQUIRED, "precondition_required")
    }

    /// 429: too many requests; the caller may try again after so many seconds.
    pub fn too_many(retry_after_seconds: u32) -> Self {
        Self {
            retry_after: Some(retry_after_seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests")
        }
    }

    /// 503 with `Retry-After`: something that the service depends on is down. The source is logged, never answered.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            retry_after: Some(RETRY_AFTER_SECONDS),
            source: Some(Arc::from(source.into())),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
    }

    /// 500: our fault. The source is logged once; the caller learns only that it happened.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: Some(Arc::from(source.into())),
            ..Self::unexplained(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }

    /// The problem for an error answer that did not come from a handler: a panic, or a library's own refusal.
    pub(crate) fn unexplained(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::UNAUTHORIZED => "unauthorized",
            StatusCode::FORBIDDEN => "forbidden",
            StatusCode::UNPROCESSABLE_ENTITY => "unprocessable",
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::PAYLOAD_TOO_LARGE => "payload_too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
            status if status.is_server_error() => "internal",
            _ => "bad_request",
        };
        Self::new(status, code)
    }

    /// Adds the fields that a rule refused.
    pub fn with_faults(mut self, faults: Vec<FieldError>) -> Self {
        self.faults = faults;
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The field errors.
    pub fn faults(&self) -> &[FieldError] {
        &self.faults
    }

    /// Writes the cause to the log, where there is one: once, at this boundary, with its whole chain.
    pub fn log(&self) {
        let Some(source) = &self.source else { return };
        let causes: Vec<_> = std::iter::successors(source.source(), |cause| (*cause).source())
            .map(ToString::to_string)
            .collect();
        tracing::error!(code = self.code, error = %source, causes = causes.join(": "), "request failed");
    }

    /// The body in a language.
    pub fn body(&self, lang: Lang, request_id: Option<&str>) -> ProblemBody {
        let fallback = Self::unexplained(self.status).code;
        let subject = self.subject.iter().cloned();
        let values: Vec<_> = subject.map(|subject| ("subject", subject)).collect();
        let advice = text(&format!("{}.advice", self.code), lang);
        let title = text(self.code, lang).or_else(|| text(fallback, lang));
        ProblemBody {
            r#type: format!("urn:zhitiao:problem:{}", self.code),
            title: title.unwrap_or_default().to_owned(),
            status: self.status.as_u16(),
            detail: advice.map(|advice| fill(advice, &values)),
            code: self.code.to_owned(),
            errors: self
                .faults
                .iter()
                .map(|fault| FieldErrorView::of(fault, lang))
                .collect(),
            current_version: self.current_version,
            subject: self.subject.clone(),
            request_id: request_id.map(str::to_owned),
        }
    }

    /// The whole answer to a client, in its language and in the form that it reads; headers of the earlier answer, e.g.
    /// `Allow`, are kept by the layer that calls.
    pub(crate) fn render(&self, client: &Client) -> Response {
        let body = self.body(client.lang, client.request_id.as_deref());
        let (media, text) = match client.form {
            Form::Json => (CONTENT_TYPE, axum::Json(body).into_response().into_body()),
            Form::Page => {
                let page = page::render(&body, client);
                (page::CONTENT_TYPE, Body::from(page.into_string()))
            }
        };
        let mut response = (self.status, text).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        if client.form == Form::Page {
            page::set_policy(headers);
        }
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(client.lang.tag()),
        );
        headers.insert(
            header::VARY,
            HeaderValue::from_static("Accept, Accept-Language"),
        );
        if self.code == "unsupported_content_encoding" {
            // RFC 9110 section 15.5.16: which codings would have been taken.
            let plain = HeaderValue::from_static("identity");
            headers.insert(header::ACCEPT_ENCODING, plain);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A dependency failed: 503 when a later try may help, else 500.
impl<E: Failure> From<E> for Problem {
    fn from(failure: E) -> Self {
        if failure.is_temporary() {
            Self::unavailable(failure)
        } else {
            Self::internal(failure)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The body of every refusal (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A URN that names the kind of problem, `urn:zhitiao:problem:<code>`.
    #[schema(example = "urn:zhitiao:problem:invalid_fields")]
    pub r#type: String,
    /// What happened, in the caller's language.
    #[schema(example = "有些内容没有填对。")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 400)]
    pub status: u16,
    /// What to do now, in the caller's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The stable code of the problem, for programs.
    #[schema(example = "invalid_fields")]
    pub code: String,
    /// Every field error, not only the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldErrorView>,
    /// On 409: the version that the case has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<u64>,
    /// On 403 `unknown_subject`: the subject of the token, which an operator binds to a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The request, as the logs name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// One field error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub struct FieldErrorView {
    /// The path of the field, or the name of the header or query parameter.
    #[schema(example = "photos[2].angle")]
    pub field: String,
    /// What is wrong, for programs.
    #[schema(example = "not_recognized")]
    pub code: String,
    /// What is wrong, in the caller's language.
    pub message: String,
}

impl FieldErrorView {
    fn of(fault: &FieldError, lang: Lang) -> Self {
        Self {
            field: fault.field.clone(),
            code: fault.code.to_owned(),
            message: message(fault, lang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Problem> {
        let mut all = vec![
            Problem::malformed("malformed_json"),
            Problem::malformed("invalid_cursor"),
            Problem::invalid_fields(Vec::new()),
            Problem::unauthorized(),
            Problem::new(StatusCode::UNAUTHORIZED, "tracking_token_required"),
            Problem::new(StatusCode::UNAUTHORIZED, "tracking_token_invalid"),
            Problem::new(StatusCode::NOT_FOUND, "case_number_invalid"),
            Problem::forbidden(),
            Problem::not_found(),
            Problem::version_conflict(3),
            Problem::payload_too_large(),
            Problem::unsupported_media_type(),
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_charset"),
            Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_content_encoding",
            ),
            Problem::unprocessable("idempotency_key_reused"),
            Problem::precondition_required(),
            Problem::too_many(1),
            Problem::unavailable("table"),
            Problem::internal("bug"),
        ];
        all.extend(
            (400..600).map(|status| Problem::unexplained(StatusCode::from_u16(status).unwrap())),
        );
        all
    }

    #[test]
    fn every_code_that_the_edge_answers_has_a_sentence_in_both_languages() {
        for problem in all() {
            for lang in [Lang::Zh, Lang::En] {
                assert!(text(problem.code, lang).is_some(), "{}", problem.code);
            }
        }
    }

    #[test]
    fn a_code_without_a_sentence_still_says_what_kind_of_problem_it_is() {
        let body = Problem::unprocessable("brand_new_rule").body(Lang::En, None);
        assert_eq!(body.code, "brand_new_rule");
        assert_eq!(Some(&*body.title), text("unprocessable", Lang::En));
    }

    #[test]
    fn what_went_wrong_inside_never_reaches_the_caller() {
        let problem = Problem::internal("arn:aws:dynamodb secret detail");
        for lang in [Lang::Zh, Lang::En] {
            let body = serde_json::to_string(&problem.body(lang, Some("r-1"))).unwrap();
            assert!(!body.contains("secret detail"), "{body}");
            assert!(body.contains("r-1"), "{body}");
        }
    }

    #[test]
    fn a_field_is_named_with_its_limit_in_the_callers_language() {
        let fault = FieldError::new("text", "too_long").with("max", &4000);
        let body = Problem::invalid_fields(vec![fault]).body(Lang::Zh, None);
        assert_eq!(body.errors[0].message, "写得太长了，最多 4000 个字。");
    }

    #[test]
    fn a_limit_that_nobody_named_leaves_no_hole_in_the_sentence() {
        let fault = FieldError::new("review_at", "out_of_range");
        assert_eq!(
            Some(&*message(&fault, Lang::Zh)),
            text("field.invalid", Lang::Zh)
        );
    }

    #[test]
    fn a_lost_race_says_which_version_won() {
        let body = serde_json::to_value(Problem::version_conflict(7).body(Lang::Zh, None)).unwrap();
        assert_eq!(body["current_version"], 7);
        assert_eq!(body["type"], "urn:zhitiao:problem:version_conflict");
    }
}
