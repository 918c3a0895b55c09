//! Borders inside crates: contexts know the kernel and never each other, and no files know each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use zhitiao_tests::world::workspace;

/// What every context of `domain` may know: the kernel, and what it takes to tell people.
const DOMAIN_SHARED: [&str; 2] = ["kernel", "notify"];

/// What every context of `store` may know: the table's own words, and what it takes to tell people.
const STORE_SHARED: [&str; 12] = [
    "change",
    "error",
    "event",
    "item",
    "keys",
    "notify",
    "partition",
    "query",
    "schema",
    "table",
    "transaction",
    "write",
];

/// The modules of a crate: by path (`case::decide`), which others each names.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

/// The crate's modules and the modules that each names by `crate::` or `super::`, its tests and comments left out.
fn graph(src: &Path) -> Graph {
    let mut files = Vec::new();
    sources(src, &mut files);
    let name = |file: &Path| {
        let inner = file.strip_prefix(src).unwrap().with_extension("");
        let parts: Vec<_> = inner.iter().map(|part| part.to_str().unwrap()).collect();
        match parts.join("::") {
            root if root == "lib" || root == "main" => String::new(),
            module => module,
        }
    };
    let modules: BTreeSet<String> = files.iter().map(|file| name(file)).collect();
    let mut graph = Graph::new();
    for file in &files {
        let module = name(file);
        let text = std::fs::read_to_string(file).unwrap();
        let shipped = text.split("#[cfg(test)]").next().unwrap();
        let named = references(&uncommented(shipped), &module).into_iter();
        let known = named.filter_map(|path| innermost(&path, &modules));
        let known = known.filter(|known| *known != module && !known.is_empty());
        graph.entry(module.clone()).or_default().extend(known);
    }
    graph
}

fn uncommented(text: &str) -> String {
    let lines = text.lines();
    let code = lines.map(|line| line.split("//").next().unwrap_or_default());
    code.collect::<Vec<_>>().join("\n")
}

/// The paths that a module names, from the root of its crate.
fn references(code: &str, module: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (start, base) in [("crate::", None), ("super::", Some(module))] {
        let base = base.map_or("", |module| {
            module.rsplit_once("::").map_or("", |(above, _)| above)
        });
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let rest = &code[at + start.len()..];
            let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let end = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
            let path = rest[..end].trim_end_matches(':');
            let path = [base, path].join("::").trim_matches(':').to_owned();
            let group = rest[end..]
                .strip_prefix('{')
                .and_then(|group| group.split('}').next());
            for name in group.unwrap_or_default().split(',') {
                let name = name.split("::").next().unwrap_or_default().trim();
                paths.push(
                    [path.as_str(), name]
                        .join("::")
                        .trim_matches(':')
                        .to_owned(),
                );
            }
            paths.push(path);
        }
    }
    paths
}

/// The module in which the named thing lies.
fn innermost(path: &str, modules: &BTreeSet<String>) -> Option<String> {
    let mut path = path;
    loop {
        if modules.contains(path) {
            return Some(path.to_owned());
        }
        path = path.rsplit_once("::")?.0;
    }
}

fn context(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

fn assert_borders(src: &str, shared: &[&str]) {
    for (module, named) in graph(&workspace().join(src)) {
        let of = context(&module);
        if of.is_empty() || of == "stream" || of == "due" {
            // The root, and where a key or record is told apart, know every context.
            continue;
        }
        for other in named {
            let to = context(&other);
            let is_allowed = to == of || shared.contains(&to);
            assert!(is_allowed, "{src}: {module} knows {other}");
        }
    }
}

#[test]
fn a_context_of_the_domain_knows_the_kernel_and_no_other_context() {
    assert_borders("shared/domain/src", &DOMAIN_SHARED);
    let kernel = graph(&workspace().join("shared/domain/src"));
    for (module, named) in kernel
        .iter()
        .filter(|(module, _)| context(module) == "kernel")
    {
        let outside: Vec<_> = named
            .iter()
            .filter(|other| context(other) != "kernel")
            .collect();
        assert!(outside.is_empty(), "{module} knows {outside:?}");
    }
}

#[test]
fn a_context_of_the_store_knows_no_other_context() {
    assert_borders("shared/store/src", &STORE_SHARED);
}

/// Whether one module can be reached from another.
fn reaches(graph: &Graph, from: &str, to: &str) -> bool {
    let (mut open, mut seen) = (vec![from], BTreeSet::new());
    while let Some(module) = open.pop() {
        for next in graph.get(module).into_iter().flatten() {
            if next == to {
                return true;
            }
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    false
}

#[test]
fn no_files_know_each_other_in_a_circle() {
    for folder in ["shared", "functions", "infra"] {
        for package in std::fs::read_dir(workspace().join(folder)).unwrap() {
            let src = package.unwrap().path().join("src");
            if !src.is_dir() {
                continue;
            }
            let graph = graph(&src);
            let in_circle = |module: &&String| reaches(&graph, module, module);
            let circle: Vec<_> = graph.keys().filter(in_circle).collect();
            assert!(circle.is_empty(), "{}: {circle:?}", src.display());
        }
    }
}

#[test]
fn the_graph_sees_groups_parents_and_nothing_in_comments() {
    let code =
        uncommented("use crate::a::{B, c}; // crate::no\nuse super::d::E;\nlet x = crate::f();");
    let mut named = references(&code, "m::n");
    named.sort_unstable();
    assert_eq!(named, ["a", "a::B", "a::c", "f", "f", "m::d::E", "m::d::E"]);
    let modules = BTreeSet::from(["a".to_owned(), "a::c".to_owned()]);
    assert_eq!(innermost("a::B", &modules).as_deref(), Some("a"));
    assert_eq!(innermost("a::c", &modules).as_deref(), Some("a::c"));
    assert_eq!(innermost("z", &modules), None);
}
