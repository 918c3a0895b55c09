//! Measures what residents' pages cost beside the API, and that a board costs the same however many cases it has (`make
//! bench-pages`). Compare rows of one run.
#![expect(clippy::print_stdout, reason = "a command-line program")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use zhitiao_domain::kernel::ids::CaseId;
use zhitiao_store::DirectoryData;
use zhitiao_tests::startup::{
    Authority, Host, Process, Tables, by_staff, environment, report, request,
};
use zhitiao_tests::world::{DISTRICT, workspace};

const COMMUNITY: &str = "xianggang-huayuan";

/// Warm requests of each row, after as many that warm up.
const WARM: usize = 200;

/// Public cases of the community in the month, in each round.
const ROUNDS: [u32; 2] = [100, 100_000];

/// What a page may cost on a warm function.
const PAGE_CPU_MS: f64 = 5.0;

/// The functions to measure.
struct Functions {
    site: Process,
    board: Process,
}

impl Functions {
    async fn start(host: &Host, folder: &Path, variables: &[(String, String)]) -> Self {
        Self {
            site: Process::start(host, &folder.join("site"), variables)
                .await
                .0,
            board: Process::start(host, &folder.join("public-board"), variables)
                .await
                .0,
        }
    }
}

/// Has a case accepted and published; answers its number.
async fn published(host: &Host, folder: &Path, variables: &[(String, String)]) -> String {
    let (mut intake, _) = Process::start(host, &folder.join("report-intake"), variables).await;
    let receipt = body(&intake.handle(&report()).await.0, 201);
    let number = receipt["number"].as_str().expect("a number").to_owned();
    let (mut desk, _) = Process::start(host, &folder.join("case-desk"), variables).await;
    let key = "018f6a7e-0000-7000-8000-000000000001";
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
        ("if-match", "\"1\""),
    ];
    let triage = json!({"category": "manhole-cover", "publish": true}).to_string();
    let path = format!("/v1/desk/cases/{number}/triage");
    let event = by_staff(request("POST", &path, &headers, &triage), "wang.fang");
    body(&desk.handle(&event).await.0, 200);
    number
}

fn body(answer: &Value, status: u16) -> Value {
    assert_eq!(answer["statusCode"], status, "{answer}");
    serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default()
}

/// Copies the head of a public case, so that its community has so many of them in the month.
fn copy_head(tables: &Tables, number: &str, from: u32, to: u32) {
    let id = number.replace('-', "");
    let id = &id[..id.len() - 1];
    let key = json!({"pk": {"S": format!("{DISTRICT}#{id}")}, "sk": {"S": "#"}});
    let read = json!({"TableName": "CasesTable", "Key": key});
    let read = serde_json::from_value(read).expect("a request");
    let found = tables.database.get_item(read).expect("the table answers");
    let found = serde_json::to_value(found.item).expect("an item");
    for numbers in (from..to).collect::<Vec<_>>().chunks(25) {
        let puts = numbers.iter().map(|n| {
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&n.to_be_bytes());
            let id = CaseId::from_hash(&hash);
            let mut item = found.clone();
            item["pk"] = json!({"S": format!("{DISTRICT}#{}", id.as_str())});
            json!({"PutRequest": {"Item": item}})
        });
        let write = json!({"RequestItems": {"CasesTable": puts.collect::<Vec<_>>()}});
        let write = serde_json::from_value(write).expect("a request");
        let written = tables.database.batch_write_item(write);
        written.expect("the table takes it");
    }
}

/// The median of the warm requests, in milliseconds of CPU, and the bytes of the answer.
async fn measure(function: &mut Process, path: &str) -> (f64, usize) {
    let headers = [("accept", "text/html,application/json")];
    let (mut spent, mut bytes) = (Vec::new(), 0);
    for round in 0..2 * WARM {
        let (answer, took) = function.handle(&request("GET", path, &headers, "")).await;
        assert_eq!(answer["statusCode"], 200, "{path}: {answer}");
        bytes = answer["body"].as_str().map_or(0, str::len);
        if round >= WARM {
            spent.push(took.cpu);
        }
    }
    spent.sort_unstable();
    (milliseconds(spent[spent.len() / 2]), bytes)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[tokio::main]
async fn main() {
    let folder = std::env::args().nth(1).unwrap_or_default();
    let folder = PathBuf::from(folder);
    let authority = Authority::new();
    let directory = DirectoryData::from_folder(&workspace().join("infra/seed"));
    let directory = directory.unwrap_or_else(|error| panic!("{error}"));
    let tables = Tables::start(directory, &authority).await;
    let variables = environment(&tables.plain, authority.bundle());
    let host = Host::start().await;
    let number = published(&host, &folder, &variables).await;
    let mut functions = Functions::start(&host, &folder, &variables).await;
    println!("{WARM} warm requests a row; median CPU in ms, bytes of the answer\n");
    println!("{:44} {:>9} {:>8} {:>8}", "", "cases", "CPU", "bytes");
    let mut before = 0;
    let mut worst = 0.0_f64;
    for cases in ROUNDS {
        copy_head(&tables, &number, before, cases);
        before = cases;
        for path in ["/", "/report", "/help", "/communities"] {
            worst = worst.max(row(&mut functions.site, path, cases).await);
        }
        for path in [
            format!("/communities/{COMMUNITY}"),
            format!("/board/{COMMUNITY}"),
            format!("/board/{COMMUNITY}?category=manhole-cover"),
            format!("/board/{COMMUNITY}/feed"),
            format!("/cases/{number}"),
        ] {
            worst = worst.max(row(&mut functions.site, &path, cases).await);
        }
        for path in [
            format!("/v1/board/cases?community={COMMUNITY}"),
            format!("/v1/board/cases/{number}"),
        ] {
            row(&mut functions.board, &path, cases).await;
        }
    }
    let word = if worst <= PAGE_CPU_MS {
        "met"
    } else {
        "MISSED"
    };
    println!("\nthe dearest page, ms {worst:>6.2}   wanted at most {PAGE_CPU_MS:>5.2}   {word}");
}

/// Measures and prints a row; answers its CPU.
async fn row(function: &mut Process, path: &str, cases: u32) -> f64 {
    let (cpu, bytes) = measure(function, path).await;
    println!("{path:44} {cases:>9} {cpu:>8.2} {bytes:>8}");
    cpu
}
