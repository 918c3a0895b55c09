//! The public board from one month to the next.

use serde_json::{Value, json};
use zhitiao_tests::World;
use zhitiao_tests::story::report;
use zhitiao_tests::world::{moment, options};

const BOARD: &str = "/v1/board/cases?community=xianggang-huayuan";

async fn publish(world: &World) -> String {
    let body = report("扶手断了", "xianggang-huayuan", "handrail");
    let number = world.reports(body, &[]).await.number;
    let triage = json!({"category": "handrail", "publish": true});
    let desk = world.staff("wang.fang");
    desk.command(&number, "triage", triage).await.expect(200);
    number
}

async fn list(world: &World, more: &str) -> Value {
    world
        .anyone()
        .get(&format!("{BOARD}{more}"))
        .await
        .expect(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_first_of_january_the_board_shows_december_and_its_pages_go_on() {
    let options = options().start_at(moment("2026-12-30T10:00:00+08:00"));
    let world = World::start_with(options).await;
    assert_eq!(list(&world, "").await["month"], "202612", "nothing at all");
    let mut numbers = Vec::new();
    for _ in 0..3 {
        numbers.push(publish(&world).await);
    }
    world.wait_until("2027-01-01T08:00:00+08:00").await;
    let first = list(&world, "&limit=2").await;
    assert_eq!(first["month"], "202612");
    assert_eq!(first["rows"].as_array().map(Vec::len), Some(2));
    let cursor = first["next_cursor"].as_str().unwrap().to_owned();

    // Meanwhile the new month has begun; the pages of the old one go on.
    let fresh = publish(&world).await;
    let second = list(&world, &format!("&limit=2&cursor={cursor}")).await;
    assert_eq!(second["month"], "202612");
    assert_eq!(second["rows"][0]["number"], numbers[0].as_str());
    assert_eq!(second["next_cursor"], Value::Null);
    let newest = list(&world, "").await;
    assert_eq!(newest["month"], "202701");
    assert_eq!(newest["rows"][0]["number"], fresh.as_str());

    // Who asks for a month gets that one, and no cursor opens another month.
    assert_eq!(list(&world, "&month=202611").await["rows"], json!([]));
    let other = format!("{BOARD}&month=202612&limit=2&cursor={cursor}");
    let other = world.anyone().get(&other).await;
    assert_eq!(other.problem(400), "invalid_cursor");
}
