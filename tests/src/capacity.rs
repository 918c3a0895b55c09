//! Capacity units by AWS's published rules, worked out from items in DynamoDB's JSON.
//!
//! Sources, all in the Amazon DynamoDB Developer Guide:
//! - sizes of items: "DynamoDB item sizes and formats" (`CapacityUnitCalculations`),
//! - reads and writes, conditions that fail: "DynamoDB read and write operations" (`read-write-operations`),
//! - transactions: "Amazon DynamoDB Transactions: How it works" (`transaction-apis`),
//! - indexes: "Using Global Secondary Indexes in DynamoDB" (`GSI`).

use serde_json::{Map, Value};

/// Bytes that one write unit covers.
const WRITE_BLOCK: usize = 1024;

/// Bytes that one strongly consistent read unit covers.
const READ_BLOCK: usize = 4096;

/// The size of an item in bytes: the UTF-8 names of its attributes and their values.
pub fn item_size(item: &Value) -> usize {
    let attributes = item.as_object().into_iter().flatten();
    attributes
        .map(|(name, value)| name.len() + value_size(value))
        .sum()
}

/// The size of a value in bytes, without the name of its attribute.
///
/// Lists and maps carry 3 bytes, and 1 byte for each element; nulls and booleans count 1 byte. AWS does not say what a
/// set carries; it is taken for a list here.
///
/// # Panics
/// When the value is none of DynamoDB's JSON, or a set of numbers or bytes: no table has one.
pub fn value_size(value: &Value) -> usize {
    let typed = value.as_object().and_then(|typed| typed.iter().next());
    let (kind, value) = typed.unwrap_or_else(|| panic!("no value of DynamoDB: {value}"));
    let text = value.as_str().unwrap_or_default();
    match kind.as_str() {
        "S" => text.len(),
        "N" => number_size(text),
        "B" => text.trim_end_matches('=').len() * 3 / 4,
        "BOOL" | "NULL" => 1,
        "L" => {
            let elements = value.as_array().into_iter().flatten();
            3 + elements
                .map(|element| 1 + value_size(element))
                .sum::<usize>()
        }
        "SS" => {
            let members = value.as_array().into_iter().flatten();
            let member = |text: &Value| 1 + text.as_str().map_or(0, str::len);
            3 + members.map(member).sum::<usize>()
        }
        "M" => {
            let entries = value.as_object().into_iter().flatten();
            let entry = |(name, value): (&String, &Value)| 1 + name.len() + value_size(value);
            3 + entries.map(entry).sum::<usize>()
        }
        other => panic!("no rule for {other}"),
    }
}

/// The size of a number in bytes: one for every two significant digits, rounded up, and one more; one more for a minus.
///
/// AWS says "approximately"; what is rounded here is rounded up.
fn number_size(number: &str) -> usize {
    let (mantissa, _) = number.split_once(['e', 'E']).unwrap_or((number, ""));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = whole
        .chars()
        .chain(fraction.chars())
        .filter(char::is_ascii_digit)
        .collect();
    let significant = digits.trim_matches('0').len();
    significant.div_ceil(2) + 1 + usize::from(number.starts_with('-'))
}

/// Blocks of a size, at least one: an item that is not there is also looked for.
#[expect(clippy::cast_precision_loss, reason = "a page has at most 1 MB")]
fn blocks(bytes: usize, block: usize) -> f64 {
    bytes.div_ceil(block).max(1) as f64
}

/// Read units for a page of so many bytes: half a unit for each 4 KB, a whole one when strongly consistent.
///
/// A query adds up the items that it reads, before any filter, and rounds the sum.
pub fn read_units(bytes: usize, consistent: bool) -> f64 {
    let strong = blocks(bytes, READ_BLOCK);
    if consistent { strong } else { strong / 2.0 }
}

/// Write units for an item in the table alone: the larger of what was there and what is there now, one for each KB.
///
/// A write whose condition fails is sized alike, with the item that it would have put.
pub fn write_units(before: Option<&Value>, after: Option<&Value>) -> f64 {
    let size = |item: Option<&Value>| item.map_or(0, item_size);
    blocks(size(before).max(size(after)), WRITE_BLOCK)
}

/// An index as the template describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The attributes of its key: partition, then sort key.
    pub keys: Vec<String>,
    /// What it holds beside its key and the table's.
    pub projected: Vec<String>,
}

impl Index {
    /// Reads an entry of `GlobalSecondaryIndexes`.
    ///
    /// # Panics
    /// When the index projects whole items: none of ours does, and it would cost as much as the table.
    pub fn of(index: &Value) -> Self {
        let texts = |list: &Value, name: Option<&str>| -> Vec<String> {
            let list = list.as_array().into_iter().flatten();
            let text = |value: &Value| name.map_or(value.clone(), |name| value[name].clone());
            list.map(text)
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect()
        };
        assert_ne!(index["Projection"]["ProjectionType"], "ALL", "{index}");
        Self {
            name: index["IndexName"].as_str().unwrap_or_default().to_owned(),
            keys: texts(&index["KeySchema"], Some("AttributeName")),
            projected: texts(&index["Projection"]["NonKeyAttributes"], None),
        }
    }

    /// What the index holds of an item; nothing when the item lacks a part of the index's key.
    pub fn entry(&self, item: &Value) -> Option<Value> {
        if self.keys.iter().any(|key| item[key.as_str()].is_null()) {
            return None;
        }
        let own = ["pk", "sk"].into_iter();
        let names = own.chain(self.keys.iter().chain(&self.projected).map(String::as_str));
        let held = names.filter_map(|name| Some((name.to_owned(), item.get(name)?.clone())));
        Some(Value::Object(held.collect::<Map<_, _>>()))
    }

    /// Write units that a write to the table costs in this index, one for each KB of the entry.
    ///
    /// A new entry or one that goes: one write. A changed key: two, one takes the old entry out and one puts the new
    /// one in. Another projected attribute changed: one. Nothing that the index holds changed: none. An index is
    /// written after the transaction, so a transaction does not double this.
    pub fn write_units(&self, before: Option<&Value>, after: Option<&Value>) -> f64 {
        let before = before.and_then(|item| self.entry(item));
        let after = after.and_then(|item| self.entry(item));
        match (&before, &after) {
            (None, None) => 0.0,
            (Some(old), Some(new)) if old == new => 0.0,
            (Some(old), Some(new)) if self.keys.iter().any(|key| old[key] != new[key]) => {
                write_units(Some(old), None) + write_units(None, Some(new))
            }
            (old, new) => write_units(old.as_ref(), new.as_ref()),
        }
    }
}
