//! The digest of the working morning: when it is, who reads it, and in which section a case stands.

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use zhitiao_domain::case::digest::{self, Digest, Entry, Morning, Section, Tally};
use zhitiao_domain::case::state::State;
use zhitiao_domain::kernel::calendar::date_of;
use zhitiao_domain::kernel::ids::{CaseId, StaffId};
use zhitiao_domain::kernel::org::{Absence, Role};
use zhitiao_domain::notify::digest_schedule;
use zhitiao_domain::notify::digest_schedule::{ReaderRoles, Readers};

use crate::district::{
    self, COMMUNITY, DESK, HANDLER, STREET_DESK, STREET_SECRETARY, SUBDISTRICT, TEAM, at, local,
    rules, staff_id, unit,
};

/// A Tuesday, and the first working day of that week.
const TUESDAY: &str = "2026-11-24T08:45";
const FIRST_OF_WEEK: &str = "2026-11-23T08:45";

#[test]
fn the_next_digest_is_at_a_quarter_to_nine_of_a_working_day() {
    for (now, next) in [
        ("2026-11-23T08:44", "2026-11-23T08:45"),
        ("2026-11-23T08:45", "2026-11-24T08:45"),
        ("2026-11-27T09:00", "2026-11-30T08:45"),
        // The week before National Day ends with a Sunday that is worked; after it comes a Saturday that is.
        ("2026-09-19T10:00", "2026-09-20T08:45"),
        ("2026-09-30T10:00", "2026-10-08T08:45"),
        ("2026-10-09T10:00", "2026-10-10T08:45"),
    ] {
        assert_eq!(
            local(digest_schedule::next_morning(at(now), rules().calendar())),
            next,
            "{now}"
        );
    }
}

#[test]
fn a_late_digest_is_sent_on_its_own_day_until_the_close_of_business() {
    for (now, day) in [
        ("2026-11-24T08:44", None),
        ("2026-11-24T08:45", Some(date(2026, 11, 24))),
        ("2026-11-24T17:29", Some(date(2026, 11, 24))),
        ("2026-11-24T17:30", None),
        ("2026-11-28T10:00", None),
        ("2026-10-10T10:00", Some(date(2026, 10, 10))),
        ("2026-10-01T10:00", None),
    ] {
        assert_eq!(
            digest_schedule::day_of(at(now), rules().calendar()),
            day,
            "{now}"
        );
    }
}

proptest! {
    #[test]
    fn between_two_digests_lies_at_most_one_working_day_and_each_can_be_sent(minutes in 0_i64..730 * 24 * 60) {
        let now = at("2025-12-01T00:00") + SignedDuration::from_mins(minutes);
        let calendar = rules().calendar();
        let next = digest_schedule::next_morning(now, calendar);
        prop_assert!(next > now);
        let last = digest_schedule::last_morning(now, calendar);
        prop_assert!(last <= now);
        prop_assert_eq!(digest_schedule::next_morning(last, calendar), next);
        prop_assert_eq!(digest_schedule::day_of(next, calendar), Some(date_of(next)));
        prop_assert!(calendar.next_working_day(date_of(now)) >= date_of(next), "none is left out");
    }
}

#[test]
fn whoever_has_cases_reads_it_once_and_the_deputy_for_the_absent() {
    let units = digest_schedule::units(&rules().org, at(TUESDAY));
    for there in ["shinan", SUBDISTRICT, COMMUNITY, TEAM, "housing"] {
        assert!(units.contains(&unit(there)), "{there}");
    }
    assert!(
        !units.contains(&unit("xianggang-huayuan-g1")),
        "grid workers have no cases"
    );
    let roles =
        |readers| digest_schedule::roles(&rules().org, &unit(COMMUNITY), readers, at(TUESDAY));
    assert_eq!(roles(Readers::Workers), [Role::DeskOfficer, Role::Handler]);
    assert_eq!(roles(Readers::Leaders), [Role::CommunityDirector]);

    // Every reader is in exactly one unit's list, also when one acts for another elsewhere.
    let mut staff = district::all_staff();
    let away = staff
        .iter_mut()
        .find(|one| one.id.as_str() == DESK)
        .unwrap();
    away.deputy = Some(staff_id(STREET_DESK));
    away.absences = vec![Absence {
        from: date(2026, 11, 24),
        to: date(2026, 11, 24),
    }];
    let rules = district::rulebook_of(district::units(), staff);
    let lists = digest_schedule::units(&rules.org, at(TUESDAY)).into_iter();
    let mut read: Vec<_> = lists
        .flat_map(|unit| digest_schedule::persons(&rules.org, &unit, at(TUESDAY)))
        .collect();
    let deputy = read
        .iter()
        .find(|one| one.id.as_str() == STREET_DESK)
        .unwrap();
    let reader_roles = digest_schedule::reader_roles(deputy);
    assert_eq!(
        reader_roles
            .iter()
            .map(|reader| reader.unit.as_str())
            .collect::<Vec<_>>(),
        [SUBDISTRICT, COMMUNITY]
    );
    let readers = |person: &&zhitiao_domain::kernel::org::Staff| {
        let mut posts = person.posts.iter();
        posts.any(|post| Readers::of(post.role).is_some())
    };
    let expected = rules.org.all_staff().filter(readers).count() - 1;
    assert_eq!(read.len(), expected);
    read.sort_by(|a, b| a.id.cmp(&b.id));
    read.dedup_by(|a, b| a.id == b.id);
    assert_eq!(read.len(), expected);
    assert!(read.iter().all(|one| one.id.as_str() != DESK));
}

/// A case of the community that is with it, in work, due in a week and known for long.
fn entry(id: &str, change: impl FnOnce(&mut Entry)) -> Entry {
    let mut entry = Entry {
        id: CaseId::parse(id).unwrap(),
        state: State::InProgress,
        community: unit(COMMUNITY),
        unit: Some(unit(COMMUNITY)),
        person: None,
        category: None,
        received_at: at("2026-11-10T10:00"),
        due_at: Some(at("2026-12-01T17:30")),
        missed: false,
    };
    change(&mut entry);
    entry
}

fn due(moment: &str) -> impl FnOnce(&mut Entry) {
    let moment = at(moment);
    move |entry| entry.due_at = Some(moment)
}

fn in_state(state: State) -> impl FnOnce(&mut Entry) {
    move |entry| entry.state = state
}

fn reader(of: &str, roles: &[Role]) -> ReaderRoles {
    ReaderRoles {
        unit: unit(of),
        roles: roles.to_vec(),
    }
}

fn compose_at(
    now: &str,
    reader_roles: &[ReaderRoles],
    person: Option<&StaffId>,
    entries: &[Entry],
) -> Digest {
    let now: Timestamp = at(now);
    let morning = Morning {
        now,
        since: at("2026-11-23T08:45"),
        calendar: rules().calendar(),
    };
    let reader_roles = reader_roles.iter().map(|reader| (reader, entries));
    digest::compose(reader_roles, person, morning, &rules().org)
}

/// In which section each reader finds the case.
#[track_caller]
fn check(entry: Entry, reader: &ReaderRoles, person: Option<&str>, expected: Option<Section>) {
    let person = person.map(staff_id);
    let digest = compose_at(
        TUESDAY,
        std::slice::from_ref(reader),
        person.as_ref(),
        &[entry],
    );
    let found: Vec<_> = digest.sections.keys().copied().collect();
    assert_eq!(found, Vec::from_iter(expected), "{reader:?}");
}

#[test]
fn a_case_stands_in_the_first_section_that_fits() {
    let desk = reader(COMMUNITY, &[Role::DeskOfficer]);
    let new = |entry: &mut Entry| entry.received_at = at("2026-11-23T10:00");
    let case = |change: &dyn Fn(&mut Entry)| entry("K7M39QXD", |e| change(e));
    for (what, expected) in [
        (
            entry("K7M39QXD", due("2026-11-23T17:30")),
            Some(Section::Red),
        ),
        (
            entry("K7M39QXD", due("2026-11-24T06:00")),
            Some(Section::Red),
        ),
        (
            entry("K7M39QXD", due("2026-11-24T17:30")),
            Some(Section::Today),
        ),
        (
            entry("K7M39QXD", due("2026-11-25T17:30")),
            Some(Section::Next),
        ),
        (entry("K7M39QXD", due("2026-11-26T17:30")), None),
        (case(&new), Some(Section::New)),
        (
            case(&|e| {
                new(e);
                e.due_at = Some(at("2026-11-24T12:00"));
            }),
            Some(Section::Today),
        ),
        // A hold that began after the promise was missed does not undo that.
        (
            case(&|e| {
                e.due_at = Some(at("2026-11-20T17:30"));
                e.state = State::OnHold;
            }),
            Some(Section::Red),
        ),
        // What was done in time does not become late, and what was done late was.
        (
            case(&|e| {
                e.due_at = Some(at("2026-11-20T17:30"));
                e.state = State::Resolved;
                e.missed = true;
            }),
            Some(Section::Red),
        ),
        (
            case(&|e| {
                e.due_at = Some(at("2026-11-20T17:30"));
                e.state = State::Resolved;
            }),
            Some(Section::Waiting),
        ),
        (
            entry("K7M39QXD", in_state(State::Submitted)),
            Some(Section::Waiting),
        ),
        (
            entry("K7M39QXD", in_state(State::Returned)),
            Some(Section::Waiting),
        ),
        (
            entry("K7M39QXD", in_state(State::Assigned)),
            Some(Section::Waiting),
        ),
        (entry("K7M39QXD", in_state(State::Accepted)), None),
    ] {
        check(what, &desk, Some(DESK), expected);
    }
    // Before a weekend, whatever comes due until Monday's close.
    let friday = compose_at(
        "2026-11-27T08:45",
        &[desk],
        None,
        &[entry("K7M39QXD", due("2026-11-29T10:00"))],
    );
    assert_eq!(
        friday.sections.into_keys().collect::<Vec<_>>(),
        [Section::Next]
    );
}

#[test]
fn each_reader_finds_what_concerns_the_own_units_and_roles() {
    let red = || entry("K7M39QXD", due("2026-11-23T17:30"));
    let doer = reader(COMMUNITY, &[Role::Handler]);
    let with = |of: &str| {
        let of = unit(of);
        move |mut e: Entry| {
            e.unit = Some(of);
            e
        }
    };
    check(red(), &doer, Some(HANDLER), Some(Section::Red));
    check(with("housing")(red()), &doer, Some(HANDLER), None);
    check(
        with("housing")(red()),
        &reader(COMMUNITY, &[Role::DeskOfficer]),
        Some(DESK),
        Some(Section::Red),
    );
    check(
        with("housing")(red()),
        &reader("housing", &[Role::DepartmentLiaison]),
        None,
        Some(Section::Red),
    );
    // What a colleague was given by name is that colleague's, but the unit's own digest has it.
    let named = |mut e: Entry| {
        e.person = Some(staff_id("liu.yang"));
        e
    };
    check(named(red()), &doer, Some(HANDLER), None);
    check(named(red()), &doer, Some("liu.yang"), Some(Section::Red));
    check(named(red()), &doer, None, Some(Section::Red));
    // The subdistrict's desk sees what its communities have, but it is not what they must take that waits for it.
    let street = reader(SUBDISTRICT, &[Role::DeskOfficer]);
    check(red(), &street, Some(STREET_DESK), Some(Section::Red));
    check(
        entry("K7M39QXD", in_state(State::Assigned)),
        &street,
        Some(STREET_DESK),
        None,
    );
    check(
        entry("K7M39QXD", in_state(State::Submitted)),
        &street,
        Some(STREET_DESK),
        None,
    );
    check(
        with(SUBDISTRICT)(entry("K7M39QXD", in_state(State::Escalated))),
        &street,
        Some(STREET_DESK),
        Some(Section::Waiting),
    );
}

#[test]
fn a_department_finds_what_it_helps_with_and_what_waits_for_its_answer() {
    let liaison = reader("housing", &[Role::DepartmentLiaison]);
    let waits = |state| entry("K7M39QXD", in_state(state));
    check(
        waits(State::InProgress),
        &liaison,
        Some("deng.shumin"),
        Some(Section::Waiting),
    );
    check(waits(State::OnHold), &liaison, None, Some(Section::Waiting));
    let late = entry("K7M39QXD", due("2026-11-23T17:30"));
    check(late, &liaison, None, Some(Section::Red));
    // The handlers of the community do not find their own case as waiting for them.
    let handler = reader(COMMUNITY, &[Role::Handler]);
    check(waits(State::InProgress), &handler, None, None);
}

#[test]
fn leaders_find_only_what_is_late_and_the_table_on_the_first_working_day_of_the_week() {
    let secretary = [reader(SUBDISTRICT, &[Role::SubdistrictSecretary])];
    let late = entry("K7M39QXD", due("2026-11-20T17:30"));
    let entries = [
        late.clone(),
        entry("K7M39QXE", due("2026-11-24T17:30")),
        entry("K7M39QXF", in_state(State::OnHold)),
        entry("K7M39QXG", |e| e.community = unit("hongdao-lu")),
    ];
    let person = staff_id(STREET_SECRETARY);
    let tuesday = compose_at(TUESDAY, &secretary, Some(&person), &entries);
    assert_eq!(tuesday.sections, [(Section::Red, vec![late])].into());
    assert!(tuesday.table.is_empty());

    let table = [
        (
            unit(COMMUNITY),
            Tally {
                open: 3,
                overdue: 1,
                on_hold: 1,
            },
        ),
        (
            unit("hongdao-lu"),
            Tally {
                open: 1,
                overdue: 0,
                on_hold: 0,
            },
        ),
    ];
    let monday = compose_at(FIRST_OF_WEEK, &secretary, Some(&person), &entries);
    assert_eq!(monday.table, table.into());
    let supervisor = [reader("shinan", &[Role::DistrictSupervisor])];
    let of_district = compose_at(FIRST_OF_WEEK, &supervisor, None, &entries).table;
    assert_eq!(
        of_district,
        [(
            unit(SUBDISTRICT),
            Tally {
                open: 4,
                overdue: 1,
                on_hold: 1
            }
        )]
        .into()
    );
    let head = [reader("housing", &[Role::DepartmentHead])];
    let of_department = compose_at(FIRST_OF_WEEK, &head, None, &entries).table;
    assert_eq!(
        of_department.into_keys().collect::<Vec<_>>(),
        [unit("housing")]
    );
    // After the National Day week that is a Thursday; the worked Saturday is still that week's.
    for (day, has_table) in [
        ("2026-10-08T08:45", true),
        ("2026-10-09T08:45", false),
        ("2026-10-10T08:45", false),
    ] {
        assert_eq!(
            !compose_at(day, &secretary, None, &entries).table.is_empty(),
            has_table,
            "{day}"
        );
    }
    // Nothing to say is nothing to read.
    assert!(compose_at(TUESDAY, &secretary, None, &[]).is_empty());
    assert!(compose_at(FIRST_OF_WEEK, &secretary, None, &[]).is_empty());
}

#[test]
fn who_reads_in_two_units_finds_a_case_once_where_it_matters_most() {
    let reader_roles = [
        reader(SUBDISTRICT, &[Role::DeskOfficer]),
        reader(COMMUNITY, &[Role::DeskOfficer]),
    ];
    let entries = [
        entry("K7M39QXD", in_state(State::Submitted)),
        entry("K7M39QXF", due("2026-11-24T17:30")),
        entry("K7M39QXE", due("2026-11-24T12:00")),
    ];
    let digest = compose_at(
        TUESDAY,
        &reader_roles,
        Some(&staff_id(STREET_DESK)),
        &entries,
    );
    let ids = |section| {
        let found: Vec<_> = digest.sections[&section]
            .iter()
            .map(|e| e.id.to_string())
            .collect();
        found
    };
    assert_eq!(
        ids(Section::Today),
        ["K7M39QXE", "K7M39QXF"],
        "the earliest due first"
    );
    assert_eq!(ids(Section::Waiting), ["K7M39QXD"]);
    assert_eq!(digest.sections.len(), 2);
}
