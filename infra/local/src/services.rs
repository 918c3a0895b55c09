//! The running parts, as what starts them, the clock and the development pages share them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::dynamodb::Dynamodb;
use crate::faults::Faults;
use crate::gateway::Gateway;
use crate::iam::Iam;
use crate::issuer::Issuer;
use crate::lambda::Lambda;
use crate::people::People;
use crate::recorder::Recorder;
use crate::s3::S3;
use crate::schedules::Schedules;
use crate::sqs::event_source::QueueMapping;
use crate::state::StateFolder;
use crate::streams::Mapping;

/// How often expired items and objects are looked for in real time.
const SWEEP: Duration = Duration::from_mins(1);

/// The running parts.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) urls: Urls,
    pub(crate) clock: Arc<Clock>,
    pub(crate) dynamodb: Dynamodb,
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) s3: Arc<S3>,
    pub(crate) mappings: Vec<Arc<Mapping>>,
    pub(crate) queue_mappings: Vec<Arc<QueueMapping>>,
    pub(crate) schedules: Arc<Schedules>,
    pub(crate) gateway: Option<Arc<Gateway>>,
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) people: People,
    pub(crate) faults: Arc<Faults>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) iam: Arc<Iam>,
    pub(crate) state: Arc<StateFolder>,
}

/// Where the services listen.
#[derive(Debug, Clone)]
pub(crate) struct Urls {
    pub(crate) api: String,
    pub(crate) dynamodb: String,
    pub(crate) s3: String,
    pub(crate) sqs: String,
}

impl Services {
    /// Starts what runs by itself: the readers of streams and queues, the schedules, the sweep.
    pub(crate) fn loops(self: &Arc<Self>) -> JoinSet<()> {
        let mut loops = JoinSet::new();
        for mapping in &self.mappings {
            loops.spawn(Arc::clone(mapping).run());
        }
        for mapping in &self.queue_mappings {
            loops.spawn(Arc::clone(mapping).run());
        }
        loops.spawn(Arc::clone(&self.schedules).run());
        let services = Arc::clone(self);
        loops.spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                services.expire().await;
            }
        });
        loops
    }

    /// Deletes expired items and objects.
    pub(crate) async fn expire(self: &Arc<Self>) {
        let services = Arc::clone(self);
        let sweep = tokio::task::spawn_blocking(move || {
            services.dynamodb.sweep(services.clock.now().as_second());
            services.s3.expire();
            services.lambda.sqs.expire();
        });
        // A sweep that failed is made up for by the next.
        let _ = sweep.await;
    }

    /// Waits for quiet; `false` when there is none within the limit.
    pub(crate) async fn settle(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while !self.is_quiet() {
            if Instant::now() > end {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        true
    }

    fn is_quiet(&self) -> bool {
        let in_flight = &self.lambda.in_flight;
        let begun = in_flight.begun();
        in_flight.is_quiet()
            && self.mappings.iter().all(|mapping| mapping.is_caught_up())
            && self
                .queue_mappings
                .iter()
                .all(|mapping| mapping.is_caught_up())
            && in_flight.begun() == begun
    }
}
