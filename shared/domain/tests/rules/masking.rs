//! What leads to a person is masked wherever the public reads, and nothing else is: by examples as people write them.

use std::collections::BTreeMap;

use zhitiao_domain::case::personal::{PersonalKind, PersonalPlace, masked, personal_places};

const EXAMPLES: &str = include_str!("../data/masking.txt");

/// An example without its marks, with the places that they marked.
fn read(line: &str) -> (String, Vec<PersonalPlace>) {
    let (mut text, mut places) = (String::new(), Vec::new());
    let mut rest = line;
    while let Some((before, marked)) = rest.split_once('«') {
        let (marked, after) = marked.split_once('»').unwrap_or_else(|| panic!("{line}"));
        let (code, words) = marked.split_once(':').unwrap_or_else(|| panic!("{line}"));
        let mut kinds = PersonalKind::ALL.into_iter();
        let kind = kinds.find(|kind| kind.code() == code);
        text.push_str(before);
        let start = text.chars().count();
        text.push_str(words);
        places.push(PersonalPlace {
            start,
            end: text.chars().count(),
            kind: kind.unwrap_or_else(|| panic!("{line}")),
        });
        rest = after;
    }
    text.push_str(rest);
    (text, places)
}

fn examples() -> impl Iterator<Item = (String, Vec<PersonalPlace>)> {
    let lines = EXAMPLES.lines();
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(read)
}

#[test]
fn exactly_what_leads_to_a_person_is_found_in_every_example() {
    let mut wrong = Vec::new();
    for (text, expected) in examples() {
        let found = personal_places(&text);
        if found != expected {
            let of = |places: &[PersonalPlace]| {
                let word = |place: &PersonalPlace| {
                    let chars = text.chars().skip(place.start);
                    let word: String = chars.take(place.end - place.start).collect();
                    format!("{}:{word}", place.kind.code())
                };
                places.iter().map(word).collect::<Vec<_>>().join(" ")
            };
            wrong.push(format!("{text}: [{}] for [{}]", of(&found), of(&expected)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_examples_are_many_of_every_kind_and_as_many_are_none() {
    let mut kinds = BTreeMap::<_, usize>::new();
    let (mut with, mut without) = (0, 0);
    for (_, places) in examples() {
        if places.is_empty() {
            without += 1;
        } else {
            with += 1;
        }
        for place in places {
            *kinds.entry(place.kind).or_default() += 1;
        }
    }
    assert!(with >= 120 && without >= 120, "{with} and {without}");
    assert_eq!(kinds.len(), PersonalKind::ALL.len(), "{kinds:?}");
    assert!(kinds.values().all(|count| *count >= 4), "{kinds:?}");
}

#[test]
fn masking_hides_every_marked_character_and_keeps_every_other() {
    for (text, places) in examples() {
        let is_marked = |at: usize| places.iter().any(|one| (one.start..one.end).contains(&at));
        let hidden = masked(&text);
        assert_eq!(hidden.chars().count(), text.chars().count());
        for (at, (seen, was)) in hidden.chars().zip(text.chars()).enumerate() {
            let expected = if is_marked(at) { '＊' } else { was };
            assert_eq!(seen, expected, "{text} became {hidden}");
        }
        assert_eq!(masked(&hidden), hidden, "masked once is masked");
    }
}
