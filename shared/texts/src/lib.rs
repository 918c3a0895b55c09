//! The sentences that people read, by code: Chinese first, English second.
//!
//! Whatever refuses or announces something names a code; the sentence for it stands in one of the tables here and
//! nowhere else, so that it can be read aloud to a resident of 75 and corrected. `{name}` marks a value that [`fill`]
//! puts in.
//!
//! Codes: a problem's own code and `<code>.advice`, what to do now; `field.<code>`, what is wrong with one field;
//! `event.<code>` and `reminder.<rung or clock>`, what happened to a case; `photo.<code>`, why a photo was refused;
//! `notice…`, `why.<code>`, `digest…` and `folded`, what staff are told; `receipt`, what a resident is told;
//! `page.<label>`, the headings of pages.

mod documents;
mod events;
mod fields;
mod messages;
mod pages;
mod refusals;

pub use zhitiao_domain::kernel::lang::Lang;

/// Code, Chinese, English.
type Row = (&'static str, &'static str, &'static str);

/// All sentences. Each table is sorted by code, and no code stands in two (a test holds both).
const TABLES: [&[Row]; 6] = [
    refusals::TEXTS,
    fields::TEXTS,
    events::TEXTS,
    messages::TEXTS,
    documents::TEXTS,
    pages::TEXTS,
];

/// The sentence for a code, or nothing when the code has none.
pub fn text(code: &str, lang: Lang) -> Option<&'static str> {
    let (_, zh, en) = TABLES.into_iter().find_map(|table| {
        let row = table.binary_search_by_key(&code, |row| row.0).ok()?;
        table.get(row)
    })?;
    Some(match lang {
        Lang::Zh => zh,
        Lang::En => en,
    })
}

/// Puts values into the `{name}` places of a sentence; values are inserted as they are and never searched again.
pub fn fill(sentence: &str, values: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after.split_once('}');
        let value = place.and_then(|(name, _)| values.iter().find(|(known, _)| *known == name));
        if let (Some((_, tail)), Some((_, value))) = (place, value) {
            filled.push_str(value);
            rest = tail;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_sorted_and_unique_so_that_each_is_found() {
        for table in TABLES {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0));
        }
        let mut found = BTreeSet::new();
        for (code, zh, en) in TABLES.concat() {
            assert_eq!(text(code, Lang::Zh), Some(zh));
            assert_eq!(text(code, Lang::En), Some(en));
            assert!(found.insert(code), "{code} stands in two tables");
        }
        assert_eq!(text("no_such_code", Lang::Zh), None);
    }

    #[test]
    fn every_sentence_is_in_its_language() {
        for (code, zh, en) in TABLES.concat() {
            assert!(
                zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                "{code}"
            );
            assert!(!en.is_empty() && en.is_ascii(), "{code}");
        }
    }

    #[test]
    fn both_languages_have_the_same_places_for_values() {
        fn places(sentence: &str) -> Vec<&str> {
            let mut places: Vec<_> = sentence
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split('}').next())
                .collect();
            places.sort_unstable();
            places
        }
        for (code, zh, en) in TABLES.concat() {
            assert_eq!(places(zh), places(en), "{code}");
        }
    }

    #[test]
    fn values_are_put_in_once_and_never_searched_again() {
        let values = [("max", "{min}".to_owned()), ("min", "2".to_owned())];
        assert_eq!(fill("{min} to {max}", &values), "2 to {min}");
        assert_eq!(fill("{other} {", &values), "{other} {");
    }
}
