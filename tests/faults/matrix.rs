//! Every effect on every write: a report with and without contact details, a command, an announced photo.

use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_local::Effect;
use zhitiao_tests::{Case, World};

use super::support::{EFFECTS, district, fault, numbered, persist, told};

/// The units that hear of a new case in this community.
const CHAIN: [&str; 3] = ["xianggang-huayuan", "badaguan", "shinan"];

/// Hands in a report through each effect, keeps trying, and checks that it is there once, as it was handed in.
async fn report_through_every_effect(with_contact: bool) {
    let world = district().await;
    let operation = if with_contact {
        "TransactWriteItems"
    } else {
        "PutItem"
    };
    let mut cases = Vec::new();
    for (number, effect) in EFFECTS.iter().enumerate() {
        let what = format!("{effect:?}");
        world
            .cloud
            .faults()
            .add(fault("report-intake", operation, *effect));
        let body = numbered(number, with_contact);
        let key = Uuid::new_v4();
        let answer = persist(&world.anyone(), "/v1/reports", key, &body).await;
        let answer = answer.unwrap_or_else(|| panic!("{what}: never accepted"));
        assert!(matches!(answer.status.as_u16(), 200 | 201), "{what}");
        let case = Case::of(answer.body);
        let again = persist(&world.anyone(), "/v1/reports", key, &body).await;
        assert_eq!(again.unwrap().expect(200)["number"], case.number, "{what}");
        assert_eq!(world.follow(&case).await["text"], body["text"], "{what}");
        cases.push((case, body));
    }
    world.settle().await;

    assert_eq!(
        world.heads().len(),
        EFFECTS.len(),
        "a report is there twice"
    );
    for (case, body) in &cases {
        let contacts = contacts(&world, case);
        let phones: Vec<_> = contacts.iter().map(|item| &item["phone"]).collect();
        let expected: Vec<_> = body["contact"].get("phone").into_iter().collect();
        assert_eq!(phones, expected);
    }
    let told = told(&world, "received");
    assert_eq!(told.len(), CHAIN.len() * EFFECTS.len(), "{told:#?}");
}

fn contacts(world: &World, case: &Case) -> Vec<Value> {
    let partition = format!("shinan#CONTACT#{}", case.id());
    let mut items = world.stored();
    items.retain(|item| item["pk"] == partition.as_str());
    items
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_anonymous_report_is_registered_once_through_every_effect() {
    report_through_every_effect(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_with_contact_details_is_registered_once_through_every_effect() {
    report_through_every_effect(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_carried_out_once_through_every_effect() {
    let world = district().await;
    let desk = world.staff("wang.fang").with("if-match", "\"1\"");
    for (number, effect) in EFFECTS.iter().enumerate() {
        let case = world.reports(numbered(number, false), &[]).await;
        world.settle().await;
        world
            .cloud
            .faults()
            .add(fault("case-desk", "TransactWriteItems", *effect));
        let path = format!("/v1/desk/cases/{}/triage", case.number);
        let body = json!({"category": "handrail", "publish": true});
        let key = Uuid::new_v4();
        let answer = persist(&desk, &path, key, &body).await;
        let answer = answer.unwrap_or_else(|| panic!("{effect:?}: never carried out"));
        assert_eq!(answer.etag.as_deref(), Some("\"2\""), "{effect:?}");
        answer.expect(200);
        let again = persist(&desk, &path, key, &body).await;
        again.unwrap().expect(200);

        let events = world.events(&case);
        assert_eq!(events.len(), 1, "{effect:?}: {events:#?}");
        let command = events[0]["cmd"].as_str().unwrap_or_default();
        assert!(command.starts_with(&key.to_string()), "{command}");
    }
}

/// Another person's command in between is no repetition: the second person gets the current version.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_answer_got_lost_still_wins_over_a_later_one() {
    let world = district().await;
    let case = world.reports(numbered(0, false), &[]).await;
    let path = format!("/v1/desk/cases/{}/triage", case.number);
    let body = json!({"category": "handrail", "publish": true});
    world.cloud.faults().add(fault(
        "case-desk",
        "TransactWriteItems",
        (Effect::HangAfter, 3),
    ));
    let first = world.staff("wang.fang").with("if-match", "\"1\"");
    let key = Uuid::new_v4();
    persist(&first, &path, key, &body)
        .await
        .unwrap()
        .expect(200);

    let late = world.staff("li.jianguo").with("if-match", "\"1\"");
    let answer = late.post(&path, &body).await;
    assert_eq!(answer.body["current_version"], 2);
    assert_eq!(answer.problem(409), "version_conflict");
    assert_eq!(world.events(&case).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_evidence_photo_is_announced_once_through_every_effect() {
    let world = district().await;
    let case = world.reports(numbered(0, false), &[]).await;
    let desk = world.staff("wang.fang");
    let path = format!("/v1/desk/cases/{}/photos", case.number);
    let body = json!({"angle": "front", "content_type": "image/jpeg", "bytes": 1000});
    // A case takes nine evidence photos: one for each effect that a single put can meet.
    for (number, effect) in EFFECTS.iter().filter(|(_, times)| *times == 1).enumerate() {
        world
            .cloud
            .faults()
            .add(fault("case-desk", "PutItem", *effect));
        let key = Uuid::new_v4();
        let answer = persist(&desk, &path, key, &body).await;
        let grant = answer.unwrap_or_else(|| panic!("{effect:?}")).expect(201);
        let again = persist(&desk, &path, key, &body).await.unwrap();
        assert_eq!(again.expect(201)["number"], grant["number"], "{effect:?}");
        assert_eq!(
            world.stored_of(&case, "PHOTO#").len(),
            number + 1,
            "{effect:?}"
        );
    }
}

/// A busy table refuses within a cancelled transaction; that is no other writer's change.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_cancelled_for_throttling_is_no_conflict() {
    let world = district().await;
    let case = world.reports(numbered(0, false), &[]).await;
    let desk = world.staff("wang.fang").with("if-match", "\"1\"");
    let path = format!("/v1/desk/cases/{}/triage", case.number);
    let body = json!({"category": "handrail", "publish": true});
    let throttle = fault("case-desk", "TransactWriteItems", (Effect::Throttle, 3));
    world.cloud.faults().add(throttle);
    let answer = desk.post(&path, &body).await;
    assert_eq!(answer.problem(503), "unavailable");
    assert_eq!(world.events(&case).len(), 0);
    world.cloud.faults().clear();
    desk.post(&path, &body).await.expect(200);
}
