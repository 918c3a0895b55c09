//! A problem as a page: for people who meet it in a browser, by a link or a form.

use http::{HeaderMap, HeaderValue, header};
use maud::{DOCTYPE, Markup, html};
use zhitiao_texts::text;

use super::ProblemBody;
use crate::negotiation::{Client, Hotline};

/// The media type of the page.
pub(super) const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// Where the site keeps the style sheet of this page, under a name that does not change with its content.
pub const STYLE_SHEET: &str = "/assets/problem.css";

/// The page runs nothing and sends nothing, and loads its style sheet alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Says what the page may do, and that it is nothing else than a page.
pub(super) fn set_policy(headers: &mut HeaderMap) {
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
}

/// What happened, what to do now, every field that is wrong, the ways home and to a person, and the id by which the
/// logs know the request. Without the style sheet it can be read all the same, in the dark too.
pub(super) fn render(body: &ProblemBody, client: &Client) -> Markup {
    let (lang, is_elder) = (client.lang, client.is_elder);
    let label = |code| text(code, lang).unwrap_or_default();
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) class=[is_elder.then_some("elder")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                link rel="stylesheet" href=(STYLE_SHEET);
                title { (body.title) }
            }
            body {
                main {
                    h1 { (body.title) }
                    @if let Some(advice) = &body.detail {
                        p { (advice) }
                    }
                    @if !body.errors.is_empty() {
                        h2 { (label("page.field_errors")) }
                        ul {
                            @for error in &body.errors {
                                li { code { (error.field) } " " (error.message) }
                            }
                        }
                    }
                    p { a.button href="/" { (label("page.home")) } }
                    p { a.button href="/help" { (label("page.help")) } }
                    @if let Some(Hotline(number)) = &client.hotline {
                        p { a.button href={ "tel:" (number) } { (label("page.call")) " " (number) } }
                    }
                    @if let Some(id) = &body.request_id {
                        p { (label("page.request_id")) " " code { (id) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use zhitiao_texts::Lang;

    use super::*;
    use crate::negotiation::Form;
    use crate::{FieldError, Problem};

    fn page(problem: &Problem, lang: Lang) -> String {
        let client = Client {
            lang,
            is_elder: false,
            form: Form::Page,
            request_id: None,
            hotline: Some(Hotline("12345".to_owned())),
        };
        let page = render(&problem.body(lang, Some("r-1")), &client).into_string();
        assert!(page.contains("href=\"tel:12345\""), "{page}");
        page
    }

    #[test]
    fn a_page_says_what_happened_and_what_to_do_in_the_readers_language() {
        let page_of = |lang| page(&Problem::not_found(), lang);
        for (lang, tag) in [(Lang::Zh, "zh-CN"), (Lang::En, "en")] {
            let page = page_of(lang);
            assert!(page.starts_with(&format!("<!DOCTYPE html><html lang=\"{tag}\">")));
            assert_eq!(page.matches("<h1>").count(), 1);
            for code in ["not_found", "not_found.advice"] {
                let said = text(code, lang).unwrap();
                assert!(page.contains(said), "{page}");
            }
            assert!(page.contains("<code>r-1</code>"), "{page}");
        }
    }

    #[test]
    fn a_page_names_every_wrong_field() {
        let errors = vec![
            FieldError::new("text", "too_long").with("max", &4000),
            FieldError::new("photos[2].angle", "not_recognized"),
        ];
        let page = page(&Problem::invalid_fields(errors), Lang::Zh);
        assert_eq!(page.matches("<li>").count(), 2);
        assert!(page.contains("<code>photos[2].angle</code>"), "{page}");
        assert!(page.contains("最多 4000 个字"), "{page}");
    }

    #[test]
    fn what_the_client_sent_stays_text() {
        let name = "</code><script src=//evil>\"'&";
        let problem = Problem::invalid_fields(vec![FieldError::new(name, "unknown_field")]);
        let page = page(&problem, Lang::En);
        assert!(!page.contains("<script"), "{page}");
        assert!(
            page.contains("&lt;/code&gt;&lt;script src=//evil&gt;&quot;'&amp;"),
            "{page}"
        );
    }

    #[test]
    fn a_page_has_nothing_that_its_policy_forbids() {
        let errors = vec![FieldError::new("text", "required")];
        let page = page(&Problem::invalid_fields(errors), Lang::Zh);
        for forbidden in ["<script", "<style", "style=", "<img", "<form", " on"] {
            assert!(!page.contains(forbidden), "{forbidden} in {page}");
        }
        assert_eq!(page.matches("<link").count(), 1, "the style sheet: {page}");
    }
}
