//! Environment: each function gets the variables that it reads, and no other.

use std::collections::BTreeSet;

use serde_json::Value;
use zhitiao_tests::template::{resources, template};

/// The functions by the folder in `CodeUri`, and what each reads.
const FUNCTIONS: [(&str, &[&str]); 9] = [
    ("report-intake", zhitiao_report_intake::ENV),
    ("case-desk", zhitiao_case_desk::ENV),
    ("directory-desk", zhitiao_directory_desk::ENV),
    ("public-board", zhitiao_public_board::ENV),
    ("site", zhitiao_site::ENV),
    ("photo-intake", zhitiao_photo_intake::ENV),
    ("due-sweep", zhitiao_due_sweep::ENV),
    ("notifier", zhitiao_notifier::ENV),
    ("channel-sender", zhitiao_channel_sender::ENV),
];

fn variables(of: &Value) -> impl Iterator<Item = &str> {
    let variables = of["Environment"]["Variables"].as_object();
    variables
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
}

#[test]
fn each_function_gets_exactly_the_variables_that_it_reads() {
    let template = template();
    let functions = resources(&template, "AWS::Serverless::Function");
    assert_eq!(functions.len(), FUNCTIONS.len());
    for (folder, reads) in FUNCTIONS {
        let code = format!("../dist/{folder}/");
        let (_, properties) = functions
            .iter()
            .find(|(_, properties)| properties["CodeUri"] == code.as_str())
            .unwrap_or_else(|| panic!("the template has no function {folder}"));
        let globals = &template["Globals"]["Function"];
        let given: BTreeSet<_> = variables(globals).chain(variables(properties)).collect();
        let reads: BTreeSet<_> = reads.iter().copied().collect();
        assert_eq!(given, reads, "{folder}");
    }
}
