//! The warning before a case is published: where its words seem personal.

use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::case::Visibility;
use zhitiao_domain::case::personal::{PersonalKind, PersonalPlace, personal_places};
use zhitiao_domain::case::publication::Publication;
use zhitiao_store::CasePage;
use zhitiao_texts::{Lang, text};

/// A place in the words of a case that seems personal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonalView {
    /// `text`, `address`, or `event`: the words of a note or a reason.
    #[schema(example = "text")]
    part: &'static str,
    /// The number of the event.
    event: Option<u32>,
    /// The first character, counted from 0 in Unicode scalar values.
    start: usize,
    /// Behind the last character.
    end: usize,
    /// What it seems to be: `phone`, `identity_card`, `plate`, `room`, `name`, `account`
    /// or `bank_card`.
    #[schema(value_type = String, example = "phone")]
    kind: PersonalKind,
    /// The same as a sentence in the caller's language.
    message: &'static str,
}

impl PersonalView {
    /// All places in what everyone reads once the case is public; words that are hidden are not among it.
    pub(crate) fn all(page: &CasePage, publication: &Publication, lang: Lang) -> Vec<Self> {
        let address = page.case.report.place.address.as_deref();
        let events = page
            .events
            .iter()
            .filter(|event| !publication.hidden_events.contains(&event.number));
        let events = events
            .filter_map(|event| Some((event.number, event.kind.words_for(Visibility::Public)?)));
        let report = [("text", Some(page.text())), ("address", address)].into_iter();
        let report = report.filter_map(|(part, words)| Some((part, None, words?)));
        let words = report.chain(events.map(|(number, words)| ("event", Some(number), words)));
        words
            .flat_map(|(part, event, words)| Self::of(part, event, words, lang))
            .collect()
    }

    fn of(part: &'static str, event: Option<u32>, words: &str, lang: Lang) -> Vec<Self> {
        let places = personal_places(words).into_iter();
        let view = |place: PersonalPlace| Self {
            part,
            event,
            start: place.start,
            end: place.end,
            kind: place.kind,
            message: text(&format!("personal.{}", place.kind.code()), lang).unwrap_or_default(),
        };
        places.map(view).collect()
    }
}
