//! The org chart: district, departments, subdistricts, communities, grids and teams, and who holds which post.
//!
//! It is data that the district maintains; nothing here knows how it is stored.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time, time};
use serde::{Deserialize, Serialize};

use crate::kernel::bounds::Bounds;
use crate::kernel::calendar::{OFFSET, date_of};
use crate::kernel::ids::{StaffId, TokenSubject, UnitId};
pub use crate::kernel::lang::Name;
use crate::kernel::limits;
use crate::kernel::profile::Profile;
pub use crate::kernel::roles::Role;

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 区: the district itself, root of the chart.
    District,
    /// 区直部门: a department of the district, e.g. urban management.
    Department,
    /// 街道: a subdistrict office.
    Subdistrict,
    /// 社区: a residential community.
    Community,
    /// 网格: about 300 households of a community.
    Grid,
    /// 便民服务队: a service team of a subdistrict or community.
    Team,
}

impl UnitKind {
    /// The roles that lead a unit of the kind; none where the unit above leads.
    pub fn head_roles(self) -> &'static [Role] {
        match self {
            Self::District => &[Role::DistrictSupervisor],
            Self::Department => &[Role::DepartmentHead],
            Self::Subdistrict => &[Role::SubdistrictDirector],
            Self::Community => &[Role::CommunityDirector],
            Self::Grid | Self::Team => &[],
        }
    }
}

/// One unit of the chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Its identifier, unique in the district.
    pub id: UnitId,
    /// What it is.
    pub kind: UnitKind,
    /// What people call it.
    pub name: Name,
    /// The unit above; none for the district only.
    pub parent: Option<UnitId>,
    /// Whether it is there only because cases name it: it takes no new ones, and it has no staff.
    #[serde(default, skip_serializing_if = "is_false")]
    pub retired: bool,
    /// Where the district lies; only the district has it. Without it a report may name any position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// How it presents itself to residents; what it does not say, the unit above says.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A role in a unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// Where.
    pub unit: UnitId,
    /// As what.
    pub role: Role,
}

/// Whole days on which a person does not work, Asia/Shanghai, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// Which messages reach a person beside the inbox of the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotificationPreferences {
    /// Whether what cannot wait is sent at once; danger to life is sent to everybody.
    pub immediate: bool,
    /// Whether the digest of the working morning is sent.
    pub digest: bool,
    /// The local time from which nothing but danger is sent.
    pub quiet_from: Time,
    /// The local time until which nothing but danger is sent.
    pub quiet_until: Time,
    /// The most messages of one hour; what is more is folded into one.
    pub per_hour: u8,
}

impl Default for NotificationPreferences {
    fn default() -> Self {
        Self {
            immediate: true,
            digest: true,
            quiet_from: time(21, 30, 0, 0),
            quiet_until: time(8, 0, 0, 0),
            per_hour: limits::IMMEDIATE_PER_HOUR,
        }
    }
}

/// A member of staff. Rights come from the posts listed here, never from a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    /// What the directory and the history of cases call the person.
    pub id: StaffId,
    /// The subject that the staff issuer names in the person's tokens; the id when it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<TokenSubject>,
    /// The name that colleagues and timelines show.
    pub name: String,
    /// Every post that the person holds.
    pub posts: Vec<Post>,
    /// Who acts in the person's posts on days of absence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<StaffId>,
    /// The days of absence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absences: Vec<Absence>,
    /// What is sent to the person, and when.
    #[serde(default, skip_serializing_if = "is_default")]
    pub notifications: NotificationPreferences,
}

fn is_default(preferences: &NotificationPreferences) -> bool {
    *preferences == NotificationPreferences::default()
}

impl Staff {
    /// The subject that the person's tokens name.
    pub fn subject(&self) -> &str {
        let subject = self.subject.as_ref();
        subject.map_or(self.id.as_str(), TokenSubject::as_str)
    }

    /// Whether the person holds one of the roles in the unit.
    pub fn holds(&self, unit: &UnitId, roles: &[Role]) -> bool {
        self.posts
            .iter()
            .any(|post| post.unit == *unit && roles.contains(&post.role))
    }

    /// Whether the person is absent on the local day of `now`.
    pub fn is_absent(&self, now: Timestamp) -> bool {
        let today = date_of(now);
        self.absences
            .iter()
            .any(|absence| (absence.from..=absence.to).contains(&today))
    }

    /// Whether `now` lies in the person's quiet hours. Hours that begin and end at the same time are none.
    pub fn is_quiet(&self, now: Timestamp) -> bool {
        let (from, until) = (
            self.notifications.quiet_from,
            self.notifications.quiet_until,
        );
        let clock = OFFSET.to_datetime(now).time();
        if from <= until {
            (from..until).contains(&clock)
        } else {
            clock >= from || clock < until
        }
    }
}

/// A chart that contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrgError {
    /// Two units share an id.
    #[error("unit {0} is listed twice")]
    Duplicate(UnitId),
    /// A unit hangs under one that is not there, or above itself.
    #[error("unit {0} does not lead up to the district")]
    Detached(UnitId),
    /// There must be exactly one unit without a parent, and it is the district.
    #[error("the chart needs exactly one district, without a parent")]
    Root,
    /// A post names a unit that is not there.
    #[error("{0} holds a post in unknown unit {1}")]
    UnknownUnit(StaffId, UnitId),
    /// A deputy is not there, or the person itself.
    #[error("{0} has {1} as deputy, who is unknown or the same person")]
    Deputy(StaffId, StaffId),
    /// An absence ends before it begins.
    #[error("an absence of {0} ends before it begins")]
    Absence(StaffId),
    /// Two people would be known by one token.
    #[error("{0} and {1} have the same subject")]
    Subject(StaffId, StaffId),
}

/// Levels are district, subdistrict, community, grid: no honest chain is longer.
const MAX_LEVELS: usize = 6;

/// The units and staff of one district, checked: every chain ends at the district.
#[derive(Debug, Clone)]
pub struct OrgChart {
    units: BTreeMap<UnitId, Unit>,
    staff: BTreeMap<StaffId, Staff>,
    district: UnitId,
    /// Who holds each role in each unit.
    holders: BTreeMap<UnitId, BTreeMap<Role, Vec<StaffId>>>,
    /// Whom each person may have to act for.
    principals: BTreeMap<StaffId, Vec<StaffId>>,
    /// Who each token's subject is.
    subjects: BTreeMap<String, StaffId>,
}

impl OrgChart {
    /// Builds the chart.
    ///
    /// # Errors
    /// See [`OrgError`].
    pub fn new(units: Vec<Unit>, staff: Vec<Staff>) -> Result<Self, OrgError> {
        let mut by_id = BTreeMap::new();
        for unit in units {
            if let Some(twin) = by_id.insert(unit.id.clone(), unit) {
                return Err(OrgError::Duplicate(twin.id));
            }
        }
        let mut roots = by_id.values().filter(|unit| unit.parent.is_none());
        let district = match (roots.next(), roots.next()) {
            (Some(root), None) if root.kind == UnitKind::District => root.id.clone(),
            _ => return Err(OrgError::Root),
        };
        let staff: BTreeMap<StaffId, Staff> = staff
            .into_iter()
            .map(|person| (person.id.clone(), person))
            .collect();
        let mut holders: BTreeMap<UnitId, BTreeMap<Role, Vec<StaffId>>> = BTreeMap::new();
        let mut principals: BTreeMap<StaffId, Vec<StaffId>> = BTreeMap::new();
        let mut subjects = BTreeMap::new();
        for person in staff.values() {
            check_person(person, &by_id, &staff)?;
            if let Some(twin) = subjects.insert(person.subject().to_owned(), person.id.clone()) {
                return Err(OrgError::Subject(twin, person.id.clone()));
            }
            for post in &person.posts {
                let roles = holders.entry(post.unit.clone()).or_default();
                roles.entry(post.role).or_default().push(person.id.clone());
            }
            if let Some(deputy) = &person.deputy {
                let of_deputy = principals.entry(deputy.clone()).or_default();
                of_deputy.push(person.id.clone());
            }
        }
        let chart = Self {
            units: by_id,
            staff,
            district,
            holders,
            principals,
            subjects,
        };
        for id in chart.units.keys() {
            let chain = chart.chain(id);
            if chain.len() > MAX_LEVELS || chain.last().is_none_or(|top| top.id != chart.district) {
                return Err(OrgError::Detached(id.clone()));
            }
        }
        Ok(chart)
    }

    /// The district at the root.
    pub fn district(&self) -> &UnitId {
        &self.district
    }

    /// The unit, when the chart has it.
    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.get(id)
    }

    /// The unit, when the chart has it and it is of that kind.
    pub fn unit_of_kind(&self, id: &UnitId, kind: UnitKind) -> Option<&Unit> {
        self.unit(id).filter(|unit| unit.kind == kind)
    }

    /// Where the district lies, when the directory says it.
    pub fn bounds(&self) -> Option<Bounds> {
        self.unit(&self.district)?.bounds
    }

    /// All units, by id.
    pub fn all_units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values()
    }

    /// The unit, when it is of that kind and takes new cases.
    pub fn active_of_kind(&self, id: &UnitId, kind: UnitKind) -> Option<&Unit> {
        self.unit_of_kind(id, kind).filter(|unit| !unit.retired)
    }

    /// All units of a kind, by id.
    pub fn units_of_kind(&self, kind: UnitKind) -> impl Iterator<Item = &Unit> {
        self.units.values().filter(move |unit| unit.kind == kind)
    }

    /// The unit and everything above it, lowest first; empty for an unknown unit.
    pub fn chain(&self, id: &UnitId) -> Vec<&Unit> {
        let mut chain = Vec::new();
        let mut next = self.unit(id);
        while let Some(unit) = next {
            chain.push(unit);
            // One more than allowed is enough for `new` to notice a circle.
            next = unit
                .parent
                .as_ref()
                .filter(|_| chain.len() <= MAX_LEVELS)
                .and_then(|parent| self.unit(parent));
        }
        chain
    }

    /// Whether `unit` is `above` or hangs somewhere below it.
    pub fn is_within(&self, unit: &UnitId, above: &UnitId) -> bool {
        self.chain(unit).iter().any(|link| link.id == *above)
    }

    /// The unit itself or the one above it that is of the asked kind.
    pub fn ancestor(&self, id: &UnitId, kind: UnitKind) -> Option<&Unit> {
        self.chain(id).into_iter().find(|unit| unit.kind == kind)
    }

    /// How the unit presents itself, with what it does not say taken from the units above.
    pub fn profile(&self, id: &UnitId) -> Profile {
        let chain = self.chain(id).into_iter();
        chain.fold(Profile::default(), |said, unit| said.or(&unit.profile))
    }

    /// The person, when known.
    pub fn staff(&self, id: &StaffId) -> Option<&Staff> {
        self.staff.get(id)
    }

    /// Who signs in with tokens of this subject.
    pub fn staff_of(&self, subject: &TokenSubject) -> Option<&StaffId> {
        self.subjects.get(subject.as_str())
    }

    /// All staff, by id.
    pub fn all_staff(&self) -> impl Iterator<Item = &Staff> {
        self.staff.values()
    }

    /// Who can be spoken to in that role of the unit at `now`: who holds it, or else the deputy of who is absent.
    pub fn present(&self, unit: &UnitId, role: Role, now: Timestamp) -> Vec<&Staff> {
        let holders = self.holders.get(unit).and_then(|roles| roles.get(&role));
        let mut present: Vec<&Staff> = holders
            .into_iter()
            .flatten()
            .filter_map(|id| self.stand_in(id, now))
            .collect();
        present.sort_unstable_by_key(|person| &person.id);
        present.dedup_by_key(|person| &person.id);
        present
    }

    /// The person, or on a day of absence the deputy; none when that one is absent too.
    pub fn stand_in(&self, id: &StaffId, now: Timestamp) -> Option<&Staff> {
        let person = self.staff(id)?;
        if !person.is_absent(now) {
            return Some(person);
        }
        let deputy = self.staff(person.deputy.as_ref()?)?;
        (!deputy.is_absent(now)).then_some(deputy)
    }

    /// The person with all posts in which they act at `now`: their own, and those of absent colleagues whose deputy
    /// they are.
    pub fn acting(&self, id: &StaffId, now: Timestamp) -> Option<Staff> {
        let mut acting = self.staff(id)?.clone();
        let absent = self.principals.get(id).into_iter().flatten();
        for principal in absent.filter_map(|id| self.staff(id)) {
            if principal.is_absent(now) {
                let more = principal
                    .posts
                    .iter()
                    .filter(|post| !acting.posts.contains(post));
                let more: Vec<Post> = more.cloned().collect();
                acting.posts.extend(more);
            }
        }
        Some(acting)
    }

    /// Whether a person can be spoken to in that role of the unit at `now`.
    pub fn is_filled(&self, unit: &UnitId, role: Role, now: Timestamp) -> bool {
        !self.present(unit, role, now).is_empty()
    }

    /// The roles of the unit in which a person can be spoken to at `now`.
    pub fn filled_roles(&self, unit: &UnitId, now: Timestamp) -> Vec<Role> {
        Role::ALL
            .into_iter()
            .filter(|role| self.is_filled(unit, *role, now))
            .collect()
    }
}

fn check_person(
    person: &Staff,
    units: &BTreeMap<UnitId, Unit>,
    staff: &BTreeMap<StaffId, Staff>,
) -> Result<(), OrgError> {
    if let Some(post) = person
        .posts
        .iter()
        .find(|post| !units.contains_key(&post.unit))
    {
        return Err(OrgError::UnknownUnit(person.id.clone(), post.unit.clone()));
    }
    if let Some(deputy) = &person.deputy
        && (*deputy == person.id || !staff.contains_key(deputy))
    {
        return Err(OrgError::Deputy(person.id.clone(), deputy.clone()));
    }
    if person
        .absences
        .iter()
        .any(|absence| absence.to < absence.from)
    {
        return Err(OrgError::Absence(person.id.clone()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str, kind: UnitKind, parent: Option<&str>) -> Unit {
        let name = Name {
            zh: id.to_owned(),
            en: id.to_owned(),
        };
        Unit {
            id: UnitId::parse(id).unwrap(),
            kind,
            name,
            retired: false,
            bounds: None,
            profile: Profile::default(),
            parent: parent.map(|p| UnitId::parse(p).unwrap()),
        }
    }

    #[test]
    fn a_chain_leads_from_the_grid_to_the_district() {
        let chart = OrgChart::new(
            vec![
                unit("d", UnitKind::District, None),
                unit("s", UnitKind::Subdistrict, Some("d")),
                unit("c", UnitKind::Community, Some("s")),
                unit("g", UnitKind::Grid, Some("c")),
            ],
            vec![],
        )
        .unwrap();
        let ids: Vec<_> = chart
            .chain(&UnitId::parse("g").unwrap())
            .iter()
            .map(|u| u.id.as_str())
            .collect();
        assert_eq!(ids, ["g", "c", "s", "d"]);
        assert!(!chart.is_within(&UnitId::parse("s").unwrap(), &UnitId::parse("c").unwrap()));
    }

    #[test]
    fn a_chart_that_contradicts_itself_is_refused() {
        let circle = vec![
            unit("d", UnitKind::District, None),
            unit("a", UnitKind::Community, Some("b")),
            unit("b", UnitKind::Community, Some("a")),
        ];
        assert!(matches!(
            OrgChart::new(circle, vec![]),
            Err(OrgError::Detached(_))
        ));
        let orphan = vec![
            unit("d", UnitKind::District, None),
            unit("a", UnitKind::Community, Some("x")),
        ];
        assert!(matches!(
            OrgChart::new(orphan, vec![]),
            Err(OrgError::Detached(_))
        ));
        let twice = vec![
            unit("d", UnitKind::District, None),
            unit("d", UnitKind::District, None),
        ];
        assert!(matches!(
            OrgChart::new(twice, vec![]),
            Err(OrgError::Duplicate(_))
        ));
        assert_eq!(OrgChart::new(vec![], vec![]).unwrap_err(), OrgError::Root);
    }
}
