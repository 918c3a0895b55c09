//! Photo intake among faults: every photo of an acknowledged report ends up ready, and no upload is left behind.

use serde_json::json;
use zhitiao_local::{Effect, EventFault, Fault, Service};
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, Upload, World};

use super::support::{EFFECTS, district, fault, kill_at};

async fn report_with_photo(world: &World) -> Case {
    let body = report("请看照片", "xianggang-huayuan", "handrail");
    world.reports(body, &[Upload::tiny()]).await
}

/// Checks that every case's photo is there in two sizes, recorded once, and that no original is left.
async fn check(world: &World, cases: &[Case]) {
    for case in cases {
        let seen = world.follow(case).await;
        assert_eq!(seen["photos"][0]["state"], "ready", "{}", case.number);
        assert_eq!(world.stored_of(case, "PHOTO#").len(), 1);
    }
    assert_eq!(world.cloud.objects("PhotosBucket").len(), 2 * cases.len());
    assert_eq!(world.cloud.objects("QuarantineBucket"), [""; 0]);
}

/// Long enough for the schedule that looks for uploads without an event.
async fn a_quarter_of_an_hour(world: &World) {
    let later = world.cloud.now() + jiff::SignedDuration::from_mins(20);
    assert!(world.cloud.advance_to(later).await.unwrap().settled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_event_is_made_up_for_and_a_double_one_does_nothing() {
    let world = district().await;
    let faults = world.cloud.faults();
    faults.add_event(EventFault::DropS3Event);
    let lost = report_with_photo(&world).await;
    world.settle().await;
    let seen = world.follow(&lost).await;
    assert_eq!(seen["photos"][0]["state"], "waiting");
    faults.add_event(EventFault::DuplicateS3Event);
    let twice = report_with_photo(&world).await;
    world.settle().await;
    a_quarter_of_an_hour(&world).await;
    check(&world, &[lost, twice]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_is_processed_once_however_the_table_fails() {
    let world = district().await;
    let mut cases = Vec::new();
    for effect in EFFECTS {
        for operation in ["GetItem", "PutItem"] {
            let fault = fault("photo-intake", operation, *effect);
            world.cloud.faults().add(fault);
            cases.push(report_with_photo(&world).await);
        }
    }
    world.settle().await;
    assert!(world.cloud.faults().is_empty());
    a_quarter_of_an_hour(&world).await;
    check(&world, &cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_is_processed_once_however_the_buckets_fail() {
    let world = district().await;
    let mut cases = Vec::new();
    for method in ["GET", "PUT", "DELETE"] {
        for (effect, times) in [
            (Effect::Refuse, 1),
            (Effect::Refuse, 3),
            (Effect::FailAfter, 3),
            (Effect::Drop, 3),
            (Effect::DropAfter, 3),
            (Effect::Hang, 1),
        ] {
            let fault = fault("photo-intake", method, (effect, times));
            world.cloud.faults().add(fault.on(Service::S3));
            cases.push(report_with_photo(&world).await);
        }
    }
    world.settle().await;
    assert!(world.cloud.faults().is_empty());
    a_quarter_of_an_hour(&world).await;
    check(&world, &cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_intake_killed_at_any_request_takes_the_photo_in_all_the_same() {
    let world = district().await;
    let mut cases = Vec::new();
    let table = ["GetItem", "PutItem"].map(|operation| (Service::Dynamodb, operation));
    let buckets = ["GET", "PUT", "DELETE"].map(|method| (Service::S3, method));
    for (service, operation) in table.into_iter().chain(buckets) {
        for effect in [Effect::Hang, Effect::HangAfter] {
            let fault = Fault::new(effect)
                .on(service)
                .caller("photo-intake")
                .operation(operation);
            let (case, ()) = tokio::join!(report_with_photo(&world), kill_at(&world, fault));
            world.settle().await;
            cases.push(case);
        }
    }
    a_quarter_of_an_hour(&world).await;
    check(&world, &cases).await;
}

/// A report with a photo that is not uploaded yet, which the desk has triaged.
async fn triaged_without_photo(world: &World) -> Case {
    let mut body = report("请看照片", "xianggang-huayuan", "handrail");
    body["photos"] = json!([Upload::tiny().announcement()]);
    let case = Case::of(world.anyone().post("/v1/reports", &body).await.expect(201));
    let triage = json!({"category": "handrail", "publish": true});
    let desk = world.staff("wang.fang");
    let triaged = desk.command(&case.number, "triage", triage).await;
    triaged.expect(200);
    world.settle().await;
    case
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_that_comes_later_is_one_event_however_the_table_fails_or_the_intake_dies() {
    let world = district().await;
    let mut cases = Vec::new();
    let upload = async |case: &Case| {
        let grant = &case.receipt["uploads"][0];
        world.upload(grant, &Upload::tiny().jpeg).await.expect(200);
    };
    for effect in EFFECTS {
        let case = triaged_without_photo(&world).await;
        let fault = fault("photo-intake", "TransactWriteItems", *effect);
        world.cloud.faults().add(fault);
        upload(&case).await;
        cases.push(case);
    }
    world.settle().await;
    for effect in [Effect::Hang, Effect::HangAfter] {
        let case = triaged_without_photo(&world).await;
        let dies = Fault::new(effect)
            .caller("photo-intake")
            .operation("TransactWriteItems");
        tokio::join!(upload(&case), kill_at(&world, dies));
        world.settle().await;
        cases.push(case);
    }
    assert!(world.cloud.faults().is_empty());
    a_quarter_of_an_hour(&world).await;
    check(&world, &cases).await;
    for case in &cases {
        let events = world.events(case).into_iter();
        let arrived = events.filter(|event| event["what"]["kind"] == "photo_arrived");
        assert_eq!(arrived.count(), 1, "{}", case.number);
    }
}
