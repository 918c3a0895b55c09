//! The layers around every HTTP function's router.

use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use lambda_http::RequestExt;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

use zhitiao_runtime::bootstrap::Error;
use zhitiao_runtime::config::Env;

use crate::cloudfront_origin;
use crate::negotiation::Client;
use crate::problem::{Explained, Problem};
use zhitiao_runtime::telemetry::invocation_span;

/// Bytes of a request body: 256 kB; photos go to S3 by their own uploads.
pub const BODY_BYTES: usize = 256 * 1024;

/// Finishes a router: every answer that is not a success becomes a problem in the caller's language and form, including
/// unknown paths (404), unknown methods (405) and panics (500); bodies are limited to [`BODY_BYTES`]; answers are not
/// cached unless their handler says so; each request leaves one line in the log.
///
/// Call it last, once all routes are there.
pub fn http(router: Router) -> Router {
    router
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::unexplained(StatusCode::METHOD_NOT_ALLOWED))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(CatchPanicLayer::custom(|_| {
            // The panic itself was logged by the hook that `telemetry::start` sets.
            Problem::unexplained(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }))
        .layer(from_fn(localize))
        .layer(from_fn(guard))
        .layer(from_fn(access))
}

/// Serves API Gateway requests by a router that [`http`] finished, until the environment is shut down.
///
/// With `ORIGIN_SECRET` in the environment only those that come through CloudFront are served.
pub async fn run_http(router: Router) -> Result<(), Error> {
    lambda_http::run(cloudfront_origin::guarded(router, Env::process())?).await
}

/// Writes a problem out in the language and in the form that the caller asked for.
async fn localize(request: Request, next: Next) -> Response {
    let client = Client::of(&request);
    let response = next.run(request).await;
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        // A page that shows a form again says itself what is wrong.
        None if response.extensions().get::<Explained>().is_some() => return response,
        None if is_error(response.status()) => Problem::unexplained(response.status()),
        None => return response,
    };
    problem.log();
    let mut answer = problem.render(&client);
    keep_headers(response.headers(), answer.headers_mut());
    answer.extensions_mut().insert(problem);
    answer
}

fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// Keeps what the first answer's headers say about the resource, e.g. `Allow`, and drops what described its body.
fn keep_headers(from: &HeaderMap, to: &mut HeaderMap) {
    for (name, value) in from {
        if name != header::CONTENT_LENGTH && !to.contains_key(name) {
            to.insert(name, value.clone());
        }
    }
}

/// Sets the headers that keep browsers and proxies from guessing or storing.
async fn guard(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Logs one line per request: the route's pattern and never its values, its query or its body.
async fn access(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let span = invocation_span(request.lambda_context_ref());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| {
        tracing::info!(
            route = route.as_ref().map_or("none", MatchedPath::as_str),
            %method,
            status = response.status().as_u16(),
            code = response.extensions().get::<Problem>().map(Problem::code),
            // A request is over within 15 minutes: far below the 53 bits that are exact.
            ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "request",
        );
    });
    response
}

#[cfg(test)]
mod tests {
    use axum::Json;
    use axum::body::Body;
    use axum::routing::{get, post};
    use http_body_util::BodyExt;
    use serde_json::{Value, json};
    use tower::ServiceExt;

    use super::*;
    use crate::testing::staff_context;
    use crate::{ETag, IfMatch, JsonBody, NumberInPath, QueryString, StaffCaller};
    use zhitiao_runtime::telemetry::capture::Lines;

    /// A small function with one of everything.
    fn router() -> Router {
        http(
            Router::new()
                .route("/v1/board/cases", get(list))
                .route("/v1/desk/cases/{number}/assign", post(assign))
                .route("/panic", get(async || -> () { panic!("canary-panic") }))
                .route("/down", get(async || Problem::unavailable("canary-table")))
                .route("/bug", get(async || Problem::internal("canary-bug")))
                .route(
                    "/plain",
                    get(async || (StatusCode::IM_A_TEAPOT, "canary-plain")),
                )
                .route(
                    "/cached",
                    get(async || ([(header::CACHE_CONTROL, "max-age=60")], "ok")),
                ),
        )
    }

    async fn list(query: QueryString) -> Result<Json<Value>, Problem> {
        let limit = query.read(|f| f.optional("limit", |v| v.integer(1..=100)))?;
        Ok(Json(json!({ "limit": limit.unwrap_or(20) })))
    }

    async fn assign(
        caller: StaffCaller,
        NumberInPath(case): NumberInPath,
        IfMatch(version): IfMatch,
        body: JsonBody,
    ) -> Result<(ETag, Json<Value>), Problem> {
        let unit = body.read(|f| f.required("unit", |v| v.line(1..=32)))?;
        if version != 3 {
            return Err(Problem::version_conflict(3));
        }
        let by = caller.subject.as_str();
        Ok((
            ETag(version + 1),
            Json(json!({ "case": case, "unit": unit, "by": by })),
        ))
    }

    struct Answer {
        status: u16,
        headers: HeaderMap,
        text: String,
    }

    impl Answer {
        fn json(&self) -> Value {
            serde_json::from_str(&self.text).unwrap()
        }
    }

    async fn send(request: http::Request<Body>) -> Answer {
        let mut context = lambda_http::Context::default();
        context.request_id = "r-1".to_owned();
        let response = router()
            .oneshot(request.with_lambda_context(context))
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    async fn fetch(path: &str) -> Answer {
        send(http::Request::get(path).body(Body::empty()).unwrap()).await
    }

    fn command(body: impl Into<Body>) -> http::Request<Body> {
        http::Request::post("/v1/desk/cases/k7m39qxd2/assign")
            .header("content-type", "application/json; charset=utf-8")
            .header("if-match", "\"3\"")
            .body(body.into())
            .unwrap()
            .with_request_context(staff_context(&[("sub", "wang.fang"), ("tenant", "shinan")]))
    }

    fn number() -> String {
        zhitiao_domain::kernel::ids::CaseId::parse("K7M39QXD")
            .unwrap()
            .number()
            .to_string()
    }

    /// A command on the path of a real number.
    fn sound(body: impl Into<Body>) -> http::Request<Body> {
        let mut request = command(body);
        *request.uri_mut() = format!("/v1/desk/cases/{}/assign", number())
            .parse()
            .unwrap();
        request
    }

    #[tokio::test]
    async fn a_command_finds_its_caller_case_version_and_body() {
        let answer = send(sound(r#"{"unit": "urban-management"}"#)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.headers["etag"], "\"4\"");
        assert_eq!(
            answer.json(),
            json!({ "case": "K7M39QXD", "unit": "urban-management", "by": "wang.fang" })
        );
    }

    #[tokio::test]
    async fn a_problem_speaks_chinese_unless_asked_for_english() {
        let zh = fetch("/nowhere").await;
        assert_eq!(zh.headers["content-type"], "application/problem+json");
        assert_eq!(zh.headers["content-language"], "zh-CN");
        assert_eq!(zh.json()["title"], "没有找到您要的内容。");
        let request = http::Request::get("/nowhere").header("accept-language", "fr, en;q=0.5");
        let en = send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(en.headers["content-language"], "en");
        assert_eq!(
            en.json(),
            json!({
                "type": "urn:zhitiao:problem:not_found",
                "title": "We could not find what you asked for.",
                "status": 404,
                "detail": "Please check the number or the address for a typing mistake.",
                "code": "not_found",
                "request_id": "r-1",
            })
        );
    }

    #[tokio::test]
    async fn whatever_refuses_a_browser_answers_a_page() {
        let html = HeaderValue::from_static("text/html, */*;q=0.8");
        let get = |path: &str| http::Request::get(path).body(Body::empty()).unwrap();
        let mut anonymous = sound("{}");
        anonymous.extensions_mut().clear();
        let mut plain = sound("x=1");
        plain.headers_mut().remove("content-type");
        let mut delete = get("/v1/board/cases");
        *delete.method_mut() = http::Method::DELETE;
        for (mut request, status) in [
            (get("/nowhere"), 404),
            (delete, 405),
            (anonymous, 401),
            (plain, 415),
            (sound("x".repeat(BODY_BYTES + 1)), 413),
            (sound("{}"), 400),
            (get("/down"), 503),
            (get("/bug"), 500),
            (get("/panic"), 500),
            (get("/plain"), 418),
        ] {
            request.headers_mut().insert("accept", html.clone());
            let answer = send(request).await;
            assert_eq!(answer.status, status);
            let header = |name: &str| answer.headers[name].to_str().unwrap();
            assert_eq!(header("content-type"), "text/html; charset=utf-8");
            assert_eq!(header("content-language"), "zh-CN");
            assert_eq!(header("vary"), "Accept, Accept-Language");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert!(header("content-security-policy").starts_with("default-src 'none'"));
            assert_eq!(answer.headers.contains_key("retry-after"), status == 503);
            assert_eq!(answer.headers.contains_key("allow"), status == 405);
            assert_eq!(answer.text.matches("<h1>").count(), 1, "{}", answer.text);
            assert!(!answer.text.contains("canary"), "{}", answer.text);
        }
    }

    #[tokio::test]
    async fn a_page_is_in_english_where_the_browser_is_and_names_the_fields() {
        let request = http::Request::get("/v1/board/cases?limit=x&%3Cscript%3E=1")
            .header("accept", "text/html")
            .header("accept-language", "en-GB");
        let answer = send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.headers["content-language"], "en");
        assert!(
            answer.text.contains("<html lang=\"en\">"),
            "{}",
            answer.text
        );
        assert!(
            answer.text.contains("<code>limit</code>"),
            "{}",
            answer.text
        );
        assert!(answer.text.contains("<code>&lt;script&gt;</code>"));
        assert!(!answer.text.contains("<script"), "{}", answer.text);
    }

    #[tokio::test]
    async fn a_success_is_what_it_is_whatever_the_client_prefers() {
        let request = http::Request::get("/v1/board/cases").header("accept", "text/html");
        let answer = send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.json(), json!({ "limit": 20 }));
    }

    /// Requests that are refused, each with its status and code.
    fn refused_requests() -> Vec<(Request, u16, &'static str)> {
        let without = |name: &str| {
            let mut request = sound(r#"{"unit": "x"}"#);
            request.headers_mut().remove(name);
            request
        };
        let with = |name: &'static str, value: &'static str| {
            let mut request = sound(r#"{"unit": "x"}"#);
            request
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
            request
        };
        let mut anonymous = sound(r#"{"unit": "x"}"#);
        anonymous.extensions_mut().clear();
        let oversized = format!(r#"{{"unit": "{}"}}"#, "x".repeat(1024 * 1024));
        #[rustfmt::skip]
        let requests = vec![
            (anonymous, 401, "unauthorized"),
            (command("{}"), 404, "case_number_invalid"),
            (without("if-match"), 428, "precondition_required"),
            (with("if-match", "*"), 400, "invalid_fields"),
            (with("if-match", "\"2\""), 409, "version_conflict"),
            (without("content-type"), 415, "unsupported_media_type"),
            (with("content-type", "text/plain"), 415, "unsupported_media_type"),
            (with("content-type", "application/json; charset=gbk"), 415, "unsupported_charset"),
            (with("content-encoding", "gzip"), 415, "unsupported_content_encoding"),
            (sound(oversized), 413, "payload_too_large"),
            (sound("{"), 400, "malformed_json"),
            (sound(b"{\"unit\":\"\xff\"}".to_vec()), 400, "malformed_json"),
            (sound("[".repeat(200_000)), 400, "malformed_json"),
            (sound(r#"{"unit": 1e999}"#), 400, "malformed_json"),
            (sound("{}"), 400, "invalid_fields"),
        ];
        requests
    }

    #[tokio::test]
    async fn each_refusal_has_its_status_and_code() {
        for (request, status, code) in refused_requests() {
            let answer = send(request).await;
            let body = answer.json();
            assert_eq!(
                (answer.status, body["code"].as_str()),
                (status, Some(code)),
                "{body}"
            );
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert!(
                body["title"]
                    .as_str()
                    .is_some_and(|title| !title.is_empty()),
                "{body}"
            );
        }
    }

    #[tokio::test]
    async fn query_parameters_are_read_as_strictly_as_a_body() {
        assert_eq!(
            fetch("/v1/board/cases?limit=7").await.json(),
            json!({ "limit": 7 })
        );
        assert_eq!(
            fetch("/v1/board/cases").await.json(),
            json!({ "limit": 20 })
        );
        for (query, field, code) in [
            ("limit=0", "limit", "out_of_range"),
            ("limit=101", "limit", "out_of_range"),
            ("limit=x", "limit", "not_integer"),
            ("limit=1e2", "limit", "not_integer"),
            (
                "limit=99999999999999999999999999999999999999999",
                "limit",
                "not_integer",
            ),
            ("limit=1&limit=2", "limit", "duplicate"),
            ("Limit=1", "Limit", "unknown_field"),
            ("%00%ff=1", "\0\u{fffd}", "unknown_field"),
        ] {
            let answer = fetch(&format!("/v1/board/cases?{query}")).await;
            let error = &answer.json()["errors"][0];
            assert_eq!(
                (&error["field"], &error["code"]),
                (&json!(field), &json!(code)),
                "{query}"
            );
            assert_eq!(answer.status, 400);
        }
    }

    #[tokio::test]
    async fn a_known_path_with_another_method_is_405_and_says_which_are_allowed() {
        let request = http::Request::delete("/v1/board/cases")
            .body(Body::empty())
            .unwrap();
        let answer = send(request).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (405, Some("method_not_allowed"))
        );
        assert_eq!(answer.headers["allow"], "GET,HEAD");
    }

    #[tokio::test]
    async fn what_goes_wrong_inside_is_logged_once_and_never_answered() {
        let (lines, _guard) = Lines::at("error");
        for (path, status) in [
            ("/bug", 500),
            ("/down", 503),
            ("/panic", 500),
            ("/plain", 418),
        ] {
            let answer = fetch(path).await;
            assert_eq!(answer.status, status);
            assert!(!answer.text.contains("canary"), "{}", answer.text);
            assert_eq!(answer.json()["request_id"], "r-1");
            assert_eq!(answer.headers.contains_key("retry-after"), status == 503);
        }
        let logged = lines.read();
        let errors: Vec<_> = logged
            .iter()
            .map(|line| line["error"].as_str().unwrap())
            .collect();
        assert_eq!(errors, ["canary-bug", "canary-table"]);
    }

    #[tokio::test]
    async fn answers_are_neither_guessed_nor_stored_unless_the_handler_says_so() {
        for path in ["/v1/board/cases", "/nowhere", "/panic"] {
            let answer = fetch(path).await;
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            assert_eq!(answer.headers["cache-control"], "no-store");
        }
        assert_eq!(
            fetch("/cached").await.headers["cache-control"],
            "max-age=60"
        );
    }

    #[tokio::test]
    async fn a_request_leaves_one_line_with_its_route_and_nothing_that_the_caller_wrote() {
        let (lines, _guard) = Lines::at("info");
        let mut request = sound(r#"{"unit": "canary-body"}"#);
        *request.uri_mut() = format!("{}?q=canary-query", request.uri()).parse().unwrap();
        request
            .headers_mut()
            .insert("tracking-token", HeaderValue::from_static("canary-token"));
        send(request).await;
        fetch("/canary-path").await;
        let lines = lines.read();
        assert_eq!(lines.len(), 2);
        for (key, value) in [
            ("message", json!("request")),
            ("route", json!("/v1/desk/cases/{number}/assign")),
            ("method", json!("POST")),
            ("status", json!(200)),
            ("request_id", json!("r-1")),
            ("case_id", json!("K7M39QXD")),
        ] {
            assert_eq!(lines[0][key], value, "{}", lines[0]);
        }
        assert!(lines[0]["ms"].is_u64(), "{}", lines[0]);
        assert_eq!(
            (&lines[1]["route"], &lines[1]["code"]),
            (&json!("none"), &json!("not_found"))
        );
        assert!(!format!("{lines:?}").contains("canary"));
    }
}
