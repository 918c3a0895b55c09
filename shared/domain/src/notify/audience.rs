//! Whom a message speaks to: posts, grouped by unit.
//!
//! A message goes to posts, not to persons, so that it survives changes of staff. Where the holder is absent it goes to
//! the deputy, where nobody is there it climbs, and at the end it lands on the desk: never with nobody.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::kernel::ids::{StaffId, UnitId};
use crate::kernel::org::{OrgChart, Role};

/// How soon a message must be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Can wait for the 08:45 digest of a working day.
    Digest,
    /// Now.
    Immediate,
}

/// Why a unit gets a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The unit has the case.
    Assignee,
    /// The desk deals the case out.
    Desk,
    /// The unit is on the chain above the case.
    Chain,
    /// The unit leads those who are late.
    Head,
    /// The unit supervises.
    Supervision,
    /// The unit helps.
    Helper,
    /// The case waits for the unit's answer.
    Awaited,
    /// Something waits for a decision of the unit, or was decided there.
    Approver,
}

impl Why {
    /// The stable code of its text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Assignee => "assignee",
            Self::Desk => "desk",
            Self::Chain => "chain",
            Self::Head => "head",
            Self::Supervision => "supervision",
            Self::Helper => "helper",
            Self::Awaited => "awaited",
            Self::Approver => "approver",
        }
    }
}

/// One unit that hears of an event, and who in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// The unit.
    pub unit: UnitId,
    /// The roles in it that the message speaks to.
    pub roles: Vec<Role>,
    /// The person, when the case was given to one.
    pub person: Option<StaffId>,
    /// The strongest reason.
    pub why: Why,
    /// How soon.
    pub urgency: Urgency,
}

/// The roles that do the work in a unit.
pub const WORKERS: &[Role] = &[
    Role::Handler,
    Role::DepartmentLiaison,
    Role::TeamMember,
    Role::DeskOfficer,
];

/// Collects who is told, unit by unit.
#[derive(Debug)]
pub struct Audience<'a> {
    /// The org chart.
    pub org: &'a OrgChart,
    /// The time, which decides who is present.
    pub now: Timestamp,
    desk: UnitId,
    urgency: Urgency,
    by_unit: BTreeMap<UnitId, Addressee>,
}

impl<'a> Audience<'a> {
    /// Nobody yet. What nobody above hears lands on the desk of the unit `desk`, or of one above it.
    pub fn new(org: &'a OrgChart, desk: &UnitId, now: Timestamp, urgency: Urgency) -> Self {
        Self {
            org,
            now,
            desk: desk.clone(),
            urgency,
            by_unit: BTreeMap::new(),
        }
    }

    /// The desk of the unit.
    pub fn desk(&mut self) {
        let desk = self.desk.clone();
        self.add(&desk, &[Role::DeskOfficer], Why::Desk);
    }

    /// The supervisors of the district.
    pub fn supervision(&mut self) {
        let district = self.org.district().clone();
        self.add(&district, &[Role::DistrictSupervisor], Why::Supervision);
    }

    /// One person, in the first unit where they hold a post; the desk when they have left.
    pub fn person(&mut self, id: &StaffId, why: Why) {
        let post = self.org.staff(id).and_then(|person| person.posts.first());
        let Some(post) = post.cloned() else {
            return self.desk();
        };
        self.add(&post.unit, &[post.role], why);
    }

    /// Who leads the unit; a team or grid is led by the unit above it.
    pub fn head_of(&mut self, unit: &UnitId) {
        let chain = self.org.chain(unit);
        let Some(led) = chain
            .into_iter()
            .find(|link| !link.kind.head_roles().is_empty())
        else {
            return;
        };
        let (id, roles) = (led.id.clone(), led.kind.head_roles());
        self.add(&id, roles, Why::Head);
    }

    /// Addresses the filled roles in the unit; when none is filled, the head above, and at last the desk.
    pub fn add(&mut self, unit: &UnitId, roles: &[Role], why: Why) {
        let filled = |unit: &UnitId, roles: &[Role]| -> Vec<Role> {
            roles
                .iter()
                .copied()
                .filter(|role| self.org.is_filled(unit, *role, self.now))
                .collect()
        };
        let here = filled(unit, roles);
        if !here.is_empty() {
            return self.add_filled(unit, &here, why);
        }
        let above = self
            .org
            .chain(unit)
            .into_iter()
            .map(|link| (link.id.clone(), filled(&link.id, link.kind.head_roles())));
        let desks = self.org.chain(&self.desk).into_iter();
        let desks = desks.map(|link| (link.id.clone(), filled(&link.id, &[Role::DeskOfficer])));
        let next = above.chain(desks).find(|(_, roles)| !roles.is_empty());
        // A district without a single post filled still keeps the message, for later holders.
        let (unit, roles) =
            next.unwrap_or_else(|| (self.org.district().clone(), vec![Role::DeskOfficer]));
        self.add_filled(&unit, &roles, why);
    }

    /// Addresses the roles in the unit, which are filled.
    pub fn add_filled(&mut self, unit: &UnitId, roles: &[Role], why: Why) {
        if roles.is_empty() {
            return;
        }
        let entry = self
            .by_unit
            .entry(unit.clone())
            .or_insert_with(|| Addressee {
                unit: unit.clone(),
                roles: Vec::new(),
                person: None,
                why,
                urgency: self.urgency,
            });
        entry.roles.extend(roles);
        entry.roles.sort_unstable();
        entry.roles.dedup();
        entry.why = entry.why.min(why);
    }

    /// Names the person in the unit to whom the matter was given, while they hold a post there.
    pub fn name(&mut self, unit: &UnitId, person: &StaffId) {
        let posts = self.org.staff(person).map(|person| person.posts.as_slice());
        let holds = posts.is_some_and(|posts| posts.iter().any(|post| post.unit == *unit));
        if let Some(entry) = self.by_unit.get_mut(unit) {
            entry.person = holds.then(|| person.clone());
        }
    }

    /// Whether no post is addressed yet.
    pub fn is_empty(&self) -> bool {
        self.by_unit.is_empty()
    }

    /// The addressees, one for each unit.
    pub fn finish(self) -> Vec<Addressee> {
        self.by_unit.into_values().collect()
    }
}
