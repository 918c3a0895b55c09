//! `GET /settings`: the switches of language and size.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use http::header::SET_COOKIE;
use serde::Deserialize;
use zhitiao_pages::Reader;
use zhitiao_texts::Lang;

use crate::Site;
use crate::visitor::{Visitor, remember};

/// What to switch, and the page to go back to.
#[derive(Debug, Deserialize)]
pub(crate) struct Change {
    lang: Option<String>,
    elder: Option<String>,
    back: Option<String>,
}

/// Remembers the choice and goes back to the page. What is no choice changes nothing.
pub(crate) async fn change(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    Query(change): Query<Change>,
) -> impl IntoResponse {
    let Reader { lang, elder } = visitor.reader;
    let reader = Reader {
        lang: match change.lang.as_deref() {
            Some("zh") => Lang::Zh,
            Some("en") => Lang::En,
            _ => lang,
        },
        elder: match change.elder.as_deref() {
            Some("1") => true,
            Some("0") => false,
            _ => elder,
        },
    };
    let back = change.back.as_deref().filter(|back| is_own_page(back));
    let cookie = remember(reader, &site);
    ([(SET_COOKIE, cookie)], Redirect::to(back.unwrap_or("/")))
}

/// Whether a path leads to a page of this site: browsers read `//host` and `/\host` as another one.
fn is_own_page(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.?=&".contains(c);
    path.starts_with('/') && !path.starts_with("//") && path.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_leads_back_to_a_page_of_this_site_only() {
        for own in [
            "/",
            "/report",
            "/board/huiquan?month=202611",
            "/my/K7M3-9QXD-5",
        ] {
            assert!(is_own_page(own), "{own}");
        }
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/%0d",
        ] {
            assert!(!is_own_page(other), "{other}");
        }
    }
}
