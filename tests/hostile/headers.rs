//! Headers: the media type, the idempotency key, the version that a command was decided on.

use super::catalog::{Expected, Hostile};
use super::routes::{self, Route, Setup};

/// The catalog.
pub(super) fn all(setup: &Setup) -> Vec<Hostile> {
    let routes = routes::with_body(setup);
    let each = routes.iter().flat_map(|route| {
        let mut own = media_types(route, setup);
        if route.has_key {
            own.extend(keys(route, setup));
        }
        own.extend(versions(route, setup));
        own
    });
    let mut all: Vec<Hostile> = each.collect();
    all.extend(oversized(&routes[0], setup));
    all
}

fn media_types(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let sound = route.request(setup).json(&route.sound);
    let expected = Expected::Problem(415, "unsupported_media_type");
    let hostile = |what: &str, request| {
        let name = format!("{}: {what}", route.path);
        Hostile::new(name, request, expected.clone())
    };
    let mut all = vec![hostile(
        "no media type",
        sound.clone().without("content-type"),
    )];
    for media in [
        "",
        "text/plain",
        "json",
        "application/jsonp",
        "application/json-patch+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "text/html;application/json",
    ] {
        let what = format!("the media type {media:?}");
        all.push(hostile(&what, sound.clone().instead("content-type", media)));
    }
    let twice = sound.clone().header("content-type", "application/json");
    all.push(hostile("two media types", twice));
    let refused = |code, what: String, request| {
        let name = format!("{}: {what}", route.path);
        Hostile::new(name, request, Expected::Problem(415, code))
    };
    for charset in ["gbk", "utf-16", "\"iso-8859-1\"", ""] {
        let media = format!("application/json; charset={charset}");
        let request = sound.clone().instead("content-type", media);
        let what = format!("the charset {charset:?}");
        all.push(refused("unsupported_charset", what, request));
    }
    for encoding in ["gzip", "br", "identity, gzip", ""] {
        let request = sound.clone().header("content-encoding", encoding);
        let what = format!("the encoding {encoding:?}");
        all.push(refused("unsupported_content_encoding", what, request));
    }
    all
}

fn keys(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let sound = route.request(setup).json(&route.sound);
    let hostile = |what: &str, code, request| {
        let expected = Expected::fields([("Idempotency-Key", code)]);
        Hostile::new(format!("{}: {what}", route.path), request, expected)
    };
    let without = sound.clone().without("idempotency-key");
    let mut all = vec![hostile("no key", "required", without)];
    let values: &[&[u8]] = &[
        b"",
        b"1",
        b"null",
        b"#",
        b":v",
        b"../../x",
        b"0d5c9a10-7c7c-4f6e-9d3b-1f2e3d4c5b6",
        b"0d5c9a10-7c7c-4f6e-9d3b-1f2e3d4c5b6aa",
        b"0d5c9a10-7c7c-4f6e-9d3b-1f2e3d4c5b6g",
        b"0d5c9a10-7c7c-4f6e-9d3b-1f2e3d4c5b6a;x=1",
        b"0d5c9a10-7c7c-4f6e-9d3b-1f2e3d4c5b6a, 1d5c9a10-7c7c-4f6e-9d3b-1f2e3d4c5b6a",
        "井盖".as_bytes(),
        b"\xff\xfe",
        &[b'a'; 4000],
    ];
    for nobodys in [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "{00000000-0000-0000-0000-000000000000}",
    ] {
        let request = sound.clone().instead("idempotency-key", nobodys);
        all.push(hostile(nobodys, "key_of_nobody", request));
    }
    for value in values {
        let what = format!("the key {:.20?}", String::from_utf8_lossy(value));
        let request = sound.clone().instead("idempotency-key", *value);
        all.push(hostile(&what, "not_recognized", request));
    }
    let second = "1d5c9a10-7c7c-4f6e-9d3b-1f2e3d4c5b6a";
    let twice = sound.header("idempotency-key", second);
    all.push(hostile("two keys", "not_recognized", twice));
    all
}

/// What says of no version that it was seen.
const NO_VERSIONS: &[&[u8]] = &[
    b"",
    b"*",
    b"1",
    b"\"",
    b"\"\"",
    b"\"*\"",
    b"W/\"1\"",
    b"\"1\", \"2\"",
    b"\"-1\"",
    b"\"+1\"",
    b"\"01\"",
    b"\"1e0\"",
    b"\"1.0\"",
    b"\" 1\"",
    b"\"0x1\"",
    b"\"18446744073709551616\"",
    "\"１\"".as_bytes(),
    b"\xff",
];

fn versions(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let Some(sound_version) = route.version else {
        return Vec::new();
    };
    let sound = route.request(setup).json(&route.sound);
    let hostile = |what: &str, expected, request| {
        Hostile::new(format!("{}: {what}", route.path), request, expected)
    };
    let required = Expected::Problem(428, "precondition_required");
    let faulty = Expected::fields([("If-Match", "not_recognized")]);
    let mut all = vec![hostile(
        "no version",
        required,
        sound.clone().without("if-match"),
    )];
    for value in NO_VERSIONS {
        let what = format!("the version {:?}", String::from_utf8_lossy(value));
        let request = sound.clone().instead("if-match", *value);
        all.push(hostile(&what, faulty.clone(), request));
    }
    let again = format!("\"{sound_version}\"");
    let twice = sound.clone().header("if-match", again);
    all.push(hostile("two versions", faulty, twice));
    let others = [sound_version.wrapping_sub(1), sound_version + 1, u64::MAX];
    for version in others.map(|version| format!("\"{version}\"")) {
        let clash = Expected::Problem(409, "version_conflict");
        let request = sound.clone().instead("if-match", version.as_str());
        all.push(hostile(&format!("the version {version}"), clash, request));
    }
    all
}

/// Requests whose headers alone are too much for the gateway.
fn oversized(route: &Route, setup: &Setup) -> Vec<Hostile> {
    let sound = route.request(setup).json(&route.sound);
    let one = sound.clone().header("x-padding", vec![b'a'; 10_240]);
    let many = (0..80).fold(sound, |request, n| {
        request.header(&format!("x-{n}"), vec![b'a'; 128])
    });
    [("one long header", one), ("many headers", many)]
        .map(|(what, request)| Hostile::new(what, request, Expected::Gateway(431)))
        .into()
}
