//! Measures how report-intake starts, beside a function that does nothing and one that only opens its connection (`make
//! bench-startup`). Compare rows of one run.
#![expect(clippy::print_stdout, reason = "a command-line program")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use zhitiao_store::DirectoryData;
use zhitiao_tests::startup::{Authority, Host, Process, Spent, Tables, environment, report};
use zhitiao_tests::world::workspace;

/// Processes of each function; the median is shown.
const STARTS: usize = 20;

/// Warm invocations of each process.
const WARM: u32 = 50;

/// What is wanted of report-intake.
const START_RATIO: f64 = 2.5;
const FIRST_CALL_CPU_MS: f64 = 1.5;
const PEAK_MIB: f64 = 15.0;

/// What one process showed.
struct Sample {
    start: Spent,
    first: Spent,
    warm: Spent,
    peak_kib: u64,
}

/// A function to measure.
struct Subject {
    name: &'static str,
    binary: PathBuf,
    environment: Vec<(String, String)>,
    event: fn() -> Value,
    samples: Vec<Sample>,
}

impl Subject {
    async fn measure(&mut self, host: &Host) {
        let (mut process, start) = Process::start(host, &self.binary, &self.environment).await;
        let (answer, first) = process.handle(&(self.event)()).await;
        check(self.name, &answer);
        let mut warm = Spent {
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
        };
        for _ in 0..WARM {
            let (answer, spent) = process.handle(&(self.event)()).await;
            check(self.name, &answer);
            warm.wall += spent.wall;
            warm.cpu += spent.cpu;
        }
        warm.wall /= WARM;
        warm.cpu /= WARM;
        self.samples.push(Sample {
            start,
            first,
            warm,
            peak_kib: process.peak_kib(),
        });
    }

    /// The median of something over all processes, in milliseconds.
    fn median(&self, of: impl Fn(&Sample) -> Duration) -> f64 {
        let mut all: Vec<_> = self.samples.iter().map(of).collect();
        all.sort_unstable();
        all[all.len() / 2].as_secs_f64() * 1000.0
    }

    fn peak_mib(&self) -> f64 {
        let peak = self.samples.iter().map(|sample| sample.peak_kib).max();
        f64::from(u32::try_from(peak.unwrap_or_default()).unwrap_or(u32::MAX)) / 1024.0
    }

    fn row(&self) {
        let bytes = std::fs::metadata(&self.binary).map(|file| file.len());
        println!(
            "{:28} {:>9} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>8.1}",
            self.name,
            bytes.unwrap_or_default(),
            self.median(|sample| sample.start.wall),
            self.median(|sample| sample.start.cpu),
            self.median(|sample| sample.first.wall),
            self.median(|sample| sample.first.cpu),
            self.median(|sample| sample.warm.wall),
            self.median(|sample| sample.warm.cpu),
            self.peak_mib(),
        );
    }
}

/// A report must have been accepted: a refusal would be cheaper.
fn check(name: &str, answer: &Value) {
    let is_fine = !name.starts_with("report-intake") || answer["statusCode"] == 201;
    assert!(is_fine, "{name} answered {answer}");
}

#[tokio::main]
async fn main() {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "target/lambda".to_owned());
    let folder = Path::new(&folder);
    let authority = Authority::new();
    let directory = DirectoryData::from_folder(&workspace().join("infra/seed"));
    let directory = directory.unwrap_or_else(|error| panic!("{error}"));
    let tables = Tables::start(directory, &authority).await;
    let host = Host::start().await;
    let intake = |name, tables: &str| Subject {
        name,
        binary: folder.join("report-intake"),
        environment: environment(tables, authority.bundle()),
        event: report,
        samples: Vec::new(),
    };
    let mut subjects = [
        Subject {
            name: "empty",
            binary: folder.join("examples/empty"),
            environment: Vec::new(),
            event: || json!({}),
            samples: Vec::new(),
        },
        Subject {
            name: "connected",
            binary: folder.join("examples/connected"),
            environment: environment(&tables.tls, authority.bundle()),
            event: || json!({}),
            samples: Vec::new(),
        },
        intake("report-intake, no TLS", &tables.plain),
        intake("report-intake", &tables.tls),
    ];
    for _ in 0..STARTS {
        for subject in &mut subjects {
            subject.measure(&host).await;
        }
    }
    println!(
        "{STARTS} starts of each in turn, {WARM} warm calls each, {} root certificates; medians in ms, peak in MiB\n",
        authority.roots
    );
    println!(
        "{:28} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "", "bytes", "start", "CPU", "first", "CPU", "warm", "CPU", "peak"
    );
    subjects.iter().for_each(Subject::row);
    verdict(&subjects[0], &subjects[1], &subjects[3]);
}

/// The figures that are wanted, beside those that were measured.
fn verdict(empty: &Subject, connected: &Subject, intake: &Subject) {
    let start = |subject: &Subject| subject.median(|sample| sample.start.wall);
    let figures = [
        (
            "start, times the empty function's",
            start(intake) / start(empty),
            START_RATIO,
        ),
        (
            "CPU of the first call, ms",
            intake.median(|sample| sample.first.cpu),
            FIRST_CALL_CPU_MS,
        ),
        ("peak, MiB", intake.peak_mib(), PEAK_MIB),
    ];
    println!(
        "\nstart, times that of a function that only opens its connection: {:.2} ({:.2} of its CPU)",
        start(intake) / start(connected),
        intake.median(|sample| sample.start.cpu) / connected.median(|sample| sample.start.cpu),
    );
    for (what, measured, wanted) in figures {
        let word = if measured <= wanted { "met" } else { "MISSED" };
        println!("{what:36} {measured:>6.2}   wanted at most {wanted:>5.2}   {word}");
    }
}
