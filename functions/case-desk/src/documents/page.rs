//! How a document looks: one sheet of A4, black on white, in the order in which offices read such papers.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::supervision::Signature;
use zhitiao_domain::case::{Case, Event, EventKind};
use zhitiao_store::CasePage;
use zhitiao_texts::{Lang, fill, text};
use zhitiao_views::{unit_name, written_time};

use super::Document;

const STYLE: &str = "\
@page { size: A4; margin: 25mm 22mm; }\
body { font: 16px/1.8 'Songti SC', 'SimSun', 'Noto Serif CJK SC', serif; color: #000; max-width: 720px; margin: 2em auto; padding: 0 1em; }\
h1 { text-align: center; font-size: 26px; letter-spacing: .2em; margin: 0 0 .2em; }\
.number { text-align: right; margin: 0 0 1em; }\
table { border-collapse: collapse; width: 100%; margin: 1em 0; }\
th, td { border: 1px solid #000; padding: .4em .6em; text-align: left; vertical-align: top; }\
th { width: 8em; font-weight: bold; white-space: nowrap; }\
.words { white-space: pre-wrap; }\
pre { font: inherit; margin: 0 0 0 2em; }\
.signature { margin-top: 2em; text-align: right; }\
.hash { font: 11px/1.4 monospace; overflow-wrap: anywhere; text-align: right; }\
.receipt { margin-top: 3em; border-top: 1px dashed #000; padding-top: 1em; }\
";

/// The sentence of a code in the document's language.
fn say(code: &str, lang: Lang) -> &'static str {
    text(&format!("document.{code}"), lang).unwrap_or_default()
}

/// The whole page.
pub(super) fn render(
    document: Document,
    event: &Event,
    page: &CasePage,
    rules: &Rulebook,
    lang: Lang,
) -> Markup {
    let case = &page.case;
    let title = say(document.code(), lang);
    let number = fill(
        say("number", lang),
        &[
            ("number", case.id.number().to_string()),
            ("event", event.number.to_string()),
        ],
    );
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " " (number) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                p.number { (number) }
                p { (say("to", lang)) (unit_name(super::addressee(page, event), rules, lang)) }
                (facts(event, page, rules, lang))
                (words(event, case, lang))
                p.receipt { (say("receipt", lang)) }
            }
        }
    }
}

/// What the case is about, as a table.
fn facts(event: &Event, page: &CasePage, rules: &Rulebook, lang: Lang) -> Markup {
    let case = &page.case;
    let category = case.category.as_ref().and_then(|id| rules.category(id));
    html! {
        table {
            tr { th { (say("case", lang)) } td { (case.id.number()) } }
            tr { th { (say("received", lang)) } td { (written_time(case.report.at, lang)) } }
            tr {
                th { (say("place", lang)) }
                td {
                    (unit_name(&case.report.place.community, rules, lang))
                    @if let Some(address) = &case.report.place.address { " " (address) }
                }
            }
            @if let Some(category) = category {
                tr { th { (say("category", lang)) } td { (category.name.get(lang)) } }
            }
            tr { th { (say("text", lang)) } td.words { (page.text()) } }
            @if let EventKind::Reminded(reminder) = &event.kind {
                tr { th { (say("promised", lang)) } td { (written_time(reminder.due_at, lang)) } }
            }
        }
    }
}

/// What is asked for, and who signed it.
fn words(event: &Event, case: &Case, lang: Lang) -> Markup {
    match &event.kind {
        EventKind::SupervisionOrdered {
            words, signature, ..
        } => html! {
            p { (say("order.words", lang)) }
            (signed(words, signature, lang))
        },
        EventKind::SignedOff {
            words, signature, ..
        } => signed(words, signature, lang),
        EventKind::Reminded(reminder) => html! {
            p {
                (fill(say("notice.words", lang), &[("due", written_time(reminder.due_at, lang))]))
            }
            p.signature { (say("issued", lang)) (written_time(event.at, lang)) }
        },
        _ => html! { p { (case.id.number()) } },
    }
}

/// The words that were signed, as they were: a reader who doubts them can compute their hash.
fn signed(words: &str, signature: &Signature, lang: Lang) -> Markup {
    let role = serde_json::to_value(signature.role).unwrap_or_default();
    let role = format!("role.{}", role.as_str().unwrap_or_default());
    let role = text(&role, lang).unwrap_or_default();
    let role = match lang {
        Lang::Zh => format!("（{role}）"),
        Lang::En => format!(" ({role}) "),
    };
    html! {
        p { (say("signed_words", lang)) }
        pre.words { (words) }
        p.signature {
            (say("signed", lang)) (signature.name) (role) (written_time(signature.at, lang))
        }
        p.hash { "SHA-256 " (signature.sha256) }
    }
}
