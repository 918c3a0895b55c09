//! docs/access-patterns.md: what it says of items, indexes and costs is what the service does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;
use zhitiao_tests::meter::Bill;
use zhitiao_tests::template::{index_names, template};
use zhitiao_tests::world::workspace;

fn document() -> String {
    std::fs::read_to_string(workspace().join("docs/access-patterns.md")).unwrap()
}

/// The cells of every table row below a heading, up to the next heading.
fn rows(document: &str, heading: &str) -> Vec<Vec<String>> {
    let mut inside = false;
    let mut rows = Vec::new();
    for line in document.lines() {
        if line.starts_with('#') {
            inside = line.trim_start_matches('#').trim() == heading;
        } else if inside && line.starts_with('|') {
            let cells = line.trim_matches('|').split('|');
            rows.push(cells.map(|cell| cell.trim().to_owned()).collect());
        }
    }
    // The names of the columns, and the line below them.
    assert!(rows.len() > 2, "no table below {heading}");
    rows.split_off(2)
}

/// What one operation costs: function, requests, read units, write units.
pub(crate) type Figures = BTreeMap<String, [String; 4]>;

/// A measured figure in the words of the document.
pub(crate) fn figure(function: &str, bill: &Bill) -> [String; 4] {
    // By kind, in the order in which the first of each was made: what runs side by side is answered in any order.
    let mut requests: Vec<(String, u32)> = Vec::new();
    for name in bill.requests() {
        match requests.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => requests.push((name, 1)),
        }
    }
    let requests = requests.into_iter().map(|(name, count)| match count {
        1 => name,
        count => format!("{count} {name}"),
    });
    let units = bill.units();
    [
        function.to_owned(),
        requests.collect::<Vec<_>>().join(", "),
        units.read.to_string(),
        units.write.to_string(),
    ]
}

/// Holds the measured figures against those of the document.
#[track_caller]
pub(crate) fn are_documented(measured: &Figures) {
    let rows = rows(&document(), "Access patterns").into_iter();
    let documented: Figures = rows
        .map(|row| {
            let [operation, function, requests, read, write] = row.try_into().unwrap();
            (operation, [function, requests, read, write])
        })
        .collect();
    if documented != *measured {
        let mut table = String::new();
        for (operation, cells) in measured {
            writeln!(table, "| {operation} | {} |", cells.join(" | ")).unwrap();
        }
        panic!("docs/access-patterns.md tells other figures than these:\n{table}");
    }
}

#[test]
fn the_document_names_the_indexes_of_the_template() {
    let document = document();
    let requests = rows(&document, "Access patterns");
    let queried: BTreeSet<_> = requests
        .iter()
        .flat_map(|row| row[2].split(", "))
        .filter_map(|request| {
            request
                .trim_start_matches(char::is_numeric)
                .trim()
                .strip_prefix("Query ")
        })
        .map(str::to_owned)
        .collect();
    let described: BTreeSet<_> = rows(&document, "Indexes")
        .into_iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect();
    let indexes = index_names(&template());
    assert_eq!(queried, indexes);
    assert_eq!(described, indexes);
}

/// The kind of an item of the cases, by its keys: the heading under which the document describes it.
fn kind(item: &Value) -> &'static str {
    let (pk, sk) = (item["pk"].as_str().unwrap(), item["sk"].as_str().unwrap());
    let family = pk.split('#').nth(1).unwrap_or_default();
    let prefix = sk.split('#').next().unwrap_or_default();
    match (family, prefix) {
        ("CONTACT", "") => "Contact details",
        ("CONTACT", "READ") => "Contact reading",
        ("SENT", "DELIVERY") => "Delivery",
        ("INBOX", _) => "Inbox message",
        ("BUDGET", "") => "Budget line",
        ("RATE", "INCIDENT") => "Incident",
        ("RATE", _) => "Person's hour",
        ("CHANNELS", "REACHED") => "Units in reach",
        ("DIGEST", "NEXT") => "Next digest",
        ("DIGEST", "DIGEST") => "Digest order",
        ("CALENDAR", "RECOUNT") => "Count under a new calendar",
        (_, "") => "Case",
        (_, "EVENT") => "Event",
        (_, "PHOTO") => "Photo",
        (_, "ASSIGN") => "Department's row",
        (_, "HELD") => "Held row",
        (_, "SUPERVISED") => "Supervised row",
        _ => panic!("an item of no known kind: {pk} {sk}"),
    }
}

/// Holds the attributes of stored items against those that the document spells out.
#[track_caller]
pub(crate) fn are_described(items: &[Value]) {
    let document = document();
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for item in items {
        let names = item.as_object().unwrap().keys().cloned();
        found.entry(kind(item)).or_default().extend(names);
    }
    for (kind, names) in found {
        let described: BTreeSet<_> = rows(&document, kind)
            .into_iter()
            .map(|row| row[0].trim_matches('`').to_owned())
            .collect();
        let strangers: Vec<_> = names.difference(&described).collect();
        assert!(
            strangers.is_empty(),
            "{kind}: the document does not explain {strangers:?}"
        );
    }
}
