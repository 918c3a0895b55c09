//! What survives a restart and a kill.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use zhitiao_local::{LocalCloud, StartError};

use crate::support::{Project, TEMPLATE, client, dynamodb, eventually, runs};

/// The binary as a process of its own, so that it can be killed.
struct Process {
    child: Child,
    api: String,
}

impl Process {
    fn start(project: &Project) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_zhitiao-local"))
            .arg("--template")
            .arg(project.folder.path().join("template.yaml"))
            .arg("--functions")
            .arg(project.folder.path())
            .arg("--state")
            .arg(project.state())
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let api = lines.find_map(|line| {
            let line = line.unwrap();
            let api = line.trim_start().strip_prefix("API ");
            api.map(|api| api.trim().to_owned())
        });
        // The pipe must stay open for the rest of the page.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            api: api.unwrap(),
        }
    }

    /// SIGKILL: no handler, no clean-up.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn page(&self, path: &str) -> Value {
        client()
            .get(format!("{}{path}", self.api))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Killed already is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The ids of processes whose environment names this project's state folder.
fn functions_of(project: &Project) -> Vec<String> {
    let marker = project.state().join("clock").display().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let names = processes.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|name| {
            let mut environment = Vec::new();
            let file = std::fs::File::open(format!("/proc/{name}/environ"));
            file.is_ok_and(|mut file| file.read_to_end(&mut environment).is_ok())
                && String::from_utf8_lossy(&environment).contains(&marker)
        })
        .filter(|name| runs(name))
        .collect()
}

#[tokio::test]
async fn everything_acknowledged_survives_a_kill_and_the_functions_die_with_the_cloud() {
    let project = Project::new(TEMPLATE);
    let first = Process::start(&project);
    let overview = first.page("/dev/").await;
    let table = overview["tables"]["CasesTable"].as_str().unwrap();
    let http = client();
    for number in 0..50 {
        let item =
            json!({ "pk": { "S": format!("case-{number:02}") }, "sk": { "S": "EVENT#00000001" } });
        let url = overview["dynamodb"].as_str().unwrap();
        let answer = dynamodb(
            &http,
            url,
            "PutItem",
            &json!({ "TableName": table, "Item": item }),
        )
        .await
        .unwrap();
        assert_eq!(answer.status(), 200);
    }
    let sqs = overview["sqs"].as_str().unwrap();
    for number in 0..20 {
        let body = json!({ "QueueUrl": format!("{sqs}/000000000000/zhitiao-local-Parcels"), "MessageBody": number.to_string() });
        let sent = http
            .post(sqs)
            .header("x-amz-target", "AmazonSQS.SendMessage")
            .body(body.to_string())
            .send();
        assert_eq!(sent.await.unwrap().status(), 200);
    }
    let environment = first.page("/v1/probe/environment").await;
    let moved = http
        .post(format!("{}/dev/clock", first.api))
        .json(&json!({ "advance": "3 days" }))
        .send();
    assert_eq!(moved.await.unwrap().status(), 200);
    assert!(!functions_of(&project).is_empty());
    first.kill();
    eventually("the functions end", || functions_of(&project).is_empty()).await;

    let second = LocalCloud::start(project.options().durable(project.state()))
        .await
        .unwrap();
    assert_eq!(second.items("CasesTable").len(), 50);
    let messages: Vec<_> = (0..20).collect();
    assert_eq!(second.queue("Parcels"), messages);
    assert_eq!(
        second.environment("web")["TRACKING_SECRETS"],
        environment["environment"]["TRACKING_SECRETS"]
    );
    let ahead = second
        .now()
        .duration_since(overview["now"].as_str().unwrap().parse().unwrap());
    assert!(ahead.as_hours() >= 71, "the clock stays moved: {ahead:?}");
    second.stop().await;
}

#[tokio::test]
async fn a_stream_goes_on_after_its_checkpoint() {
    let project = Project::new(TEMPLATE);
    let options = || project.options().durable(project.state());
    let first = LocalCloud::start(options()).await.unwrap();
    put_event(&first, 1).await;
    assert!(first.settle().await);
    let seen = first.logs("streamer").len();
    assert_eq!(seen, 1);
    first.stop().await;

    let second = LocalCloud::start(options()).await.unwrap();
    put_event(&second, 2).await;
    assert!(second.settle().await);
    let lines = second.logs("streamer");
    assert_eq!(
        lines.len(),
        1,
        "nothing comes again that was checkpointed: {lines:?}"
    );
    assert!(lines[0].contains("EVENT#00000002"));
    second.stop().await;
}

async fn put_event(cloud: &LocalCloud, number: u32) {
    let item = json!({ "pk": { "S": "case" }, "sk": { "S": format!("EVENT#{number:08}") } });
    let request = json!({ "TableName": cloud.table_name("CasesTable"), "Item": item });
    let answer = dynamodb(&client(), cloud.dynamodb_url(), "PutItem", &request)
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn an_upload_whose_event_was_not_delivered_is_announced_at_the_next_start() {
    let project = Project::new(TEMPLATE);
    let options = || project.options().durable(project.state());
    let first = LocalCloud::start(options()).await.unwrap();
    let bucket = first.bucket_name("UploadsBucket").to_owned();
    first.stop().await;
    // What a kill between the upload and its event leaves behind: the object and the noted intent.
    let state = project.state();
    std::fs::create_dir_all(state.join("s3").join(&bucket).join("shinan")).unwrap();
    std::fs::write(state.join("s3").join(&bucket).join("shinan/1"), "photo").unwrap();
    let intent = |key: &str| json!({ "bucket": bucket, "key": key, "size": 5, "etag": "", "sequencer": "0", "at": "2026-01-01T00:00:00Z" });
    std::fs::create_dir_all(state.join("s3-events")).unwrap();
    std::fs::write(
        state.join("s3-events/1.json"),
        intent("shinan/1").to_string(),
    )
    .unwrap();
    std::fs::write(
        state.join("s3-events/2.json"),
        intent("shinan/never-stored").to_string(),
    )
    .unwrap();

    let second = LocalCloud::start(options()).await.unwrap();
    assert!(second.settle().await);
    let lines = second.logs("listener");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("shinan/1"));
    second.stop().await;
}

#[tokio::test]
async fn dead_letters_and_logs_survive_a_restart() {
    let project = Project::new(TEMPLATE);
    let options = || project.options().durable(project.state());
    let first = LocalCloud::start(options()).await.unwrap();
    let url = crate::support::presign(
        &first,
        "PUT",
        "UploadsBucket",
        "shinan/poison",
        first.credentials().1,
    );
    assert_eq!(
        client().put(url).body("x").send().await.unwrap().status(),
        200
    );
    assert!(first.settle().await);
    first.stop().await;
    let second = LocalCloud::start(options()).await.unwrap();
    assert_eq!(second.queue("ListenerDeadLetters").len(), 1);
    let log = std::fs::read_to_string(project.state().join("logs/listener.log")).unwrap();
    assert!(log.contains("shinan/poison"));
    second.stop().await;
}

#[tokio::test]
async fn two_instances_do_not_share_a_state_folder() {
    let project = Project::new(TEMPLATE);
    let options = || project.options().durable(project.state());
    let first = LocalCloud::start(options()).await.unwrap();
    let error = LocalCloud::start(options()).await.unwrap_err();
    assert!(matches!(error, StartError::Locked { .. }), "{error}");
    first.stop().await;
    LocalCloud::start(options()).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_table_that_changed_its_shape_is_refused() {
    let project = Project::new(TEMPLATE);
    let options = || project.options().durable(project.state());
    LocalCloud::start(options()).await.unwrap().stop().await;
    let changed = TEMPLATE.replace("ProjectionType: KEYS_ONLY", "ProjectionType: ALL");
    std::fs::write(project.folder.path().join("template.yaml"), changed).unwrap();
    let error = LocalCloud::start(options()).await.unwrap_err();
    assert!(
        error.to_string().contains("CasesTable")
            && error.to_string().contains("another definition"),
        "{error}"
    );
}
