//! What of a case everyone sees: the photos that the desk has looked at, without what staff have hidden since.
//!
//! The history holds it: every decision about publication writes down the whole state that it leaves. A photo is public
//! only because a decision names it, so a photo that arrives later waits until the desk has looked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::case::photo::{FIRST_EVIDENCE, Photo};

/// What everyone sees of a case while it is on the board, as the last decision left it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The photos that everyone sees.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub photos: BTreeSet<u8>,
    /// The reporter's photos that the desk looked at and did not publish.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub withheld: BTreeSet<u8>,
    /// The photos that only staff see.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hidden_photos: BTreeSet<u8>,
    /// The events whose words only staff see.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hidden_events: BTreeSet<u32>,
}

/// What staff ask for. Sets are complete; one that is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicationRequest {
    /// Whether the case is on the board.
    pub publish: bool,
    /// The photos that everyone sees.
    pub photos: Option<BTreeSet<u8>>,
    /// The photos that only staff see.
    pub hidden_photos: Option<BTreeSet<u8>>,
    /// The events whose words only staff see.
    pub hidden_events: Option<BTreeSet<u32>>,
    /// Why; needed when something is taken from view.
    pub reason: Option<String>,
}

/// What a decision about publication did, for the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicationStep {
    /// The case went on the board.
    Published,
    /// The case left the board.
    Unpublished,
    /// Something was taken from view.
    Hidden,
    /// Something was added to what is shown, or nothing changed.
    Updated,
}

impl PublicationStep {
    /// The stable code of its text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Unpublished => "unpublished",
            Self::Hidden => "hidden",
            Self::Updated => "updated",
        }
    }
}

impl Publication {
    /// Whether everyone sees the photo while the case is on the board.
    pub fn shows(&self, photo: &Photo) -> bool {
        photo.is_ready()
            && self.photos.contains(&photo.number)
            && !self.hidden_photos.contains(&photo.number)
    }

    /// The photos that a decision publishes when it names none: those that were public before, and the reporter's
    /// photos that are ready and were never held back.
    pub(crate) fn photos_looked_at(&self, photos: &[Photo]) -> BTreeSet<u8> {
        let ready = ready_from_reporter(photos);
        self.photos
            .union(&(&ready - &self.withheld))
            .copied()
            .collect()
    }
}

/// The reporter's photos that are ready: each of them changes the version of the case, because the desk must see it.
pub fn ready_from_reporter(photos: &[Photo]) -> BTreeSet<u8> {
    numbers(photos, |photo| {
        photo.is_ready() && photo.number < FIRST_EVIDENCE
    })
}

/// The numbers of the photos that a condition chooses.
pub(crate) fn numbers(photos: &[Photo], which: impl Fn(&Photo) -> bool) -> BTreeSet<u8> {
    let chosen = photos.iter().filter(|photo| which(photo));
    chosen.map(|photo| photo.number).collect()
}
