//! How far the photos of a case have come, and until when they may be uploaded.

use jiff::{SignedDuration, Timestamp};

use crate::case::event::{Event, EventKind};
use crate::case::photo::{FIRST_EVIDENCE, Photo, PhotoState, Progress};
use crate::case::{Author, Case};
use crate::kernel::limits;

/// How long a permission to upload is valid.
const GRANT_LIFE: SignedDuration = SignedDuration::from_mins(limits::UPLOAD_MINUTES.cast_signed());

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
            at: self.event_time(now),
            author: Author::Resident,
            command: None,
            kind: EventKind::PhotoArrived { photo: number },
        })
    }
}
