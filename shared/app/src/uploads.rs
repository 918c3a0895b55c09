//! The grants to upload photos that were announced, by a reporter or as evidence.

use zhitiao_domain::case::Case;
use zhitiao_domain::case::report::PhotoGrant;
use zhitiao_edge::Problem;
use zhitiao_photos::{PhotoKey, PhotoStore};
use zhitiao_views::UploadView;

/// The grant to upload one photo of a case; signing needs no request.
///
/// # Errors
/// When the credentials that sign cannot be had.
pub async fn grant(
    store: &PhotoStore,
    case: &Case,
    number: u8,
    photo: PhotoGrant,
) -> Result<UploadView, Problem> {
    let key = photo_key(case, number);
    let grant = store.grant(&key, photo.content_type, photo.bytes).await?;
    Ok(UploadView {
        number,
        method: grant.method,
        url: grant.url,
        headers: grant.headers,
        expires_in_seconds: grant.expires_in_seconds,
    })
}

/// One grant for each photo that the reporter announces, in order.
///
/// # Errors
/// See [`grant`].
pub async fn grant_all(
    store: &PhotoStore,
    case: &Case,
    announced: &[PhotoGrant],
) -> Result<Vec<UploadView>, Problem> {
    let mut uploads = Vec::with_capacity(announced.len());
    for (number, photo) in (0_u8..).zip(announced) {
        uploads.push(grant(store, case, number, *photo).await?);
    }
    Ok(uploads)
}

/// The place of a case's photo in the buckets.
pub fn photo_key(case: &Case, number: u8) -> PhotoKey {
    PhotoKey {
        district: case.district.clone(),
        case_id: case.id,
        n: number,
    }
}
