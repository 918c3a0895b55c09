//! Rights: who may do what with which case, by role and by how the person's unit relates to the case.

use serde::Serialize;

use crate::case::Case;
use crate::case::state::Verb;
use crate::kernel::ids::UnitId;
use crate::kernel::org::{OrgChart, Post, Role, Staff, UnitKind};

/// What a person may do. Reading contacts is its own right and is implied by none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See the case, its events and photos, and its row in a queue.
    Read,
    /// Do the verb. Notes to the resident and to colleagues are one right.
    Do(Verb),
    /// Upload evidence photos.
    AddPhoto,
    /// Open the reporter's contact details; each reading is logged.
    ViewContact,
    /// See who opened the contact details, and when.
    ViewContactLog,
    /// See what became of a budget line, and by which document.
    ViewBudgetLine,
    /// Say that a budget line is approved.
    ApproveBudgetLine,
}

/// How a post's unit relates to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The unit is the case's community, above it, or a grid of it.
    Chain,
    /// The unit has the case now.
    Assignee,
    /// The unit helps the one that has it.
    CoHandler,
    /// The case waits for the unit's answer.
    Awaited,
    /// The unit had the case at some time.
    Involved,
    /// The right is about the district's own matters and about no case: the post alone gives it.
    District,
}

use Relation::{Assignee, Awaited, Chain, CoHandler, District, Involved};
use Right::{AddPhoto, ApproveBudgetLine, Do, Read, ViewBudgetLine, ViewContact, ViewContactLog};
use Verb::{
    Accept, ApproveExtension, ApproveHold, Arrive, Assign, Begin, Close, Decline, Direct, Escalate,
    Extend, FinishPart, HandDown, Hold, Involve, Merge, Note, Publish, Refuse, Release, Reopen,
    Resolve, Resume, Return, ReviewHold, ScheduleVisit, Secure, Sign, SignOff, Split, Supervise,
    Triage,
};

/// What everybody does who works on the case.
#[rustfmt::skip]
const WORK: &[Right] = &[
    Read, Do(Accept), Do(Begin), Do(Note), Do(Return), Do(Escalate), Do(HandDown), Do(Hold), Do(Resume), Do(Extend),
    Do(Involve), Do(Release), Do(Split), Do(ScheduleVisit), Do(Arrive), Do(Secure), Do(Resolve), AddPhoto, ViewContact,
];
/// What the desk does that deals cases out.
#[rustfmt::skip]
const DEAL: &[Right] = &[
    Read, Do(Triage), Do(Publish), Do(Assign), Do(Note), Do(Escalate), Do(Supervise), Do(Involve), Do(Release),
    Do(Split), Do(Close), Do(Reopen), Do(Refuse), AddPhoto, ViewContact,
];
/// What a helping unit does.
const HELP: &[Right] = &[Read, Do(Note), Do(FinishPart), AddPhoto];
/// What a unit does that is waited for: its answer ends the waiting.
const ANSWER: &[Right] = &[Read, Do(Note), Do(Resume), AddPhoto];
/// What those decide who lead: what others asked for.
const GRANT: &[Right] = &[
    Do(ApproveHold),
    Do(ReviewHold),
    Do(ApproveExtension),
    Do(Decline),
];
/// What those sign who answer for the subdistrict.
const SIGN: &[Right] = &[Do(Sign), Do(Direct), Do(SignOff)];
/// What the district's supervision does.
const WATCH: &[Right] = &[Read, Do(Publish), Do(Note), Do(Supervise), Do(Direct)];

/// The one table of rights; rows of one role and relation add up. What is not here is not allowed.
#[rustfmt::skip]
pub const RIGHTS: &[(Role, Relation, &[Right])] = &[
    (Role::GridWorker,           Chain,     &[Read, Do(Note), AddPhoto]),
    (Role::DeskOfficer,          Chain,     DEAL),
    (Role::DeskOfficer,          Chain,     &[Do(Merge)]),
    (Role::DeskOfficer,          Assignee,  WORK),
    (Role::DeskOfficer,          CoHandler, HELP),
    (Role::DeskOfficer,          Awaited,   ANSWER),
    (Role::DeskOfficer,          Involved,  &[Read]),
    (Role::Handler,              Chain,     &[Read]),
    (Role::Handler,              Assignee,  WORK),
    (Role::Handler,              CoHandler, HELP),
    (Role::Handler,              Awaited,   ANSWER),
    (Role::Handler,              Involved,  &[Read]),
    (Role::CommunityDirector,    Chain,     DEAL),
    (Role::CommunityDirector,    Chain,     GRANT),
    (Role::CommunityDirector,    Chain,     &[ViewContactLog]),
    (Role::CommunityDirector,    District,  &[ViewBudgetLine]),
    (Role::CommunityDirector,    Assignee,  WORK),
    (Role::SubdistrictDirector,  Chain,     DEAL),
    (Role::SubdistrictDirector,  Chain,     GRANT),
    (Role::SubdistrictDirector,  Chain,     SIGN),
    (Role::SubdistrictDirector,  Chain,     &[ViewContactLog]),
    (Role::SubdistrictDirector,  District,  &[ViewBudgetLine]),
    (Role::SubdistrictDirector,  Assignee,  WORK),
    (Role::SubdistrictSecretary, Chain,     &[Read, Do(Publish), Do(Note), Do(Assign), Do(Escalate), Do(Supervise)]),
    (Role::SubdistrictSecretary, Chain,     GRANT),
    (Role::SubdistrictSecretary, Chain,     SIGN),
    (Role::SubdistrictSecretary, Chain,     &[ViewContactLog]),
    (Role::SubdistrictSecretary, District,  &[ViewBudgetLine]),
    (Role::DepartmentHead,       Assignee,  WORK),
    (Role::DepartmentHead,       Assignee,  GRANT),
    (Role::DepartmentHead,       Assignee,  &[Do(Direct)]),
    (Role::DepartmentHead,       CoHandler, HELP),
    (Role::DepartmentHead,       Awaited,   ANSWER),
    (Role::DepartmentHead,       Involved,  &[Read]),
    (Role::DepartmentHead,       District,  &[ViewBudgetLine, ApproveBudgetLine]),
    (Role::DepartmentLiaison,    Assignee,  WORK),
    (Role::DepartmentLiaison,    CoHandler, HELP),
    (Role::DepartmentLiaison,    Awaited,   ANSWER),
    (Role::DepartmentLiaison,    Involved,  &[Read]),
    (Role::TeamMember,           Assignee,  WORK),
    (Role::TeamMember,           CoHandler, HELP),
    (Role::TeamMember,           Awaited,   ANSWER),
    (Role::TeamMember,           Involved,  &[Read]),
    (Role::DistrictSupervisor,   Chain,     WATCH),
    (Role::DistrictSupervisor,   Chain,     GRANT),
    (Role::DistrictSupervisor,   Chain,     &[ViewContactLog]),
    (Role::DistrictSupervisor,   District,  &[ViewBudgetLine, ApproveBudgetLine]),
];

/// The roles that may file a report for a resident, in the communities at or below their unit (a grid worker: of the
/// grid's own community).
pub const FILING_ROLES: &[Role] = &[Role::GridWorker, Role::DeskOfficer, Role::CommunityDirector];

/// The roles that may see which deliveries failed, for the cases at or below their unit.
pub const DELIVERY_ROLES: &[Role] = &[Role::DeskOfficer, Role::DistrictSupervisor, Role::Operator];

fn relates(org: &OrgChart, unit: &UnitId, relation: Relation, case: &Case) -> bool {
    let community = &case.report.place.community;
    match relation {
        Chain => org.is_within(community, unit) || is_grid_of(org, unit, community),
        Assignee => case
            .assignment
            .as_ref()
            .is_some_and(|assignment| assignment.unit == *unit),
        CoHandler => case.is_co_handler(unit),
        Awaited => case.awaited_unit() == Some(unit),
        Involved => case.involved.contains(unit),
        District => false,
    }
}

fn is_grid_of(org: &OrgChart, unit: &UnitId, community: &UnitId) -> bool {
    org.unit_of_kind(unit, UnitKind::Grid)
        .is_some_and(|grid| grid.parent.as_ref() == Some(community))
}

/// Whether the person may do that with the case.
pub fn may(org: &OrgChart, staff: &Staff, right: Right, case: &Case) -> bool {
    post_for(org, staff, right, case).is_some()
}

/// The post in which the person may do that with the case; its unit stands in the timeline.
pub fn post_for<'a>(
    org: &OrgChart,
    staff: &'a Staff,
    right: Right,
    case: &Case,
) -> Option<&'a Post> {
    let granted = |post: &&Post| grants(org, post, right, case);
    staff.posts.iter().find(granted)
}

/// Whether that post carries the right on the case.
pub fn grants(org: &OrgChart, post: &Post, right: Right, case: &Case) -> bool {
    RIGHTS.iter().any(|(role, relation, rights)| {
        *role == post.role && rights.contains(&right) && relates(org, &post.unit, *relation, case)
    })
}

/// The post in which the person has a right that is about no case.
pub fn district_post(staff: &Staff, right: Right) -> Option<&Post> {
    let grants = |post: &&Post| {
        RIGHTS.iter().any(|(role, relation, rights)| {
            *role == post.role && *relation == District && rights.contains(&right)
        })
    };
    staff.posts.iter().find(grants)
}

/// Everything that the person may do with the case, whatever its state.
pub fn rights_on(org: &OrgChart, staff: &Staff, case: &Case) -> Vec<Right> {
    let mut rights: Vec<Right> = RIGHTS
        .iter()
        .filter(|(role, relation, _)| {
            staff
                .posts
                .iter()
                .any(|post| post.role == *role && relates(org, &post.unit, *relation, case))
        })
        .flat_map(|(_, _, rights)| rights.iter().copied())
        .collect();
    rights.sort_unstable();
    rights.dedup();
    rights
}

/// Whether the person may read the queue of a unit: it is theirs or lies below theirs, or theirs is a grid of it.
/// Operators see no cases.
pub fn may_read_queue(org: &OrgChart, staff: &Staff, unit: &UnitId) -> bool {
    staff
        .posts
        .iter()
        .filter(|post| post.role != Role::Operator)
        .any(|post| org.is_within(unit, &post.unit) || is_grid_of(org, &post.unit, unit))
}

/// Whether the person may file a report for a resident of the community.
pub fn may_submit_on_behalf(org: &OrgChart, staff: &Staff, community: &UnitId) -> bool {
    staff.posts.iter().any(|post| {
        FILING_ROLES.contains(&post.role)
            && (org.is_within(community, &post.unit) || is_grid_of(org, &post.unit, community))
    })
}

/// Whether the person may see failed deliveries to the unit.
pub fn may_see_deliveries(org: &OrgChart, staff: &Staff, unit: &UnitId) -> bool {
    staff
        .posts
        .iter()
        .any(|post| DELIVERY_ROLES.contains(&post.role) && org.is_within(unit, &post.unit))
}
