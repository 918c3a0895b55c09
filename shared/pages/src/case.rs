//! A case on a page: where it stands, its photos, what happened.

use maud::{Markup, html};
use zhitiao_texts::Lang;
use zhitiao_views::{
    BoardRowView, EntryView, PhotoView, PositionView, PromiseView, PublicCaseView,
};

use crate::{label, label_with, say};

/// Where a case stands: state, unit, and its date, honestly.
pub fn standing(case: &PublicCaseView, lang: Lang) -> Markup {
    html! {
        section.standing aria-labelledby="standing" {
            h2 #standing { (label("case.now", lang)) }
            p.state { (case.state_name) @if let Some(outcome) = case.outcome_name { " · " (outcome) } }
            (date(&case.promise, case.overdue, lang))
            @if let Some(unit) = &case.unit {
                p { (label_with("case.unit", lang, &[("unit", unit.clone())])) }
            }
            @if let Some(next) = &case.goes_on_in {
                p { (label_with("case.goes_on", lang, &[("number", next.number.clone())])) " " b { (next.state_name) } }
                (date(&next.promise, next.overdue, lang))
            }
        }
    }
}

/// The promised date, by word and sign, never by color alone.
fn date(promise: &PromiseView, overdue: bool, lang: Lang) -> Markup {
    let due = promise.resolve_due_at.as_ref().map(|due| say(due, lang));
    let said = |code, due: String| label_with(code, lang, &[("due", due)]);
    html! {
        @match (due, overdue) {
            (Some(due), true) => p.date.late { span aria-hidden="true" { "⚠ " } (said("case.overdue", due)) },
            (Some(due), false) => p.date { (said("case.due", due)) },
            (None, _) => p.date { (label("case.held", lang)) },
        }
    }
}

/// What the reporter wrote, and where.
pub fn told(case: &PublicCaseView, lang: Lang) -> Markup {
    html! {
        section.told {
            p.words { (case.text) }
            p.where { (case.community) @if let Some(address) = &case.address { " · " (address) } }
            @if let Some(position) = case.position { p { a href=(map_link(position)) rel="noopener" { (label("case.map", lang)) } } }
            @if let Some(category) = &case.category { p { (category) } }
            p { (label_with("case.received", lang, &[("at", say(&case.received_at, lang))])) }
        }
    }
}

/// The address of a map of the place. The coordinates are WGS 84; the map service converts them to its own (GCJ-02).
fn map_link(at: PositionView) -> String {
    let (longitude, latitude) = (at.longitude, at.latitude);
    format!("https://uri.amap.com/marker?position={longitude},{latitude}&coordinate=wgs84")
}

/// The photos that can be seen, and what became of the others: first the reporter's, then those of the work.
pub fn photos(photos: &[PhotoView], lang: Lang) -> Markup {
    let taken = |by_unit| photos.iter().filter(move |photo| photo.by_unit == by_unit);
    let (before, after): (Vec<_>, Vec<_>) = (taken(false).collect(), taken(true).collect());
    html! {
        (strip("photos", &before, lang))
        (strip("photos_after", &after, lang))
    }
}

/// Photos under a heading; each is named by its place in the row and what it shows.
fn strip(id: &str, photos: &[&PhotoView], lang: Lang) -> Markup {
    html! {
        @if !photos.is_empty() {
            section aria-labelledby=(id) {
                h2 id=(id) { (label(&format!("case.{id}"), lang)) }
                ul.photos {
                    @for (i, photo) in photos.iter().enumerate() { li { (one_photo(photo, i + 1, lang)) } }
                }
            }
        }
    }
}

fn one_photo(photo: &PhotoView, number: usize, lang: Lang) -> Markup {
    let number = ("number", number.to_string());
    let angle = label(&format!("angle.{}", photo.angle.code()), lang);
    html! {
        @match (&photo.url, &photo.thumbnail_url, photo.reason_text) {
            (Some(url), Some(small), _) => a href=(url) {
                img src=(small) width="160" height="160" loading="lazy" alt=(label_with("case.photo_of", lang, &[number, ("angle", angle.to_owned())]));
            },
            (_, _, Some(reason)) => p.error {
                (label_with("case.photo_refused", lang, &[number, ("reason", reason.to_owned())]))
            },
            _ => p { (label_with("case.photo_waiting", lang, &[number])) },
        }
    }
}

/// What happened, the latest first.
pub fn timeline(entries: &[EntryView], lang: Lang) -> Markup {
    html! {
        section aria-labelledby="timeline" {
            h2 #timeline { (label("case.timeline", lang)) }
            ol.timeline reversed {
                @for entry in entries.iter().rev() {
                    li {
                        time datetime=(entry.at) { (say(&entry.at, lang)) }
                        p { b { (entry.title) } @if let Some(unit) = entry.unit.as_ref().filter(|unit| !entry.title.contains(unit.as_str())) { " · " (unit) } }
                        @if let Some(detail) = &entry.detail { p.words { (detail) } }
                    }
                }
            }
        }
    }
}

/// One case in a list, as a link.
pub fn row(row: &BoardRowView, link: &str, lang: Lang) -> Markup {
    html! {
        li {
            a.row href=(link) {
                span.state { (row.state_name) }
                @if row.overdue { span.late { span aria-hidden="true" { "⚠" } } }
                span.words { (row.snippet) }
                @if let Some(category) = &row.category { span { (category) } }
                span.small { (label_with("case.received", lang, &[("at", say(&row.received_at, lang))])) }
            }
        }
    }
}
