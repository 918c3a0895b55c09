//! The template as the local cloud sees it: parameters set, conditions decided, references resolved.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::StartError;
use crate::intrinsics::{self, Scope, plain_text, resolve, truth};
use crate::parameters;
use crate::place::{ACCOUNT, Place};
use crate::resources::{self, Kind};

/// The rule that refuses the addresses of this machine, which are right here and nowhere else.
const NOT_ON_THIS_MACHINE: &str = "ServesTheDistrict";

/// The one transform that is understood.
const SAM: &str = "AWS::Serverless-2016-10-31";

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// What a resource may have beside its properties; none of it can be noticed from inside the application.
const ATTRIBUTES: &[&str] = &[
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdateReplacePolicy",
];

/// A resource that exists (its condition holds), with its functions not yet worked out.
#[derive(Debug)]
struct Raw {
    kind: String,
    properties: Value,
}

/// A template whose references can be worked out.
#[derive(Debug)]
pub(crate) struct Template {
    place: Place,
    parameters: BTreeMap<String, Value>,
    conditions: Map<String, Value>,
    globals: Value,
    resources: BTreeMap<String, Raw>,
}

impl Template {
    /// Reads a template and refuses every section and resource type without local behavior.
    pub(crate) fn read(
        text: &str,
        given: &BTreeMap<String, String>,
        place: Place,
    ) -> Result<Self, StartError> {
        let root =
            intrinsics::parse(text).map_err(|problem| StartError::template("YAML", problem))?;
        let sections = root.as_object().cloned().unwrap_or_default();
        known("this section", &root, SECTIONS)?;
        known("this part of Globals", &root["Globals"], &["Function"])?;
        if !matches!(root["Transform"].as_str(), None | Some(SAM)) {
            return Err(StartError::template(
                "Transform",
                format!("only {SAM} is supported"),
            ));
        }
        let resources = sections.get("Resources").and_then(Value::as_object);
        let resources = resources.cloned().unwrap_or_default();
        let parameters = parameters::values(&root["Parameters"], given, &resources, &place)?;
        let mut template = Self {
            place,
            parameters,
            conditions: root["Conditions"].as_object().cloned().unwrap_or_default(),
            globals: root["Globals"]["Function"].clone(),
            resources: BTreeMap::new(),
        };
        template.assert(&root["Rules"])?;
        for (logical, resource) in &resources {
            if let Some(raw) = template.admit(logical, resource)? {
                template.resources.insert(logical.clone(), raw);
            }
        }
        Ok(template)
    }

    /// Refuses parameters that one of the template's rules does not allow together.
    fn assert(&self, rules: &Value) -> Result<(), StartError> {
        for (name, rule) in rules.as_object().into_iter().flatten() {
            if name == NOT_ON_THIS_MACHINE {
                continue;
            }
            let fail = |problem: String| StartError::template(name, problem);
            let condition = rule.get("RuleCondition");
            if !condition
                .map_or(Ok(true), |own| truth(own, self))
                .map_err(fail)?
            {
                continue;
            }
            for assertion in rule["Assertions"].as_array().into_iter().flatten() {
                if !truth(&assertion["Assert"], self).map_err(fail)? {
                    let description = assertion["AssertDescription"].as_str();
                    return Err(fail(description.unwrap_or("the rule is broken").to_owned()));
                }
            }
        }
        Ok(())
    }

    fn admit(&self, logical: &str, resource: &Value) -> Result<Option<Raw>, StartError> {
        let fail = |problem: String| StartError::template(logical, problem);
        let kind = resource["Type"]
            .as_str()
            .ok_or_else(|| fail("it has no Type".into()))?;
        if resources::kind(kind).is_none() && !resources::is_skipped(kind) {
            return Err(fail(format!("the type {kind} has no local behavior")));
        }
        let mut attributes = resource.as_object().into_iter().flatten();
        if let Some((stranger, _)) =
            attributes.find(|(name, _)| !ATTRIBUTES.contains(&name.as_str()))
        {
            return Err(fail(format!("the attribute {stranger} is not supported")));
        }
        if let Some(condition) = resource["Condition"].as_str()
            && !intrinsics::holds(condition, self).map_err(fail)?
        {
            return Ok(None);
        }
        let mut properties = resource["Properties"].clone();
        if kind == "AWS::Serverless::Function" {
            properties = merged(&self.globals, &properties);
        }
        Ok(Some(Raw {
            kind: kind.to_owned(),
            properties,
        }))
    }

    /// Where the template is deployed.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Every resource of a supported type, by logical id, with its properties worked out.
    pub(crate) fn all<T: DeserializeOwned>(
        &self,
        kind: &Kind,
    ) -> Result<Vec<(String, T)>, StartError> {
        self.some(kind, |_| true)
    }

    /// The resources of a type that `wanted` chooses by their properties.
    pub(crate) fn some<T: DeserializeOwned>(
        &self,
        kind: &Kind,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Vec<(String, T)>, StartError> {
        let all = self.raw(kind.name)?;
        all.into_iter()
            .filter(|(_, properties)| wanted(properties))
            .map(|(logical, mut properties)| {
                if let Some(object) = properties.as_object_mut() {
                    object.retain(|name, _| !kind.ignored.contains(&name.as_str()));
                }
                match serde_json::from_value(properties) {
                    Ok(typed) => Ok((logical, typed)),
                    Err(error) => Err(StartError::template(logical, error.to_string())),
                }
            })
            .collect()
    }

    /// Every resource of a type with its whole properties.
    pub(crate) fn raw(&self, kind: &str) -> Result<Vec<(String, Value)>, StartError> {
        self.of_type(kind)
            .map(|(logical, raw)| Ok((logical.clone(), self.resolved(logical, raw)?)))
            .collect()
    }

    fn of_type(&self, kind: &str) -> impl Iterator<Item = (&String, &Raw)> {
        self.resources
            .iter()
            .filter(move |(_, raw)| raw.kind == kind)
    }

    fn resolved(&self, logical: &str, raw: &Raw) -> Result<Value, StartError> {
        let resolved = resolve(&raw.properties, self)
            .map_err(|problem| StartError::template(logical, problem))?;
        Ok(resolved
            .filter(|value| !value.is_null())
            .unwrap_or_else(|| json!({})))
    }

    /// The name that a resource has at run time: its own, else one made of stack and logical id.
    pub(crate) fn name(&self, logical: &str) -> Result<String, String> {
        let raw = self.resource(logical)?;
        let property = resources::kind(&raw.kind).and_then(|kind| kind.name_property);
        let given = property.and_then(|name| raw.properties.get(name));
        let name = match given {
            Some(value) => plain_text(resolve(value, self)?),
            None => self.place.default_name(logical),
        };
        Ok(if raw.kind == "AWS::S3::Bucket" {
            name.to_lowercase()
        } else {
            name
        })
    }

    fn resource(&self, logical: &str) -> Result<&Raw, String> {
        self.resources
            .get(logical)
            .ok_or_else(|| format!("there is no {logical} to refer to"))
    }

    /// The ARN of the alias that SAM publishes for a function.
    fn alias(&self, logical: &str) -> Result<String, String> {
        let properties = &self.resource(logical)?.properties;
        match properties["AutoPublishAlias"].as_str() {
            Some(alias) => Ok(format!("{}:{alias}", self.resource_arn(logical)?)),
            None => Err(format!("{logical} publishes no alias")),
        }
    }

    fn resource_arn(&self, logical: &str) -> Result<String, String> {
        let kind = self.resource(logical)?.kind.as_str();
        let name = self.name(logical)?;
        let place = &self.place;
        Ok(match kind {
            "AWS::Serverless::Function" => place.arn("lambda", &format!("function:{name}")),
            "AWS::DynamoDB::Table" => place.arn("dynamodb", &format!("table/{name}")),
            "AWS::S3::Bucket" => format!("arn:{}:s3:::{name}", place.partition()),
            "AWS::SQS::Queue" => place.arn("sqs", &name),
            "AWS::SecretsManager::Secret" => place.arn("secretsmanager", &format!("secret:{name}")),
            "AWS::IAM::Role" => {
                format!("arn:{}:iam::{ACCOUNT}:role/{name}", place.partition())
            }
            "AWS::Scheduler::Schedule" => {
                place.arn("scheduler", &format!("schedule/default/{name}"))
            }
            "AWS::Logs::LogGroup" => place.arn("logs", &format!("log-group:{name}")),
            other => place.arn(&other.replace("::", "-").to_lowercase(), &name),
        })
    }
}

impl Scope for Template {
    fn reference(&self, name: &str) -> Result<Value, String> {
        let place = &self.place;
        if let Some(value) = self.parameters.get(name).cloned() {
            return Ok(value);
        }
        if let Some(function) = name.strip_suffix(".Alias") {
            return self.alias(function).map(Value::from);
        }
        let text = match name {
            "AWS::AccountId" => ACCOUNT.to_owned(),
            "AWS::Region" => place.region.clone(),
            "AWS::StackName" => place.stack.clone(),
            "AWS::StackId" => place.arn("cloudformation", &format!("stack/{}/local", place.stack)),
            "AWS::Partition" => place.partition().to_owned(),
            "AWS::URLSuffix" => place.url_suffix().to_owned(),
            logical => match self.resource(logical)?.kind.as_str() {
                "AWS::ApiGatewayV2::Api"
                | "AWS::ApiGatewayV2::Integration"
                | "AWS::ApiGatewayV2::Authorizer" => logical.to_lowercase(),
                "AWS::SQS::Queue" => format!("{}/{ACCOUNT}/{}", place.sqs_url, self.name(logical)?),
                "AWS::SecretsManager::Secret" => self.resource_arn(logical)?,
                _ => self.name(logical)?,
            },
        };
        Ok(text.into())
    }

    fn attribute(&self, logical: &str, attribute: &str) -> Result<Value, String> {
        let kind = self.resource(logical)?.kind.as_str();
        let name = self.name(logical)?;
        let suffix = self.place.url_suffix();
        Ok(Value::from(match (kind, attribute) {
            (_, "Arn") => self.resource_arn(logical)?,
            ("AWS::DynamoDB::Table", "StreamArn") => {
                format!("{}/stream/local", self.resource_arn(logical)?)
            }
            ("AWS::S3::Bucket", "DomainName") => format!("{name}.s3.{suffix}"),
            ("AWS::S3::Bucket", "RegionalDomainName") => {
                format!("{name}.s3.{}.{suffix}", self.place.region)
            }
            ("AWS::SQS::Queue", "QueueName") => name,
            ("AWS::SQS::Queue", "QueueUrl")
            | ("AWS::ApiGatewayV2::Api", "ApiId")
            | ("AWS::SecretsManager::Secret", "Id") => return self.reference(logical),
            ("AWS::ApiGatewayV2::Api", "ApiEndpoint") => self.place.api_url.clone(),
            _ => return Err(format!("{logical} ({kind}) has no attribute {attribute}")),
        }))
    }

    fn condition(&self, name: &str) -> Option<&Value> {
        self.conditions.get(name)
    }
}

/// Refuses a part of the template that would be ignored.
fn known(what: &str, part: &Value, names: &[&str]) -> Result<(), StartError> {
    let mut own = part.as_object().into_iter().flatten();
    match own.find(|(name, _)| !names.contains(&name.as_str())) {
        Some((stranger, _)) => Err(StartError::template(
            stranger,
            format!("{what} is not supported"),
        )),
        None => Ok(()),
    }
}

/// SAM's `Globals`: maps are merged, everything else is replaced by the function's own value.
fn merged(base: &Value, own: &Value) -> Value {
    match (base, own) {
        (Value::Object(base), Value::Object(own)) => {
            let mut all = base.clone();
            for (key, value) in own {
                let value = base
                    .get(key)
                    .map_or_else(|| value.clone(), |old| merged(old, value));
                all.insert(key.clone(), value);
            }
            all.into()
        }
        (base, Value::Null) => base.clone(),
        (_, own) => own.clone(),
    }
}
