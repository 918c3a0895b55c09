//! What became of each photo of a case.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::case::Author;
use crate::case::Case;
use crate::case::cooperation::Phase;
use crate::case::event::{Event, EventKind};
use crate::case::report::{PhotoGrant, Point};
use crate::case::timers::whole_second;
use crate::kernel::ids::StaffId;
use crate::kernel::limits;

/// What became of a photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PhotoState {
    /// Announced by staff; not received yet.
    Pending,
    /// Checked, cleaned and stored in two sizes.
    Ready {
        /// Pixels of the large size.
        width: u32,
        /// Pixels of the large size.
        height: u32,
        /// Where it was taken, kept only with the reporter's consent.
        point: Option<Point>,
    },
    /// Refused, with the stable code of the reason.
    Rejected {
        /// Why.
        reason: String,
    },
}

/// One photo of a case. Numbers from 0 are the reporter's, in the order of the report; from
/// [`FIRST_EVIDENCE`] on they are evidence by staff.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Its number in the case.
    pub number: u8,
    /// What became of it.
    pub state: PhotoState,
    /// When that was recorded.
    pub at: Timestamp,
    /// For evidence: what was announced, by whom, under which idempotency key.
    pub announced: Option<Announced>,
}

/// An evidence photo that a member of staff announced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announced {
    /// The member of staff.
    pub by: StaffId,
    /// The idempotency key of the announcement.
    pub command: String,
    /// Whether it shows the place before or after the work, when that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Angle, type and length.
    #[serde(flatten)]
    pub grant: PhotoGrant,
}

impl Photo {
    /// Whether it can be shown.
    pub fn is_ready(&self) -> bool {
        matches!(self.state, PhotoState::Ready { .. })
    }

    /// Where it was taken, when that was kept; for staff only.
    pub fn point(&self) -> Option<Point> {
        match self.state {
            PhotoState::Ready { point, .. } => point,
            PhotoState::Pending | PhotoState::Rejected { .. } => None,
        }
    }
}

/// The number of the first evidence photo.
#[expect(clippy::cast_possible_truncation, reason = "the limit is 9")]
pub const FIRST_EVIDENCE: u8 = limits::PHOTOS as u8;

/// How long a permission to upload is valid.
const GRANT_LIFE: SignedDuration = SignedDuration::from_mins(limits::UPLOAD_MINUTES as i64);

/// How far an announced photo has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// It may still arrive.
    Waiting,
    /// Its upload permission lapsed before it arrived.
    Expired,
    /// It can be shown.
    Ready,
    /// It was refused, with the stable code of the reason.
    Rejected(&'a str),
}

impl Progress<'_> {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Expired => "expired",
            Self::Ready => "ready",
            Self::Rejected(_) => "rejected",
        }
    }
}

impl Case {
    /// How far an announced photo has come; `None` stands for a reporter's photo of which nothing is recorded. A
    /// permission that a repeated report renewed is not recorded: its photo counts as expired until it arrives.
    pub fn photo_progress<'a>(&self, photo: Option<&'a Photo>, now: Timestamp) -> Progress<'a> {
        let announced_at = match photo.map(|photo| (&photo.state, photo.at)) {
            Some((PhotoState::Ready { .. }, _)) => return Progress::Ready,
            Some((PhotoState::Rejected { reason }, _)) => return Progress::Rejected(reason),
            Some((PhotoState::Pending, at)) => at,
            None => self.report.at,
        };
        if now < announced_at + GRANT_LIFE {
            Progress::Waiting
        } else {
            Progress::Expired
        }
    }

    /// Why the photo with that number cannot be shown, as the code of a field's fault; `None` when it can.
    pub fn photo_fault(
        &self,
        number: u8,
        photos: &[Photo],
        now: Timestamp,
    ) -> Option<&'static str> {
        let photo = photos.iter().find(|photo| photo.number == number);
        if photo.is_none() && usize::from(number) >= self.report.photos.len() {
            return Some("photo_missing");
        }
        match self.photo_progress(photo, now) {
            Progress::Ready => None,
            Progress::Waiting => Some("photo_not_ready"),
            Progress::Expired => Some("photo_expired"),
            Progress::Rejected(_) => Some("photo_rejected"),
        }
    }

    /// Why the reporter gets no new permission to upload, as a stable code: the case has ended, or the report is too
    /// old. `None` while permissions are given, and for a report without photos.
    pub fn uploads_closed(&self, now: Timestamp) -> Option<&'static str> {
        let last = self.report.at + SignedDuration::from_hours(24 * limits::UPLOAD_DAYS);
        if self.report.photos.is_empty() {
            None
        } else if !self.state.is_open() {
            Some("case_ended")
        } else if now > last {
            Some("report_too_old")
        } else {
            None
        }
    }

    /// The event of a reporter's photo that became ready after staff had acted on the case. `None` while nobody has
    /// acted: then the photo is a part of what the desk looks at first.
    pub fn photo_arrived(&self, number: u8, now: Timestamp) -> Option<Event> {
        let was_handled = self.version > 1;
        (was_handled && number < FIRST_EVIDENCE).then(|| Event {
            number: self.rev + 1,
            at: whole_second(now),
            author: Author::Resident,
            command: None,
            kind: EventKind::PhotoArrived { photo: number },
        })
    }
}
