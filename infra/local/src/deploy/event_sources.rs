//! From the template's event source mappings to readers of streams and queues.

use std::sync::Arc;

use super::RoleChecks;
use crate::error::StartError;
use crate::lambda::Function;
use crate::resources::{self, MappingProps, QueueMappingProps};
use crate::sqs::event_source::QueueMapping;
use crate::streams::{Mapping, Surroundings};
use crate::template::Template;

/// Whether a mapping's source is a queue, by its ARN.
fn is_queue(properties: &serde_json::Value) -> bool {
    let source = properties["EventSourceArn"].as_str().unwrap_or_default();
    source.split(':').nth(2) == Some("sqs")
}

pub(crate) fn streams(
    template: &Template,
    around: &Surroundings,
    checks: &RoleChecks<'_>,
) -> Result<Vec<Arc<Mapping>>, StartError> {
    let all = template.some(&resources::STREAM_MAPPING, |props| !is_queue(props))?;
    let enabled = all
        .into_iter()
        .filter(|(_, props): &(String, MappingProps)| props.enabled);
    enabled
        .map(|(logical, props)| {
            stream(&logical, props, around, checks)
                .map_err(|problem| StartError::template(logical, problem))
        })
        .collect()
}

fn stream(
    logical: &str,
    props: MappingProps,
    around: &Surroundings,
    checks: &RoleChecks<'_>,
) -> Result<Arc<Mapping>, String> {
    let source = &props.event_source_arn;
    let table = around
        .dynamodb
        .all
        .iter()
        .find(|table| source.starts_with(&format!("{}/stream/", table.arn)));
    let table = table
        .ok_or_else(|| format!("{source} is no stream of a table"))?
        .clone();
    if !table.has_stream {
        return Err(format!("the table {} has no stream", table.logical));
    }
    let function = function(around, &props.function_name)?;
    for action in ["DescribeStream", "GetRecords", "GetShardIterator"] {
        allow(checks, &function, &format!("dynamodb:{action}"), source)?;
    }
    let destination = props.destination_config.as_ref();
    if let Some(queue) = destination.and_then(|config| config.on_failure.as_ref()) {
        let queue = &queue.destination;
        if checks.sqs.by_arn(queue).is_none() {
            return Err(format!("its failure destination {queue} is no queue"));
        }
        allow(checks, &function, "sqs:SendMessage", queue)?;
    }
    Mapping::new(logical.to_owned(), table, function, props, around.clone()).map(Arc::new)
}

pub(crate) fn queues(
    template: &Template,
    around: &Surroundings,
    checks: &RoleChecks<'_>,
) -> Result<Vec<Arc<QueueMapping>>, StartError> {
    let all = template.some(&resources::QUEUE_MAPPING, is_queue)?;
    let enabled = all
        .into_iter()
        .filter(|(_, props): &(String, QueueMappingProps)| props.enabled);
    enabled
        .map(|(logical, props)| {
            queue(props, around, checks).map_err(|problem| StartError::template(logical, problem))
        })
        .collect()
}

fn queue(
    props: QueueMappingProps,
    around: &Surroundings,
    checks: &RoleChecks<'_>,
) -> Result<Arc<QueueMapping>, String> {
    props.check()?;
    let source = &props.event_source_arn;
    let queue = checks.sqs.by_arn(source);
    let queue = Arc::clone(queue.ok_or_else(|| format!("{source} is no queue"))?);
    let function = function(around, &props.function_name)?;
    for action in ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"] {
        allow(checks, &function, &format!("sqs:{action}"), source)?;
    }
    let (hidden, limit) = (queue.rules.visibility_timeout, function.timeout.as_secs());
    if u64::try_from(hidden).is_ok_and(|hidden| hidden < limit) {
        return Err(format!(
            "the queue's VisibilityTimeout of {hidden} seconds is less than the function's Timeout of {limit} seconds"
        ));
    }
    let mapping = QueueMapping::new(queue, function, props, around.clone());
    Ok(Arc::new(mapping))
}

fn function(around: &Surroundings, name: &str) -> Result<Arc<Function>, String> {
    let function = around.lambda.find(name);
    let function = function.ok_or_else(|| format!("there is no function {name}"))?;
    Ok(Arc::clone(function))
}

fn allow(
    checks: &RoleChecks<'_>,
    function: &Function,
    action: &str,
    resource: &str,
) -> Result<(), String> {
    let short = &function.program.short;
    checks.allow(short, function.role.as_deref(), action, resource)
}
