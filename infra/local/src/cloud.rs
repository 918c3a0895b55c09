//! The local cloud as a whole: started, moved through time, looked into, stopped.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use dynoxide::Database;
use jiff::{Span, Timestamp};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::advance_clock::{self, ClockError, Report};
use crate::dev;
use crate::dynamodb;
use crate::error::StartError;
use crate::faults::Faults;
use crate::iam::Iam;
use crate::lambda::flat;
use crate::options::{Options, Prepared};
use crate::recorder::Recorder;
use crate::s3;
use crate::services::Services;
use crate::sqs::Queue;
use crate::wiring::{Listeners, Servers, Wiring, url};

/// How long [`LocalCloud::settle`] waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running local cloud. Dropping it kills the functions; [`LocalCloud::stop`] also waits for the end.
#[derive(Debug)]
pub struct LocalCloud {
    pub(crate) services: Arc<Services>,
    servers: JoinSet<()>,
    loops: JoinSet<()>,
    shutdown: watch::Sender<bool>,
}

impl LocalCloud {
    /// Reads the template and starts everything that it describes.
    ///
    /// # Errors
    /// [`StartError`] names the part of the template, the file or the port that has to be changed.
    pub async fn start(mut options: Options) -> Result<Self, StartError> {
        let listeners = Listeners::bind(options.port).await?;
        let urls = listeners.urls()?;
        let wiring = Wiring::open(&options, &urls)?;
        let mut servers = Servers {
            tasks: JoinSet::new(),
            shutdown: watch::Sender::new(false),
        };
        servers.serve(
            listeners.dynamodb,
            wiring.proxy(&listeners.engine)?.router(),
        );
        servers.serve_engine(listeners.engine, wiring.dynamodb.database().clone());
        if let Some(prepare) = options.prepare.take() {
            let (dynamodb_url, region) = (urls.dynamodb.clone(), options.region.clone());
            let prepared = Prepared {
                dynamodb_url,
                region,
                tables: wiring.dynamodb.names(),
            };
            prepare(prepared).await.map_err(StartError::Prepare)?;
        }
        let lambda = wiring.lambda(&options, &urls, url(&listeners.runtime)?)?;
        servers.serve(listeners.runtime, Arc::clone(&lambda.runtime).router());
        servers.serve(listeners.sqs, wiring.sqs(&lambda).router());
        let services = Arc::new(wiring.wire(lambda, urls, &options.region)?);
        servers.serve(listeners.s3, Arc::clone(&services.s3).router());
        servers.serve(listeners.api, api(&services));
        services.s3.redeliver();
        let loops = services.loops();
        Ok(Self {
            services,
            servers: servers.tasks,
            loops,
            shutdown: servers.shutdown,
        })
    }

    /// The URL of the HTTP API and of the development pages.
    pub fn api_url(&self) -> &str {
        &self.services.urls.api
    }

    /// The DynamoDB endpoint; any credentials are accepted.
    pub fn dynamodb_url(&self) -> &str {
        &self.services.urls.dynamodb
    }

    /// The S3 endpoint; see [`LocalCloud::credentials`].
    pub fn s3_url(&self) -> &str {
        &self.services.urls.s3
    }

    /// The SQS endpoint (AWS JSON protocol); any credentials are accepted.
    pub fn sqs_url(&self) -> &str {
        &self.services.urls.sqs
    }

    /// Access key and secret key for S3 requests from outside the functions.
    pub fn credentials(&self) -> (&'static str, &'static str) {
        (s3::OUTSIDER, s3::SECRET_KEY)
    }

    /// A staff token of the built-in issuer, valid for twelve hours of the moved clock.
    pub fn staff_token(&self, subject: &str, district: &str) -> String {
        self.services.issuer.token(subject, district)
    }

    /// A token with any claims, signed by the built-in issuer, for tests of what must be refused.
    pub fn sign(&self, claims: &Value) -> String {
        self.services.issuer.sign(claims)
    }

    /// The same under any header of the issuer's algorithm.
    pub fn sign_as(&self, header: &jsonwebtoken::Header, claims: &Value) -> String {
        self.services.issuer.sign_as(header, claims)
    }

    /// The moved clock.
    pub fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// Moves the clock on by a span, stepping from one due moment to the next; calendar units are China's.
    ///
    /// # Errors
    /// [`ClockError`] when the span leads back or beyond the calendar.
    pub async fn advance(&self, span: Span) -> Result<Report, ClockError> {
        advance_clock::advance(
            &self.services,
            advance_clock::target(self.now(), span)?,
            true,
        )
        .await
    }

    /// Moves the clock on to a moment, stepping from one due moment to the next.
    ///
    /// # Errors
    /// [`ClockError`] when the moment has passed.
    pub async fn advance_to(&self, moment: Timestamp) -> Result<Report, ClockError> {
        advance_clock::advance(&self.services, moment, true).await
    }

    /// Moves the clock on without any tick: an outage of the scheduler.
    ///
    /// # Errors
    /// [`ClockError`] when the moment has passed.
    pub async fn outage_until(&self, moment: Timestamp) -> Result<Report, ClockError> {
        advance_clock::advance(&self.services, moment, false).await
    }

    /// Switches all schedules off or on; what came due while they were off is lost.
    pub fn set_scheduler(&self, on: bool) {
        self.services.schedules.set(on);
    }

    /// Fires the every-minute schedules once, now, and waits until they are done.
    pub async fn tick(&self) {
        for tick in self.services.schedules.fire(true) {
            // The task ends early only when the local cloud stops.
            let _ = tick.await;
        }
    }

    /// Waits until streams, queues, events and asynchronous invocations have nothing left to do at this moment of the
    /// clock: what a queue delays or hides comes when [`LocalCloud::advance`] gets there.
    ///
    /// Answers `false` when that takes more than 30 seconds: something fails again and again.
    pub async fn settle(&self) -> bool {
        self.services.settle(PATIENCE).await
    }

    /// The name of the table with a logical id.
    ///
    /// # Panics
    /// When the template has no such table.
    pub fn table_name(&self, logical: &str) -> &str {
        let table = self.services.dynamodb.by_logical(logical);
        &table
            .unwrap_or_else(|| panic!("the template has no table {logical}"))
            .name
    }

    /// The name of the bucket with a logical id.
    ///
    /// # Panics
    /// When the template has no such bucket.
    pub fn bucket_name(&self, logical: &str) -> &str {
        let bucket = self
            .services
            .s3
            .buckets
            .iter()
            .find(|bucket| bucket.logical == logical);
        &bucket
            .unwrap_or_else(|| panic!("the template has no bucket {logical}"))
            .name
    }

    /// The embedded database, for assertions on what is stored.
    pub fn database(&self) -> &Database {
        self.services.dynamodb.database()
    }

    /// Every item of the table with a logical id in plain JSON, sorted by its keys `pk` and `sk`.
    pub fn items(&self, logical: &str) -> Vec<Value> {
        let table = self.services.dynamodb.by_logical(logical);
        let items = table
            .map(|table| self.services.dynamodb.items(table))
            .unwrap_or_default();
        let mut items: Vec<_> = items.iter().map(dynamodb::plain_item).collect();
        items.sort_by_key(|item| (item["pk"].to_string(), item["sk"].to_string()));
        items
    }

    /// The items of that table under one `pk` whose `sk` begins with a prefix, in plain JSON and in order.
    pub fn items_of(&self, logical: &str, partition: &str, prefix: &str) -> Vec<Value> {
        let table = self.services.dynamodb.by_logical(logical);
        let items = table
            .map(|table| self.services.dynamodb.items_of(table, partition, prefix))
            .unwrap_or_default();
        items.iter().map(dynamodb::plain_item).collect()
    }

    /// The keys of the objects in the bucket with a logical id, sorted.
    pub fn objects(&self, logical: &str) -> Vec<String> {
        self.services.s3.keys(self.bucket_name(logical))
    }

    /// The recorder of DynamoDB requests.
    pub fn recorder(&self) -> &Recorder {
        &self.services.recorder
    }

    /// What the functions' roles allow them, and what of it they have used.
    pub fn iam(&self) -> &Iam {
        &self.services.iam
    }

    /// The faults that are waiting to happen.
    pub fn faults(&self) -> &Faults {
        &self.services.faults
    }

    /// What a function (by its short name) has printed, oldest line first.
    pub fn logs(&self, function: &str) -> Vec<String> {
        self.services.lambda.logs.lines(function)
    }

    /// The URL of the queue with a logical id.
    ///
    /// # Panics
    /// When the template has no such queue.
    pub fn queue_url(&self, logical: &str) -> &str {
        &self.queue_of(logical).url
    }

    /// The bodies of the messages in the queue with a logical id, hidden and delayed ones too, oldest first.
    ///
    /// # Panics
    /// When the template has no such queue.
    pub fn queue(&self, logical: &str) -> Vec<Value> {
        self.services.lambda.sqs.bodies(self.queue_of(logical))
    }

    fn queue_of(&self, logical: &str) -> &Queue {
        let queue = self.services.lambda.sqs.by_logical(logical);
        queue.unwrap_or_else(|| panic!("the template has no queue {logical}"))
    }

    /// The environment that the template gives a function (by its short name), with the local cloud's own part.
    pub fn environment(&self, function: &str) -> BTreeMap<String, String> {
        let function = self.services.lambda.find(function);
        function
            .map(|function| function.program.env.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// The short names of all functions.
    pub fn functions(&self) -> Vec<&str> {
        self.services
            .lambda
            .functions
            .iter()
            .map(|function| function.program.short.as_str())
            .collect()
    }

    /// Invokes a function directly and returns its answer, or Lambda's error object.
    ///
    /// # Errors
    /// The error object `{errorType, errorMessage}` of a failed invocation.
    ///
    /// # Panics
    /// When the template has no such function.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Value, Value> {
        let lambda = &self.services.lambda;
        let target = lambda.find(function);
        let target = target.unwrap_or_else(|| panic!("the template has no function {function}"));
        let answer = flat(lambda.invoke(target, payload.to_string().into()).await);
        answer
            .map(|body| serde_json::from_slice(&body).unwrap_or_default())
            .map_err(|error| error.payload)
    }

    /// Kills all processes of a function (SIGKILL); answers how many there were.
    pub async fn kill_function(&self, name: &str) -> usize {
        match self.services.lambda.find(name) {
            Some(function) => function.kill().await,
            None => 0,
        }
    }

    /// Ends everything and waits for the end.
    pub async fn stop(mut self) {
        self.loops.shutdown().await;
        self.services.lambda.stop().await;
        self.shutdown.send_replace(true);
        let servers = async { while self.servers.join_next().await.is_some() {} };
        // A request that a fault keeps hanging would never end by itself.
        let _ = tokio::time::timeout(Duration::from_secs(2), servers).await;
        self.services.state.release();
    }
}

impl Drop for LocalCloud {
    fn drop(&mut self) {
        for function in &self.services.lambda.functions {
            function.kill_soon();
        }
    }
}

/// The API with the development pages in front of it.
fn api(services: &Arc<Services>) -> Router {
    let pages = dev::router(Arc::clone(services));
    match &services.gateway {
        Some(gateway) => pages.fallback_service(Arc::clone(gateway).router()),
        None => pages,
    }
}
