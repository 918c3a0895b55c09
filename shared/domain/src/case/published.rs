//! What the history of a case says about what everyone sees.

use jiff::Timestamp;

use crate::case::event::{Event, EventKind};
use crate::case::photo::Photo;
use crate::case::publication::{Publication, numbers};

impl Publication {
    /// What the history of a case says, with all its photos.
    pub fn of(events: &[Event], photos: &[Photo]) -> Self {
        let decided = events.iter().rev().find_map(|event| match &event.kind {
            EventKind::PublicationChanged { publication, .. }
            | EventKind::Triaged {
                publication: Some(publication),
                ..
            } => Some(publication.clone()),
            EventKind::Triaged {
                published: true,
                publication: None,
                ..
            } => Some(Self::before_photos_were_named(event.at, photos)),
            _ => None,
        });
        decided.unwrap_or_default()
    }

    /// A case that was published before decisions named photos keeps those that were ready at that time.
    fn before_photos_were_named(at: Timestamp, photos: &[Photo]) -> Self {
        Self {
            photos: numbers(photos, |photo| {
                photo.is_ready() && photo.at.as_second() <= at.as_second()
            }),
            ..Self::default()
        }
    }
}
