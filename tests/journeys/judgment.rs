//! What reporters say of the result: solved or not, satisfied or not; and what was fixed is told from what was
//! answered.

use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_tests::browser::Browser;
use zhitiao_tests::story::{Upload, report};
use zhitiao_tests::{Case, World};

/// A case that the handler of the community has taken.
async fn at_work(world: &World) -> Case {
    let body = report("扶手松了", "xianggang-huayuan", "handrail");
    let case = world.reports(body, &[]).await;
    taken(
        world,
        &case.number,
        "xianggang-huayuan",
        "wang.fang",
        "zhang.wei",
    )
    .await;
    case
}

async fn taken(world: &World, number: &str, unit: &str, desk: &str, handler: &str) {
    let desk = world.staff(desk);
    desk.deal_out(number, "handrail", unit).await;
    accepted(world, number, handler).await;
}

async fn accepted(world: &World, number: &str, handler: &str) {
    let handler = world.staff(handler);
    handler
        .command(number, "accept", json!({}))
        .await
        .expect(200);
    let word = json!({"text": "马上去看", "to": "resident"});
    handler.command(number, "notes", word).await.expect(200);
}

/// The unit says that it is fixed, and proves it.
async fn fixed(world: &World, number: &str, handler: &str) {
    let handler = world.staff(handler);
    let evidence = handler.add_evidence(world, number, &Upload::tiny()).await;
    world.settle().await;
    let done = json!({"reason": "已换新扶手", "evidence": [evidence], "outcome": "fixed"});
    handler.command(number, "resolve", done).await.expect(200);
}

async fn says(world: &World, case: &Case, what: &str, body: Value) -> (u16, Value) {
    let caller = world.anyone().with("tracking-token", &case.token);
    let answer = caller.post(&format!("/v1/my/case/{what}"), &body).await;
    (answer.status.as_u16(), answer.body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_not_told_as_fixed() {
    let world = World::start().await;
    let case = at_work(&world).await;
    let handler = world.staff("zhang.wei");
    let unproved = json!({"reason": "已修好", "outcome": "fixed"});
    let refused = handler.command(&case.number, "resolve", unproved).await;
    assert_eq!(refused.problem(422), "invalid_fields");
    let answered = json!({"reason": "属于自家门内，请联系物业", "outcome": "answered"});
    handler
        .command(&case.number, "resolve", answered)
        .await
        .expect(200);
    let seen = world.follow(&case).await;
    assert_eq!(
        (&seen["outcome"], &seen["outcome_name"]),
        (&json!("answered"), &json!("已答复"))
    );
    let last = seen["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!(last["title"], "已答复（没有施工）");
    let wrong = json!({"reason": "x", "outcome": "mended"});
    let refused = handler.command(&case.number, "resolve", wrong).await;
    assert!(refused.status.is_client_error());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_reporter_says_is_not_solved_goes_up_and_the_second_time_to_a_leader() {
    let world = World::start().await;
    let case = at_work(&world).await;
    let number = &case.number;
    assert_eq!(
        says(&world, &case, "object", json!({"text": "还松"}))
            .await
            .0,
        422
    );
    fixed(&world, number, "zhang.wei").await;
    assert_eq!(world.follow(&case).await["outcome"], "fixed");
    assert_eq!(says(&world, &case, "object", json!({})).await.0, 400);
    let (status, answer) = says(
        &world,
        &case,
        "object",
        json!({"text": "还松，打13800001234"}),
    )
    .await;
    assert_eq!((status, &answer["state"]), (200, &json!("escalated")));
    let seen = world.follow(&case).await;
    assert!(
        seen["promise"]["resolve_due_at"].is_string(),
        "a new promise"
    );
    assert_eq!(seen["outcome"], Value::Null);
    let street = world.staff("chen.jing");
    let there = street.case(number).await;
    assert_eq!(there["unit"], "badaguan");
    assert_eq!(there["proposals"], json!([]));
    accepted(&world, number, "chen.jing").await;
    let old = json!({"reason": "一样", "evidence": [9], "outcome": "fixed"});
    let refused = street.command(number, "resolve", old).await;
    assert_eq!(
        refused.problem(422),
        "invalid_fields",
        "the old photo proves nothing"
    );
    fixed(&world, number, "chen.jing").await;
    let (status, answer) = says(&world, &case, "object", json!({"text": "又松了"})).await;
    assert_eq!((status, &answer["state"]), (200, &json!("reopened")));
    let again = street.case(number).await;
    let asked = again["proposals"].as_array().unwrap();
    assert!(
        asked.iter().any(|one| one["matter"] == "supervision"),
        "{asked:?}"
    );
    // The words are for the desk; the board tells that it goes on.
    let publish = json!({"publish": true, "reason": "居民同意"});
    street
        .command(number, "publication", publish)
        .await
        .expect(200);
    let public = world
        .anyone()
        .get(&format!("/v1/board/cases/{number}"))
        .await
        .expect(200);
    let text = public.to_string();
    assert!(
        text.contains("居民反映没有解决")
            && !text.contains("13800001234")
            && !text.contains("又松了")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reporter_confirms_on_the_page_and_silence_is_no_satisfaction() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let case = at_work(&world).await;
    browser.submit("/my", &[("token", &case.token)]).await;
    let path = format!("/my/{}", case.number);
    assert!(!browser.open(&path).await.text.contains("问题解决了吗"));
    fixed(&world, &case.number, "zhang.wei").await;
    let page = browser.open(&path).await;
    for shown in ["问题解决了吗", "name=\"satisfied\"", "没有解决", "已修好"] {
        assert!(page.text.contains(shown), "{shown}: {page:?}");
    }
    let act = async |action: &str, fields: &[(&str, &str)]| {
        let key = Uuid::new_v4().to_string();
        let all = [&[("idempotency_key", &*key)], fields].concat();
        browser.submit(&format!("{path}/{action}"), &all).await
    };
    assert_eq!(act("object", &[("text", "")]).await.status, 400);
    assert_eq!(
        act("confirm", &[("satisfied", "perhaps")]).await.status,
        400
    );
    assert_eq!(
        act("confirm", &[("satisfied", ""), ("text", "谢谢")])
            .await
            .status,
        303
    );
    let events = world.events(&case);
    let last = events.last().unwrap();
    assert_eq!(last["what"]["kind"], "confirmed");
    assert_eq!(last["what"]["satisfied"], Value::Null);
    assert_eq!(act("confirm", &[("satisfied", "true")]).await.status, 422);
    let desk = world.staff("wang.fang").case(&case.number).await;
    let told = desk["events"].as_array().unwrap().last().unwrap();
    assert_eq!(told["detail"], "谢谢");
}
