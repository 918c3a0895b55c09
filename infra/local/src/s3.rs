//! S3: buckets in a folder, signatures checked, browser rules and creation events as the template says.

mod form;
pub(crate) mod signed;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::clock::{self, Clock};
use crate::error::StartError;
use crate::faults::{EventFault, Fault, Faults, Service, Target};
use crate::iam::Iam;
use crate::lambda::{Function, Lambda};
use crate::proxy;
use crate::resources::{BucketProps, CorsRule, LambdaConfiguration};
use crate::state::StateFolder;
use crate::streams::Surroundings;

/// The secret half of every local credential.
pub(crate) const SECRET_KEY: &str = "local-development-only";

/// The access key of callers that are no function, such as tests and the command line.
pub(crate) const OUTSIDER: &str = "local";

/// A bucket of the template.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) logical: String,
    pub(crate) name: String,
    arn: String,
    listeners: Vec<Listener>,
    cors: Vec<CorsRule>,
    /// Prefix and days to live.
    expirations: Vec<(String, u32)>,
}

/// A function that hears about new objects.
#[derive(Debug)]
struct Listener {
    function: Arc<Function>,
    rules: Vec<(KeyRule, String)>,
}

#[derive(Debug, Clone, Copy)]
enum KeyRule {
    Prefix,
    Suffix,
}

impl Bucket {
    pub(crate) fn new(
        (logical, name, arn): (String, String, String),
        props: BucketProps,
        lambda: &Lambda,
    ) -> Result<Self, StartError> {
        let fail = |problem: String| StartError::template(&logical, problem);
        let configurations = props
            .notification_configuration
            .map(|n| n.lambda_configurations);
        let mut listeners = Vec::new();
        for configuration in configurations.unwrap_or_default() {
            listeners.push(listener(&configuration, lambda).map_err(fail)?);
        }
        let rules = props
            .lifecycle_configuration
            .map(|lifecycle| lifecycle.rules)
            .unwrap_or_default();
        let expirations = rules
            .into_iter()
            .filter(|rule| rule.status == "Enabled")
            .filter_map(|rule| Some((rule.prefix, rule.expiration_in_days?)))
            .collect();
        let cors = props
            .cors_configuration
            .map(|cors| cors.cors_rules)
            .unwrap_or_default();
        Ok(Self {
            logical,
            name,
            arn,
            listeners,
            cors,
            expirations,
        })
    }
}

fn listener(configuration: &LambdaConfiguration, lambda: &Lambda) -> Result<Listener, String> {
    if !matches!(
        configuration.event.as_str(),
        "s3:ObjectCreated:*" | "s3:ObjectCreated:Put"
    ) {
        return Err(format!(
            "the event {} is not supported",
            configuration.event
        ));
    }
    let function = lambda.find(&configuration.function);
    let function =
        function.ok_or_else(|| format!("there is no function {}", configuration.function))?;
    let mut rules = Vec::new();
    let filter = configuration.filter.clone().unwrap_or_default();
    for rule in filter["S3Key"]["Rules"].as_array().into_iter().flatten() {
        let kind = match rule["Name"].as_str().map(str::to_lowercase).as_deref() {
            Some("prefix") => KeyRule::Prefix,
            Some("suffix") => KeyRule::Suffix,
            _ => return Err("a key filter is a prefix or a suffix".into()),
        };
        rules.push((kind, rule["Value"].as_str().unwrap_or_default().to_owned()));
    }
    Ok(Listener {
        function: Arc::clone(function),
        rules,
    })
}

/// An object that was stored but whose event has perhaps not been delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Created {
    bucket: String,
    key: String,
    size: u64,
    etag: String,
    sequencer: String,
    at: Timestamp,
    /// How it came, as the event names it.
    #[serde(default)]
    by: By,
}

/// How an object came, as its event names it.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
enum By {
    #[default]
    Put,
    Post,
}

/// The storage service.
#[derive(Debug)]
pub(crate) struct S3 {
    service: S3Service,
    pub(crate) buckets: Vec<Bucket>,
    root: PathBuf,
    state: Arc<StateFolder>,
    lambda: Arc<Lambda>,
    clock: Arc<Clock>,
    faults: Arc<Faults>,
    iam: Arc<Iam>,
    region: String,
}

impl S3 {
    pub(crate) fn open(
        buckets: Vec<Bucket>,
        iam: Arc<Iam>,
        around: Surroundings,
    ) -> Result<Self, StartError> {
        let Surroundings {
            lambda,
            state,
            clock,
            faults,
            region,
            ..
        } = around;
        let root = state
            .folder("s3")
            .map_err(StartError::io("the folder of the buckets"))?;
        for bucket in &buckets {
            std::fs::create_dir_all(root.join(&bucket.name))
                .map_err(StartError::io("a bucket's folder"))?;
        }
        let files = s3s_fs::FileSystem::new(&root)
            .map_err(|error| StartError::template("S3", format!("{error:?}")))?;
        let mut auth = SimpleAuth::from_single(OUTSIDER, SECRET_KEY);
        for function in &lambda.functions {
            let key = format!("{}{}", proxy::KEY_PREFIX, function.program.short);
            auth.register(key, SECRET_KEY.into());
        }
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(auth);
        Ok(Self {
            service: builder.build(),
            buckets,
            root,
            state,
            lambda,
            clock,
            faults,
            iam,
            region,
        })
    }

    pub(crate) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(serve).with_state(self)
    }

    /// Delivers the events that a kill kept from being delivered.
    pub(crate) fn redeliver(self: &Arc<Self>) {
        for file in self.state.list("s3-events") {
            match self.state.read::<Created>(&file) {
                Some(created) if self.root.join(&created.bucket).join(&created.key).is_file() => {
                    self.deliver(created, file);
                }
                _ => self.state.remove(&file),
            }
        }
    }

    fn bucket(&self, name: &str) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| bucket.name == name)
    }

    async fn call(&self, request: Request) -> Response {
        match self.service.clone().oneshot(request).await {
            Ok(response) => response.map(Body::new),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}")).into_response(),
        }
    }

    /// Stores an object and announces it. The intent is written first: a kill at any moment leaves
    /// either no object or an event that the next start delivers.
    async fn store(
        self: &Arc<Self>,
        bucket: &Bucket,
        (key, size, by): (String, u64, By),
        request: Request,
    ) -> Response {
        let now = clock::real_now();
        let mut created = Created {
            bucket: bucket.name.clone(),
            key,
            size,
            etag: String::new(),
            sequencer: format!("{:016X}", now.as_nanosecond()),
            at: self.clock.now(),
            by,
        };
        let file = format!("s3-events/{}.json", uuid::Uuid::now_v7());
        if let Err(error) = self.state.write(&file, &created) {
            return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
        }
        let busy = self.lambda.in_flight.begin();
        let response = self.call(request).await;
        // A form leads its browser on to another page.
        if response.status().is_success() || response.status() == StatusCode::SEE_OTHER {
            let etag = header(response.headers(), "etag").unwrap_or_default();
            etag.trim_matches('"').clone_into(&mut created.etag);
            self.date(&created);
            self.deliver(created, file);
        } else {
            self.state.remove(&file);
        }
        drop(busy);
        response
    }

    /// Takes a form with a file, which its signer must be allowed to put there.
    async fn post(self: &Arc<Self>, name: &str, request: Request) -> Response {
        let (form, request) = form::read(request).await;
        let signer = form.signer.as_deref();
        if let Err(problem) = self.iam.check_object(signer, "PUT", name, &form.key) {
            return denied(&problem);
        }
        match self.bucket(name) {
            Some(bucket) if !form.key.is_empty() => {
                let object = (form.key, form.file_bytes, By::Post);
                self.store(bucket, object, request).await
            }
            _ => self.call(request).await,
        }
    }

    /// Dates an object by the moved clock, as listings tell it and rules of expiry count it.
    fn date(&self, created: &Created) {
        let path = self.root.join(&created.bucket).join(&created.key);
        let file = std::fs::File::options().append(true).open(path);
        // Another request may have removed it already.
        let _ = file.and_then(|file| file.set_modified(system_time(created.at)));
    }

    fn deliver(self: &Arc<Self>, created: Created, file: String) {
        let s3 = Arc::clone(self);
        let busy = self.lambda.in_flight.begin();
        tokio::spawn(async move {
            let lost = s3.faults.take_event(EventFault::DropS3Event);
            let twice = s3.faults.take_event(EventFault::DuplicateS3Event);
            for _ in 0..usize::from(!lost) + usize::from(twice) {
                s3.announce(&created).await;
            }
            s3.state.remove(&file);
            drop(busy);
        });
    }

    async fn announce(&self, created: &Created) {
        let Some(bucket) = self.bucket(&created.bucket) else {
            return;
        };
        for listener in &bucket.listeners {
            let wanted = listener.rules.iter().all(|(rule, text)| match rule {
                KeyRule::Prefix => created.key.starts_with(text),
                KeyRule::Suffix => created.key.ends_with(text),
            });
            if wanted {
                let event = self.event(bucket, created);
                // The task only ends early when the local cloud stops.
                let _ = self.lambda.invoke_async(&listener.function, event).await;
            }
        }
    }

    fn event(&self, bucket: &Bucket, created: &Created) -> Value {
        let key: String = form_urlencoded::byte_serialize(created.key.as_bytes()).collect();
        json!({ "Records": [{
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": self.region,
            "eventTime": created.at.to_string(),
            "eventName": format!("ObjectCreated:{:?}", created.by),
            "userIdentity": { "principalId": "local" },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" },
            "responseElements": { "x-amz-request-id": "local", "x-amz-id-2": "local" },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "local",
                "bucket": { "name": bucket.name, "ownerIdentity": { "principalId": "local" }, "arn": bucket.arn },
                // Slashes stay as they are in S3's events.
                "object": { "key": key.replace("%2F", "/"), "size": created.size, "eTag": created.etag, "sequencer": created.sequencer },
            },
        }] })
    }

    /// Deletes objects that have outlived their bucket's rule, by the moved clock.
    pub(crate) fn expire(&self) {
        let now = system_time(self.clock.now());
        for bucket in &self.buckets {
            for (prefix, days) in &bucket.expirations {
                let base = self.root.join(&bucket.name);
                expire_folder(&base, &base, prefix, *days, now);
            }
        }
    }

    /// The keys of a bucket's objects, sorted.
    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        let base = self.root.join(bucket);
        let mut keys = Vec::new();
        let mut folders = vec![base.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(key) = path.strip_prefix(&base) {
                    keys.push(key.to_string_lossy().into_owned());
                }
            }
        }
        keys.sort();
        keys
    }

    /// The answer to a request that the signer's role does not allow. A browser comes with a function's signature.
    fn refusal(&self, request: &Request, bucket: &str, key: &str) -> Option<Response> {
        let caller = proxy::caller(request.headers())
            .or_else(|| proxy::signer(request.uri().query().unwrap_or_default()));
        let method = request.method().as_str();
        let checked = self
            .iam
            .check_object(caller.as_deref(), method, bucket, key);
        checked.err().map(|problem| denied(&problem))
    }

    fn fault(&self, request: &Request, bucket: &str) -> Option<Fault> {
        if self.faults.is_empty() {
            return None;
        }
        self.faults.take(&Target {
            service: Service::S3,
            operation: request.method().as_str(),
            tables: &[bucket.to_owned()],
            caller: proxy::caller(request.headers()).as_deref(),
        })
    }
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::try_from(at.as_duration()).unwrap_or_default()
}

fn expire_folder(base: &Path, folder: &Path, prefix: &str, days: u32, now: SystemTime) {
    let lifetime = Duration::from_hours(24 * u64::from(days));
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            expire_folder(base, &path, prefix, days, now);
        } else if let Ok(key) = path.strip_prefix(base)
            && key.to_string_lossy().starts_with(prefix)
            && entry
                .metadata()
                .and_then(|data| data.modified())
                .is_ok_and(|at| now.duration_since(at).unwrap_or_default() > lifetime)
        {
            // Gone already is what was wanted.
            let _ = std::fs::remove_file(&path);
        }
    }
}

async fn serve(State(s3): State<Arc<S3>>, request: Request) -> Response {
    let path = percent_decode_str(request.uri().path())
        .decode_utf8_lossy()
        .into_owned();
    let (name, key) = path
        .trim_start_matches('/')
        .split_once('/')
        .unwrap_or((path.trim_matches('/'), ""));
    if form::is_form(&request) {
        return s3.post(name, request).await;
    }
    let origin = request.headers().get("origin").cloned();
    if request.method() != Method::OPTIONS {
        if let Some(refusal) = s3.refusal(&request, name, key) {
            return refusal;
        }
        if let Err((status, code, message)) = signed::check(&request, &s3.region) {
            return refusal(status, code, &message);
        }
    }
    let fault = s3.fault(&request, name);
    if let Some(answer) = fault.as_ref().and_then(Fault::before) {
        return answer.respond(injected).await;
    }
    let bucket = s3.bucket(name);
    let rule = bucket
        .zip(origin.as_ref())
        .and_then(|(bucket, origin)| cors_rule(bucket, origin, &request));
    let mut response = match bucket {
        Some(_) if request.method() == Method::OPTIONS => preflight(rule, request.headers()),
        Some(bucket) if is_plain_put(&request) && !key.is_empty() => {
            let length = header(request.headers(), "content-length");
            let size = length.and_then(|text| text.parse().ok()).unwrap_or(0);
            s3.store(bucket, (key.to_owned(), size, By::Put), request)
                .await
        }
        _ => s3.call(request).await,
    };
    if let Some(answer) = fault.as_ref().and_then(Fault::after) {
        return answer.respond(injected).await;
    }
    if let (Some(rule), Some(origin)) = (rule, origin) {
        allow(response.headers_mut(), rule, origin);
    }
    response
}

/// Storing a whole object: no part of an upload, no settings of a bucket.
fn is_plain_put(request: &Request) -> bool {
    let part = request
        .uri()
        .query()
        .is_some_and(|query| query.contains("uploadId="));
    request.method() == Method::PUT && !part
}

fn denied(problem: &str) -> Response {
    tracing::error!(problem, "refused");
    refusal(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied")
}

/// S3's answer to a refused request.
fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    (status, [("content-type", "application/xml")], body).into_response()
}

fn injected() -> Response {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    refusal(status, "ServiceUnavailable", "injected by the local cloud")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The first rule that allows the origin and the method, as S3 chooses it.
fn cors_rule<'a>(
    bucket: &'a Bucket,
    origin: &HeaderValue,
    request: &Request,
) -> Option<&'a CorsRule> {
    let origin = origin.to_str().ok()?;
    let asked = header(request.headers(), "access-control-request-method");
    let method = asked.unwrap_or(request.method().as_str());
    bucket.cors.iter().find(|rule| {
        rule.allowed_origins
            .iter()
            .any(|allowed| wildcard(allowed, origin))
            && rule.allowed_methods.iter().any(|allowed| allowed == method)
    })
}

/// Whether `text` fits a pattern with at most one `*`.
fn wildcard(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
        None => pattern == text,
    }
}

fn preflight(rule: Option<&CorsRule>, headers: &HeaderMap) -> Response {
    let asked = header(headers, "access-control-request-headers").unwrap_or_default();
    let asked: Vec<_> = asked
        .split(',')
        .map(|name| name.trim().to_lowercase())
        .filter(|n| !n.is_empty())
        .collect();
    let allowed = rule.is_some_and(|rule| {
        asked.iter().all(|name| {
            rule.allowed_headers
                .iter()
                .any(|a| wildcard(&a.to_lowercase(), name))
        })
    });
    if !allowed {
        return (
            StatusCode::FORBIDDEN,
            "CORSResponse: This CORS request is not allowed.",
        )
            .into_response();
    }
    let mut response = StatusCode::OK.into_response();
    insert(
        response.headers_mut(),
        "access-control-allow-headers",
        &asked.join(", "),
    );
    response
}

fn allow(headers: &mut HeaderMap, rule: &CorsRule, origin: HeaderValue) {
    headers.insert("access-control-allow-origin", origin);
    insert(
        headers,
        "access-control-allow-methods",
        &rule.allowed_methods.join(", "),
    );
    insert(
        headers,
        "access-control-expose-headers",
        &rule.exposed_headers.join(", "),
    );
    if let Some(age) = rule.max_age {
        insert(headers, "access-control-max-age", &age.to_string());
    }
    headers.insert("vary", HeaderValue::from_static("Origin"));
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value)
        && !value.is_empty()
    {
        headers.insert(HeaderName::from_static(name), value);
    }
}
