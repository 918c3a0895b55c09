//! In which language the caller reads.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};
use zhitiao_texts::Lang;

/// The caller's language, from `Accept-Language`; Chinese when the header is missing or names neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language(pub Lang);

impl Language {
    /// The language that these headers ask for.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map_or(Self(Lang::default()), |value| {
                Self(Lang::from_accept_language(value))
            })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::request;

    #[tokio::test]
    async fn the_header_decides_and_chinese_is_the_default() {
        for (headers, lang) in [
            (&[] as &[(&str, &str)], Lang::Zh),
            (&[("accept-language", "en-GB")], Lang::En),
            (&[("accept-language", "zh-CN, en;q=0.9")], Lang::Zh),
            (&[("accept-language", "中文")], Lang::Zh),
        ] {
            let (mut parts, ()) = request(headers).into_parts();
            let Ok(read) = Language::from_request_parts(&mut parts, &()).await;
            assert_eq!(read, Language(lang), "{headers:?}");
        }
    }
}
