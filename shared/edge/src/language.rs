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

/// The cookie in which the pages remember how a reader wants them: `en.elder`.
pub const READER_COOKIE: &str = "reader";

/// The language that a reader chose on a page, and whether in large type; nothing before the first choice.
pub fn remembered(headers: &HeaderMap) -> Option<(Lang, bool)> {
    let values = headers.get_all(header::COOKIE).into_iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let pairs = values.flat_map(|value| value.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    let (_, choice) = pairs.find(|(name, _)| {
        // Over HTTPS the name has the prefix that ties the cookie to its host.
        name.strip_prefix("__Host-").unwrap_or(name) == READER_COOKIE
    })?;
    let (tag, size) = choice.split_once('.')?;
    let lang = [Lang::Zh, Lang::En]
        .into_iter()
        .find(|lang| lang.tag() == tag)?;
    Some((lang, size == "elder"))
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

    #[test]
    fn the_cookie_of_the_pages_says_language_and_size() {
        for (cookie, chosen) in [
            ("reader=en.elder", Some((Lang::En, true))),
            ("cases=a; reader=zh-CN.standard", Some((Lang::Zh, false))),
            ("__Host-reader=en.standard", Some((Lang::En, false))),
            ("reader=fr.elder", None),
            ("reader=en", None),
            ("unreader=en.elder", None),
        ] {
            let asked = request(&[("cookie", cookie)]);
            assert_eq!(remembered(asked.headers()), chosen, "{cookie}");
        }
    }
}
