//! Processes, time-outs, retries and the environment of the functions.

use std::time::Instant;

use serde_json::{Value, json};

use crate::support::{Cloud, eventually};

#[tokio::test]
async fn a_function_gets_the_template_s_environment_and_nothing_of_this_machine_s() {
    let cloud = Cloud::start().await;
    let answer = cloud.get("/v1/probe/environment").send().await.unwrap();
    let environment = answer.json::<Value>().await.unwrap()["environment"].clone();
    assert_eq!(environment["DISTRICT"], "shinan");
    assert_eq!(environment["CASES_TABLE"], cloud.table_name("CasesTable"));
    assert_eq!(environment["PUBLIC_URL"], cloud.api_url());
    assert_eq!(environment["NAME"], "district shinan");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    let secret = environment["TRACKING_SECRETS"]
        .as_str()
        .unwrap()
        .strip_prefix("1:")
        .unwrap();
    assert_eq!(secret.len(), 40);
    assert_eq!(environment["JSON_KEY"].as_str().unwrap().len(), 32);
    assert!(
        environment.get("LOUD").is_none(),
        "AWS::NoValue leaves the variable out"
    );
    assert!(environment.get("HOME").is_none() && environment.get("PATH").is_none());
    assert_eq!(cloud.environment("web")["DISTRICT"], "shinan");
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed_and_the_next_call_gets_a_new_process() {
    let cloud = Cloud::replaced(&[(
        "Seconds: { Type: Number, Default: 2 }",
        "Seconds: { Type: Number, Default: 1 }",
    )])
    .await;
    let event =
        json!({ "version": "2.0", "rawPath": "/slow", "queryStringParameters": { "ms": "60000" } });
    let started = Instant::now();
    let error = cloud.invoke("web", &event).await.unwrap_err();
    assert!(started.elapsed().as_secs() < 10);
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    assert!(
        error["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("Task timed out after 1.00 seconds")
    );
    assert!(
        cloud
            .invoke("web", &json!({ "version": "2.0", "rawPath": "/echo" }))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn errors_and_crashes_are_told_apart() {
    let cloud = Cloud::start().await;
    let ask = |path: &str| json!({ "version": "2.0", "rawPath": path });
    let error = cloud.invoke("web", &ask("/error")).await.unwrap_err();
    assert_eq!(error["errorMessage"], "asked to fail");
    let crash = cloud.invoke("web", &ask("/crash")).await.unwrap_err();
    assert_eq!(crash["errorType"], "Runtime.ExitError");
    let big = cloud.invoke("web", &ask("/big")).await.unwrap_err();
    assert_eq!(big["errorType"], "Function.ResponseSizeTooLarge");
    assert!(cloud.invoke("web", &ask("/echo")).await.is_ok());
    assert!(
        cloud
            .logs("web")
            .iter()
            .any(|line| line.contains("Runtime.ExitError"))
    );
}

#[tokio::test]
async fn calls_run_side_by_side_in_several_processes_that_stay_warm() {
    let cloud = Cloud::start().await;
    let event =
        json!({ "version": "2.0", "rawPath": "/slow", "queryStringParameters": { "ms": "400" } });
    let started = Instant::now();
    let (a, b, c) = tokio::join!(
        cloud.invoke("web", &event),
        cloud.invoke("web", &event),
        cloud.invoke("web", &event)
    );
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert!(
        started.elapsed().as_millis() < 1100,
        "three calls of 400 ms took {:?}",
        started.elapsed()
    );
    assert_eq!(cloud.kill_function("web").await, 3);
}

#[tokio::test]
async fn a_killed_process_fails_the_call_in_flight_and_nothing_else() {
    let cloud = Cloud::start().await;
    let event =
        json!({ "version": "2.0", "rawPath": "/slow", "queryStringParameters": { "ms": "1900" } });
    let kill = async {
        eventually("the call arrives", || !cloud.events("web").is_empty()).await;
        cloud.kill_function("web").await
    };
    let (outcome, killed) = tokio::join!(cloud.invoke("web", &event), kill);
    assert_eq!(killed, 1);
    assert_eq!(outcome.unwrap_err()["errorType"], "Runtime.ExitError");
    assert!(
        cloud
            .invoke("web", &json!({ "version": "2.0", "rawPath": "/echo" }))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_asynchronous_event_is_retried_and_then_goes_to_the_failure_destination() {
    let cloud = Cloud::start().await;
    assert!(
        cloud
            .upload("shinan/poison", "x")
            .await
            .status()
            .is_success()
    );
    assert!(cloud.settle().await);
    assert_eq!(
        cloud.events("listener").len(),
        2,
        "one try and MaximumRetryAttempts: 1"
    );
    let dead = cloud.queue("ListenerDeadLetters");
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0]["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(dead[0]["requestContext"]["approximateInvokeCount"], 2);
    assert_eq!(
        dead[0]["requestPayload"]["Records"][0]["s3"]["object"]["key"],
        "shinan/poison"
    );
    let page = cloud
        .get("/dev/queues")
        .send()
        .await
        .unwrap()
        .json::<Value>()
        .await
        .unwrap();
    assert_eq!(page["ListenerDeadLetters"], json!(dead));
}

#[tokio::test]
async fn the_deadline_is_the_function_s_time_out_from_now() {
    let cloud = Cloud::start().await;
    #[expect(clippy::disallowed_methods, reason = "deadlines follow the real clock")]
    let now = jiff::Timestamp::now().as_millisecond();
    let answer = cloud
        .invoke("ticker", &json!({ "Records": [] }))
        .await
        .unwrap();
    let left = answer["deadline"].as_i64().unwrap() - now;
    assert!((1900..4000).contains(&left), "{left} ms");
}
