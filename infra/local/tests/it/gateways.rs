//! The HTTP API: events, answers, limits, CORS, throttles.

use std::time::Instant;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Cloud;

#[tokio::test]
async fn a_request_reaches_the_function_in_payload_format_two() {
    let cloud = Cloud::start().await;
    let request = cloud
        .post("/v1/probe/%E5%B0%8F?a=1&a=2&b=%20x")
        .header("Cookie", "c=1; d=2")
        .header("X-Twice", "1");
    let request = request
        .header("X-Twice", "2")
        .json(&json!({ "text": "纸条" }));
    let event = request.send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(event["routeKey"], "ANY /v1/probe/{what}");
    assert_eq!(event["rawPath"], "/v1/probe/%E5%B0%8F");
    assert_eq!(event["rawQueryString"], "a=1&a=2&b=%20x");
    assert_eq!(
        event["queryStringParameters"],
        json!({ "a": "1,2", "b": " x" })
    );
    assert_eq!(event["pathParameters"], json!({ "what": "小" }));
    assert_eq!(event["cookies"], json!(["c=1", "d=2"]));
    assert_eq!(event["headers"]["x-twice"], "1,2");
    assert_eq!(event["body"], r#"{"text":"纸条"}"#);
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(event["requestContext"]["http"]["method"], "POST");
    assert!(event["requestContext"].get("authorizer").is_none());
}

#[tokio::test]
async fn bodies_that_are_no_text_travel_in_base64_in_both_directions() {
    let cloud = Cloud::start().await;
    let request = cloud
        .post("/v1/probe/echo")
        .header("content-type", "image/png")
        .body(vec![0x89, 0x50, 0xff]);
    let event = request.send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("iVD/"), &json!(true))
    );
    let page = cloud.get("/v1/probe/page").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::CREATED);
    assert_eq!(page.headers()["x-probe"], "yes");
    let cookies: Vec<_> = page.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(page.bytes().await.unwrap()[..], [0x89, 0x50, 0x4e, 0x47]);
}

#[tokio::test]
async fn the_gateway_s_own_answers_have_aws_s_bodies() {
    let cloud = Cloud::start().await;
    for (path, status, message) in [
        ("/v1/unknown", 404, "Not Found"),
        ("/v1/probe/error", 500, "Internal Server Error"),
        ("/v1/probe/shapeless", 500, "Internal Server Error"),
        ("/v1/desk/me", 401, "Unauthorized"),
    ] {
        let response = cloud.get(path).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert!(response.headers().contains_key("apigw-requestid"));
        assert_eq!(
            response.json::<Value>().await.unwrap(),
            json!({ "message": message }),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_body_over_ten_megabytes_is_refused() {
    let cloud = Cloud::start().await;
    let response = cloud
        .post("/v1/probe/echo")
        .body(vec![b'x'; (10 << 20) + 1])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        response.json::<Value>().await.unwrap(),
        json!({ "message": "Request Entity Too Large" })
    );
}

#[tokio::test]
async fn headers_over_ten_kilobytes_are_refused() {
    let cloud = Cloud::start().await;
    let response = cloud
        .get("/v1/probe/echo")
        .header("x-long", "x".repeat(11_000))
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.status(),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
}

#[tokio::test]
async fn an_integration_that_takes_too_long_answers_503_while_the_function_goes_on() {
    let cloud = Cloud::start().await;
    let started = Instant::now();
    let response = cloud.get("/v1/probe/slow?ms=1800").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(started.elapsed().as_millis() < 1700);
    assert_eq!(
        response.json::<Value>().await.unwrap(),
        json!({ "message": "Service Unavailable" })
    );
    assert!(cloud.settle().await);
    assert_eq!(
        cloud.kill_function("web").await,
        1,
        "the process was not killed"
    );
}

#[tokio::test]
async fn a_throttled_route_answers_429_after_its_burst() {
    let cloud = Cloud::start().await;
    assert_eq!(cloud.get("/v1/rare").send().await.unwrap().status(), 200);
    let refused = cloud.get("/v1/rare").send().await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(
        refused.json::<Value>().await.unwrap(),
        json!({ "message": "Too Many Requests" })
    );
    assert_eq!(
        cloud.get("/v1/probe/echo").send().await.unwrap().status(),
        200,
        "other routes have their own"
    );
}

#[tokio::test]
async fn cors_is_answered_by_the_gateway_and_only_for_allowed_origins() {
    let cloud = Cloud::start().await;
    let ask = |origin: &'static str| {
        let request = cloud
            .http
            .request(Method::OPTIONS, format!("{}/anything", cloud.api_url()));
        request
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .send()
    };
    let allowed = ask("https://example.cn").await.unwrap();
    assert_eq!(allowed.status(), 204);
    assert_eq!(
        allowed.headers()["access-control-allow-origin"],
        "https://example.cn"
    );
    assert_eq!(
        allowed.headers()["access-control-allow-methods"],
        "GET,POST"
    );
    assert_eq!(allowed.headers()["access-control-max-age"], "600");
    let stranger = ask("https://evil.cn").await.unwrap();
    assert!(
        !stranger
            .headers()
            .contains_key("access-control-allow-origin")
    );
    let refused = cloud
        .get("/v1/desk/me")
        .header("origin", "https://example.cn")
        .send()
        .await
        .unwrap();
    assert_eq!(
        refused.headers()["access-control-allow-origin"],
        "https://example.cn",
        "refusals are readable too"
    );
    assert!(cloud.events("web").is_empty(), "no function was asked");
}

#[tokio::test]
async fn a_body_that_breaks_the_rules_of_its_encoding_is_a_bad_request() {
    let cloud = Cloud::start().await;
    let host = cloud.api_url().trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /v1/probe/echo HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    for (broken, body) in [("a size", "zz\r\nx\r\n0\r\n\r\n"), ("an end", "5\r\nab")] {
        let mut socket = TcpStream::connect(&host).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(body.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{broken}: {answer}");
    }
    assert!(cloud.events("web").is_empty());
}
