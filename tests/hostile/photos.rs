//! Hostile uploads on the real way: grant, upload, event, photo intake. Each is refused with its reason, whatever its
//! neighbors are, and the function lives on.

use serde_json::{Value, json};
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, Upload, World};

/// A picture that announces all the pixels there are and holds a kilobyte of zeros.
const BOMB_PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x10\x06\0\0\0\x44\x59\xd7\x25\
    \0\0\0\x11IDAT\x78\xda\x63\x60\x18\x05\xa3\x60\x14\x0c\x73\0\0\x03\xe7\0\x01\x31\x5a\x2f\x76\
    \0\0\0\0IEND\xae\x42\x60\x82";

fn upload(file: impl Into<Vec<u8>>) -> Upload {
    Upload {
        angle: "front",
        jpeg: file.into(),
    }
}

/// Files with the reason for which each is refused.
fn files() -> Vec<(Vec<u8>, &'static str)> {
    let script = b"<!doctype html><script>alert(1)</script>";
    let drawing = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    vec![
        (script.into(), "unsupported_format"),
        (drawing.into(), "unsupported_svg"),
        (b"GIF89a\x01\0\x01\0\0\0\0;".into(), "unsupported_gif"),
        (
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".into(),
            "unsupported_heic",
        ),
        (
            b"\0\0\0\x18ftypavif\0\0\0\0mif1avif".into(),
            "unsupported_avif",
        ),
        (BOMB_PNG.into(), "too_many_pixels"),
        (Upload::tiny().jpeg[..60].into(), "truncated"),
        (b"\xff".into(), "unsupported_format"),
        (vec![0; 10 << 20], "unsupported_format"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_uploads_are_refused_with_a_reason_and_the_next_sound_one_is_taken() {
    let world = World::start().await;
    let (files, reasons): (Vec<_>, Vec<_>) = files().into_iter().unzip();
    let uploads: Vec<Upload> = files.into_iter().map(upload).collect();
    let body = report("请看照片", "xianggang-huayuan", "handrail");
    let case = world.reports(body.clone(), &uploads).await;
    world.settle().await;

    let seen = world.follow(&case).await;
    let outcomes: Vec<_> = seen["photos"].as_array().unwrap().iter().collect();
    assert_eq!(outcomes.len(), reasons.len());
    for (photo, reason) in outcomes.into_iter().zip(reasons) {
        assert_eq!(
            (&photo["state"], &photo["reason"]),
            (&json!("rejected"), &json!(reason))
        );
        assert_eq!(photo["url"], Value::Null, "a refused photo is never shown");
    }
    let sound = world.reports(body, &[Upload::tiny()]).await;
    world.settle().await;
    assert_eq!(world.follow(&sound).await["photos"][0]["state"], "ready");
    assert_eq!(
        world.cloud.queue("PhotoIntakeDeadLetters"),
        [Value::Null; 0]
    );
}

/// The address with one digit of its signature changed.
fn otherwise_signed(url: &str) -> String {
    let (before, signature) = url.split_once("X-Amz-Signature=").unwrap();
    let first = if signature.starts_with('0') { '1' } else { '0' };
    format!("{before}X-Amz-Signature={first}{}", &signature[1..])
}

/// A grant is for one key, one type and one length: whatever differs is refused by S3 itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_allows_exactly_the_upload_that_it_names() {
    let world = World::start().await;
    let case = grant(&world).await;
    let grant = &case.receipt["uploads"][0];
    let url = grant["url"].as_str().unwrap();
    let other_key = url.replace("/0?", "/1?");
    assert_ne!(other_key, url);
    let unsigned = url.split('?').next().unwrap().to_owned();
    let renamed = |name: &str, value: Value| {
        let mut changed = grant.clone();
        changed["headers"][name] = value;
        changed
    };
    let to = |url: &str| {
        let mut changed = grant.clone();
        changed["url"] = url.into();
        changed
    };
    let sound = Upload::tiny().jpeg;
    let longer = [&sound, &b"\0"[..]].concat();
    for (what, grant, file) in [
        ("a longer file", grant.clone(), longer.as_slice()),
        ("a shorter file", grant.clone(), &sound[1..]),
        (
            "another type",
            renamed("content-type", json!("text/html")),
            &sound,
        ),
        ("another key", to(&other_key), &sound),
        ("no signature", to(&unsigned), &sound),
        ("another signature", to(&otherwise_signed(url)), &sound),
    ] {
        let answer = world.upload(&grant, file).await;
        assert_eq!(answer.status.as_u16(), 403, "{what}: {}", answer.body);
    }
    let reading = world.http().get(url).send().await.unwrap();
    assert_eq!(
        reading.status().as_u16(),
        403,
        "a grant does not show what was uploaded"
    );

    world.upload(grant, &sound).await.expect(200);
    world.settle().await;
    assert_eq!(world.follow(&case).await["photos"][0]["state"], "ready");
}

async fn grant(world: &World) -> Case {
    let mut body = report("请看照片", "xianggang-huayuan", "handrail");
    body["photos"] = json!([Upload::tiny().announcement()]);
    Case::of(world.anyone().post("/v1/reports", &body).await.expect(201))
}

/// An upload that comes again, as something else, after its photo was checked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_upload_under_the_same_grant_never_replaces_the_first() {
    let world = World::start().await;
    let sound = Upload::tiny().jpeg;
    let case = grant(&world).await;
    let grant = &case.receipt["uploads"][0];
    world.upload(grant, &sound).await.expect(200);
    world.settle().await;
    let before = world.stored();

    let mut other = sound;
    other[40..].fill(0);
    world.upload(grant, &other).await.expect(200);
    world.settle().await;

    assert_eq!(world.stored(), before);
    assert_eq!(world.follow(&case).await["photos"][0]["state"], "ready");
}
