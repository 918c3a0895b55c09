//! Arrows: which crate may depend on which. `functions/* -> app -> edge, store, photos, views, texts -> domain`, and
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use zhitiao_tests::world::workspace;

use super::sources::files;

/// What each shared crate may know of the workspace.
const SHARED: [(&str, &[&str]); 10] = [
    ("zhitiao-domain", &[]),
    ("zhitiao-texts", &["zhitiao-domain"]),
    ("zhitiao-runtime", &["zhitiao-domain"]),
    ("zhitiao-views", &["zhitiao-domain", "zhitiao-texts"]),
    (
        "zhitiao-edge",
        &["zhitiao-domain", "zhitiao-runtime", "zhitiao-texts"],
    ),
    (
        "zhitiao-app",
        &[
            "zhitiao-domain",
            "zhitiao-edge",
            "zhitiao-photos",
            "zhitiao-runtime",
            "zhitiao-store",
            "zhitiao-texts",
            "zhitiao-views",
        ],
    ),
    (
        "zhitiao-pages",
        &["zhitiao-edge", "zhitiao-texts", "zhitiao-views"],
    ),
    ("zhitiao-store", &["zhitiao-domain"]),
    ("zhitiao-photos", &["zhitiao-domain", "zhitiao-pictures"]),
    ("zhitiao-pictures", &[]),
];

/// What only one crate may name.
const RESERVED: [(&str, &str); 6] = [
    ("aws-sdk-dynamodb", "zhitiao-store"),
    ("serde_dynamo", "zhitiao-store"),
    ("aws-sdk-s3", "zhitiao-photos"),
    ("aws-sdk-sqs", "zhitiao-notifier"),
    ("reqwest", "zhitiao-channel-sender"),
    ("lambda_http", "zhitiao-edge"),
];

/// The functions that events start. They speak no HTTP, and so they use neither `edge` nor a use case that answers a
/// `Problem`.
const OF_EVENTS: [&str; 4] = [
    "zhitiao-notifier",
    "zhitiao-channel-sender",
    "zhitiao-due-sweep",
    "zhitiao-photo-intake",
];

/// The rules know only words, numbers and dates, what Unicode says about characters, and the hash that a signature is
/// held against.
const DOMAIN: [&str; 7] = [
    "icu_normalizer",
    "icu_properties",
    "jiff",
    "regex-lite",
    "serde",
    "sha2",
    "thiserror",
];

fn metadata() -> Metadata {
    let manifest = workspace().join("Cargo.toml");
    let mut command = MetadataCommand::new();
    command.manifest_path(manifest);
    // What is built is what is locked. What only other platforms need was never fetched on a fresh machine.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let options = ["--locked", "--offline", "--filter-platform", &platform];
    command.other_options(options.map(str::to_owned));
    command.exec().unwrap()
}

/// The direct dependencies of a package, without those that only its tests have.
fn needs(package: &Package) -> BTreeSet<&str> {
    let shipped = package.dependencies.iter();
    let shipped = shipped.filter(|needed| needed.kind != DependencyKind::Development);
    shipped.map(|needed| needed.name.as_str()).collect()
}

/// The members by name, those in one folder.
fn members<'m>(metadata: &'m Metadata, folder: &str) -> BTreeMap<&'m str, BTreeSet<&'m str>> {
    let root = metadata.workspace_root.join(folder);
    let packages = metadata.workspace_packages().into_iter();
    packages
        .filter(|package| package.manifest_path.starts_with(&root))
        .map(|package| (package.name.as_str(), needs(package)))
        .collect()
}

/// Only the members of the workspace.
fn ours<'m>(needs: &BTreeSet<&'m str>) -> BTreeSet<&'m str> {
    let ours = needs.iter().copied();
    ours.filter(|name| name.starts_with("zhitiao-")).collect()
}

#[test]
fn functions_depend_on_shared_crates_and_never_on_each_other() {
    let metadata = metadata();
    let shared: BTreeSet<_> = SHARED.iter().map(|(name, _)| *name).collect();
    let functions = members(&metadata, "functions");
    assert_eq!(functions.len(), 9);
    for (function, needs) in functions {
        let strangers: Vec<_> = ours(&needs).difference(&shared).copied().collect();
        assert!(strangers.is_empty(), "{function} needs {strangers:?}");
    }
}

#[test]
fn functions_that_events_start_speak_no_http() {
    let metadata = metadata();
    let functions = members(&metadata, "functions");
    for function in OF_EVENTS {
        let needs = &functions[function];
        for http in ["zhitiao-app", "zhitiao-edge", "axum"] {
            assert!(!needs.contains(http), "{function} needs {http}");
        }
    }
}

#[test]
fn edge_knows_of_the_domain_only_the_kernel() {
    let mut sources = files();
    sources.retain(|(path, _)| path.starts_with("shared/edge/src/"));
    assert!(sources.len() > 5);
    for (path, text) in sources {
        for named in text.split("zhitiao_domain::").skip(1) {
            let context = named.split(|c: char| !c.is_alphanumeric()).next();
            assert_eq!(context, Some("kernel"), "{path} names domain::{named:.20}");
        }
    }
}

#[test]
fn shared_crates_know_only_the_domain() {
    let metadata = metadata();
    let mut shared = members(&metadata, "shared");
    for (name, allowed) in SHARED {
        let needs = shared.remove(name).unwrap();
        assert_eq!(ours(&needs), allowed.iter().copied().collect(), "{name}");
    }
    assert!(shared.is_empty(), "no arrows for {:?}", shared.keys());
}

#[test]
fn the_domain_knows_no_cloud_no_wire_and_no_clock() {
    let metadata = metadata();
    let shared = members(&metadata, "shared");
    assert_eq!(shared["zhitiao-domain"], DOMAIN.into_iter().collect());
}

#[test]
fn each_client_of_the_cloud_is_named_by_one_crate() {
    let metadata = metadata();
    let product = members(&metadata, "shared").into_iter();
    for (name, needs) in product.chain(members(&metadata, "functions")) {
        for (reserved, owner) in RESERVED {
            assert!(
                !needs.contains(reserved) || name == owner,
                "{name} needs {reserved}, which is {owner}'s"
            );
        }
    }
}

#[test]
fn nothing_in_the_functions_brings_a_second_tls_stack() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let functions = metadata.workspace_root.join("functions");
    let mut open: Vec<_> = metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| package.manifest_path.starts_with(&functions))
        .map(|package| &package.id)
        .collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !reached.insert(id) {
            continue;
        }
        let shipped = nodes[id].deps.iter().filter(|needed| {
            let kinds = &needed.dep_kinds;
            kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        });
        open.extend(shipped.map(|needed| &needed.pkg));
    }
    let names: BTreeSet<_> = reached
        .iter()
        .map(|id| metadata[*id].name.as_str())
        .collect();
    assert!(names.contains("rustls") && names.contains("ring"));
    for banned in ["aws-lc-rs", "aws-lc-sys", "openssl-sys", "native-tls"] {
        assert!(!names.contains(banned), "{banned} is in the tree");
    }
}
