//! Publication: what of a case everyone sees.

use std::collections::BTreeSet;

use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::publication::PublicationRequest;
use zhitiao_domain::kernel::limits::{HIDDEN_EVENTS, REASON_CHARS};
use zhitiao_edge::body;

command!(
    /// Put the case on the public board or take it off, and say what of it everyone sees; in every state.
    publish_case, "/v1/desk/cases/{number}/publication", PublicationBody, Command::Publish
);

body! {
    /// What everyone sees. A list that is left out stays as it is.
    pub(crate) struct PublicationBody => PublicationRequest {
        /// Whether the case is on the public board; needs the reporter's consent.
        publish: bool = required boolean(),
        /// The numbers of all photos that everyone sees, evidence too. When the case goes on the board and they are
        /// left out: the reporter's photos that are ready on the version that you saw and that were never held back.
        photos: Option<BTreeSet<u8>> = optional list(0..=usize::from(u8::MAX), integer(0..=u8::MAX)),
        /// The numbers of all photos that only staff see; neither the board nor the reporter's page shows them.
        hidden_photos: Option<BTreeSet<u8>> = optional list(0..=usize::from(u8::MAX), integer(0..=u8::MAX)),
        /// The numbers of all events whose words only staff see.
        hidden_events: Option<BTreeSet<u32>> = optional list(0..=HIDDEN_EVENTS, integer(0..=u32::MAX)),
        /// Needed when something is taken from view; only staff read it.
        reason: Option<String> = optional text(1..=REASON_CHARS),
    }
}
