//! The HTTP API: routes, authorizers, CORS, throttles and limits as the template sets them.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::api_event::{self, Matched};
use crate::authorizer::{Authorizer, Denied};
use crate::clock::Clock;
use crate::lambda::{Function, Lambda, flat};
use crate::resources::{ApiCors, RouteSettings};
use crate::routes::Pattern;

/// API Gateway's limit for a request body.
const BODY_LIMIT: usize = 10 << 20;

/// API Gateway's limit for the request line and all headers together.
const HEADER_LIMIT: usize = 10_240;

/// The longest time that an integration may take.
pub(crate) const INTEGRATION_LIMIT: Duration = Duration::from_secs(30);

/// A route with everything that it refers to.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) key: String,
    pub(crate) pattern: Pattern,
    pub(crate) function: Arc<Function>,
    pub(crate) authorizer: Option<Arc<Authorizer>>,
    pub(crate) scopes: Vec<String>,
    pub(crate) limit: Duration,
    pub(crate) throttle: Throttle,
}

/// The API.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) id: String,
    pub(crate) domain: String,
    pub(crate) routes: Vec<Route>,
    pub(crate) cors: Option<ApiCors>,
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) clock: Arc<Clock>,
}

impl Gateway {
    pub(crate) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(serve).with_state(self)
    }

    fn choose(&self, method: &Method, path: &str) -> Option<(&Route, BTreeMap<String, String>)> {
        let fitting = self
            .routes
            .iter()
            .filter_map(|route| Some((route, route.pattern.fit(method.as_str(), path)?)));
        fitting.min_by_key(|(route, _)| route.pattern.rank())
    }

    async fn answer(&self, request: Request, request_id: &str) -> Response {
        let (parts, body) = request.into_parts();
        if header_size(&parts) > HEADER_LIMIT {
            return refusal(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Request Header Fields Too Large",
            );
        }
        let Some((route, parameters)) = self.choose(&parts.method, parts.uri.path()) else {
            return refusal(StatusCode::NOT_FOUND, "Not Found");
        };
        if !route.throttle.admits(Instant::now()) {
            return refusal(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
        }
        let claims = match self.authorize(route, &parts.headers) {
            Ok(claims) => claims,
            Err(denied) => return *denied,
        };
        let body = match to_bytes(body, BODY_LIMIT).await {
            Ok(body) => body,
            Err(error) => return unreadable(&error),
        };
        let event = api_event::event(
            &parts,
            &body,
            &Matched {
                api_id: &self.id,
                route_key: &route.key,
                request_id,
                path_parameters: &parameters,
                claims: claims.as_ref(),
                now: self.clock.now(),
                domain: &self.domain,
            },
        );
        self.integrate(route, &event).await
    }

    fn authorize(
        &self,
        route: &Route,
        headers: &HeaderMap,
    ) -> Result<Option<Map<String, Value>>, Box<Response>> {
        let Some(authorizer) = &route.authorizer else {
            return Ok(None);
        };
        match authorizer.check(headers, &route.scopes, self.clock.now()) {
            Ok(claims) => Ok(Some(claims)),
            Err(Denied::Forbidden) => Err(refusal(StatusCode::FORBIDDEN, "Forbidden").into()),
            Err(Denied::Unauthorized(reason)) => {
                let mut response = refusal(StatusCode::UNAUTHORIZED, "Unauthorized");
                let challenge = match reason {
                    "" => "Bearer".to_owned(),
                    reason => format!(
                        "Bearer scope=\"\" error=\"invalid_token\" error_description=\"{reason}\""
                    ),
                };
                if let Ok(challenge) = HeaderValue::try_from(challenge) {
                    response
                        .headers_mut()
                        .insert(header::WWW_AUTHENTICATE, challenge);
                }
                Err(response.into())
            }
        }
    }

    async fn integrate(&self, route: &Route, event: &Value) -> Response {
        let invocation = self
            .lambda
            .invoke(&route.function, event.to_string().into());
        let Ok(outcome) = tokio::time::timeout(route.limit, invocation).await else {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");
        };
        let response = flat(outcome)
            .ok()
            .and_then(|answer| api_event::response(&answer));
        response
            .unwrap_or_else(|| refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
    }
}

/// The answer to a body that is too large, or that breaks off or breaks the rules of its encoding.
fn unreadable(error: &axum::Error) -> Response {
    let is_long = error
        .source()
        .is_some_and(<dyn Error>::is::<LengthLimitError>);
    if is_long {
        refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
    } else {
        refusal(StatusCode::BAD_REQUEST, "Bad Request")
    }
}

async fn serve(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = gateway
        .cors
        .as_ref()
        .zip(origin)
        .filter(|(cors, origin)| allows(cors, origin));
    let request_id = Uuid::new_v4().to_string();
    let mut response = match (&gateway.cors, request.method()) {
        (Some(cors), &Method::OPTIONS) => preflight(cors, allowed.is_some()),
        _ => gateway.answer(request, &request_id).await,
    };
    let headers = response.headers_mut();
    if let Some((cors, origin)) = allowed {
        share(headers, cors, origin);
    }
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert("apigw-requestid", id);
    }
    response
}

/// API Gateway's own answers have a fixed body.
fn refusal(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

fn header_size(parts: &axum::http::request::Parts) -> usize {
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4);
    parts.uri.to_string().len() + headers.sum::<usize>()
}

fn allows(cors: &ApiCors, origin: &HeaderValue) -> bool {
    cors.allow_origins
        .iter()
        .any(|allowed| allowed == "*" || allowed.as_bytes() == origin.as_bytes())
}

/// With CORS configured the gateway answers `OPTIONS` itself, whatever the routes are.
fn preflight(cors: &ApiCors, allowed: bool) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if allowed {
        let headers = response.headers_mut();
        insert(
            headers,
            header::ACCESS_CONTROL_ALLOW_METHODS,
            &cors.allow_methods.join(","),
        );
        insert(
            headers,
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            &cors.allow_headers.join(","),
        );
        if let Some(age) = cors.max_age {
            insert(headers, header::ACCESS_CONTROL_MAX_AGE, &age.to_string());
        }
    }
    response
}

/// The gateway's CORS headers replace the function's.
fn share(headers: &mut HeaderMap, cors: &ApiCors, origin: HeaderValue) {
    let any = cors.allow_origins.iter().any(|allowed| allowed == "*");
    let origin = if any {
        HeaderValue::from_static("*")
    } else {
        origin
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if cors.allow_credentials {
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
    }
    insert(
        headers,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        &cors.expose_headers.join(","),
    );
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value)
        && !value.is_empty()
    {
        headers.insert(name, value);
    }
}

/// A token bucket: `rate` requests per second on average, `burst` at once.
#[derive(Debug)]
pub(crate) struct Throttle {
    rate: Option<f64>,
    burst: f64,
    level: Mutex<Option<(f64, Instant)>>,
}

impl Throttle {
    pub(crate) fn new(route: Option<&RouteSettings>, default: &RouteSettings) -> Self {
        let rate = route
            .and_then(|own| own.throttling_rate_limit)
            .or(default.throttling_rate_limit);
        let burst = route
            .and_then(|own| own.throttling_burst_limit)
            .or(default.throttling_burst_limit);
        Self {
            rate,
            burst: f64::from(burst.unwrap_or(u32::MAX)),
            level: Mutex::default(),
        }
    }

    fn admits(&self, now: Instant) -> bool {
        let Some(rate) = self.rate else { return true };
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, since) = level.unwrap_or((self.burst, now));
        let tokens = (tokens + rate * (now - since).as_secs_f64()).min(self.burst);
        let admitted = tokens >= 1.0;
        *level = Some((if admitted { tokens - 1.0 } else { tokens }, now));
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_lets_a_burst_through_and_then_the_rate() {
        let settings = RouteSettings {
            throttling_burst_limit: Some(2),
            throttling_rate_limit: Some(10.0),
            _detailed_metrics: None,
        };
        let throttle = Throttle::new(None, &settings);
        let start = Instant::now();
        let admitted = |after: u64| throttle.admits(start + Duration::from_millis(after));
        assert!(admitted(0) && admitted(0));
        assert!(!admitted(0));
        assert!(admitted(150));
        assert!(!admitted(160));
    }
}
