//! Who visits: how they want pages, and the tracking tokens that their browser keeps.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use uuid::Uuid;
use zhitiao_app::{TrackingKeys, TrackingToken};
use zhitiao_domain::kernel::ids::{CaseId, UnitId};
use zhitiao_domain::kernel::org::{OrgChart, Unit, UnitKind};
use zhitiao_edge::Language;
use zhitiao_edge::language::{READER_COOKIE, remembered};
use zhitiao_pages::Reader;

use crate::Site;

/// The cookie of the tracking tokens, the latest first.
const CASES: &str = "cases";
/// The cookie of the key under which the next report is sent.
const DRAFT: &str = "draft";

/// The cookie of the community whose pages the visitor likes to see.
const COMMUNITY: &str = "community";

/// The cookie of the report that was accepted last: its key, and the mark of its words.
const SENT: &str = "sent";

/// How long a browser keeps the key of a report that it has begun, from whichever tab it is sent.
const DRAFT_LASTS: Duration = Duration::hours(1);

/// How long a browser keeps what it is asked to remember.
const YEAR: Duration = Duration::days(365);

/// What separates tokens: none of their characters.
const BETWEEN: char = '~';

/// Tokens that a browser keeps: at 34 bytes each far from the 4 KB of a cookie.
const TOKENS: usize = 40;

/// A visitor of the pages.
#[derive(Debug)]
pub(crate) struct Visitor {
    pub(crate) reader: Reader,
    community: Option<UnitId>,
    tokens: Vec<TrackingToken>,
    draft: Option<Uuid>,
    /// Key and mark of the report that was accepted last.
    last: Option<(Uuid, String)>,
}

impl Visitor {
    /// The community whose pages the visitor likes to see, when it takes reports.
    pub(crate) fn community<'a>(&self, org: &'a OrgChart) -> Option<&'a Unit> {
        org.active_of_kind(self.community.as_ref()?, UnitKind::Community)
    }

    /// The visitor on a page of a community.
    pub(crate) fn at(self, community: UnitId) -> Self {
        Self {
            community: Some(community),
            ..self
        }
    }

    /// The cases of which the browser keeps a token that holds, the latest first.
    pub(crate) fn cases(&self, keys: &TrackingKeys) -> Vec<CaseId> {
        let tokens = self.tokens.iter();
        tokens.filter_map(|token| keys.open(token).ok()).collect()
    }

    /// The token of a case.
    pub(crate) fn token(&self, case: CaseId, keys: &TrackingKeys) -> Option<&TrackingToken> {
        let mut tokens = self.tokens.iter();
        tokens.find(|token| keys.open(token).ok() == Some(case))
    }

    /// The cookie that keeps one more token.
    pub(crate) fn keep(&self, token: &TrackingToken, site: &Site) -> HeaderValue {
        let others = self.tokens.iter().filter(|kept| *kept != token);
        let all = [token].into_iter().chain(others).take(TOKENS);
        let all: Vec<&str> = all.map(TrackingToken::as_str).collect();
        cookie(CASES, &all.join(&BETWEEN.to_string()), YEAR, site)
    }

    /// The key of the report that this browser sent last, when these are its words: after a step back the same words
    /// come under a new key, and are no second report.
    pub(crate) fn sent_as(&self, mark: &str) -> Option<Uuid> {
        let (key, words) = self.last.as_ref()?;
        (words == mark).then_some(*key)
    }

    /// The key of the report that this browser writes, and the cookie that keeps it: another tab, or the form after a
    /// step back, sends under the same.
    pub(crate) fn draft(&self, site: &Site) -> (String, HeaderValue) {
        let key = self.draft.unwrap_or_else(Uuid::new_v4).to_string();
        let cookie = cookie(DRAFT, &key, DRAFT_LASTS, site);
        (key, cookie)
    }
}

/// The cookie that remembers for a while which report was accepted.
pub(crate) fn remember_sent(key: Uuid, mark: &str, site: &Site) -> HeaderValue {
    cookie(SENT, &format!("{key}.{mark}"), DRAFT_LASTS, site)
}

/// The cookie that ends the draft: the report was accepted, and the next one has a key of its own.
pub(crate) fn end_of_draft(site: &Site) -> HeaderValue {
    cookie(DRAFT, "", Duration::ZERO, site)
}

/// The cookie that remembers whose pages the visitor likes to see.
pub(crate) fn remember_community(community: &UnitId, site: &Site) -> HeaderValue {
    cookie(COMMUNITY, community.as_str(), YEAR, site)
}

/// The cookie that remembers how a reader wants pages.
pub(crate) fn remember(reader: Reader, site: &Site) -> HeaderValue {
    let size = if reader.elder { "elder" } else { "standard" };
    let choice = format!("{}.{size}", reader.lang.tag());
    cookie(READER_COOKIE, &choice, YEAR, site)
}

/// A cookie for this site and its own pages only. Where browsers come by plain HTTP, on this machine, they
/// would refuse one that asks for HTTPS.
fn cookie(name: &str, value: &str, lasts: Duration, site: &Site) -> HeaderValue {
    let cookie = Cookie::build((named(name, site), value))
        .path("/")
        .http_only(true)
        .secure(site.is_secure)
        .same_site(SameSite::Lax)
        .max_age(lasts);
    // Tokens, tags and names are plain ASCII.
    HeaderValue::from_str(&cookie.to_string()).unwrap_or(HeaderValue::from_static(""))
}

fn named(name: &str, site: &Site) -> String {
    let prefix = if site.is_secure { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

fn sent<'h>(headers: &'h HeaderMap, name: &str) -> Option<Cookie<'h>> {
    let values = headers.get_all(header::COOKIE).into_iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(Cookie::split_parse).flatten();
    cookies.find(|cookie| cookie.name() == name)
}

impl FromRequestParts<Arc<Site>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Infallible> {
        let Ok(Language(lang)) = Language::from_request_parts(parts, site).await;
        let asked = Reader { lang, elder: false };
        let reader = remembered(&parts.headers).map(|(lang, elder)| Reader { lang, elder });
        let draft = sent(&parts.headers, &named(DRAFT, site));
        let draft = draft.and_then(|cookie| Uuid::parse_str(cookie.value()).ok());
        let last = sent(&parts.headers, &named(SENT, site));
        let last = last.and_then(|cookie| {
            let (key, mark) = cookie.value().split_once('.')?;
            Some((Uuid::parse_str(key).ok()?, mark.to_owned()))
        });
        let tokens = sent(&parts.headers, &named(CASES, site));
        let tokens = tokens.map(|cookie| {
            let each = cookie.value().split(BETWEEN).take(TOKENS);
            each.filter_map(TrackingToken::parse).collect()
        });
        let community = sent(&parts.headers, &named(COMMUNITY, site));
        let community = community.and_then(|cookie| UnitId::parse(cookie.value()).ok());
        Ok(Self {
            reader: reader.unwrap_or(asked),
            community,
            tokens: tokens.unwrap_or_default(),
            draft,
            last,
        })
    }
}
