//! Uploads, their signatures, their events and the browser's rules.

use jiff::SignedDuration;
use reqwest::Method;
use zhitiao_local::EventFault;

use crate::support::{Cloud, presign, presign_for};

#[tokio::test]
async fn an_upload_by_presigned_url_can_be_read_back_and_is_announced_once() {
    let cloud = Cloud::start().await;
    assert_eq!(
        cloud.upload("shinan/K7M39QXD/1", "photo").await.status(),
        200
    );
    let read = cloud
        .http
        .get(cloud.presign("GET", "UploadsBucket", "shinan/K7M39QXD/1"))
        .send()
        .await
        .unwrap();
    assert_eq!(read.text().await.unwrap(), "photo");
    assert!(cloud.settle().await);
    let events = cloud.events("listener");
    assert_eq!(events.len(), 1);
    let record = &events[0]["Records"][0];
    assert_eq!(record["eventName"], "ObjectCreated:Put");
    assert_eq!(
        record["s3"]["bucket"]["name"],
        cloud.bucket_name("UploadsBucket")
    );
    assert_eq!(record["s3"]["object"]["key"], "shinan/K7M39QXD/1");
    assert_eq!(record["s3"]["object"]["size"], 5);
    assert_eq!(record["s3"]["object"]["eTag"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn a_wrong_signature_stores_nothing_and_announces_nothing() {
    let cloud = Cloud::start().await;
    let url = presign(&cloud, "PUT", "UploadsBucket", "shinan/x", "another-secret");
    let refused = cloud.http.put(url).body("x").send().await.unwrap();
    assert_eq!(refused.status(), 403);
    assert!(cloud.settle().await);
    assert!(cloud.events("listener").is_empty());
    let read = cloud
        .http
        .get(cloud.presign("GET", "UploadsBucket", "shinan/x"))
        .send()
        .await
        .unwrap();
    assert_eq!(read.status(), 404);
}

#[tokio::test]
async fn what_the_signer_did_not_sign_is_refused_and_stores_nothing() {
    let cloud = Cloud::start().await;
    let url = cloud.presign("PUT", "UploadsBucket", "shinan/x");
    let put = || cloud.http.put(&url).body("x");
    for (request, status, code) in [
        (
            put().header("x-amz-acl", "public-read"),
            403,
            "AccessDenied",
        ),
        (put().header("X-Amz-Tagging", "a=b"), 403, "AccessDenied"),
        (
            put().header("x-amz-storage-class", "GLACIER"),
            403,
            "AccessDenied",
        ),
        (
            put().header("authorization", "AWS4-HMAC-SHA256 x"),
            400,
            "InvalidArgument",
        ),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{code}");
        assert!(answer.text().await.unwrap().contains(code), "{code}");
    }
    for (region, life) in [
        ("eu-west-1", 60),
        ("cn-north-1", 604_801),
        ("cn-north-1", 0),
    ] {
        let secret = cloud.credentials().1;
        let url = presign_for(
            &cloud,
            "PUT",
            "UploadsBucket",
            "shinan/x",
            secret,
            region,
            life,
        );
        let answer = cloud.http.put(url).body("x").send().await.unwrap();
        assert_eq!(answer.status(), 400, "{region} {life}");
        let text = answer.text().await.unwrap();
        assert!(text.contains("AuthorizationQueryParametersError"), "{text}");
    }
    assert!(cloud.objects("UploadsBucket").is_empty());
    assert_eq!(put().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn events_follow_the_filter_and_can_get_lost_or_come_twice() {
    let cloud = Cloud::start().await;
    cloud.upload("other/1", "x").await;
    cloud.faults().add_event(EventFault::DropS3Event);
    cloud.upload("shinan/lost", "x").await;
    assert!(cloud.settle().await);
    assert!(cloud.events("listener").is_empty());
    cloud.faults().add_event(EventFault::DuplicateS3Event);
    cloud.upload("shinan/twice", "x").await;
    assert!(cloud.settle().await);
    assert_eq!(cloud.events("listener").len(), 2);
}

#[tokio::test]
async fn the_bucket_s_cors_rules_are_kept() {
    let cloud = Cloud::start().await;
    let url = cloud.presign("PUT", "UploadsBucket", "shinan/1");
    let ask = |origin: &'static str, header: &'static str| {
        let request = cloud
            .http
            .request(Method::OPTIONS, &url)
            .header("origin", origin);
        request
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", header)
            .send()
    };
    let allowed = ask("https://example.cn", "Content-Type").await.unwrap();
    assert_eq!(allowed.status(), 200);
    assert_eq!(
        allowed.headers()["access-control-allow-origin"],
        "https://example.cn"
    );
    assert_eq!(
        ask("https://evil.cn", "content-type")
            .await
            .unwrap()
            .status(),
        403
    );
    assert_eq!(
        ask("https://example.cn", "x-other").await.unwrap().status(),
        403
    );
}

#[tokio::test]
async fn objects_expire_by_the_bucket_s_rule_and_the_moved_clock() {
    let cloud = Cloud::start().await;
    cloud.upload("shinan/old", "x").await;
    let read = || {
        cloud
            .http
            .get(cloud.presign("GET", "UploadsBucket", "shinan/old"))
            .send()
    };
    cloud
        .outage_until(cloud.now() + SignedDuration::from_hours(47))
        .await
        .unwrap();
    assert_eq!(read().await.unwrap().status(), 200);
    cloud
        .outage_until(cloud.now() + SignedDuration::from_hours(2))
        .await
        .unwrap();
    assert_eq!(read().await.unwrap().status(), 404);
}
