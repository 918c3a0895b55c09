//! Event patterns: the filter language of stream mappings.

use serde_json::Value;

/// Refuses patterns that use what is not understood: an alternative is a value or a prefix.
pub(crate) fn check(pattern: &Value) -> Result<(), String> {
    let object = pattern.as_object().ok_or("a pattern is an object")?;
    for (name, part) in object {
        match part {
            Value::Array(alternatives) => alternatives.iter().try_for_each(check_alternative)?,
            Value::Object(_) => check(part)?,
            _ => return Err(format!("{name}: a pattern's leaf is a list")),
        }
    }
    Ok(())
}

fn check_alternative(alternative: &Value) -> Result<(), String> {
    let mut operators = alternative.as_object().into_iter().flatten();
    match operators.find(|(name, operand)| *name != "prefix" || !operand.is_string()) {
        Some((stranger, _)) => Err(format!("the filter operator {stranger} is not supported")),
        None if alternative.is_array() => Err("a list in a list is not supported".into()),
        None => Ok(()),
    }
}

/// Whether an event matches: every member of the pattern must.
pub(crate) fn matches(pattern: &Value, event: &Value) -> bool {
    let mut members = pattern.as_object().into_iter().flatten();
    members.all(|(name, part)| match (part, event.get(name)) {
        (_, None) => false,
        // Of a list one item is enough.
        (Value::Array(alternatives), Some(Value::Array(items))) => {
            items.iter().any(|item| any_fits(alternatives, item))
        }
        (Value::Array(alternatives), Some(single)) => any_fits(alternatives, single),
        (nested, Some(value)) => matches(nested, value),
    })
}

fn any_fits(alternatives: &[Value], value: &Value) -> bool {
    alternatives
        .iter()
        .any(|alternative| match alternative["prefix"].as_str() {
            Some(prefix) => value.as_str().is_some_and(|text| text.starts_with(prefix)),
            None => value == alternative,
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
        assert!(!matches(&pattern, &json!({ "eventName": "INSERT" })));
        assert!(!matches(&json!({ "a": [null] }), &json!({})));
        assert!(matches(&json!({ "a": ["x"] }), &json!({ "a": ["y", "x"] })));
    }

    #[test]
    fn an_unknown_operator_is_refused() {
        assert!(check(&json!({ "a": [{ "wildcard": "x*" }] })).is_err());
        assert!(check(&json!({ "a": [{ "anything-but": ["x"] }] })).is_err());
        assert!(check(&json!({ "$or": [{ "a": ["x"] }, { "b": ["y"] }] })).is_err());
        assert!(check(&json!({ "a": "x" })).is_err());
        assert!(check(&json!({ "a": ["x", 1, { "prefix": "y" }] })).is_ok());
    }
}
