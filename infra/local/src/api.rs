//! From the template's API resources to a gateway.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::authorizer::Authorizer;
use crate::clock::Clock;
use crate::error::StartError;
use crate::gateway::{Gateway, INTEGRATION_LIMIT, Route, Throttle};
use crate::issuer::Issuer;
use crate::lambda::{Function, Lambda};
use crate::permissions::Permissions;
use crate::resources::{self, ApiProps, AuthorizerProps, IntegrationProps, RouteProps, StageProps};
use crate::routes::Pattern;
use crate::state::StateFolder;
use crate::template::Template;

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
    let references = References {
        id: &id,
        stage: stage(template, &id)?,
        integrations: by_id(template.all(&resources::INTEGRATION)?),
        authorizers: authorizers(template, issuer, &id)?,
        lambda,
        permissions,
        template,
    };
    let routes = references.routes()?;
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
struct References<'a> {
    id: &'a str,
    stage: StageProps,
    integrations: BTreeMap<String, IntegrationProps>,
    authorizers: BTreeMap<String, Arc<Authorizer>>,
    lambda: &'a Lambda,
    permissions: &'a Permissions,
    template: &'a Template,
}

impl References<'_> {
    fn routes(&self) -> Result<Vec<Route>, StartError> {
        let routes = self.template.all::<RouteProps>(&resources::ROUTE)?;
        let routes = routes.into_iter().map(|(logical, props)| {
            self.route(props)
                .map_err(|problem| StartError::template(logical, problem))
        });
        routes.collect()
    }

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
            &integration.integration_uri,
            function,
        )?;
        let authorizer = self.authorizer(&props)?;
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

    fn authorizer(&self, props: &RouteProps) -> Result<Option<Arc<Authorizer>>, String> {
        match (props.authorization_type.as_deref(), &props.authorizer_id) {
            (None | Some("NONE"), None) => Ok(None),
            (Some("JWT"), Some(id)) => match self.authorizers.get(id) {
                Some(authorizer) => Ok(Some(Arc::clone(authorizer))),
                None => Err(format!("there is no authorizer {id}")),
            },
            (kind, _) => Err(format!(
                "the authorization {kind:?} with its AuthorizerId is not supported"
            )),
        }
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
