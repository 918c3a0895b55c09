//! A newcomer's first minutes: `make run`, the lines that it prints, kill -9, and again.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use zhitiao_tests::world::{MONDAY, binaries, workspace};

/// `zhitiao-local` as `make run` starts it, on a free port and with its state in `folder`.
struct Running {
    process: Child,
    lines: Vec<String>,
    /// Kept open: the process may go on printing.
    _output: BufReader<ChildStdout>,
}

impl Running {
    fn start(folder: &Path, clock: &[&str]) -> Self {
        let mut process = Command::new(binaries().join("zhitiao-local"))
            .current_dir(workspace())
            .args(["--port", "0"])
            .args(clock)
            .arg("--functions")
            .arg(binaries())
            .arg("--state")
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut lines = Vec::new();
        // The walkthrough ends with the line that moves the clock.
        while !lines
            .last()
            .is_some_and(|line: &String| line.contains("\"advance\""))
        {
            let mut line = String::new();
            assert!(
                output.read_line(&mut line).unwrap() > 0,
                "it stopped: {lines:#?}"
            );
            lines.push(line.trim_end().to_owned());
        }
        Self {
            process,
            lines,
            _output: output,
        }
    }

    /// Runs printed lines in one shell, as a newcomer would who copies them, and answers what they printed.
    fn run(&self, wanted: impl Fn(&str) -> bool) -> String {
        let starts = |line: &&String| line.starts_with("curl ") || line.contains("=$(curl ");
        let lines: Vec<&str> = self
            .lines
            .iter()
            .filter(starts)
            .map(String::as_str)
            .filter(|l| wanted(l))
            .collect();
        assert!(!lines.is_empty(), "{:#?}", self.lines);
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &lines.join("\n")])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

/// `kill -9`, also when a test fails half way.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_lines_that_make_run_prints_work_as_printed_and_survive_kill_nine() {
    let folder = tempfile::tempdir().unwrap();
    let first = Running::start(folder.path(), &["--clock", MONDAY]);
    let printed = first.run(|_| true);
    let receipt: Value = serde_json::from_str(printed.lines().next().unwrap()).unwrap();
    let number = receipt["number"].as_str().unwrap();
    let red = |line: &str| line.contains("红牌") && line.contains(number);
    assert!(printed.lines().any(red), "{printed}");
    drop(first);

    let second = Running::start(folder.path(), &[]);
    let queue = second.run(|line| line.starts_with("TOKEN="));
    let queue: Value = serde_json::from_str(&queue).unwrap();
    assert_eq!(queue["rows"][0]["number"], receipt["number"]);
    assert_eq!(queue["rows"][0]["overdue"], true);
}
