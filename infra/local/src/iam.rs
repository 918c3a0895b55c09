//! What the functions may do with tables, buckets and queues: a call that AWS would refuse must not work locally.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::error::StartError;
use crate::permissions::{Permissions, fits, one_or_many};
use crate::place::Place;
use crate::resources::{self, FunctionProps};
use crate::template::Template;

/// One action on one resource that a function's role allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The function's short name.
    pub function: String,
    /// The action, such as `dynamodb:Query`.
    pub action: String,
    /// The resource's ARN, as the role names it.
    pub resource: String,
    /// Patterns of the partitions that a call may be about; any partition when there are none.
    pub partitions: Vec<String>,
}

impl Grant {
    /// Whether a call, or a wire of the template to a queue, can make use of it: the rest is used by AWS itself.
    fn is_called(&self) -> bool {
        let (service, _) = self.action.split_once(':').unwrap_or_default();
        match service {
            "dynamodb" => !self.resource.contains("/stream/"),
            service => ["s3", "sqs"].contains(&service),
        }
    }

    /// What of it a call about these partitions makes use of; nothing when it may not. A call that names no partition
    /// may not, where the role names some.
    fn opens(&self, asked: &[&str]) -> Option<Vec<Self>> {
        if self.partitions.is_empty() {
            return Some(vec![self.clone()]);
        }
        let pattern = |name: &&str| {
            let mut patterns = self.partitions.iter();
            patterns.find(|pattern| fits(pattern, name)).cloned()
        };
        let used: Option<Vec<String>> = asked.iter().map(pattern).collect();
        let narrowed = |pattern| Self {
            partitions: vec![pattern],
            ..self.clone()
        };
        let used = used.filter(|used| !used.is_empty())?;
        Some(used.into_iter().map(narrowed).collect())
    }

    /// What is left of it when a function made use of other grants only: the whole, or the partitions that it never
    /// asked for by any action on the same resource.
    fn without(&self, used: &BTreeSet<Self>) -> Option<Self> {
        let mine =
            |other: &&Self| (&other.function, &other.resource) == (&self.function, &self.resource);
        let asked = |pattern: &String| {
            let mut used = used.iter().filter(mine);
            used.any(|other| other.partitions.contains(pattern))
        };
        let is_called = used.iter().filter(mine).any(|other| {
            let mut patterns = self.partitions.iter();
            other.action == self.action
                && (self.partitions.is_empty()
                    || patterns.any(|pattern| other.partitions.contains(pattern)))
        });
        let idle: Vec<String> = self
            .partitions
            .iter()
            .filter(|pattern| !is_called || !asked(pattern))
            .cloned()
            .collect();
        let is_left = !is_called || !idle.is_empty();
        is_left.then(|| Self {
            partitions: idle,
            ..self.clone()
        })
    }
}

/// What every function's role allows, and what of it was made use of.
#[derive(Debug)]
pub struct Iam {
    place: Place,
    /// The attribute that is the partition key, by table.
    keys: BTreeMap<String, String>,
    /// By the short name of the function. One without a role in the template may do everything.
    grants: BTreeMap<String, Vec<Grant>>,
    /// What a role denies, action and resource, goes before what it allows.
    denials: BTreeMap<String, Vec<(String, String)>>,
    used: Mutex<BTreeSet<Grant>>,
}

impl Iam {
    pub(crate) fn read(template: &Template, permissions: &Permissions) -> Result<Self, StartError> {
        let (mut grants, mut denials) = (BTreeMap::new(), BTreeMap::new());
        for (logical, props) in template.all::<FunctionProps>(&resources::FUNCTION)? {
            let Some(role) = &props.role else { continue };
            let function = props.short_name();
            let mut stated = permissions.allowed(role).chain(permissions.denied(role));
            if let Some((action, ..)) = stated.find(|(action, _, own)| !is_understood(action, own))
            {
                let problem = format!("its role's condition on {action} has no local behavior");
                return Err(StartError::template(logical, problem));
            }
            let denied = permissions.denied(role);
            let denied =
                denied.map(|(action, resource, _)| (action.to_owned(), resource.to_owned()));
            denials.insert(function.clone(), denied.collect());
            let listed = permissions
                .allowed(role)
                .map(|(action, resource, statement)| Grant {
                    function: function.clone(),
                    action: action.to_owned(),
                    resource: resource.to_owned(),
                    partitions: partitions(statement),
                });
            grants.insert(function.clone(), listed.collect());
        }
        let mut keys = BTreeMap::new();
        for (logical, table) in template.raw("AWS::DynamoDB::Table")? {
            let name = template
                .name(&logical)
                .map_err(|problem| StartError::template(&logical, problem))?;
            keys.insert(name, partition_key(&table));
        }
        Ok(Self {
            place: template.place().clone(),
            keys,
            grants,
            denials,
            used: Mutex::default(),
        })
    }

    /// Refuses an action that the caller's role does not allow, in the words of AWS.
    pub(crate) fn check(
        &self,
        function: Option<&str>,
        action: &str,
        resource: &str,
        partitions: &[&str],
    ) -> Result<(), String> {
        let known = function.and_then(|function| Some((function, self.grants.get(function)?)));
        let Some((function, grants)) = known else {
            return Ok(());
        };
        let mut fitting = grants
            .iter()
            .filter(|grant| fits(&grant.action, action) && fits(&grant.resource, resource))
            .filter_map(|grant| grant.opens(partitions))
            .peekable();
        let mut denials = self.denials.get(function).into_iter().flatten();
        let is_denied = denials.any(|(own, on)| fits(own, action) && fits(on, resource));
        if is_denied || fitting.peek().is_none() {
            return Err(format!(
                "{function} is not authorized to perform: {action} on resource: {resource} {partitions:?} because its \
                 role does not allow it"
            ));
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.extend(fitting.flatten());
        Ok(())
    }

    /// Refuses a request to DynamoDB if anything in it is not allowed.
    pub(crate) fn check_table(
        &self,
        function: Option<&str>,
        operation: &str,
        request: &Value,
    ) -> Result<(), String> {
        table_calls(operation, request, &self.keys)
            .into_iter()
            .try_for_each(|call| {
                let resource = format!("table/{}{}", call.table, call.index);
                let resource = self.place.arn("dynamodb", &resource);
                let action = format!("dynamodb:{}", call.action);
                self.check(function, &action, &resource, &call.partitions)
            })
    }

    /// Refuses a request to S3 that is not allowed; `key` is empty for the bucket itself.
    pub(crate) fn check_object(
        &self,
        function: Option<&str>,
        method: &str,
        bucket: &str,
        key: &str,
    ) -> Result<(), String> {
        let action = match (method, key) {
            ("GET" | "HEAD", "") => "ListBucket",
            ("GET" | "HEAD", _) => "GetObject",
            ("PUT", _) => "PutObject",
            ("DELETE", _) => "DeleteObject",
            (other, _) => other,
        };
        let bucket = format!("arn:{}:s3:::{bucket}", self.place.partition());
        let resource = match key {
            "" => bucket,
            key => format!("{bucket}/{key}"),
        };
        self.check(function, &format!("s3:{action}"), &resource, &[])
    }

    /// What nothing has made use of, among the rights to tables, buckets and queues.
    pub fn unused(&self) -> Vec<Grant> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let granted = self.grants.values().flatten();
        granted
            .filter(|grant| grant.is_called())
            .filter_map(|grant| grant.without(&used))
            .collect()
    }
}

/// Whether a statement has no condition, one on partitions that allows, or is about a service that has no rights here.
fn is_understood(action: &str, statement: &Value) -> bool {
    let mut operators = statement["Condition"].as_object().into_iter().flatten();
    let (service, _) = action.split_once(':').unwrap_or_default();
    let is_plain = operators.all(|(operator, keys)| {
        let mut keys = keys.as_object().into_iter().flatten();
        statement["Effect"] == "Allow"
            && operator == "ForAllValues:StringLike"
            && keys.all(|(key, _)| key == "dynamodb:LeadingKeys")
    });
    is_plain || !["dynamodb", "s3", "sqs", "*"].contains(&service)
}

/// The patterns of a statement's condition on the partition.
fn partitions(statement: &Value) -> Vec<String> {
    let patterns = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    one_or_many(patterns).map(str::to_owned).collect()
}

/// The name of the attribute that is a table's partition key.
fn partition_key(table: &Value) -> String {
    let mut keys = table["KeySchema"].as_array().into_iter().flatten();
    let key = keys.find(|key| key["KeyType"] == "HASH");
    let name = key.and_then(|key| key["AttributeName"].as_str());
    name.unwrap_or_default().to_owned()
}

/// One thing that a request does, as AWS authorizes it.
struct TableCall<'r> {
    action: String,
    table: &'r str,
    /// `/index/<name>`, or nothing.
    index: String,
    /// The partitions that it is about.
    partitions: Vec<&'r str>,
}

/// What a request does. A transaction or batch is what is in it.
fn table_calls<'r>(
    operation: &str,
    request: &'r Value,
    keys: &BTreeMap<String, String>,
) -> Vec<TableCall<'r>> {
    let of = |table: &str, item: &'r Value| {
        let key = keys.get(table).map_or("", String::as_str);
        item[key]["S"].as_str()
    };
    let call = |action: String, part: &'r Value| {
        let table = part["TableName"].as_str().unwrap_or_default();
        let named = [&part["Item"], &part["Key"]].into_iter();
        let index = part["IndexName"].as_str();
        TableCall {
            action,
            table,
            index: index.map_or_else(String::new, |index| format!("/index/{index}")),
            partitions: named
                .filter_map(|item| of(table, item))
                .chain(asked_partition(part))
                .collect(),
        }
    };
    if let Some(items) = request["TransactItems"].as_array() {
        let parts = items.iter().filter_map(Value::as_object).flatten();
        return parts
            .map(|(kind, part)| match kind.as_str() {
                "ConditionCheck" => call("ConditionCheckItem".to_owned(), part),
                kind => call(format!("{kind}Item"), part),
            })
            .collect();
    }
    if let Some(tables) = request["RequestItems"].as_object() {
        return tables
            .iter()
            .map(|(table, wanted)| {
                let keys = wanted["Keys"].as_array().into_iter().flatten();
                TableCall {
                    action: operation.to_owned(),
                    table,
                    index: String::new(),
                    partitions: keys.filter_map(|key| of(table, key)).collect(),
                }
            })
            .collect();
    }
    vec![call(operation.to_owned(), request)]
}

/// The partition that a query asks for: our queries name it first.
fn asked_partition(request: &Value) -> Option<&str> {
    let (_, rest) = request["KeyConditionExpression"]
        .as_str()?
        .split_once('=')?;
    let name = rest.split_whitespace().next()?;
    request["ExpressionAttributeValues"][name]["S"].as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEMPLATE: &str = "
Resources:
  Cases:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: cases, KeySchema: [{ AttributeName: pk, KeyType: HASH }] }
  Desk:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: ../dist/desk/, Role: !GetAtt DeskRole.Arn }
  Free:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: ../dist/free/ }
  DeskRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyDocument:
            Statement:
              - { Effect: Allow, Action: [dynamodb:GetItem, dynamodb:PutItem], Resource: !GetAtt Cases.Arn }
              - { Effect: Allow, Action: dynamodb:Query, Resource: !Sub '${Cases.Arn}/index/queue' }
              - Effect: Allow
                Action: dynamodb:Query
                Resource: !Sub '${Cases.Arn}/index/held'
                Condition: { 'ForAllValues:StringLike': { dynamodb:LeadingKeys: ['d#H#*'] } }
              - Effect: Allow
                Action: [dynamodb:UpdateItem, dynamodb:BatchGetItem]
                Resource: !GetAtt Cases.Arn
                Condition: { 'ForAllValues:StringLike': { dynamodb:LeadingKeys: ['d#????', 'd#X#*'] } }
              - { Effect: Allow, Action: s3:GetObject, Resource: 'arn:aws-cn:s3:::photos/*' }
              - { Effect: Deny, Action: 's3:*', Resource: 'arn:aws-cn:s3:::photos/secret/*' }
              - { Effect: Allow, Action: logs:PutLogEvents, Resource: '*' }
              - { Effect: Deny, Action: dynamodb:DeleteItem, Resource: !GetAtt Cases.Arn }
";

    fn iam() -> Iam {
        let place = Place {
            region: "cn-north-1".to_owned(),
            stack: "test".to_owned(),
            api_url: "http://127.0.0.1:1".to_owned(),
            sqs_url: "http://127.0.0.1:2".to_owned(),
        };
        let template = Template::read(TEMPLATE, &BTreeMap::new(), place).unwrap();
        Iam::read(&template, &Permissions::read(&template).unwrap()).unwrap()
    }

    fn put(table: &str) -> Value {
        json!({ "Put": { "TableName": table } })
    }

    #[test]
    fn a_call_is_let_through_only_when_the_role_allows_every_part_of_it() {
        let iam = iam();
        let desk = Some("desk");
        let queue = json!({ "TableName": "cases", "IndexName": "queue" });
        let due = json!({ "TableName": "cases", "IndexName": "due" });
        let cases = json!({ "TableName": "cases" });
        let puts = json!({ "TransactItems": [put("cases"), put("cases")] });
        let mixed =
            json!({ "TransactItems": [put("cases"), { "Delete": { "TableName": "cases" } }] });
        let checked = json!({ "TransactItems": [{ "ConditionCheck": { "TableName": "cases" } }] });
        let batch = json!({ "RequestItems": { "cases": [] } });
        for (operation, request, expected) in [
            ("GetItem", &cases, true),
            ("Query", &queue, true),
            ("Query", &due, false),
            ("Query", &cases, false),
            ("DeleteItem", &cases, false),
            ("TransactWriteItems", &puts, true),
            ("TransactWriteItems", &mixed, false),
            ("TransactWriteItems", &checked, false),
            ("BatchWriteItem", &batch, false),
        ] {
            let allowed = iam.check_table(desk, operation, request);
            assert_eq!(allowed.is_ok(), expected, "{operation} {request}");
        }
        for (method, bucket, key, expected) in [
            ("GET", "photos", "a/b", true),
            ("GET", "photos", "secret/b", false),
            ("PUT", "photos", "a/b", false),
            ("GET", "photos", "", false),
            ("GET", "quarantine", "a", false),
        ] {
            let allowed = iam.check_object(desk, method, bucket, key);
            assert_eq!(allowed.is_ok(), expected, "{method} {bucket}/{key}");
        }
    }

    #[test]
    fn a_condition_that_has_no_local_behavior_is_refused() {
        let place = iam().place;
        let text = TEMPLATE.replace("ForAllValues:StringLike", "StringEquals");
        let template = Template::read(&text, &BTreeMap::new(), place).unwrap();
        let permissions = Permissions::read(&template).unwrap();
        let message = Iam::read(&template, &permissions).unwrap_err().to_string();
        assert_eq!(
            message,
            "template: Desk: its role's condition on dynamodb:Query has no local behavior"
        );
    }

    #[test]
    fn a_query_is_let_through_only_for_the_partitions_that_the_role_names() {
        let iam = iam();
        for (condition, partition, expected) in [
            ("qp = :p", "d#H#east", true),
            ("qp = :p AND qs <= :until", "d#H#east", true),
            ("qp = :p", "d#Q#east", false),
            ("", "d#H#east", false),
        ] {
            let request = json!({
                "TableName": "cases", "IndexName": "held", "KeyConditionExpression": condition,
                "ExpressionAttributeValues": { ":p": { "S": partition }, ":until": { "N": "1" } },
            });
            let allowed = iam.check_table(Some("desk"), "Query", &request);
            assert_eq!(allowed.is_ok(), expected, "{condition} of {partition}");
        }
    }

    #[test]
    fn an_item_is_let_through_only_in_the_partitions_that_the_role_names() {
        let iam = iam();
        let update = |pk: &str| {
            let key = json!({ "pk": { "S": pk }, "sk": { "S": "#" } });
            json!({ "TableName": "cases", "Key": key })
        };
        let batch = |pks: &[&str]| {
            let keys: Vec<Value> = pks.iter().map(|pk| json!({ "pk": { "S": pk } })).collect();
            json!({ "RequestItems": { "cases": { "Keys": keys } } })
        };
        let within =
            json!({ "TransactItems": [put("cases"), { "Update": update("d#CONTACT#case") }] });
        for (operation, request, expected) in [
            ("UpdateItem", update("d#case"), true),
            ("UpdateItem", update("d#X#anything"), true),
            ("UpdateItem", update("d#CONTACT#case"), false),
            ("UpdateItem", update("e#case"), false),
            ("UpdateItem", json!({ "TableName": "cases" }), false),
            ("BatchGetItem", batch(&["d#case", "d#X#1"]), true),
            ("BatchGetItem", batch(&["d#case", "d#CONTACT#case"]), false),
            ("TransactWriteItems", within, false),
        ] {
            let allowed = iam.check_table(Some("desk"), operation, &request);
            assert_eq!(allowed.is_ok(), expected, "{operation} {request}");
        }
    }

    #[test]
    fn a_partition_that_no_call_is_about_is_told() {
        let iam = iam();
        let request = json!({ "TableName": "cases", "Key": { "pk": { "S": "d#case" } } });
        iam.check_table(Some("desk"), "UpdateItem", &request)
            .unwrap();
        let unused = iam.unused();
        let of = |action: &str| -> Vec<_> {
            let mut found = unused.iter().filter(|grant| grant.action == action);
            found
                .next()
                .map(|grant| grant.partitions.clone())
                .unwrap_or_default()
        };
        assert_eq!(of("dynamodb:UpdateItem"), ["d#X#*"]);
        assert_eq!(of("dynamodb:BatchGetItem"), ["d#????", "d#X#*"]);
    }

    #[test]
    fn a_function_without_a_role_and_a_caller_from_outside_may_do_everything() {
        let iam = iam();
        for caller in [Some("free"), None] {
            assert_eq!(iam.check(caller, "s3:GetObject", "anything", &[]), Ok(()));
        }
    }

    #[test]
    fn what_no_call_has_used_is_told_with_function_action_and_resource() {
        let iam = iam();
        let cases = json!({ "TableName": "cases" });
        iam.check_table(Some("desk"), "GetItem", &cases).unwrap();
        iam.check_object(Some("desk"), "GET", "photos", "a")
            .unwrap();
        let unused = iam.unused();
        let unused: Vec<_> = unused
            .iter()
            .map(|grant| (grant.action.as_str(), grant.resource.as_str()))
            .collect();
        let table = "arn:aws-cn:dynamodb:cn-north-1:000000000000:table/cases";
        let index = |name: &str| format!("{table}/index/{name}");
        assert_eq!(
            unused,
            [
                ("dynamodb:PutItem", table),
                ("dynamodb:Query", &index("queue")),
                ("dynamodb:Query", &index("held")),
                ("dynamodb:UpdateItem", table),
                ("dynamodb:BatchGetItem", table),
            ]
        );
    }
}
