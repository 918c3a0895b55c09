//! Texts: every code that can be answered has a sentence in both languages.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use zhitiao_domain::case::Author;
use zhitiao_domain::case::event::{Event, ResumeCause};
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::personal::PersonalKind;
use zhitiao_domain::case::proposal::Matter;
use zhitiao_domain::case::publication::PublicationStep;
use zhitiao_domain::case::refused::RefusalReason;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::State;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::case::{EventKind, Reminder};
use zhitiao_domain::kernel::ladder::Rung;
use zhitiao_domain::notify::audience::Why;
use zhitiao_pictures::Rejection;
use zhitiao_pictures::sanitize::Unsupported;
use zhitiao_store::DirectoryData;
use zhitiao_tests::world::workspace;
use zhitiao_texts::{Lang, text};
use zhitiao_views::{reminder_code, title};

const LANGUAGES: [Lang; 2] = [Lang::Zh, Lang::En];

#[track_caller]
fn is_said(code: &str) {
    for lang in LANGUAGES {
        assert!(
            text(code, lang).is_some(),
            "{code} has no sentence in {lang:?}"
        );
    }
}

/// The names of all variants of an enum: serde lists them in the refusal of one that does not exist.
fn variants<T: DeserializeOwned>(stranger: Value) -> Vec<String> {
    let refusal = serde_json::from_value::<T>(stranger)
        .err()
        .unwrap()
        .to_string();
    let (_, names) = refusal.split_once("expected one of ").unwrap();
    let names: Vec<_> = names
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert!(names.len() > 1, "{refusal}");
    names
}

fn rules() -> Rulebook {
    let seed = DirectoryData::from_folder(&workspace().join("infra/seed")).unwrap();
    seed.rulebook().unwrap()
}

/// One event of each kind but reminders, as stored.
fn events() -> Vec<EventKind> {
    let when = "2026-11-30T17:30:00+08:00";
    let signature = json!({
        "staff": "zhou.haiyan", "name": "周海燕", "role": "subdistrict_secretary", "unit": "badaguan", "at": when,
        "sha256": "0".repeat(64),
    });
    let samples = json!([
        {"kind": "received", "text": "x"},
        {"kind": "entered_late", "received_at": when, "reason": "x"},
        {"kind": "triaged", "category": "handrail", "tier": "p1", "published": true, "reason": null},
        {"kind": "photo_arrived", "photo": 0},
        {"kind": "assigned", "unit": "badaguan", "person": null, "reason": null},
        {"kind": "accepted"},
        {"kind": "noted", "text": "x", "to": "resident"},
        {"kind": "returned", "from": "badaguan", "reason": "x"},
        {"kind": "escalated", "from": "badaguan", "unit": "housing", "reason": "x"},
        {"kind": "handed_down", "from": "housing", "unit": "badaguan", "reason": "x"},
        {"kind": "extended", "by": {"work_days": 3}, "due_at": when, "reason": "x"},
        {"kind": "hold_reviewed", "review_at": when, "reason": "x"},
        {"kind": "involved", "unit": "housing", "reason": "x"},
        {"kind": "part_finished", "unit": "housing", "reason": "x"},
        {"kind": "released", "unit": "housing", "reason": "x"},
        {"kind": "split", "children": ["K7M39QXD"]},
        {"kind": "supervision_ordered", "reason": "x", "proposer": null, "words": "x", "signature": signature},
        {"kind": "directed", "text": "x"},
        {"kind": "signed_off", "statement": "x", "words": "x", "signature": signature},
        {"kind": "visit_scheduled", "from": when, "to": when},
        {"kind": "arrived"},
        {"kind": "secured", "reason": "x"},
        {"kind": "resolved", "reason": "x", "evidence": [9]},
        {"kind": "closed", "reason": null},
        {"kind": "reopened", "reason": "x"},
        {"kind": "refused", "reason": "x"},
        {"kind": "merged", "into": "K7M39QXD", "reason": "x"},
        {"kind": "withdrawn"},
        {"kind": "replied", "text": "x"},
        {"kind": "urged"},
        {"kind": "corrected", "text": "x"},
        {"kind": "photos_announced", "photos": [0]},
        {"kind": "consent_revoked"},
        {"kind": "confirmed"},
        {"kind": "objected", "text": "x", "evidence": []},
        {"kind": "contact_set"},
        {"kind": "contact_erased"},
        {"kind": "calendar_changed", "version": 2, "promise": {"from": when, "to": when}},
        {"kind": "calendar_changed", "version": 2, "promise": null},
    ]);
    let mut samples = samples.as_array().unwrap().clone();
    for outcome in ["fixed", "answered"] {
        samples
            .push(json!({"kind": "resolved", "reason": "x", "evidence": [9], "outcome": outcome}));
    }
    for code in RefusalReason::ALL {
        samples.push(json!({"kind": "refused", "reason": "x", "code": code, "authority": "x"}));
    }
    for hold in HoldReason::ALL {
        samples.push(json!({
            "kind": "held", "hold": hold, "reason": "x", "review_at": when, "requester": "wang.fang",
            "waits_for": "housing",
        }));
    }
    for step in variants::<PublicationStep>(json!("?")) {
        samples.push(json!({
            "kind": "publication_changed", "step": step, "published": true, "publication": {}, "reason": "x",
        }));
    }
    for cause in variants::<ResumeCause>(json!("?")) {
        samples.push(json!({"kind": "resumed", "cause": cause}));
    }
    for matter in Matter::ALL {
        samples.push(json!({"kind": "proposed", "matter": matter, "reason": "x"}));
        samples.push(json!({"kind": "declined", "matter": matter, "reason": "x"}));
    }
    serde_json::from_value(Value::Array(samples)).unwrap()
}

/// A reminder of every clock that has a ladder, on every rung.
fn reminders() -> Vec<Reminder> {
    let rungs = variants::<Rung>(json!("?"));
    let clocks = ClockKind::ALL.into_iter();
    let reminder = |clock: ClockKind, rung: &String| Reminder {
        clock,
        rung: serde_json::from_value(json!(rung)).unwrap(),
        due_at: "2026-11-30T17:30:00+08:00".parse().unwrap(),
        due_version: 0,
        scheduled_at: "2026-11-30T17:30:00+08:00".parse().unwrap(),
        superseded: Vec::new(),
    };
    clocks
        .flat_map(|clock| rungs.iter().map(move |rung| reminder(clock, rung)))
        .collect()
}

fn event(kind: EventKind) -> Event {
    Event {
        number: 1,
        at: "2026-11-23T10:00:00+08:00".parse().unwrap(),
        author: Author::System,
        command: None,
        kind,
    }
}

#[test]
fn a_moment_of_another_year_names_it_and_numbers_are_listed_as_the_language_does() {
    let said = |kind: Value, lang| {
        let kind = serde_json::from_value(kind).unwrap();
        title(&event(kind), "", &rules(), lang)
    };
    let extended = |due_at| json!({"kind": "extended", "by": {"work_days": 3}, "due_at": due_at, "reason": "x"});
    let split = json!({"kind": "split", "children": ["K7M39QXD", "K7M39QXE"]});
    for (kind, zh, en) in [
        (
            extended("2026-11-30T17:30:00+08:00"),
            "是11月30日17:30",
            "is 30 November, 17:30",
        ),
        (
            extended("2027-01-04T17:30:00+08:00"),
            "是2027年1月4日17:30",
            "is 4 January 2027, 17:30",
        ),
        (
            split,
            "K7M3-9QXD-5、K7M3-9QXE-3",
            "K7M3-9QXD-5, K7M3-9QXE-3",
        ),
    ] {
        for (lang, words) in [(Lang::Zh, zh), (Lang::En, en)] {
            let sentence = said(kind.clone(), lang);
            assert!(sentence.contains(words), "{sentence}");
        }
    }
}

#[test]
fn every_event_is_told_in_one_whole_sentence() {
    let kinds = variants::<EventKind>(json!({"kind": "?"}));
    let sampled: BTreeSet<_> = events().iter().map(EventKind::code).collect();
    for kind in kinds.iter().filter(|kind| *kind != "reminded") {
        assert!(sampled.contains(kind.as_str()), "no sample of {kind}");
    }
    let rules = rules();
    let reminded = reminders().into_iter().map(EventKind::Reminded);
    for kind in events().into_iter().chain(reminded) {
        for lang in LANGUAGES {
            let sentence = title(&event(kind.clone()), "香港花园社区", &rules, lang);
            assert!(
                !sentence.is_empty() && !sentence.contains('{'),
                "{kind:?}: {sentence}"
            );
        }
    }
}

#[test]
fn every_reminder_state_and_reason_has_a_sentence() {
    for reminder in reminders() {
        is_said(&reminder_code(&reminder));
    }
    for state in State::ALL {
        is_said(&format!("state.{}", state.code()));
    }
    let reasons = [
        Why::Assignee,
        Why::Desk,
        Why::Chain,
        Why::Head,
        Why::Supervision,
        Why::Helper,
        Why::Awaited,
        Why::Approver,
    ];
    for why in reasons {
        is_said(&format!("why.{}", why.code()));
    }
}

/// Every way in which a file fails to become a photo.
fn rejections() -> Vec<Rejection> {
    let formats = [
        Unsupported::Heic,
        Unsupported::Avif,
        Unsupported::Gif,
        Unsupported::Svg,
        Unsupported::Unknown,
    ];
    let others = [
        Rejection::Empty,
        Rejection::TooManyBytes { bytes: 1 },
        Rejection::UnsupportedVariant,
        Rejection::Animated,
        Rejection::TooManyPixels {
            width: 1,
            height: 1,
        },
        Rejection::Truncated,
        Rejection::Corrupt,
    ];
    formats
        .map(Rejection::UnsupportedFormat)
        .into_iter()
        .chain(others)
        .collect()
}

#[test]
fn every_refused_photo_says_why() {
    for rejection in rejections() {
        is_said(&format!("photo.{}", rejection.code()));
    }
    // What photo-intake finds by itself.
    let intake = source("functions/photo-intake/src/lib.rs");
    assert!(intake.contains("Err(\"too_many_bytes\")"));
    assert_eq!(intake.matches("=> Err(\"").count(), 1, "list the new code");
    // What lapsed, and what earlier versions refused and stored.
    for code in ["expired", "wrong_length"] {
        is_said(&format!("photo.{code}"));
    }
}

#[test]
fn every_reason_why_a_photo_cannot_be_used_has_a_sentence() {
    let rules = source("shared/domain/src/case/photo_progress.rs")
        + &source("shared/domain/src/case/evidence.rs");
    let quoted: BTreeSet<_> = rules.split('"').skip(1).step_by(2).collect();
    let faults: Vec<_> = quoted
        .iter()
        .filter(|code| code.starts_with("photo_") && !code.contains(' '))
        .collect();
    assert_eq!(faults.len(), 6, "{faults:?}");
    for code in faults {
        is_said(&format!("field.{code}"));
    }
    for code in ["case_ended", "report_too_old"] {
        assert!(quoted.contains(code), "{code}");
        is_said(&format!("receipt.{code}"));
    }
    for kind in PersonalKind::ALL {
        is_said(&format!("personal.{}", kind.code()));
    }
}

fn source(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap()
}

/// All Rust sources below a folder of the workspace, their tests left out.
fn sources(folder: &str) -> String {
    let mut all = String::new();
    let mut open = vec![workspace().join(folder)];
    while let Some(path) = open.pop() {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs")
            {
                let text = std::fs::read_to_string(path).unwrap();
                all += text.split("#[cfg(test)]").next().unwrap_or_default();
            }
        }
    }
    all
}

/// The last text among the arguments of each call of `name` whose arguments hold texts: the code.
fn codes(source: &str, name: &str) -> BTreeSet<String> {
    let call = format!("{name}(");
    let calls = source.split(&call).skip(1);
    calls
        .filter_map(|rest| {
            let arguments = rest.split([')', ';']).next()?;
            let texts: Vec<_> = arguments.split('"').skip(1).step_by(2).collect();
            texts.last().map(|code| (*code).to_owned())
        })
        .collect()
}

#[test]
fn every_problem_has_a_sentence() {
    let said = sources("shared/edge/src")
        + &sources("shared/app/src")
        + &sources("functions")
        + &sources("shared/domain/src");
    let mut found = BTreeSet::new();
    for constructor in [
        "Problem::new",
        "Self::new",
        "malformed",
        "unprocessable",
        "NotNow",
    ] {
        found.extend(codes(&said, constructor));
    }
    for known in [
        "wrong_state",
        "idempotency_key_reused",
        "version_conflict",
        "too_many_photos",
        "needs_supervision",
    ] {
        assert!(
            found.contains(known),
            "{known} was not found in the source: {found:?}"
        );
    }
    found.insert("method_not_allowed".to_owned());
    for code in found {
        is_said(&code);
        // What happened, and what to do now.
        is_said(&format!("{code}.advice"));
    }
}

#[test]
fn every_fault_of_a_field_has_a_sentence() {
    let edge = sources("shared/edge/src") + &sources("shared/app/src") + &sources("functions");
    let mut found = BTreeSet::new();
    for constructor in ["FieldError::new", ".refuse"] {
        found.extend(codes(&edge, constructor));
    }
    // Paths of fields in lists are written by `format!`, whose parentheses the codes are not behind.
    let rules = sources("shared/domain/src").replace("format!(", "(");
    found.extend(codes(&rules, "field"));
    found.extend(codes(&rules, "fault"));
    found.retain(|code| !code.contains('{'));
    for known in [
        "required",
        "too_long",
        "no_consent",
        "not_recognized",
        "unknown_field",
    ] {
        assert!(
            found.contains(known),
            "{known} was not found in the source: {found:?}"
        );
    }
    for code in found {
        is_said(&format!("field.{code}"));
    }
}
