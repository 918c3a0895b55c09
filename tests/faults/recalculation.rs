//! The count of open cases under a new calendar among kills: every case once, and figures that are right.

use zhitiao_local::{Effect, Fault};
use zhitiao_tests::Case;
use zhitiao_tests::story::calendar_with_day_off;

use super::support::{kill_at, numbered};

/// More than are worked on at once, so that a kill finds some done, some begun and some not.
const CASES: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_killed_in_the_middle_of_the_count_goes_on_and_counts_each_case_once() {
    let world = super::support::district().await;
    let mut cases: Vec<Case> = Vec::new();
    for number in 0..CASES {
        cases.push(world.reports(numbered(number, false), &[]).await);
    }
    world.settle().await;
    let operator = world.staff("he.lei");
    let path = "/v1/directory/calendars";
    let seen = operator.clone().with("if-match", "\"1\"");
    seen.post(path, &calendar_with_day_off("2026-11-26"))
        .await
        .expect(201);

    let begins = world.cloud.now() + jiff::SignedDuration::from_secs(121);
    world.cloud.outage_until(begins).await.unwrap();
    for (operation, effect, skip) in [
        ("Query", Effect::Hang, 1),
        ("GetItem", Effect::Hang, 5),
        ("TransactWriteItems", Effect::Hang, 2),
        ("TransactWriteItems", Effect::HangAfter, 2),
        ("PutItem", Effect::Hang, 0),
        ("PutItem", Effect::HangAfter, 0),
    ] {
        let kill = Fault::new(effect).caller("due-sweep").operation(operation);
        tokio::join!(world.cloud.tick(), kill_at(&world, kill.skip(skip)));
    }
    world.wait_until("2026-11-23T09:10:00+08:00").await;

    let recount = operator.get(path).await.expect(200)["recount"].clone();
    assert!(recount["finished_at"].is_string(), "{recount}");
    let figures = ["looked", "moved", "promises_moved"].map(|name| recount[name].as_u64());
    assert_eq!(figures, [Some(CASES as u64); 3]);
    for case in &cases {
        let events = world.events(case);
        let moves = events
            .iter()
            .filter(|event| event["what"]["kind"] == "calendar_changed");
        assert_eq!(moves.count(), 1, "{}", case.number);
        let mine = world.follow(case).await;
        assert_eq!(
            mine["promise"]["resolve_due_at"],
            "2026-12-01T17:30:00+08:00"
        );
    }
}
