//! Lambda's rules for DynamoDB streams.

use serde_json::json;

use crate::support::{Cloud, keys};

/// Puts the items while the function is kept from looking, so that they arrive in one batch.
async fn deliver(cloud: &Cloud, modes: &[&str]) {
    let items: Vec<_> = modes
        .iter()
        .zip(1..)
        .map(|(mode, number)| {
            json!({ "Put": {
                "TableName": cloud.table_name("CasesTable"),
                "Item": { "pk": { "S": "case" }, "sk": { "S": format!("EVENT#{number:08}") }, "mode": { "S": mode } },
            } })
        })
        .collect();
    let (status, answer) = cloud
        .dynamodb("TransactWriteItems", &json!({ "TransactItems": items }))
        .await;
    assert_eq!(status, 200, "{answer}");
    assert!(cloud.settle().await);
}

#[tokio::test]
async fn records_arrive_in_order_and_in_batches_of_the_mapping_s_size() {
    let cloud = Cloud::start().await;
    deliver(&cloud, &["ok"; 10]).await;
    assert_eq!(cloud.batches(), [keys(1..5), keys(5..9), keys(9..11)]);
    let record = &cloud.events("streamer")[0]["Records"][0];
    assert_eq!(record["eventName"], "INSERT");
    assert_eq!(record["awsRegion"], "cn-north-1");
    assert_eq!(record["dynamodb"]["NewImage"]["mode"]["S"], "ok");
    assert!(
        record["eventSourceARN"]
            .as_str()
            .unwrap()
            .contains("CasesTable/stream/")
    );
}

#[tokio::test]
async fn the_batch_comes_again_from_the_lowest_failed_record() {
    let cloud = Cloud::start().await;
    // The function names record 4 before record 2: the lower one counts, and 3 comes again though it succeeded.
    deliver(&cloud, &["ok", "fail_once", "ok", "fail_once"]).await;
    assert_eq!(cloud.batches(), [keys(1..5), keys(2..5)]);
    assert!(cloud.queue("StreamDeadLetters").is_empty());
}

#[tokio::test]
async fn a_misspelled_answer_counts_as_success_and_loses_the_record() {
    let cloud = Cloud::start().await;
    deliver(&cloud, &["ok", "misspelled", "ok"]).await;
    assert_eq!(cloud.batches(), [keys(1..4)]);
    assert!(cloud.queue("StreamDeadLetters").is_empty());
}

#[tokio::test]
async fn without_report_batch_item_failures_the_answer_is_not_read() {
    let cloud = Cloud::replaced(&[(
        "      FunctionResponseTypes: [ReportBatchItemFailures]\n",
        "",
    )])
    .await;
    deliver(&cloud, &["fail", "ok"]).await;
    assert_eq!(cloud.batches(), [keys(1..3)]);
}

#[tokio::test]
async fn a_failed_invocation_is_halved_until_the_poison_stands_alone() {
    let cloud = Cloud::start().await;
    deliver(&cloud, &["ok", "ok", "error", "ok"]).await;
    let expected = [
        keys(1..5),
        keys(1..3),
        keys(3..5),
        keys([3]),
        keys([3]),
        keys([3]),
        keys([4]),
    ];
    assert_eq!(cloud.batches(), expected);
    let dead = cloud.queue("StreamDeadLetters");
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0]["DDBStreamBatchInfo"]["batchSize"], 1);
}

#[tokio::test]
async fn without_bisect_the_whole_batch_comes_again() {
    let cloud = Cloud::replaced(&[(
        "BisectBatchOnFunctionError: true",
        "BisectBatchOnFunctionError: false",
    )])
    .await;
    deliver(&cloud, &["ok", "error_once", "ok"]).await;
    assert_eq!(cloud.batches(), [keys(1..4), keys(1..4)]);
}

#[tokio::test]
async fn used_up_retries_go_to_the_destination_as_pointers_without_the_record() {
    let cloud = Cloud::start().await;
    deliver(&cloud, &["fail", "ok"]).await;
    // Two retries after the first try of record 1, each halved away from record 2.
    let first: Vec<_> = cloud
        .batches()
        .into_iter()
        .filter(|batch| batch.contains(&keys([1])[0]))
        .collect();
    assert_eq!(first.last().unwrap(), &keys([1]));
    let dead = cloud.queue("StreamDeadLetters");
    assert_eq!(dead.len(), 1);
    assert_eq!(
        dead[0]["requestContext"]["condition"],
        "RetryAttemptsExhausted"
    );
    let info = &dead[0]["DDBStreamBatchInfo"];
    assert_eq!(info["startSequenceNumber"], info["endSequenceNumber"]);
    assert!(
        !dead[0].to_string().contains("EVENT#"),
        "the record itself must not be in the message"
    );
    assert_eq!(
        cloud.batches().last().unwrap(),
        &keys([2]),
        "the neighbor is not blocked"
    );
}

#[tokio::test]
async fn a_record_older_than_the_maximum_age_is_given_up() {
    let cloud = Cloud::replaced(&[(
        "MaximumRetryAttempts: 2\n      MaximumRecordAge",
        "MaximumRetryAttempts: -1\n      MaximumRecordAge",
    )])
    .await;
    cloud.put_event("case", 1, "error").await;
    crate::support::eventually("a retry", || cloud.batches().len() >= 2).await;
    assert!(cloud.queue("StreamDeadLetters").is_empty());
    let later = cloud.now() + jiff::SignedDuration::from_hours(2);
    let moved = async { cloud.outage_until(later).await.unwrap() };
    moved.await;
    assert!(cloud.settle().await);
    assert_eq!(
        cloud.queue("StreamDeadLetters")[0]["requestContext"]["condition"],
        "RecordAgeExceeded"
    );
}

#[tokio::test]
async fn filtered_records_never_reach_the_function() {
    let cloud = Cloud::start().await;
    cloud
        .put(json!({ "pk": { "S": "case" }, "sk": { "S": "PHOTO#0" } }))
        .await;
    cloud.put_event("case", 1, "ok").await;
    cloud
        .put(json!({ "pk": { "S": "case" }, "sk": { "S": "#" } }))
        .await;
    assert!(cloud.settle().await);
    assert_eq!(cloud.batches(), [keys([1])]);
}

#[tokio::test]
async fn a_crashing_function_fails_its_batch_and_the_next_process_goes_on() {
    let cloud = Cloud::start().await;
    deliver(&cloud, &["crash", "ok"]).await;
    assert_eq!(cloud.batches().last().unwrap(), &keys([2]));
    assert_eq!(cloud.queue("StreamDeadLetters").len(), 1);
}

#[tokio::test]
async fn a_duplicated_batch_comes_twice() {
    let cloud = Cloud::start().await;
    cloud
        .faults()
        .add_event(zhitiao_local::EventFault::DuplicateStreamBatch);
    deliver(&cloud, &["ok", "ok"]).await;
    assert_eq!(cloud.batches(), [keys(1..3), keys(1..3)]);
}
