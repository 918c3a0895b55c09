//! The recorder and the faults in front of DynamoDB and S3.

use std::time::Duration;

use serde_json::{Value, json};
use zhitiao_local::{Effect, Fault, Service};

use crate::support::{Cloud, dynamodb};

fn put(cloud: &Cloud, id: &str) -> Value {
    json!({ "TableName": cloud.table_name("CasesTable"), "Item": { "pk": { "S": id }, "sk": { "S": "#" } } })
}

fn stored(cloud: &Cloud) -> Vec<String> {
    cloud
        .items("CasesTable")
        .iter()
        .map(|item| item["pk"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn requests_are_recorded_with_their_tables_and_answers() {
    let cloud = Cloud::start().await;
    cloud.recorder().set(true);
    cloud.dynamodb("PutItem", &put(&cloud, "a")).await;
    let batch =
        json!({ "TransactItems": [{ "Put": put(&cloud, "b") }, { "Put": put(&cloud, "c") }] });
    cloud.dynamodb("TransactWriteItems", &batch).await;
    cloud
        .dynamodb(
            "PutItem",
            &json!({ "TableName": "no-such-table", "Item": {} }),
        )
        .await;
    let calls = cloud.recorder().take();
    let seen: Vec<_> = calls
        .iter()
        .map(|call| (call.operation.as_str(), call.status))
        .collect();
    assert_eq!(
        seen,
        [
            ("PutItem", 200),
            ("TransactWriteItems", 200),
            ("PutItem", 400)
        ]
    );
    assert_eq!(calls[1].tables, [cloud.table_name("CasesTable")]);
    assert_eq!(calls[0].request["Item"]["pk"]["S"], "a");
    assert!(cloud.recorder().calls().is_empty());
}

#[tokio::test]
async fn a_refused_write_did_not_land_and_a_failed_one_did() {
    let cloud = Cloud::start().await;
    let throttled = Fault::new(Effect::Refuse)
        .operation("PutItem")
        .error("ProvisionedThroughputExceededException");
    cloud.faults().add(throttled);
    cloud.faults().add(Fault::new(Effect::FailAfter));
    let (status, answer) = cloud.dynamodb("PutItem", &put(&cloud, "refused")).await;
    assert_eq!(status, 400);
    assert!(
        answer["__type"]
            .as_str()
            .unwrap()
            .ends_with("#ProvisionedThroughputExceededException")
    );
    let (status, _) = cloud.dynamodb("PutItem", &put(&cloud, "landed")).await;
    assert_eq!(status, 500);
    let (status, _) = cloud.dynamodb("PutItem", &put(&cloud, "after")).await;
    assert_eq!(status, 200);
    assert_eq!(stored(&cloud), ["after", "landed"]);
}

#[tokio::test]
async fn broken_and_hanging_connections_leave_the_outcome_open() {
    let cloud = Cloud::start().await;
    for (effect, id) in [
        (Effect::Drop, "a"),
        (Effect::DropAfter, "b"),
        (Effect::Hang, "c"),
        (Effect::HangAfter, "d"),
    ] {
        cloud.faults().add(Fault::new(effect));
        let request = put(&cloud, id);
        let call = async {
            dynamodb(&cloud.http, cloud.dynamodb_url(), "PutItem", &request)
                .await?
                .bytes()
                .await
        };
        let outcome = tokio::time::timeout(Duration::from_millis(500), call).await;
        assert!(!matches!(outcome, Ok(Ok(_))), "{effect:?}");
    }
    assert_eq!(stored(&cloud), ["b", "d"]);
}

#[tokio::test]
async fn conflicts_and_throttling_look_like_dynamodb_s_own() {
    let cloud = Cloud::start().await;
    let batch =
        json!({ "TransactItems": [{ "Put": put(&cloud, "a") }, { "Put": put(&cloud, "b") }] });
    for (effect, reason, alone) in [
        (
            Effect::Conflict,
            "TransactionConflict",
            "#TransactionConflictException",
        ),
        (Effect::Throttle, "ThrottlingError", "#ThrottlingException"),
    ] {
        cloud.faults().add(Fault::new(effect).times(2));
        let (status, answer) = cloud.dynamodb("TransactWriteItems", &batch).await;
        assert_eq!(status, 400);
        let kind = answer["__type"].as_str().unwrap();
        assert!(kind.ends_with("#TransactionCanceledException"), "{kind}");
        let reasons = answer["CancellationReasons"].as_array().unwrap();
        let codes: Vec<_> = reasons.iter().map(|r| r["Code"].clone()).collect();
        assert_eq!(codes, [reason, "None"]);
        let (_, answer) = cloud.dynamodb("PutItem", &put(&cloud, "a")).await;
        let kind = answer["__type"].as_str().unwrap();
        assert!(kind.ends_with(alone), "{kind}");
    }
    assert!(stored(&cloud).is_empty());
}

#[tokio::test]
async fn a_stale_index_does_not_know_the_item_yet() {
    let cloud = Cloud::start().await;
    cloud.put(json!({ "pk": { "S": "a" }, "sk": { "S": "#" }, "dp": { "S": "D#0" }, "dn": { "N": "1" } })).await;
    let query = json!({
        "TableName": cloud.table_name("CasesTable"),
        "IndexName": "due",
        "KeyConditionExpression": "dp = :d",
        "ExpressionAttributeValues": { ":d": { "S": "D#0" } },
    });
    cloud
        .faults()
        .add(Fault::new(Effect::Stale).operation("Query"));
    assert_eq!(cloud.dynamodb("Query", &query).await.1["Count"], 0);
    assert_eq!(cloud.dynamodb("Query", &query).await.1["Count"], 1);
}

#[tokio::test]
async fn rules_are_narrowed_to_tables_operations_and_callers_and_skip_requests() {
    let cloud = Cloud::start().await;
    cloud
        .faults()
        .add(Fault::new(Effect::Refuse).table("another-table"));
    cloud
        .faults()
        .add(Fault::new(Effect::Refuse).operation("GetItem"));
    cloud.faults().add(Fault::new(Effect::Refuse).caller("web"));
    assert_eq!(cloud.dynamodb("PutItem", &put(&cloud, "a")).await.0, 200);
    cloud.faults().clear();
    cloud.faults().add(Fault::new(Effect::Refuse).skip(1));
    assert_eq!(cloud.dynamodb("PutItem", &put(&cloud, "b")).await.0, 200);
    assert_eq!(cloud.dynamodb("PutItem", &put(&cloud, "c")).await.0, 500);
}

#[tokio::test]
async fn storage_fails_when_told_so_over_http() {
    let cloud = Cloud::start().await;
    let faults =
        json!({ "requests": [{ "service": "s3", "operation": "PUT", "effect": "refuse" }] });
    assert_eq!(
        cloud
            .post("/dev/faults")
            .json(&faults)
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(cloud.upload("shinan/1", "x").await.status(), 503);
    assert_eq!(cloud.upload("shinan/1", "x").await.status(), 200);
    cloud
        .faults()
        .add(Fault::new(Effect::Refuse).on(Service::S3));
    let url = format!("{}/dev/faults", cloud.api_url());
    assert_eq!(cloud.http.delete(url).send().await.unwrap().status(), 204);
    assert_eq!(cloud.upload("shinan/1", "x").await.status(), 200);
}
