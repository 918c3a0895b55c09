//! Faults that tests inject: requests that fail or hang, events that get lost or come twice.

use std::sync::{Mutex, PoisonError};

use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::Notify;

use crate::broken::broken;

/// Which service a faulted request goes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// DynamoDB, requests of the functions and of tests alike.
    #[default]
    Dynamodb,
    /// S3.
    S3,
    /// SQS.
    Sqs,
}

/// What happens to a faulted request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Answered with the rule's error; nothing was changed.
    Refuse,
    /// Carried out, but answered with the rule's error.
    FailAfter,
    /// Never answered; nothing was changed.
    Hang,
    /// Carried out, but never answered.
    HangAfter,
    /// The connection breaks; nothing was changed.
    Drop,
    /// Carried out, but the connection breaks before the answer.
    DropAfter,
    /// Refused as DynamoDB refuses a write whose item another transaction holds.
    Conflict,
    /// Refused for too much traffic: a transaction with that reason, another request with `ThrottlingException`.
    Throttle,
    /// A query on an index answers as if the index did not know the item yet.
    Stale,
}

/// A rule: the next `times` requests that match meet the effect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The service; DynamoDB when left out.
    #[serde(default)]
    pub service: Service,
    /// The operation (`PutItem`, `SendMessage`) or, for S3, the HTTP method; any when left out.
    #[serde(default)]
    pub operation: Option<String>,
    /// The name of the table, bucket or queue; any when left out.
    #[serde(default)]
    pub table: Option<String>,
    /// The short name of the calling function; any caller when left out.
    #[serde(default)]
    pub caller: Option<String>,
    /// What happens.
    pub effect: Effect,
    /// The error of `refuse` and `fail_after`: the service's exception name.
    #[serde(default = "internal_error")]
    pub error: String,
    /// How many matching requests pass before the rule bites.
    #[serde(default)]
    pub skip: u32,
    /// How many requests the rule bites.
    #[serde(default = "once")]
    pub times: u32,
}

fn internal_error() -> String {
    "InternalServerError".to_owned()
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A rule for the next request of any operation and table of DynamoDB.
    pub fn new(effect: Effect) -> Self {
        Self {
            service: Service::Dynamodb,
            operation: None,
            table: None,
            caller: None,
            effect,
            error: internal_error(),
            skip: 0,
            times: 1,
        }
    }

    /// Narrows the rule to one service.
    pub fn on(self, service: Service) -> Self {
        Self { service, ..self }
    }

    /// Narrows the rule to one operation.
    pub fn operation(self, operation: impl Into<String>) -> Self {
        Self {
            operation: Some(operation.into()),
            ..self
        }
    }

    /// Narrows the rule to one table, bucket or queue by its name.
    pub fn table(self, table: impl Into<String>) -> Self {
        Self {
            table: Some(table.into()),
            ..self
        }
    }

    /// Narrows the rule to the requests of one function by its short name.
    pub fn caller(self, caller: impl Into<String>) -> Self {
        Self {
            caller: Some(caller.into()),
            ..self
        }
    }

    /// Names the exception to answer with.
    pub fn error(self, error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            ..self
        }
    }

    /// Lets the first matching requests pass.
    pub fn skip(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    /// Bites that many requests.
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// What S3 and SQS do in place of carrying the request out.
    pub(crate) fn before(&self) -> Option<Interruption> {
        match self.effect {
            Effect::Refuse | Effect::Conflict | Effect::Throttle => Some(Interruption::Refusal),
            Effect::Hang => Some(Interruption::Silence),
            Effect::Drop => Some(Interruption::Break),
            _ => None,
        }
    }

    /// What S3 and SQS answer once the request was carried out.
    pub(crate) fn after(&self) -> Option<Interruption> {
        match self.effect {
            Effect::FailAfter => Some(Interruption::Refusal),
            Effect::HangAfter => Some(Interruption::Silence),
            Effect::DropAfter => Some(Interruption::Break),
            _ => None,
        }
    }

    fn matches(&self, request: &Target<'_>) -> bool {
        let fits = |wanted: &Option<String>, got: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| got == Some(wanted))
        };
        self.service == request.service
            && fits(&self.operation, Some(request.operation))
            && fits(&self.caller, request.caller)
            && self
                .table
                .as_deref()
                .is_none_or(|table| request.tables.iter().any(|t| t == table))
    }
}

/// How a request ends that meets a fault.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Interruption {
    Refusal,
    Silence,
    Break,
}

impl Interruption {
    pub(crate) async fn respond<R: IntoResponse>(self, refusal: impl FnOnce() -> R) -> Response {
        match self {
            Self::Refusal => refusal().into_response(),
            Self::Silence => std::future::pending().await,
            Self::Break => broken(),
        }
    }
}

/// The traits of a request that rules look at.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) service: Service,
    pub(crate) operation: &'a str,
    pub(crate) tables: &'a [String],
    pub(crate) caller: Option<&'a str>,
}

/// What can happen to an event on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventFault {
    /// The next S3 event is lost.
    DropS3Event,
    /// The next S3 event comes twice.
    DuplicateS3Event,
    /// The next stream batch comes again after it succeeded.
    DuplicateStreamBatch,
    /// The next batch of a queue comes again after it succeeded.
    DuplicateQueueBatch,
}

/// The faults that are waiting to happen.
#[derive(Debug, Default)]
pub struct Faults {
    requests: Mutex<Vec<Fault>>,
    events: Mutex<Vec<EventFault>>,
    met: Notify,
}

impl Faults {
    /// Adds a rule for requests; the oldest matching rule bites first.
    pub fn add(&self, fault: Fault) {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
    }

    /// Lets an event fault happen to the next event of its kind.
    pub fn add_event(&self, fault: EventFault) {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
    }

    /// Forgets every fault that has not happened yet.
    pub fn clear(&self) {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.met.notify_waiters();
    }

    /// Whether every request that was to meet a fault has met it.
    pub fn is_empty(&self) -> bool {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    /// Whether every event fault has happened.
    pub fn is_free_of_events(&self) -> bool {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    /// Waits until every request that was to meet a fault has met it.
    pub async fn all_met(&self) {
        loop {
            // Made before the look, so that nothing is met unseen in between.
            let met = self.met.notified();
            if self.is_empty() {
                return;
            }
            met.await;
        }
    }

    /// The fault that this request meets.
    pub(crate) fn take(&self, request: &Target<'_>) -> Option<Fault> {
        let mut rules = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let index = rules.iter().position(|rule| rule.matches(request))?;
        let rule = &mut rules[index];
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        let fault = rule.clone();
        rule.times = rule.times.saturating_sub(1);
        if rule.times == 0 {
            rules.remove(index);
        }
        self.met.notify_waiters();
        Some(fault)
    }

    pub(crate) fn take_event(&self, fault: EventFault) -> bool {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        match events.iter().position(|waiting| *waiting == fault) {
            Some(index) => {
                events.remove(index);
                true
            }
            None => false,
        }
    }
}
