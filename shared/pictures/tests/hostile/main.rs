//! Files made to break decoders: each must be answered, in time and in bounded memory.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(clippy::too_many_lines, reason = "a list of files is read at one go")]

mod bytes;
mod damaged;
#[path = "../support/files.rs"]
mod files;
mod jpegs;
mod pngs;
mod strangers;
mod webps;

use std::time::Duration;
use std::{fs, panic};

use zhitiao_pictures::sanitize::{LARGE_SHORT_SIDE, LARGE_SIDE, SMALL_SIDE};
use zhitiao_pictures::{Rejection, Rendition, Sanitized, sanitize};

/// A file, and what it does wrong.
struct Hostile {
    name: String,
    file: Vec<u8>,
    expected: Expected,
}

/// What must come of a file.
#[derive(Clone, Copy)]
enum Expected {
    /// Either answer; what counts is that there is one.
    Answer,
    /// A picture: the hostile part is not in the way.
    Picture,
    /// A refusal with this code.
    Refusal(&'static str),
}

impl Hostile {
    fn new(name: impl Into<String>, file: Vec<u8>, expected: Expected) -> Self {
        Self {
            name: name.into(),
            file,
            expected,
        }
    }
}

/// Longest time on the processor for one answer: a machine that does other work still passes. Codecs are optimized in
/// every profile.
const PATIENCE: Duration = Duration::from_secs(3);

/// Most memory that the process may ever have held, in kB: what the function is given.
const MEMORY_KB: u64 = 512_000;

#[test]
fn every_hostile_file_is_answered_in_time_and_memory() {
    let (mut count, mut faults) = (0, Vec::new());
    for family in [
        strangers::all,
        damaged::all,
        jpegs::all,
        pngs::all,
        webps::all,
    ] {
        for hostile in family() {
            count += 1;
            if let Err(fault) = examine(&hostile) {
                faults.push(format!("{}: {fault}", hostile.name));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(count >= 159, "only {count} hostile files");
    if let Some(peak) = peak_memory_kb() {
        assert!(peak < MEMORY_KB, "{peak} kB at the peak");
    }
}

/// Lets the sanitizer answer, and says what is wrong with the answer.
fn examine(hostile: &Hostile) -> Result<(), String> {
    let before = time_on_the_processor();
    let answer = panic::catch_unwind(|| sanitize(&hostile.file));
    let took = time_on_the_processor().saturating_sub(before);
    if took > PATIENCE {
        return Err(format!("took {took:?}"));
    }
    let answer = answer.map_err(|_| "a panic escaped")?;
    let code = answer.as_ref().err().map(Rejection::code);
    match (hostile.expected, &answer) {
        (Expected::Refusal(wanted), _) if code != Some(wanted) => {
            Err(format!("refused as {code:?}, not {wanted}"))
        }
        (Expected::Picture, Err(refusal)) => Err(format!("refused: {refusal}")),
        (_, Ok(clean)) => check_clean(clean),
        (_, Err(_)) => Ok(()),
    }
}

/// How long this thread has run, as Linux counts it (proc(5), `schedstat`).
fn time_on_the_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds = text.split(' ').next().unwrap().parse().unwrap();
    Duration::from_nanos(nanoseconds)
}

/// Says what a sanitized picture must not be.
fn check_clean(clean: &Sanitized) -> Result<(), String> {
    for (picture, side, shortest) in [
        (&clean.large, LARGE_SIDE, LARGE_SHORT_SIDE),
        (&clean.small, SMALL_SIDE, 0),
    ] {
        let Rendition {
            jpeg,
            width,
            height,
        } = picture;
        let is_within = *width.max(height) <= side || *width.min(height) <= shortest;
        if *width.min(height) == 0 || !is_within {
            return Err(format!("became {picture:?}"));
        }
        if !jpeg.starts_with(&[0xff, 0xd8]) || !jpeg.ends_with(&[0xff, 0xd9]) {
            return Err("became something else than a JPEG".into());
        }
        for payload in [&b"<script"[..], b"Exif", b"PK\x03\x04"] {
            if jpeg.windows(payload.len()).any(|window| window == payload) {
                return Err("its payload came through".into());
            }
        }
    }
    Ok(())
}

/// The most memory this process has held at once, where the system tells.
fn peak_memory_kb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
