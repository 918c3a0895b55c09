//! Channels out of the house: which settings are sound, and which units can be told.

use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::org::OrgChart;
use zhitiao_domain::notify::channel::{
    ChannelName, ChannelSettings, check_channel, is_address, is_key, reached_units,
};

use crate::district::{COMMUNITY, SUBDISTRICT, at, rules, units};

/// The example of the scheme's specification.
const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn channel(unit: &str, name: ChannelName) -> ChannelSettings {
    ChannelSettings {
        unit: UnitId::parse(unit).unwrap(),
        name,
        url: format!("https://{}.example.org/hook?key=1", unit.len()),
        secret: name.is_signed().then(|| KEY.to_owned()),
    }
}

/// The faults of a channel, as (field, code).
fn faults(
    org: &OrgChart,
    wanted: &ChannelSettings,
    others: &[ChannelSettings],
) -> Vec<(String, &'static str)> {
    let faults = check_channel(org, wanted, others).into_iter();
    faults.map(|fault| (fault.field, fault.code)).collect()
}

#[test]
fn an_address_is_https_or_this_machine() {
    for sound in [
        "https://example.org",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=ab-1",
        "https://10.1.2.3:8443/x",
        "http://127.0.0.1:9/",
        "http://localhost/hook",
    ] {
        assert!(is_address(sound), "{sound}");
    }
    for unsound in [
        "",
        "example.org",
        "ftp://example.org",
        "http://example.org",
        "https://",
        "https:///x",
        "https://-a.example.org",
        "https://a..example.org",
        "https://user@example.org",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org:/",
        "https://256.1.1.1/",
        "https://1.2.3/",
        "https://example.org/a b",
        "https://example.org/渠道",
        "https://例子.org/",
        "https://[::1]/",
        "http://127.0.0.1.example.org/",
    ] {
        assert!(!is_address(unsound), "{unsound}");
    }
    assert!(!is_address(&format!(
        "https://example.org/{}",
        "a".repeat(2_000)
    )));
}

#[test]
fn a_key_is_24_to_64_bytes_in_base64() {
    assert!(is_key(KEY));
    for unsound in [
        "",
        "secret",
        &KEY[6..],
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_!",
    ] {
        assert!(!is_key(unsound), "{unsound}");
    }
    assert!(is_key(&format!("whsec_{}==", "A".repeat(86))), "64 bytes");
    assert!(!is_key(&format!("whsec_{}=", "A".repeat(87))), "65 bytes");
}

#[test]
fn every_fault_of_a_channel_is_named() {
    let org = &rules().org;
    let district = org.district().as_str();
    for name in ChannelName::ALL {
        let unit = if name == ChannelName::People {
            district
        } else {
            COMMUNITY
        };
        let sound = channel(unit, name);
        assert_eq!(faults(org, &sound, &[]), [], "{name}");
        assert_eq!(
            faults(org, &sound, std::slice::from_ref(&sound)),
            [],
            "{name}: itself"
        );
    }
    let mut wrong = channel("nowhere", ChannelName::People);
    wrong.url = "example.org".to_owned();
    wrong.secret = None;
    let found = faults(org, &wrong, &[]);
    let found: Vec<_> = found
        .iter()
        .map(|(field, code)| (&**field, *code))
        .collect();
    assert_eq!(
        found,
        [
            ("unit", "unknown"),
            ("channel", "people_of_the_district"),
            ("url", "not_an_address"),
            ("secret", "required"),
        ]
    );
    let mut robot = channel(COMMUNITY, ChannelName::Wecom);
    robot.secret = Some(KEY.to_owned());
    let mut of_another = channel(SUBDISTRICT, ChannelName::Wecom);
    of_another.url.clone_from(&robot.url);
    let found = faults(org, &robot, &[of_another]);
    let codes: Vec<_> = found.iter().map(|(_, code)| *code).collect();
    assert_eq!(codes, ["robot_of_another", "robots_sign_nothing"]);

    let mut units = units();
    let retired = units
        .iter_mut()
        .find(|unit| unit.id.as_str() == COMMUNITY)
        .unwrap();
    retired.retired = true;
    let org = OrgChart::new(units, Vec::new()).unwrap();
    let found = faults(&org, &channel(COMMUNITY, ChannelName::Wecom), &[]);
    assert_eq!(found, [("unit".to_owned(), "retired")]);
}

#[test]
fn a_unit_is_reached_by_its_own_channel_or_by_a_person_who_is_there() {
    let org = &rules().org;
    let now = at("2026-11-23T10:00");
    assert!(reached_units(org, &[], now).is_empty());
    let own = [
        channel(COMMUNITY, ChannelName::Wecom),
        channel("nowhere", ChannelName::Wecom),
    ];
    let reached = reached_units(org, &own, now);
    assert_eq!(
        reached.iter().map(UnitId::as_str).collect::<Vec<_>>(),
        [COMMUNITY]
    );
    let gateway = [channel(org.district().as_str(), ChannelName::People)];
    let reached = reached_units(org, &gateway, now);
    assert!(reached.contains(&UnitId::parse(SUBDISTRICT).unwrap()));
}
