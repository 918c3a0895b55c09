//! Who may do what with which case: every role, in every relation to a case, against every right.

use zhitiao_domain::case::Case;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::rights::{self, Right};
use zhitiao_domain::case::state::Verb;
use zhitiao_domain::kernel::org::{NotificationPreferences, Post, Role, Staff};

use crate::district::{
    COMMUNITY, DEPARTMENT, DESK, MONDAY, OTHER_DEPARTMENT, STREET_DESK, STREET_SECRETARY,
    SUBDISTRICT, Story, TEAM, assign, give_back, rules, staff, staff_id, unit,
};

/// Every right, with the letter that stands for it in the tables; in the order of the columns.
const RIGHTS: &[(char, Right)] = &[
    ('R', Right::Read),
    ('T', Right::Do(Verb::Triage)),
    ('p', Right::Do(Verb::Publish)),
    ('D', Right::Do(Verb::Assign)), // deal out
    ('A', Right::Do(Verb::Accept)),
    ('B', Right::Do(Verb::Begin)),
    ('N', Right::Do(Verb::Note)),
    ('<', Right::Do(Verb::Return)),
    ('^', Right::Do(Verb::Escalate)),
    ('v', Right::Do(Verb::HandDown)),
    ('H', Right::Do(Verb::Hold)),
    ('G', Right::Do(Verb::ApproveHold)), // grant
    ('K', Right::Do(Verb::ReviewHold)),  // keep
    ('U', Right::Do(Verb::Resume)),      // un-hold
    ('E', Right::Do(Verb::Extend)),
    ('g', Right::Do(Verb::ApproveExtension)),
    ('-', Right::Do(Verb::Decline)),
    ('S', Right::Do(Verb::Supervise)),
    ('s', Right::Do(Verb::Sign)),
    ('!', Right::Do(Verb::Direct)),
    ('o', Right::Do(Verb::SignOff)),
    ('I', Right::Do(Verb::Involve)),
    ('f', Right::Do(Verb::FinishPart)),
    ('i', Right::Do(Verb::Release)),
    ('/', Right::Do(Verb::Split)),
    ('@', Right::Do(Verb::ScheduleVisit)),
    ('a', Right::Do(Verb::Arrive)),
    ('z', Right::Do(Verb::Secure)),
    ('F', Right::Do(Verb::Resolve)), // finish
    ('C', Right::Do(Verb::Close)),
    ('O', Right::Do(Verb::Reopen)),
    ('X', Right::Do(Verb::Refuse)),
    ('M', Right::Do(Verb::Merge)),
    ('W', Right::Do(Verb::Withdraw)),
    ('P', Right::AddPhoto),
    ('V', Right::ViewContact),
    ('L', Right::ViewContactLog),
];

/// How a unit relates to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Chain,
    Assignee,
    CoHandler,
    Awaited,
    Involved,
    None,
}

use Relation::{Assignee, Awaited, Chain, CoHandler, Involved, None as Stranger};
use Role::{
    CommunityDirector, DepartmentHead, DepartmentLiaison, DeskOfficer, DistrictSupervisor,
    GridWorker, Handler, Operator, SubdistrictDirector, SubdistrictSecretary, TeamMember,
};

/// The rights of each role by its unit's relation to the case. Nothing but reading comes from having had a case once,
/// nothing at all from having no part in it, and an operator sees no case.
#[rustfmt::skip]
const MATRIX: &[(Role, Relation, &str)] = &[
    (GridWorker,           Chain,     "R.....N...........................P.."),
    (GridWorker,           Assignee,  "....................................."),
    (GridWorker,           CoHandler, "....................................."),
    (GridWorker,           Awaited,   "....................................."),
    (GridWorker,           Involved,  "....................................."),
    (GridWorker,           Stranger,  "....................................."),
    (DeskOfficer,          Chain,     "RTpD..N.^........S...I.i/....COXM.PV."),
    (DeskOfficer,          Assignee,  "R...ABN<^vH..UE......I.i/@azF.....PV."),
    (DeskOfficer,          CoHandler, "R.....N...............f...........P.."),
    (DeskOfficer,          Awaited,   "R.....N......U....................P.."),
    (DeskOfficer,          Involved,  "R...................................."),
    (DeskOfficer,          Stranger,  "....................................."),
    (Handler,              Chain,     "R...................................."),
    (Handler,              Assignee,  "R...ABN<^vH..UE......I.i/@azF.....PV."),
    (Handler,              CoHandler, "R.....N...............f...........P.."),
    (Handler,              Awaited,   "R.....N......U....................P.."),
    (Handler,              Involved,  "R...................................."),
    (Handler,              Stranger,  "....................................."),
    (CommunityDirector,    Chain,     "RTpD..N.^..GK..g-S...I.i/....COX..PVL"),
    (CommunityDirector,    Assignee,  "R...ABN<^vH..UE......I.i/@azF.....PV."),
    (CommunityDirector,    CoHandler, "....................................."),
    (CommunityDirector,    Awaited,   "....................................."),
    (CommunityDirector,    Involved,  "....................................."),
    (CommunityDirector,    Stranger,  "....................................."),
    (SubdistrictDirector,  Chain,     "RTpD..N.^..GK..g-Ss!oI.i/....COX..PVL"),
    (SubdistrictDirector,  Assignee,  "R...ABN<^vH..UE......I.i/@azF.....PV."),
    (SubdistrictDirector,  CoHandler, "....................................."),
    (SubdistrictDirector,  Awaited,   "....................................."),
    (SubdistrictDirector,  Involved,  "....................................."),
    (SubdistrictDirector,  Stranger,  "....................................."),
    (SubdistrictSecretary, Chain,     "R.pD..N.^..GK..g-Ss!o...............L"),
    (SubdistrictSecretary, Assignee,  "....................................."),
    (SubdistrictSecretary, CoHandler, "....................................."),
    (SubdistrictSecretary, Awaited,   "....................................."),
    (SubdistrictSecretary, Involved,  "....................................."),
    (SubdistrictSecretary, Stranger,  "....................................."),
    (DepartmentHead,       Chain,     "....................................."),
    (DepartmentHead,       Assignee,  "R...ABN<^vHGKUEg-..!.I.i/@azF.....PV."),
    (DepartmentHead,       CoHandler, "R.....N...............f...........P.."),
    (DepartmentHead,       Awaited,   "R.....N......U....................P.."),
    (DepartmentHead,       Involved,  "R...................................."),
    (DepartmentHead,       Stranger,  "....................................."),
    (DepartmentLiaison,    Chain,     "....................................."),
    (DepartmentLiaison,    Assignee,  "R...ABN<^vH..UE......I.i/@azF.....PV."),
    (DepartmentLiaison,    CoHandler, "R.....N...............f...........P.."),
    (DepartmentLiaison,    Awaited,   "R.....N......U....................P.."),
    (DepartmentLiaison,    Involved,  "R...................................."),
    (DepartmentLiaison,    Stranger,  "....................................."),
    (TeamMember,           Chain,     "....................................."),
    (TeamMember,           Assignee,  "R...ABN<^vH..UE......I.i/@azF.....PV."),
    (TeamMember,           CoHandler, "R.....N...............f...........P.."),
    (TeamMember,           Awaited,   "R.....N......U....................P.."),
    (TeamMember,           Involved,  "R...................................."),
    (TeamMember,           Stranger,  "....................................."),
    (DistrictSupervisor,   Chain,     "R.p...N....GK..g-S.!................L"),
    (DistrictSupervisor,   Assignee,  "....................................."),
    (DistrictSupervisor,   CoHandler, "....................................."),
    (DistrictSupervisor,   Awaited,   "....................................."),
    (DistrictSupervisor,   Involved,  "....................................."),
    (DistrictSupervisor,   Stranger,  "....................................."),
    (Operator,             Chain,     "....................................."),
    (Operator,             Assignee,  "....................................."),
    (Operator,             CoHandler, "....................................."),
    (Operator,             Awaited,   "....................................."),
    (Operator,             Involved,  "....................................."),
    (Operator,             Stranger,  "....................................."),
];

/// What real people of the seed may do with a case of the community, by where it is.
#[rustfmt::skip]
const PEOPLE: &[(&str, [&str; 4])] = &[
    // who: when no unit has it, when the community has it, when the team has it, when a department has it
    ("zhao.min",      ["R.....N...........................P..", "R.....N...........................P..", "R.....N...........................P..", "R.....N...........................P.."]), // grid worker of it
    ("wang.fang",     ["RTpD..N.^........S...I.i/....COXM.PV.", "RTpDABN<^vH..UE..S...I.i/@azFCOXM.PV.", "RTpD..N.^........S...I.i/....COXM.PV.", "RTpD..N.^........S...I.i/....COXM.PV."]), // its desk
    ("zhang.wei",     ["R....................................", "R...ABN<^vH..UE......I.i/@azF.....PV.", "R....................................", "R...................................."]), // its handler
    ("li.jianguo",    ["RTpD..N.^..GK..g-S...I.i/....COX..PVL", "RTpDABN<^vHGKUEg-S...I.i/@azFCOX..PVL", "RTpD..N.^..GK..g-S...I.i/....COX..PVL", "RTpD..N.^..GK..g-S...I.i/....COX..PVL"]), // its director
    ("hou.yulan",     [".....................................", ".....................................", "R...ABN<^vH..UE......I.i/@azF.....PV.", "....................................."]), // the service team
    ("chen.jing",     ["RTpD..N.^........S...I.i/....COXM.PV.", "RTpD..N.^........S...I.i/....COXM.PV.", "RTpD..N.^........S...I.i/....COXM.PV.", "RTpD..N.^........S...I.i/....COXM.PV."]), // desk of the subdistrict
    ("zhou.haiyan",   ["R.pD..N.^..GK..g-Ss!o...............L", "R.pD..N.^..GK..g-Ss!o...............L", "R.pD..N.^..GK..g-Ss!o...............L", "R.pD..N.^..GK..g-Ss!o...............L"]), // its secretary
    ("gao.ming",      [".....................................", ".....................................", ".....................................", "R...ABN<^vHGKUEg-..!.I.i/@azF.....PV."]), // head of the department
    ("deng.shumin",   [".....................................", ".....................................", ".....................................", "....................................."]), // head of another one
    ("han.wen",       ["R.p...N....GK..g-S.!................L", "R.p...N....GK..g-S.!................L", "R.p...N....GK..g-S.!................L", "R.p...N....GK..g-S.!................L"]), // supervises the district
    ("wu.xin",        ["RTpD..N.^........S...I.i/....COXM.PV.", "RTpD..N.^........S...I.i/....COXM.PV.", "RTpD..N.^........S...I.i/....COXM.PV.", "RTpD..N.^........S...I.i/....COXM.PV."]), // desk of the district
    ("he.lei",        [".....................................", ".....................................", ".....................................", "....................................."]), // operator
    ("wu.jianjun",    [".....................................", ".....................................", ".....................................", "....................................."]), // desk of the next community
    ("zhang.xiuying", [".....................................", ".....................................", ".....................................", "....................................."]), // grid worker there
];

fn letters(person: &Staff, case: &Case) -> String {
    let org = &rules().org;
    let letter = |(letter, right): &(char, Right)| {
        if rights::may(org, person, *right, case) {
            *letter
        } else {
            '.'
        }
    };
    let letters = RIGHTS.iter().map(letter).collect();
    // The list that a client is told holds the same rights.
    let listed = rights::rights_on(org, person, case);
    let by_list = |(letter, right): &(char, Right)| {
        if listed.contains(right) { *letter } else { '.' }
    };
    assert_eq!(letters, RIGHTS.iter().map(by_list).collect::<String>());
    letters
}

fn holding(role: Role, at: &str) -> Staff {
    Staff {
        id: staff_id("somebody"),
        subject: None,
        name: "某某".to_owned(),
        posts: vec![Post {
            unit: unit(at),
            role,
        }],
        deputy: None,
        absences: Vec::new(),
        notifications: NotificationPreferences::default(),
    }
}

/// A case that was with one department and is now with the other.
fn passed_on() -> Case {
    Story::with(DEPARTMENT)
        .then("ma.jun", give_back())
        .then(DESK, assign(OTHER_DEPARTMENT))
        .case
}

/// A case that the subdistrict works on with the help of a department.
fn helped() -> Case {
    let helper = Command::Involve {
        unit: unit(OTHER_DEPARTMENT),
        reason: "需要配合".to_owned(),
    };
    Story::at_work().then(STREET_DESK, helper).case
}

/// A case that waits for a department's answer.
fn waiting() -> Case {
    Story::at_work()
        .held(HoldReason::OtherUnit, "2026-12-01T10:00")
        .case
}

#[test]
fn each_role_has_the_rights_of_the_table_and_no_other() {
    let pairs: Vec<_> = MATRIX
        .iter()
        .map(|(role, relation, _)| (*role, *relation))
        .collect();
    let all = Role::ALL.into_iter();
    let all: Vec<_> = all
        .flat_map(|role| {
            [Chain, Assignee, CoHandler, Awaited, Involved, Stranger]
                .map(|relation| (role, relation))
        })
        .collect();
    assert_eq!(pairs, all);

    for (role, relation, expected) in MATRIX {
        let (case, post) = match relation {
            Chain if *role == GridWorker => (passed_on(), "xianggang-huayuan-g2"),
            Chain => (passed_on(), SUBDISTRICT),
            Assignee => (passed_on(), OTHER_DEPARTMENT),
            CoHandler => (helped(), OTHER_DEPARTMENT),
            Awaited => (waiting(), OTHER_DEPARTMENT),
            Involved => (passed_on(), DEPARTMENT),
            Stranger => (passed_on(), "jiangsu-lu"),
        };
        let got = letters(&holding(*role, post), &case);
        assert_eq!(got, *expected, "{role:?} {relation:?}");
    }
}

#[test]
fn the_people_of_the_district_have_their_rights() {
    let cases = [
        Story::received(MONDAY).case,
        Story::with(COMMUNITY).case,
        Story::with(TEAM).case,
        Story::with(DEPARTMENT).case,
    ];
    for (who, expected) in PEOPLE {
        let got = cases.each_ref().map(|case| letters(staff(who), case));
        assert_eq!(got, *expected, "{who}");
    }
}

#[test]
fn whoever_has_no_part_in_a_case_does_not_see_it() {
    let org = &rules().org;
    let parts = [
        "shinan",
        SUBDISTRICT,
        COMMUNITY,
        "xianggang-huayuan-g1",
        "xianggang-huayuan-g2",
        "xianggang-huayuan-g3",
        DEPARTMENT,
        OTHER_DEPARTMENT,
    ];
    let case = passed_on();
    let (inside, outside): (Vec<_>, Vec<_>) = org.all_staff().partition(|person| {
        person
            .posts
            .iter()
            .any(|post| parts.contains(&post.unit.as_str()))
    });
    assert_eq!((inside.len(), outside.len() > 400), (21, true));
    for person in outside {
        assert_eq!(rights::rights_on(org, person, &case), [], "{}", person.id);
    }
}

#[test]
fn budget_lines_are_read_by_those_who_grant_holds_and_approved_by_supervision_and_departments() {
    let case = Story::with(DEPARTMENT).case;
    for role in Role::ALL {
        let person = holding(role, "shinan");
        let has = |right| rights::district_post(&person, right).is_some();
        let reads = [
            CommunityDirector,
            SubdistrictDirector,
            SubdistrictSecretary,
            DepartmentHead,
            DistrictSupervisor,
        ];
        let approves = [DepartmentHead, DistrictSupervisor];
        assert_eq!(
            has(Right::ViewBudgetLine),
            reads.contains(&role),
            "{role:?}"
        );
        assert_eq!(
            has(Right::ApproveBudgetLine),
            approves.contains(&role),
            "{role:?}"
        );
        // What is about no case comes with no case, and the other way round.
        let on_case = rights::rights_on(&rules().org, &person, &case);
        assert!(!on_case.contains(&Right::ViewBudgetLine), "{role:?}");
        assert!(!has(Right::Read) && !has(Right::ViewContactLog), "{role:?}");
    }
}

#[test]
fn an_operator_sees_no_case_and_no_queue_wherever_the_post_is() {
    let org = &rules().org;
    let case = passed_on();
    for at in [
        "shinan",
        SUBDISTRICT,
        COMMUNITY,
        DEPARTMENT,
        OTHER_DEPARTMENT,
    ] {
        let operator = holding(Operator, at);
        assert_eq!(rights::rights_on(org, &operator, &case), [], "{at}");
        assert!(!rights::may_read_queue(org, &operator, &unit(at)), "{at}");
        assert!(
            rights::may_see_deliveries(org, &operator, &unit(at)),
            "{at}"
        );
    }
}

#[test]
fn whoever_only_reads_a_case_does_not_open_the_contact() {
    let org = &rules().org;
    let case = passed_on();
    for who in [
        "zhao.min",
        "zhang.wei",
        STREET_SECRETARY,
        "han.wen",
        "ma.jun",
    ] {
        let may = |right| rights::may(org, staff(who), right, &case);
        assert!(may(Right::Read) && !may(Right::ViewContact), "{who}");
    }
}

#[test]
fn a_queue_shows_no_case_that_its_reader_may_not_read() {
    let org = &rules().org;
    for with in [COMMUNITY, SUBDISTRICT, TEAM, DEPARTMENT] {
        let case = Story::with(with).case;
        for person in org.all_staff() {
            if rights::may_read_queue(org, person, &unit(with)) {
                assert!(
                    rights::may(org, person, Right::Read, &case),
                    "{} reads the queue of {with}",
                    person.id
                );
            }
        }
    }
}

#[test]
fn queues_are_read_from_the_own_unit_downward() {
    let org = &rules().org;
    let readable = |who: &str| -> Vec<&str> {
        let units = [
            "shinan",
            DEPARTMENT,
            SUBDISTRICT,
            TEAM,
            COMMUNITY,
            "hongdao-lu",
        ];
        let units = units.into_iter();
        units
            .filter(|id| rights::may_read_queue(org, staff(who), &unit(id)))
            .collect()
    };
    assert_eq!(readable("zhao.min"), [COMMUNITY]);
    assert_eq!(readable("zhang.wei"), [COMMUNITY]);
    assert_eq!(readable("hou.yulan"), [TEAM]);
    assert_eq!(
        readable(STREET_DESK),
        [SUBDISTRICT, TEAM, COMMUNITY, "hongdao-lu"]
    );
    assert_eq!(readable("xu.li"), [DEPARTMENT]);
    assert_eq!(readable("han.wen").len(), 6);
    assert_eq!(readable("he.lei"), [""; 0]);
}

#[test]
fn slips_are_entered_for_the_own_community_by_those_who_collect_them() {
    let org = &rules().org;
    let files = |who: &str, community: &str| {
        rights::may_submit_on_behalf(org, staff(who), &unit(community))
    };
    for collector in ["zhao.min", "wang.fang", "li.jianguo", STREET_DESK, "wu.xin"] {
        assert!(files(collector, COMMUNITY), "{collector}");
    }
    for other in [
        "zhang.wei",
        "zhang.xiuying",
        "wu.jianjun",
        "hou.yulan",
        "xu.li",
        "han.wen",
        "he.lei",
    ] {
        assert!(!files(other, COMMUNITY), "{other}");
    }
    assert!(files(STREET_DESK, "hongdao-lu"));
    assert!(!files(STREET_DESK, "jinkou-lu"));
}

#[test]
fn failed_deliveries_are_seen_by_desks_supervision_and_operators_only() {
    let org = &rules().org;
    let units = [COMMUNITY, "jinkou-lu"];
    for (who, expected) in [
        ("wang.fang", [true, false]),
        (STREET_DESK, [true, false]),
        ("wu.xin", [true, true]),
        ("han.wen", [true, true]),
        ("he.lei", [true, true]),
        ("zhang.wei", [false, false]),
        ("zhao.min", [false, false]),
    ] {
        let sees = units.map(|id| rights::may_see_deliveries(org, staff(who), &unit(id)));
        assert_eq!(sees, expected, "{who}");
    }
}

#[test]
fn the_timeline_names_the_unit_by_which_the_right_came() {
    let story = Story::with(DEPARTMENT);
    let (_, event) = story.try_to("ma.jun", Command::Accept).unwrap();
    let author = zhitiao_domain::case::Author::Staff {
        id: staff_id("ma.jun"),
        unit: unit(DEPARTMENT),
    };
    assert_eq!(event.author, author);
}
