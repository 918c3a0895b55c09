//! From the template to running parts: what CloudFormation and SAM do in the cloud.

pub(crate) mod event_sources;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::StartError;
use crate::iam::Iam;
use crate::intrinsics::{Scope, plain_text};
use crate::lambda::{AsyncRules, Function, Lambda};
use crate::permissions::Permissions;
use crate::proxy::KEY_PREFIX;
use crate::resources::{
    self, BucketProps, DestinationConfig, FunctionProps, InvokeConfigProps, QueueProps,
    RedrivePermission, ScheduleProps,
};
use crate::s3::{Bucket, SECRET_KEY};
use crate::schedules::{Rate, Schedule};
use crate::secrets::Secrets;
use crate::sqs::{Queue, Sqs};
use crate::state::StateFolder;
use crate::template::Template;
use crate::worker::Program;

/// Lambda's limit for all variables of a function together.
const ENVIRONMENT_LIMIT: usize = 4096;

/// Where the functions find the services.
#[derive(Debug)]
pub(crate) struct Endpoints<'a> {
    pub(crate) api: &'a str,
    pub(crate) dynamodb: &'a str,
    pub(crate) s3: &'a str,
    pub(crate) sqs: &'a str,
}

/// A resource's logical id, name and ARN.
type Identity = (String, String, String);

fn identity(template: &Template, logical: &str) -> Result<Identity, StartError> {
    let fail = |problem: String| StartError::template(logical, problem);
    let name = template.name(logical).map_err(fail)?;
    let arn = template.attribute(logical, "Arn").map_err(fail)?;
    Ok((logical.to_owned(), name, plain_text(Some(arn))))
}

pub(crate) fn sqs(
    template: &Template,
    state: &StateFolder,
    clock: &Arc<Clock>,
) -> Result<Sqs, StartError> {
    let mut queues = Vec::new();
    for (logical, rules) in template.all::<QueueProps>(&resources::QUEUE)? {
        let (logical, name, arn) = identity(template, &logical)?;
        rules
            .check()
            .map_err(|problem| StartError::template(&logical, problem))?;
        let url = plain_text(Some(
            template.attribute(&logical, "QueueUrl").unwrap_or_default(),
        ));
        queues.push(Queue {
            logical,
            name,
            arn,
            url,
            rules,
        });
    }
    for queue in &queues {
        let problem =
            queue.rules.redrive_policy.as_ref().and_then(|redrive| {
                redrive_problem(queue, &queues, &redrive.dead_letter_target_arn)
            });
        if let Some(problem) = problem {
            return Err(StartError::template(&queue.logical, problem));
        }
    }
    let fail = |problem: String| StartError::template("SQS", problem);
    let file = state
        .path("sqs.sqlite")
        .map_err(StartError::io("the file of the queues"))?;
    Sqs::open(queues, &file, Arc::clone(clock)).map_err(|error| fail(error.to_string()))
}

/// Why SQS would not let a queue give messages up to another.
fn redrive_problem(queue: &Queue, queues: &[Queue], target: &str) -> Option<String> {
    let Some(dead_letters) = queues.iter().find(|queue| queue.arn == target) else {
        return Some(format!("its dead-letter queue {target} is no queue"));
    };
    let policy = dead_letters.rules.redrive_allow_policy.as_ref()?;
    let is_allowed = match policy.redrive_permission {
        RedrivePermission::AllowAll => true,
        RedrivePermission::DenyAll => false,
        RedrivePermission::ByQueue => policy.source_queue_arns.contains(&queue.arn),
    };
    let refused = || format!("{} does not take its dead letters", dead_letters.logical);
    (!is_allowed).then(refused)
}

/// What wires of the template are checked with: AWS refuses one that the function's role does not allow.
pub(crate) struct RoleChecks<'a> {
    pub(crate) permissions: &'a Permissions,
    pub(crate) iam: &'a Iam,
    pub(crate) sqs: &'a Sqs,
}

impl RoleChecks<'_> {
    /// Whether a function may report what it gave up to a queue.
    fn may_report(&self, props: &FunctionProps, queue: &str) -> Result<(), String> {
        if self.sqs.by_arn(queue).is_none() {
            return Err(format!("its failure destination {queue} is no queue"));
        }
        let short = props.short_name();
        self.allow(&short, props.role.as_deref(), "sqs:SendMessage", queue)
    }

    /// Whether the function's role, when the template names one, lets AWS do this on the function's behalf.
    fn allow(
        &self,
        short: &str,
        role: Option<&str>,
        action: &str,
        resource: &str,
    ) -> Result<(), String> {
        let Some(role) = role else {
            return Ok(());
        };
        let service = "lambda.amazonaws.com";
        self.permissions
            .role_allows(role, service, action, resource)?;
        self.iam.check(Some(short), action, resource, &[])
    }
}

/// The functions with their whole environment.
pub(crate) fn functions(
    template: &Template,
    folder: &Path,
    secrets: &Secrets,
    endpoints: &Endpoints<'_>,
    clock: &Clock,
    checks: &RoleChecks<'_>,
) -> Result<Vec<Arc<Function>>, StartError> {
    let mut rules = invoke_configs(template)?;
    let mut functions = Vec::new();
    for (logical, mut props) in template.all::<FunctionProps>(&resources::FUNCTION)? {
        let identity = identity(template, &logical)?;
        let own = props.event_invoke_config.take();
        let own =
            own.map(|config| async_rules(config.maximum_retry_attempts, config.destination_config));
        let rules = own
            .or_else(|| rules.remove(&(identity.1.clone(), qualifier(&props))))
            .unwrap_or_default();
        if let Some(queue) = &rules.on_failure {
            checks
                .may_report(&props, queue)
                .map_err(|problem| StartError::template(&logical, problem))?;
        }
        let program = program(
            template, folder, &identity, &props, secrets, endpoints, clock,
        )?;
        let timeout = Duration::from_secs(props.timeout);
        let alias = props.auto_publish_alias;
        let alias = alias.map(|alias| format!("{}:{alias}", identity.2));
        let concurrency = props.reserved_concurrent_executions;
        functions.push(Arc::new(Function::new(
            identity,
            alias,
            props.role,
            timeout,
            concurrency,
            program,
            rules,
        )));
    }
    match rules.into_keys().next() {
        None => Ok(functions),
        Some((name, qualifier)) => {
            let problem = format!("nothing is invoked as {name}:{qualifier}");
            Err(StartError::template(
                "AWS::Lambda::EventInvokeConfig",
                problem,
            ))
        }
    }
}

/// What everything invokes a function by: its alias, or else what was deployed last.
fn qualifier(props: &FunctionProps) -> String {
    let alias = props.auto_publish_alias.as_deref();
    alias.unwrap_or("$LATEST").to_owned()
}

/// The configurations of asynchronous invocations, by name and qualifier of the function.
fn invoke_configs(
    template: &Template,
) -> Result<BTreeMap<(String, String), AsyncRules>, StartError> {
    let configs = template.all::<InvokeConfigProps>(&resources::INVOKE_CONFIG)?;
    Ok(configs
        .into_iter()
        .map(|(_, config)| {
            let rules = async_rules(config.maximum_retry_attempts, config.destination_config);
            ((config.function_name, config.qualifier), rules)
        })
        .collect())
}

fn async_rules(retries: Option<u32>, destination: Option<DestinationConfig>) -> AsyncRules {
    let on_failure = destination
        .and_then(|config| config.on_failure)
        .map(|own| own.destination);
    AsyncRules {
        retries: retries.unwrap_or(2),
        on_failure,
    }
}

fn program(
    template: &Template,
    folder: &Path,
    (logical, name, _): &Identity,
    props: &FunctionProps,
    secrets: &Secrets,
    endpoints: &Endpoints<'_>,
    clock: &Clock,
) -> Result<Program, StartError> {
    let short = props.short_name();
    let binary = folder.join(&short);
    if !binary.is_file() {
        return Err(StartError::MissingBinary {
            logical: logical.clone(),
            path: binary,
        });
    }
    let mut env = variables(template, logical, props, secrets, endpoints.api)?;
    env.extend(reserved(
        name,
        &short,
        props.memory_size,
        &template.place().region,
        endpoints,
        clock,
    ));
    Ok(Program { short, binary, env })
}

/// The variables that the template sets, with secrets filled in.
fn variables(
    template: &Template,
    logical: &str,
    props: &FunctionProps,
    secrets: &Secrets,
    api: &str,
) -> Result<Vec<(String, String)>, StartError> {
    let place = template.place();
    let deployed = format!("execute-api.{}.{}", place.region, place.url_suffix());
    let mut env = Vec::new();
    for (variable, value) in &props.environment.variables {
        let value = secrets.fill(&plain_text(Some(value.clone())));
        let value = value
            .map_err(|problem| StartError::template(logical, format!("{variable}: {problem}")))?;
        env.push((variable.clone(), here(&value, &deployed, api)));
    }
    let size: usize = env
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > ENVIRONMENT_LIMIT {
        let problem = format!("its variables take {size} bytes of {ENVIRONMENT_LIMIT}");
        return Err(StartError::template(logical, problem));
    }
    Ok(env)
}

/// An URL of the deployed API stands for the local one.
fn here(value: &str, deployed: &str, api: &str) -> String {
    match value
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('.'))
    {
        Some((_, rest)) => match rest.strip_prefix(deployed) {
            Some(path) => format!("{api}{path}"),
            None => value.to_owned(),
        },
        None => value.to_owned(),
    }
}

/// The variables that Lambda itself sets, and the ones that lead to the local services.
fn reserved(
    name: &str,
    short: &str,
    memory: u32,
    region: &str,
    endpoints: &Endpoints<'_>,
    clock: &Clock,
) -> Vec<(String, String)> {
    let pairs = [
        ("_HANDLER", "bootstrap".to_owned()),
        ("AWS_ACCESS_KEY_ID", format!("{KEY_PREFIX}{short}")),
        ("AWS_DEFAULT_REGION", region.to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoints.dynamodb.to_owned()),
        ("AWS_ENDPOINT_URL_S3", endpoints.s3.to_owned()),
        ("AWS_ENDPOINT_URL_SQS", endpoints.sqs.to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
        ("AWS_REGION", region.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("TZ", ":UTC".to_owned()),
        (
            "ZHITIAO_CLOCK_OFFSET_FILE",
            clock.file().display().to_string(),
        ),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).into()
}

pub(crate) fn buckets(
    template: &Template,
    lambda: &Lambda,
    permissions: &Permissions,
) -> Result<Vec<Bucket>, StartError> {
    let mut buckets = Vec::new();
    for (logical, props) in template.all::<BucketProps>(&resources::BUCKET)? {
        let identity = identity(template, &logical)?;
        for configuration in props
            .notification_configuration
            .iter()
            .flat_map(|n| &n.lambda_configurations)
        {
            if let Some(function) = lambda.find(&configuration.function) {
                permissions
                    .may_invoke(
                        "s3.amazonaws.com",
                        &identity.2,
                        &configuration.function,
                        function,
                    )
                    .map_err(|problem| StartError::template(&logical, problem))?;
            }
        }
        buckets.push(Bucket::new(identity, props, lambda)?);
    }
    Ok(buckets)
}

pub(crate) fn schedules(
    template: &Template,
    lambda: &Lambda,
    permissions: &Permissions,
) -> Result<Vec<Schedule>, StartError> {
    let mut schedules = Vec::new();
    for (logical, props) in template.all::<ScheduleProps>(&resources::SCHEDULE)? {
        let (_, _, arn) = identity(template, &logical)?;
        if props.state.as_deref() == Some("DISABLED") {
            continue;
        }
        let schedule = schedule((logical.clone(), arn), props, lambda, permissions);
        schedules.push(schedule.map_err(|problem| StartError::template(&logical, problem))?);
    }
    Ok(schedules)
}

fn schedule(
    identity: (String, String),
    props: ScheduleProps,
    lambda: &Lambda,
    permissions: &Permissions,
) -> Result<Schedule, String> {
    let rate = Rate::parse(&props.schedule_expression)?;
    let target = props.target;
    let function = lambda
        .find(&target.arn)
        .ok_or_else(|| format!("its target {} is no function", target.arn))?;
    let service = "scheduler.amazonaws.com";
    permissions.role_allows(
        &target.role_arn,
        service,
        "lambda:InvokeFunction",
        &target.arn,
    )?;
    Ok(Schedule::new(
        identity,
        rate,
        Arc::clone(function),
        target.input,
    ))
}
