//! The grants to upload photos that were announced, by a reporter or as evidence.

use zhitiao_domain::case::Case;
use zhitiao_domain::case::report::PhotoGrant;
use zhitiao_edge::Problem;
use zhitiao_photos::{PhotoKey, PhotoStore};
use zhitiao_views::UploadView;

/// The grants to upload these photos of a case, each with its number; signing needs no request.
///
/// # Errors
/// When the bucket's credentials cannot be had or a grant cannot be signed.
pub async fn grant(
    store: &PhotoStore,
    case: &Case,
    announced: impl IntoIterator<Item = (u8, PhotoGrant)>,
) -> Result<Vec<UploadView>, Problem> {
    let mut uploads = Vec::new();
    for (number, photo) in announced {
        let key = photo_key(case, number);
        let grant = store.grant(&key, photo.content_type, photo.bytes).await?;
        uploads.push(UploadView {
            number,
            method: grant.method,
            url: grant.url,
            headers: grant.headers,
            expires_in_seconds: grant.expires_in_seconds,
        });
    }
    Ok(uploads)
}

/// The place of a case's photo in the buckets.
pub fn photo_key(case: &Case, number: u8) -> PhotoKey {
    PhotoKey {
        tenant: case.tenant.clone(),
        case_id: case.id,
        n: number,
    }
}
