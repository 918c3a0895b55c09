//! The one place that reads the time: rules get `now` as an argument.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::config::Env;

/// Names the file that holds the local cloud's moved clock; never set on AWS.
pub const OFFSET_FILE: &str = "ZHITIAO_CLOCK_OFFSET_FILE";

/// The clock of a function: the machine's, or in the local cloud the machine's moved by an offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_file: Option<PathBuf>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// The machine's clock moved by what a small file says: milliseconds as decimal text, may be negative.
    ///
    /// The file is read at every [`now`](Self::now), so that the local cloud moves all functions at once. A missing or
    /// unreadable file means no offset.
    pub fn moved_by(offset_file: impl Into<PathBuf>) -> Self {
        Self {
            offset_file: Some(offset_file.into()),
        }
    }

    /// The clock that the environment asks for: moved when [`OFFSET_FILE`] is set, else the machine's.
    pub fn of(env: &Env) -> Self {
        Self {
            offset_file: env.optional(OFFSET_FILE).map(PathBuf::from),
        }
    }

    /// The present moment, UTC.
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the time"
    )]
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // An offset beyond the calendar's end is no offset.
        now.checked_add(self.offset()).unwrap_or(now)
    }

    fn offset(&self) -> SignedDuration {
        self.offset_file
            .as_ref()
            .and_then(|file| std::fs::read_to_string(file).ok())
            .and_then(|text| text.trim().parse().ok())
            .map_or(SignedDuration::ZERO, SignedDuration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1000;

    /// By how many days the clock with this offset file is off, to the nearest day.
    fn days_off(content: &str) -> i64 {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("offset");
        std::fs::write(&file, content).unwrap();
        let moved = Clock::moved_by(&file).now().as_millisecond();
        let off = moved - Clock::system().now().as_millisecond();
        (off + DAY / 2).div_euclid(DAY)
    }

    #[test]
    fn the_offset_file_moves_the_clock_either_way() {
        assert_eq!(days_off(&(30 * DAY).to_string()), 30);
        assert_eq!(days_off(&format!("{}\n", -2 * DAY)), -2);
    }

    #[test]
    fn a_file_that_says_nothing_usable_leaves_the_clock_alone() {
        for content in ["", "soon", "1e9", &i64::MAX.to_string()] {
            assert_eq!(days_off(content), 0, "{content}");
        }
        let missing = Clock::moved_by("/nonexistent/offset").now();
        assert!(missing <= Clock::system().now());
    }

    #[test]
    fn the_file_is_read_anew_at_every_call() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let clock = Clock::moved_by(file.path());
        let before = clock.now();
        std::fs::write(file.path(), DAY.to_string()).unwrap();
        assert!(clock.now().as_millisecond() - before.as_millisecond() >= DAY);
    }
}
