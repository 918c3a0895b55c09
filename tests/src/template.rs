//! infra/template.yaml as data, for what is compared with it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::world::workspace;

/// The template with its intrinsic functions reduced to their arguments: `!Ref Api` is the text `Api`.
///
/// # Panics
/// When the file cannot be read.
pub fn template() -> Value {
    let path = workspace().join("infra/template.yaml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
    // `AttributeType: N` is a letter, not a no.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(&text, options).unwrap_or_else(|error| panic!("{error}"))
}

/// The resources of one type with their logical ids, in the template's order of names.
pub fn resources(template: &Value, kind: &str) -> Vec<(String, Value)> {
    let all = template["Resources"].as_object().into_iter().flatten();
    all.filter(|(_, resource)| resource["Type"] == kind)
        .map(|(logical, resource)| (logical.clone(), resource["Properties"].clone()))
        .collect()
}

/// The names of all indexes.
pub fn index_names(template: &Value) -> BTreeSet<String> {
    let tables = resources(template, "AWS::DynamoDB::Table");
    let indexes = tables
        .iter()
        .filter_map(|(_, table)| table["GlobalSecondaryIndexes"].as_array())
        .flatten();
    indexes
        .filter_map(|index| index["IndexName"].as_str().map(str::to_owned))
        .collect()
}
