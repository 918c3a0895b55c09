//! Bodies: JSON that is none, fields that are missing, doubled, unknown, of the wrong type or over their limit.

use serde_json::{Value, json};

use super::catalog::{Expected, Hostile};
use super::routes::{self, Field, Kind, Route, Setup};

/// Bytes of a body that no function takes.
const TOO_LARGE: usize = 256 * 1024 + 1;

/// The catalog.
pub(super) fn all(setup: &Setup) -> Vec<Hostile> {
    let routes = routes::with_body(setup);
    let mut all: Vec<Hostile> = routes
        .iter()
        .flat_map(|route| {
            let mut own = malformed(route, setup);
            own.extend(oversized(route, setup));
            own.extend(wrong_fields(route, setup));
            own.extend(missing_fields(route, setup));
            own.extend(unknown_fields(route, setup));
            own.extend(doubled_fields(route, setup));
            own.push(all_at_once(route, setup));
            own.extend(positions(route, setup));
            own
        })
        .collect();
    // The gateway takes 10 MB, whatever listens behind it; one route is enough for so many bytes.
    all.push(Hostile::new(
        "a body over the gateway's limit",
        routes[0].request(setup).body(vec![b' '; (10 << 20) + 1]),
        Expected::Gateway(413),
    ));
    all
}

/// Bodies that are no JSON at all.
fn no_json() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, close: &str, depth| open.repeat(depth) + "1" + &close.repeat(depth);
    vec![
        ("nothing", b"".into()),
        ("white space", b" \n\t".into()),
        ("an open brace", b"{".into()),
        ("a brace too many", b"{}}".into()),
        ("two documents", b"{}{}".into()),
        ("single quotes", b"{'a':1}".into()),
        ("a name without quotes", b"{a:1}".into()),
        ("a trailing comma", b"{\"a\":1,}".into()),
        ("a comment", b"{}/* */".into()),
        ("half a word", b"nul".into()),
        ("not a number", b"{\"a\":NaN}".into()),
        ("infinity", b"{\"a\":-Infinity}".into()),
        ("a number beyond all", b"{\"a\":1e999}".into()),
        ("a leading zero", b"{\"a\":01}".into()),
        ("a hexadecimal number", b"{\"a\":0x1}".into()),
        ("half a surrogate pair", b"{\"a\":\"\\ud800\"}".into()),
        ("an unknown escape", b"{\"a\":\"\\x41\"}".into()),
        ("a bare line end", b"{\"a\":\"\n\"}".into()),
        ("a bare NUL", b"{\"a\":\"\0\"}".into()),
        ("only NULs", vec![0; 64]),
        ("a byte order mark", b"\xef\xbb\xbf{}".into()),
        ("UTF-16", b"\xff\xfe{\0}\0".into()),
        ("bytes that are not UTF-8", b"{\"a\":\"\xff\xfe\"}".into()),
        ("overlong UTF-8", b"{\"a\":\"\xc0\xaf\"}".into()),
        ("a compressed body", b"\x1f\x8b\x08\0\0\0\0\0".into()),
        ("a form", b"text=x&community=y".into()),
        ("XML", b"<?xml version='1.0'?><a/>".into()),
        ("lists 200 deep", nested("[", "]", 200).into()),
        ("objects 10,000 deep", nested("{\"a\":", "}", 10_000).into()),
        ("100,000 open lists", b"[".repeat(100_000)),
    ]
}

fn malformed(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let expected = Expected::Problem(400, "malformed_json");
    let mut all: Vec<Hostile> = no_json()
        .into_iter()
        .map(|(what, body)| Hostile::on(route, setup, what, body, expected.clone()))
        .collect();
    for body in ["null", "[]", "[{}]", "\"{}\"", "0", "true"] {
        let expected = Expected::fields([("", "not_object")]);
        all.push(Hostile::on(route, setup, body, body, expected));
    }
    all
}

fn oversized(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let mut padded = route.sound.to_string();
    padded.push_str(&" ".repeat(TOO_LARGE - padded.len()));
    let megabyte = json!({"text": "x".repeat(1 << 20)}).to_string();
    [("a byte too many", padded), ("a megabyte", megabyte)]
        .map(|(what, body)| {
            let expected = Expected::Problem(413, "payload_too_large");
            Hostile::on(route, setup, what, body, expected)
        })
        .into()
}

/// A place in a body by its path as answers name it.
fn place<'b>(body: &'b mut Value, path: &str) -> &'b mut Value {
    let pointer = path.replace(['.', '['], "/").replace(']', "");
    let pointer = if path.is_empty() {
        pointer
    } else {
        format!("/{pointer}")
    };
    body.pointer_mut(&pointer)
        .unwrap_or_else(|| panic!("there is no {path}"))
}

/// The sound body with one field changed.
fn changed(route: &Route, path: &str, value: Value) -> Value {
    let mut body = route.sound.clone();
    *place(&mut body, path) = value;
    body
}

fn wrong_fields(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let one = |field: &Field| {
        let Field(path, kind, needed) = *field;
        let mut faults = faults_of(kind);
        // An item of a list is not a field that could be left empty.
        if needed && !path.ends_with(']') {
            faults.extend(EMPTY.iter().map(|text| (json!(text), "required")));
        }
        let hostile = faults.into_iter().map(move |(value, code)| {
            let what = format!("{path} = {}", shortened(&value.to_string()));
            let body = changed(route, path, value).to_string();
            Hostile::on(route, setup, &what, body, Expected::fields([(path, code)]))
        });
        hostile.collect::<Vec<_>>()
    };
    route.fields.iter().flat_map(one).collect()
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Wrong values of a field, each with the code of its error.
type Faults = Vec<(Value, &'static str)>;

fn each(values: Vec<Value>, code: &'static str) -> Faults {
    values.into_iter().map(|value| (value, code)).collect()
}

fn whole(min: u64, max: u64) -> Faults {
    let wrong = vec![json!("1"), json!(1.5), json!(1e30), json!(true), json!([])];
    let mut faults = each(wrong, "not_integer");
    let outside = vec![json!(-1), json!(max + 1), json!(u64::MAX), json!(i64::MIN)];
    faults.extend(each(outside, "out_of_range"));
    if min > 0 {
        faults.push((json!(min - 1), "out_of_range"));
    }
    faults
}

fn list(max: usize) -> Faults {
    let wrong = vec![json!(0), json!("[]"), json!(false), json!({"0": 1})];
    let mut faults = each(wrong, "not_list");
    faults.push((json!(vec![Value::Null; max + 1]), "too_many"));
    faults.push((json!(vec![0; 10_000]), "too_many"));
    faults
}

/// Values that a field of the kind must not have, with the code of the fault.
fn faults_of(kind: Kind) -> Faults {
    let no_text = vec![json!(0), json!(-1.5), json!(true), json!([]), json!({})];
    match kind {
        Kind::Text { max } | Kind::Line { max } => written(max),
        Kind::Id | Kind::Choice => {
            let mut faults = parsed(no_text, "not_recognized");
            faults.push((json!("１２３４５"), "not_recognized"));
            faults
        }
        Kind::Phone => {
            let mut faults = parsed(no_text, "not_a_phone");
            let wrong = ["1234", "138-0000-000a", "转801", "0532-88888888转"];
            let wrong = wrong.iter().map(|text| json!(text)).collect();
            faults.extend(each(wrong, "not_a_phone"));
            faults
        }
        Kind::Moment => moments(no_text),
        Kind::Opaque => {
            let mut faults = each(no_text, "not_text");
            let wrong = vec![json!("a\nb"), json!("a\0"), json!("w".repeat(256))];
            faults.extend(each(wrong, "not_recognized"));
            faults
        }
        Kind::Whole { min, max } => whole(min, max),
        Kind::Degrees { limit } => {
            let wrong = vec![json!("36.06"), json!(false), json!([36.06]), json!({})];
            let mut faults = each(wrong, "not_number");
            let outside = vec![json!(limit + 0.001), json!(-limit - 0.001), json!(1e308)];
            faults.extend(each(outside, "out_of_range"));
            faults
        }
        Kind::Flag => {
            let wrong = vec![json!(0), json!(1), json!("true"), json!([true]), json!({})];
            each(wrong, "not_boolean")
        }
        Kind::Object => each(
            vec![json!(0), json!("{}"), json!(false), json!([{}])],
            "not_object",
        ),
        Kind::List { max } => list(max),
    }
}

/// Texts with nothing to read in them.
const EMPTY: &[&str] = &[
    "",
    " \n\t ",
    "\u{3000}",
    "\u{200b}",
    "\u{3164}",
    "\u{2800}",
    "\u{feff}\u{202e}",
];

/// Texts that try to become part of a key, an expression, a path or a page.
const INJECTED: &[&str] = &[
    "#",
    "shinan#K7M39QXD",
    "EVENT#00000001",
    ":v",
    "${AWS::StackName}",
    "{{resolve:secretsmanager:x}}",
    "../../etc/passwd",
    "..%2f..",
    "' OR '1'='1",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "UPPER",
    "井盖",
    "shinan\0",
    "-shinan",
];

/// Values that no parser takes, with the code of this one.
fn parsed(no_text: Vec<Value>, code: &'static str) -> Faults {
    let mut faults = each(no_text, "not_text");
    let unknown = INJECTED.iter().map(|text| json!(text)).collect();
    faults.extend(each(unknown, code));
    faults.push((json!("a".repeat(33)), code));
    faults.push((json!("a".repeat(5000)), "not_recognized"));
    faults
}

fn moments(no_text: Vec<Value>) -> Faults {
    let mut faults = parsed(no_text, "not_a_moment");
    let wrong = [
        "2026-12-10",
        "2026-12-10T09:00:00",
        "2026-12-10T09:00:00[Asia/Shanghai]",
        "2026-12-10T09:00:00+25:59",
        "2026-12-10T09:00:00-18:01",
    ];
    let wrong = wrong.iter().map(|text| json!(text)).collect();
    faults.extend(each(wrong, "not_a_moment"));
    let contradictory = [
        "2026-12-10T09:00:00+08:00[America/New_York]",
        "2026-12-10T09:00:00-05:00[Asia/Shanghai]",
    ];
    let contradictory = contradictory.iter().map(|text| json!(text)).collect();
    faults.extend(each(contradictory, "contradictory_moment"));
    faults
}

/// Positions that are none, or of another district.
fn positions(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let path = "place.point";
    let has_position = route.fields.iter().any(|Field(field, ..)| *field == path);
    let positions = [
        ("nowhere", 0.0, 0.0, "no_position"),
        ("Beijing", 39.9, 116.4, "outside_the_district"),
        ("swapped far off", -36.06, 120.38, "outside_the_district"),
    ];
    let positions = positions.into_iter().filter(|_| has_position);
    positions
        .map(|(what, latitude, longitude, code)| {
            let point = json!({"latitude": latitude, "longitude": longitude});
            let body = changed(route, path, point).to_string();
            Hostile::on(route, setup, what, body, Expected::fields([(path, code)]))
        })
        .collect()
}

fn written(max: usize) -> Faults {
    let wrong = [json!(0), json!(true), json!([]), json!({}), json!(["text"])];
    let mut faults: Vec<_> = wrong.into_iter().map(|v| (v, "not_text")).collect();
    for control in ['\0', '\u{7}', '\u{1b}', '\u{7f}', '\u{80}'] {
        faults.push((json!(format!("井{control}盖")), "bad_character"));
    }
    faults.push((json!("字".repeat(max + 1)), "too_long"));
    faults.push((json!("👩‍👩‍👧".repeat(max)), "too_long"));
    faults
}

fn missing_fields(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let needed = route.fields.iter().filter(|Field(_, _, needed)| *needed);
    // An item of a list is not a member that could be missing: null is no number, though.
    let members = needed.filter(|Field(path, ..)| !path.ends_with(']'));
    members
        .flat_map(|Field(path, ..)| {
            let null = changed(route, path, Value::Null);
            let (above, name) = path.rsplit_once('.').unwrap_or(("", path));
            let mut gone = route.sound.clone();
            let members = place(&mut gone, above).as_object_mut().unwrap();
            members.remove(name);
            [("null", null), ("missing", gone)].map(|(how, body)| {
                let expected = Expected::fields([(*path, "required")]);
                let what = format!("{path} is {how}");
                Hostile::on(route, setup, &what, body.to_string(), expected)
            })
        })
        .collect()
}

/// Fields that no body has, at the top and inside.
fn unknown_fields(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let long = "x".repeat(1000);
    let names = [
        "role",
        "tenant",
        "pk",
        "state",
        "version",
        "__proto__",
        "$where",
        ":v",
        "#",
        "",
        "\0",
        "Reason",
        "reason ",
        &long,
    ];
    let hostile = |inside: &str, name: &str| {
        let mut body = route.sound.clone();
        place(&mut body, inside)[name] = "admin".into();
        let shown: String = name.chars().take(64).collect();
        let dot = if inside.is_empty() { "" } else { "." };
        let shown = format!("{inside}{dot}{shown}");
        let expected = Expected::fields([(shown.as_str(), "unknown_field")]);
        let what = format!("the unknown field {shown:.40?}");
        Hostile::on(route, setup, &what, body.to_string(), expected)
    };
    let mut all: Vec<Hostile> = names.iter().map(|name| hostile("", name)).collect();
    let objects = route
        .fields
        .iter()
        .filter(|Field(_, kind, _)| matches!(kind, Kind::Object));
    all.extend(objects.map(|Field(path, ..)| hostile(path, "tenant")));
    all
}

fn doubled_fields(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let names = route.sound.as_object().unwrap().keys();
    names
        .map(|name| {
            let sound = route.sound.to_string();
            let body = format!("{{\"{name}\":null,{}", &sound[1..]);
            let expected = Expected::fields([(name.as_str(), "duplicate")]);
            Hostile::on(route, setup, &format!("{name} twice"), body, expected)
        })
        .collect()
}

/// A body in which every field is wrong: the answer names them all.
fn all_at_once(route: &Route, setup: &Setup) -> Hostile {
    let mut body = json!({"role": "admin"});
    let mut faults = vec![("role", "unknown_field")];
    let top = route
        .fields
        .iter()
        .filter(|Field(path, ..)| !path.contains(['.', '[']));
    for Field(path, kind, _) in top {
        let (value, code) = faults_of(*kind).swap_remove(0);
        body[*path] = value;
        faults.push((path, code));
    }
    let expected = Expected::fields(faults);
    Hostile::on(
        route,
        setup,
        "every field wrong",
        body.to_string(),
        expected,
    )
}
