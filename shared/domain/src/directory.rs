//! Who may change the directory, and what a change must not break: pure rules, asked with the chart as it is now.
//!
//! [`OrgChart::new`](crate::kernel::org::OrgChart::new) refuses a chart that contradicts itself; the rules here are
//! stricter, because they judge what people do, and they name the field that has to be put right.

use std::collections::BTreeMap;

use crate::kernel::error::FieldError;
use crate::kernel::ids::{CategoryId, StaffId, UnitId};
use crate::kernel::org::{Absence, OrgChart, Post, Role, Staff, Unit, UnitKind};
use crate::kernel::phone::Phone;
use crate::kernel::place::CodedPlace;

/// The roles that may change units, staff and calendars of the district in which they hold a post.
pub const DIRECTORY_ROLES: &[Role] = &[Role::Operator];

/// Under which kinds of unit each kind hangs.
#[rustfmt::skip]
pub const PARENTS: &[(UnitKind, &[UnitKind])] = &[
    (UnitKind::District,    &[]),
    (UnitKind::Department,  &[UnitKind::District]),
    (UnitKind::Subdistrict, &[UnitKind::District]),
    (UnitKind::Community,   &[UnitKind::Subdistrict]),
    (UnitKind::Grid,        &[UnitKind::Community]),
    (UnitKind::Team,        &[UnitKind::Subdistrict, UnitKind::Community]),
];

/// The kinds of unit that have pages of their own, or say what the pages below them have in common.
pub const PRESENTED: &[UnitKind] = &[
    UnitKind::District,
    UnitKind::Subdistrict,
    UnitKind::Community,
];

/// The roles that each kind of unit has.
#[rustfmt::skip]
pub const POSTS: &[(UnitKind, &[Role])] = &[
    (UnitKind::District,    &[Role::DistrictSupervisor, Role::DeskOfficer, Role::Operator]),
    (UnitKind::Department,  &[Role::DepartmentHead, Role::DepartmentLiaison, Role::DeskOfficer, Role::Handler]),
    (UnitKind::Subdistrict, &[Role::SubdistrictSecretary, Role::SubdistrictDirector, Role::DeskOfficer, Role::Handler]),
    (UnitKind::Community,   &[Role::CommunityDirector, Role::DeskOfficer, Role::Handler]),
    (UnitKind::Grid,        &[Role::GridWorker]),
    (UnitKind::Team,        &[Role::TeamMember]),
];

fn row<T>(table: &[(UnitKind, &'static [T])], kind: UnitKind) -> &'static [T] {
    table
        .iter()
        .find(|(of, _)| *of == kind)
        .map_or(&[], |(_, row)| row)
}

/// Whether the person may change units, staff and calendars.
pub fn may_run(org: &OrgChart, editor: &Staff) -> bool {
    editor.holds(org.district(), DIRECTORY_ROLES)
}

/// Whether the service has an operator: without one the directory could never be changed.
pub fn has_operator(org: &OrgChart) -> bool {
    org.all_staff().any(|person| may_run(org, person))
}

/// Whether `editor` may say when `person` is absent and who stands in: everybody for themselves, who leads the unit for
/// its people and those of its grids and teams, and operators.
pub fn may_set_absence(org: &OrgChart, editor: &Staff, person: &Staff) -> bool {
    editor.id == person.id || may_run(org, editor) || leads(org, editor, person)
}

/// Whether `editor` may say what is sent to `person`, and when.
pub fn may_set_notifications(org: &OrgChart, editor: &Staff, person: &Staff) -> bool {
    editor.id == person.id || may_run(org, editor)
}

/// Whether `editor` leads in every post of the person: as head of its unit, and in a higher rank. A person who could
/// say that a superior is absent could take their place.
fn leads(org: &OrgChart, editor: &Staff, person: &Staff) -> bool {
    let is_led = |post: &Post| {
        home(org, &post.unit).is_some_and(|unit| {
            let mut heads = unit.kind.head_roles().iter();
            heads.any(|head| editor.holds(&unit.id, &[*head]) && post.role.rank() < head.rank())
        })
    };
    !person.posts.is_empty() && person.posts.iter().all(is_led)
}

/// The unit to whose head a unit's people answer: itself, or the one above for a grid or team.
fn home<'a>(org: &'a OrgChart, unit: &UnitId) -> Option<&'a Unit> {
    let mut chain = org.chain(unit).into_iter();
    chain.find(|link| !link.kind.head_roles().is_empty())
}

/// Whether `deputy` may stand in for `person`: for each post they work in the same community, subdistrict or
/// department, or `deputy` above it. A deputy acts with all rights of the absent person.
fn is_colleague(org: &OrgChart, person: &[Post], deputy: &[Post]) -> bool {
    !person.is_empty()
        && person.iter().all(|post| {
            let Some(home) = home(org, &post.unit) else {
                return false;
            };
            deputy
                .iter()
                .any(|other| org.is_within(&home.id, &other.unit) || is_home(org, other, home))
        })
}

fn is_home(org: &OrgChart, post: &Post, of: &Unit) -> bool {
    home(org, &post.unit).is_some_and(|unit| unit.id == of.id)
}

fn is_operator(posts: &[Post]) -> bool {
    posts
        .iter()
        .any(|post| DIRECTORY_ROLES.contains(&post.role))
}

/// What is wrong with a unit as an operator wants it. `categories` names each category's department, `before` is the
/// unit as it is; none when it is new.
pub fn check_unit(
    org: &OrgChart,
    categories: &BTreeMap<CategoryId, UnitId>,
    before: Option<&Unit>,
    after: &Unit,
) -> Vec<FieldError> {
    let mut faults = Vec::new();
    match before {
        Some(before) if before.kind != after.kind => faults.push(FieldError::new("kind", "fixed")),
        None if after.kind == UnitKind::District => {
            faults.push(FieldError::new("kind", "one_district"));
        }
        _ => {}
    }
    let allowed = row(PARENTS, after.kind);
    match after.parent.as_ref().map(|id| org.unit(id)) {
        None if allowed.is_empty() => {}
        None => faults.push(FieldError::new("parent", "required")),
        Some(None) => faults.push(FieldError::new("parent", "unknown")),
        Some(Some(above)) if !allowed.contains(&above.kind) => {
            faults.push(FieldError::new("parent", "wrong_parent"));
        }
        Some(Some(above)) if above.retired && !after.retired => {
            faults.push(FieldError::new("parent", "retired"));
        }
        Some(Some(_)) => {}
    }
    if after.bounds.is_some() && after.kind != UnitKind::District {
        faults.push(FieldError::new("bounds", "of_the_district_only"));
    }
    if after.retired && (after.kind == UnitKind::District || is_used(org, categories, &after.id)) {
        faults.push(FieldError::new("retired", "in_use"));
    }
    faults.extend(check_profile(categories, after));
    faults
}

/// What is wrong with how a unit presents itself.
fn check_profile(categories: &BTreeMap<CategoryId, UnitId>, unit: &Unit) -> Vec<FieldError> {
    let profile = &unit.profile;
    let mut faults = Vec::new();
    if !profile.is_empty() && !PRESENTED.contains(&unit.kind) {
        faults.push(FieldError::new("profile", "no_pages"));
    }
    for (i, phone) in profile.phones.iter().enumerate() {
        if phone.dialed().is_none() {
            faults.push(FieldError::new(
                format!("profile.phones[{i}].number"),
                "not_a_phone",
            ));
        }
    }
    for (i, category) in profile.categories.iter().enumerate() {
        let field = || format!("profile.categories[{i}]");
        if !categories.contains_key(category) {
            faults.push(FieldError::new(field(), "unknown"));
        } else if profile.categories[..i].contains(category) {
            faults.push(FieldError::new(field(), "twice"));
        }
    }
    faults
}

/// What is wrong with a place that has a code.
pub fn check_place(
    org: &OrgChart,
    categories: &BTreeMap<CategoryId, UnitId>,
    place: &CodedPlace,
) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let community = org.unit_of_kind(&place.community, UnitKind::Community);
    let unit = place.unit.as_ref().map(|id| org.unit(id));
    for (field, found) in [("community", Some(community)), ("unit", unit)] {
        match found {
            Some(None) => faults.push(FieldError::new(field, "unknown")),
            Some(Some(unit)) if unit.retired && !place.retired => {
                faults.push(FieldError::new(field, "retired"));
            }
            _ => {}
        }
    }
    for (i, category) in place.categories.iter().enumerate() {
        if !categories.contains_key(category) {
            faults.push(FieldError::new(format!("categories[{i}]"), "unknown"));
        }
    }
    if place
        .phone
        .as_ref()
        .is_some_and(|phone| Phone::parse(phone).is_err())
    {
        faults.push(FieldError::new("phone", "not_a_phone"));
    }
    faults
}

/// Whether people, other units or categories still need the unit.
fn is_used(org: &OrgChart, categories: &BTreeMap<CategoryId, UnitId>, id: &UnitId) -> bool {
    let below = |unit: &Unit| unit.parent.as_ref() == Some(id) && !unit.retired;
    let works_there = |person: &Staff| person.posts.iter().any(|post| post.unit == *id);
    org.all_units().any(below)
        || org.all_staff().any(works_there)
        || categories.values().any(|department| department == id)
}

/// Whether the change takes open cases of the unit out of a queue, so that it must wait until there are none:
/// the unit goes, or it goes elsewhere.
pub fn moves_cases(before: &Unit, after: &Unit) -> bool {
    before.parent != after.parent || (after.retired && !before.retired)
}

/// What is wrong with a person's posts as `editor` wants them.
///
/// A person cannot change their own posts, so that an operator cannot let themselves in to the cases, and the last
/// operator does not leave by mistake.
pub fn check_staff(
    org: &OrgChart,
    editor: &StaffId,
    before: Option<&Staff>,
    after: &Staff,
) -> Vec<FieldError> {
    let mut faults = Vec::new();
    for (i, post) in after.posts.iter().enumerate() {
        match org.unit(&post.unit) {
            None => faults.push(FieldError::new(format!("posts[{i}].unit"), "unknown")),
            Some(unit) if unit.retired => {
                faults.push(FieldError::new(format!("posts[{i}].unit"), "retired"));
            }
            Some(unit) if !row(POSTS, unit.kind).contains(&post.role) => {
                faults.push(FieldError::new(format!("posts[{i}].role"), "wrong_role"));
            }
            Some(_) if after.posts[..i].contains(post) => {
                faults.push(FieldError::new(format!("posts[{i}]"), "twice"));
            }
            Some(_) => {}
        }
    }
    if is_operator(&after.posts)
        && after
            .posts
            .iter()
            .any(|post| !is_operator(std::slice::from_ref(post)))
    {
        faults.push(FieldError::new("posts", "operator_apart"));
    }
    faults.extend(check_subject(org, editor, before, after));
    let posts_before = before.map_or(&[][..], |person| &person.posts);
    if posts_before != after.posts {
        let others = org.all_staff().filter(|person| person.id != after.id);
        let mut operators = others.filter(|person| is_operator(&person.posts));
        if *editor == after.id {
            faults.push(FieldError::new("posts", "own"));
        } else if is_operator(posts_before)
            && !is_operator(&after.posts)
            && operators.next().is_none()
        {
            faults.push(FieldError::new("posts", "last_operator"));
        }
        if stands_in_for_strangers(org, after) {
            faults.push(FieldError::new("posts", "is_deputy"));
        }
    }
    faults
}

/// A token is one person's, and a person cannot move their own token to another person.
fn check_subject(
    org: &OrgChart,
    editor: &StaffId,
    before: Option<&Staff>,
    after: &Staff,
) -> Option<FieldError> {
    let mut others = org.all_staff().filter(|person| person.id != after.id);
    if others.any(|other| other.subject() == after.subject()) {
        return Some(FieldError::new("subject", "taken"));
    }
    let is_moved = before.is_some_and(|before| before.subject() != after.subject());
    (is_moved && *editor == after.id).then(|| FieldError::new("subject", "own_subject"))
}

/// Whether the person, with these posts, would stand in for a person who is no colleague.
fn stands_in_for_strangers(org: &OrgChart, after: &Staff) -> bool {
    let principals = org
        .all_staff()
        .filter(|person| person.deputy.as_ref() == Some(&after.id));
    principals
        .into_iter()
        .any(|person| !may_stand_in(org, &person.posts, &after.posts))
}

fn may_stand_in(org: &OrgChart, person: &[Post], deputy: &[Post]) -> bool {
    is_operator(person) == is_operator(deputy) && is_colleague(org, person, deputy)
}

/// The deputy whom the person keeps with these posts: one who is no colleague any more is let go.
pub fn kept_deputy(org: &OrgChart, deputy: Option<&StaffId>, posts: &[Post]) -> Option<StaffId> {
    let deputy = org.staff(deputy?)?;
    may_stand_in(org, posts, &deputy.posts).then(|| deputy.id.clone())
}

/// What is wrong with the deputy and the days of absence that are wanted for the person.
pub fn check_absence(
    org: &OrgChart,
    person: &Staff,
    deputy: Option<&StaffId>,
    absences: &[Absence],
) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if let Some(id) = deputy {
        match org.staff(id) {
            None => faults.push(FieldError::new("deputy", "unknown")),
            Some(deputy) if deputy.id == person.id => {
                faults.push(FieldError::new("deputy", "own_deputy"));
            }
            Some(deputy) if is_operator(&person.posts) != is_operator(&deputy.posts) => {
                faults.push(FieldError::new("deputy", "operator_apart"));
            }
            Some(deputy) if !is_colleague(org, &person.posts, &deputy.posts) => {
                faults.push(FieldError::new("deputy", "no_colleague"));
            }
            Some(_) => {}
        }
    }
    for (i, absence) in absences.iter().enumerate() {
        if absence.to < absence.from {
            faults.push(FieldError::new(format!("absences[{i}].to"), "ends_before"));
        }
    }
    faults
}
