//! Whatever comes twice has its effect once.

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, World};

fn key() -> String {
    Uuid::new_v4().to_string()
}

fn anonymous() -> Value {
    report("路灯不亮", "xianggang-huayuan", "street-lamp")
}

fn with_contact(phone: &str) -> Value {
    let mut body = anonymous();
    body["contact"] = json!({"name": "李女士", "phone": phone});
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_parallel_requests_with_one_key_are_one_case() {
    let world = World::start().await;
    let resident = world.anyone();
    // With contact details the case is written by a transaction instead of a put: another code path, the same promise.
    for (cases, body) in [(1, anonymous()), (2, with_contact("13900001111"))] {
        let key = key();
        let requests = (0..20).map(|_| resident.post_with_key("/v1/reports", &key, &body));
        let answers = join_all(requests).await;

        let created = answers.iter().filter(|answer| answer.status == 201).count();
        let replayed = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!((created, replayed), (1, 19), "{answers:#?}");
        for answer in &answers {
            for field in ["number", "tracking_token", "received_at", "promise"] {
                assert_eq!(answer.body[field], answers[0].body[field], "{field}");
            }
        }
        assert_eq!(world.heads().len(), cases);
    }
    world.settle().await;
    let inbox = world
        .staff("wang.fang")
        .get("/v1/desk/inbox")
        .await
        .expect(200);
    assert_eq!(
        inbox["messages"].as_array().unwrap().len(),
        2,
        "told once of each case"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_body_under_a_used_key_is_refused_and_changes_nothing() {
    let world = World::start().await;
    let resident = world.anyone();
    let bodies = [
        anonymous(),
        with_contact("13900001111"),
        with_contact("13900002222"),
    ];
    for first in &bodies {
        let key = key();
        let case = Case::of(
            resident
                .post_with_key("/v1/reports", &key, first)
                .await
                .expect(201),
        );
        world.settle().await;
        let before = world.stored();
        for other in bodies.iter().filter(|body| *body != first) {
            let refused = resident.post_with_key("/v1/reports", &key, other).await;
            // Another caller's answer must not leak: not the number, not the token, not the phone.
            let answer = refused.body.to_string();
            assert_eq!(refused.problem(422), "idempotency_key_reused");
            for secret in [case.number.as_str(), case.token.as_str(), "1390000"] {
                assert!(!answer.contains(secret), "{answer}");
            }
        }
        world.settle().await;
        assert_eq!(world.stored(), before);
        let again = resident
            .post_with_key("/v1/reports", &key, first)
            .await
            .expect(200);
        assert_eq!(again["number"], case.number.as_str());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_long_after_still_answers_with_the_same_number_and_token() {
    let world = World::start().await;
    let resident = world.anyone();
    let (key, body) = (key(), anonymous());
    let case = Case::of(
        resident
            .post_with_key("/v1/reports", &key, &body)
            .await
            .expect(201),
    );

    // When the desk has worked on the case and reminders have fired.
    let desk = world.staff("wang.fang");
    desk.deal_out(&case.number, "street-lamp", "xianggang-huayuan")
        .await;
    world.wait_until("2026-12-02T09:00:00+08:00").await;

    // Then the same request, written differently, is still the same request.
    let rewritten: String = serde_json::to_string_pretty(&body).unwrap();
    let request = world.request(reqwest::Method::POST, "/v1/reports");
    let request = request
        .header("idempotency-key", key.to_uppercase())
        .header("content-type", "application/json")
        .body(rewritten);
    let again = Case::of(resident.send(request).await.expect(200));
    assert_eq!(
        (again.number, again.token),
        (case.number.clone(), case.token.clone())
    );
    assert_eq!(again.receipt["received_at"], case.receipt["received_at"]);

    // And another key is another case.
    let second = resident.post("/v1/reports", &body).await.expect(201);
    assert_ne!(second["number"], case.number.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_counts_for_its_caller_and_route_only() {
    let world = World::start().await;
    let (key, mut body) = (key(), anonymous());
    let web = world
        .anyone()
        .post_with_key("/v1/reports", &key, &body)
        .await
        .expect(201);
    body["channel"] = json!("phone");
    let mut numbers = vec![web["number"].clone()];
    for person in ["wang.fang", "zhao.min"] {
        let desk = world.staff(person);
        let filed = desk
            .post_with_key("/v1/desk/reports", &key, &body)
            .await
            .expect(201);
        assert!(!numbers.contains(&filed["number"]), "{person}");
        let again = desk
            .post_with_key("/v1/desk/reports", &key, &body)
            .await
            .expect(200);
        assert_eq!(again["number"], filed["number"]);
        numbers.push(filed["number"].clone());
    }
    assert_eq!(world.heads().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_command_has_effect_once_even_when_the_case_has_moved_on() {
    let world = World::start().await;
    let case = world.reports(anonymous(), &[]).await;
    let desk = world.staff("wang.fang").with("if-match", "\"1\"");
    let path = |verb: &str| format!("/v1/desk/cases/{}/{verb}", case.number);
    let (key, note) = (key(), json!({"text": "明天上门", "to": "resident"}));

    let notes = path("notes");
    let repeated = (0..8).map(|_| desk.post_with_key(&notes, &key, &note));
    for answer in join_all(repeated).await {
        assert_eq!(answer.expect(200)["version"], 2);
    }

    // When others have changed the case since.
    let internal = json!({"text": "已联系电工", "to": "internal"});
    let colleague = world.staff("chen.jing");
    colleague
        .command(&case.number, "notes", internal)
        .await
        .expect(200);
    let late = desk
        .post_with_key(&path("notes"), &key, &note)
        .await
        .expect(200);
    assert_eq!(late["version"], 3, "the answer shows the case as it is now");
    assert_eq!(world.events(&case).len(), 2);

    // A key that was used for one thing is not taken for another: that would be a command that is never carried out.
    let other_text = json!({"text": "后天上门", "to": "resident"});
    let other_verb = json!({"category": "street-lamp", "publish": false});
    for (verb, body) in [("notes", &other_text), ("triage", &other_verb)] {
        let refused = desk.post_with_key(&path(verb), &key, body).await;
        assert_eq!(refused.problem(422), "idempotency_key_reused", "{verb}");
    }
    let colleague = world.staff("li.jianguo").with("if-match", "\"3\"");
    let refused = colleague.post_with_key(&path("notes"), &key, &note).await;
    assert_eq!(refused.problem(422), "idempotency_key_reused");
    assert_eq!(world.events(&case).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_announcement_of_evidence_takes_one_place() {
    let world = World::start().await;
    let case = world.reports(anonymous(), &[]).await;
    let desk = world.staff("wang.fang");
    let path = format!("/v1/desk/cases/{}/photos", case.number);
    let (key, photo) = (
        key(),
        json!({"angle": "front", "content_type": "image/jpeg", "bytes": 1000}),
    );

    let repeated = (0..8).map(|_| desk.post_with_key(&path, &key, &photo));
    let answers = join_all(repeated).await;
    let first = answers[0].body["number"].clone();
    for answer in answers {
        assert_eq!(answer.expect(201)["number"], first);
    }
    let second = desk.post(&path, &photo).await.expect(201);
    assert_ne!(second["number"], first);
    assert_eq!(world.stored_of(&case, "PHOTO#").len(), 2);

    let other = json!({"angle": "side", "content_type": "image/jpeg", "bytes": 1000});
    let refused = desk.post_with_key(&path, &key, &other).await;
    assert_eq!(refused.problem(422), "idempotency_key_reused");
}
