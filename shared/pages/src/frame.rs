//! The frame around every page: head, the four main ways, the switches of language and size, the foot.

use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::header::{
    CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
};
use http::{HeaderName, HeaderValue, StatusCode};
use maud::{DOCTYPE, Markup, html};
use zhitiao_edge::problem::Explained;
use zhitiao_texts::Lang;

use crate::assets::{ICON, PAGE_SCRIPT, STYLE_SHEET};
use crate::{label, label_with};

/// How a reader wants pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reader {
    /// The language.
    pub lang: Lang,
    /// Large type, for older eyes.
    pub elder: bool,
}

/// What is the same on every page of a site.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    /// The reader.
    pub reader: Reader,
    /// The path of this page, to which the switches come back.
    pub here: &'a str,
    /// What the district is called.
    pub district: &'a str,
    /// The name of the community whose page it is, or whose pages the reader likes to see.
    pub community: Option<&'a str>,
    /// The characters of the logo, when something else was chosen than the first of the name.
    pub logo: Option<String>,
    /// The color of the page, as the style sheet names it.
    pub color: &'static str,
    /// The number at which a person answers, for people.
    pub hotline: String,
    /// The same number as a telephone dials it.
    pub dialed: String,
    /// From where pictures may come and to where they may go: the addresses of the two buckets.
    pub buckets: &'a str,
}

/// A page that is ready to be sent.
#[derive(Debug)]
pub struct Html {
    status: StatusCode,
    lang: Lang,
    policy: String,
    text: String,
}

impl Frame<'_> {
    /// A page with its title, which is also its heading.
    pub fn page(&self, title: &str, content: &Markup) -> Html {
        self.page_with(StatusCode::OK, title, content)
    }

    /// A page with another status than 200.
    pub fn page_with(&self, status: StatusCode, title: &str, content: &Markup) -> Html {
        let Reader { lang, elder } = self.reader;
        let text = html! {
            (DOCTYPE)
            html lang=(lang.tag()) class=(self.classes(elder)) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                    meta name="format-detection" content="telephone=no";
                    title { (title) " · " (label_with("footer", lang, &[("district", self.district.to_owned())])) }
                    link rel="icon" href={ "/assets/" (ICON.name) };
                    link rel="stylesheet" href={ "/assets/" (STYLE_SHEET.name) };
                    script src={ "/assets/" (PAGE_SCRIPT.name) } defer {}
                }
                body {
                    a.skip href="#content" { (label("skip", lang)) }
                    (self.head())
                    main #content { h1 { (title) } (content) }
                    (self.foot())
                }
            }
        };
        Html {
            status,
            lang,
            policy: self.policy(),
            text: text.into_string(),
        }
    }

    /// What the style sheet knows the page by.
    fn classes(&self, elder: bool) -> String {
        let size = if elder { " elder" } else { "" };
        format!("{}{size}", self.color)
    }

    fn head(&self) -> Markup {
        let Reader { lang, elder } = self.reader;
        let size = if elder { "elder.off" } else { "elder.on" };
        let (other, name) = match lang {
            Lang::Zh => ("en", "English"),
            Lang::En => ("zh", "中文"),
        };
        html! {
            header {
                a.home href="/" { (self.logo()) (self.community.unwrap_or(label("home", lang))) }
                nav.switches {
                    a href={ "/settings?elder=" (u8::from(!elder)) "&back=" (self.here) } rel="nofollow" { (label(size, lang)) }
                    a href={ "/settings?lang=" (other) "&back=" (self.here) } rel="nofollow" lang=(if lang == Lang::Zh { "en" } else { "zh-CN" }) { (name) }
                }
            }
        }
    }

    /// A disc with the characters of the logo.
    fn logo(&self) -> Markup {
        let name = self.community.unwrap_or(self.district);
        let first = || name.chars().next().into_iter().collect();
        let characters = self.logo.clone().unwrap_or_else(first);
        html! {
            svg.logo viewBox="0 0 40 40" width="40" height="40" aria-hidden="true" {
                circle cx="20" cy="20" r="20" {}
                text x="20" y="20" { (characters) }
            }
        }
    }

    fn foot(&self) -> Markup {
        let lang = self.reader.lang;
        html! {
            footer {
                nav {
                    a href="/report" { (label("report", lang)) }
                    a href="/my" { (label("mine", lang)) }
                    a href="/board" { (label("board", lang)) }
                    a href="/help" { (label("help", lang)) }
                    a href="/privacy" { (label("privacy", lang)) }
                    a href="/accessibility" { (label("accessible", lang)) }
                    a.call href={ "tel:" (self.dialed) } { (label("call", lang)) " " (self.hotline) }
                }
                p { (label_with("footer", lang, &[("district", self.district.to_owned())])) }
            }
        }
    }

    /// Nothing comes from elsewhere but pictures from our buckets, and nothing runs that stands in the page.
    fn policy(&self) -> String {
        let buckets = self.buckets;
        format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' blob: {buckets}; \
             connect-src 'self' {buckets}; form-action 'self' {buckets}; base-uri 'none'; frame-ancestors 'none'"
        )
    }
}

impl IntoResponse for Html {
    fn into_response(self) -> Response {
        let fixed = |value| HeaderValue::from_static(value);
        let policy = HeaderValue::from_str(&self.policy);
        let headers: [(HeaderName, HeaderValue); 7] = [
            (CONTENT_TYPE, fixed("text/html; charset=utf-8")),
            (CONTENT_LANGUAGE, fixed(self.lang.tag())),
            (VARY, fixed("Cookie, Accept-Language")),
            (REFERRER_POLICY, fixed("same-origin")),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                fixed("same-origin"),
            ),
            (
                HeaderName::from_static("permissions-policy"),
                fixed("camera=(), microphone=(), geolocation=(self)"),
            ),
            // An address that is no header value would come from our own configuration: then nothing is allowed.
            (
                CONTENT_SECURITY_POLICY,
                policy.unwrap_or(fixed("default-src 'none'")),
            ),
        ];
        (self.status, Extension(Explained), headers, self.text).into_response()
    }
}
