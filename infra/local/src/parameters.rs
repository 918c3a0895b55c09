//! The template's parameters: given, defaulted or the built-in issuer's, and held against their constraints.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::StartError;
use crate::intrinsics::plain_text;
use crate::place::Place;

/// A parameter as the template declares it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Parameter {
    #[serde(rename = "Type")]
    kind: Kind,
    default: Option<Value>,
    allowed_pattern: Option<String>,
    allowed_values: Option<Vec<Value>>,
    min_length: Option<Value>,
    max_length: Option<Value>,
    min_value: Option<Value>,
    max_value: Option<Value>,
    constraint_description: Option<String>,
    #[serde(rename = "Description")]
    _description: Option<String>,
    #[serde(rename = "NoEcho")]
    _no_echo: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Kind {
    String,
    Number,
    CommaDelimitedList,
    #[serde(rename = "List<Number>")]
    Numbers,
}

impl Parameter {
    /// The values that constraints are about: the items of a list, else the one value.
    fn parts(&self, text: &str) -> Vec<String> {
        match self.kind {
            Kind::String | Kind::Number => vec![text.to_owned()],
            Kind::CommaDelimitedList | Kind::Numbers => {
                text.split(',').map(|item| item.trim().to_owned()).collect()
            }
        }
    }

    /// The value of a text that satisfies every constraint; a refusal never repeats the text, which may be secret.
    fn value(&self, text: &str) -> Result<Value, String> {
        let parts = self.parts(text);
        for part in &parts {
            self.check(part)
                .map_err(|problem| match &self.constraint_description {
                    Some(description) => format!("{problem}: {description}"),
                    None => problem,
                })?;
        }
        let values = parts.into_iter().map(|part| match self.kind {
            Kind::Number | Kind::Numbers => {
                serde_json::from_str(&part).unwrap_or(Value::String(part))
            }
            Kind::String | Kind::CommaDelimitedList => Value::String(part),
        });
        let mut values: Vec<_> = values.collect();
        Ok(match self.kind {
            Kind::String | Kind::Number => values.pop().unwrap_or_default(),
            Kind::CommaDelimitedList | Kind::Numbers => values.into(),
        })
    }

    fn check(&self, part: &str) -> Result<(), String> {
        if let Some(allowed) = &self.allowed_values
            && !allowed
                .iter()
                .any(|value| plain_text(Some(value.clone())) == part)
        {
            let allowed: Vec<_> = allowed
                .iter()
                .map(|value| plain_text(Some(value.clone())))
                .collect();
            return Err(format!(
                "its value must be one of AllowedValues [{}]",
                allowed.join(", ")
            ));
        }
        if let Some(pattern) = &self.allowed_pattern
            && !whole(pattern)?.is_match(part)
        {
            return Err(format!("its value must match AllowedPattern {pattern}"));
        }
        let length = part.chars().count().to_string();
        within(
            "MinLength",
            self.min_length.as_ref(),
            "MaxLength",
            self.max_length.as_ref(),
            &length,
        )?;
        if matches!(self.kind, Kind::Number | Kind::Numbers) {
            within(
                "MinValue",
                self.min_value.as_ref(),
                "MaxValue",
                self.max_value.as_ref(),
                part,
            )?;
        }
        Ok(())
    }
}

/// A pattern that has to fit a value from its beginning to its end, as CloudFormation applies it.
fn whole(pattern: &str) -> Result<Regex, String> {
    Regex::new(&format!(r"\A(?:{pattern})\z"))
        .map_err(|error| format!("its AllowedPattern is not understood: {error}"))
}

fn within(
    least_name: &str,
    least: Option<&Value>,
    most_name: &str,
    most: Option<&Value>,
    text: &str,
) -> Result<(), String> {
    let number = |text: &str| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or("its value must be a number")
    };
    let own = number(text)?;
    let bound = |value: Option<&Value>| {
        value
            .map(|value| number(&plain_text(Some(value.clone()))))
            .transpose()
    };
    if let Some(least) = bound(least)?.filter(|least| own < *least) {
        return Err(format!(
            "its value must not be less than {least_name} {least}"
        ));
    }
    if let Some(most) = bound(most)?.filter(|most| own > *most) {
        return Err(format!(
            "its value must not be more than {most_name} {most}"
        ));
    }
    Ok(())
}

/// Every parameter's value: the given one, the default, or the built-in issuer's.
pub(crate) fn values(
    declared: &Value,
    given: &BTreeMap<String, String>,
    resources: &Map<String, Value>,
    place: &Place,
) -> Result<BTreeMap<String, Value>, StartError> {
    let declared = declared.as_object().cloned().unwrap_or_default();
    if let Some(stranger) = given.keys().find(|name| !declared.contains_key(*name)) {
        let problem = format!("the template has no parameter {stranger}");
        return Err(StartError::template("Parameters", problem));
    }
    let issuer = issuer(resources, place);
    let mut values = BTreeMap::new();
    for (name, definition) in declared {
        let value = value(definition, given.get(&name)).and_then(|value| {
            let value = value.or_else(|| issuer.get(&name).map(|text| text.as_str().into()));
            value.ok_or_else(|| "this parameter has no default: give --parameter".into())
        });
        let value = value.map_err(|problem| StartError::template(&name, problem))?;
        values.insert(name, value);
    }
    Ok(values)
}

fn value(definition: Value, given: Option<&String>) -> Result<Option<Value>, String> {
    let parameter: Parameter =
        serde_json::from_value(definition).map_err(|error| error.to_string())?;
    let default = || {
        parameter
            .default
            .clone()
            .map(|value| plain_text(Some(value)))
    };
    let text = given.cloned().or_else(default);
    text.map(|text| parameter.value(&text)).transpose()
}

/// Parameters that only name the token issuer or its audience: without a default they are the built-in issuer's.
fn issuer(resources: &Map<String, Value>, place: &Place) -> BTreeMap<String, String> {
    let authorizers = resources
        .values()
        .filter(|resource| resource["Type"] == "AWS::ApiGatewayV2::Authorizer");
    let named = authorizers.flat_map(|authorizer| {
        let jwt = &authorizer["Properties"]["JwtConfiguration"];
        [
            (&jwt["Issuer"]["Ref"], format!("{}/dev/oidc", place.api_url)),
            (&jwt["Audience"][0]["Ref"], place.stack.clone()),
        ]
    });
    named
        .filter_map(|(name, value)| Some((name.as_str()?.to_owned(), value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::value;

    fn says_yes_and_no(constraint: &Value, yes: &str, no: &str, named: &str) {
        let decide = |text: &str| value(constraint.clone(), Some(&text.to_owned()));
        assert!(decide(yes).is_ok(), "{constraint} {yes}");
        let refused = decide(no).unwrap_err();
        assert!(refused.contains(named), "{constraint} {no}: {refused}");
    }

    #[test]
    fn texts_are_held_to_patterns_lists_and_lengths() {
        for (name, constraint, yes, no) in [
            ("AllowedPattern", json!("[a-z]+"), "abc", "abc1"),
            ("AllowedPattern", json!("^a|b$"), "b", "ab"),
            ("AllowedPattern", json!("^[^\\s]+$"), "小", "a\n"),
            ("AllowedValues", json!(["x", 5]), "5", "6"),
            ("MinLength", json!(2), "小区", "小"),
            ("MaxLength", json!("2"), "小区", "abc"),
        ] {
            says_yes_and_no(
                &json!({ "Type": "String", name: constraint }),
                yes,
                no,
                name,
            );
        }
        let list = json!({ "Type": "CommaDelimitedList", "AllowedPattern": "[a-z]+" });
        says_yes_and_no(&list, "a, b", "a,1", "AllowedPattern");
    }

    #[test]
    fn numbers_are_numbers_within_their_bounds() {
        for (name, bound, yes, no) in [("MinValue", 1, "1", "0.5"), ("MaxValue", 1, "-3", "2")] {
            says_yes_and_no(&json!({ "Type": "Number", name: bound }), yes, no, name);
        }
        let list = json!({ "Type": "List<Number>", "MaxValue": 9 });
        says_yes_and_no(&list, "1,9", "1,10", "MaxValue");
        for no in ["many", "", "NaN"] {
            says_yes_and_no(&json!({ "Type": "Number" }), "1e3", no, "number");
        }
    }

    #[test]
    fn a_default_is_held_to_the_constraints_and_a_refusal_repeats_no_value() {
        let definition = json!({ "Type": "String", "Default": "s3cret!", "AllowedPattern": "[a-z]*", "ConstraintDescription": "letters" });
        let refused = value(definition, None).unwrap_err();
        assert!(
            refused.ends_with(": letters") && !refused.contains("s3cret"),
            "{refused}"
        );
    }

    #[test]
    fn what_has_no_local_meaning_is_refused() {
        for definition in [
            json!({ "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x" }),
            json!({ "Type": "String", "Default": "x", "AllowedPatern": "x" }),
            json!({ "Type": "String", "Default": "x", "AllowedPattern": "(?=x)x" }),
        ] {
            assert!(value(definition.clone(), None).is_err(), "{definition}");
        }
    }
}
