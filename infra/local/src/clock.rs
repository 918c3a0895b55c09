//! The movable clock: real time plus an offset that the functions read from a file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::state;

/// China Standard Time, which knows no daylight saving.
pub(crate) fn local_zone() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// Real time plus an offset in milliseconds.
#[derive(Debug)]
pub(crate) struct Clock {
    offset: AtomicI64,
    file: PathBuf,
}

impl Clock {
    /// Continues with the offset that the file holds.
    pub(crate) fn open(file: PathBuf) -> Self {
        let offset = std::fs::read_to_string(&file).ok();
        let offset = offset
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0);
        Self {
            offset: AtomicI64::new(offset),
            file,
        }
    }

    /// The file with the offset, for the functions.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.moved(real_now())
    }

    /// A moment of real time as the moved clock shows it.
    pub(crate) fn moved(&self, real: Timestamp) -> Timestamp {
        let offset = jiff::SignedDuration::from_millis(self.offset.load(Ordering::SeqCst));
        real.saturating_add(offset).unwrap_or(real)
    }

    /// Sets the clock; the functions see it at their next look.
    pub(crate) fn set(&self, to: Timestamp) -> std::io::Result<()> {
        let offset = to.as_millisecond() - real_now().as_millisecond();
        state::replace(&self.file, offset.to_string().as_bytes())?;
        self.offset.store(offset, Ordering::SeqCst);
        Ok(())
    }
}

/// The machine's own time: for signatures, time-outs and everything that is not the application's.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the movable clock's one source"
)]
pub(crate) fn real_now() -> Timestamp {
    Timestamp::now()
}
