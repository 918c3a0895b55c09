//! What is signed for uploads and views, without a network; the journeys of the local cloud move real objects.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use zhitiao_domain::case::report::PhotoType;
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};
use zhitiao_photos::{PhotoKey, PhotoStore, PhotoStoreError, Size};

fn config(endpoint: Option<&str>) -> SdkConfig {
    let keys = Credentials::new("AKIDEXAMPLE", "a-secret-key", None, None, "test");
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("cn-north-1"))
        .credentials_provider(SharedCredentialsProvider::new(keys));
    config.set_endpoint_url(endpoint.map(str::to_owned));
    config.build()
}

fn store(endpoint: Option<&str>) -> PhotoStore {
    let bucket = |name: &str| Some(name.to_owned());
    PhotoStore::new(&config(endpoint), bucket("waiting"), bucket("pictures"))
}

fn key() -> PhotoKey {
    PhotoKey {
        district: DistrictId::parse("shinan").unwrap(),
        case_id: CaseId::parse("K7M39QXD").unwrap(),
        n: 2,
    }
}

#[tokio::test]
async fn a_grant_signs_type_and_length() {
    let grant = store(None)
        .grant(&key(), PhotoType::Jpeg, 123_456)
        .await
        .unwrap();
    assert_eq!(grant.method, "PUT");
    assert_eq!(grant.expires_in_seconds, 900);
    assert_eq!(grant.headers["content-type"], "image/jpeg");
    assert_eq!(grant.headers["content-length"], "123456");
    assert_eq!(grant.headers.len(), 2, "{:?}", grant.headers);
    let url = &grant.url;
    assert!(
        url.starts_with("https://waiting.s3.cn-north-1.amazonaws.com.cn/shinan/K7M39QXD/2?"),
        "{url}"
    );
    assert!(
        url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost"),
        "{url}"
    );
    assert!(url.contains("X-Amz-Expires=900"), "{url}");
}

#[tokio::test]
async fn a_stand_in_is_addressed_by_path() {
    let grant = store(Some("http://127.0.0.1:9000"))
        .grant(&key(), PhotoType::WebP, 1)
        .await
        .unwrap();
    assert!(
        grant
            .url
            .starts_with("http://127.0.0.1:9000/waiting/shinan/K7M39QXD/2?"),
        "{}",
        grant.url
    );
}

#[tokio::test]
async fn a_view_lasts_five_minutes_and_shows_one_derived_picture() {
    let store = store(None);
    for (size, name) in [(Size::Large, "1600.jpg"), (Size::Small, "320.jpg")] {
        let url = store.view_url(&key(), size).await.unwrap();
        let path =
            format!("https://pictures.s3.cn-north-1.amazonaws.com.cn/shinan/K7M39QXD/2/{name}?");
        assert!(url.starts_with(&path), "{url}");
        assert!(url.contains("X-Amz-Expires=300"), "{url}");
    }
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let store = store(None);
    let grant = store.grant(&key(), PhotoType::Png, 9).await.unwrap();
    let printed = format!("{store:?} {grant:?}");
    assert!(printed.contains("waiting"), "{printed}");
    for secret in ["a-secret-key", "AKIDEXAMPLE", "X-Amz-Signature", "https://"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[tokio::test]
async fn a_bucket_that_was_not_named_is_not_guessed() {
    let store = PhotoStore::new(&config(None), None, None);
    let grant = store.grant(&key(), PhotoType::Png, 9).await;
    assert!(matches!(grant, Err(PhotoStoreError::Unavailable(_))));
    let view = store.view_url(&key(), Size::Small).await;
    assert!(matches!(view, Err(PhotoStoreError::Unavailable(_))));
}
