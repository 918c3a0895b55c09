//! Who is asking: forged staff tokens, tracking tokens and cursors.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use zhitiao_tests::World;

use super::catalog::{Expected, Hostile};
use super::routes::{self, Setup};
use super::wire::Raw;

/// The catalog.
pub(super) async fn all(world: &World, setup: &Setup) -> Vec<Hostile> {
    let mut all = without_token(setup);
    all.extend(not_bearers(setup));
    all.extend(forged(world, setup).await);
    all.extend(wrong_claims(world));
    all.extend(strange_subjects(world));
    all.extend(tracking_tokens(setup));
    all.extend(cursors(world, setup).await);
    all
}

const ME: &str = "/v1/desk/me";

fn denied(name: &str, request: Raw) -> Hostile {
    Hostile::new(
        format!("staff token: {name}"),
        request,
        Expected::Gateway(401),
    )
}

/// Every staff route without a token, and with one where it does not belong.
fn without_token(setup: &Setup) -> Vec<Hostile> {
    let posts = routes::with_body(setup).into_iter();
    let posts = posts.filter(routes::Route::is_for_staff).map(|route| {
        let request = route.request(setup).without("authorization");
        request.json(&route.sound)
    });
    let gets = routes::read_only(setup).into_iter();
    let gets = gets
        .filter(|(_, for_staff)| *for_staff)
        .map(|(path, _)| Raw::get(&path));
    let posing = |request: Raw| {
        request
            .header("x-user-id", "wang.fang")
            .header("x-amzn-oidc-identity", "wang.fang")
            .header("x-forwarded-user", "wang.fang")
            .header(
                "cookie",
                format!("authorization=Bearer {}", setup.staff_token),
            )
            .header("tracking-token", setup.tracking_token.as_str())
    };
    posts
        .chain(gets)
        .flat_map(|request| {
            [
                denied("none", request.clone()),
                denied("elsewhere", posing(request)),
            ]
        })
        .chain([denied(
            "in the query",
            Raw::get(&format!("{ME}?access_token={}", setup.staff_token)),
        )])
        .collect()
}

fn not_bearers(setup: &Setup) -> Vec<Hostile> {
    let token = &setup.staff_token;
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let values = [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        "Bearer null".into(),
        "Bearer a.b.c".into(),
        "Bearer ..".into(),
        format!("Basic {token}"),
        format!("Bearer {token}.{signature}"),
        format!("Bearer {rest}"),
        format!("Bearer {rest}."),
        format!("Bearer {rest}.AAAA"),
        format!("Bearer {}", token.to_lowercase()),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {}", setup.tracking_token),
        format!("Bearer {}", "A".repeat(8000)),
        "Bearer 井盖.井盖.井盖".into(),
    ];
    values
        .into_iter()
        .map(|value| {
            let name = format!("{value:.40}");
            denied(&name, Raw::get(ME).header("authorization", value))
        })
        .collect()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// What a sound token says.
fn claims(world: &World) -> Value {
    let token = world.cloud.staff_token("wang.fang", "shinan");
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Tokens that the issuer did not sign.
async fn forged(world: &World, setup: &Setup) -> Vec<Hostile> {
    let bearer = |name: &str, token: String| denied(name, Raw::get(ME).bearer(&token));
    let claims = claims(world);
    let parts: Vec<&str> = setup.staff_token.split('.').collect();
    let (header, signature) = (parts[0], parts[2]);
    let mut all = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let none = encoded(&json!({"alg": alg, "typ": "JWT", "kid": "development"}));
        let unsigned = format!("{none}.{}.", encoded(&claims));
        all.push(bearer(&format!("alg {alg:?} without signature"), unsigned));
        let kept = format!("{none}.{}.{signature}", parts[1]);
        all.push(bearer(&format!("alg {alg:?} with a signature"), kept));
    }
    for (name, value) in [
        ("sub", "han.wen"),
        ("tenant", "shibei"),
        ("exp", "9999999999"),
    ] {
        let mut changed = claims.clone();
        changed[name] = value.into();
        let token = format!("{header}.{}.{signature}", encoded(&changed));
        all.push(bearer(&format!("{name} changed after signing"), token));
    }
    for kid in [
        "",
        "other",
        "../../../dev/null",
        "' UNION SELECT 'x",
        "development\0",
    ] {
        let header = encoded(&json!({"alg": "RS256", "kid": kid}));
        let token = format!("{header}.{}.{signature}", parts[1]);
        all.push(bearer(&format!("kid {kid:?}"), token));
    }
    let own_key = json!({"alg": "RS256", "kid": "development", "jku": "https://example.org/keys",
        "jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}});
    let token = format!("{}.{}.{signature}", encoded(&own_key), parts[1]);
    all.push(bearer("a key of its own", token));
    for (name, secret) in public_key_as_secret(world).await {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("development".to_owned());
        let key = EncodingKey::from_secret(&secret);
        let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        all.push(bearer(&format!("HS256 by {name}"), token));
    }
    all
}

/// The public key in the forms in which it could be mistaken for a shared secret.
async fn public_key_as_secret(world: &World) -> Vec<(&'static str, Vec<u8>)> {
    let keys = "/dev/oidc/.well-known/jwks.json";
    let keys = world.anyone().get(keys).await.expect(200);
    let modulus = keys["keys"][0]["n"].as_str().unwrap();
    vec![
        ("the key set", keys.to_string().into_bytes()),
        ("the modulus", URL_SAFE_NO_PAD.decode(modulus).unwrap()),
        ("the modulus as text", modulus.as_bytes().to_vec()),
        ("nothing", Vec::new()),
    ]
}

/// Tokens that the issuer signed, and that are not for here and now.
fn wrong_claims(world: &World) -> Vec<Hostile> {
    let now = world.cloud.now().as_second();
    let changes = [
        ("exp", json!(now - 1)),
        ("exp", json!(0)),
        ("exp", json!("never")),
        ("exp", Value::Null),
        ("nbf", json!(now + 3600)),
        ("iat", json!(now + 3600)),
        ("iss", json!("https://example.org")),
        ("iss", json!("https://staff.invalid/")),
        ("iss", Value::Null),
        ("aud", json!("another-desk")),
        ("aud", json!(["another-desk", ""])),
        ("aud", json!([])),
        ("aud", json!({"zhitiao-desk": true})),
        ("aud", Value::Null),
    ];
    changes
        .into_iter()
        .map(|(name, value)| {
            let mut claims = claims(world);
            claims[name] = value.clone();
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            }
            let request = Raw::get(ME).bearer(&world.cloud.sign(&claims));
            denied(&format!("{name} = {value}"), request)
        })
        .collect()
}

/// Sound tokens of people who are none of ours: the function itself refuses them.
fn strange_subjects(world: &World) -> Vec<Hostile> {
    let unauthorized = Expected::Problem(401, "unauthorized");
    let forbidden = Expected::Problem(403, "forbidden");
    let unknown = Expected::Problem(403, "unknown_subject");
    let changes = [
        ("sub", Value::Null, &unauthorized),
        ("sub", json!(""), &unauthorized),
        // The gateway may know already that a subject is a text.
        ("sub", json!(["wang.fang"]), &Expected::Refused),
        ("sub", json!({"id": "wang.fang"}), &Expected::Refused),
        ("sub", json!("Wang.Fang"), &unknown),
        ("sub", json!("wang.fang#"), &unknown),
        ("sub", json!("../wang.fang"), &unknown),
        ("sub", json!("wang.fang\n"), &unauthorized),
        ("sub", json!("w".repeat(1000)), &unauthorized),
        ("sub", json!("nobody"), &unknown),
        ("sub", json!("auth0|5f7c8ec7c33c6c004bbafe82"), &unknown),
        ("sub", json!("w".repeat(255)), &unknown),
        ("sub", json!("w".repeat(256)), &unauthorized),
        ("sub", json!(true), &unknown),
        ("tenant", Value::Null, &unauthorized),
        ("tenant", json!(""), &unauthorized),
        ("tenant", json!("SHINAN"), &unauthorized),
        ("tenant", json!("shinan#Q"), &unauthorized),
        ("tenant", json!(["shinan", "shibei"]), &unauthorized),
        ("tenant", json!("shibei"), &forbidden),
    ];
    changes
        .into_iter()
        .map(|(name, value, expected)| {
            let mut claims = claims(world);
            claims[name] = value.clone();
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            }
            let what = format!("the signed {name} = {value:.40}");
            let request = Raw::get(ME).bearer(&world.cloud.sign(&claims));
            Hostile::new(what, request, expected.clone())
        })
        .collect()
}

fn tracking_tokens(setup: &Setup) -> Vec<Hostile> {
    let token = &setup.tracking_token;
    let parts: Vec<&str> = token.split('.').collect();
    let other = setup.other_number.replace('-', "");
    let flipped = |at: usize| {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let values: Vec<Vec<u8>> = vec![
        b"".into(),
        b".".into(),
        b"..".into(),
        b"null".into(),
        parts[0].into(),
        format!("{}.{}", parts[0], parts[1]).into(),
        format!("{}.{}.", parts[0], parts[1]).into(),
        format!("{}.2.{}", parts[0], parts[2]).into(),
        format!("{}.0{}.{}", parts[0], parts[1], parts[2]).into(),
        format!("{}.-1.{}", parts[0], parts[2]).into(),
        format!("{}.4294967296.{}", parts[0], parts[2]).into(),
        format!("{}.{}.{}", &other[..8], parts[1], parts[2]).into(),
        format!("{}.{}.{}", setup.number, parts[1], parts[2]).into(),
        format!("shinan#{token}").into(),
        format!("{token}.{}", parts[2]).into(),
        format!("{token}=").into(),
        format!("{token},{token}").into(),
        token.to_lowercase().into(),
        flipped(0).into(),
        flipped(token.len() / 2).into(),
        flipped(token.len() - 2).into(),
        "井.1.盖".into(),
        b"\xff\xfe.1.\xff".into(),
        vec![b'A'; 8000],
    ];
    let mine = "/v1/my/case";
    let required = Expected::Problem(401, "tracking_token_required");
    let in_query = format!("{mine}?token={token}&Tracking-Token={token}");
    let bearer = Raw::get(mine).bearer(token);
    let mut all = vec![
        Hostile::new("no tracking token", Raw::get(mine), required.clone()),
        Hostile::new(
            "a tracking token in the query",
            Raw::get(&in_query),
            required.clone(),
        ),
        Hostile::new("a tracking token as bearer", bearer, required),
    ];
    let invalid = Expected::Problem(401, "tracking_token_invalid");
    all.extend(values.into_iter().map(|value| {
        let name = format!("the tracking token {:.40}", String::from_utf8_lossy(&value));
        let request = Raw::get(mine).header("tracking-token", value);
        Hostile::new(name, request, invalid.clone())
    }));
    all
}

/// Cursors that are forged, altered, or another list's.
async fn cursors(world: &World, setup: &Setup) -> Vec<Hostile> {
    let list = "/v1/desk/queue?limit=1";
    let page = world.staff("wang.fang").get(list).await.expect(200);
    let sound = page["next_cursor"]
        .as_str()
        .expect("there is a second page");
    let others = world.staff("chen.jing").get(list).await.expect(200);
    let others = others["next_cursor"]
        .as_str()
        .expect("there is a second page");
    let mut flipped = sound.to_owned().into_bytes();
    let last = flipped.len() - 4;
    flipped[last] = if flipped[last] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    let values = [
        "A".to_owned(),
        "AAAA".into(),
        "e30".into(),
        "%23".into(),
        "null".into(),
        "..%2f..".into(),
        "A".repeat(4096),
        "%E4%BA%95".into(),
        encoded(&json!({"pk": "shinan#K7M39QXD"})),
        sound[..sound.len() / 2].into(),
        sound.to_lowercase(),
        format!("{sound}AAAA"),
        flipped,
        others.into(),
    ];
    let hostile = |path: String| {
        let request = Raw::get(&path).bearer(&setup.staff_token);
        let name = format!("{path:.90}");
        Hostile::new(name, request, Expected::Problem(400, "invalid_cursor"))
    };
    let board = "/v1/board/cases?community=xianggang-huayuan";
    let mut all: Vec<Hostile> = values
        .iter()
        .flat_map(|value| {
            [
                format!("{list}&cursor={value}"),
                format!("{board}&cursor={value}"),
            ]
        })
        .map(hostile)
        .collect();
    let filters = ["&overdue=true", "&min_age_days=0", "&category=handrail"];
    all.extend(filters.map(|filter| hostile(format!("{list}{filter}&cursor={sound}"))));
    all
}
