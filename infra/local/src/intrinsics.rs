//! CloudFormation's functions: the short YAML forms are read into the long ones, and both are worked out.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use serde_saphyr::Tagged;

/// Reads a template and turns `!Ref x`, `!Sub x`, ... into `{"Ref": x}`, `{"Fn::Sub": x}`, ...
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    // `AttributeType: N` is a letter, not a no.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options::<Node>(text, options)
        .map(|node| node.0)
        .map_err(|error| error.to_string())
}

/// A YAML node whose tag has been folded into the value.
struct Node(Value);

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Plain(value), tag) = Tagged::deserialize(deserializer)?;
        Ok(Self(
            match tag.as_deref().and_then(|t| t.strip_prefix('!')) {
                Some(name) if !name.starts_with('!') => long_form(name, value),
                _ => value,
            },
        ))
    }
}

fn long_form(name: &str, value: Value) -> Value {
    match (name, value) {
        ("Ref" | "Condition", value) => json!({ name: value }),
        ("GetAtt", Value::String(path)) => {
            let (logical, attribute) = path.split_once('.').unwrap_or((&path, ""));
            json!({ "Fn::GetAtt": [logical, attribute] })
        }
        (_, value) => json!({ format!("Fn::{name}"): value }),
    }
}

/// A YAML node without its own tag.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Plain;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a template value")
    }

    fn visit_unit<E>(self) -> Result<Plain, E> {
        Ok(Plain(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Plain, E> {
        Ok(Plain(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Plain, E> {
        Ok(Plain(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Plain, E> {
        Ok(Plain(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Plain, E> {
        Ok(Plain(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Plain, E> {
        Ok(Plain(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Plain, E> {
        Ok(Plain(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Plain, A::Error> {
        let mut items = Vec::new();
        while let Some(Node(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Plain(items.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
        let mut object = Map::new();
        while let Some((key, Node(value))) = map.next_entry::<String, Node>()? {
            object.insert(key, value);
        }
        Ok(Plain(object.into()))
    }
}

/// What references in a template stand for.
pub(crate) trait Scope {
    /// The value of `Ref name`: a parameter, a pseudo parameter or a resource.
    fn reference(&self, name: &str) -> Result<Value, String>;
    /// The value of `GetAtt logical.attribute`.
    fn attribute(&self, logical: &str, attribute: &str) -> Result<Value, String>;
    /// The raw definition of a condition.
    fn condition(&self, name: &str) -> Option<&Value>;
}

/// Works out every function in `value`; `None` is `AWS::NoValue`.
pub(crate) fn resolve(value: &Value, scope: &dyn Scope) -> Result<Option<Value>, String> {
    match value {
        Value::Array(items) => {
            let kept: Result<Vec<_>, _> = items
                .iter()
                .filter_map(|item| resolve(item, scope).transpose())
                .collect();
            Ok(Some(kept?.into()))
        }
        Value::Object(map) => match function_of(map) {
            Some((name, argument)) => call(name, argument, scope),
            None => resolve_map(map, scope).map(|map| Some(map.into())),
        },
        plain => Ok(Some(plain.clone())),
    }
}

fn resolve_map(map: &Map<String, Value>, scope: &dyn Scope) -> Result<Map<String, Value>, String> {
    let mut kept = Map::new();
    for (key, value) in map {
        if let Some(value) = resolve(value, scope)? {
            kept.insert(key.clone(), value);
        }
    }
    Ok(kept)
}

fn function_of(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next()?;
    let is_function = map.len() == 1 && (name == "Ref" || name.starts_with("Fn::"));
    is_function.then_some((name.as_str(), argument))
}

fn call(name: &str, argument: &Value, scope: &dyn Scope) -> Result<Option<Value>, String> {
    match name {
        "Ref" if argument == "AWS::NoValue" => Ok(None),
        "Ref" => scope.reference(text(argument)?).map(Some),
        "Fn::If" => {
            let [condition, yes, no] = arguments(name, argument)?;
            resolve(
                if holds(text(condition)?, scope)? {
                    yes
                } else {
                    no
                },
                scope,
            )
        }
        "Fn::GetAtt" => {
            let [logical, attribute] = arguments(name, argument)?;
            scope.attribute(text(logical)?, text(attribute)?).map(Some)
        }
        "Fn::Sub" => substitute(argument, scope).map(|text| Some(text.into())),
        other => Err(format!("the function {other} has no local meaning")),
    }
}

/// Whether a named condition holds.
pub(crate) fn holds(name: &str, scope: &dyn Scope) -> Result<bool, String> {
    let definition = scope
        .condition(name)
        .ok_or_else(|| format!("there is no condition {name}"))?;
    truth(definition, scope)
}

/// Whether a condition holds.
pub(crate) fn truth(value: &Value, scope: &dyn Scope) -> Result<bool, String> {
    let map = value
        .as_object()
        .filter(|map| map.len() == 1)
        .and_then(|map| map.iter().next());
    let Some((name, argument)) = map else {
        return Err(format!("{value} is not a condition"));
    };
    match name.as_str() {
        "Condition" => holds(text(argument)?, scope),
        "Fn::Equals" => {
            let [left, right] = arguments(name, argument)?;
            Ok(plain_text(resolve(left, scope)?) == plain_text(resolve(right, scope)?))
        }
        "Fn::Not" => {
            let [inner] = arguments(name, argument)?;
            truth(inner, scope).map(|held| !held)
        }
        other => Err(format!("{other} is not a condition function")),
    }
}

fn substitute(argument: &Value, scope: &dyn Scope) -> Result<String, String> {
    let (pattern, extra) = if let Value::String(pattern) = argument {
        (pattern.as_str(), Map::new())
    } else {
        let [pattern, extra] = arguments("Fn::Sub", argument)?;
        let extra = extra.as_object().ok_or("Fn::Sub takes a text and a map")?;
        (text(pattern)?, resolve_map(extra, scope)?)
    };
    let mut result = String::new();
    let mut rest = pattern;
    while let Some(start) = rest.find("${") {
        result.push_str(&rest[..start]);
        let end = rest[start..]
            .find('}')
            .ok_or_else(|| format!("unclosed ${{ in {pattern:?}"))?;
        let name = &rest[start + 2..start + end];
        result.push_str(&substituted(name, &extra, scope)?);
        rest = &rest[start + end + 1..];
    }
    result.push_str(rest);
    Ok(result)
}

fn substituted(
    name: &str,
    extra: &Map<String, Value>,
    scope: &dyn Scope,
) -> Result<String, String> {
    if let Some(literal) = name.strip_prefix('!') {
        return Ok(format!("${{{literal}}}"));
    }
    let value = match (extra.get(name), name.split_once('.')) {
        (Some(value), _) => value.clone(),
        (None, Some((logical, attribute))) => scope.attribute(logical, attribute)?,
        (None, None) => scope.reference(name)?,
    };
    Ok(plain_text(Some(value)))
}

fn arguments<'a, const N: usize>(name: &str, value: &'a Value) -> Result<&'a [Value; N], String> {
    let list: &[Value] = match value {
        Value::Array(list) => list,
        single => std::slice::from_ref(single),
    };
    list.try_into()
        .map_err(|_| format!("{name} takes {N} arguments"))
}

fn text(value: &Value) -> Result<&str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("{value} is not a text"))
}

/// A scalar as CloudFormation writes it into a text.
pub(crate) fn plain_text(value: Option<Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    }
}
