//! SQS's rules for queues, and Lambda's for what consumes them.

use jiff::SignedDuration;
use serde_json::{Value, json};
use zhitiao_local::{Effect, EventFault, Fault, LocalCloud, Service};

use crate::support::{Cloud, Project, TEMPLATE, refusal, replaced};

/// Receives one message of the queue that nothing consumes; `None` when there is no visible one.
async fn receive(cloud: &Cloud) -> Option<Value> {
    let request = json!({ "AttributeNames": ["All"] });
    let (status, answer) = cloud.sqs("ReceiveMessage", "Parcels", request).await;
    assert_eq!(status, 200, "{answer}");
    answer["Messages"].get(0).cloned()
}

async fn send(cloud: &Cloud, queue: &str, body: &str, delay: i64) -> (u16, Value) {
    let request = json!({ "MessageBody": body, "DelaySeconds": delay });
    cloud.sqs("SendMessage", queue, request).await
}

async fn later(cloud: &Cloud, seconds: i64) {
    let moment = cloud.now() + SignedDuration::from_secs(seconds);
    cloud.outage_until(moment).await.unwrap();
}

#[tokio::test]
async fn messages_reach_the_function_in_batches_and_are_gone_when_it_succeeds() {
    let cloud = Cloud::start().await;
    cloud.work(&["ok"; 6]).await;
    let mut numbers: Vec<_> = cloud.work_batches().concat();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    assert!(cloud.work_batches().iter().all(|batch| batch.len() <= 4));
    let record = &cloud.events("worker")[0]["Records"][0];
    assert_eq!(record["eventSource"], "aws:sqs");
    assert!(
        record["eventSourceARN"]
            .as_str()
            .unwrap()
            .ends_with(":zhitiao-local-Work")
    );
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["md5OfBody"].as_str().unwrap().len(), 32);
    assert!(cloud.queue("Work").is_empty());
}

#[tokio::test]
async fn a_reported_message_comes_again_alone_after_the_visibility_timeout() {
    let cloud = Cloud::start().await;
    cloud.work(&["ok", "fail_once", "ok"]).await;
    assert_eq!(cloud.work_batches(), [vec![1, 2, 3]]);
    assert_eq!(cloud.queue("Work").len(), 1);
    cloud.pass("20s").await;
    assert_eq!(cloud.work_batches().len(), 1, "it is hidden for 30 seconds");
    cloud.pass("20s").await;
    assert_eq!(cloud.work_batches(), [vec![1, 2, 3], vec![2]]);
    assert!(cloud.queue("Work").is_empty());
    let again = &cloud.events("worker")[1]["Records"][0]["attributes"];
    assert_eq!(again["ApproximateReceiveCount"], "2");
}

#[tokio::test]
async fn every_message_of_a_failed_batch_comes_again_and_the_poison_goes_to_the_dead_letters() {
    let cloud = Cloud::start().await;
    cloud.work(&["ok", "error"]).await;
    assert!(cloud.queue("WorkDeadLetters").is_empty());
    cloud.pass("5m").await;
    assert_eq!(
        cloud.work_batches(),
        [vec![1, 2], vec![1, 2]],
        "maxReceiveCount is 2"
    );
    assert!(cloud.queue("Work").is_empty());
    assert_eq!(cloud.queue("WorkDeadLetters").len(), 2);
    let request = json!({ "MessageSystemAttributeNames": ["DeadLetterQueueSourceArn"] });
    let (_, answer) = cloud
        .sqs("ReceiveMessage", "WorkDeadLetters", request)
        .await;
    let source = &answer["Messages"][0]["Attributes"]["DeadLetterQueueSourceArn"];
    assert!(source.as_str().unwrap().ends_with("-Work"));
}

#[tokio::test]
async fn a_batch_that_takes_too_long_comes_again() {
    let cloud = Cloud::start().await;
    cloud.work(&["slow"]).await;
    assert_eq!(cloud.queue("Work").len(), 1);
    cloud.pass("31s").await;
    assert_eq!(cloud.work_batches().len(), 2);
}

#[tokio::test]
async fn empty_answers_are_successes_and_an_unknown_id_fails_the_whole_batch() {
    let cloud = Cloud::start().await;
    for mode in ["null", "empty"] {
        cloud.work(&[mode, "ok"]).await;
        assert!(cloud.queue("Work").is_empty(), "{mode}");
    }
    cloud.work(&["ok", "unknown"]).await;
    assert_eq!(cloud.queue("Work").len(), 2);
}

#[tokio::test]
async fn without_report_batch_item_failures_the_answer_is_not_read() {
    let reported = "      BatchSize: 4\n      FunctionResponseTypes: [ReportBatchItemFailures]\n\n";
    let cloud = Cloud::replaced(&[(reported, "      BatchSize: 4\n\n")]).await;
    cloud.work(&["fail", "ok"]).await;
    assert!(cloud.queue("Work").is_empty());
}

#[tokio::test]
async fn a_batch_waits_for_its_window_or_until_it_is_full() {
    let wide = "BatchSize: 4\n      MaximumBatchingWindowInSeconds: 60\n      FunctionResponseTypes: [ReportBatchItemFailures]\n\n";
    let narrow = "BatchSize: 4\n      FunctionResponseTypes: [ReportBatchItemFailures]\n\n";
    let cloud = Cloud::replaced(&[(narrow, wide)]).await;
    cloud.work(&["ok"]).await;
    cloud.work(&["ok"]).await;
    assert!(cloud.work_batches().is_empty());
    cloud.pass("61s").await;
    assert_eq!(cloud.work_batches(), [vec![1, 1]]);
    cloud.work(&["ok"; 4]).await;
    assert_eq!(cloud.work_batches().len(), 2, "a full batch does not wait");
}

#[tokio::test]
async fn a_duplicated_batch_comes_twice() {
    let cloud = Cloud::start().await;
    cloud.faults().add_event(EventFault::DuplicateQueueBatch);
    cloud.work(&["ok", "ok"]).await;
    assert_eq!(cloud.work_batches(), [vec![1, 2], vec![1, 2]]);
    assert!(cloud.queue("Work").is_empty());
}

#[tokio::test]
async fn no_more_batches_run_at_once_than_the_mapping_allows() {
    let scaled = "BatchSize: 1\n      ScalingConfig: { MaximumConcurrency: 2 }\n      FunctionResponseTypes: [ReportBatchItemFailures]\n\n";
    let open = "BatchSize: 4\n      FunctionResponseTypes: [ReportBatchItemFailures]\n\n";
    let cloud = Cloud::replaced(&[(open, scaled)]).await;
    cloud.work(&["short"; 6]).await;
    assert_eq!(cloud.work_batches().len(), 6);
    assert_eq!(
        cloud.kill_function("worker").await,
        2,
        "two processes were enough"
    );
}

#[tokio::test]
async fn a_delayed_message_stays_hidden_until_its_time() {
    let cloud = Cloud::start().await;
    send(&cloud, "Work", r#"{"mode":"ok","number":1}"#, 900).await;
    assert!(cloud.settle().await);
    cloud.pass("14m").await;
    assert!(cloud.work_batches().is_empty());
    cloud.pass("61s").await;
    assert_eq!(cloud.work_batches(), [vec![1]]);
    let (status, answer) = send(&cloud, "Work", "{}", 901).await;
    assert_eq!(status, 400, "{answer}");
}

#[tokio::test]
async fn an_operator_receives_changes_the_visibility_and_deletes() {
    let cloud = Cloud::start().await;
    let (_, sent) = send(&cloud, "Parcels", "hello", 0).await;
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    let first = receive(&cloud).await.unwrap();
    assert_eq!(
        (&first["MessageId"], &first["Body"]),
        (&sent["MessageId"], &json!("hello"))
    );
    assert_eq!(receive(&cloud).await, None, "it is hidden for a minute");

    let change = |seconds: i64| json!({ "ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": seconds });
    let (status, _) = cloud
        .sqs("ChangeMessageVisibility", "Parcels", change(600))
        .await;
    assert_eq!(status, 200);
    later(&cloud, 300).await;
    assert_eq!(receive(&cloud).await, None);
    cloud
        .sqs("ChangeMessageVisibility", "Parcels", change(0))
        .await;
    let second = receive(&cloud).await.unwrap();
    assert_eq!(second["Attributes"]["ApproximateReceiveCount"], "2");

    let stale = json!({ "ReceiptHandle": first["ReceiptHandle"] });
    let (status, _) = cloud.sqs("DeleteMessage", "Parcels", stale).await;
    assert_eq!(
        (status, cloud.queue("Parcels").len()),
        (200, 1),
        "an old receipt deletes nothing"
    );
    let fresh = json!({ "ReceiptHandle": second["ReceiptHandle"] });
    cloud.sqs("DeleteMessage", "Parcels", fresh).await;
    assert!(cloud.queue("Parcels").is_empty());
    let asked = json!({ "AttributeNames": ["ApproximateNumberOfMessages"] });
    let (_, answer) = cloud.sqs("GetQueueAttributes", "Parcels", asked).await;
    assert_eq!(
        answer,
        json!({ "Attributes": { "ApproximateNumberOfMessages": "0" } })
    );
}

#[tokio::test]
async fn a_message_leaves_with_its_queue_s_retention() {
    let cloud = Cloud::start().await;
    send(&cloud, "Parcels", "old", 0).await;
    later(&cloud, 345_500).await;
    assert_eq!(cloud.queue("Parcels"), ["old"]);
    later(&cloud, 200).await;
    assert!(cloud.queue("Parcels").is_empty());
}

async fn refused(cloud: &Cloud, operation: &str, request: Value, kind: &str) {
    let (status, answer) = cloud.sqs(operation, "Parcels", request).await;
    assert_eq!(status, 400, "{operation} {answer}");
    let named = format!("com.amazonaws.sqs#{kind}");
    assert_eq!(answer["__type"], named, "{operation} {answer}");
}

#[tokio::test]
async fn messages_that_sqs_does_not_take_are_refused_by_name() {
    let cloud = Cloud::start().await;
    let long = "x".repeat(2049);
    for (body, kind) in [
        (long.as_str(), "InvalidParameterValue"),
        ("\u{1}", "InvalidMessageContents"),
        ("", "MissingParameter"),
    ] {
        refused(&cloud, "SendMessage", json!({ "MessageBody": body }), kind).await;
    }
    let unknown = json!({ "MessageBody": "x", "MessageAttributes": {} });
    for (operation, request, kind) in [
        ("SendMessage", unknown, "InvalidParameterValue"),
        (
            "ReceiveMessage",
            json!({ "MaxNumberOfMessages": 11 }),
            "InvalidParameterValue",
        ),
        (
            "DeleteMessage",
            json!({ "ReceiptHandle": "nonsense" }),
            "ReceiptHandleIsInvalid",
        ),
        ("PurgeQueue", json!({}), "InvalidAction"),
    ] {
        refused(&cloud, operation, request, kind).await;
    }
    assert!(cloud.queue("Parcels").is_empty());
}

#[tokio::test]
async fn a_batch_is_taken_entry_by_entry_unless_it_is_none() {
    let cloud = Cloud::start().await;
    let entries = |bodies: &[(&str, &str)]| {
        let entry = |(id, body): &(&str, &str)| json!({ "Id": id, "MessageBody": body });
        json!({ "Entries": bodies.iter().map(entry).collect::<Vec<_>>() })
    };
    let ids = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
    let big = "x".repeat(110_000);
    for (request, kind) in [
        (entries(&[]), "EmptyBatchRequest"),
        (
            entries(&ids.map(|id| (id, "x"))),
            "TooManyEntriesInBatchRequest",
        ),
        (
            entries(&ids.map(|id| (id, big.as_str()))[..10]),
            "BatchRequestTooLong",
        ),
        (
            entries(&[("a", "x"), ("a", "y")]),
            "BatchEntryIdsNotDistinct",
        ),
        (entries(&[("a b", "x")]), "InvalidBatchEntryId"),
    ] {
        refused(&cloud, "SendMessageBatch", request, kind).await;
    }
    let mixed = entries(&[("good", "x"), ("bad", "")]);
    let (status, answer) = cloud.sqs("SendMessageBatch", "Parcels", mixed).await;
    assert_eq!(
        (status, &answer["Successful"][0]["Id"]),
        (200, &json!("good"))
    );
    assert_eq!(answer["Failed"][0]["Id"], "bad");
    assert_eq!(cloud.queue("Parcels"), ["x"]);
}

#[tokio::test]
async fn a_function_uses_only_the_queues_that_its_role_allows() {
    let cloud = Cloud::start().await;
    let body = || json!({ "MessageBody": "x" });
    let (status, _) = cloud
        .sqs_as("LOCAL.worker", "SendMessage", "Parcels", body())
        .await;
    assert_eq!(status, 200);
    for (operation, queue, request) in [
        ("SendMessage", "WorkDeadLetters", body()),
        ("ReceiveMessage", "Parcels", json!({})),
    ] {
        let (status, answer) = cloud
            .sqs_as("LOCAL.worker", operation, queue, request)
            .await;
        assert_eq!(status, 403, "{operation} {answer}");
    }
    let unused = cloud.iam().unused();
    assert!(
        !unused.iter().any(|grant| grant.function == "worker"),
        "{unused:?}"
    );
}

#[tokio::test]
async fn a_refused_send_stored_nothing_and_one_whose_answer_was_lost_stored_it() {
    let cloud = Cloud::start().await;
    let fault = |effect| Fault::new(effect).on(Service::Sqs).operation("SendMessage");
    cloud.faults().add(fault(Effect::Refuse));
    cloud.faults().add(fault(Effect::FailAfter));
    for body in ["refused", "stored"] {
        assert_eq!(send(&cloud, "Parcels", body, 0).await.0, 503);
    }
    assert_eq!(cloud.queue("Parcels"), ["stored"]);
}

#[tokio::test]
async fn messages_keep_their_time_and_their_count_over_a_restart() {
    let project = Project::new(TEMPLATE);
    let options = || project.options().durable(project.state());
    let first = LocalCloud::start(options()).await.unwrap();
    let request = |operation: &str, cloud: &LocalCloud, mut body: Value| {
        body["QueueUrl"] = cloud.queue_url("Parcels").into();
        crate::support::client()
            .post(cloud.sqs_url())
            .header("x-amz-target", format!("AmazonSQS.{operation}"))
            .body(body.to_string())
            .send()
    };
    let send = request("SendMessage", &first, json!({ "MessageBody": "kept" }));
    assert_eq!(send.await.unwrap().status(), 200);
    let received = request("ReceiveMessage", &first, json!({})).await.unwrap();
    let received = received.json::<Value>().await.unwrap();
    assert_eq!(received["Messages"][0]["Body"], "kept");
    first.stop().await;

    let second = LocalCloud::start(options()).await.unwrap();
    assert_eq!(second.queue("Parcels"), ["kept"]);
    let hidden = request("ReceiveMessage", &second, json!({})).await.unwrap();
    assert_eq!(hidden.json::<Value>().await.unwrap(), json!({}));
    let moment = second.now() + SignedDuration::from_secs(61);
    second.outage_until(moment).await.unwrap();
    let all = json!({ "AttributeNames": ["All"] });
    let again = request("ReceiveMessage", &second, all).await.unwrap();
    let again = again.json::<Value>().await.unwrap();
    assert_eq!(
        again["Messages"][0]["Attributes"]["ApproximateReceiveCount"],
        "2"
    );
    second.stop().await;
}

async fn not_made(old: &str, new: &str, logical: &str, cause: &str) {
    let message = refusal(&replaced(&[(old, new)])).await.to_string();
    assert!(
        message.contains(logical) && message.contains(cause),
        "{message}"
    );
}

#[tokio::test]
async fn queues_that_aws_would_not_make_are_refused() {
    let visible = "VisibilityTimeout: 60";
    for (new, cause) in [
        ("VisibilityTimeout: 43201", "VisibilityTimeout"),
        ("DelaySeconds: 901", "DelaySeconds"),
        ("FifoQueue: true", "FifoQueue"),
    ] {
        not_made(visible, new, "Parcels", cause).await;
    }
    not_made(
        "maxReceiveCount: 2",
        "maxReceiveCount: 0",
        "Work",
        "maxReceiveCount",
    )
    .await;
    let denied = "RedriveAllowPolicy: { redrivePermission: denyAll }";
    not_made(
        "MessageRetentionPeriod: 1209600",
        denied,
        "Work",
        "WorkDeadLetters",
    )
    .await;
}

#[tokio::test]
async fn mappings_of_queues_that_aws_would_not_make_are_refused() {
    let rest = "      BatchSize: 4\n      FunctionResponseTypes: [ReportBatchItemFailures]\n\n";
    for (line, cause) in [
        ("BatchSize: 11", "MaximumBatchingWindowInSeconds"),
        ("StartingPosition: LATEST", "StartingPosition"),
        ("FilterCriteria: { Filters: [] }", "FilterCriteria"),
        (
            "ScalingConfig: { MaximumConcurrency: 1 }",
            "MaximumConcurrency",
        ),
    ] {
        not_made(rest, &format!("      {line}\n\n"), "WorkMapping", cause).await;
    }
    not_made(
        "VisibilityTimeout: 30",
        "VisibilityTimeout: 1",
        "WorkMapping",
        "VisibilityTimeout",
    )
    .await;
    not_made(
        "sqs:DeleteMessage, ",
        "",
        "WorkMapping",
        "sqs:DeleteMessage",
    )
    .await;
}
