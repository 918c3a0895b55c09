//! The whole local cloud is killed under load and started again on the same folder.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, Upload, World, world};

use super::support::{told, within_a_minute};

/// After the first red card of an untouched case.
const LATER: &str = "2026-12-02T12:00:00+08:00";

/// The local cloud as a process of its own, so that it can be killed.
struct Process {
    child: Child,
    api: String,
    http: Client,
}

impl Process {
    fn start(state: &Path) -> Self {
        let root = world::workspace();
        let mut child = Command::new(world::binaries().join("zhitiao-local"))
            .arg("--template")
            .arg(root.join("infra/template.yaml"))
            .arg("--seed")
            .arg(root.join("infra/seed"))
            .arg("--functions")
            .arg(world::binaries())
            .arg("--state")
            .arg(state)
            .args(["--port", "0", "--clock", world::MONDAY])
            .args(["--parameter", "RouteRate=10000"])
            .args(["--parameter", "RouteBurst=5000"])
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
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            child,
            api: api.expect("the start-up page names the API"),
            http: Client::new(),
        }
    }

    /// SIGKILL: no handler, no clean-up.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Killed already is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a resident holds in hands: a key, a body, perhaps a receipt, perhaps the answer to the upload.
struct Submission {
    key: Uuid,
    body: Value,
    receipt: Option<Value>,
    uploaded: bool,
}

impl Submission {
    fn new(number: usize) -> Self {
        let text = format!("第{number}号路灯不亮");
        let mut body = report(&text, "xianggang-huayuan", "handrail");
        body["photos"] = json!([Upload::tiny().announcement()]);
        Self {
            key: Uuid::new_v4(),
            body,
            receipt: None,
            uploaded: false,
        }
    }

    /// Reports and uploads once; what was not acknowledged stays open.
    async fn go(&mut self, http: &Client, api: &str) -> Option<()> {
        let request = http
            .post(format!("{api}/v1/reports"))
            .header("idempotency-key", self.key.to_string())
            .json(&self.body);
        let answer = request.send().await.ok()?.error_for_status().ok()?;
        let receipt: Value = answer.json().await.ok()?;
        let grant = receipt["uploads"][0].clone();
        self.receipt = Some(receipt);
        let upload = http
            .put(grant["url"].as_str()?)
            .header("content-type", "image/jpeg")
            .body(Upload::tiny().jpeg);
        upload.send().await.ok()?.error_for_status().ok()?;
        self.uploaded = true;
        Some(())
    }
}

/// Residents report until the cloud is gone.
async fn load(process: &mut Process, enough: usize) -> Vec<Submission> {
    let (acknowledged, mut count) = watch::channel(0);
    let mut residents = JoinSet::new();
    for resident in 0..6 {
        let (http, api) = (process.http.clone(), process.api.clone());
        let acknowledged = acknowledged.clone();
        residents.spawn(async move {
            let mut submissions = Vec::new();
            for round in 0.. {
                let mut submission = Submission::new(resident * 1000 + round);
                let through = submission.go(&http, &api).await;
                submissions.push(submission);
                if through.is_none() {
                    break;
                }
                acknowledged.send_modify(|count| *count += 1);
            }
            submissions
        });
    }
    within_a_minute(
        "enough is acknowledged",
        count.wait_for(|count| *count >= enough),
    )
    .await
    .unwrap();
    process.kill();
    residents.join_all().await.into_iter().flatten().collect()
}

/// The district on the state that a killed process left behind.
async fn again(state: &Path) -> World {
    let mut options = world::options().durable(state);
    options.start_at = None;
    let options = options
        .parameter("RouteRate", "10000")
        .parameter("RouteBurst", "5000");
    World::start_with(options).await
}

/// A caller without a receipt tries again; a caller with one gets the same case.
async fn case_of(world: &World, submission: &Submission) -> Case {
    let (key, anyone) = (submission.key.to_string(), world.anyone());
    let answer = anyone.post_with_key("/v1/reports", &key, &submission.body);
    let answer = answer.await;
    if let Some(receipt) = &submission.receipt {
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
        assert_eq!(answer.body["number"], receipt["number"]);
    }
    let case = Case::of(answer.body);
    let mine = world.follow(&case).await;
    assert_eq!(mine["text"], submission.body["text"]);
    if submission.uploaded {
        assert_eq!(mine["photos"][0]["state"], "ready", "{}", case.number);
    }
    case
}

/// The rungs that a case has climbed, with their moments, in order.
fn rungs(world: &World, case: &Case) -> Vec<String> {
    let events = world.events(case).into_iter();
    let reminders = events.filter(|event| event["what"]["kind"] == "reminded");
    reminders
        .map(|event| {
            let what = &event["what"];
            format!("{} {} {}", what["clock"], what["rung"], what["due_at"])
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_report_photo_and_reminder_survives_a_kill_of_everything() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path());
    let submissions = load(&mut process, 20).await;
    let world = again(folder.path()).await;
    world.settle().await;

    let mut cases = Vec::new();
    for submission in &submissions {
        cases.push(case_of(&world, submission).await);
    }
    world.settle().await;
    assert_eq!(world.heads().len(), cases.len(), "a report is there twice");
    assert_eq!(told(&world, "received").len(), 3 * cases.len());

    // The ladder goes on where it stood: each rung once for every case.
    world.wait_until("2026-11-25T12:00:00+08:00").await;
    let climbed = rungs(&world, &cases[0]);
    assert!(climbed.len() > 1, "{climbed:?}");
    for case in &cases {
        assert_eq!(rungs(&world, case).len(), climbed.len(), "{}", case.number);
    }
    world.cloud.stop().await;
}

/// How many reminders the inboxes hold.
async fn reminders(process: &Process) -> usize {
    let inbox = format!("{}/dev/inbox", process.api);
    let inbox = process.http.get(inbox).send().await.unwrap();
    let inbox: Vec<Value> = inbox.json().await.unwrap();
    let reminders = inbox.iter().filter(|message| message["code"] == "reminded");
    reminders.count()
}

/// The kill comes while the clock runs through the moments at which reminders fire.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reminders_that_were_firing_when_everything_was_killed_fire_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path());
    let mut cases = Vec::new();
    for number in 0..10 {
        let mut submission = Submission::new(number);
        submission.go(&process.http, &process.api).await.unwrap();
        cases.push(Case::of(submission.receipt.unwrap()));
    }
    let moving = process
        .http
        .post(format!("{}/dev/clock", process.api))
        .json(&json!({"to": LATER}));
    let moving = tokio::spawn(moving.send());
    let some = async { while reminders(&process).await <= 20 {} };
    within_a_minute("twenty reminders", some).await;
    process.kill();
    assert!(moving.await.unwrap().is_err(), "the clock had arrived");

    let world = again(folder.path()).await;
    world.wait_until(LATER).await;
    for case in &cases {
        let mut climbed = rungs(&world, case);
        assert!(
            climbed.iter().any(|rung| rung.contains("red")),
            "{climbed:#?}"
        );
        let all = climbed.len();
        climbed.sort_unstable();
        climbed.dedup();
        assert_eq!(climbed.len(), all, "a rung fired twice: {climbed:#?}");
    }
    world.cloud.stop().await;
}
