//! What all tests need: a cloud with probe functions, requests, signatures.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zhitiao_local::{LocalCloud, Options, StartError};

pub(crate) const TEMPLATE: &str = include_str!("template.yaml");

/// A template and its functions' folder on disk.
pub(crate) struct Project {
    pub(crate) folder: TempDir,
}

impl Project {
    pub(crate) fn new(template: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("template.yaml"), template).unwrap();
        for name in ["web", "streamer", "listener", "ticker", "worker"] {
            symlink(probe(), folder.path().join(name)).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn options(&self) -> Options {
        Options::new(self.folder.path().join("template.yaml"), self.folder.path())
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }
}

/// The probe function's binary, which `cargo test` builds as an example.
fn probe() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let probe = test
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples/probe_function");
    assert!(probe.is_file(), "cargo build -p zhitiao-local --examples");
    probe
}

/// A cloud in memory that runs the test template.
pub(crate) struct Cloud {
    running: LocalCloud,
    pub(crate) http: Client,
    _project: Project,
}

impl std::ops::Deref for Cloud {
    type Target = LocalCloud;

    fn deref(&self) -> &LocalCloud {
        &self.running
    }
}

impl Cloud {
    pub(crate) async fn start() -> Self {
        Self::with(TEMPLATE, |options| options).await
    }

    /// Starts with replacements in the template.
    pub(crate) async fn replaced(pairs: &[(&str, &str)]) -> Self {
        Self::with(&replaced(pairs), |options| options).await
    }

    pub(crate) async fn with(template: &str, adjust: impl FnOnce(Options) -> Options) -> Self {
        let project = Project::new(template);
        let running = LocalCloud::start(adjust(project.options())).await.unwrap();
        Self {
            running,
            http: client(),
            _project: project,
        }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.api_url()))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.api_url()))
    }

    /// Sends a DynamoDB request as an SDK does.
    pub(crate) async fn dynamodb(&self, operation: &str, request: &Value) -> (u16, Value) {
        let response = dynamodb(&self.http, self.dynamodb_url(), operation, request)
            .await
            .unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Puts an event item that tells the stream's function what to do with it.
    pub(crate) async fn put_event(&self, case: &str, number: u32, mode: &str) {
        let item = json!({ "pk": { "S": case }, "sk": { "S": format!("EVENT#{number:08}") }, "mode": { "S": mode } });
        self.put(item).await;
    }

    pub(crate) async fn put(&self, item: Value) {
        let request = json!({ "TableName": self.table_name("CasesTable"), "Item": item });
        let (status, answer) = self.dynamodb("PutItem", &request).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Sends an SQS request as an SDK does, from outside.
    pub(crate) async fn sqs(&self, operation: &str, queue: &str, request: Value) -> (u16, Value) {
        self.sqs_as("test", operation, queue, request).await
    }

    /// The same with the access key of a function, `LOCAL.` and its short name.
    pub(crate) async fn sqs_as(
        &self,
        key: &str,
        operation: &str,
        queue: &str,
        mut request: Value,
    ) -> (u16, Value) {
        request["QueueUrl"] = self.queue_url(queue).into();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260101/cn-north-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
        );
        let request = self
            .http
            .post(self.sqs_url())
            .header("authorization", authorization)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{operation}"))
            .body(request.to_string());
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Puts one message for each mode into the queue of work, in one request, and waits for what comes of it.
    pub(crate) async fn work(&self, modes: &[&str]) {
        let entries = modes.iter().enumerate();
        let entries: Vec<_> = entries
            .map(|(id, mode)| json!({ "Id": id.to_string(), "MessageBody": json!({ "mode": mode, "number": id + 1 }).to_string() }))
            .collect();
        let (status, answer) = self
            .sqs("SendMessageBatch", "Work", json!({ "Entries": entries }))
            .await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["Failed"], json!([]));
        assert!(self.settle().await);
    }

    /// Moves the clock, stepping from one due moment to the next.
    pub(crate) async fn pass(&self, span: &str) {
        let report = self.advance(span.parse().unwrap()).await.unwrap();
        assert!(report.settled);
    }

    /// The numbers of the messages in each batch that the queue's function got, in order.
    pub(crate) fn work_batches(&self) -> Vec<Vec<u64>> {
        let number = |record: &Value| {
            let body: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
            body["number"].as_u64().unwrap()
        };
        let events = self.events("worker");
        let batches = events
            .iter()
            .map(|event| event["Records"].as_array().unwrap());
        batches
            .map(|records| records.iter().map(number).collect())
            .collect()
    }

    /// The sort keys of each batch that the stream's function got, in order.
    pub(crate) fn batches(&self) -> Vec<Vec<String>> {
        self.events("streamer").iter().map(sort_keys).collect()
    }

    /// The events that a function got, in order.
    pub(crate) fn events(&self, function: &str) -> Vec<Value> {
        let lines = self.logs(function);
        let lines = lines
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines
            .filter_map(|line| line.get("event").cloned())
            .collect()
    }

    /// Stores an object through a presigned URL.
    pub(crate) async fn upload(&self, key: &str, body: &'static str) -> Response {
        let url = self.presign("PUT", "UploadsBucket", key);
        self.http.put(url).body(body).send().await.unwrap()
    }

    pub(crate) fn presign(&self, method: &str, bucket: &str, key: &str) -> String {
        presign(self, method, bucket, key, self.credentials().1)
    }
}

pub(crate) fn client() -> Client {
    // The second of two tests in one process finds it installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

pub(crate) async fn dynamodb(
    http: &Client,
    url: &str,
    operation: &str,
    request: &Value,
) -> reqwest::Result<Response> {
    let authorization = "AWS4-HMAC-SHA256 Credential=test/20260101/cn-north-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";
    http.post(url)
        .header("authorization", authorization)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-date", "20260101T000000Z")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .body(request.to_string())
        .send()
        .await
}

fn sort_keys(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().unwrap();
    records
        .iter()
        .map(|record| {
            record["dynamodb"]["Keys"]["sk"]["S"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

pub(crate) fn keys(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers
        .into_iter()
        .map(|number| format!("EVENT#{number:08}"))
        .collect()
}

/// The test template with replacements, each of which must find its place.
pub(crate) fn replaced(pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(TEMPLATE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "the test template has no {old:?}");
        text.replacen(old, new, 1)
    })
}

/// The refusal of a template.
pub(crate) async fn refusal(template: &str) -> StartError {
    let project = Project::new(template);
    LocalCloud::start(project.options())
        .await
        .expect_err("the template should be refused")
}

/// A Signature Version 4 presigned URL, valid for a minute of real time.
pub(crate) fn presign(
    cloud: &LocalCloud,
    method: &str,
    bucket: &str,
    key: &str,
    secret: &str,
) -> String {
    presign_for(cloud, method, bucket, key, secret, "cn-north-1", 60)
}

/// The same for a region and a life in seconds.
pub(crate) fn presign_for(
    cloud: &LocalCloud,
    method: &str,
    bucket: &str,
    key: &str,
    secret: &str,
    region: &str,
    life: u32,
) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "signatures follow the real clock"
    )]
    let stamp = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let scope = format!("{}/{region}/s3/aws4_request", &stamp[..8]);
    let host = cloud.s3_url().trim_start_matches("http://");
    let path = format!("/{}/{key}", cloud.bucket_name(bucket));
    let credential = format!("{}/{scope}", cloud.credentials().0).replace('/', "%2F");
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={stamp}&X-Amz-Expires={life}&X-Amz-SignedHeaders=host"
    );
    let request = format!("{method}\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}",
        hex(&Sha256::digest(request))
    );
    let parts = [&stamp[..8], region, "s3", "aws4_request"];
    let key = parts
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| {
            sign(&key, part)
        });
    format!(
        "{}{path}?{query}&X-Amz-Signature={}",
        cloud.s3_url(),
        hex(&sign(&key, &to_sign))
    )
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Waits until something holds, at most ten seconds.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("never happened: {what}");
}

/// Whether a process runs, by its id.
pub(crate) fn runs(process: &str) -> bool {
    // A zombie no longer runs.
    std::fs::read_to_string(Path::new("/proc").join(process).join("stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .trim_start()
            .starts_with('Z')
    })
}
