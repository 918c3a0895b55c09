//! Who is asking, and about which case.

use axum::extract::{FromRequestParts, Path};
use http::StatusCode;
use http::request::Parts;
use jiff::Timestamp;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use serde::de::DeserializeOwned;
use zhitiao_domain::kernel::ids::{CaseId, CaseNumber, DistrictId, TokenSubject};
use zhitiao_domain::kernel::org::{OrgChart, Staff};

use crate::problem::Problem;

/// A member of staff, as the gateway's JWT authorizer vouches for.
///
/// It comes from the authorizer's claims `sub` and `tenant` only, never from a header or the body; roles and units are
/// looked up in the directory. As an extractor it refuses with 401 when the claims are missing or malformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffCaller {
    /// Who, as the issuer names them; the directory says which person that is.
    pub subject: TokenSubject,
    /// In which district.
    pub district: DistrictId,
}

impl StaffCaller {
    fn of(parts: &Parts) -> Option<Self> {
        let Some(RequestContext::ApiGatewayV2(context)) = parts.request_context_ref() else {
            return None;
        };
        let claims = &context.authorizer.as_ref()?.jwt.as_ref()?.claims;
        Some(Self {
            subject: TokenSubject::parse(claims.get("sub")?).ok()?,
            district: DistrictId::parse(claims.get("tenant")?).ok()?,
        })
    }
}

impl StaffCaller {
    /// Refuses a sound token of another district than this one.
    ///
    /// # Errors
    /// 403.
    pub fn require_district(&self, district: &DistrictId) -> Result<(), Problem> {
        if self.district == *district {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }

    /// The person behind the token, with the posts in which they act at `now`.
    ///
    /// # Errors
    /// 403 `unknown_subject`, with the subject to give to the operator, when the directory knows no person by it.
    pub fn person(&self, org: &OrgChart, now: Timestamp) -> Result<Staff, Problem> {
        let id = org.staff_of(&self.subject);
        id.and_then(|id| org.acting(id, now))
            .ok_or_else(|| Problem::unknown_subject(&self.subject))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for StaffCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(parts).ok_or_else(Problem::unauthorized)
    }
}

/// The case that the route's only path parameter names, in any spelling of its number.
///
/// As an extractor it refuses a mistyped number with 404 `case_number_invalid`, which asks to check the slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberInPath(pub CaseId);

impl<S: Send + Sync> FromRequestParts<S> for NumberInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let number = Path::<String>::from_request_parts(parts, state)
            .await
            .ok()
            .and_then(|Path(text)| CaseNumber::parse(&text).ok())
            .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "case_number_invalid"))?;
        zhitiao_runtime::telemetry::about_case(number.id());
        Ok(Self(number.id()))
    }
}

/// What the route's path parameters are, in order; 404 when one is not of its kind, because nothing can have that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathValue<T>(pub T);

impl<T, S> FromRequestParts<S> for PathValue<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::not_found()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{request, staff_context};

    async fn caller(claims: Option<&[(&str, &str)]>) -> Result<StaffCaller, Problem> {
        let forged = [
            ("sub", "boss"),
            ("tenant", "shinan"),
            ("x-sub", "boss"),
            ("authorization", "Bearer x"),
        ];
        let request = request(&forged);
        let request = match claims {
            Some(claims) => request.with_request_context(staff_context(claims)),
            None => request,
        };
        let (mut parts, ()) = request.into_parts();
        StaffCaller::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn the_caller_is_whom_the_authorizer_vouches_for() {
        let caller = caller(Some(&[
            ("sub", "wang.fang"),
            ("tenant", "shinan"),
            ("role", "leader"),
        ]))
        .await;
        let caller = caller.unwrap();
        assert_eq!(
            (caller.subject.as_str(), caller.district.as_str()),
            ("wang.fang", "shinan")
        );
    }

    #[tokio::test]
    async fn a_subject_is_taken_as_the_issuer_writes_it() {
        let longest = "x".repeat(255);
        for subject in [
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "auth0|5f7c8ec7c33c6c004bbafe82",
            "Wang.Fang@QD-Shinan.example",
            "oLvPB1vT6zTMWFVKbZ_-",
            "王芳",
            &longest,
        ] {
            let caller = caller(Some(&[("sub", subject), ("tenant", "shinan")])).await;
            assert_eq!(caller.unwrap().subject.as_str(), subject);
        }
    }

    #[tokio::test]
    async fn without_sound_claims_nobody_is_asking_whatever_the_headers_say() {
        let hostile: [Option<&[(&str, &str)]>; 9] = [
            None,
            Some(&[]),
            Some(&[("sub", "wang.fang")]),
            Some(&[("tenant", "shinan")]),
            Some(&[("sub", ""), ("tenant", "shinan")]),
            Some(&[("sub", "wang\nfang"), ("tenant", "shinan")]),
            Some(&[("sub", &"x".repeat(256)), ("tenant", "shinan")]),
            Some(&[("sub", "wang.fang"), ("tenant", "")]),
            Some(&[("sub", "wang.fang"), ("tenant", "shinan#x")]),
        ];
        for claims in hostile {
            assert_eq!(
                caller(claims).await.unwrap_err().status().as_u16(),
                401,
                "{claims:?}"
            );
        }
    }
}
