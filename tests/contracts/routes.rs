//! Routes: the template, the code and infra/openapi.json name the same ones, and agree on which are public.

use std::collections::BTreeSet;

use serde_json::Value;
use zhitiao_tests::description;
use zhitiao_tests::template::{resources, template};
use zhitiao_tests::world::workspace;

/// The route that answers what no other route knows; it has no operation of its own.
const DEFAULT: &str = "$default";

/// The methods that an operation can have in a path item (OpenAPI 3.1 section 4.8.9).
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Every operation of the code with its route key, `GET /v1/desk/me`.
fn operations() -> Vec<(String, Value)> {
    let whole = serde_json::to_value(description::openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in whole["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if METHODS.contains(&method.as_str()) {
                let key = format!("{} {path}", method.to_uppercase());
                operations.push((key, operation.clone()));
            }
        }
    }
    operations
}

/// The routes of the template, by their key, and whether they are public.
fn routes() -> Vec<(String, bool)> {
    let routes = resources(&template(), "AWS::ApiGatewayV2::Route").into_iter();
    let route = |(logical, properties): (String, Value)| {
        let public = match properties["AuthorizationType"].as_str() {
            Some("NONE") => true,
            Some("JWT") => false,
            other => panic!("{logical}: {other:?}"),
        };
        (properties["RouteKey"].as_str().unwrap().to_owned(), public)
    };
    routes.map(route).collect()
}

#[test]
fn template_and_code_have_the_same_routes_and_the_same_of_them_are_public() {
    let in_template: BTreeSet<_> = routes().into_iter().collect();
    let mut in_code: BTreeSet<_> = operations()
        .into_iter()
        .map(|(key, operation)| (key, operation["security"].is_null()))
        .collect();
    in_code.insert((DEFAULT.to_owned(), true));
    // Pages are for people: the description of the API does not have them.
    let pages = zhitiao_site::ROUTES.iter();
    in_code.extend(pages.map(|(method, path)| (format!("{method} {path}"), true)));
    assert_eq!(in_template.len(), routes().len(), "a route stands twice");
    assert_eq!(in_template, in_code);
}

#[test]
fn each_route_leads_to_the_function_that_serves_it() {
    let template = template();
    let served = [
        ("ReportIntakeIntegration", zhitiao_report_intake::openapi()),
        ("CaseDeskIntegration", zhitiao_case_desk::openapi()),
        (
            "DirectoryDeskIntegration",
            zhitiao_directory_desk::openapi(),
        ),
        ("PublicBoardIntegration", zhitiao_public_board::openapi()),
    ];
    for (logical, route) in resources(&template, "AWS::ApiGatewayV2::Route") {
        let key = route["RouteKey"].as_str().unwrap();
        if let Some((method, path)) = key.split_once(' ')
            && zhitiao_site::ROUTES.contains(&(method, path))
        {
            let target = "integrations/${SiteIntegration}";
            assert_eq!(route["Target"], target, "{logical}");
            continue;
        }
        // The board answers what no function knows.
        let path = key.split_once(' ').map_or("/v1/board/cases", |key| key.1);
        let (integration, _) = served
            .iter()
            .find(|(_, api)| api.paths.paths.contains_key(path))
            .unwrap_or_else(|| panic!("nobody serves {key}"));
        let target = format!("integrations/${{{integration}}}");
        assert_eq!(route["Target"], target.as_str(), "{logical}");
    }
}

#[test]
fn the_web_acl_limits_every_route_on_which_anyone_may_send_something() {
    let acl = std::fs::read_to_string(workspace().join("infra/web-acl.yaml")).unwrap();
    let matches = acl.split("PositionalConstraint: ").skip(1);
    let limits = |path: &str| {
        matches.clone().any(|rule| {
            let mut lines = rule.lines();
            let constraint = lines.next().unwrap_or_default();
            let text = lines.next().unwrap_or_default().trim();
            let text = text.strip_prefix("SearchString: ").unwrap_or_default();
            (constraint == "EXACTLY" && path == text)
                || (constraint == "STARTS_WITH" && path.starts_with(text))
        })
    };
    for (key, is_public) in routes() {
        if let Some(path) = key.strip_prefix("POST ").filter(|_| is_public) {
            assert!(limits(path), "{path} has no limit per client");
        }
    }
}

#[test]
fn only_the_desks_ask_for_a_sign_in() {
    for (key, operation) in operations() {
        let is_desk = key.contains(" /v1/desk/") || key.contains(" /v1/directory/");
        assert_eq!(!operation["security"].is_null(), is_desk, "{key}");
    }
}

#[test]
fn the_written_description_is_the_one_of_the_code() {
    let path = workspace().join("infra/openapi.json");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    let generated = description::openapi().to_pretty_json().unwrap() + "\n";
    assert!(
        written == generated,
        "infra/openapi.json is not what the code says: run `make openapi`"
    );
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_answers() {
    let mut names = BTreeSet::new();
    for (key, operation) in operations() {
        let name = operation["operationId"].as_str().unwrap_or_default();
        assert!(!name.is_empty() && names.insert(name.to_owned()), "{key}");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{key}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{key}"
        );
    }
}

/// What a response says, where it stands among those that are shared.
fn resolved<'a>(whole: &'a Value, response: &'a Value) -> &'a Value {
    let reference = response["$ref"].as_str();
    reference.map_or(response, |reference| {
        whole.pointer(reference.trim_start_matches('#')).unwrap()
    })
}

#[test]
fn every_refusal_is_a_problem() {
    let whole = serde_json::to_value(description::openapi()).unwrap();
    for (key, operation) in operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let wanted = if status.starts_with('2') {
                // Documents are pages to print; everything else is for programs.
                if key.contains("/documents/") {
                    "text/html"
                } else {
                    "application/json"
                }
            } else {
                "application/problem+json"
            };
            let response = resolved(&whole, response);
            let mut media: BTreeSet<_> = response["content"].as_object().unwrap().keys().collect();
            assert!(media.remove(&wanted.to_owned()), "{key} {status}");
            // The gateway's own answers have a form of their own.
            media.remove(&"application/json".to_owned());
            assert_eq!(media, BTreeSet::new(), "{key} {status}");
            let schema = response["content"][wanted]["schema"]["$ref"].as_str();
            let is_problem = schema == Some("#/components/schemas/Problem");
            assert_eq!(is_problem, !status.starts_with('2'), "{key} {status}");
        }
    }
}

#[test]
fn every_command_says_which_headers_it_needs() {
    for (key, operation) in operations() {
        // A preview changes nothing, so it may be asked for as often as one likes.
        let is_preview = key.ends_with("/preview");
        let names: Vec<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "header")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        assert_eq!(
            names.contains(&"Idempotency-Key"),
            key.starts_with("POST ") && !is_preview,
            "{key}"
        );
        // An announced photo changes nothing that a colleague may have seen otherwise.
        let is_command = key.starts_with("POST /v1/desk/cases/") && !key.ends_with("/photos");
        let replaces = key.starts_with("PUT ")
            || key.starts_with("DELETE ")
            || key == "POST /v1/directory/calendars";
        assert_eq!(names.contains(&"If-Match"), is_command || replaces, "{key}");
    }
}
