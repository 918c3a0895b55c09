//! Event patterns: the filter language of stream mappings.

use serde_json::{Map, Value};

/// Operators that are understood inside a list of alternatives.
const OPERATORS: &[&str] = &[
    "anything-but",
    "equals-ignore-case",
    "exists",
    "numeric",
    "prefix",
    "suffix",
];

/// Refuses patterns that use what is not understood.
pub(crate) fn check(pattern: &Value) -> Result<(), String> {
    let object = pattern.as_object().ok_or("a pattern is an object")?;
    for (name, part) in object {
        match part {
            Value::Array(branches) if name == "$or" => branches.iter().try_for_each(check)?,
            Value::Array(alternatives) => alternatives.iter().try_for_each(check_alternative)?,
            Value::Object(_) => check(part)?,
            _ => return Err(format!("{name}: a pattern's leaf is a list")),
        }
    }
    Ok(())
}

fn check_alternative(alternative: &Value) -> Result<(), String> {
    let Some(operation) = alternative.as_object() else {
        return Ok(());
    };
    match operation
        .keys()
        .find(|name| !OPERATORS.contains(&name.as_str()))
    {
        Some(stranger) => Err(format!("the filter operator {stranger} is not supported")),
        None => Ok(()),
    }
}

/// Whether an event matches: every member of the pattern must.
pub(crate) fn matches(pattern: &Value, event: &Value) -> bool {
    let Some(members) = pattern.as_object() else {
        return false;
    };
    members.iter().all(|(name, part)| match part {
        Value::Array(branches) if name == "$or" => {
            branches.iter().any(|branch| matches(branch, event))
        }
        Value::Array(alternatives) => any_alternative(alternatives, event.get(name)),
        nested => matches(nested, event.get(name).unwrap_or(&Value::Null)),
    })
}

fn any_alternative(alternatives: &[Value], value: Option<&Value>) -> bool {
    let candidates: Vec<Option<&Value>> = match value {
        Some(Value::Array(items)) if !items.is_empty() => items.iter().map(Some).collect(),
        single => vec![single],
    };
    alternatives.iter().any(|alternative| {
        candidates
            .iter()
            .any(|candidate| fits(alternative, *candidate))
    })
}

fn fits(alternative: &Value, value: Option<&Value>) -> bool {
    match alternative.as_object() {
        Some(operation) => operation
            .iter()
            .all(|(name, operand)| applies(name, operand, value)),
        None => value == Some(alternative),
    }
}

fn applies(operator: &str, operand: &Value, value: Option<&Value>) -> bool {
    let text = value.and_then(Value::as_str);
    let given = operand.as_str();
    match operator {
        "exists" => operand.as_bool() == Some(value.is_some_and(|value| !value.is_object())),
        "prefix" => text
            .zip(given)
            .is_some_and(|(text, given)| text.starts_with(given)),
        "suffix" => text
            .zip(given)
            .is_some_and(|(text, given)| text.ends_with(given)),
        "equals-ignore-case" => text
            .zip(given)
            .is_some_and(|(text, given)| text.to_lowercase() == given.to_lowercase()),
        "anything-but" => value.is_some_and(|value| !excluded(operand, value)),
        "numeric" => value
            .and_then(Value::as_f64)
            .is_some_and(|number| in_range(operand, number)),
        _ => false,
    }
}

fn excluded(operand: &Value, value: &Value) -> bool {
    match operand {
        Value::Array(list) => list.contains(value),
        Value::Object(operation) => any_operation(operation, value),
        single => single == value,
    }
}

fn any_operation(operation: &Map<String, Value>, value: &Value) -> bool {
    operation
        .iter()
        .any(|(name, operand)| applies(name, operand, Some(value)))
}

fn in_range(conditions: &Value, number: f64) -> bool {
    let conditions = conditions.as_array().map(Vec::as_slice).unwrap_or_default();
    conditions.chunks(2).all(|pair| {
        let [Value::String(comparison), bound] = pair else {
            return false;
        };
        let Some(bound) = bound.as_f64() else {
            return false;
        };
        match comparison.as_str() {
            "<" => number < bound,
            "<=" => number <= bound,
            ">" => number > bound,
            ">=" => number >= bound,
            "=" => (number - bound).abs() < f64::EPSILON,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_matches_when_every_member_has_a_fitting_alternative() {
        let pattern = json!({ "eventName": ["INSERT"], "dynamodb": { "Keys": { "sk": { "S": [{ "prefix": "EVENT#" }] } } } });
        let event = |name: &str, sk: &str| json!({ "eventName": name, "dynamodb": { "Keys": { "sk": { "S": sk } } } });
        assert!(matches(&pattern, &event("INSERT", "EVENT#00000001")));
        assert!(!matches(&pattern, &event("MODIFY", "EVENT#00000001")));
        assert!(!matches(&pattern, &event("INSERT", "PHOTO#0")));
    }

    #[test]
    fn each_operator_says_yes_and_no() {
        let cases = [
            (
                json!([{ "exists": false }]),
                json!({ "b": 1 }),
                json!({ "a": 1 }),
            ),
            (
                json!([{ "suffix": ".jpg" }]),
                json!({ "a": "x.jpg" }),
                json!({ "a": "x.png" }),
            ),
            (
                json!([{ "anything-but": ["x", "y"] }]),
                json!({ "a": "z" }),
                json!({ "a": "x" }),
            ),
            (
                json!([{ "anything-but": { "prefix": "x" } }]),
                json!({ "a": "z" }),
                json!({ "a": "xy" }),
            ),
            (
                json!([{ "numeric": [">", 0, "<=", 5] }]),
                json!({ "a": 5 }),
                json!({ "a": 6 }),
            ),
            (
                json!([{ "equals-ignore-case": "Ab" }]),
                json!({ "a": "aB" }),
                json!({ "a": "b" }),
            ),
            (json!(["x"]), json!({ "a": ["y", "x"] }), json!({ "a": [] })),
            (json!([null]), json!({ "a": null }), json!({})),
        ];
        for (alternatives, yes, no) in cases {
            let pattern = json!({ "a": alternatives });
            assert!(matches(&pattern, &yes), "{pattern} should match {yes}");
            assert!(!matches(&pattern, &no), "{pattern} should not match {no}");
        }
    }

    #[test]
    fn an_unknown_operator_is_refused() {
        assert!(check(&json!({ "a": [{ "wildcard": "x*" }] })).is_err());
        assert!(check(&json!({ "a": "x" })).is_err());
        assert!(check(&json!({ "$or": [{ "a": ["x"] }, { "b": [{ "prefix": "y" }] }] })).is_ok());
    }
}
