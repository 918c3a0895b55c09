//! Where to: numbers of cases, paths that try to get out, methods that no route has, parameters of lists.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog::{Expected, Hostile};
use super::routes::{self, Setup};
use super::wire::Raw;

/// The catalog.
pub(super) fn all(setup: &Setup) -> Vec<Hostile> {
    let mut all = numbers(setup);
    all.extend(tricks(setup));
    all.extend(strange_ids(setup));
    all.extend(methods(setup));
    all.extend(queries(setup));
    all
}

/// Where a case's number stands in a path.
fn places(setup: &Setup) -> Vec<(Raw, &'static str, &'static str)> {
    let staff = |request: Raw| request.bearer(&setup.staff_token);
    let command = staff(Raw::post("")).header("if-match", "\"1\"").body("{}");
    vec![
        (Raw::get(""), "/v1/board/cases/", ""),
        (staff(Raw::get("")), "/v1/desk/cases/", ""),
        (staff(Raw::get("")), "/v1/desk/cases/", "/contact"),
        (command.clone(), "/v1/desk/cases/", "/accept"),
        (command, "/v1/desk/cases/", "/photos"),
    ]
}

/// What stands where a number belongs.
const NO_NUMBERS: &[&str] = &[
    "0",
    "-",
    "%20",
    "%00",
    "%0d%0aset-cookie:a=b",
    "%ff%fe",
    "%c0%af",
    "%23",
    "%3Av",
    "shinan%23K7M39QXD",
    "%E4%BA%95%E7%9B%96",
    "$%7BAWS::StackName%7D",
    "%3Cscript%3E",
    "%27%20OR%201=1",
    "..%2f..%2fme",
    "%252e%252e",
    "K7M3-9QXD-5;x=1",
    "{number}",
];

fn numbers(setup: &Setup) -> Vec<Hostile> {
    let mut mistyped = setup.number.clone().into_bytes();
    mistyped[0] = if mistyped[0] == b'7' { b'8' } else { b'7' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    let short = &setup.number[..setup.number.len() - 1];
    let long = "A".repeat(5000);
    let double = format!("{}{}", setup.number, setup.number);
    let dynamic = [mistyped.as_str(), short, &long, &double];
    let numbers = dynamic.iter().chain(NO_NUMBERS);
    let mut all = Vec::new();
    for (request, before, after) in places(setup) {
        for number in numbers.clone() {
            let path = format!("{before}{number}{after}");
            let expected = Expected::Problem(404, "case_number_invalid");
            let name = format!("{path:.80}");
            all.push(Hostile::new(name, request.clone().to(&path), expected));
        }
        // One level up there is no route, however the way there is written.
        for up in ["..", "%2e%2e", ".%2E"] {
            let path = format!("{before}{up}{after}");
            let expected = Expected::Problem(404, "not_found");
            all.push(Hostile::new(
                path.clone(),
                request.clone().to(&path),
                expected,
            ));
        }
        // Sound, and of no case.
        let path = format!("{before}{NOBODYS}{after}");
        let (status, code) = match after {
            "/photos" => (400, "invalid_fields"),
            _ => (404, "not_found"),
        };
        all.push(Hostile::new(
            path.clone(),
            request.to(&path),
            Expected::Problem(status, code),
        ));
    }
    all
}

/// A number that is well-formed and names no case.
const NOBODYS: &str = "0000-0000-0";

/// Paths that no route has, or that try to be another one.
const NO_ROUTES: &[&str] = &[
    "//",
    "/v1",
    "/v1/",
    "/v1/reports/",
    "//v1/reports",
    "/V1/REPORTS",
    "/v1//reports",
    "/v1/reports%00",
    "/v1/reports;x=1",
    "/v1/./reports",
    "/v1/x/../categories",
    "/v1/board/../desk/me",
    "/v1/board/%2e%2e/desk/me",
    "/v1/board%2f..%2fdesk%2fme",
    "/v1%2Fdesk%2Fme",
    "/v1/desk",
    "/v1/desk/staff",
    "/v1/my",
    "/v1/my/case/",
    "/.env",
    "/.git/config",
    "/etc/passwd",
    "/metrics",
    "/2015-03-31/functions/case-desk/invocations",
    "/%ff%fe",
    "/%E4%BA%95",
    "/$default",
];

fn tricks(setup: &Setup) -> Vec<Hostile> {
    let case = format!("/v1/desk/cases/{}", setup.number);
    let dynamic = [
        format!("/{}", "a".repeat(8000)),
        format!("/{}", "a/".repeat(4000)),
        format!("{case}/"),
        format!("{case}/history"),
        format!("{case}/CONTACT"),
        format!("{case}/contact/"),
    ];
    let paths = NO_ROUTES
        .iter()
        .map(|path| (*path).to_owned())
        .chain(dynamic);
    let found = |path: String| {
        let request = Raw::get(&path).bearer(&setup.staff_token);
        Hostile::new(
            format!("{path:.80}"),
            request,
            Expected::Problem(404, "not_found"),
        )
    };
    let mut all: Vec<Hostile> = paths.map(found).collect();
    let long = Raw::get(&format!("/{}", "a".repeat(11_000)));
    all.push(Hostile::new(
        "a path over the limit",
        long,
        Expected::Gateway(431),
    ));
    all
}

fn methods(setup: &Setup) -> Vec<Hostile> {
    let mut known: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let written = routes::with_body(setup).into_iter();
    let written = written.map(|route| (route.path, route.method));
    let read = routes::read_only(setup).into_iter();
    for (path, method) in written.chain(read.map(|(path, _)| (path, "GET"))) {
        known.entry(path).or_default().insert(method);
    }
    let mut all = Vec::new();
    for (path, allowed) in known {
        let methods = [
            "GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get",
        ];
        for method in methods
            .into_iter()
            .filter(|method| !allowed.contains(method))
        {
            let request = Raw::new(method, &path).bearer(&setup.staff_token);
            let request = request.header("x-http-method-override", "POST");
            // The board answers what no route takes: on its own paths it knows that only the method is wrong.
            let own = path.starts_with("/v1/board") || path == "/v1/my/case";
            let expected = if own {
                Expected::Problem(405, "method_not_allowed")
            } else {
                Expected::Problem(404, "not_found")
            };
            all.push(Hostile::new(format!("{method} {path}"), request, expected));
        }
    }
    all
}

/// What stands where the id of a unit or a person belongs.
fn strange_ids(setup: &Setup) -> Vec<Hostile> {
    let person = Raw::get("").bearer(&setup.operator_token);
    let unit = Raw::new("PUT", "").bearer(&setup.operator_token);
    let unit = unit.header("content-type", "application/json");
    let unit = unit.header("if-none-match", "*").body("{}");
    let ids = NO_NUMBERS.iter().filter(|id| !["0", "-"].contains(id));
    let hostile = |request: &Raw, before: &str, id: &str| {
        let path = format!("{before}{id}");
        Hostile::new(path.clone(), request.clone().to(&path), Expected::Refused)
    };
    ids.flat_map(|id| {
        [
            hostile(&person, "/v1/directory/staff/", id),
            hostile(&unit, "/v1/directory/units/", id),
        ]
    })
    .collect()
}

/// A list's parameter, its wrong values, and the code that they are refused with.
type Wrong = (&'static str, &'static [&'static str], &'static str);

const IDS: &[&str] = &[
    "%23",
    "%3Av",
    "..",
    "a%23b",
    "UPPER",
    "%E4%BA%95",
    "%00",
    "%ff",
    "a,b",
    "$%7Bx%7D",
];
const LIMITS: &[&str] = &["x", "1.5", "1e2", "0x10", "%EF%BC%91", "NaN", "true"];
const SIZES: &[&str] = &["0", "-1", "101", "18446744073709551616"];

/// Lists with their sound start, and what their parameters must not be.
fn lists() -> Vec<(&'static str, bool, Vec<Wrong>)> {
    let limits = [
        ("limit", LIMITS, "not_integer"),
        ("limit", SIZES, "out_of_range"),
    ];
    let mut board = vec![
        (
            "month",
            &["2026", "202600", "202613", "2026-11", "20261１"][..],
            "not_recognized",
        ),
        ("category", IDS, "not_recognized"),
        ("cursor", &["a%00b", "a%7fb"][..], "bad_character"),
    ];
    let mut queue = vec![
        ("unit", IDS, "not_recognized"),
        ("category", IDS, "not_recognized"),
        (
            "state",
            &["OPEN", "gone", "received,closed"][..],
            "not_recognized",
        ),
        ("overdue", &["1", "yes", "TRUE", "null"][..], "not_boolean"),
        ("min_age_days", &["x", "1.5", "7d"][..], "not_integer"),
        (
            "min_age_days",
            &["-1", "3651", "99999999999"][..],
            "out_of_range",
        ),
    ];
    let mut inbox = Vec::new();
    let mut units = vec![
        ("kind", &["COMMUNITY", "city"][..], "not_recognized"),
        ("parent", IDS, "not_recognized"),
    ];
    let mut staff = vec![("unit", IDS, "not_recognized")];
    for list in [&mut board, &mut queue, &mut inbox, &mut units, &mut staff] {
        list.extend(limits);
    }
    vec![
        ("/v1/board/cases?community=xianggang-huayuan", false, board),
        ("/v1/desk/queue?", true, queue),
        ("/v1/desk/inbox?", true, inbox),
        ("/v1/directory/units?", true, units),
        ("/v1/directory/staff?", true, staff),
        (
            "/v1/desk/deliveries?",
            true,
            vec![("unit", IDS, "not_recognized")],
        ),
    ]
}

fn queries(setup: &Setup) -> Vec<Hostile> {
    let mut all = Vec::new();
    for (start, for_staff, parameters) in lists() {
        let request = |query: &str| {
            let request = Raw::get(&format!("{start}&{query}"));
            if for_staff {
                request.bearer(&setup.staff_token)
            } else {
                request
            }
        };
        for (name, values, code) in parameters {
            for value in values {
                let query = format!("{name}={value}");
                let expected = Expected::fields([(name, code)]);
                all.push(Hostile::new(
                    format!("{start}&{query}"),
                    request(&query),
                    expected,
                ));
            }
        }
        for name in ["role", "Limit", "limit[]", "__proto__", "\u{0}", "tenant"] {
            let escaped = name.replace('\0', "%00");
            let expected = Expected::fields([(name, "unknown_field")]);
            let hostile = Hostile::new(format!("{start}&{escaped}"), request(&escaped), expected);
            all.push(hostile);
        }
    }
    all.extend(repeated(setup));
    all
}

fn repeated(setup: &Setup) -> Vec<Hostile> {
    let community = "community=xianggang-huayuan";
    [
        (
            format!("/v1/board/cases?{community}&{community}"),
            "community",
            "duplicate",
        ),
        (
            format!("/v1/board/cases?{community}&limit=1&limit=2"),
            "limit",
            "duplicate",
        ),
        ("/v1/board/cases".into(), "community", "required"),
        (
            "/v1/board/cases?community=nowhere".into(),
            "community",
            "not_recognized",
        ),
        (
            "/v1/board/cases?community=shinan".into(),
            "community",
            "not_recognized",
        ),
        (
            "/v1/board/cases?community=%ff".into(),
            "community",
            "not_recognized",
        ),
        (
            format!("/v1/board/cases?{community}&cursor={}", "A".repeat(4097)),
            "cursor",
            "too_long",
        ),
        (
            "/v1/desk/queue?overdue=true&overdue=false".into(),
            "overdue",
            "duplicate",
        ),
        (
            "/v1/desk/inbox?limit=1&limit=1".into(),
            "limit",
            "duplicate",
        ),
    ]
    .map(|(path, field, code): (String, _, _)| {
        let request = Raw::get(&path).bearer(&setup.staff_token);
        Hostile::new(
            format!("{path:.90}"),
            request,
            Expected::fields([(field, code)]),
        )
    })
    .into()
}
