//! The engine against the golden cases.

#[path = "data/golden.rs"]
mod golden;

#[test]
fn the_engine_answers_all_golden_cases() {
    let cases = golden::read(include_str!("data/deadline-vectors.json")).unwrap();
    assert_eq!(cases.len(), 60);
    let calendar = golden::seed_calendar();
    let wrong: Vec<_> = cases
        .iter()
        .map(|case| (case, case.answer(&calendar)))
        .filter(|(case, answer)| !case.matches(answer))
        .map(|(case, answer)| case.line(&answer))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_golden_case_is_noticed() {
    let day_late = r#"[{"kind": "work_days", "start": "2026-11-23T09:00:00+08:00", "n": 5, "holds": [],
        "due": "2026-12-01T17:30:00+08:00"}]"#;
    let cases = golden::read(day_late).unwrap();
    let answer = cases[0].answer(&golden::seed_calendar());
    assert!(!cases[0].matches(&answer));
    assert!(
        cases[0]
            .line(&answer)
            .starts_with("DIFF  due 2026-11-30T17:30:00+08:00")
    );
}
