//! Publication: what of a case everyone sees.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use utoipa::ToSchema;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::publication::PublicationRequest;
use zhitiao_domain::kernel::limits::HIDDEN_EVENTS;
use zhitiao_edge::{
    Field, FieldErrors, Fields, IdempotencyKey, IfMatch, JsonBody, Language, NumberInPath,
    StaffCaller,
};

use super::{Answer, CommandRequest, optional_reason};
use crate::Desk;
use crate::case_view::CaseView;

command!(
    /// Put the case on the public board or take it off, and say what of it everyone sees; in every state.
    publish_case, "/v1/desk/cases/{number}/publication", PublicationBody, publication
);

fn publication(f: &mut Fields) -> Result<Command, FieldErrors> {
    let publish = f.required("publish", Field::boolean);
    let photos = photo_numbers(f, "photos");
    let hidden_photos = photo_numbers(f, "hidden_photos");
    let hidden_events = f.optional("hidden_events", |v| {
        v.list(0..=HIDDEN_EVENTS, |v| v.integer(0..=u32::MAX))
    });
    let reason = optional_reason(f);
    Ok(Command::Publish(PublicationRequest {
        publish: publish?,
        photos: photos?,
        hidden_photos: hidden_photos?,
        hidden_events: hidden_events?.map(BTreeSet::from_iter),
        reason: reason?,
    }))
}

/// The numbers of photos of one case, in any request.
pub(super) fn photo_numbers(
    f: &mut Fields,
    name: &str,
) -> Result<Option<BTreeSet<u8>>, FieldErrors> {
    let numbers = f.optional(name, |v| {
        v.list(0..=usize::from(u8::MAX), |v| v.integer(0..=u8::MAX))
    });
    Ok(numbers?.map(BTreeSet::from_iter))
}

/// What everyone sees. A list that is left out stays as it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `publication` reads it")]
pub(crate) struct PublicationBody {
    /// Whether the case is on the public board; needs the reporter's consent.
    publish: bool,
    /// The numbers of all photos that everyone sees, evidence too. When the case goes on the board and they are left
    /// out: the reporter's photos that are ready on the version that you saw and that were never held back.
    photos: Option<Vec<u8>>,
    /// The numbers of all photos that only staff see; neither the board nor the reporter's page shows them.
    hidden_photos: Option<Vec<u8>>,
    /// The numbers of all events whose words only staff see.
    #[schema(max_items = 100)]
    hidden_events: Option<Vec<u32>>,
    /// Needed when something is taken from view; only staff read it.
    #[schema(max_length = 1000)]
    reason: Option<String>,
}
