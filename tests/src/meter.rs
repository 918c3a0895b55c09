//! A meter on the wire: what the functions asked DynamoDB for, and what each request costs by AWS's rules.
//!
//! The meter keeps its own copy of the tables, because a write is charged for what it replaces and an index for what
//! changes in it. At each reading the copy is compared with the real tables: a request that was misread shows.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde_json::{Map, Value, json};
use zhitiao_local::Call;

use crate::capacity::{Index, item_size, read_units, write_units};
use crate::template::{resources, template};
use crate::world::World;

/// A transaction prepares and commits each item: both are charged.
const TRANSACTION: f64 = 2.0;

/// Capacity units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Read units.
    pub read: f64,
    /// Write units, those of the indexes included.
    pub write: f64,
}

impl AddAssign for Units {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.write += other.write;
    }
}

/// One request and its price.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The function that asked.
    pub caller: String,
    /// The table's logical id; the first one's for a transaction.
    pub table: String,
    /// The operation, such as `PutItem`.
    pub operation: String,
    /// The index, for a query of one.
    pub index: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// What it costs.
    pub units: Units,
}

/// What a function asked for between two readings.
#[derive(Debug, Clone, PartialEq)]
pub struct Bill(pub Vec<Line>);

impl Bill {
    /// What one function asked of one table (by its logical id).
    pub fn of(&self, caller: &str, table: &str) -> Self {
        let lines = self.0.iter();
        let lines = lines.filter(|line| line.caller == caller && line.table == table);
        Self(lines.cloned().collect())
    }

    /// All units together.
    pub fn units(&self) -> Units {
        let mut sum = Units::default();
        for line in &self.0 {
            sum += line.units;
        }
        sum
    }

    /// The requests in order: `Query due`, `GetItem`, `TransactWriteItems`, ...
    pub fn requests(&self) -> Vec<String> {
        let name = |line: &Line| match &line.index {
            Some(index) => format!("{} {index}", line.operation),
            None => line.operation.clone(),
        };
        self.0.iter().map(name).collect()
    }
}

type Items = BTreeMap<(String, String), Value>;

/// A table as the meter knows it.
#[derive(Debug)]
struct Table {
    logical: String,
    name: String,
    indexes: Vec<Index>,
    items: Items,
}

/// The meter of a district.
#[derive(Debug)]
pub struct Meter<'w> {
    world: &'w World,
    tables: Vec<Table>,
}

impl<'w> Meter<'w> {
    /// Starts counting from now on.
    ///
    /// # Panics
    /// When the tables cannot be read.
    pub async fn start(world: &'w World) -> Self {
        let mut tables = Vec::new();
        for (logical, properties) in resources(&template(), "AWS::DynamoDB::Table") {
            let indexes = properties["GlobalSecondaryIndexes"]
                .as_array()
                .into_iter()
                .flatten();
            let name = world.cloud.table_name(&logical).to_owned();
            tables.push(Table {
                indexes: indexes.map(Index::of).collect(),
                items: stored(world, &name).await,
                logical,
                name,
            });
        }
        world.cloud.recorder().set(true);
        world.cloud.recorder().take();
        Self { world, tables }
    }

    /// What was asked since the last reading.
    ///
    /// # Panics
    /// When the meter has misunderstood a request: its copy is no longer what the tables hold.
    pub async fn read(&mut self) -> Bill {
        let calls = self.world.cloud.recorder().take();
        let lines = calls.iter().filter_map(|call| self.line(call)).collect();
        for table in &self.tables {
            let stored = stored(self.world, &table.name).await;
            assert_eq!(in_order(&table.items), in_order(&stored), "{}", table.name);
        }
        self.world.cloud.recorder().take();
        Bill(lines)
    }

    /// The items of a table (by its logical id) as of the last reading, in DynamoDB's JSON.
    pub fn items(&self, logical: &str) -> impl Iterator<Item = &Value> + use<'_, 'w> {
        let logical = logical.to_owned();
        let table = self
            .tables
            .iter()
            .filter(move |table| table.logical == logical);
        table.flat_map(|table| table.items.values())
    }

    /// What a function asked; what a test writes itself changes the tables and is on no function's bill.
    fn line(&mut self, call: &Call) -> Option<Line> {
        let units = self.price(call);
        let index = call.request["IndexName"].as_str();
        let caller = call.caller.clone()?;
        let table = self
            .tables
            .iter()
            .find(|table| call.tables.contains(&table.name));
        let table = table.map(|table| table.logical.clone()).unwrap_or_default();
        Some(Line {
            caller,
            table,
            operation: call.operation.clone(),
            index: index.map(str::to_owned),
            status: call.status,
            units,
        })
    }

    fn price(&mut self, call: &Call) -> Units {
        let request = &call.request;
        let read = |read| Units { read, write: 0.0 };
        match call.operation.as_str() {
            "GetItem" => {
                let consistent = request["ConsistentRead"] == true;
                read(read_units(item_size(&call.response["Item"]), consistent))
            }
            "Query" => read(self.table(request).query(call)),
            "BatchGetItem" => read(batch(call)),
            "PutItem" => self.single("Put", call),
            "UpdateItem" => self.single("Update", call),
            "DeleteItem" => self.single("Delete", call),
            "TransactWriteItems" => self.transaction(call),
            other => panic!("no rule for {other}"),
        }
    }

    fn table(&mut self, request: &Value) -> &mut Table {
        let name = request["TableName"].as_str().unwrap_or_default();
        let table = self.tables.iter_mut().find(|table| table.name == name);
        table.unwrap_or_else(|| panic!("no table {name:?}"))
    }

    fn single(&mut self, verb: &str, call: &Call) -> Units {
        let write = self
            .table(&call.request)
            .write(verb, &call.request, Outcome::of(call), 1.0);
        Units { read: 0.0, write }
    }

    /// A transaction that fails has prepared its items: it is charged like one that succeeds, without the indexes. AWS
    /// does not say; this is the dearest reading.
    fn transaction(&mut self, call: &Call) -> Units {
        let mut write = 0.0;
        for action in call.request["TransactItems"]
            .as_array()
            .into_iter()
            .flatten()
        {
            for (verb, action) in action.as_object().into_iter().flatten() {
                let table = self.table(action);
                write += table.write(verb, action, Outcome::of(call), TRANSACTION);
            }
        }
        Units { read: 0.0, write }
    }
}

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    /// A condition failed: charged, and nothing changed.
    Refused,
    /// Never got as far as an item: not charged.
    Invalid,
}

impl Outcome {
    fn of(call: &Call) -> Self {
        let kind = call.response["__type"].as_str().unwrap_or_default();
        let refused = [
            "ConditionalCheckFailedException",
            "TransactionCanceledException",
        ];
        if call.status == 200 {
            Self::Done
        } else if refused.iter().any(|name| kind.ends_with(name)) {
            Self::Refused
        } else {
            Self::Invalid
        }
    }
}

impl Table {
    fn write(&mut self, verb: &str, request: &Value, outcome: Outcome, factor: f64) -> f64 {
        let key = key(if verb == "Put" {
            &request["Item"]
        } else {
            &request["Key"]
        });
        let before = self.items.get(&key);
        let after = match verb {
            "Put" => Some(request["Item"].clone()),
            "Update" => Some(updated(before, request)),
            // Charged like a write, and changes nothing.
            "ConditionCheck" => before.cloned(),
            _ => None,
        };
        let own = factor * write_units(before, after.as_ref());
        match outcome {
            Outcome::Invalid => return 0.0,
            Outcome::Refused => return own,
            Outcome::Done => {}
        }
        let indexes = self.indexes.iter();
        let indexes = indexes.map(|index| index.write_units(before, after.as_ref()));
        let units = own + indexes.sum::<f64>();
        match after {
            Some(after) => self.items.insert(key, after),
            None => self.items.remove(&key),
        };
        units
    }

    /// Read units of one page of a query: what was read, also when a filter dropped it.
    fn query(&self, call: &Call) -> f64 {
        let (request, answer) = (&call.request, &call.response);
        let consistent = request["ConsistentRead"] == true;
        let bytes = if answer["Count"] == answer["ScannedCount"] {
            let items = answer["Items"].as_array().into_iter().flatten();
            items.map(item_size).sum()
        } else {
            self.partition(request, &answer["ScannedCount"])
        };
        read_units(bytes, consistent)
    }

    /// The size of the rows of an index partition that a filtering query has read, in the order of the index.
    fn partition(&self, request: &Value, scanned: &Value) -> usize {
        let condition = request["KeyConditionExpression"]
            .as_str()
            .unwrap_or_default();
        let (name, value) = condition.split_once(" = ").unwrap_or_default();
        let value = &request["ExpressionAttributeValues"][value];
        let index = self
            .indexes
            .iter()
            .find(|index| request["IndexName"] == index.name.as_str());
        let index = index.unwrap_or_else(|| panic!("{request}"));
        let inside = self.items.values().filter(|item| &item[name] == value);
        let mut entries: Vec<_> = inside.filter_map(|item| index.entry(item)).collect();
        entries.sort_by_key(|entry| place(entry, &index.keys[1]));
        if request["ScanIndexForward"] == false {
            entries.reverse();
        }
        let behind = &request["ExclusiveStartKey"];
        let last = |entry: &Value| key(entry) == key(behind);
        let begin = match behind {
            Value::Null => 0,
            _ => {
                1 + entries
                    .iter()
                    .position(last)
                    .expect("the row it begins behind")
            }
        };
        let limit = request["Limit"]
            .as_u64()
            .and_then(|rows| rows.try_into().ok())
            .unwrap_or(entries.len());
        let end = entries.len().min(begin + limit);
        let read = &entries[begin..end];
        assert_eq!(&json!(read.len()), scanned, "a query reads up to its limit");
        read.iter().map(item_size).sum()
    }
}

/// Where an entry stands in an index that is sorted by this number.
fn place(entry: &Value, range: &str) -> (i64, (String, String)) {
    let number = entry[range]["N"].as_str().unwrap_or_default();
    (number.parse().unwrap_or_default(), key(entry))
}

/// Read units of a batch: each item by itself, rounded up as if it had been asked for alone.
fn batch(call: &Call) -> f64 {
    let tables = call.response["Responses"].as_object();
    let mut units = 0.0;
    for (table, items) in tables.into_iter().flatten() {
        let consistent = call.request["RequestItems"][table]["ConsistentRead"] == true;
        let items = items.as_array().into_iter().flatten();
        units += items
            .map(|item| read_units(item_size(item), consistent))
            .sum::<f64>();
    }
    units
}

fn key(item: &Value) -> (String, String) {
    let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    (text("pk"), text("sk"))
}

/// An item after `SET a = :a, b = :b ADD c :one REMOVE d, e`, where c is a set or a number, or a part of it: the only
/// form that the store writes.
fn updated(before: Option<&Value>, request: &Value) -> Value {
    let before = before.unwrap_or(&request["Key"]).as_object();
    let mut item: Map<String, Value> = before.cloned().unwrap_or_default();
    let expression = request["UpdateExpression"].as_str().unwrap_or_default();
    let (set, remove) = match expression.split_once("REMOVE ") {
        Some((set, remove)) => (set.trim(), remove),
        None => (expression, ""),
    };
    let (set, add) = set.split_once(" ADD ").unwrap_or((set, ""));
    let names = &request["ExpressionAttributeNames"];
    let name = |place: &str| names[place].as_str().unwrap_or(place).to_owned();
    for part in set.strip_prefix("SET ").unwrap_or_default().split(", ") {
        if let Some((place, value)) = part.split_once(" = ") {
            item.insert(
                name(place),
                request["ExpressionAttributeValues"][value].clone(),
            );
        }
    }
    if let Some((place, value)) = add.split_once(' ') {
        let more = &request["ExpressionAttributeValues"][value];
        if let Some(more) = number(more) {
            let sum = item.get(&name(place)).and_then(number).unwrap_or_default() + more;
            item.insert(name(place), json!({"N": sum.to_string()}));
            return without(item, remove, name);
        }
        let more = &more["SS"];
        let members = item.entry(name(place)).or_insert_with(|| json!({"SS": []}));
        for member in more.as_array().into_iter().flatten() {
            let known = members["SS"].as_array_mut();
            if let Some(known) = known.filter(|known| !known.contains(member)) {
                known.push(member.clone());
            }
        }
    }
    without(item, remove, name)
}

/// The item without the attributes that the places stand for.
fn without(mut item: Map<String, Value>, places: &str, name: impl Fn(&str) -> String) -> Value {
    for place in places.split(", ") {
        item.remove(&name(place));
    }
    Value::Object(item)
}

/// A number in DynamoDB's JSON.
fn number(value: &Value) -> Option<i64> {
    value["N"].as_str()?.parse().ok()
}

/// The items with their sets sorted: a set has no order of its own.
fn in_order(items: &Items) -> Items {
    let mut items = items.clone();
    for item in items.values_mut() {
        for value in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Some(members) = value.get_mut("SS").and_then(Value::as_array_mut) {
                members.sort_by_key(|member| member.as_str().map(str::to_owned));
            }
        }
    }
    items
}

/// Every item of a table, by its key.
async fn stored(world: &World, table: &str) -> Items {
    let mut items = Items::new();
    let mut request = json!({ "TableName": table, "ConsistentRead": true });
    loop {
        let mut page = asked(world, "Scan", &request).await;
        for item in page["Items"].as_array_mut().into_iter().flatten() {
            items.insert(key(item), item.take());
        }
        if page["LastEvaluatedKey"].is_null() {
            return items;
        }
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"].take();
    }
}

/// Asks the database itself, as an operator would with a command line.
async fn asked(world: &World, operation: &str, request: &Value) -> Value {
    let credentials = "AWS4-HMAC-SHA256 Credential=reader/20260101/local/dynamodb/aws4_request, \
                       SignedHeaders=host, Signature=0";
    let answer = world
        .http()
        .post(world.cloud.dynamodb_url())
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-date", "20260101T000000Z")
        .header("authorization", credentials)
        .body(request.to_string())
        .send()
        .await;
    let answer = answer.and_then(reqwest::Response::error_for_status);
    let answer = answer.unwrap_or_else(|error| panic!("{operation}: {error}"));
    let text = answer.text().await.unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
