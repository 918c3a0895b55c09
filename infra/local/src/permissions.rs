//! What is allowed to invoke what: a wire that AWS would refuse must not work locally.

use serde_json::Value;

use crate::error::StartError;
use crate::lambda::{Function, plain_arn};
use crate::template::Template;

/// The template's permissions and roles.
#[derive(Debug)]
pub(crate) struct Permissions {
    grants: Vec<Value>,
    roles: Vec<(String, Value)>,
}

impl Permissions {
    pub(crate) fn read(template: &Template) -> Result<Self, StartError> {
        let grants = template.raw("AWS::Lambda::Permission")?;
        let roles = template.raw("AWS::IAM::Role")?;
        let mut by_arn = Vec::new();
        for (logical, role) in roles {
            let name = template
                .name(&logical)
                .map_err(|problem| StartError::template(&logical, problem))?;
            by_arn.push((name, role));
        }
        Ok(Self {
            grants: grants.into_iter().map(|(_, grant)| grant).collect(),
            roles: by_arn,
        })
    }

    /// Whether a service may invoke a function on behalf of a source. `reference` is how the source names the function:
    /// a permission for the function does not cover its alias, nor the other way round.
    pub(crate) fn may_invoke(
        &self,
        service: &str,
        source_arn: &str,
        reference: &str,
        function: &Function,
    ) -> Result<(), String> {
        let by_alias = function.alias.as_deref() == Some(plain_arn(reference));
        let granted = self.grants.iter().any(|grant| {
            let target = grant["FunctionName"].as_str().unwrap_or_default();
            let source = grant["SourceArn"].as_str().unwrap_or("*");
            let is_named = if by_alias {
                target == function.invoked_arn()
            } else {
                target == function.arn || target == function.name
            };
            is_named
                && grant["Principal"] == service
                && grant["Action"] == "lambda:InvokeFunction"
                && fits(source, source_arn)
        });
        if granted {
            return Ok(());
        }
        Err(format!(
            "no AWS::Lambda::Permission lets {service} invoke {} for {source_arn}",
            function.logical
        ))
    }

    fn role(&self, role_arn: &str) -> Option<&Value> {
        let name = role_arn.rsplit('/').next()?;
        let found = self.roles.iter().find(|(own, _)| own == name);
        found.map(|(_, role)| role)
    }

    /// Every action that a role allows, with the resource that it allows it on and the statement that says so.
    pub(crate) fn allowed(&self, role_arn: &str) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.stated(role_arn, "Allow")
    }

    /// The same of what it denies.
    pub(crate) fn denied(&self, role_arn: &str) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.stated(role_arn, "Deny")
    }

    fn stated(
        &self,
        role_arn: &str,
        effect: &'static str,
    ) -> impl Iterator<Item = (&str, &str, &Value)> {
        let policies = self.role(role_arn).map(|role| &role["Policies"]);
        policies
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .flat_map(|policy| statements(&policy["PolicyDocument"]))
            .filter(move |statement| statement["Effect"] == effect)
            .flat_map(|statement| {
                one_or_many(&statement["Action"]).flat_map(move |action| {
                    one_or_many(&statement["Resource"])
                        .map(move |resource| (action, resource, statement))
                })
            })
    }

    /// Whether a role that a service assumes allows an action.
    pub(crate) fn role_allows(
        &self,
        role_arn: &str,
        service: &str,
        action: &str,
        resource: &str,
    ) -> Result<(), String> {
        let name = role_arn.rsplit('/').next().unwrap_or_default();
        let role = self
            .role(role_arn)
            .ok_or_else(|| format!("there is no role {role_arn}"))?;
        let trusted = statements(&role["AssumeRolePolicyDocument"]).any(|statement| {
            one_or_many(&statement["Principal"]["Service"]).any(|own| own == service)
        });
        if !trusted {
            return Err(format!("the role {name} does not trust {service}"));
        }
        let is_allowed = self
            .allowed(role_arn)
            .any(|(own_action, own, _)| fits(own_action, action) && fits(own, resource));
        if is_allowed {
            Ok(())
        } else {
            Err(format!(
                "the role {name} does not allow {action} on {resource}"
            ))
        }
    }
}

fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    let statement = &document["Statement"];
    let single = statement.is_object().then_some(statement);
    statement.as_array().into_iter().flatten().chain(single)
}

pub(crate) fn one_or_many(value: &Value) -> impl Iterator<Item = &str> {
    let single = value.as_str();
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .chain(single)
}

/// Whether a text fits an IAM pattern, where `*` stands for anything and `?` for one character.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let mut wanted = pattern.chars();
    let mut given = text.chars();
    match wanted.next() {
        None => text.is_empty(),
        Some('*') => {
            let rests = text.char_indices().map(|(at, _)| &text[at..]);
            rests.chain([""]).any(|rest| fits(wanted.as_str(), rest))
        }
        Some(one) => given.next().is_some_and(|next| {
            (one == '?' || one == next) && fits(wanted.as_str(), given.as_str())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("*", "anything", true),
            ("a:b", "a:b", true),
            ("a:b", "a:bc", false),
            ("api/*/GET/v1/*", "api/$default/GET/v1/reports", true),
            ("api/*/GET/v1/*", "api/$default/POST/v1/reports", false),
            ("a*a", "a", false),
            ("dynamodb:Put*", "dynamodb:PutItem", true),
            ("d#????", "d#case", true),
            ("d#????", "d#cases", false),
            ("d#????", "d#cas", false),
            ("d#??*", "d#cases", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
