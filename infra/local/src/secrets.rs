//! Secrets Manager: generated once, kept in the state folder, put in place of dynamic references.

use std::collections::BTreeMap;

use rand::RngExt;
use serde_json::Value;

use crate::error::StartError;
use crate::resources::{self, GenerateSecret, SecretProps};
use crate::state::StateFolder;
use crate::template::Template;

const OPENING: &str = "{{resolve:secretsmanager:";

/// Every secret's value by ARN and by name.
#[derive(Debug)]
pub(crate) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Reads the secrets that exist and makes the ones that do not.
    pub(crate) fn open(template: &Template, state: &StateFolder) -> Result<Self, StartError> {
        let mut values = BTreeMap::new();
        for (logical, props) in template.all::<SecretProps>(&resources::SECRET)? {
            let fail = |problem: String| StartError::template(&logical, problem);
            let name = template.name(&logical).map_err(fail)?;
            let file = format!("secrets/{logical}.json");
            let value = match (&props.secret_string, state.read::<String>(&file)) {
                (Some(literal), _) => literal.clone(),
                (None, Some(kept)) => kept,
                (None, None) => {
                    let rules = props.generate_secret_string.as_ref();
                    let fresh = generate(rules.ok_or_else(|| fail("it has no value".into()))?)
                        .map_err(fail)?;
                    state
                        .write(&file, &fresh)
                        .map_err(StartError::io("writing a secret"))?;
                    fresh
                }
            };
            values.insert(
                template
                    .place()
                    .arn("secretsmanager", &format!("secret:{name}")),
                value.clone(),
            );
            values.insert(name, value);
        }
        Ok(Self(values))
    }

    /// Puts the values in place of `{{resolve:secretsmanager:<id>:SecretString:<key>}}`.
    pub(crate) fn fill(&self, text: &str) -> Result<String, String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(OPENING) {
            result.push_str(&rest[..start]);
            let end = rest[start..]
                .find("}}")
                .ok_or("a dynamic reference is not closed")?;
            result.push_str(&self.lookup(&rest[start + OPENING.len()..start + end])?);
            rest = &rest[start + end + 2..];
        }
        result.push_str(rest);
        match result.find("{{resolve:") {
            Some(_) => Err(format!(
                "only secretsmanager references are supported: {text}"
            )),
            None => Ok(result),
        }
    }

    fn lookup(&self, reference: &str) -> Result<String, String> {
        let (id, rest) = reference
            .split_once(":SecretString")
            .unwrap_or((reference, ""));
        let value = self
            .0
            .get(id)
            .ok_or_else(|| format!("there is no secret {id}"))?;
        // The stage and version that may follow the key mean nothing here: a secret has one value.
        let key = rest.split(':').nth(1).unwrap_or_default();
        if key.is_empty() {
            return Ok(value.clone());
        }
        let object: Value =
            serde_json::from_str(value).map_err(|_| format!("the secret {id} is no JSON"))?;
        object[key]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| format!("the secret {id} has no {key}"))
    }
}

fn generate(rules: &GenerateSecret) -> Result<String, String> {
    let password = password(rules)?;
    match (&rules.secret_string_template, &rules.generate_string_key) {
        (Some(template), Some(key)) => {
            let mut object: Value =
                serde_json::from_str(template).map_err(|_| "SecretStringTemplate is no JSON")?;
            object[key.as_str()] = password.into();
            Ok(object.to_string())
        }
        _ => Ok(password),
    }
}

fn password(rules: &GenerateSecret) -> Result<String, String> {
    let sets = [
        (rules.exclude_lowercase, "abcdefghijklmnopqrstuvwxyz"),
        (rules.exclude_uppercase, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        (rules.exclude_numbers, "0123456789"),
        (rules.exclude_punctuation, "!#$%&()*+-./:;<=>?@[]^_{|}~"),
    ];
    let alphabet: Vec<char> = sets
        .iter()
        .filter(|(excluded, _)| !excluded)
        .flat_map(|(_, set)| set.chars())
        .filter(|letter| !rules.exclude_characters.contains(*letter))
        .collect();
    if alphabet.is_empty() {
        return Err("GenerateSecretString excludes every character".into());
    }
    let mut random = rand::rng();
    Ok((0..rules.password_length)
        .map(|_| alphabet[random.random_range(0..alphabet.len())])
        .collect())
}
