//! Channels out of the house, as operators keep them: set, checked, shown without their keys, imported, taken away.

use std::process::{Command, Output};

use serde_json::{Value, json};
use zhitiao_tests::World;
use zhitiao_tests::people::{SECRET, with_channels, with_gateway};
use zhitiao_tests::receiver::Receiver;
use zhitiao_tests::story::report;
use zhitiao_tests::world::{binaries, options, workspace};

const HOOK: &str = "/v1/directory/channels/xianggang-huayuan/webhook";
const ROBOT: &str = "/v1/directory/channels/badaguan/wecom";

/// A report that the community's units are told of at once.
async fn lamp(world: &World) {
    let body = report("路灯不亮", "xianggang-huayuan", "street-lamp");
    world.reports(body, &[]).await;
    world.settle().await;
}

/// The errors of a refusal, as (field, code).
fn errors(refusal: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = refusal["errors"].as_array().into_iter().flatten();
    errors
        .map(|error| (text(&error["field"]), text(&error["code"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_an_operator_sets_carries_messages_within_a_minute_and_none_once_it_is_gone()
{
    let receiver = Receiver::start().await;
    let world = World::start().await;
    lamp(&world).await;
    let operator = world.staff("he.lei");
    let body = json!({"url": receiver.url, "secret": SECRET});
    let set = operator.put(HOOK, None, &body).await;
    let version = set.body["version"].as_u64().unwrap();
    set.expect(200);
    let again = operator.put(HOOK, None, &body).await.expect(200);
    assert_eq!(again["version"], version, "a repetition changes nothing");
    let other = json!({"url": "https://example.org", "secret": SECRET});
    let stale = operator.put(HOOK, Some(version + 1), &other);
    assert_eq!(stale.await.problem(409), "version_conflict");

    // Keys are shown to nobody, and addresses up to their host.
    let listed = operator.get("/v1/directory/channels").await.expect(200);
    let row = &listed["channels"][0];
    assert_eq!(
        (&row["unit"], &row["channel"], &row["signed"]),
        (&json!("xianggang-huayuan"), &json!("webhook"), &json!(true))
    );
    let changes = operator.get("/v1/directory/changes").await.expect(200);
    assert_eq!(changes["changes"][0]["channel"]["set"], true);
    let shown = format!("{listed} {changes}");
    assert!(
        !shown.contains(SECRET) && !shown.contains("/hook"),
        "{shown}"
    );

    world.wait_until("2026-11-23T09:01:10+08:00").await;
    lamp(&world).await;
    assert_eq!(receiver.seen().len(), 1, "the second report");
    let gone = operator.delete(HOOK, version).await.expect(200);
    assert_eq!(gone["out_of_reach"], json!(["xianggang-huayuan"]));
    assert_eq!(
        operator.delete(HOOK, version).await.problem(404),
        "not_found"
    );
    world.wait_until("2026-11-23T09:02:20+08:00").await;
    lamp(&world).await;
    assert_eq!(receiver.seen().len(), 1);
    let logs = world.cloud.logs("directory-desk").join("\n");
    assert!(!logs.contains(&receiver.url) && !logs.contains(SECRET));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistyped_unit_and_every_other_fault_of_a_channel_is_named_and_nothing_is_saved() {
    let robots = json!({"wecom": {"badaguan": "https://example.org/robot?key=1"}});
    let world = World::start_with(with_channels(options(), &robots)).await;
    let operator = world.staff("he.lei");
    let sound = json!({"url": "https://example.org/robot?key=2"});
    for (path, body, faults) in [
        ("badaguann/wecom", sound.clone(), vec![("unit", "unknown")]),
        (
            "badaguann/webhook",
            json!({"url": "example.org", "secret": "whsec_c2hvcnQ="}),
            vec![
                ("unit", "unknown"),
                ("url", "not_an_address"),
                ("secret", "not_a_key"),
            ],
        ),
        (
            "badaguan/people",
            json!({"url": "http://example.org"}),
            vec![
                ("channel", "people_of_the_district"),
                ("url", "not_an_address"),
                ("secret", "required"),
            ],
        ),
        (
            "huiquan/wecom",
            json!({"url": "https://example.org/robot?key=1", "secret": SECRET}),
            vec![
                ("url", "robot_of_another"),
                ("secret", "robots_sign_nothing"),
            ],
        ),
    ] {
        let path = format!("/v1/directory/channels/{path}");
        let refused = operator.put(&path, None, &body).await.expect(422);
        let found = errors(&refused);
        let found: Vec<_> = found
            .iter()
            .map(|(field, code)| (&**field, &**code))
            .collect();
        assert_eq!(found, faults, "{path}");
    }
    for path in ["badaguan/fax", "BAD/wecom"] {
        let path = format!("/v1/directory/channels/{path}");
        assert_eq!(
            operator.put(&path, None, &sound).await.problem(404),
            "not_found"
        );
    }
    for person in ["wang.fang", "wu.xin"] {
        let refused = world.staff(person).put(ROBOT, Some(0), &sound).await;
        assert_eq!(refused.problem(403), "forbidden", "{person}");
        let list = world.staff(person).get("/v1/directory/channels").await;
        assert_eq!(list.problem(403), "forbidden", "{person}");
    }
    let listed = operator.get("/v1/directory/channels").await.expect(200);
    assert_eq!(listed["channels"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_empties_a_unit_is_warned_and_a_unit_with_a_channel_is_not_retired() {
    const PERSON: &str = "/v1/directory/staff/zhao.min";
    const GRID: &str = "/v1/directory/units/xianggang-huayuan-g1";
    const GRID_HOOK: &str = "/v1/directory/channels/xianggang-huayuan-g1/webhook";
    let gateway = Receiver::start().await;
    let world = World::start_with(with_gateway(&gateway)).await;
    let operator = world.staff("he.lei");
    let person = operator.get(PERSON).await.expect(200);
    assert!(person.get("out_of_reach").is_none(), "{person}");
    let version = person["version"].as_u64();
    let gone = json!({"name": person["name"], "posts": []});
    let gone = operator.put(PERSON, version, &gone).await.expect(200);
    assert_eq!(gone["out_of_reach"], json!(["xianggang-huayuan-g1"]));

    let hook = json!({"url": gateway.url, "secret": SECRET});
    let hook = operator.put(GRID_HOOK, None, &hook).await.expect(200);
    let units = operator
        .get("/v1/directory/units?parent=xianggang-huayuan")
        .await
        .expect(200);
    let grid = &units["units"][0];
    assert_eq!(grid["id"], "xianggang-huayuan-g1");
    let version = grid["version"].as_u64();
    let retired = json!({
        "kind": "grid", "name": grid["name"], "parent": "xianggang-huayuan", "retired": true
    });
    let refused = operator.put(GRID, version, &retired).await.expect(422);
    assert_eq!(
        errors(&refused),
        [("retired".to_owned(), "in_use".to_owned())]
    );
    let taken = operator.delete(GRID_HOOK, hook["version"].as_u64().unwrap());
    assert_eq!(
        taken.await.expect(200)["out_of_reach"],
        json!(["xianggang-huayuan-g1"])
    );
    operator.put(GRID, version, &retired).await.expect(200);
}

/// How often the notifier reported this value of a metric.
fn reported(world: &World, metric: &str, value: u32) -> usize {
    let logs = world.cloud.logs("notifier").join("\n");
    logs.matches(&format!("\"{metric}\":{value}")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_that_lost_its_last_way_without_a_change_of_channels_is_reported_once() {
    let world = World::start().await;
    world.wake_notifier().await;
    assert_eq!(
        reported(&world, "UnitsOutOfReach", 1),
        0,
        "nobody had one before"
    );
    let before = json!({
        "pk": {"S": "shinan#CHANNELS"},
        "sk": {"S": "REACHED"},
        "units": {"L": [{"S": "badaguan"}, {"S": "closed-long-ago"}]},
    });
    world.put_item(&before).await;
    for _ in 0..2 {
        assert!(world.cloud.kill_function("notifier").await > 0);
        lamp(&world).await;
    }
    assert_eq!(reported(&world, "UnitsOutOfReach", 1), 1, "once");
}

/// Runs the operator's import against the district's table.
fn import(world: &World, file: &Value, options: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("channels.json");
    std::fs::write(&path, file.to_string()).unwrap();
    let mut command = Command::new(binaries().join("zhitiao-operator"));
    command
        .env_clear()
        .env("AWS_REGION", "cn-north-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_ENDPOINT_URL_DYNAMODB", world.cloud.dynamodb_url())
        .current_dir(workspace())
        .args(["channels", "--district", "shinan", "--table"])
        .arg(world.cloud.table_name("DirectoryTable"))
        .arg("--file")
        .arg(path)
        .args(options);
    command.output().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_of_the_variable_that_was_is_imported_and_a_mistyped_unit_in_it_refused() {
    let receiver = Receiver::start().await;
    let world = World::start().await;
    let hook = json!({"url": receiver.url, "secret": SECRET});
    let mistyped = json!({"webhooks": {"xianggang-huayuann": hook}});
    let refused = import(&world, &mistyped, &[]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && words.contains("xianggang-huayuann"),
        "{words}"
    );
    assert!(
        !words.contains(&receiver.url) && !words.contains(SECRET),
        "{words}"
    );

    let sound = json!({"webhooks": {"xianggang-huayuan": hook}, "people": hook});
    assert!(import(&world, &sound, &["--dry-run"]).status.success());
    assert_eq!(
        world
            .cloud
            .items("DirectoryTable")
            .iter()
            .filter(|item| item["pk"] == "shinan#CHANNELS")
            .count(),
        0
    );
    let done = import(&world, &sound, &[]);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    lamp(&world).await;
    assert_eq!(receiver.seen().len(), 1);
    // What was imported has no number of a change yet.
    let address = json!({"url": "https://example.org", "secret": SECRET});
    world
        .staff("he.lei")
        .put(HOOK, Some(0), &address)
        .await
        .expect(200);
}
