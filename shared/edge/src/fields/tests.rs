//! What the reader takes and what it refuses.

use proptest::prelude::*;
use serde::Deserialize;
use zhitiao_texts::{Lang, text};

use super::*;
use crate::json::JsonBody;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Angle {
    Front,
    Side,
}

#[derive(Debug, PartialEq)]
struct Everything {
    text: String,
    name: Option<String>,
    day: Option<jiff::civil::Date>,
    bytes: Option<u32>,
    latitude: Option<f64>,
    publish: Option<bool>,
    angles: Option<Vec<Angle>>,
}

fn everything(f: &mut Fields) -> Result<Everything, FieldErrors> {
    let text = f.required("text", |v| v.text(2..=10));
    let name = f.optional("name", |v| v.line(1..=4));
    let day = f.optional("day", |v| v.parsed(str::parse));
    let bytes = f.optional("bytes", |v| v.integer(1..=100));
    let latitude = f.optional("latitude", |v| v.number(-90.0..=90.0));
    let publish = f.optional("publish", Field::boolean);
    let angles = f.optional("angles", |v| {
        v.list(1..=2, |v| v.object(|f| f.required("angle", Field::one_of)))
    });
    Ok(Everything {
        text: text?,
        name: name?,
        day: day?,
        bytes: bytes?,
        latitude: latitude?,
        publish: publish?,
        angles: angles?,
    })
}

fn read(json: &str) -> Result<Everything, Problem> {
    JsonBody::parse(json.as_bytes())?.read(everything)
}

/// The faults of a body as `field code`.
fn faults(json: &str) -> Vec<String> {
    let problem = read(json).unwrap_err();
    assert_eq!(
        (problem.status().as_u16(), problem.code()),
        (400, "invalid_fields")
    );
    problem
        .faults()
        .iter()
        .map(|fault| format!("{} {}", fault.field, fault.code))
        .collect()
}

#[test]
fn a_sound_body_becomes_a_value() {
    let read = read(
        r#"{"text": "  井盖\r\n坏了 ", "name": "王芳", "day": "2026-11-23", "bytes": 100,
            "latitude": 36, "publish": false, "angles": [{"angle": "front"}, {"angle": "side"}]}"#,
    );
    let expected = Everything {
        text: "井盖\n坏了".to_owned(),
        name: Some("王芳".to_owned()),
        day: Some(jiff::civil::date(2026, 11, 23)),
        bytes: Some(100),
        latitude: Some(36.0),
        publish: Some(false),
        angles: Some(vec![Angle::Front, Angle::Side]),
    };
    assert_eq!(read.unwrap(), expected);
}

#[test]
fn absent_null_and_empty_are_the_same() {
    for empty in [
        "null",
        "\"\"",
        "\" \\n\"",
        "\"\u{3000}\"",
        "\"\\u200b\"",
        "\"\u{2800}\"",
    ] {
        let fields = ["name", "day", "bytes", "latitude", "publish", "angles"];
        let fields = fields.map(|name| format!(", \"{name}\": {empty}")).concat();
        let nothing = read("{\"text\": \"井盖\"}").unwrap();
        assert_eq!(
            read(&format!("{{\"text\": \"井盖\"{fields}}}")).unwrap(),
            nothing
        );
        assert_eq!(faults(&format!("{{\"text\": {empty}}}")), ["text required"]);
    }
}

#[test]
fn every_fault_is_named_with_its_path_and_not_only_the_first() {
    let json = r#"{"name": "abcde", "day": "soon", "bytes": 0, "latitude": 90.1, "publish": 1,
        "angles": [{"angle": "front"}, {"angle": "up", "role": "admin"}], "tenant": "other"}"#;
    assert_eq!(
        faults(json),
        [
            "text required",
            "name too_long",
            "day not_recognized",
            "bytes out_of_range",
            "latitude out_of_range",
            "publish not_boolean",
            "angles[1].angle not_recognized",
            "angles[1].role unknown_field",
            "tenant unknown_field",
        ]
    );
}

#[test]
fn the_wrong_type_is_a_fault_everywhere() {
    for wrong in [
        "0",
        "\"x\"",
        "true",
        "[]",
        "{}",
        "[null]",
        "1.5",
        "-1e300",
        "18446744073709551615",
    ] {
        for name in [
            "text", "name", "day", "bytes", "latitude", "publish", "angles",
        ] {
            let json = format!(r#"{{"{name}": {wrong}}}"#);
            let sound = matches!(
                (name, wrong),
                ("latitude", "0" | "1.5") | ("name", "\"x\"") | ("publish", "true")
            );
            let named = faults(&json).iter().any(|fault| fault.starts_with(name));
            assert_eq!(named, !sound, "{json}");
        }
    }
    for root in ["0", "\"x\"", "true", "null", "[]", "[{}]"] {
        assert_eq!(faults(root), [" not_object"], "{root}");
    }
}

#[test]
fn a_name_that_comes_twice_is_a_fault_and_no_choice() {
    assert_eq!(
        faults(r#"{"text": "first", "text": "second"}"#),
        ["text duplicate"]
    );
    assert_eq!(
        faults(r#"{"text": "first", "text": null}"#),
        ["text duplicate"]
    );
}

#[test]
fn length_is_counted_in_characters_and_after_trimming() {
    assert_eq!(
        read(r#"{"text": "井盖井盖井盖井盖井盖"}"#)
            .unwrap()
            .text
            .chars()
            .count(),
        10
    );
    assert_eq!(
        faults(r#"{"text": "井盖井盖井盖井盖井盖井"}"#),
        ["text too_long"]
    );
    assert_eq!(faults("{\"text\": \"\u{3000}井 \"}"), ["text too_short"]);
    assert_eq!(faults(r#"{"text": " \n\t "}"#), ["text required"]);
}

#[test]
fn marks_that_nobody_sees_are_removed_and_only_controls_are_refused() {
    for mark in ["\\ufeff", "\\u202e", "\\u2066", "\\u200b", "\\u00ad"] {
        let text = read(&format!(r#"{{"text": "{mark}ab{mark}cd"}}"#))
            .unwrap()
            .text;
        assert_eq!(text, "abcd", "{mark}");
    }
    for end in ["\\r", "\\u000b", "\\u000c", "\\u0085", "\\u2028", "\\u2029"] {
        let read = read(&format!(r#"{{"text": "ab{end}cd", "name": "a{end}b"}}"#)).unwrap();
        assert_eq!(
            (read.text.as_str(), read.name.as_deref()),
            ("ab\ncd", Some("a b")),
            "{end}"
        );
    }
    for control in ["\\u0000", "\\u0007", "\\u001b", "\\u007f"] {
        assert_eq!(
            faults(&format!(r#"{{"text": "ab{control}cd"}}"#)),
            ["text bad_character"],
            "{control}"
        );
    }
    for fine in ["\\n", "\\t", "👨\u{200d}👩", "é", "𠮷"] {
        assert!(
            read(&format!(r#"{{"text": "a{fine}b"}}"#)).is_ok(),
            "{fine}"
        );
    }
}

#[test]
fn lists_are_limited_before_their_items_are_read() {
    let many = vec!["{}"; 10_000].join(",");
    assert_eq!(
        faults(&format!(r#"{{"text": "ab", "angles": [{many}]}}"#)),
        ["angles too_many"]
    );
    assert_eq!(
        faults(r#"{"text": "ab", "angles": []}"#),
        ["angles too_few"]
    );
}

#[test]
fn a_flood_of_faults_makes_a_small_answer() {
    let unknown: Vec<_> = (0..5_000)
        .map(|i| format!(r#""{i}{}": 0"#, "x".repeat(40)))
        .collect();
    let problem = read(&format!("{{{}}}", unknown.join(","))).unwrap_err();
    assert_eq!(problem.faults().len(), MAX_FAULTS);
    let long = format!(r#"{{"text": "ab", "{}": 0}}"#, "长".repeat(80_000));
    assert_eq!(
        read(&long).unwrap_err().faults()[0].field.chars().count(),
        MAX_NAME_CHARS
    );
}

#[test]
fn every_fault_has_its_own_sentence() {
    let json = r#"{"name": "x", "day": 1, "bytes": 0.5, "latitude": "x", "publish": 1, "angles": {}, "x": 1}"#;
    let more = [
        read(r#"{"text": "a"}"#),
        read(r#"{"text": "abcdefghijklm", "day": "x", "bytes": 0}"#),
        read("{\"text\": \"a\\u0007b\", \"name\": \"x\", \"name\": \"y\", \"angles\": []}"),
        read(r#"{"angles": [0, 0, 0]}"#),
        read(r#"{"angles": [0]}"#),
        read(json),
    ];
    let faults: Vec<_> = more
        .into_iter()
        .flat_map(|read| read.unwrap_err().faults().to_vec())
        .collect();
    for fault in &faults {
        let code = format!("field.{}", fault.code);
        assert!(text(&code, Lang::Zh).is_some(), "{code}");
    }
    let codes: std::collections::BTreeSet<_> = faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes.len(), 16, "{codes:?}");
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,20}".prop_map(Into::into),
    ];
    let name = prop_oneof![
        "text|name|day|bytes|latitude|publish|angles|angle",
        ".{0,8}"
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::hash_map(name.clone(), inner, 0..8)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_json_comes_it_is_read_or_refused_by_name(json in any_json()) {
        if let Err(problem) = read(&json.to_string()) {
            prop_assert_eq!(problem.status().as_u16(), 400);
            prop_assert!(!problem.faults().is_empty());
        }
    }

    #[test]
    fn whatever_bytes_come_they_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(problem) = JsonBody::parse(&bytes).and_then(|body| body.read(everything)) {
            prop_assert_eq!(problem.status().as_u16(), 400);
        }
    }
}
