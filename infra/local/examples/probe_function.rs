//! The function that the tests of the local cloud deploy: it prints every event and does what the event says.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// Records that have failed once in this process and may pass the next time.
static FAILED: Mutex<Option<HashSet<String>>> = Mutex::new(None);

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    print(&json!({ "event": event, "by": context.invoked_function_arn }));
    if event["version"] == "2.0" {
        return web(&event).await;
    }
    match event["Records"][0]["eventSource"].as_str() {
        Some("aws:dynamodb") => stream(event["Records"].as_array().map_or(&[], Vec::as_slice)),
        Some("aws:sqs") => queue(event["Records"].as_array().map_or(&[], Vec::as_slice)).await,
        Some("aws:s3") if event.to_string().contains("poison") => Err("a poisoned object".into()),
        _ => Ok(json!({ "request_id": context.request_id, "deadline": context.deadline })),
    }
}

#[expect(clippy::print_stdout, reason = "standard output is a function's log")]
fn print(line: &Value) {
    println!("{line}");
}

async fn web(event: &Value) -> Result<Value, Error> {
    match event["rawPath"]
        .as_str()
        .unwrap_or_default()
        .rsplit('/')
        .next()
    {
        Some("slow") => {
            let wait = event["queryStringParameters"]["ms"]
                .as_str()
                .unwrap_or("0")
                .parse()?;
            tokio::time::sleep(Duration::from_millis(wait)).await;
            Ok(json!({ "statusCode": 200, "body": "slow" }))
        }
        Some("error") => Err("asked to fail".into()),
        Some("crash") => std::process::exit(3),
        Some("big") => Ok(json!({ "statusCode": 200, "body": "x".repeat(7 << 20) })),
        Some("shapeless") => Ok(json!({ "statusCode": "not a number" })),
        Some("page") => Ok(json!({
            "statusCode": 201,
            "headers": { "content-type": "image/png", "x-probe": "yes" },
            "cookies": ["a=1", "b=2"],
            "body": "iVBORw==",
            "isBase64Encoded": true,
        })),
        Some("environment") => {
            let environment: std::collections::BTreeMap<_, _> = std::env::vars_os()
                .map(|(name, value)| {
                    (
                        name.to_string_lossy().into_owned(),
                        value.to_string_lossy().into_owned(),
                    )
                })
                .collect();
            Ok(json!({ "environment": environment }))
        }
        _ => Ok(
            json!({ "statusCode": 200, "headers": { "content-type": "application/json" }, "body": event.to_string() }),
        ),
    }
}

/// Does to a batch what its items ask for with their `mode`.
fn stream(records: &[Value]) -> Result<Value, Error> {
    let mut failures = Vec::new();
    for record in records.iter().rev() {
        let sequence = record["dynamodb"]["SequenceNumber"]
            .as_str()
            .unwrap_or_default();
        let mode = record["dynamodb"]["NewImage"]["mode"]["S"]
            .as_str()
            .unwrap_or_default();
        match mode {
            "error" => return Err("a poisoned record".into()),
            "error_once" if first_time(sequence) => return Err("once".into()),
            "crash" => std::process::exit(4),
            "misspelled" => {
                return Ok(json!({ "batchItemFailure": [{ "itemIdentifier": sequence }] }));
            }
            "fail" => failures.push(json!({ "itemIdentifier": sequence })),
            "fail_once" if first_time(sequence) => {
                failures.push(json!({ "itemIdentifier": sequence }));
            }
            _ => {}
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

/// Does to a batch what its messages ask for with their `mode`.
async fn queue(records: &[Value]) -> Result<Value, Error> {
    let mut failures = Vec::new();
    for record in records {
        let id = record["messageId"].as_str().unwrap_or_default();
        let body: Value = serde_json::from_str(record["body"].as_str().unwrap_or_default())?;
        match body["mode"].as_str().unwrap_or_default() {
            "error" => return Err("a poisoned message".into()),
            "error_once" if first_time(id) => return Err("once".into()),
            "slow" => tokio::time::sleep(Duration::from_mins(1)).await,
            "short" => tokio::time::sleep(Duration::from_millis(300)).await,
            "null" => return Ok(Value::Null),
            "empty" => return Ok(json!({})),
            "unknown" => return Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "x" }] })),
            "fail" => failures.push(json!({ "itemIdentifier": id })),
            "fail_once" if first_time(id) => failures.push(json!({ "itemIdentifier": id })),
            _ => {}
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

fn first_time(sequence: &str) -> bool {
    let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    failed.get_or_insert_default().insert(sequence.to_owned())
}
