//! Text, numbers and moments as people send them.

use proptest::prelude::*;
use zhitiao_domain::kernel::input::{
    MomentFault, TextError, is_blank, is_same_name, judge, letters_and_digits, moment,
    normalize_line, normalize_text,
};
use zhitiao_domain::kernel::phone::Phone;

#[test]
fn every_kind_of_line_end_is_one() {
    for end in [
        "\n", "\r\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}",
    ] {
        let raw = format!("井盖{end}坏了{end}");
        assert_eq!(normalize_text(&raw), "井盖\n坏了", "{end:?}");
        assert_eq!(normalize_line(&raw), "井盖 坏了", "{end:?}");
    }
    assert_eq!(normalize_text("一\r\n\r\n二\r\r三"), "一\n\n二\n\n三");
}

#[test]
fn marks_without_meaning_are_removed() {
    let marks = "\u{feff}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{061c}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
                 \u{2060}\u{2061}\u{2066}\u{2067}\u{2068}\u{2069}\u{ad}\u{34f}\u{180e}\u{fe0f}\u{e0041}\u{3164}\u{ffa0}";
    for mark in marks.chars() {
        let raw = format!("{mark}井{mark}盖{mark}");
        // A selector chooses among the variants of the character before it, so it stays behind one.
        let expected = if mark == '\u{fe0f}' {
            "井\u{fe0f}盖\u{fe0f}"
        } else {
            "井盖"
        };
        assert_eq!(normalize_text(&raw), expected, "{mark:?}");
        assert!(is_blank(&mark.to_string()), "{mark:?}");
    }
}

#[test]
fn marks_that_shape_what_they_stand_in_are_kept() {
    for whole in [
        "👨\u{200d}👩\u{200d}👧",
        "🏳\u{fe0f}\u{200d}🌈",
        "👩🏽\u{200d}🚀",
        "1\u{fe0f}\u{20e3}",
        "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "葛\u{e0100}",
        "می\u{200c}خواهم",
        "क्\u{200d}ष",
        "ᠨ\u{180b}ᠠ",
        "ᠨᠠ\u{180e}ᠠ",
    ] {
        assert_eq!(normalize_text(whole), whole, "{whole:?}");
    }
}

#[test]
fn text_without_anything_to_read_is_none() {
    for raw in [
        "",
        " ",
        "\u{3000}",
        "\u{a0}",
        "\n\t",
        "\u{200b}",
        "\u{3164}",
        "\u{2800}",
        "\u{1d159}",
        "\u{115f}",
        "\u{feff}\u{2800} \u{200d}",
        "\u{301}",
        "\u{fe0f}",
        "\u{e0041}",
    ] {
        assert!(is_blank(raw), "{raw:?}");
        assert_eq!(normalize_text(raw), "", "{raw:?}");
        assert_eq!(
            judge(&normalize_line(raw), &(1..=9)),
            Err(TextError::Required)
        );
    }
    for raw in ["。", "?", "·", "1", "a", "井", "👍", "\u{e000}"] {
        assert!(!is_blank(raw), "{raw:?}");
    }
}

#[test]
fn what_is_left_is_judged() {
    for control in ['\0', '\u{7}', '\u{8}', '\u{1b}', '\u{7f}', '\u{80}'] {
        let text = normalize_text(&format!("井{control}盖"));
        assert_eq!(
            judge(&text, &(1..=9)),
            Err(TextError::BadCharacter),
            "{control:?}"
        );
    }
    assert_eq!(judge("一\n\t二", &(1..=4)), Ok(()));
    assert_eq!(judge("一", &(2..=4)), Err(TextError::TooShort(2)));
    assert_eq!(judge("一二三四五", &(2..=4)), Err(TextError::TooLong(4)));
    assert_eq!(judge("", &(0..=4)), Ok(()));
}

#[test]
fn a_name_is_the_same_in_every_spelling() {
    for (one, other) in [
        ("周海燕", "周海燕 "),
        ("周海燕", "\u{feff}周海燕\u{200b}"),
        ("王 芳", "王　芳"),
        ("王芳", "王　芳"),
        ("阿依古丽·买买提", "阿依古丽•买买提"),
        ("阿依古丽·买买提", "阿依古丽・买买提"),
        ("阿依古丽·买买提", "阿依古丽‧买买提"),
        ("阿依古丽·买买提", "阿依古丽 ･ 买买提"),
        ("John Smith", "Ｊｏｈｎ  Smith"),
    ] {
        assert!(is_same_name(one, other), "{one:?} {other:?}");
    }
    for (one, other) in [
        ("周海燕", "周海"),
        ("周海燕", "周海雁"),
        ("阿依·买", "阿·依买"),
        ("周", ""),
    ] {
        assert!(!is_same_name(one, other), "{one:?} {other:?}");
    }
}

#[test]
fn a_code_is_read_through_what_people_put_around_it() {
    assert_eq!(
        letters_and_digits("「Ａ1－b２」。").as_deref(),
        Some("A1b2")
    );
    assert_eq!(
        letters_and_digits("a1 – b2\u{200b}").as_deref(),
        Some("a1b2")
    );
    for other in ["井1", "a+1", "a\0", "a\u{301}", "½"] {
        assert_eq!(letters_and_digits(other), None, "{other:?}");
    }
}

#[test]
fn a_telephone_number_is_dialed_however_it_was_typed() {
    for (typed, dialed) in [
        ("13800000000", "13800000000"),
        ("138-0000-0000", "13800000000"),
        ("\u{202d}138-0000-0000\u{202c}", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("138\u{a0}0000\u{3000}0000", "13800000000"),
        ("138–0000—0000", "13800000000"),
        ("138.0000.0000", "13800000000"),
        ("+86 138 0000 0000", "+8613800000000"),
        ("（+86）13800000000", "+8613800000000"),
        ("（0532）88888888", "053288888888"),
        ("(0532) 8888-8888", "053288888888"),
        ("0532-88888888转801", "053288888888;ext=801"),
        ("（0532）88888888 轉 801", "053288888888;ext=801"),
        ("0532-88888888 转分机：801", "053288888888;ext=801"),
        ("0532-88888888 分机801", "053288888888;ext=801"),
        ("0532-88888888 ext. 801", "053288888888;ext=801"),
        ("0532-88888888 EXT801", "053288888888;ext=801"),
        ("0532-88888888x801", "053288888888;ext=801"),
        ("0532-88888888#801", "053288888888;ext=801"),
        ("12345", "12345"),
    ] {
        let phone = Phone::parse(typed).unwrap_or_else(|_| panic!("{typed:?}"));
        assert_eq!((phone.dialed(), phone.typed()), (dialed, typed));
    }
    for other in [
        "",
        "1234",
        "电话",
        "138-0000-000a",
        "+",
        "138+0000",
        "123456789012345678901",
        "0532-88888888转",
        "转801",
        "0532-88888888转8a",
        "0532-88888888转123456789",
        "13800000000/13900000000",
        "138,0000,0000",
        "13800000000;ext=1",
        "٣٣٣٣٣٣٣",
    ] {
        assert!(Phone::parse(other).is_err(), "{other:?}");
    }
    let old = Phone::from_stored("138+0000 0000".to_owned());
    assert_eq!(
        (old.typed(), old.dialed()),
        ("138+0000 0000", "13800000000")
    );
}

#[test]
fn a_moment_says_when_it_is_and_does_not_contradict_itself() {
    let nine = moment("2026-12-10T09:00:00+08:00").unwrap();
    for same in [
        "2026-12-10T01:00:00Z",
        "2026-12-10T09:00:00.000+08:00",
        "2026-12-09T15:00:00-10:00",
        "2026-12-10T09:00:00+08:00[Asia/Shanghai]",
        "2026-12-10T01:00:00Z[Asia/Shanghai]",
        "2026-12-10T09:00:00+08:00[+08:00]",
        "2026-12-10T19:00:00+18:00",
    ] {
        assert_eq!(moment(same), Ok(nine), "{same}");
    }
    for contradiction in [
        "2026-12-10T09:00:00+08:00[America/New_York]",
        "2026-12-10T09:00:00-05:00[Asia/Shanghai]",
        "2026-12-10T09:00:00+08:00[+09:00]",
        "2026-12-10T09:00:00+08:00[Nowhere/Ever]",
        "2026-12-10T09:00:00+08:00[!America/New_York]",
    ] {
        assert_eq!(
            moment(contradiction),
            Err(MomentFault::Contradiction),
            "{contradiction}"
        );
    }
    for other in [
        "",
        "soon",
        "2026-12-10",
        "2026-12-10T09:00:00",
        "2026-12-10T09:00:00[Asia/Shanghai]",
        "2026-12-10T09:00:00+25:59",
        "2026-12-10T09:00:00-25:59",
        "2026-12-10T09:00:00+18:01",
        "2026-12-10T09:00:00+26:00",
        "2026-13-10T09:00:00+08:00",
        "2026-12-10T09:00:00+08:00[",
        "-009999-01-01T00:00:00+18:00",
    ] {
        assert_eq!(moment(other), Err(MomentFault::NotAMoment), "{other}");
    }
}

proptest! {
    #[test]
    fn cleaning_a_clean_text_changes_nothing(raw in "\\PC{0,40}|[\\s\u{200b}-\u{200f}\u{fe0f}a井👍\u{2028}]{0,20}") {
        let text = normalize_text(&raw);
        prop_assert_eq!(&normalize_text(&text), &text);
        let line = normalize_line(&raw);
        prop_assert_eq!(&normalize_line(&line), &line);
        prop_assert!(!line.contains(['\n', '\t', '\r']));
        prop_assert_eq!(is_blank(&raw), text.is_empty());
    }
}
