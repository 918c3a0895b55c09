//! Sources: what no file of the project may contain.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use zhitiao_tests::template::{index_names, template};
use zhitiao_tests::world::workspace;

use super::documents::has_extension;

/// Lines of a file that a reader can still keep in mind.
const MAX_LINES: usize = 600;

/// Longer files, each with its reason.
const LONG: [(&str, &str); 4] = [
    ("Cargo.lock", "cargo writes it"),
    ("docs/api.md", "generated: make openapi"),
    ("infra/openapi.json", "generated: make openapi"),
    ("infra/template.yaml", "generated: make template"),
];

/// Files of data whose length says nothing.
const DATA: [&str; 2] = ["infra/seed/", "shared/domain/tests/data/"];

/// Folders of the project whose names begin with a dot, which otherwise are those of tools.
const DOTTED: [&str; 2] = [".ci", ".config"];

/// Whether a folder is not of the project's making: a tool's, or one that git leaves out.
fn is_foreign(name: &str, ignored: &str) -> bool {
    let mut listed = ignored.lines().map(|line| line.trim_matches('/'));
    (name.starts_with('.') && !DOTTED.contains(&name)) || listed.any(|line| line == name)
}

/// Every text file of the project, by its path from the root.
pub(super) fn files() -> Vec<(String, String)> {
    let root = workspace();
    let ignored = std::fs::read_to_string(root.join(".gitignore")).unwrap();
    let mut found = Vec::new();
    collect(&root, &root, &ignored, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    found
}

fn collect(root: &Path, folder: &Path, ignored: &str, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !is_foreign(&name, ignored) {
                collect(root, &path, ignored, found);
            }
        } else if let Some(text) = std::fs::read(&path)
            .ok()
            .and_then(|b| String::from_utf8(b).ok())
        {
            let path = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            found.push((path, text));
        }
    }
}

/// The Rust sources below some folders.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let mut found = files();
    found.retain(|(path, _)| {
        let is_rust = Path::new(path).extension().is_some_and(|end| end == "rs");
        is_rust && folders.iter().any(|folder| path.starts_with(folder))
    });
    assert!(found.len() > 5, "{folders:?}");
    found
}

#[test]
fn folders_of_tools_and_of_builds_are_not_ours() {
    let ignored = std::fs::read_to_string(workspace().join(".gitignore")).unwrap();
    for (name, foreign) in [
        (".venv-checkov", true),
        (".tools", true),
        ("dist", true),
        ("__pycache__", true),
        (".ci", false),
        ("functions", false),
    ] {
        assert_eq!(is_foreign(name, &ignored), foreign, "{name}");
    }
}

#[test]
fn no_file_is_too_long_to_be_read() {
    for (path, text) in files() {
        let is_data = DATA.iter().any(|folder| path.starts_with(folder));
        let lines = text.lines().count();
        let listed = LONG.iter().any(|(long, _)| *long == path);
        assert_eq!(
            lines > MAX_LINES && !is_data,
            listed,
            "{path} has {lines} lines: split it, or list it with a reason; a list entry that is not needed goes"
        );
    }
}

#[test]
fn nothing_points_out_of_the_project() {
    let around = workspace();
    let around = around.parent().unwrap().to_string_lossy();
    // Strangers send such paths on purpose.
    let product = files().into_iter();
    for (path, text) in product.filter(|(path, _)| !path.starts_with("tests/hostile/")) {
        let depth = path.matches('/').count();
        let words = text.split(|c: char| c.is_whitespace() || "\"'`()<>,;".contains(c));
        for word in words.filter(|word| word.contains('/')) {
            let up = word.split('/').take_while(|part| *part == "..").count();
            let machine = around.len() > 1 && word.starts_with(&format!("{around}/"));
            assert!(
                up <= depth && !machine,
                "{path} names {word}, which lies outside of the project"
            );
        }
    }
}

/// rustfmt breaks code at 100 columns and leaves comments as they are.
#[test]
fn no_comment_is_wider_than_a_screen() {
    for (path, text) in files() {
        let lines = text
            .lines()
            .enumerate()
            .filter(|_| has_extension(&path, "rs"));
        for (number, line) in lines.filter(|(_, line)| line.trim_start().starts_with("//")) {
            let columns = line.chars().count();
            assert!(columns <= 120, "{path}:{}: {columns} columns", number + 1);
        }
    }
}

#[test]
fn no_code_reads_a_table_from_end_to_end() {
    let call = concat!(".sc", "an()");
    for (path, text) in sources(&["functions/", "shared/"]) {
        assert!(
            !text.contains(call),
            "{path}: every read is an access pattern with an index"
        );
    }
}

#[test]
fn code_and_template_name_the_same_indexes() {
    let marks = [".index(\"", "index: \""];
    let mut in_code = BTreeSet::new();
    for (_, text) in sources(&["shared/store/src/"]) {
        for mark in marks {
            let named = text
                .split(mark)
                .skip(1)
                .filter_map(|rest| rest.split('"').next());
            in_code.extend(named.map(str::to_owned));
        }
    }
    assert_eq!(in_code, index_names(&template()));
}
