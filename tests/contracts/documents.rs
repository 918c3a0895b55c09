//! Documents: links lead somewhere, paths and example numbers are right, and the code map is the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use zhitiao_domain::kernel::ids::CaseId;
use zhitiao_tests::reference::anchor;
use zhitiao_tests::world::workspace;
use zhitiao_tests::{description, reference};

use super::sources::files;

/// Lines of a page that a newcomer reads to the end.
const README_LINES: usize = 150;

/// Words from which on a name is the sentence of a test.
const SENTENCE_WORDS: usize = 6;

/// The folders whose direct folders are the rooms of the code map.
const ROOTS: [&str; 4] = ["shared", "functions", "infra", "tests"];

pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|end| end == extension)
}

/// Every Markdown page, by its path from the root.
pub(super) fn pages() -> BTreeMap<String, String> {
    let mut pages = files();
    pages.retain(|(path, _)| has_extension(path, "md"));
    assert!(pages.len() > 20, "{}", pages.len());
    pages.into_iter().collect()
}

/// The lines of a page that are prose or headings: what stands in a code block is not.
pub(super) fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The targets of the links of a page: what stands in `](…)`.
fn targets(page: &str) -> Vec<&str> {
    let links = prose(page).flat_map(|line| line.split("](").skip(1));
    links.filter_map(|rest| rest.split(')').next()).collect()
}

/// The anchors of a page's headings; of equal ones the second ends in `-1`.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in prose(page).filter(|line| line.starts_with('#')) {
        let name = anchor(line.trim_start_matches('#').trim());
        let doubles = (1..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone())
            .chain(doubles)
            .find(|name| !found.contains(name));
        found.extend(free);
    }
    found
}

/// The texts between backticks.
fn code_spans(page: &str) -> Vec<&str> {
    let lines = prose(page);
    lines
        .flat_map(|l| l.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let root = workspace();
    let pages = pages();
    for (path, page) in &pages {
        let folder = Path::new(path).parent().unwrap();
        let inside = targets(page);
        for target in inside.into_iter().filter(|t| !t.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() {
                root.join(path)
            } else {
                root.join(folder).join(file)
            };
            assert!(file.exists(), "{path}: {target} leads nowhere");
            if !heading.is_empty() {
                let text = std::fs::read_to_string(&file).unwrap();
                let known = anchors(&text);
                assert!(
                    known.contains(heading),
                    "{path}: {target} names no heading; there are {known:?}"
                );
            }
        }
    }
}

#[test]
fn every_path_that_a_page_names_exists() {
    let root = workspace();
    for (path, page) in pages() {
        // A page may name its neighbors from its own folder.
        let here = root.join(&path).parent().unwrap().to_owned();
        for span in code_spans(&page) {
            let is_path = ROOTS
                .iter()
                .any(|root| span.strip_prefix(root).is_some_and(|s| s.starts_with('/')));
            let is_plain = !span.contains([' ', '<', '*', '{', '…']);
            if is_path && is_plain {
                let stands = |folder: &Path| folder.join(span).exists();
                assert!(
                    stands(&root) || stands(&here),
                    "{path} names {span}, which is gone"
                );
            }
        }
    }
}

#[test]
fn every_test_that_a_page_names_exists() {
    let sources = files();
    for (path, page) in pages() {
        for span in code_spans(&page) {
            // The name of a test is a sentence; shorter names belong to other things.
            let words = span.split('_').count();
            let is_name = span
                .chars()
                .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
            if is_name && words >= SENTENCE_WORDS {
                let head = format!("fn {span}(");
                let stands = sources.iter().any(|(_, text)| text.contains(&head));
                assert!(stands, "{path} names the test {span}, which is gone");
            }
        }
    }
}

/// Every text that has the shape of a case number, `XXXX-XXXX-X`.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let tokens = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-'));
    tokens.filter(|token| {
        let parts: Vec<_> = token.split('-').map(str::len).collect();
        parts == [4, 4, 1]
    })
}

#[test]
fn every_case_number_that_people_are_shown_is_valid() {
    let mut shown = 0;
    for (path, text) in files() {
        // Tests hold wrong numbers on purpose.
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_source = has_extension(&path, "rs") && !path.contains("tests/");
        let is_page = has_extension(&path, "md") || path == "infra/openapi.json";
        if is_source || is_page {
            for number in numbers(product) {
                shown += 1;
                let id = CaseId::parse(&number.replace('-', "")[..8]);
                let right = id.map(|id| id.number().to_string());
                assert_eq!(
                    right.as_deref(),
                    Ok(number),
                    "{path} shows a number with a wrong check character"
                );
            }
        }
    }
    assert!(shown > 10, "{shown}");
}

#[test]
fn the_page_of_the_api_is_the_one_of_the_code() {
    let written = std::fs::read_to_string(workspace().join("docs/api.md")).unwrap_or_default();
    let openapi = serde_json::to_value(description::openapi()).unwrap();
    assert!(
        written == reference::page(&openapi),
        "docs/api.md is not what the code says: run `make openapi`"
    );
}

#[test]
fn the_readme_is_read_to_its_end() {
    let readme = &pages()["README.md"];
    let lines = readme.lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines");
}

#[test]
fn the_code_map_names_every_room_and_no_other() {
    let root = workspace();
    let architecture = &pages()["docs/ARCHITECTURE.md"];
    let map = architecture.split("\n## Code map\n").nth(1).unwrap();
    let map = map.split("\n## ").next().unwrap();
    let rows = map.lines().filter(|line| line.starts_with("| `"));
    let named: BTreeSet<&str> = rows
        .flat_map(|row| code_spans(row.trim_matches('|').split('|').next().unwrap_or_default()))
        .collect();
    for room in &named {
        assert!(
            root.join(room).exists(),
            "the code map names {room}, which is gone"
        );
    }
    let mut rooms = BTreeSet::new();
    for (path, _) in files() {
        let parts: Vec<&str> = path.split('/').collect();
        if let [outer, room, _, ..] = parts[..]
            && ROOTS.contains(&outer)
            && room != "src"
        {
            rooms.insert(format!("{outer}/{room}"));
        }
    }
    for room in rooms {
        assert!(
            named.contains(room.as_str()),
            "{room} is not in the code map"
        );
    }
}
