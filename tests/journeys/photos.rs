//! What becomes of photos: turned upright, freed of metadata, refused with a reason, healed when an event is lost.

use jpeg_encoder::{ColorType, Encoder};
use serde_json::{Value, json};
use zhitiao_local::EventFault;
use zhitiao_pictures::scene::{CAMERA, Subject, View};
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, Upload, World};

const WIDTH: u16 = 40;
const HEIGHT: u16 = 30;

fn pixels() -> Vec<u8> {
    [0x20, 0x80, 0xd0].repeat(usize::from(WIDTH) * usize::from(HEIGHT))
}

/// A small JPEG file that a camera wrote while it was held as the orientation (1 to 8, EXIF) says.
fn jpeg(orientation: u8) -> Vec<u8> {
    // One EXIF entry: tag 0x0112, a short, big-endian.
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    exif.extend([0, orientation, 0, 0, 0, 0, 0, 0]);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    encoder.add_app_segment(1, exif).unwrap();
    encoder
        .encode(&pixels(), WIDTH, HEIGHT, ColorType::Rgb)
        .unwrap();
    file
}

fn png() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH.into(), HEIGHT.into());
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels()).unwrap();
    writer.finish().unwrap();
    file
}

fn webp() -> Vec<u8> {
    let mut file = Vec::new();
    let encoder = image_webp::WebPEncoder::new(&mut file);
    encoder
        .encode(
            &pixels(),
            WIDTH.into(),
            HEIGHT.into(),
            image_webp::ColorType::Rgb8,
        )
        .unwrap();
    file
}

fn small(jpeg: Vec<u8>) -> Upload {
    Upload {
        angle: "front",
        jpeg,
    }
}

/// A report that announces files of these types, which may be something else.
fn announcing(files: &[(&str, &[u8])]) -> Value {
    let mut body = report("照片说明问题", "xianggang-huayuan", "handrail");
    let announced = files.iter().map(
        |(media, file)| json!({"angle": "detail", "content_type": media, "bytes": file.len()}),
    );
    body["photos"] = announced.collect();
    body
}

/// What is stored of a photo's outcome.
fn outcome(world: &World, case: &Case, number: usize) -> Value {
    world
        .stored_of(case, "PHOTO#")
        .get(number)
        .map_or(Value::Null, |photo| photo["what"].clone())
}

async fn is_served(world: &World, url: &Value) -> bool {
    let answer = world
        .http()
        .get(url.as_str().unwrap())
        .send()
        .await
        .unwrap();
    answer.status() == 200 && answer.bytes().await.unwrap().starts_with(&[0xff, 0xd8])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nine_photos_of_every_orientation_stand_upright() {
    let world = World::start().await;
    let photos: Vec<Upload> = [1, 2, 3, 4, 5, 6, 7, 8, 1]
        .map(|orientation| small(jpeg(orientation)))
        .into();
    let case = world
        .reports(
            report("楼道扶手断了", "xianggang-huayuan", "handrail"),
            &photos,
        )
        .await;
    world.settle().await;

    let mine = world.follow(&case).await;
    let shown = mine["photos"].as_array().unwrap();
    assert_eq!(shown.len(), 9);
    for (number, photo) in shown.iter().enumerate() {
        assert_eq!(
            (&photo["number"], &photo["state"]),
            (&json!(number), &json!("ready"))
        );
        assert!(
            is_served(&world, &photo["url"]).await
                && is_served(&world, &photo["thumbnail_url"]).await
        );
        let stored = outcome(&world, &case, number);
        // From 5 to 8 the camera was held upright.
        let upright = if (4..8).contains(&number) {
            (HEIGHT, WIDTH)
        } else {
            (WIDTH, HEIGHT)
        };
        assert_eq!(
            (&stored["width"], &stored["height"]),
            (&json!(upright.0), &json!(upright.1)),
            "{number}"
        );
    }
    assert_eq!(
        world.cloud.objects("QuarantineBucket"),
        [""; 0],
        "every original is gone"
    );
    assert_eq!(world.cloud.objects("PhotosBucket").len(), 18);

    // A tenth is refused before anything is registered.
    let mut tenth = announcing(&[("image/jpeg", b"x".as_slice()); 10]);
    let refused = world.anyone().post("/v1/reports", &tenth).await.expect(400);
    assert_eq!(refused["errors"][0]["field"], "photos");
    tenth["photos"] = json!([]);
    world.anyone().post("/v1/reports", &tenth).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn png_and_webp_come_out_as_jpeg_and_what_is_no_photo_is_refused_with_a_reason() {
    let world = World::start().await;
    let text = b"This is no photo, whatever its name says. ".repeat(20);
    let (png, webp, cut) = (png(), webp(), jpeg(1)[..200].to_vec());
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    let files: [(&str, &[u8]); 5] = [
        ("image/png", &png),
        ("image/webp", &webp),
        ("image/jpeg", &text),
        ("image/jpeg", &cut),
        ("image/jpeg", &heic),
    ];
    let case = Case::of(
        world
            .anyone()
            .post("/v1/reports", &announcing(&files))
            .await
            .expect(201),
    );
    for (grant, (_, file)) in case.receipt["uploads"]
        .as_array()
        .unwrap()
        .iter()
        .zip(files)
    {
        world.upload(grant, file).await.expect(200);
    }
    world.settle().await;

    let desk = world.staff("wang.fang");
    let expected = [
        ("ready", None),
        ("ready", None),
        ("rejected", Some("unsupported_format")),
        ("rejected", Some("truncated")),
        ("rejected", Some("unsupported_heic")),
    ];
    for view in [world.follow(&case).await, desk.case(&case.number).await] {
        let photos = view["photos"].as_array().unwrap();
        let seen: Vec<_> = photos
            .iter()
            .map(|photo| (photo["state"].as_str().unwrap(), photo["reason"].as_str()))
            .collect();
        assert_eq!(seen, expected);
        assert!(
            is_served(&world, &photos[0]["url"]).await
                && is_served(&world, &photos[1]["url"]).await
        );
    }
    // The board shows what can be looked at, and nothing of the rest.
    let publish = json!({"category": "handrail", "publish": true});
    desk.command(&case.number, "triage", publish)
        .await
        .expect(200);
    let board = world
        .anyone()
        .get(&format!("/v1/board/cases/{}", case.number))
        .await
        .expect(200);
    assert_eq!(board["photos"].as_array().unwrap().len(), 2);
    assert_eq!(
        world.cloud.objects("QuarantineBucket"),
        [""; 0],
        "what was refused is gone, too"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_was_announced_can_be_uploaded() {
    let world = World::start().await;
    let photo = jpeg(1);
    let case = world
        .anyone()
        .post("/v1/reports", &announcing(&[("image/jpeg", &photo)]))
        .await
        .expect(201);
    let grant = &case["uploads"][0];
    let with = |name: &str, value: &str| {
        let mut changed = grant.clone();
        changed["headers"][name] = json!(value);
        changed
    };
    let elsewhere = grant["url"].as_str().unwrap().replacen("/0?", "/1?", 1);
    let mut other_key = grant.clone();
    other_key["url"] = json!(elsewhere);
    for (what, grant, file) in [
        ("too short", grant.clone(), &photo[1..]),
        (
            "too long",
            grant.clone(),
            &[photo.as_slice(), b"x"].concat(),
        ),
        ("another type", with("content-type", "text/html"), &photo),
        ("another place", other_key, &photo),
    ] {
        let answer = world.upload(&grant, file).await;
        assert!(answer.status.is_client_error(), "{what}: {}", answer.status);
    }
    world.settle().await;
    assert_eq!(world.cloud.objects("QuarantineBucket"), [""; 0]);

    world.upload(grant, &photo).await.expect(200);
    world.settle().await;
    assert_eq!(
        world.follow(&Case::of(case)).await["photos"][0]["state"],
        "ready"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_comes_twice_counts_once_and_one_that_never_comes_is_made_up_for() {
    let world = World::start().await;
    let faults = world.cloud.faults();
    faults.add_event(EventFault::DuplicateS3Event);
    let twice = world
        .reports(
            report("", "xianggang-huayuan", "handrail"),
            &[small(jpeg(6))],
        )
        .await;
    world.settle().await;
    let shown = world.follow(&twice).await["photos"][0].clone();
    assert_eq!(shown["state"], "ready");
    assert!(is_served(&world, &shown["url"]).await);
    let recorded = outcome(&world, &twice, 0);

    // The same upload again, as long as the permission holds, does not replace what was checked.
    let grant = &twice.receipt["uploads"][0];
    world.upload(grant, &jpeg(1)).await.expect(200);
    world.settle().await;
    assert_eq!(outcome(&world, &twice, 0), recorded);
    assert_eq!(world.cloud.objects("QuarantineBucket"), [""; 0]);

    faults.add_event(EventFault::DropS3Event);
    let lost = world
        .reports(
            report("", "xianggang-huayuan", "handrail"),
            &[small(jpeg(1))],
        )
        .await;
    world.settle().await;
    assert_eq!(world.follow(&lost).await["photos"][0]["state"], "waiting");
    world.wait_until("2026-11-23T09:31:00+08:00").await;
    world.settle().await;
    assert_eq!(world.follow(&lost).await["photos"][0]["state"], "ready");
    assert_eq!(world.cloud.objects("QuarantineBucket"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_arrives_after_the_case_was_closed_is_still_taken_in() {
    let world = World::start().await;
    let photo = jpeg(1);
    let mut body = announcing(&[("image/jpeg", &photo)]);
    body["category"] = json!("policy-question");
    let case = Case::of(world.anyone().post("/v1/reports", &body).await.expect(201));
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    desk.deal_out(&case.number, "policy-question", "xianggang-huayuan")
        .await;
    handler
        .command(&case.number, "accept", json!({}))
        .await
        .expect(200);
    handler
        .command(&case.number, "resolve", json!({"reason": "已答复"}))
        .await
        .expect(200);
    desk.command(&case.number, "close", json!({}))
        .await
        .expect(200);

    world
        .upload(&case.receipt["uploads"][0], &photo)
        .await
        .expect(200);
    world.settle().await;
    assert_eq!(desk.case(&case.number).await["photos"][0]["state"], "ready");
}

/// Staff see where a photo was taken; its reporter and the board do not.
async fn assert_for_staff_only(world: &World, case: &Case, point: &Value, mine: &Value) {
    let desk = world.staff("wang.fang");
    assert_eq!(desk.case(&case.number).await["photos"][0]["point"], *point);
    let publish = json!({"category": "manhole-cover", "publish": true});
    desk.command(&case.number, "triage", publish)
        .await
        .expect(200);
    let path = format!("/v1/board/cases/{}", case.number);
    let board = world.anyone().get(&path).await.expect(200);
    for public in [mine, &board] {
        let text = public.to_string();
        assert!(
            !text.contains("36.06") && !text.contains("latitude"),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cameras_position_is_kept_with_consent_only_and_its_makers_traces_never() {
    let world = World::start().await;
    let photo = [Upload::of(Subject::OpenManhole, View::Front, 6)];
    for consent in [false, true] {
        let mut body = report("井盖没了", "xianggang-huayuan", "manhole-cover");
        body["consents"]["photo_location"] = json!(consent);
        let case = world.reports(body, &photo).await;
        world.settle().await;
        let stored = outcome(&world, &case, 0);
        assert_eq!(stored["state"], "ready");
        assert_eq!(stored["point"].is_null(), !consent, "{stored:#}");
        let mine = world.follow(&case).await;
        assert_for_staff_only(&world, &case, &stored["point"], &mine).await;
        let url = mine["photos"][0]["url"].clone();
        let served = world
            .http()
            .get(url.as_str().unwrap())
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        for trace in CAMERA
            .iter()
            .map(|trace| trace.as_bytes())
            .chain([b"Exif".as_slice()])
        {
            assert!(
                !served.windows(trace.len()).any(|bytes| bytes == trace),
                "{trace:?}"
            );
        }
    }
    let logs = world.cloud.logs("photo-intake").join("\n");
    assert!(
        !logs.contains("36.06") && !logs.contains("120.38"),
        "{logs}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn done_is_proved_by_a_photo_that_staff_took_and_that_was_checked() {
    let world = World::start().await;
    let own = [small(jpeg(1))];
    let case = world
        .reports(report("扶手断了", "xianggang-huayuan", "handrail"), &own)
        .await;
    let number = case.number.as_str();
    let (desk, handler) = (world.staff("wang.fang"), world.staff("zhang.wei"));
    desk.deal_out(number, "handrail", "xianggang-huayuan").await;
    handler
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    let announced = handler
        .post(
            &format!("/v1/desk/cases/{number}/photos"),
            &small(jpeg(1)).announcement(),
        )
        .await
        .expect(201);
    let refused = handler
        .add_evidence(&world, number, &small(b"no photo".to_vec()))
        .await;
    assert_eq!(handler.case(number).await["photos"][2]["state"], "rejected");

    for (evidence, code) in [
        (json!([]), "required"),
        // The reporter's own photo shows the damage and not the repair.
        (json!([0]), "photo_of_reporter"),
        (json!([announced["number"]]), "photo_not_ready"),
        (json!([refused]), "photo_rejected"),
        (json!([99]), "photo_missing"),
    ] {
        let resolve = json!({"reason": "已修好", "evidence": evidence});
        let answer = handler
            .command(number, "resolve", resolve)
            .await
            .expect(422);
        assert_eq!(answer["errors"][0]["field"], "evidence", "{answer:#}");
        assert_eq!(answer["errors"][0]["code"], code, "{evidence}");
    }
    let ready = handler.add_evidence(&world, number, &small(jpeg(1))).await;
    let resolve = json!({"reason": "已修好", "evidence": [ready]});
    assert_eq!(
        handler
            .command(number, "resolve", resolve)
            .await
            .expect(200)["state"],
        "resolved"
    );

    // Only those who work on the case may add evidence.
    let path = format!("/v1/desk/cases/{number}/photos");
    for (person, status) in [("han.wen", 403), ("cao.yutong", 404)] {
        let answer = world
            .staff(person)
            .post(&path, &small(jpeg(1)).announcement())
            .await;
        assert_eq!(answer.status, status, "{person}");
    }
}
