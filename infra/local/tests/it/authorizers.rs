//! Which staff tokens pass.

use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Response;
use rsa::RsaPrivateKey;
use rsa::pkcs1::{EncodeRsaPrivateKey, LineEnding};
use serde_json::{Value, json};

use crate::support::Cloud;

async fn call(cloud: &Cloud, token: &str) -> Response {
    cloud
        .get("/v1/desk/me")
        .header("authorization", format!("Bearer {token}"))
        .send()
        .await
        .unwrap()
}

/// The claims of a good token.
fn claims(cloud: &Cloud) -> Value {
    let token = cloud.staff_token("wang.fang", "shinan");
    jsonwebtoken::dangerous::insecure_decode::<Value>(&token)
        .unwrap()
        .claims
}

async fn refused(cloud: &Cloud, token: &str, why: &str) {
    let response = call(cloud, token).await;
    assert_eq!(response.status(), 401, "{why}");
    assert!(
        response.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Bearer"),
        "{why}"
    );
    assert_eq!(
        response.json::<Value>().await.unwrap(),
        json!({ "message": "Unauthorized" }),
        "{why}"
    );
}

#[tokio::test]
async fn a_good_token_passes_and_its_claims_reach_the_function_as_texts() {
    let cloud = Cloud::start().await;
    let event = call(&cloud, &cloud.staff_token("wang.fang", "shinan"))
        .await
        .json::<Value>()
        .await
        .unwrap();
    let claims = &event["requestContext"]["authorizer"]["jwt"]["claims"];
    assert_eq!(claims["sub"], "wang.fang");
    assert_eq!(claims["tenant"], "shinan");
    assert!(claims["exp"].is_string());
    let url = format!("/dev/token?sub={}&tenant=shinan", "li.na");
    let token = cloud.get(&url).send().await.unwrap().text().await.unwrap();
    assert_eq!(call(&cloud, &token).await.status(), 200);
}

#[tokio::test]
async fn a_token_without_its_right_claims_is_refused() {
    let cloud = Cloud::start().await;
    let now = cloud.now().as_second();
    let changes = [
        ("another issuer", json!({ "iss": "https://evil.example" })),
        ("another audience", json!({ "aud": "others" })),
        ("expired", json!({ "exp": now - 1 })),
        ("not valid yet", json!({ "nbf": now + 600 })),
        ("from the future", json!({ "iat": now + 600 })),
        ("no expiry", json!({ "exp": null })),
        ("no audience", json!({ "aud": null })),
    ];
    for (why, change) in changes {
        let mut claims = claims(&cloud);
        claims
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        refused(&cloud, &cloud.sign(&claims), why).await;
    }
    let mut several = claims(&cloud);
    several["aud"] = json!(["others", several["aud"]]);
    assert_eq!(call(&cloud, &cloud.sign(&several)).await.status(), 200);
}

#[tokio::test]
async fn a_token_that_the_issuer_did_not_sign_is_refused() {
    let cloud = Cloud::start().await;
    let claims = claims(&cloud);
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some("development".into());
    let foreign = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    let foreign =
        EncodingKey::from_rsa_pem(foreign.to_pkcs1_pem(LineEnding::LF).unwrap().as_bytes())
            .unwrap();
    refused(
        &cloud,
        &jsonwebtoken::encode(&header, &claims, &foreign).unwrap(),
        "foreign key",
    )
    .await;

    // The public key as an HMAC secret: the classic confusion of algorithms.
    let keys = cloud
        .get("/dev/oidc/.well-known/jwks.json")
        .send()
        .await
        .unwrap()
        .json::<Value>()
        .await
        .unwrap();
    let secret = EncodingKey::from_secret(keys["keys"][0]["n"].as_str().unwrap().as_bytes());
    header.alg = Algorithm::HS256;
    refused(
        &cloud,
        &jsonwebtoken::encode(&header, &claims, &secret).unwrap(),
        "HS256",
    )
    .await;

    let good = cloud.staff_token("wang.fang", "shinan");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let payload = head.split_once('.').unwrap().1;
    refused(
        &cloud,
        &format!("eyJhbGciOiJub25lIiwia2lkIjoiZGV2ZWxvcG1lbnQifQ.{payload}."),
        "alg none",
    )
    .await;
    refused(
        &cloud,
        &format!("{head}.{}", signature.chars().rev().collect::<String>()),
        "broken signature",
    )
    .await;
    refused(&cloud, "nonsense", "nonsense").await;
}

#[tokio::test]
async fn a_token_with_an_extension_that_must_be_understood_is_refused() {
    let cloud = Cloud::start().await;
    let claims = claims(&cloud);
    let header = |change: Value| -> Header {
        let mut header = json!({ "typ": "JWT", "alg": "RS256", "kid": "development" });
        let change = change.as_object().unwrap().clone();
        header.as_object_mut().unwrap().extend(change);
        serde_json::from_value(header).unwrap()
    };
    let plain = cloud.sign_as(&header(json!({ "cty": "JWT" })), &claims);
    assert_eq!(call(&cloud, &plain).await.status(), 200);
    for change in [
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "crit": ["b64"], "b64": true }),
        json!({ "b64": false }),
        json!({ "kid": "another" }),
        json!({ "kid": null, "jku": "http://127.0.0.1/keys" }),
    ] {
        let token = cloud.sign_as(&header(change.clone()), &claims);
        refused(&cloud, &token, &change.to_string()).await;
    }
}

#[tokio::test]
async fn tokens_follow_the_moved_clock() {
    let cloud = Cloud::start().await;
    let token = cloud.staff_token("wang.fang", "shinan");
    assert_eq!(call(&cloud, &token).await.status(), 200);
    cloud
        .outage_until(cloud.now() + SignedDuration::from_hours(13))
        .await
        .unwrap();
    refused(&cloud, &token, "expired by the moved clock").await;
    assert_eq!(
        call(&cloud, &cloud.staff_token("wang.fang", "shinan"))
            .await
            .status(),
        200
    );
}
