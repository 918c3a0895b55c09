//! What S3 asks of a signed request beyond a signature that fits.

use std::collections::BTreeMap;

use axum::extract::Request;
use axum::http::{StatusCode, header};

/// S3's longest life of a presigned URL: a week, in seconds.
const LONGEST_LIFE: u32 = 604_800;

/// Status, code and message of a refusal.
pub(crate) type Refusal = (StatusCode, &'static str, String);

/// Refuses a signed request that S3 would refuse whatever its signature says.
pub(crate) fn check(request: &Request, region: &str) -> Result<(), Refusal> {
    if request.headers().contains_key(header::TRANSFER_ENCODING) {
        let message = "A header you provided implies functionality that is not implemented";
        return Err((
            StatusCode::NOT_IMPLEMENTED,
            "NotImplemented",
            message.into(),
        ));
    }
    let query = request.uri().query().unwrap_or_default();
    let query: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let authorization = request.headers().get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    match (query.get("X-Amz-SignedHeaders"), authorization) {
        (Some(_), Some(_)) => {
            let message = "Only one auth mechanism allowed";
            Err((StatusCode::BAD_REQUEST, "InvalidArgument", message.into()))
        }
        (Some(signed), None) => {
            presigned(&query, region)?;
            all_signed(request, signed)
        }
        (None, Some(authorization)) => {
            let signed = authorization.split("SignedHeaders=").nth(1);
            let signed = signed.and_then(|rest| rest.split(',').next());
            all_signed(request, signed.unwrap_or_default())
        }
        (None, None) => Ok(()),
    }
}

/// The life and the region of a presigned URL.
fn presigned(query: &BTreeMap<String, String>, region: &str) -> Result<(), Refusal> {
    let refused = |message: String| {
        let code = "AuthorizationQueryParametersError";
        Err((StatusCode::BAD_REQUEST, code, message))
    };
    let life = query
        .get("X-Amz-Expires")
        .and_then(|text| text.parse().ok());
    if !life.is_some_and(|life: u32| (1..=LONGEST_LIFE).contains(&life)) {
        return refused(format!(
            "X-Amz-Expires must be between 1 and a week (in seconds) that is {LONGEST_LIFE}"
        ));
    }
    let named = query
        .get("X-Amz-Credential")
        .and_then(|text| text.split('/').nth(2));
    match named {
        Some(named) if named != region => refused(format!(
            "Error parsing the X-Amz-Credential parameter; the region '{named}' is wrong; expecting '{region}'"
        )),
        _ => Ok(()),
    }
}

/// The host and every header of S3's own must be signed, or a caller could add what the signer did not grant.
fn all_signed(request: &Request, signed: &str) -> Result<(), Refusal> {
    let signed: Vec<_> = signed.split(';').collect();
    let names = request.headers().keys().map(header::HeaderName::as_str);
    let mut unsigned = names
        .filter(|name| *name == "host" || name.starts_with("x-amz-"))
        .filter(|name| !signed.contains(name));
    if unsigned.next().is_none() {
        return Ok(());
    }
    let message = "There were headers present in the request which were not signed";
    Err((StatusCode::FORBIDDEN, "AccessDenied", message.into()))
}
