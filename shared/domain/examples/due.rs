//! Computes the promises of a file and says where they differ from the answers in it.

#![allow(clippy::print_stdout)] // A command-line program talks on standard output.

use std::process::ExitCode;
use std::{env, fs};

#[path = "../tests/data/golden.rs"]
mod golden;

const USAGE: &str = "\
Usage: due FILE

Reads promises from FILE, a JSON array of
  {\"kind\": \"hours\" | \"work_minutes\" | \"work_days\" | \"calendar_days\", \"n\": number,
   \"start\": time, \"holds\": [{\"from\": time, \"to\": time | null}],
   \"due\": time | null, \"yellow_day\": date, \"red_day\": date, \"note\": text}
with times in RFC 3339, and prints one line for each: when it is due and the days of the
yellow and the red card, in Asia/Shanghai. Holds, days and note may be left out.

Exit code: 0 all as expected, 1 a difference, 2 FILE missing or malformed.";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [flag] if flag == "--help" || flag == "-h" => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        [file] if !file.starts_with('-') => compare(file).unwrap_or_else(|error| {
            eprintln!("{file}: {error}");
            ExitCode::from(2)
        }),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn compare(file: &str) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let cases = golden::read(&fs::read_to_string(file)?)?;
    let calendar = golden::seed_calendar();
    let mut n_matching = 0;
    for case in &cases {
        let answer = case.answer(&calendar);
        n_matching += usize::from(case.matches(&answer));
        println!("{}", case.line(&answer));
    }
    println!("{n_matching} of {} as expected", cases.len());
    Ok(ExitCode::from(u8::from(n_matching < cases.len())))
}
