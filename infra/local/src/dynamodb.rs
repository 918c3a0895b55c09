//! DynamoDB: the template's tables in the embedded engine, and what the local cloud itself reads from them.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynoxide::Database;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::encode_shard_iterator;
use dynoxide::streams::shard_id;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::StartError;
use crate::resources;
use crate::state::StateFolder;
use crate::template::Template;

/// Table properties that the engine's `CreateTable` takes as CloudFormation writes them.
const CREATED: &[&str] = &[
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "StreamSpecification",
];

/// A table of the template.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) logical: String,
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) has_stream: bool,
    pub(crate) ttl: Option<String>,
    keys: Vec<String>,
    indexes: Vec<String>,
}

/// The tables and the engine that holds them.
#[derive(Debug, Clone)]
pub(crate) struct Dynamodb {
    database: Shared,
    pub(crate) all: Arc<Vec<Table>>,
}

/// The engine has no `Debug` of its own.
#[derive(Clone)]
struct Shared(Database);

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Database")
    }
}

/// A record of a table's stream.
#[derive(Debug, Clone)]
pub(crate) struct StreamRecord {
    /// The position to continue after.
    pub(crate) position: i64,
    /// The public sequence number.
    pub(crate) sequence: String,
    /// The record as a function sees it.
    pub(crate) event: Value,
    /// When it was written, in seconds since the epoch of real time.
    pub(crate) written_at: f64,
}

impl Dynamodb {
    /// Makes the tables that do not exist yet and refuses ones that exist with another shape.
    pub(crate) fn create(
        template: &Template,
        database: Database,
        state: &StateFolder,
    ) -> Result<Self, StartError> {
        let mut all = Vec::new();
        for (logical, properties) in template.all::<Map<String, Value>>(&resources::TABLE)? {
            let fail = |problem: String| StartError::template(&logical, problem);
            let name = template.name(&logical).map_err(fail)?;
            let table = describe(&logical, &name, template, &properties)?;
            let request = creation(&logical, &name, &properties)?;
            let refused = |problem: String| StartError::Table {
                logical: logical.clone(),
                problem,
            };
            let file = format!("tables/{logical}.json");
            let exists = database.table_stats().map_err(|e| refused(e.to_string()))?;
            if exists.iter().any(|stats| stats.table_name == name) {
                if state
                    .read::<Value>(&file)
                    .is_some_and(|kept| kept != request)
                {
                    return Err(refused(
                        "it exists with another definition: delete the state folder".into(),
                    ));
                }
            } else {
                create(&database, &request, table.ttl.as_deref()).map_err(refused)?;
                state
                    .write(&file, &request)
                    .map_err(StartError::io("writing the state folder"))?;
            }
            all.push(table);
        }
        Ok(Self {
            database: Shared(database),
            all: Arc::new(all),
        })
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database.0
    }

    pub(crate) fn by_logical(&self, logical: &str) -> Option<&Table> {
        self.all.iter().find(|table| table.logical == logical)
    }

    /// The names of all tables by logical id.
    pub(crate) fn names(&self) -> BTreeMap<String, String> {
        self.all
            .iter()
            .map(|table| (table.logical.clone(), table.name.clone()))
            .collect()
    }

    /// The smallest sort key after `after` (exclusive, milliseconds) in the index of due moments.
    pub(crate) fn next_due(&self, after: Option<i64>) -> Option<i64> {
        let table = self
            .by_logical("CasesTable")
            .filter(|t| t.indexes.iter().any(|i| i == "due"))?;
        let after = after.unwrap_or(i64::MIN).to_string();
        let request = typed(&json!({
            "TableName": table.name,
            "IndexName": "due",
            "KeyConditionExpression": "dp = :shard AND dn > :after",
            "ExpressionAttributeValues": { ":shard": { "S": "D#0" }, ":after": { "N": after } },
            "Limit": 1,
        }))?;
        let answer = serde_json::to_value(self.database().query(request).ok()?).ok()?;
        answer["Items"][0]["dn"]["N"]
            .as_str()?
            .parse::<f64>()
            .ok()
            .map(whole)
    }

    /// What the local channels delivered: items whose partition key contains `#INBOX#`, newest last.
    pub(crate) fn inbox(&self) -> Vec<Value> {
        let items = self.all.iter().flat_map(|table| self.items(table));
        let delivered = items.filter(|item| {
            item["pk"]["S"]
                .as_str()
                .is_some_and(|key| key.contains("#INBOX#"))
        });
        let mut delivered: Vec<_> = delivered.map(|item| plain_item(&item)).collect();
        delivered.sort_by_cached_key(|item| (item["at"].to_string(), item["sk"].to_string()));
        delivered
    }

    /// Every item of a table in DynamoDB's JSON, in no particular order.
    pub(crate) fn items(&self, table: &Table) -> Vec<Value> {
        let request = json!({ "TableName": table.name });
        all_pages(request, |page| self.database().scan(typed(page)?).ok())
    }

    /// The items under one partition key whose sort keys begin with a prefix, in DynamoDB's JSON and in order.
    pub(crate) fn items_of(&self, table: &Table, partition: &str, prefix: &str) -> Vec<Value> {
        let request = json!({
            "TableName": table.name,
            "KeyConditionExpression": "pk = :partition AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": { ":partition": { "S": partition }, ":prefix": { "S": prefix } },
        });
        all_pages(request, |page| self.database().query(typed(page)?).ok())
    }

    /// Deletes what has expired by the moved clock, as DynamoDB's background process does.
    pub(crate) fn sweep(&self, now_seconds: i64) {
        for table in self.all.iter() {
            let Some(attribute) = &table.ttl else {
                continue;
            };
            for item in self.items(table) {
                let expiry = item[attribute]["N"]
                    .as_str()
                    .and_then(|text| text.parse::<f64>().ok());
                if expiry.is_some_and(|expiry| whole(expiry) < now_seconds) {
                    self.expire(table, attribute, &item, now_seconds);
                }
            }
        }
    }

    /// Deletes one item unless its time was moved meanwhile.
    fn expire(&self, table: &Table, attribute: &str, item: &Value, now_seconds: i64) {
        let key: Map<_, _> = table
            .keys
            .iter()
            .map(|name| (name.clone(), item[name].clone()))
            .collect();
        let request = typed(&json!({
            "TableName": table.name,
            "Key": key,
            "ConditionExpression": "#ttl < :now",
            "ExpressionAttributeNames": { "#ttl": attribute },
            "ExpressionAttributeValues": { ":now": { "N": now_seconds.to_string() } },
        }));
        if let Some(request) = request {
            // A failed condition is the moved time; the next sweep looks again.
            let _ = self.database().delete_item(request);
        }
    }

    /// Records of a table's stream after a position, oldest first.
    pub(crate) fn records(
        &self,
        table: &Table,
        after: i64,
        limit: usize,
        region: &str,
    ) -> Vec<StreamRecord> {
        let request = GetRecordsRequest {
            shard_iterator: encode_shard_iterator(&table.name, &shard_id(&table.name), after),
            limit: Some(limit),
        };
        let Ok(page) = self.database().get_records(request) else {
            return Vec::new();
        };
        page.records
            .into_iter()
            .filter_map(|record| {
                let sequence = record.dynamodb.sequence_number.clone();
                let written_at = record.dynamodb.approximate_creation_date_time;
                let mut event = serde_json::to_value(record).ok()?;
                event["awsRegion"] = region.into();
                event["eventSourceARN"] = format!("{}/stream/local", table.arn).into();
                Some(StreamRecord {
                    position: position(&sequence)?,
                    sequence,
                    event,
                    written_at,
                })
            })
            .collect()
    }

    /// The position of a stream's newest record.
    pub(crate) fn newest(&self, table: &Table) -> i64 {
        let mut newest = 0;
        loop {
            let page = self.records(table, newest, 1000, "");
            match page.last() {
                Some(record) => newest = record.position,
                None => return newest,
            }
        }
    }
}

/// The items of every page that the engine answers.
fn all_pages<A: Serialize>(mut request: Value, read: impl Fn(&Value) -> Option<A>) -> Vec<Value> {
    let mut items = Vec::new();
    loop {
        let page = read(&request).and_then(|page| serde_json::to_value(page).ok());
        let Some(page) = page else {
            return items;
        };
        items.extend(page["Items"].as_array().cloned().unwrap_or_default());
        if page["LastEvaluatedKey"].is_null() {
            return items;
        }
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"].clone();
    }
}

/// The engine adds 10^20 to its own numbers to make them as long as DynamoDB's.
fn position(sequence: &str) -> Option<i64> {
    let number: u128 = sequence.parse().ok()?;
    i64::try_from(number.checked_sub(100_000_000_000_000_000_000)?).ok()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds and milliseconds of this era are far below 2^53"
)]
fn whole(number: f64) -> i64 {
    number as i64
}

fn typed<T: DeserializeOwned>(request: &impl Serialize) -> Option<T> {
    // Through text: the engine's own deserializers expect what comes over the wire.
    serde_json::from_str(&serde_json::to_string(request).ok()?).ok()
}

fn describe(
    logical: &str,
    name: &str,
    template: &Template,
    properties: &Map<String, Value>,
) -> Result<Table, StartError> {
    let names = |list: &Value, member: &str| -> Vec<String> {
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter()
            .filter_map(|entry| entry[member].as_str().map(str::to_owned))
            .collect()
    };
    let get = |property: &str| properties.get(property).cloned().unwrap_or_default();
    let allowed = |property: &String| {
        CREATED.contains(&property.as_str()) || property == "TimeToLiveSpecification"
    };
    if let Some(stranger) = properties.keys().find(|property| !allowed(property)) {
        return Err(StartError::template(
            logical,
            format!("the property {stranger} is not supported"),
        ));
    }
    let ttl = get("TimeToLiveSpecification");
    let ttl_on = ttl["Enabled"] == true || ttl["Enabled"] == "true";
    Ok(Table {
        logical: logical.to_owned(),
        name: name.to_owned(),
        arn: template.place().arn("dynamodb", &format!("table/{name}")),
        has_stream: properties.contains_key("StreamSpecification"),
        ttl: ttl["AttributeName"]
            .as_str()
            .filter(|_| ttl_on)
            .map(str::to_owned),
        keys: names(&get("KeySchema"), "AttributeName"),
        indexes: names(&get("GlobalSecondaryIndexes"), "IndexName"),
    })
}

fn creation(
    logical: &str,
    name: &str,
    properties: &Map<String, Value>,
) -> Result<Value, StartError> {
    let mut request = properties.clone();
    request.remove("TimeToLiveSpecification");
    request.insert("TableName".into(), name.into());
    if let Some(stream) = request.get_mut("StreamSpecification") {
        let view = stream["StreamViewType"].as_str().map(str::to_owned);
        let view =
            view.ok_or_else(|| StartError::template(logical, "its stream has no StreamViewType"))?;
        *stream = json!({ "StreamEnabled": true, "StreamViewType": view });
    }
    Ok(request.into())
}

fn create(database: &Database, request: &Value, ttl: Option<&str>) -> Result<(), String> {
    let create = serde_json::from_str(&request.to_string()).map_err(|error| error.to_string())?;
    database
        .create_table(create)
        .map_err(|error| error.to_string())?;
    if let Some(attribute) = ttl {
        let request = typed(&json!({
            "TableName": request["TableName"],
            "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
        }));
        let request = request.ok_or("the engine does not understand its time to live")?;
        database
            .update_time_to_live(request)
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// An item in plain JSON: numbers and texts without their type letters.
pub(crate) fn plain(attribute: &Value) -> Value {
    let Some((kind, value)) = attribute
        .as_object()
        .and_then(|object| object.iter().next())
    else {
        return attribute.clone();
    };
    match kind.as_str() {
        "M" => plain_item(value),
        "L" => value
            .as_array()
            .into_iter()
            .flatten()
            .map(plain)
            .collect::<Vec<_>>()
            .into(),
        "N" => number(value),
        "NS" => value
            .as_array()
            .into_iter()
            .flatten()
            .map(number)
            .collect::<Vec<_>>()
            .into(),
        "NULL" => Value::Null,
        _ => value.clone(),
    }
}

fn number(value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// An item's members in plain JSON.
pub(crate) fn plain_item(item: &Value) -> Value {
    let members = item.as_object().into_iter().flatten();
    members
        .map(|(name, attribute)| (name.clone(), plain(attribute)))
        .collect::<Map<_, _>>()
        .into()
}
