//! The SQS endpoint in the AWS JSON protocol, as the functions and an operator use it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use md5::{Digest, Md5};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{Message, Queue, Sqs};
use crate::faults::{Fault, Faults, Service, Target};
use crate::iam::Iam;
use crate::proxy;

/// SQS's limit for a message and for all messages of a request together.
pub(crate) const MESSAGE_LIMIT: usize = 1 << 20;

/// SQS's limit for the entries of a batch and the messages of one answer.
const BATCH_LIMIT: usize = 10;

/// SQS's longest delay and longest visibility timeout, in seconds.
pub(crate) const LONGEST_DELAY: i64 = 900;
pub(crate) const LONGEST_VISIBILITY: i64 = 43_200;

/// SQS's longest wait for a message, in seconds of real time.
pub(crate) const LONGEST_WAIT: u64 = 20;

/// How often a waiting call looks again when nothing has announced a message.
const LOOK: Duration = Duration::from_millis(100);

/// No limit of SQS: an answer takes as many messages as it may.
const ANY_SIZE: u32 = u32::MAX;

/// The endpoint's parts.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) sqs: Arc<Sqs>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) iam: Arc<Iam>,
}

/// A refusal in SQS's words.
#[derive(Debug)]
struct Refusal {
    kind: &'static str,
    message: String,
}

impl Refusal {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterValue", message)
    }

    /// The code of the older query protocol, which SDKs still read.
    fn query_code(&self) -> String {
        match self.kind {
            "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
            kind if kind.contains("Batch") || kind == "MessageNotInflight" => {
                format!("AWS.SimpleQueueService.{kind}")
            }
            kind => kind.to_owned(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, side) = match self.kind {
            "InternalFailure" => (StatusCode::INTERNAL_SERVER_ERROR, "Receiver"),
            "ServiceUnavailable" => (StatusCode::SERVICE_UNAVAILABLE, "Receiver"),
            "AccessDenied" => (StatusCode::FORBIDDEN, "Sender"),
            _ => (StatusCode::BAD_REQUEST, "Sender"),
        };
        let code = format!("{};{side}", self.query_code());
        let body = json!({ "__type": format!("com.amazonaws.sqs#{}", self.kind), "message": self.message });
        (status, [("x-amzn-query-error", code)], answer(&body)).into_response()
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::new("InternalFailure", error.to_string())
    }
}

fn answer(body: &Value) -> impl IntoResponse + use<> {
    let kind = [("content-type", "application/x-amz-json-1.0")];
    (kind, body.to_string())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Send {
    #[serde(rename = "QueueUrl")]
    _queue: String,
    message_body: String,
    delay_seconds: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Batch<E> {
    #[serde(rename = "QueueUrl")]
    _queue: String,
    entries: Vec<E>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendEntry {
    id: String,
    message_body: String,
    delay_seconds: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Receive {
    #[serde(rename = "QueueUrl")]
    _queue: String,
    max_number_of_messages: Option<u32>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<u64>,
    #[serde(default, alias = "MessageSystemAttributeNames")]
    attribute_names: Vec<String>,
    /// Messages carry no attributes of their own.
    #[serde(default, rename = "MessageAttributeNames")]
    _message_attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Delete {
    #[serde(rename = "QueueUrl")]
    _queue: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteEntry {
    id: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ChangeVisibility {
    #[serde(rename = "QueueUrl")]
    _queue: String,
    receipt_handle: String,
    visibility_timeout: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct QueueAttributes {
    #[serde(rename = "QueueUrl")]
    _queue: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

/// An entry of a batch under the id that its sender chose.
trait Entry {
    fn id(&self) -> &str;
}

impl Entry for SendEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Entry for DeleteEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Endpoint {
    pub(crate) fn router(self) -> Router {
        Router::new()
            .fallback(serve)
            .layer(DefaultBodyLimit::max(16 << 20))
            .with_state(Arc::new(self))
    }

    async fn call(
        &self,
        operation: &str,
        queue: &Queue,
        sender: &str,
        request: Value,
    ) -> Result<Value, Refusal> {
        let sqs = &self.sqs;
        match operation {
            "GetQueueUrl" => Ok(json!({ "QueueUrl": queue.url })),
            "GetQueueAttributes" => attributes(sqs, queue, &read(request)?),
            "SendMessage" => send(sqs, queue, sender, read(request)?),
            "SendMessageBatch" => send_batch(sqs, queue, sender, read(request)?),
            "ReceiveMessage" => receive(sqs, queue, read(request)?).await,
            "DeleteMessage" => {
                let wanted: Delete = read(request)?;
                delete(sqs, queue, &wanted.receipt_handle).map(|()| json!({}))
            }
            "DeleteMessageBatch" => {
                let entries = entries(read::<Batch<DeleteEntry>>(request)?)?;
                let outcomes = entries
                    .iter()
                    .map(|entry| (entry.id(), delete(sqs, queue, &entry.receipt_handle)));
                Ok(batch_answer(outcomes.map(|(id, outcome)| {
                    (id, outcome.map(|()| json!({ "Id": id })))
                })))
            }
            "ChangeMessageVisibility" => change_visibility(sqs, queue, &read(request)?),
            other => Err(Refusal::new(
                "InvalidAction",
                format!("{other} has no local behavior"),
            )),
        }
    }
}

async fn serve(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|v| v.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix("AmazonSQS."));
    let operation = operation.unwrap_or_default();
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let named = request["QueueUrl"]
        .as_str()
        .or(request["QueueName"].as_str());
    let Some(queue) = named.and_then(|name| endpoint.sqs.by_url(name)) else {
        let message = "The specified queue does not exist.";
        return Refusal::new("QueueDoesNotExist", message).into_response();
    };
    let caller = proxy::caller(&headers);
    let action = operation.trim_end_matches("Batch");
    let checked = endpoint
        .iam
        .check(caller.as_deref(), &format!("sqs:{action}"), &queue.arn, &[]);
    if let Err(problem) = checked {
        tracing::error!(problem, "refused");
        return Refusal::new("AccessDenied", problem).into_response();
    }
    let fault = endpoint.faults.take(&Target {
        service: Service::Sqs,
        operation,
        tables: std::slice::from_ref(&queue.name),
        caller: caller.as_deref(),
    });
    let injected = || Refusal::new("ServiceUnavailable", "injected by the local cloud");
    if let Some(answer) = fault.as_ref().and_then(Fault::before) {
        return answer.respond(injected).await;
    }
    let sender = caller.as_deref().unwrap_or("outside");
    let outcome = endpoint.call(operation, queue, sender, request).await;
    if let Some(answer) = fault.as_ref().and_then(Fault::after) {
        return answer.respond(injected).await;
    }
    match outcome {
        Ok(body) => answer(&body).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

fn read<T: DeserializeOwned>(request: Value) -> Result<T, Refusal> {
    serde_json::from_value(request).map_err(|error| Refusal::invalid(error.to_string()))
}

/// The entries of a batch whose number and ids SQS would take.
fn entries<E: Entry>(batch: Batch<E>) -> Result<Vec<E>, Refusal> {
    let entries = batch.entries;
    let is_id = |id: &str| {
        (1..=80).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    let ids: BTreeSet<_> = entries.iter().map(Entry::id).collect();
    let problem = if entries.is_empty() {
        ("EmptyBatchRequest", "There should be at least one entry.")
    } else if entries.len() > BATCH_LIMIT {
        (
            "TooManyEntriesInBatchRequest",
            "A batch has at most 10 entries.",
        )
    } else if ids.len() < entries.len() {
        ("BatchEntryIdsNotDistinct", "Two entries have the same id.")
    } else if !ids.iter().all(|id| is_id(id)) {
        (
            "InvalidBatchEntryId",
            "An id has 1 to 80 letters, digits, - and _.",
        )
    } else {
        return Ok(entries);
    };
    Err(Refusal::new(problem.0, problem.1))
}

fn batch_answer<'a>(outcomes: impl Iterator<Item = (&'a str, Result<Value, Refusal>)>) -> Value {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, outcome) in outcomes {
        match outcome {
            Ok(entry) => successful.push(entry),
            Err(refusal) => failed.push(json!({
                "Id": id, "Code": refusal.query_code(), "Message": refusal.message,
                "SenderFault": refusal.kind != "InternalFailure",
            })),
        }
    }
    json!({ "Successful": successful, "Failed": failed })
}

/// Whether SQS would take a message: its size, its characters, its delay.
fn check(queue: &Queue, body: &str, delay: Option<i64>) -> Result<(), Refusal> {
    let most = queue.rules.maximum_message_size;
    let is_allowed = |letter: char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if body.is_empty() {
        let message = "The request must contain the parameter MessageBody.";
        Err(Refusal::new("MissingParameter", message))
    } else if body.len() > most {
        let message = format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        );
        Err(Refusal::invalid(message))
    } else if !body.chars().all(is_allowed) {
        let message = "Invalid characters found in the message body.";
        Err(Refusal::new("InvalidMessageContents", message))
    } else if delay.is_some_and(|delay| !(0..=LONGEST_DELAY).contains(&delay)) {
        Err(Refusal::invalid(format!(
            "DelaySeconds must be between 0 and {LONGEST_DELAY}."
        )))
    } else {
        Ok(())
    }
}

fn send(sqs: &Sqs, queue: &Queue, sender: &str, wanted: Send) -> Result<Value, Refusal> {
    check(queue, &wanted.message_body, wanted.delay_seconds)?;
    let sum = md5_of(&wanted.message_body);
    let ids = sqs.send(
        queue,
        sender,
        &[(wanted.message_body, wanted.delay_seconds)],
    )?;
    Ok(json!({ "MessageId": ids[0], "MD5OfMessageBody": sum }))
}

/// Each entry is taken or refused by itself; too large together, none is.
fn send_batch(
    sqs: &Sqs,
    queue: &Queue,
    sender: &str,
    batch: Batch<SendEntry>,
) -> Result<Value, Refusal> {
    let entries = entries(batch)?;
    let size: usize = entries.iter().map(|entry| entry.message_body.len()).sum();
    if size > MESSAGE_LIMIT {
        let message = format!(
            "Batch requests cannot be longer than {MESSAGE_LIMIT} bytes. You have sent {size} bytes."
        );
        return Err(Refusal::new("BatchRequestTooLong", message));
    }
    let outcome = |entry: &SendEntry| {
        check(queue, &entry.message_body, entry.delay_seconds)?;
        let message = (entry.message_body.clone(), entry.delay_seconds);
        let ids = sqs.send(queue, sender, &[message])?;
        let sum = md5_of(&entry.message_body);
        Ok(json!({ "Id": entry.id, "MessageId": ids[0], "MD5OfMessageBody": sum }))
    };
    Ok(batch_answer(
        entries.iter().map(|entry| (entry.id(), outcome(entry))),
    ))
}

async fn receive(sqs: &Sqs, queue: &Queue, wanted: Receive) -> Result<Value, Refusal> {
    let number = wanted.max_number_of_messages.unwrap_or(1);
    let hidden = wanted
        .visibility_timeout
        .unwrap_or(queue.rules.visibility_timeout);
    let wait = wanted
        .wait_time_seconds
        .unwrap_or(queue.rules.receive_message_wait_time_seconds);
    if !(1..=10).contains(&number) {
        return Err(Refusal::invalid(
            "MaxNumberOfMessages must be between 1 and 10.",
        ));
    }
    if !(0..=LONGEST_VISIBILITY).contains(&hidden) || wait > LONGEST_WAIT {
        return Err(Refusal::invalid(
            "VisibilityTimeout or WaitTimeSeconds is out of range.",
        ));
    }
    let end = tokio::time::Instant::now() + Duration::from_secs(wait);
    loop {
        let changed = sqs.changed.notified();
        let messages = sqs.receive(queue, number, ANY_SIZE, hidden)?;
        if messages.is_empty() && tokio::time::Instant::now() < end {
            // A timeout only means that nothing was announced.
            let _ = tokio::time::timeout(LOOK, changed).await;
            continue;
        }
        let messages: Vec<_> = messages
            .iter()
            .map(|message| described(message, &wanted.attribute_names))
            .collect();
        // SQS leaves the member out when there is nothing.
        return Ok(if messages.is_empty() {
            json!({})
        } else {
            json!({ "Messages": messages })
        });
    }
}

fn described(message: &Message, names: &[String]) -> Value {
    let mut described = json!({
        "MessageId": message.id, "ReceiptHandle": message.receipt,
        "Body": message.body, "MD5OfBody": md5_of(&message.body),
    });
    let wanted = chosen(system_attributes(message), names);
    if !wanted.is_empty() {
        described["Attributes"] = wanted.into();
    }
    described
}

/// What SQS itself knows of a message, as texts.
pub(super) fn system_attributes(message: &Message) -> Map<String, Value> {
    let mut attributes = Map::from_iter([
        ("SenderId".to_owned(), Value::from(message.sender.as_str())),
        (
            "SentTimestamp".to_owned(),
            message.sent_at.to_string().into(),
        ),
        (
            "ApproximateReceiveCount".to_owned(),
            message.receives.to_string().into(),
        ),
        (
            "ApproximateFirstReceiveTimestamp".to_owned(),
            message.first_received_at.to_string().into(),
        ),
    ]);
    if let Some(source) = &message.source {
        attributes.insert(
            "DeadLetterQueueSourceArn".to_owned(),
            source.as_str().into(),
        );
    }
    attributes
}

/// The attributes that a request names.
fn chosen(mut attributes: Map<String, Value>, names: &[String]) -> Map<String, Value> {
    attributes.retain(|own, _| names.iter().any(|name| name == own || name == "All"));
    attributes
}

pub(super) fn md5_of(body: &str) -> String {
    let mut hex = String::new();
    for byte in Md5::digest(body) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn delete(sqs: &Sqs, queue: &Queue, receipt: &str) -> Result<(), Refusal> {
    checked(receipt)?;
    Ok(sqs.delete(queue, receipt)?)
}

fn change_visibility(
    sqs: &Sqs,
    queue: &Queue,
    wanted: &ChangeVisibility,
) -> Result<Value, Refusal> {
    checked(&wanted.receipt_handle)?;
    if !(0..=LONGEST_VISIBILITY).contains(&wanted.visibility_timeout) {
        return Err(Refusal::invalid(format!(
            "VisibilityTimeout must be between 0 and {LONGEST_VISIBILITY}."
        )));
    }
    if sqs.hide(queue, &wanted.receipt_handle, wanted.visibility_timeout)? {
        return Ok(json!({}));
    }
    Err(Refusal::new(
        "MessageNotInflight",
        "The message is not in flight.",
    ))
}

/// Whether a receipt is one of ours.
fn checked(receipt: &str) -> Result<(), Refusal> {
    if receipt.len() == 32 && receipt.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    let message = format!("The input receipt handle \"{receipt}\" is not valid.");
    Err(Refusal::new("ReceiptHandleIsInvalid", message))
}

fn attributes(sqs: &Sqs, queue: &Queue, wanted: &QueueAttributes) -> Result<Value, Refusal> {
    let (visible, hidden, delayed) = sqs.counts(queue)?;
    let all = Map::from_iter([
        ("QueueArn".to_owned(), Value::from(queue.arn.as_str())),
        (
            "ApproximateNumberOfMessages".to_owned(),
            visible.to_string().into(),
        ),
        (
            "ApproximateNumberOfMessagesNotVisible".to_owned(),
            hidden.to_string().into(),
        ),
        (
            "ApproximateNumberOfMessagesDelayed".to_owned(),
            delayed.to_string().into(),
        ),
        (
            "VisibilityTimeout".to_owned(),
            queue.rules.visibility_timeout.to_string().into(),
        ),
    ]);
    Ok(json!({ "Attributes": chosen(all, &wanted.attribute_names) }))
}
