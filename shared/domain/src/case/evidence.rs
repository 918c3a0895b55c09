//! Photos that prove work: which of them count, and under which number the next one is announced.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::case::Case;
use crate::case::cooperation::Phase;
use crate::case::event::{Event, EventKind};
use crate::case::photo::{FIRST_EVIDENCE, Photo, Progress};
use crate::kernel::limits;

/// The evidence that was ready when the case was last reopened, by staff or by its reporter: it did not prove that the
/// work was done.
pub fn before_reopening(events: &[Event], photos: &[Photo]) -> BTreeSet<u8> {
    let reopened = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::Reopened { evidence, .. } => Some((event.at, evidence.as_ref())),
        EventKind::Objected { evidence, .. } => Some((event.at, Some(evidence))),
        _ => None,
    });
    match reopened {
        None => BTreeSet::new(),
        Some((_, Some(evidence))) => evidence.clone(),
        // Reopened before the event named the evidence.
        Some((at, None)) => {
            let mut old = ready(photos);
            old.retain(|number| {
                let photo = photos.iter().find(|photo| photo.number == *number);
                photo.is_some_and(|photo| photo.at.as_second() <= at.as_second())
            });
            old
        }
    }
}

/// The evidence that is ready.
pub(crate) fn ready(photos: &[Photo]) -> BTreeSet<u8> {
    let ready = photos
        .iter()
        .filter(|photo| photo.number >= FIRST_EVIDENCE && photo.is_ready());
    ready.map(|photo| photo.number).collect()
}

/// Whether one of the numbers is a photo of that phase of the work.
pub(crate) fn shows_phase(numbers: &[u8], phase: Phase, photos: &[Photo]) -> bool {
    photos.iter().any(|photo| {
        let announced = photo.announced.as_ref();
        numbers.contains(&photo.number)
            && announced.is_some_and(|announced| announced.phase == Some(phase))
    })
}

impl Case {
    /// Why the photo proves nothing, as the code of a field's fault; `None` for a photo that proves work.
    pub fn evidence_fault(
        &self,
        number: u8,
        photos: &[Photo],
        events: &[Event],
        now: Timestamp,
    ) -> Option<&'static str> {
        if number < FIRST_EVIDENCE && usize::from(number) < self.report.photos.len() {
            return Some("photo_of_reporter");
        }
        let fault = self.photo_fault(number, photos, now);
        let old = || before_reopening(events, photos).contains(&number);
        fault.or_else(|| old().then_some("photo_before_reopening"))
    }

    /// The number under which the next evidence photo is announced, with the lapsed or refused announcement that it
    /// replaces. `None` when as many photos as are allowed count already: ready ones and those that may still arrive.
    pub fn next_evidence<'a>(
        &self,
        photos: &'a [Photo],
        events: &[Event],
        now: Timestamp,
    ) -> Option<(u8, Option<&'a Photo>)> {
        let old = before_reopening(events, photos);
        let evidence = photos.iter().filter(|photo| photo.number >= FIRST_EVIDENCE);
        let mut counting = 0;
        let (mut free, mut next) = (None, FIRST_EVIDENCE);
        for photo in evidence {
            match self.photo_progress(Some(photo), now) {
                Progress::Rejected(_) | Progress::Expired => free = free.or(Some(photo)),
                Progress::Ready if old.contains(&photo.number) => {}
                Progress::Ready | Progress::Waiting => counting += 1,
            }
            next = next.max(photo.number.saturating_add(1));
        }
        if counting >= limits::PHOTOS {
            return None;
        }
        match free {
            Some(photo) => Some((photo.number, Some(photo))),
            None => (next < u8::MAX).then_some((next, None)),
        }
    }
}
