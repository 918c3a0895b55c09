//! API Gateway's payload format 2.0: a request on its way in, an answer on its way out.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::place::ACCOUNT;

/// What the gateway knows about a request beside the request itself.
#[derive(Debug)]
pub(crate) struct Matched<'a> {
    pub(crate) api_id: &'a str,
    pub(crate) route_key: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) path_parameters: &'a BTreeMap<String, String>,
    /// The verified claims of a route with an authorizer.
    pub(crate) claims: Option<&'a Map<String, Value>>,
    pub(crate) now: Timestamp,
    pub(crate) domain: &'a str,
}

/// The event of a request.
pub(crate) fn event(parts: &Parts, body: &[u8], matched: &Matched<'_>) -> Value {
    let query = parts.uri.query().unwrap_or_default();
    let (text, encoded) = body_text(&parts.headers, body);
    let mut event = json!({
        "version": "2.0",
        "routeKey": matched.route_key,
        "rawPath": parts.uri.path(),
        "rawQueryString": query,
        "headers": headers(&parts.headers, matched.domain, matched.request_id),
        "requestContext": context(parts, matched),
        "isBase64Encoded": encoded,
    });
    if !query.is_empty() {
        event["queryStringParameters"] = json!(joined(
            form_urlencoded::parse(query.as_bytes()).into_owned()
        ));
    }
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !matched.path_parameters.is_empty() {
        event["pathParameters"] = json!(matched.path_parameters);
    }
    if !body.is_empty() {
        event["body"] = text.into();
    }
    event
}

fn context(parts: &Parts, matched: &Matched<'_>) -> Value {
    let zoned = matched.now.to_zoned_datetime(TimeZone::UTC);
    let agent = parts
        .headers
        .get("user-agent")
        .and_then(|value| value.to_str().ok());
    let mut context = json!({
        "accountId": ACCOUNT,
        "apiId": matched.api_id,
        "domainName": matched.domain,
        "domainPrefix": matched.api_id,
        "http": {
            "method": parts.method.as_str(),
            "path": parts.uri.path(),
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": agent.unwrap_or_default(),
        },
        "requestId": matched.request_id,
        "routeKey": matched.route_key,
        "stage": "$default",
        "time": zoned.strftime("%d/%b/%Y:%H:%M:%S %z").to_string(),
        "timeEpoch": matched.now.as_millisecond(),
    });
    if let Some(claims) = matched.claims {
        let claims: BTreeMap<_, _> = claims
            .iter()
            .map(|(name, value)| (name, claim(value)))
            .collect();
        context["authorizer"] = json!({ "jwt": { "claims": claims, "scopes": null } });
    }
    context
}

/// Claims reach the function as texts; lists in square brackets, without commas.
fn claim(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(claim).collect();
            format!("[{}]", items.join(" "))
        }
        other => other.to_string(),
    }
}

/// Header names are lower case; several values of one name are joined by commas.
fn headers(headers: &HeaderMap, domain: &str, request_id: &str) -> BTreeMap<String, String> {
    let pairs = headers.iter().filter(|(name, _)| *name != "cookie");
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut all = joined(pairs.map(|(name, value)| (name.as_str().to_owned(), text(value))));
    for (name, value) in [
        ("host", domain),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
        ("x-amzn-trace-id", &format!("Root={request_id}")),
    ] {
        all.insert(name.to_owned(), value.to_owned());
    }
    if !headers.contains_key("content-length") {
        all.insert("content-length".to_owned(), "0".to_owned());
    }
    all
}

fn joined(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        all.entry(name)
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert(value);
    }
    all
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers
        .get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split("; "))
        .map(str::to_owned)
        .collect()
}

/// Bodies that are declared as text travel as text, all others in base64.
fn body_text(headers: &HeaderMap, body: &[u8]) -> (String, bool) {
    let kind = headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let textual = kind.starts_with("text/")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
        || [
            "application/json",
            "application/xml",
            "application/javascript",
        ]
        .contains(&kind.as_str());
    match std::str::from_utf8(body) {
        Ok(text) if textual => (text.to_owned(), false),
        _ => (STANDARD.encode(body), true),
    }
}

/// The response that a function's answer stands for; `None` when the answer is not usable.
pub(crate) fn response(answer: &[u8]) -> Option<Response> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let Some(status) = answer.get("statusCode") else {
        // Without a status the whole answer is the body.
        let body = answer
            .as_str()
            .map_or_else(|| answer.to_string(), str::to_owned);
        return Some(([("content-type", "application/json")], body).into_response());
    };
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok())?;
    let mut response = Response::new(Body::from(answer_body(&answer)?));
    *response.status_mut() = StatusCode::from_u16(u16::try_from(status).ok()?).ok()?;
    let headers = response.headers_mut();
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        headers.insert(
            HeaderName::try_from(name).ok()?,
            HeaderValue::try_from(value).ok()?,
        );
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        headers.append("set-cookie", HeaderValue::try_from(cookie.as_str()?).ok()?);
    }
    // The server counts the bytes itself.
    headers.remove("content-length");
    Some(response)
}

fn answer_body(answer: &Value) -> Option<Bytes> {
    let body = answer["body"].as_str().unwrap_or_default();
    if answer["isBase64Encoded"] == true {
        return STANDARD.decode(body).ok().map(Bytes::from);
    }
    Some(Bytes::copy_from_slice(body.as_bytes()))
}
