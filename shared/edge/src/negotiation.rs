//! In which form a client reads a refusal: JSON for programs, a page for people (RFC 9110 section 12.5.1).

use axum::extract::Request;
use http::{HeaderMap, header};
use lambda_http::RequestExt;
use zhitiao_texts::Lang;

use crate::language::{Language, remembered};

/// The forms in which a problem can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `application/problem+json`.
    Json,
    /// `text/html`.
    Page,
}

/// The number at which a person answers. A function of pages puts it into the extensions of each request, so that the
/// page of a problem names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hotline(pub String);

/// What the service knows of the client when it writes a problem out.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) lang: Lang,
    /// Whether a page is to be in large type.
    pub(crate) is_elder: bool,
    pub(crate) form: Form,
    /// The request, as the logs name it.
    pub(crate) request_id: Option<String>,
    /// Where a person answers, when the function says it.
    pub(crate) hotline: Option<Hotline>,
}

impl Client {
    /// The client that sent the request.
    pub(crate) fn of(request: &Request) -> Self {
        let Language(asked) = Language::of(request.headers());
        let form = Form::of(request.headers());
        // A program reads what it asks for, a person what they chose on a page.
        let chosen = remembered(request.headers()).filter(|_| form == Form::Page);
        Self {
            lang: chosen.map_or(asked, |(lang, _)| lang),
            is_elder: chosen.is_some_and(|(_, is_elder)| is_elder),
            form,
            request_id: request
                .lambda_context_ref()
                .map(|context| context.request_id.clone()),
            hotline: request.extensions().get::<Hotline>().cloned(),
        }
    }
}

impl Form {
    /// A page only when `Accept` prefers it to both kinds of JSON; what takes either alike, as `*/*` does, gets JSON.
    fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT).into_iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        let elements = values.iter().flat_map(|value| split(value, ','));
        let ranges: Vec<Range<'_>> = elements.filter_map(Range::parse).collect();
        let page = quality(&ranges, "text", "html");
        let json = quality(&ranges, "application", "problem+json");
        let json = json.max(quality(&ranges, "application", "json"));
        if page > json { Self::Page } else { Self::Json }
    }
}

/// One media range of `Accept`.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// In thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    /// Reads a range; nothing for one that is malformed, or that asks for a parameter that no answer has.
    fn parse(element: &'a str) -> Option<Self> {
        let mut parts = split(element, ';').into_iter().map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut range = Self {
            kind,
            subtype,
            quality: 1000,
        };
        for parameter in parts {
            let (name, value) = parameter.split_once('=')?;
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("q") {
                // What stands behind the quality belongs to it and not to the media type.
                range.quality = thousandths(value)?;
                break;
            }
            let is_utf8 = value.trim_matches('"').eq_ignore_ascii_case("utf-8");
            if !(name.eq_ignore_ascii_case("charset") && is_utf8) {
                return None;
            }
        }
        Some(range)
    }

    /// How closely the range names a media type: the higher the closer, nothing when it does not.
    fn closeness(&self, kind: &str, subtype: &str) -> Option<u8> {
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (range, "*") if range.eq_ignore_ascii_case(kind) => Some(1),
            (range, named)
                if range.eq_ignore_ascii_case(kind) && named.eq_ignore_ascii_case(subtype) =>
            {
                Some(2)
            }
            _ => None,
        }
    }
}

/// The quality that the closest range gives to a media type; 0 when none names it.
fn quality(ranges: &[Range<'_>], kind: &str, subtype: &str) -> u16 {
    let close = ranges.iter().filter_map(|range| {
        let closeness = range.closeness(kind, subtype)?;
        Some((closeness, range.quality))
    });
    close.max().map_or(0, |(_, quality)| quality)
}

/// A quality value: from 0 to 1 with at most three decimals.
fn thousandths(value: &str) -> Option<u16> {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let are_digits = decimals.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || decimals.len() > 3 || !are_digits {
        return None;
    }
    let thousandths: u16 = format!("{whole}{decimals:0<3}").parse().ok()?;
    (thousandths <= 1000).then_some(thousandths)
}

/// Splits a header's value at a mark, but not inside of a quoted string.
fn split(value: &str, mark: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    value
        .split(|c| {
            let splits = c == mark && !is_quoted;
            let ends_or_begins = c == '"' && !is_escaped;
            is_escaped = is_quoted && c == '\\' && !is_escaped;
            is_quoted ^= ends_or_begins;
            splits
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::request;

    fn form(accept: &[&str]) -> Form {
        let headers: Vec<_> = accept.iter().map(|value| ("accept", *value)).collect();
        Form::of(request(&headers).headers())
    }

    #[test]
    fn browsers_get_a_page() {
        for accept in [
            "text/html",
            "TEXT/HTML",
            "text/*",
            "text/html;q=0.001",
            "text/html; charset=utf-8",
            "text/html;charset=\"UTF-8\", application/json;q=0.9",
            "text/html, */*;q=0.8",
            "text/html;q=0.9, application/json;q=0.8",
            "application/json;q=0, text/html;q=0.1, */*;q=0",
            "*/*, application/*;q=0.5",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/apng,*/*;q=0.8,\
             application/signed-exchange;v=b3;q=0.7",
        ] {
            assert_eq!(form(&[accept]), Form::Page, "{accept}");
        }
    }

    #[test]
    fn programs_and_those_who_do_not_care_get_json() {
        for accept in [
            "",
            "*/*",
            "application/json",
            "application/problem+json",
            "application/problem+json, text/html;q=0.9",
            "application/json, text/html",
            "application/json, text/plain, */*",
            "application/*, text/html;q=0.999",
            "text/html;q=0",
            "text/html;q=0, */*",
            "text/html;q=0.5, */*",
            "text/html;level=1",
            "text/plain",
            "image/*",
            "*/html",
        ] {
            assert_eq!(form(&[accept]), Form::Json, "{accept}");
        }
        assert_eq!(form(&[]), Form::Json);
    }

    #[test]
    fn the_closest_range_decides_wherever_it_stands() {
        assert_eq!(
            form(&["text/html;q=0.2, text/*;q=0.9, application/json;q=0.5"]),
            Form::Json
        );
        assert_eq!(
            form(&["*/*;q=0.9, application/json;q=0.1, application/problem+json;q=0.2"]),
            Form::Page
        );
        assert_eq!(
            form(&["application/json;q=0.5", "text/html"]),
            Form::Page,
            "lines add up"
        );
    }

    #[test]
    fn what_is_malformed_is_passed_over() {
        for accept in [
            "html",
            "text/html;q=2",
            "text/html;q=1.001",
            "text/html;q=0.0001",
            "text/html;q=-1",
            "text/html;q=.5",
            "text/html;q=",
            "text/html;q",
            ";;;,,,",
            "a/b;x=\"text/html, text/html\"",
            "a/b;x=\"\\\", text/html\"",
            "a/b;x=\"text/html",
        ] {
            assert_eq!(form(&[accept]), Form::Json, "{accept}");
        }
        assert_eq!(form(&["a/b;x=\"\\\"\", text/html;q=1.000"]), Form::Page);
    }
}
