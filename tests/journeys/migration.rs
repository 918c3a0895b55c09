//! A step of stored data that is killed in the middle: older code refuses the data, and the next run finishes it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use zhitiao_tests::World;
use zhitiao_tests::migration::MARK;
use zhitiao_tests::world::binaries;

/// A program that reaches the world's tables.
fn program(world: &World, path: &str) -> Command {
    let mut command = Command::new(binaries().join(path));
    command
        .env_clear()
        .env("AWS_REGION", "cn-north-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_ENDPOINT_URL_DYNAMODB", world.cloud.dynamodb_url());
    command
}

/// Starts the step of the tests, which after each page waits for a line of its input, or for its end.
fn start(world: &World, input: Stdio) -> Child {
    let table = world.cloud.table_name("DirectoryTable");
    let mut command = program(world, "examples/migration");
    command.args([table, "shinan"]);
    let command = command.stdin(input).stdout(Stdio::piped());
    command.spawn().unwrap()
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok)
}

/// Units and staff, and how many of them are marked.
fn marked(world: &World) -> (usize, usize) {
    let items = world.cloud.items("DirectoryTable");
    let is_meant = |item: &&Value| {
        let key = item["sk"].as_str().unwrap();
        key.starts_with("UNIT#") || key.starts_with("STAFF#")
    };
    let meant: Vec<_> = items.iter().filter(is_meant).collect();
    let done = meant.iter().filter(|item| item[MARK] == item["name"]);
    (meant.len(), done.count())
}

/// The item that says which steps were done.
fn schema(world: &World) -> Value {
    let items = world.cloud.items("DirectoryTable");
    let item = items.into_iter().find(|item| item["sk"] == "SCHEMA");
    item.unwrap_or_default()
}

fn said(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap();
    let words = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    (output.status.success(), words.concat())
}

fn migrate(world: &World) -> (bool, String) {
    let mut command = program(world, "zhitiao-operator");
    command.args(["migrate", "--district", "shinan", "--table"]);
    command.arg(world.cloud.table_name("DirectoryTable"));
    command
        .arg("--cases")
        .arg(world.cloud.table_name("CasesTable"));
    said(&mut command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_killed_is_refused_by_older_code_and_finished_by_the_next_run() {
    let world = World::start().await;
    let (done, words) = migrate(&world);
    assert!(done && words.contains("nothing to do"), "{words}");
    assert_eq!(schema(&world), Value::Null, "nothing was begun");

    let mut first = start(&world, Stdio::piped());
    let mut go_on = first.stdin.take().unwrap();
    let mut told = lines(&mut first);
    for _ in 0..4 {
        told.next().expect("a page");
        writeln!(go_on).unwrap();
    }
    let fifth = told.next().expect("a page");
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(fifth.starts_with("step 1: 0 of 1 partitions"), "{fifth}");
    let (all, some) = marked(&world);
    assert!(0 < some && some < all, "{some} of {all} are marked");
    let stored = schema(&world);
    assert_eq!((&stored["begun"], stored.get("done")), (&json!(1), None));

    // This release knows no step: its functions and its operator's program refuse the data.
    let (done, words) = migrate(&world);
    assert!(!done && words.contains("at step 1"), "{words}");
    world.cloud.kill_function("report-intake").await;
    let answer = world.anyone().get("/v1/communities").await;
    assert!(answer.status.is_server_error(), "{}", answer.status);
    let log = world.cloud.logs("report-intake").join("\n");
    assert!(log.contains("the stored data is at step 1"), "{log}");

    let mut second = start(&world, Stdio::null());
    let told: Vec<_> = lines(&mut second).collect();
    assert!(second.wait().unwrap().success());
    assert_eq!(marked(&world), (all, all));
    let last = told.last().unwrap();
    let rest = all - some;
    assert!(
        last.ends_with(&format!("{rest} changed")),
        "{last}, and {some} were changed before"
    );
    let stored = schema(&world);
    assert_eq!((&stored["begun"], &stored["done"]), (&json!(1), &json!(1)));
    let mut third = start(&world, Stdio::null());
    assert_eq!(
        lines(&mut third).count(),
        0,
        "a finished step is not done again"
    );
}
