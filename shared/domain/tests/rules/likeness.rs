//! Which reports are offered as perhaps the same.

use zhitiao_domain::case::likeness::Reported;
use zhitiao_domain::kernel::ids::{CategoryId, DistrictId};
use zhitiao_domain::kernel::place::PlaceCode;

const LAMP: &str = "3号楼东门外的路灯不亮了，晚上看不见";

fn reported<'a>(text: &'a str, category: Option<&'a CategoryId>) -> Reported<'a> {
    Reported {
        text,
        category,
        place: None,
    }
}

#[test]
fn like_words_are_offered_and_others_are_not() {
    let lamp = CategoryId::parse("street-lamp").unwrap();
    let litter = CategoryId::parse("litter").unwrap();
    for (other, category, alike) in [
        ("东门外路灯不亮，晚上看不见路", None, true),
        ("东门外的灯坏了两天", Some(&lamp), true),
        ("东门外的灯坏了两天", Some(&litter), false),
        ("7号楼西门垃圾没人收", Some(&lamp), false),
        ("路灯", Some(&lamp), false),
        ("", None, false),
        ("The street lamp is dark", None, false),
    ] {
        let (new, open) = (reported(LAMP, Some(&lamp)), reported(other, category));
        assert_eq!(new.is_like(&open), alike, "{other}");
        assert_eq!(open.is_like(&new), alike, "{other}");
    }
    let page = "https://example.cn/a/long/address";
    let (sign, cover) = (format!("广告牌松了 {page}"), format!("井盖裂了 {page}"));
    assert!(
        !reported(&sign, None).is_like(&reported(&cover, None)),
        "a page is no matter"
    );
    let shouted = reported("STREET LAMP DARK at gate 3", None);
    assert!(shouted.is_like(&reported("street lamp, dark, gate 3", None)));
}

#[test]
fn at_coded_places_the_code_decides() {
    let district = DistrictId::parse("shinan").unwrap();
    let at = |id: &str, text| Reported {
        place: Some(PlaceCode::of(&district, id)),
        ..reported(text, None)
    };
    assert!(at("lift-1", "门关不上").is_like(&at("lift-1", "有异响")));
    assert!(!at("lift-1", LAMP).is_like(&at("lift-2", LAMP)));
    assert!(
        at("lift-1", LAMP).is_like(&reported(LAMP, None)),
        "a report without a code is compared by its words"
    );
}

#[test]
fn a_code_follows_from_the_thing_and_is_read_as_people_write_it() {
    let district = DistrictId::parse("shinan").unwrap();
    let code = PlaceCode::of(&district, "lamp-0731");
    assert_eq!(code, PlaceCode::of(&district, "lamp-0731"));
    assert_ne!(code, PlaceCode::of(&district, "lamp-0732"));
    assert_ne!(
        code,
        PlaceCode::of(&DistrictId::parse("shibei").unwrap(), "lamp-0731")
    );
    let written = code.to_string();
    for spelled in [
        written.clone(),
        written.to_lowercase(),
        written.replace('-', " "),
        format!("{written}。"),
    ] {
        assert_eq!(PlaceCode::parse(&spelled), Ok(code), "{spelled}");
    }
    assert_eq!(PlaceCode::from_key(code.as_str()), Ok(code));
    assert_eq!(serde_json::to_value(code).unwrap(), written);
    for wrong in ["", "lamp-0731", "../x", &written[..10]] {
        assert!(PlaceCode::parse(wrong).is_err(), "{wrong}");
    }
}
