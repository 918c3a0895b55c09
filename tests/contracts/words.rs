//! Words: none of the old ones that docs/glossary.md lists comes back.

use serde_json::Value;
use zhitiao_tests::world::workspace;

use super::documents::{has_extension, pages, prose};
use super::sources::files;

const GLOSSARY: &str = "docs/glossary.md";

/// An old word, in all of its forms, and the places where it must not stand.
struct OldWord {
    forms: Vec<Vec<String>>,
    places: Vec<String>,
}

/// The words of a text in lower case. An identifier is several: `FileReport` and `file_report` are `file report`.
fn words(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if begins {
            found.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = found.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    found.retain(|word| !word.is_empty());
    found
}

/// The rows of the glossary's table.
fn old_words() -> Vec<OldWord> {
    let glossary = &pages()[GLOSSARY];
    let table = glossary
        .split("\n## Words that must not come back\n")
        .nth(1)
        .unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let words = rows.skip(1).map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [old, say, places] = cells[..] else {
            panic!("{row}")
        };
        assert!(!say.is_empty(), "{row}");
        let places: Vec<String> = places.split(", ").map(str::to_owned).collect();
        let known = ["text", "code", "name", "comment"];
        assert!(places.iter().all(|p| known.contains(&p.as_str())), "{row}");
        let forms = old.split(" · ").map(words).collect();
        OldWord { forms, places }
    });
    let words: Vec<_> = words.collect();
    assert!(words.len() > 10, "{}", words.len());
    words
}

/// The prose of a page, a paragraph or a row a line: neither code blocks nor code spans, for those quote what is named
/// elsewhere.
fn spoken(page: &str) -> String {
    let mut spoken = String::new();
    for line in prose(page) {
        let begins = line.trim().is_empty() || line.trim_start().starts_with(['|', '-', '*', '#']);
        spoken.push(if begins { '\n' } else { ' ' });
        let outside: Vec<_> = line.split('`').step_by(2).collect();
        spoken.push_str(&outside.join(" "));
    }
    spoken
}

/// Every summary and description of the OpenAPI document.
fn descriptions(value: &Value, found: &mut String) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "summary" || name == "description" => {
                        found.push_str(&spoken(text));
                        found.push('\n');
                    }
                    member => descriptions(member, found),
                }
            }
        }
        Value::Array(members) => members.iter().for_each(|m| descriptions(m, found)),
        _ => {}
    }
}

/// What a line of Rust names itself: neither its string literals nor the code spans of its comments.
fn named(line: &str) -> String {
    let mark = if line.trim_start().starts_with("//") {
        '`'
    } else {
        '"'
    };
    line.split(mark).step_by(2).collect::<Vec<_>>().join(" ")
}

/// The prose of a line that is a comment; nothing of others.
fn remarked(line: &str) -> String {
    if line.trim_start().starts_with("//") {
        named(line)
    } else {
        String::new()
    }
}

/// The same of a line of Python.
fn remarked_in_python(line: &str) -> String {
    let remark = line.trim_start().strip_prefix('#');
    remark.unwrap_or_default().to_owned()
}

/// A part of every line of a file.
fn line_by_line(part: fn(&str) -> String) -> impl Fn((String, String)) -> (String, String) {
    move |(path, text)| {
        let lines: Vec<_> = text.lines().map(part).collect();
        (path, lines.join("\n"))
    }
}

/// What is written in a place, by the path of its file.
fn texts(place: &str) -> Vec<(String, String)> {
    match place {
        "text" => {
            let mut openapi = String::new();
            let path = workspace().join("infra/openapi.json");
            let document = std::fs::read_to_string(path).unwrap();
            descriptions(&serde_json::from_str(&document).unwrap(), &mut openapi);
            // The page of the API is the OpenAPI document again, with names of types from the code.
            let pages = pages().into_iter();
            let pages = pages.filter(|(path, _)| path != GLOSSARY && path != "docs/api.md");
            let mut texts: Vec<_> = pages.map(|(path, page)| (path, spoken(&page))).collect();
            texts.push(("infra/openapi.json".to_owned(), openapi));
            texts
        }
        "code" => {
            let mut sources = files();
            sources.retain(|(path, _)| has_extension(path, "rs"));
            sources
        }
        "name" => texts("code").into_iter().map(line_by_line(named)).collect(),
        "comment" => {
            let mut texts: Vec<_> = texts("code")
                .into_iter()
                .map(line_by_line(remarked))
                .collect();
            let others = files().into_iter();
            texts.extend(others.filter_map(|(path, text)| {
                let part: fn(&str) -> String = if has_extension(&path, "yaml") {
                    str::to_owned
                } else if has_extension(&path, "py") {
                    remarked_in_python
                } else {
                    return None;
                };
                Some(line_by_line(part)((path, text)))
            }));
            texts
        }
        _ => Vec::new(),
    }
}

/// The lines in which one of the forms stands.
fn lines_with<'a>(text: &'a str, forms: &[Vec<String>]) -> Vec<&'a str> {
    let lines = text.lines().filter(|line| {
        let words = words(line);
        forms.iter().any(|form| {
            let mut windows = words.windows(form.len());
            windows.any(|window| window == form.as_slice())
        })
    });
    lines.collect()
}

#[test]
fn a_word_is_found_in_every_spelling() {
    let forms = [words("file report")];
    for text in [
        "to file (report)",
        "file_report",
        "FileReport",
        "fileReport()",
    ] {
        assert_eq!(lines_with(text, &forms), [text]);
    }
    for text in ["file a report", "profile report", "file reports"] {
        assert!(lines_with(text, &forms).is_empty(), "{text}");
    }
}

#[test]
fn a_name_is_no_string_and_a_comment_is_no_code() {
    let line = "    tenant: read(\"claim\"), // why";
    assert_eq!(words(&named(line)), ["tenant", "read", "why"]);
    assert_eq!(remarked(line), "");
    let comment = "/// The claim `tenant` of somebody.";
    assert_eq!(
        words(&remarked(comment)),
        ["the", "claim", "of", "somebody"]
    );
}

#[test]
fn no_old_word_comes_back() {
    let old = old_words();
    let mut found = Vec::new();
    for place in ["text", "code", "name", "comment"] {
        let here = old.iter().filter(|w| w.places.iter().any(|p| p == place));
        let here: Vec<_> = here.collect();
        for (path, text) in texts(place) {
            for word in &here {
                for line in lines_with(&text, &word.forms) {
                    found.push(format!(
                        "{path}: {:?}: {}",
                        word.forms[0].join(" "),
                        line.trim()
                    ));
                }
            }
        }
    }
    assert!(
        found.is_empty(),
        "docs/glossary.md says what to write instead of:\n{}",
        found.join("\n")
    );
}
