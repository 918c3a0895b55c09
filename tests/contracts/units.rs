//! The rules by which capacity is counted: examples worked out by hand, and a second opinion from the engine.

use serde_json::{Value, json};
use zhitiao_tests::World;
use zhitiao_tests::capacity::{Index, item_size, read_units, value_size, write_units};
use zhitiao_tests::meter::{Meter, Units};

#[test]
fn values_have_the_sizes_of_the_developer_guide() {
    for (value, size) in [
        (json!({"S": ""}), 0),
        (json!({"S": "abc"}), 3),
        (json!({"S": "井盖"}), 6),
        (json!({"N": "0"}), 1),
        (json!({"N": "7"}), 2),
        (json!({"N": "-7"}), 3),
        (json!({"N": "100"}), 2),
        (json!({"N": "1795395600533"}), 8),
        (json!({"N": "36.061"}), 4),
        (json!({"B": "AA=="}), 1),
        (json!({"B": "AAAA"}), 3),
        (json!({"BOOL": true}), 1),
        (json!({"NULL": true}), 1),
        (json!({"L": []}), 3),
        (
            json!({"L": [{"S": "ab"}, {"N": "1"}]}),
            3 + (1 + 2) + (1 + 2),
        ),
        (json!({"M": {}}), 3),
        (json!({"M": {"by": {"S": "staff"}}}), 3 + (1 + 2 + 5)),
    ] {
        assert_eq!(value_size(&value), size, "{value}");
    }
    assert_eq!(
        item_size(&json!({"pk": {"S": "a"}, "号": {"N": "12"}})),
        (2 + 1) + (3 + 2)
    );
}

fn item(bytes: usize) -> Value {
    let item = json!({"pk": {"S": "x".repeat(bytes - 2)}});
    assert_eq!(item_size(&item), bytes);
    item
}

#[test]
#[expect(clippy::float_cmp, reason = "halves are exact")]
fn units_are_rounded_up_per_block() {
    for (bytes, strong, eventual) in [
        (0, 1.0, 0.5),
        (4096, 1.0, 0.5),
        (4097, 2.0, 1.0),
        (12_289, 4.0, 2.0),
    ] {
        assert_eq!(read_units(bytes, true), strong);
        assert_eq!(read_units(bytes, false), eventual);
    }
    for (before, after, units) in [
        (None, Some(1024), 1.0),
        (None, Some(1025), 2.0),
        (Some(3000), Some(10), 3.0),
        (Some(10), Some(3000), 3.0),
        (Some(2049), None, 3.0),
        (None, None, 1.0),
    ] {
        let (before, after) = (before.map(item), after.map(item));
        assert_eq!(write_units(before.as_ref(), after.as_ref()), units);
    }
}

#[test]
#[expect(clippy::float_cmp, reason = "whole numbers are exact")]
fn an_index_costs_what_changes_in_it() {
    let index = Index::of(&json!({
        "IndexName": "due",
        "KeySchema": [{"AttributeName": "dp"}, {"AttributeName": "dn"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["st"]},
    }));
    let item = |dn: Option<u32>, st: &str, text: &str| {
        let mut item = json!({"pk": {"S": "p"}, "sk": {"S": "#"}, "dp": {"S": "D"}, "st": {"S": st}, "t": {"S": text}});
        if let Some(dn) = dn {
            item["dn"] = json!({"N": dn.to_string()});
        }
        item
    };
    let long = "x".repeat(1024);
    for (before, after, units) in [
        // Not in the index before or after: half of its key is no key.
        (None, Some(item(None, "a", "")), 0.0),
        (None, Some(item(Some(1), "a", "")), 1.0),
        (Some(item(Some(1), "a", "")), Some(item(None, "a", "")), 1.0),
        (Some(item(Some(1), "a", "")), None, 1.0),
        (
            Some(item(Some(1), "a", "")),
            Some(item(Some(2), "a", "")),
            2.0,
        ),
        (
            Some(item(Some(1), "a", "")),
            Some(item(Some(1), "b", "")),
            1.0,
        ),
        // What it does not hold costs it nothing, however long.
        (
            Some(item(Some(1), "a", "")),
            Some(item(Some(1), "a", &long)),
            0.0,
        ),
        (None, Some(item(Some(1), &long, "")), 2.0),
        (
            Some(item(Some(1), &long, "")),
            Some(item(Some(2), "a", "")),
            3.0,
        ),
    ] {
        assert_eq!(
            index.write_units(before.as_ref(), after.as_ref()),
            units,
            "{before:?} {after:?}"
        );
    }
}

/// Sends a request as a function would and answers what the engine says it cost.
async fn engine(world: &World, operation: &str, mut request: Value) -> f64 {
    request["ReturnConsumedCapacity"] = json!("TOTAL");
    let answer = world
        .http()
        .post(world.cloud.dynamodb_url())
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-date", "20260101T000000Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=LOCAL.probe/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        )
        .body(request.to_string())
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    let consumed = &answer["ConsumedCapacity"];
    let consumed = consumed.get(0).unwrap_or(consumed);
    consumed["CapacityUnits"]
        .as_f64()
        .unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::float_cmp, reason = "halves are exact")]
async fn the_engine_counts_alike() {
    let world = World::start().await;
    world.cloud.set_scheduler(false);
    // Its first start notes which units can be reached.
    world.wake_notifier().await;
    let table = world.cloud.table_name("CasesTable").to_owned();
    let head = json!({
        "pk": {"S": "shinan#AAAAAAAA"}, "sk": {"S": "#"}, "dp": {"S": "D#0"}, "dn": {"N": "1"},
        "qp": {"S": "shinan#Q#badaguan"}, "qs": {"N": "1"}, "st": {"S": "submitted"}, "v": {"N": "1"},
        "t": {"S": "字".repeat(400)}, "k": {"L": [{"S": "t::1:0:0"}, {"S": "r::2:0:0"}]},
    });
    let key = json!({"pk": head["pk"], "sk": head["sk"]});
    let put = json!({"TableName": table, "Item": head});
    let update = |expression: &str| {
        json!({
            "TableName": table, "Key": key, "UpdateExpression": expression,
            "ExpressionAttributeValues": {":a": {"N": "2"}},
        })
    };
    let event = json!({"TableName": table, "Item": {"pk": head["pk"], "sk": {"S": "EVENT#1"}}});
    let remove = json!({"TableName": table, "Key": key, "UpdateExpression": "REMOVE dp, dn, t"});
    let query = json!({
        "TableName": table, "IndexName": "queue", "KeyConditionExpression": "qp = :qp",
        "ExpressionAttributeValues": {":qp": head["qp"]},
    });
    let steps = [
        ("PutItem", put.clone()),
        ("PutItem", put.clone()),
        ("UpdateItem", update("SET dn = :a")),
        ("UpdateItem", update("SET v = :a")),
        ("UpdateItem", update("SET r = :a")),
        (
            "TransactWriteItems",
            json!({"TransactItems": [{"Update": update("SET r = :a, v = :a")}, {"Put": event}]}),
        ),
        ("GetItem", json!({"TableName": table, "Key": key})),
        (
            "GetItem",
            json!({"TableName": table, "Key": key, "ConsistentRead": true}),
        ),
        ("Query", query),
        ("UpdateItem", remove),
        ("DeleteItem", json!({"TableName": table, "Key": key})),
    ];
    let mut meter = Meter::start(&world).await;
    for (operation, request) in steps {
        let counted = engine(&world, operation, request.clone()).await;
        // The stream wakes the notifier, which reads the directory when it likes: only the probe's requests count.
        let bill = meter.read().await.of("probe", "CasesTable");
        let Units { read, write } = bill.units();
        assert_eq!(read + write, counted, "{operation} {request}");
    }
}
