//! `POST /v1/desk/cases/{number}/photos`: evidence.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use utoipa::ToSchema;
use zhitiao_domain::case::Case;
use zhitiao_domain::limits::PHOTOS;
use zhitiao_domain::photo::{Announced, FIRST_EVIDENCE, Photo, PhotoState};
use zhitiao_domain::report::PhotoGrant;
use zhitiao_domain::rights::Right;
use zhitiao_domain::teamwork::Phase;
use zhitiao_edge::report::{self, UploadView};
use zhitiao_edge::{
    Faulty, Field, Fields, IdempotencyKey, JsonBody, NumberInPath, Problem, ProblemBody,
    StaffCaller,
};
use zhitiao_store::CasePage;

use crate::Desk;
use crate::case_view::photo_key;

/// Announce an evidence photo and get the permission to upload it.
#[utoipa::path(post, path = "/v1/desk/cases/{number}/photos", tag = "staff", security(("staff" = [])),
    params(
        ("number" = String, Path, example = "K7M3-9QXD-4"),
        ("Idempotency-Key" = String, Header, description = "A UUID; the same for every repetition."),
    ),
    request_body = EvidenceBody,
    responses(
        (status = 201, description = "Where to put the photo.", body = UploadView),
        (status = 403, description = "You have no right to this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The case has all the photos that it can have, or the key was used before for another.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn announce_photo(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    NumberInPath(id): NumberInPath,
    key: IdempotencyKey,
    body: JsonBody,
) -> Result<(StatusCode, Json<UploadView>), Problem> {
    let command = key.command_id(caller.subject.as_str(), "photos", &body.fingerprint());
    let seat = desk.seat(caller).await?;
    let (grant, phase) = body.read(evidence)?;
    // Somebody else may take the same number at the same moment; there are only so many.
    for _ in 0..=PHOTOS {
        let page = desk.page(&seat, id).await?;
        if !seat.may(Right::AddPhoto, &page.case) {
            return Err(Problem::forbidden());
        }
        if let Some((number, announced)) = announced_before(&page, key) {
            if announced.command != command {
                return Err(Problem::unprocessable("idempotency_key_reused"));
            }
            return Ok((
                StatusCode::CREATED,
                Json(desk.upload(&page.case, number, announced.grant).await?),
            ));
        }
        let number = next_number(&page).ok_or_else(|| Problem::unprocessable("too_many_photos"))?;
        let photo = Photo {
            number,
            state: PhotoState::Pending,
            at: desk.clock.now(),
            announced: Some(Announced {
                by: seat.staff.id.clone(),
                command: command.clone(),
                phase,
                grant,
            }),
        };
        if desk.cases.announce_photo(&seat.tenant, id, &photo).await? {
            return Ok((
                StatusCode::CREATED,
                Json(desk.upload(&page.case, number, grant).await?),
            ));
        }
    }
    Err(Problem::unprocessable("too_many_photos"))
}

fn evidence(f: &mut Fields) -> Result<(PhotoGrant, Option<Phase>), Faulty> {
    let phase = f.optional("phase", Field::one_of);
    let grant = report::photo(f);
    Ok((grant?, phase?))
}

/// An evidence photo.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `evidence` reads it")]
pub(crate) struct EvidenceBody {
    /// `front`, `side`, `surroundings` or `detail`.
    #[schema(example = "detail")]
    angle: String,
    /// `image/jpeg`, `image/png` or `image/webp`.
    #[schema(example = "image/jpeg")]
    content_type: String,
    #[schema(schema_with = report::photo_bytes_schema)]
    bytes: u32,
    /// `before` or `after` the work; a team shows both.
    phase: Option<String>,
}

fn announced_before(page: &CasePage, key: IdempotencyKey) -> Option<(u8, &Announced)> {
    page.photos.iter().find_map(|photo| {
        let announced = photo.announced.as_ref()?;
        key.names(&announced.command)
            .then_some((photo.number, announced))
    })
}

fn next_number(page: &CasePage) -> Option<u8> {
    let taken = page
        .photos
        .iter()
        .map(|photo| photo.number)
        .filter(|number| *number >= FIRST_EVIDENCE)
        .max();
    let next = taken.map_or(FIRST_EVIDENCE, |number| number + 1);
    (usize::from(next) < usize::from(FIRST_EVIDENCE) + PHOTOS).then_some(next)
}

impl Desk {
    /// The permission to upload one photo of a case; signing needs no request.
    pub(crate) async fn upload(
        &self,
        case: &Case,
        number: u8,
        photo: PhotoGrant,
    ) -> Result<UploadView, Problem> {
        let key = photo_key(case, number);
        let grant = self
            .photos
            .grant(&key, photo.content_type, photo.bytes)
            .await?;
        Ok(UploadView {
            number,
            method: grant.method,
            url: grant.url,
            headers: grant.headers,
            expires_in_seconds: grant.expires_in_seconds,
        })
    }
}
