//! Queues and what consumes them, with the ranges that AWS holds them to.

use serde::Deserialize;

use super::yes;
use crate::sqs::api::{LONGEST_DELAY, LONGEST_VISIBILITY, LONGEST_WAIT, MESSAGE_LIMIT};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct QueueProps {
    /// Seconds, here and below.
    #[serde(default = "default_visibility")]
    pub(crate) visibility_timeout: i64,
    #[serde(default)]
    pub(crate) delay_seconds: i64,
    #[serde(default = "default_retention")]
    pub(crate) message_retention_period: i64,
    #[serde(default)]
    pub(crate) receive_message_wait_time_seconds: u64,
    /// Bytes.
    #[serde(default = "default_message_size")]
    pub(crate) maximum_message_size: usize,
    pub(crate) redrive_policy: Option<RedrivePolicy>,
    pub(crate) redrive_allow_policy: Option<RedriveAllowPolicy>,
}

/// SQS's defaults: 30 seconds, four days and the largest size.
fn default_visibility() -> i64 {
    30
}

fn default_retention() -> i64 {
    345_600
}

fn default_message_size() -> usize {
    MESSAGE_LIMIT
}

impl QueueProps {
    /// Refuses what SQS would not take.
    pub(crate) fn check(&self) -> Result<(), String> {
        let within = [
            (
                "VisibilityTimeout",
                (0..=LONGEST_VISIBILITY).contains(&self.visibility_timeout),
            ),
            (
                "DelaySeconds",
                (0..=LONGEST_DELAY).contains(&self.delay_seconds),
            ),
            (
                "MessageRetentionPeriod",
                (60..=1_209_600).contains(&self.message_retention_period),
            ),
            (
                "ReceiveMessageWaitTimeSeconds",
                self.receive_message_wait_time_seconds <= LONGEST_WAIT,
            ),
            (
                "MaximumMessageSize",
                (1024..=MESSAGE_LIMIT).contains(&self.maximum_message_size),
            ),
            (
                "maxReceiveCount",
                self.redrive_policy
                    .as_ref()
                    .is_none_or(|redrive| (1..=1000).contains(&redrive.max_receive_count)),
            ),
        ];
        match within.iter().find(|(_, is_within)| !is_within) {
            Some((property, _)) => Err(format!("{property} is out of range")),
            None => Ok(()),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RedrivePolicy {
    pub(crate) dead_letter_target_arn: String,
    pub(crate) max_receive_count: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RedriveAllowPolicy {
    pub(crate) redrive_permission: RedrivePermission,
    #[serde(default)]
    pub(crate) source_queue_arns: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RedrivePermission {
    AllowAll,
    DenyAll,
    ByQueue,
}

/// A mapping of a queue. What only streams have (a starting position, retries, a failure destination) is no property
/// here, and a filter has no local behavior.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct QueueMappingProps {
    pub(crate) event_source_arn: String,
    pub(crate) function_name: String,
    #[serde(default = "default_queue_batch")]
    pub(crate) batch_size: u32,
    #[serde(default)]
    pub(crate) maximum_batching_window_in_seconds: i64,
    #[serde(default)]
    pub(crate) function_response_types: Vec<String>,
    pub(crate) scaling_config: Option<ScalingConfig>,
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
}

/// Lambda's default for queues.
fn default_queue_batch() -> u32 {
    10
}

impl QueueMappingProps {
    /// Refuses what Lambda would not take.
    pub(crate) fn check(&self) -> Result<(), String> {
        let scaling = self.scaling_config.as_ref();
        if !(1..=10_000).contains(&self.batch_size) {
            Err("BatchSize must be between 1 and 10000".into())
        } else if !(0..=300).contains(&self.maximum_batching_window_in_seconds) {
            Err("MaximumBatchingWindowInSeconds must be between 0 and 300".into())
        } else if self.batch_size > 10 && self.maximum_batching_window_in_seconds == 0 {
            Err("BatchSize above 10 needs MaximumBatchingWindowInSeconds of at least 1".into())
        } else if scaling.is_some_and(|own| !(2..=1000).contains(&own.maximum_concurrency)) {
            Err("MaximumConcurrency must be between 2 and 1000".into())
        } else {
            Ok(())
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ScalingConfig {
    pub(crate) maximum_concurrency: usize,
}
