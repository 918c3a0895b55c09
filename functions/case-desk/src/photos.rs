//! `POST /v1/desk/cases/{number}/photos`: evidence.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use zhitiao_app::report::PhotoBody;
use zhitiao_app::uploads;
use zhitiao_domain::case::cooperation::Phase;
use zhitiao_domain::case::photo::{Announced, Photo, PhotoState};
use zhitiao_domain::case::report::PhotoGrant;
use zhitiao_domain::case::rights::Right;
use zhitiao_domain::kernel::ids::CaseNumber;
use zhitiao_domain::kernel::limits::PHOTOS;
use zhitiao_edge::{
    IdempotencyKey, JsonBody, NumberInPath, Problem, ProblemBody, StaffCaller, body,
};
use zhitiao_store::CasePage;
use zhitiao_views::UploadView;

use crate::Desk;

/// Announce an evidence photo and get a grant to upload it.
#[utoipa::path(post, path = "/v1/desk/cases/{number}/photos", tag = "staff", security(("staff" = [])),
    params(
        ("number" = String, Path, example = json!(CaseNumber::EXAMPLE)),
        ("Idempotency-Key" = String, Header, description = "A UUID; repeat the request under the same key."),
    ),
    request_body = EvidenceBody,
    responses(
        (status = 201, description = "The grant to upload the photo.", body = UploadView),
        (status = 403, description = "You have no right to this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The case has the largest number of photos, or the key was used for another photo.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn announce_photo(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    NumberInPath(id): NumberInPath,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<UploadView>), Problem> {
    let command = key.command_id(caller.subject.as_str(), "photos", &body.fingerprint());
    let session = desk.session(caller).await?;
    let EvidenceBody { phase, grant } = body.read(EvidenceBody::read)?;
    // Another person may take the same number at the same moment; there are only so many.
    for _ in 0..=PHOTOS {
        let page = session.load_readable_case(&desk.cases, id).await?;
        if !session.may(Right::AddPhoto, &page.case) {
            return Err(Problem::forbidden());
        }
        if !page.case.state.is_open() {
            return Err(Problem::unprocessable("case_ended"));
        }
        let announced = Announced {
            by: session.staff.id.clone(),
            command: command.clone(),
            phase,
            grant,
        };
        let now = desk.clock.now();
        let (number, replaced) = match announced_before(&page, key) {
            Some((_, before)) if before.command != command => {
                return Err(Problem::unprocessable("idempotency_key_reused"));
            }
            // A repetition renews the permission, and the time in which the photo may arrive.
            Some((photo, _)) => (photo.number, Some(photo)),
            None => page
                .case
                .next_evidence(&page.photos, &page.events, now)
                .ok_or_else(|| Problem::unprocessable("too_many_photos"))?,
        };
        let photo = Photo {
            number,
            state: PhotoState::Pending,
            at: now,
            announced: Some(announced),
        };
        let is_ready = replaced.is_some_and(Photo::is_ready);
        let announce = desk
            .cases
            .announce_photo(&session.district, id, &photo, replaced);
        if is_ready || announce.await? {
            let upload = uploads::grant(&desk.photos, &page.case, number, grant).await?;
            return Ok((StatusCode::CREATED, Json(upload)));
        }
    }
    Err(Problem::unprocessable("too_many_photos"))
}

body! {
    /// An evidence photo.
    pub(crate) struct EvidenceBody {
        /// `before` or `after` the work; a team shows both.
        phase: Option<Phase> = optional one_of(),
        ..grant: PhotoGrant = PhotoBody::read(),
    }
}

fn announced_before(page: &CasePage, key: IdempotencyKey) -> Option<(&Photo, &Announced)> {
    page.photos.iter().find_map(|photo| {
        let announced = photo.announced.as_ref()?;
        key.names(&announced.command).then_some((photo, announced))
    })
}
