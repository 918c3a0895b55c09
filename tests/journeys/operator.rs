//! What an operator does: a district's directory is checked, written, changed, and served by the functions.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;
use zhitiao_local::Options;
use zhitiao_tests::World;
use zhitiao_tests::world::{MONDAY, binaries, moment, workspace};

/// A district whose directory no operator has written yet.
async fn empty_world() -> World {
    let template = workspace().join("infra/template.yaml");
    World::start_with(Options::new(template, binaries()).start_at(moment(MONDAY))).await
}

/// Runs the operator's program against the district's table.
fn seed(world: &World, folder: &Path, options: &[&str]) -> Output {
    let mut command = Command::new(binaries().join("zhitiao-operator"));
    command
        .env_clear()
        .env("AWS_REGION", "cn-north-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_ENDPOINT_URL_DYNAMODB", world.cloud.dynamodb_url())
        .args(["seed", "--district", "shinan", "--table"])
        .arg(world.cloud.table_name("DirectoryTable"))
        .arg("--folder")
        .arg(folder)
        .args(options);
    command.output().unwrap()
}

fn words(output: &Output) -> String {
    let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    said.concat()
}

/// A copy of the seed in which a text of a file is replaced.
fn changed_seed(changes: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(workspace().join("infra/seed")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_owned();
        let mut text = std::fs::read_to_string(&path).unwrap();
        for (_, from, to) in changes.iter().filter(|(file, ..)| name == *file) {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_district_is_seeded_and_takes_its_first_report() {
    let world = empty_world().await;
    let folder = workspace().join("infra/seed");
    let dry = seed(&world, &folder, &["--dry-run"]);
    assert!(
        dry.status.success() && words(&dry).contains("nothing was written"),
        "{}",
        words(&dry)
    );
    assert!(world.cloud.items("DirectoryTable").is_empty());

    let done = seed(&world, &folder, &[]);
    assert!(done.status.success(), "{}", words(&done));
    let items = world.cloud.items("DirectoryTable").len();
    assert!(
        words(&done).contains(&format!("{items} of {items} written")),
        "{}",
        words(&done)
    );
    let report = json!({"text": "楼下井盖没了", "community": "xianggang-huayuan"});
    world
        .anyone()
        .post("/v1/reports", &report)
        .await
        .expect(201);

    let again = seed(&world, &folder, &[]);
    assert!(
        again.status.success() && words(&again).contains("nothing was written"),
        "{}",
        words(&again)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_is_changed_only_when_told_so_and_loses_who_left() {
    let world = empty_world().await;
    assert!(
        seed(&world, &workspace().join("infra/seed"), &[])
            .status
            .success()
    );
    let before = world.cloud.items("DirectoryTable");
    let gone = r#"  {"id": "wu.xin", "name": "吴欣", "posts": [{"unit": "shinan", "role": "desk_officer"}]},"#;
    let changed = changed_seed(&[
        ("staff.json", gone, ""),
        (
            "units.json",
            "Shinan Urban Management Bureau",
            "Shinan Urban Management",
        ),
    ]);
    let refused = seed(&world, changed.path(), &[]);
    assert!(
        !refused.status.success() && words(&refused).contains("--replace"),
        "{}",
        words(&refused)
    );
    assert_eq!(world.cloud.items("DirectoryTable"), before);

    let done = seed(&world, changed.path(), &["--replace"]);
    let said = words(&done);
    assert!(done.status.success(), "{said}");
    assert!(
        said.contains("- STAFF#wu.xin") && said.contains("~ UNIT#urban-management"),
        "{said}"
    );
    assert!(
        said.contains("0 to add, 1 to change, 1 to remove"),
        "{said}"
    );
    let after = world.cloud.items("DirectoryTable");
    assert_eq!(after.len(), before.len() - 1);
    assert!(!after.iter().any(|item| item["sk"] == "STAFF#wu.xin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_cases_are_promised_under_is_never_rewritten() {
    let world = empty_world().await;
    assert!(
        seed(&world, &workspace().join("infra/seed"), &[])
            .status
            .success()
    );
    let before = world.cloud.items("DirectoryTable");
    let slower = (
        "promises.json",
        r#""elapsed_minutes": 15"#,
        r#""elapsed_minutes": 99"#,
    );
    let refused = seed(&world, changed_seed(&[slower]).path(), &["--replace"]);
    let said = words(&refused);
    assert!(
        !refused.status.success() && said.contains("PROMISES#000001"),
        "{said}"
    );
    assert_eq!(world.cloud.items("DirectoryTable"), before);

    let raised = ("promises.json", r#""version": 1"#, r#""version": 2"#);
    let done = seed(
        &world,
        changed_seed(&[slower, raised]).path(),
        &["--replace"],
    );
    assert!(done.status.success(), "{}", words(&done));
    let after = world.cloud.items("DirectoryTable");
    for version in ["PROMISES#000001", "PROMISES#000002"] {
        assert!(after.iter().any(|item| item["sk"] == version), "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_contradict_themselves_are_refused_and_a_table_that_is_not_there_is_named() {
    let world = empty_world().await;
    let wrong = changed_seed(&[
        ("staff.json", r#""unit": "shinan""#, r#""unit": "atlantis""#),
        (
            "categories.json",
            r#""department": "power""#,
            r#""department": "nowhere""#,
        ),
    ]);
    let refused = seed(&world, wrong.path(), &[]);
    let said = words(&refused);
    assert!(!refused.status.success(), "{said}");
    assert!(
        said.contains("2 faults") && said.contains("atlantis") && said.contains("nowhere"),
        "{said}"
    );
    assert!(world.cloud.items("DirectoryTable").is_empty());

    let missing = Command::new(binaries().join("zhitiao-operator"))
        .env_clear()
        .env("AWS_REGION", "cn-north-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_ENDPOINT_URL_DYNAMODB", world.cloud.dynamodb_url())
        .args([
            "seed",
            "--district",
            "shinan",
            "--table",
            "no-such-table",
            "--folder",
        ])
        .arg(workspace().join("infra/seed"))
        .output()
        .unwrap();
    assert!(!missing.status.success());
    assert!(
        words(&missing).contains("ResourceNotFoundException"),
        "{}",
        words(&missing)
    );
}
