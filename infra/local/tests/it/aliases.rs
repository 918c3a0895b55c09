//! Functions that publish versions are invoked by their alias, and only by what names it.

use serde_json::Value;

use crate::support::{Cloud, TEMPLATE, refusal};

const FUNCTIONS: [&str; 5] = ["Web", "Stream", "Listener", "Ticker", "Work"];

/// The test template with an alias for each function, by which everything names it.
fn published() -> String {
    let mut text = TEMPLATE.replace(
        "    Handler: bootstrap\n",
        "    Handler: bootstrap\n    AutoPublishAlias: live\n",
    );
    for name in FUNCTIONS {
        let alias = format!("!Ref {name}Function.Alias");
        text = text.replace(&format!("!GetAtt {name}Function.Arn"), &alias);
        let plain = format!("FunctionName: !Ref {name}Function\n");
        text = text.replace(&plain, &format!("FunctionName: {alias}\n"));
    }
    let start = text.find("IntegrationUri: ").unwrap();
    let end = start + text[start..].find('\n').unwrap();
    text.replace_range(start..end, "IntegrationUri: !Ref WebFunction.Alias");
    text
}

/// The ARNs that the invocations of a function came by.
fn invoked_by(cloud: &Cloud, function: &str) -> Vec<String> {
    let lines = cloud.logs(function);
    let lines = lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter_map(|line| line["by"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn the_api_a_stream_a_queue_an_upload_and_a_schedule_follow_the_alias() {
    let cloud = Cloud::with(&published(), |options| options).await;
    let answer = cloud.get("/v1/probe/page").send().await.unwrap();
    assert_eq!(answer.status(), 201);
    cloud.put_event("case", 1, "pass").await;
    cloud.work(&["pass"]).await;
    cloud.upload("shinan/photo", "bytes").await;
    cloud.pass("1m").await;
    assert!(cloud.settle().await);
    for function in ["web", "streamer", "worker", "listener", "ticker"] {
        let seen = invoked_by(&cloud, function);
        assert!(!seen.is_empty(), "nothing invoked {function}");
        assert!(
            seen.iter().all(|arn| arn.ends_with("Function:live")),
            "{function}: {seen:?}"
        );
    }
}

#[tokio::test]
async fn a_permission_for_the_function_does_not_cover_its_alias() {
    let published = published();
    for (name, resource) in [("Listener", "UploadsBucket"), ("Web", "Route")] {
        let alias = format!("FunctionName: !Ref {name}Function.Alias\n");
        assert!(published.contains(&alias));
        let plain = format!("FunctionName: !Ref {name}Function\n");
        let message = refusal(&published.replace(&alias, &plain))
            .await
            .to_string();
        assert!(message.contains(resource), "{message}");
        assert!(
            message.contains("lambda:") || message.contains("Permission"),
            "{message}"
        );
    }
    let role = "Action: lambda:InvokeFunction, Resource: !Ref TickerFunction.Alias";
    let bare = "Action: lambda:InvokeFunction, Resource: !GetAtt TickerFunction.Arn";
    assert!(published.contains(role));
    let message = refusal(&published.replace(role, bare)).await.to_string();
    assert!(message.contains("does not allow"), "{message}");
}

#[tokio::test]
async fn what_no_function_is_invoked_by_is_refused() {
    let unpublished = TEMPLATE.replace(
        "FunctionName: !GetAtt StreamFunction.Arn",
        "FunctionName: !Ref StreamFunction.Alias",
    );
    let message = refusal(&unpublished).await.to_string();
    assert!(
        message.contains("StreamFunction publishes no alias"),
        "{message}"
    );
    let config = "Resources:\n  LateConfig:\n    Type: AWS::Lambda::EventInvokeConfig\n    Properties:\n      \
                  FunctionName: !Ref TickerFunction\n      Qualifier: $LATEST\n      MaximumRetryAttempts: 0\n";
    let late = published().replacen("Resources:\n", config, 1);
    let message = refusal(&late).await.to_string();
    assert!(message.contains("nothing is invoked as"), "{message}");
}
