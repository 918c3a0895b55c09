//! A district to test: the local cloud in memory on free ports, and who calls it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use uuid::Uuid;
use zhitiao_local::{LocalCloud, Options, seed};

use crate::description::describes;

/// When every story begins, unless it says otherwise: a Monday morning.
pub const MONDAY: &str = "2026-11-23T09:00:00+08:00";

/// The district that the seed describes.
pub const DISTRICT: &str = "shinan";

/// The folder that holds this workspace.
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// The folder with the built function binaries.
///
/// # Panics
/// When they are not built.
pub fn binaries() -> PathBuf {
    // Tests run from target/<profile>/deps, examples from target/<profile>/examples.
    let here = std::env::current_exe().unwrap_or_default();
    let folder = here
        .ancestors()
        .nth(2)
        .map(Path::to_owned)
        .unwrap_or_default();
    assert!(
        folder.join("report-intake").exists(),
        "the function binaries are not built: run `make test`, or `cargo build --workspace --bins` first"
    );
    folder
}

/// The options of a new district in memory.
pub fn options() -> Options {
    Options::new(workspace().join("infra/template.yaml"), binaries())
        .start_at(moment(MONDAY))
        .prepare(seed::hook(workspace().join("infra/seed")))
}

/// A moment from RFC 3339.
///
/// # Panics
/// When the text is none.
pub fn moment(text: &str) -> Timestamp {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A running district.
#[derive(Debug)]
pub struct World {
    /// The local cloud, for the clock, faults and what is stored.
    pub cloud: LocalCloud,
    http: Client,
    sent: AtomicUsize,
}

impl World {
    /// Starts a district in memory on a Monday morning.
    pub async fn start() -> Self {
        Self::start_with(options()).await
    }

    /// Starts a district with options of its own.
    ///
    /// # Panics
    /// When it cannot start.
    pub async fn start_with(options: Options) -> Self {
        // Only the first call installs it; later ones find it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let cloud = LocalCloud::start(options)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        Self {
            cloud,
            http: Client::new(),
            sent: AtomicUsize::new(0),
        }
    }

    /// A resident, or any caller without a token.
    pub fn anyone(&self) -> Caller<'_> {
        Caller {
            world: self,
            staff: None,
            headers: Vec::new(),
        }
    }

    /// A member of staff, with a fresh token for every request.
    pub fn staff(&self, id: &str) -> Caller<'_> {
        Caller {
            world: self,
            staff: Some(id.to_owned()),
            headers: Vec::new(),
        }
    }

    /// A request to the API, for what the other steps do not say.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.cloud.api_url()))
    }

    /// The HTTP client, for addresses outside the API.
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// How many requests the steps of the story have sent so far.
    pub fn requests(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn count(&self, request: RequestBuilder) -> RequestBuilder {
        self.sent.fetch_add(1, Ordering::Relaxed);
        request
    }

    /// Waits until everything that was set in motion is done.
    ///
    /// # Panics
    /// When something fails again and again.
    pub async fn settle(&self) {
        assert!(
            self.cloud.settle().await,
            "the district does not come to rest"
        );
    }

    /// Moves the clock to a moment, reminder by reminder, and answers the new inbox messages in order.
    ///
    /// # Panics
    /// When the moment has passed.
    pub async fn wait_until(&self, text: &str) -> Vec<Value> {
        let report = self.cloud.advance_to(moment(text)).await;
        let report = report.unwrap_or_else(|error| panic!("{error}"));
        assert!(report.settled, "the district does not come to rest");
        report.inbox
    }

    /// Puts an item, in DynamoDB's JSON, into the cases table as it is, past every function.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn put_item(&self, item: &Value) {
        let request = serde_json::json!({
            "TableName": self.cloud.table_name("CasesTable"),
            "Item": item,
        });
        let sent = self
            .http
            .request(Method::POST, self.cloud.dynamodb_url())
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "DynamoDB_20120810.PutItem")
            .header("x-amz-date", "20261123T010000Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20261123/cn-north-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
            )
            .body(request.to_string());
        let answer = sent.send().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.text().await);
    }

    /// Every stored item of the cases table.
    pub fn stored(&self) -> Vec<Value> {
        self.cloud.items("CasesTable")
    }
}

/// A caller of the API.
#[derive(Debug, Clone)]
pub struct Caller<'w> {
    world: &'w World,
    staff: Option<String>,
    headers: Vec<(String, String)>,
}

impl Caller<'_> {
    /// The same caller with one more header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gets a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.world.request(Method::GET, path)).await
    }

    /// Posts JSON under a fresh idempotency key.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with_key(path, &Uuid::new_v4().to_string(), body)
            .await
    }

    /// Posts JSON under an idempotency key.
    pub async fn post_with_key(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self
            .world
            .request(Method::POST, path)
            .header("idempotency-key", key)
            .json(body);
        self.send(request).await
    }

    /// Puts JSON in the place of the version that the caller saw, or where there was nothing.
    pub async fn put(&self, path: &str, seen: Option<u64>, body: &Value) -> Answer {
        let request = self.world.request(Method::PUT, path).json(body);
        let request = match seen {
            Some(version) => request.header("if-match", format!("\"{version}\"")),
            None => request.header("if-none-match", "*"),
        };
        self.send(request).await
    }

    /// Deletes what the caller saw in that version.
    pub async fn delete(&self, path: &str, seen: u64) -> Answer {
        let request = self.world.request(Method::DELETE, path);
        let request = request.header("if-match", format!("\"{seen}\""));
        self.send(request).await
    }

    /// Sends a request with this caller's headers.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn send(&self, mut request: RequestBuilder) -> Answer {
        if let Some(id) = &self.staff {
            request = request.bearer_auth(self.world.cloud.staff_token(id, DISTRICT));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = self.world.count(request).build();
        let request = request.unwrap_or_else(|error| panic!("no request: {error}"));
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let answer = self
            .world
            .http
            .execute(request)
            .await
            .unwrap_or_else(|error| panic!("no answer: {error}"));
        let status = answer.status();
        assert!(
            describes(method.as_str(), &path, status.as_u16()),
            "{method} {path} is not described to answer {status}"
        );
        let etag = answer
            .headers()
            .get("etag")
            .and_then(|tag| tag.to_str().ok())
            .map(str::to_owned);
        let media = answer
            .headers()
            .get("content-type")
            .and_then(|media| media.to_str().ok());
        let media = media.unwrap_or_default().to_owned();
        let text = answer.text().await.unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer {
            status,
            etag,
            media,
            body,
        }
    }
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The media type.
    pub media: String,
    /// The body: JSON, or a JSON string with whatever else came.
    pub body: Value,
}

impl Answer {
    /// The body, when the status is the expected one.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }

    /// The problem's code, when the answer is a problem with that status.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn problem(self, status: u16) -> String {
        assert_eq!(self.media, "application/problem+json", "{:#}", self.body);
        let body = self.expect(status);
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}
