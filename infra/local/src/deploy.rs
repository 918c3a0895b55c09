//! From the template to running parts: what CloudFormation and SAM do in the cloud.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::authorizer::Authorizer;
use crate::clock::Clock;
use crate::error::StartError;
use crate::gateway::{Gateway, INTEGRATION_LIMIT, Route, Throttle};
use crate::intrinsics::plain_text;
use crate::issuer::Issuer;
use crate::lambda::{AsyncRules, Function, Lambda};
use crate::objects::{Bucket, SECRET_KEY};
use crate::permissions::Permissions;
use crate::proxy::KEY_PREFIX;
use crate::queues::{Queue, Queues};
use crate::resources::{
    self, ApiProps, AuthorizerProps, BucketProps, DestinationConfig, FunctionProps,
    IntegrationProps, InvokeConfigProps, MappingProps, QueueProps, RouteProps, ScheduleProps,
    StageProps,
};
use crate::routes::Pattern;
use crate::schedules::{Expression, Schedule};
use crate::secrets::Secrets;
use crate::state::StateFolder;
use crate::streams::{Mapping, Surroundings};
use crate::template::Template;
use crate::worker::Program;

/// Where the functions find the services.
#[derive(Debug)]
pub(crate) struct Endpoints<'a> {
    pub(crate) api: &'a str,
    pub(crate) dynamodb: &'a str,
    pub(crate) s3: &'a str,
}

/// A resource's logical id, name and ARN.
type Identity = (String, String, String);

fn identity(template: &Template, logical: &str) -> Result<Identity, StartError> {
    use crate::intrinsics::Scope;
    let fail = |problem: String| StartError::template(logical, problem);
    let name = template.name(logical).map_err(fail)?;
    let arn = template.attribute(logical, "Arn").map_err(fail)?;
    Ok((logical.to_owned(), name, plain_text(Some(arn))))
}

pub(crate) fn queues(template: &Template, state: &Arc<StateFolder>) -> Result<Queues, StartError> {
    let mut queues = Vec::new();
    for (logical, QueueProps {}) in template.all(&resources::QUEUE)? {
        let (logical, name, arn) = identity(template, &logical)?;
        queues.push(Queue { logical, name, arn });
    }
    Ok(Queues::new(queues, Arc::clone(state)))
}

/// The functions with their whole environment.
pub(crate) fn functions(
    template: &Template,
    folder: &Path,
    secrets: &Secrets,
    endpoints: &Endpoints<'_>,
    clock: &Clock,
    queues: &Queues,
) -> Result<Vec<Arc<Function>>, StartError> {
    let mut rules = invoke_configs(template)?;
    let mut functions = Vec::new();
    for (logical, mut props) in template.all::<FunctionProps>(&resources::FUNCTION)? {
        let identity = identity(template, &logical)?;
        let own = props.event_invoke_config.take();
        let own =
            own.map(|config| async_rules(config.maximum_retry_attempts, config.destination_config));
        let rules = own
            .or_else(|| rules.remove(&identity.1))
            .unwrap_or_default();
        if let Some(queue) = rules.on_failure.as_deref().filter(|arn| !queues.has(arn)) {
            return Err(StartError::template(
                &logical,
                format!("its failure destination {queue} is no queue"),
            ));
        }
        let program = program(
            template, folder, &identity, &props, secrets, endpoints, clock,
        )?;
        let timeout = Duration::from_secs(props.timeout);
        let concurrency = props.reserved_concurrent_executions;
        functions.push(Arc::new(Function::new(
            identity,
            props.role,
            timeout,
            concurrency,
            program,
            rules,
        )));
    }
    Ok(functions)
}

fn invoke_configs(template: &Template) -> Result<BTreeMap<String, AsyncRules>, StartError> {
    let configs = template.all::<InvokeConfigProps>(&resources::INVOKE_CONFIG)?;
    Ok(configs
        .into_iter()
        .map(|(_, config)| {
            let rules = async_rules(config.maximum_retry_attempts, config.destination_config);
            (config.function_name, rules)
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
    let short = props
        .code_uri
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let binary = folder.join(&short);
    if !binary.is_file() {
        return Err(StartError::MissingBinary {
            logical: logical.clone(),
            path: binary,
        });
    }
    let place = template.place();
    let deployed = format!("execute-api.{}.{}", place.region, place.url_suffix());
    let mut env = Vec::new();
    for (variable, value) in &props.environment.variables {
        let value = secrets.fill(&plain_text(Some(value.clone())));
        let value = value
            .map_err(|problem| StartError::template(logical, format!("{variable}: {problem}")))?;
        env.push((variable.clone(), here(&value, &deployed, endpoints.api)));
    }
    env.extend(reserved(
        name,
        &short,
        props.memory_size,
        &place.region,
        endpoints,
        clock,
    ));
    Ok(Program { short, binary, env })
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
                    .may_invoke("s3.amazonaws.com", &identity.2, function)
                    .map_err(|problem| StartError::template(&logical, problem))?;
            }
        }
        buckets.push(Bucket::new(identity, props, lambda)?);
    }
    Ok(buckets)
}

pub(crate) fn mappings(
    template: &Template,
    around: &Surroundings,
    permissions: &Permissions,
) -> Result<Vec<Arc<Mapping>>, StartError> {
    let mut mappings = Vec::new();
    for (logical, props) in template.all::<MappingProps>(&resources::MAPPING)? {
        if props.enabled {
            let mapping = mapping(&logical, props, around, permissions);
            mappings.push(mapping.map_err(|problem| StartError::template(&logical, problem))?);
        }
    }
    Ok(mappings)
}

fn mapping(
    logical: &str,
    props: MappingProps,
    around: &Surroundings,
    permissions: &Permissions,
) -> Result<Arc<Mapping>, String> {
    let source = &props.event_source_arn;
    let table = around
        .tables
        .all
        .iter()
        .find(|table| source.starts_with(&format!("{}/stream/", table.arn)));
    let table = table
        .ok_or_else(|| format!("{source} is no stream of a table"))?
        .clone();
    if !table.has_stream {
        return Err(format!("the table {} has no stream", table.logical));
    }
    let function = around.lambda.find(&props.function_name);
    let function = Arc::clone(
        function.ok_or_else(|| format!("there is no function {}", props.function_name))?,
    );
    let queue = props
        .destination_config
        .as_ref()
        .and_then(|config| config.on_failure.as_ref());
    let queue = queue.map(|destination| destination.destination.clone());
    if let Some(queue) = queue
        .as_deref()
        .filter(|queue| !around.lambda.queues.has(queue))
    {
        return Err(format!("its failure destination {queue} is no queue"));
    }
    if let Some(role) = &function.role {
        let reading = [
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
        ];
        let mut needed: Vec<_> = reading.map(|action| (action, source.clone())).into();
        needed.extend(queue.map(|queue| ("sqs:SendMessage", queue)));
        for (action, resource) in needed {
            permissions.role_allows(role, "lambda.amazonaws.com", action, &resource)?;
        }
    }
    Mapping::new(logical.to_owned(), table, function, props, around.clone()).map(Arc::new)
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
    let zone = props.schedule_expression_timezone.as_deref();
    let expression = Expression::parse(&props.schedule_expression, zone)?;
    let target = props.target;
    let function = lambda
        .find(&target.arn)
        .ok_or_else(|| format!("its target {} is no function", target.arn))?;
    let service = "scheduler.amazonaws.com";
    permissions.role_allows(
        &target.role_arn,
        service,
        "lambda:InvokeFunction",
        &function.arn,
    )?;
    Ok(Schedule::new(
        identity,
        expression,
        Arc::clone(function),
        target.input,
    ))
}

/// The issuer and audience that the template's authorizers name.
pub(crate) fn issuer(
    template: &Template,
    clock: &Arc<Clock>,
    state: &Arc<StateFolder>,
) -> Result<Arc<Issuer>, StartError> {
    let authorizers = template.all::<AuthorizerProps>(&resources::AUTHORIZER)?;
    let place = template.place();
    let jwt = authorizers
        .first()
        .map(|(_, props)| &props.jwt_configuration);
    let issuer = jwt.map_or_else(
        || format!("{}/dev/oidc", place.api_url),
        |jwt| jwt.issuer.clone(),
    );
    let audience = jwt
        .and_then(|jwt| jwt.audience.first().cloned())
        .unwrap_or_else(|| place.stack.clone());
    Ok(Arc::new(Issuer::new(
        issuer,
        audience,
        Arc::clone(clock),
        Arc::clone(state),
    )))
}

/// The API with its routes; `None` when the template has no API.
pub(crate) fn gateway(
    template: &Template,
    lambda: &Arc<Lambda>,
    clock: &Arc<Clock>,
    issuer: &Arc<Issuer>,
    permissions: &Permissions,
) -> Result<Option<Gateway>, StartError> {
    let mut apis = template.all::<ApiProps>(&resources::API)?;
    let Some((logical, api)) = apis.pop() else {
        return Ok(None);
    };
    if !apis.is_empty() || api.protocol_type != "HTTP" {
        return Err(StartError::template(
            &logical,
            "exactly one API of the type HTTP is supported",
        ));
    }
    let id = logical.to_lowercase();
    let parts = Parts {
        id: &id,
        stage: stage(template, &id)?,
        integrations: by_id(template.all(&resources::INTEGRATION)?),
        authorizers: authorizers(template, issuer, &id)?,
        lambda,
        permissions,
        template,
    };
    let mut routes = Vec::new();
    for (route, props) in template.all::<RouteProps>(&resources::ROUTE)? {
        routes.push(
            parts
                .route(props)
                .map_err(|problem| StartError::template(&route, problem))?,
        );
    }
    let domain = template
        .place()
        .api_url
        .trim_start_matches("http://")
        .to_owned();
    let (lambda, clock) = (Arc::clone(lambda), Arc::clone(clock));
    Ok(Some(Gateway {
        id,
        domain,
        routes,
        cors: api.cors_configuration,
        lambda,
        clock,
    }))
}

fn by_id<T>(resources: Vec<(String, T)>) -> BTreeMap<String, T> {
    resources
        .into_iter()
        .map(|(logical, props)| (logical.to_lowercase(), props))
        .collect()
}

fn stage(template: &Template, api: &str) -> Result<StageProps, StartError> {
    let mut stages = template.all::<StageProps>(&resources::STAGE)?;
    let Some((logical, stage)) = stages.pop() else {
        return Err(StartError::template(api, "the API has no stage"));
    };
    if !stages.is_empty()
        || stage.stage_name != "$default"
        || stage.api_id != api
        || !stage.auto_deploy
    {
        return Err(StartError::template(
            &logical,
            "only one stage, $default with AutoDeploy, is supported",
        ));
    }
    Ok(stage)
}

fn authorizers(
    template: &Template,
    issuer: &Arc<Issuer>,
    api: &str,
) -> Result<BTreeMap<String, Arc<Authorizer>>, StartError> {
    let mut authorizers = BTreeMap::new();
    for (logical, props) in template.all::<AuthorizerProps>(&resources::AUTHORIZER)? {
        let fail = |problem: String| StartError::template(&logical, problem);
        if props.api_id != api {
            return Err(fail("it belongs to no API".into()));
        }
        let authorizer = Authorizer::new(props, Arc::clone(issuer)).map_err(fail)?;
        authorizers.insert(logical.to_lowercase(), Arc::new(authorizer));
    }
    Ok(authorizers)
}

/// What routes refer to.
struct Parts<'a> {
    id: &'a str,
    stage: StageProps,
    integrations: BTreeMap<String, IntegrationProps>,
    authorizers: BTreeMap<String, Arc<Authorizer>>,
    lambda: &'a Lambda,
    permissions: &'a Permissions,
    template: &'a Template,
}

impl Parts<'_> {
    fn route(&self, props: RouteProps) -> Result<Route, String> {
        if props.api_id != self.id {
            return Err("it belongs to no API".into());
        }
        let integration = props
            .target
            .strip_prefix("integrations/")
            .and_then(|id| self.integrations.get(id));
        let integration =
            integration.ok_or_else(|| format!("its target {} is no integration", props.target))?;
        let function = self.function(integration)?;
        self.permissions.may_invoke(
            "apigateway.amazonaws.com",
            &self.source_arn(&props.route_key),
            function,
        )?;
        let authorizer = match (props.authorization_type.as_deref(), &props.authorizer_id) {
            (None | Some("NONE"), None) => None,
            (Some("JWT"), Some(id)) => Some(Arc::clone(
                self.authorizers
                    .get(id)
                    .ok_or_else(|| format!("there is no authorizer {id}"))?,
            )),
            (kind, _) => {
                return Err(format!(
                    "the authorization {kind:?} with its AuthorizerId is not supported"
                ));
            }
        };
        let limit = integration
            .timeout_in_millis
            .map_or(INTEGRATION_LIMIT, Duration::from_millis);
        let own = self.stage.route_settings.get(&props.route_key);
        Ok(Route {
            pattern: Pattern::parse(&props.route_key)?,
            function: Arc::clone(function),
            authorizer,
            scopes: props.authorization_scopes,
            limit: limit.min(INTEGRATION_LIMIT),
            throttle: Throttle::new(own, &self.stage.default_route_settings),
            key: props.route_key,
        })
    }

    fn function(&self, integration: &IntegrationProps) -> Result<&Arc<Function>, String> {
        let fits = integration.api_id == self.id
            && integration.integration_type == "AWS_PROXY"
            && integration.payload_format_version == "2.0";
        if !fits {
            return Err("only AWS_PROXY integrations with payload format 2.0 are supported".into());
        }
        let uri = &integration.integration_uri;
        self.lambda
            .find(uri)
            .ok_or_else(|| format!("the integration's {uri} is no function"))
    }

    /// The ARN under which a route invokes.
    fn source_arn(&self, key: &str) -> String {
        let path = match key.split_once(' ') {
            Some((method, path)) => format!("{}{path}", if method == "ANY" { "*" } else { method }),
            None => key.to_owned(),
        };
        self.template
            .place()
            .arn("execute-api", &format!("{}/$default/{path}", self.id))
    }
}
