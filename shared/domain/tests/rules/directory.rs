//! Who may change what in the directory, and what a change must not break.

use jiff::civil::date;
use zhitiao_domain::case::report::Point;
use zhitiao_domain::directory::{
    check_absence, check_staff, check_unit, has_operator, kept_deputy, may_run, may_set_absence,
    may_set_notifications,
};
use zhitiao_domain::kernel::bounds::{Bounds, Corners};
use zhitiao_domain::kernel::ids::{CategoryId, StaffId, TokenSubject};
use zhitiao_domain::kernel::org::{
    Absence, Name, OrgChart, OrgError, Post, Role, Staff, Unit, UnitKind,
};
use zhitiao_domain::kernel::profile::{Color, ListedPhone, Profile};

use crate::district::{
    COMMUNITY, DEPARTMENT, DESK, HANDLER, STREET_DESK, STREET_DIRECTOR, STREET_SECRETARY,
    SUBDISTRICT, TEAM, all_staff, rulebook_of, rules, staff, staff_id, unit, units,
};

const OPERATOR: &str = "he.lei";

fn org() -> &'static OrgChart {
    &rules().org
}

#[test]
fn only_who_runs_the_service_changes_it_and_heads_look_after_their_own_people() {
    let runs = |id| may_run(org(), staff(id));
    assert!(runs(OPERATOR) && !runs("han.wen") && !runs("li.jianguo") && !runs(DESK));
    for (editor, person, may) in [
        (DESK, DESK, true),
        (DESK, HANDLER, false),
        (OPERATOR, DESK, true),
        // The director for the community and its grids, and no other; the subdistrict's for its own and the team.
        ("li.jianguo", DESK, true),
        ("li.jianguo", "zhao.min", true),
        ("li.jianguo", "wu.jianjun", false),
        ("li.jianguo", STREET_DESK, false),
        (STREET_DIRECTOR, STREET_DESK, true),
        (STREET_DIRECTOR, "yu.yongfu", true),
        (STREET_DIRECTOR, DESK, false),
        // A person who declares a superior absent could name themselves as deputy.
        (STREET_DIRECTOR, STREET_SECRETARY, false),
        (STREET_SECRETARY, STREET_DIRECTOR, false),
        ("gao.ming", "ma.jun", true),
        ("gao.ming", "zhang.lina", false),
        ("han.wen", "wu.xin", true),
        ("han.wen", DESK, false),
    ] {
        let is = may_set_absence(org(), staff(editor), staff(person));
        assert_eq!(is, may, "{editor} for {person}");
        let own = editor == person || editor == OPERATOR;
        assert_eq!(
            may_set_notifications(org(), staff(editor), staff(person)),
            own
        );
    }
}

fn post(at: &str, role: Role) -> Post {
    Post {
        unit: unit(at),
        role,
    }
}

fn with(id: &str, posts: &[Post]) -> Staff {
    Staff {
        posts: posts.to_vec(),
        ..staff(id).clone()
    }
}

fn codes(editor: &str, after: &Staff) -> Vec<(String, &'static str)> {
    let before = org().staff(&after.id);
    let faults = check_staff(org(), &staff_id(editor), before, after);
    faults
        .into_iter()
        .map(|fault| (fault.field, fault.code))
        .collect()
}

#[test]
fn posts_fit_their_units_and_an_operator_holds_no_other() {
    let desk = post(COMMUNITY, Role::DeskOfficer);
    for (posts, field, code) in [
        (
            vec![post("nowhere", Role::Handler)],
            "posts[0].unit",
            "unknown",
        ),
        (
            vec![post(COMMUNITY, Role::DepartmentHead)],
            "posts[0].role",
            "wrong_role",
        ),
        (
            vec![post(COMMUNITY, Role::Operator)],
            "posts[0].role",
            "wrong_role",
        ),
        (vec![desk.clone(), desk.clone()], "posts[1]", "twice"),
        (
            vec![post("shinan", Role::Operator), desk.clone()],
            "posts",
            "operator_apart",
        ),
    ] {
        let faults = codes(OPERATOR, &with(HANDLER, &posts));
        assert!(faults.contains(&(field.to_owned(), code)), "{faults:?}");
    }
    assert_eq!(
        codes(
            OPERATOR,
            &with(HANDLER, &[desk, post(DEPARTMENT, Role::Handler)])
        ),
        []
    );
    let own = with(OPERATOR, &[post("shinan", Role::DistrictSupervisor)]);
    assert_eq!(codes(OPERATOR, &own), [("posts".to_owned(), "own")]);
    assert_eq!(
        codes(DESK, &with(OPERATOR, &[])),
        [("posts".to_owned(), "last_operator")]
    );
}

/// The seeded chart in which the first person has the second as deputy.
fn standing_in(person: &str, deputy: &str) -> OrgChart {
    let mut people = all_staff();
    let found = people.iter_mut().find(|one| one.id.as_str() == person);
    found.unwrap().deputy = Some(staff_id(deputy));
    OrgChart::new(units(), people).unwrap()
}

#[test]
fn a_deputy_is_a_colleague_or_works_above() {
    let faults = |person: &str, deputy: &str| {
        check_absence(org(), staff(person), Some(&staff_id(deputy)), &[])
    };
    for (person, deputy, code) in [
        (DESK, HANDLER, None),
        (DESK, "li.jianguo", None),
        (DESK, "zhao.min", None),
        (DESK, STREET_DESK, None),
        ("yu.yongfu", STREET_DESK, None),
        (DESK, "wu.jianjun", Some("no_colleague")),
        (DESK, "ma.jun", Some("no_colleague")),
        (STREET_DESK, DESK, Some("no_colleague")),
        ("gao.ming", "deng.shumin", Some("no_colleague")),
        (DESK, DESK, Some("own_deputy")),
        (DESK, OPERATOR, Some("operator_apart")),
        (OPERATOR, "han.wen", Some("operator_apart")),
        (DESK, "nobody", Some("unknown")),
    ] {
        let found: Vec<_> = faults(person, deputy)
            .into_iter()
            .map(|fault| fault.code)
            .collect();
        assert_eq!(found, Vec::from_iter(code), "{deputy} for {person}");
    }
    // Who works in two places has a deputy who knows both.
    let mut both = staff(DESK).clone();
    both.posts.push(post(DEPARTMENT, Role::Handler));
    let found = check_absence(org(), &both, Some(&staff_id(HANDLER)), &[]);
    assert_eq!(found[0].code, "no_colleague");
    let backwards = Absence {
        from: date(2026, 12, 2),
        to: date(2026, 12, 1),
    };
    let faults = check_absence(org(), staff(DESK), None, &[backwards]);
    assert_eq!(
        (faults[0].field.as_str(), faults[0].code),
        ("absences[0].to", "ends_before")
    );
}

#[test]
fn who_goes_elsewhere_stands_in_for_nobody_and_keeps_no_stranger_as_deputy() {
    let chart = standing_in(DESK, HANDLER);
    let elsewhere = [post(DEPARTMENT, Role::Handler)];
    let moved = with(HANDLER, &elsewhere);
    let faults = check_staff(&chart, &staff_id(OPERATOR), chart.staff(&moved.id), &moved);
    assert_eq!(
        (faults[0].field.as_str(), faults[0].code),
        ("posts", "is_deputy")
    );

    let handler = staff_id(HANDLER);
    let kept = |posts: &[Post]| kept_deputy(&chart, Some(&handler), posts);
    assert_eq!(
        kept(&[post(COMMUNITY, Role::Handler)]),
        Some(handler.clone())
    );
    assert_eq!(kept(&elsewhere), None);
    assert_eq!(kept(&[]), None::<StaffId>);
}

fn new_unit(id: &str, kind: UnitKind, parent: Option<&str>) -> Unit {
    Unit {
        id: unit(id),
        kind,
        name: Name {
            zh: "新".to_owned(),
            en: "New".to_owned(),
        },
        parent: parent.map(unit),
        retired: false,
        bounds: None,
        profile: Profile::default(),
    }
}

fn faults_of(after: &Unit) -> Vec<(String, &'static str)> {
    let faults = check_unit(org(), &rules().departments(), org().unit(&after.id), after);
    faults
        .into_iter()
        .map(|fault| (fault.field, fault.code))
        .collect()
}

#[test]
fn a_unit_hangs_where_its_kind_belongs_and_goes_when_nobody_needs_it() {
    use UnitKind::{Community, Department, District, Grid, Team};
    for (after, fault) in [
        (new_unit("new", Community, Some(SUBDISTRICT)), None),
        (new_unit("new", Team, Some(COMMUNITY)), None),
        (
            new_unit("new", Community, Some(DEPARTMENT)),
            Some(("parent", "wrong_parent")),
        ),
        (
            new_unit("new", Grid, Some("new")),
            Some(("parent", "unknown")),
        ),
        (
            new_unit("new", Community, None),
            Some(("parent", "required")),
        ),
        (
            new_unit("new", District, None),
            Some(("kind", "one_district")),
        ),
        (
            new_unit(COMMUNITY, Team, Some(SUBDISTRICT)),
            Some(("kind", "fixed")),
        ),
    ] {
        let expected = fault.map(|(field, code)| (field.to_owned(), code));
        assert_eq!(faults_of(&after), Vec::from_iter(expected), "{after:?}");
    }
    // People, units below, categories: each is reason enough.
    let in_use = [("retired".to_owned(), "in_use")];
    for (id, kind, parent) in [
        (TEAM, Team, Some(SUBDISTRICT)),
        (COMMUNITY, Community, Some(SUBDISTRICT)),
        (DEPARTMENT, Department, Some("shinan")),
        ("shinan", District, None),
    ] {
        let mut gone = new_unit(id, kind, parent);
        gone.retired = true;
        assert_eq!(faults_of(&gone), in_use, "{id}");
    }
}

fn signing_in_as(id: &str, subject: &str) -> Staff {
    Staff {
        subject: Some(TokenSubject::parse(subject).unwrap()),
        ..staff(id).clone()
    }
}

#[test]
fn a_token_is_one_persons_and_nobody_moves_their_own() {
    let account = "auth0|5F7c8ec7c33c6c004bbafe82";
    assert_eq!(codes(OPERATOR, &signing_in_as(HANDLER, account)), []);
    for taken in [DESK, OPERATOR] {
        let faults = codes(OPERATOR, &signing_in_as(HANDLER, taken));
        assert_eq!(faults, [("subject".to_owned(), "taken")]);
    }
    let own = codes(OPERATOR, &signing_in_as(OPERATOR, account));
    assert_eq!(own, [("subject".to_owned(), "own_subject")]);

    let mut people = all_staff();
    people.retain(|person| person.id != staff_id(HANDLER));
    people.push(signing_in_as(HANDLER, account));
    let rules = rulebook_of(units(), people.clone());
    let found = |subject: &str| {
        let subject = TokenSubject::parse(subject).unwrap();
        rules.org.staff_of(&subject).map(StaffId::as_str)
    };
    assert_eq!(found(account), Some(HANDLER));
    assert_eq!(found(&account.to_lowercase()), None);
    assert_eq!(found(HANDLER), None);
    assert_eq!(found(DESK), Some(DESK));

    people.push(signing_in_as(DESK, account));
    people.retain(|person| person.id != staff_id(DESK) || person.subject.is_some());
    let twins = OrgChart::new(units(), people).unwrap_err();
    assert!(matches!(twins, OrgError::Subject(..)), "{twins}");
}

#[test]
fn only_the_district_has_bounds_and_they_enclose_something() {
    let corners = |south, west, north, east| Corners {
        south,
        west,
        north,
        east,
    };
    let bounds = Bounds::try_from(corners(36.0, 120.2, 36.2, 120.5)).unwrap();
    let point = |latitude, longitude| Point {
        latitude,
        longitude,
    };
    for (inside, at) in [
        (true, point(36.0, 120.2)),
        (true, point(36.1, 120.3)),
        (false, point(35.999, 120.3)),
        (false, point(36.1, 120.501)),
        (false, point(-36.1, 120.3)),
        (false, point(f64::NAN, 120.3)),
    ] {
        assert_eq!(bounds.contains(at), inside, "{at:?}");
    }
    for wrong in [
        corners(36.2, 120.2, 36.0, 120.5),
        corners(36.0, 120.5, 36.2, 120.2),
        corners(36.0, 120.2, 36.0, 120.5),
        corners(36.0, 120.2, 91.0, 120.5),
        corners(f64::NAN, 120.2, 36.2, 120.5),
    ] {
        assert!(Bounds::try_from(wrong).is_err(), "{wrong:?}");
    }
    let grid = Unit {
        bounds: Some(bounds),
        ..new_unit("new", UnitKind::Grid, Some(COMMUNITY))
    };
    assert_eq!(
        faults_of(&grid),
        [("bounds".to_owned(), "of_the_district_only")]
    );
    assert!(
        rules()
            .org
            .bounds()
            .unwrap()
            .contains(point(36.061, 120.388))
    );
}

#[test]
fn a_district_has_somebody_who_runs_the_service() {
    assert!(has_operator(org()));
    let mut people = all_staff();
    people.retain(|person| person.id != staff_id(OPERATOR));
    assert!(!has_operator(&rulebook_of(units(), people).org));
}

fn name(text: &str) -> Name {
    Name {
        zh: text.to_owned(),
        en: text.to_owned(),
    }
}

fn phone(number: &str) -> ListedPhone {
    ListedPhone {
        name: name("office"),
        number: number.to_owned(),
    }
}

fn category(id: &str) -> CategoryId {
    CategoryId::parse(id).unwrap()
}

#[test]
fn a_profile_is_judged_field_by_field_and_belongs_to_units_with_pages() {
    let sound = Profile {
        color: Some(Color::Blue),
        logo: Some("香".to_owned()),
        phones: vec![phone("0532-88888888 转 801")],
        hours: Some(name("8:30-17:30")),
        welcome: Some(name("welcome")),
        categories: vec![category("manhole-cover")],
    };
    let with = |kind, parent, profile: &Profile| {
        let unit = new_unit("new", kind, Some(parent));
        let profile = profile.clone();
        faults_of(&Unit { profile, ..unit })
    };
    assert_eq!(with(UnitKind::Community, SUBDISTRICT, &sound), []);
    let of_a_team = with(UnitKind::Team, SUBDISTRICT, &sound);
    assert_eq!(of_a_team, [("profile".to_owned(), "no_pages")]);
    let twice = category("manhole-cover");
    let wrong = Profile {
        phones: vec![phone("12345"), phone("later")],
        categories: vec![twice.clone(), category("moon"), twice],
        ..sound
    };
    assert_eq!(
        with(UnitKind::Community, SUBDISTRICT, &wrong),
        [
            ("profile.phones[1].number".to_owned(), "not_a_phone"),
            ("profile.categories[1]".to_owned(), "unknown"),
            ("profile.categories[2]".to_owned(), "twice"),
        ]
    );
}

#[test]
fn what_a_community_does_not_say_the_unit_above_it_says() {
    let profiles = [
        (
            "shinan",
            Profile {
                color: Some(Color::Red),
                phones: vec![phone("12345")],
                hours: Some(name("always")),
                ..Profile::default()
            },
        ),
        (
            SUBDISTRICT,
            Profile {
                hours: Some(name("8-17")),
                ..Profile::default()
            },
        ),
        (
            COMMUNITY,
            Profile {
                phones: vec![phone("85550000")],
                ..Profile::default()
            },
        ),
    ];
    let mut units = units();
    for (id, profile) in profiles {
        let mut all = units.iter_mut();
        all.find(|one| one.id == unit(id)).unwrap().profile = profile;
    }
    let chart = OrgChart::new(units, Vec::new()).unwrap();
    let shown = chart.profile(&unit(COMMUNITY));
    assert_eq!(shown.color, Some(Color::Red));
    assert_eq!(shown.phones, [phone("85550000")]);
    assert_eq!(shown.hours, Some(name("8-17")));
    assert_eq!(shown.welcome, None);
    assert_eq!(chart.profile(&unit("nowhere")), Profile::default());
}
