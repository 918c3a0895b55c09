//! Who hears what: the posts that an event speaks to, grouped by unit.
//!
//! A message goes to posts, not to persons, so that it survives changes of staff; where the holder is absent it goes to
//! the deputy, where nobody is there it climbs, and at the end it lands on the desk that triages: never with nobody.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::case::Case;
use crate::event::{Event, EventKind, NoteTo, Reminder};
use crate::ids::{StaffId, UnitId};
use crate::ladder::Rung;
use crate::org::{OrgChart, Role, UnitKind};
use crate::promise::Tier;
use crate::proposal::{Ask, Matter, Proposal};
use crate::rulebook::Rulebook;
use crate::timers::ClockKind;

/// How soon a message must be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Can wait for the 08:45 digest of a working day.
    Digest,
    /// Now.
    Immediate,
}

/// Why somebody gets a message.
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
    /// Something waits for somebody in the unit to decide, or was decided there.
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

/// Danger and households in need cannot wait; whatever else happens to a case is in the inbox at once and in the digest.
fn urgency_of(tier: Tier) -> Urgency {
    if tier <= Tier::P1 {
        Urgency::Immediate
    } else {
        Urgency::Digest
    }
}

/// Everyone who hears of a new case: every filled post of every unit up the chain, from ordinary staff to the secretary.
pub fn of_new_case(case: &Case, rules: &Rulebook, now: Timestamp) -> Vec<Addressee> {
    let mut list = List::new(&rules.org, case, now, urgency_of(case.tier));
    for unit in rules.org.chain(&case.report.place.community) {
        let roles: Vec<Role> = rules
            .org
            .filled_roles(&unit.id, now)
            .into_iter()
            .filter(|role| *role != Role::Operator)
            .collect();
        list.add_filled(&unit.id, &roles, Why::Chain);
    }
    if list.by_unit.is_empty() {
        list.desk();
    }
    list.finish()
}

/// Everyone who hears of a later event; nobody for those that only the resident is told of.
pub fn of_event(event: &Event, case: &Case, rules: &Rulebook, now: Timestamp) -> Vec<Addressee> {
    let list = |urgency| List::new(&rules.org, case, now, urgency);
    let soon = match &event.kind {
        // Supervision speaks like the urging rung, whatever the case is about.
        EventKind::SupervisionOrdered { .. } | EventKind::Directed { .. } => Urgency::Immediate,
        _ => urgency_of(case.tier),
    };
    let (mut soon, mut later) = (list(soon), list(Urgency::Digest));
    match &event.kind {
        EventKind::Reminded(reminder) => return of_reminder(reminder, case, rules, now),
        EventKind::Assigned { .. } | EventKind::HandedDown { .. } => soon.assignee(),
        EventKind::Escalated { from, .. } => {
            soon.assignee();
            soon.add(from, WORKERS, Why::Chain);
        }
        EventKind::Returned { .. }
        | EventKind::Resolved { .. }
        | EventKind::Secured { .. }
        | EventKind::Withdrawn
        | EventKind::Reopened { .. } => soon.desk(),
        // Who works on the case may need it, and the desk must look before everyone sees it.
        EventKind::PhotoArrived { .. } => {
            soon.assignee();
            soon.desk();
        }
        EventKind::Involved { unit, .. } => soon.add(unit, WORKERS, Why::Helper),
        EventKind::Held { waits_for, .. } => {
            later.assignee();
            later.desk();
            if let Some(unit) = waits_for {
                later.add(unit, WORKERS, Why::Awaited);
            }
        }
        EventKind::Resumed { approver, .. } => {
            later.assignee();
            later.desk();
            if let Some(approver) = approver {
                later.person(approver, Why::Approver);
            }
        }
        EventKind::Proposed { matter, .. } => later.approvers(*matter),
        EventKind::Declined { .. }
        | EventKind::Extended { .. }
        | EventKind::CalendarChanged {
            promise: Some(_), ..
        }
        | EventKind::HoldReviewed { .. }
        | EventKind::SignedOff { .. }
        | EventKind::PartFinished { .. }
        | EventKind::Noted {
            to: NoteTo::Internal,
            ..
        } => {
            later.assignee();
            later.desk();
        }
        EventKind::Released { unit, .. } => later.add(unit, WORKERS, Why::Helper),
        EventKind::SupervisionOrdered { .. } | EventKind::Directed { .. } => {
            soon.assignee();
            soon.head_of(case.responsible_unit());
            soon.supervision();
        }
        EventKind::Received { .. }
        | EventKind::Triaged { .. }
        | EventKind::PublicationChanged { .. }
        | EventKind::Accepted
        | EventKind::Noted {
            to: NoteTo::Resident,
            ..
        }
        | EventKind::Split { .. }
        | EventKind::VisitScheduled { .. }
        | EventKind::Arrived
        | EventKind::Closed { .. }
        | EventKind::Refused { .. }
        | EventKind::Merged { .. }
        // Inner moments only: whoever is late hears it from the clock.
        | EventKind::CalendarChanged { promise: None, .. } => {}
    }
    let mut heard = soon.finish();
    heard.extend(later.finish());
    heard
}

fn of_reminder(
    reminder: &Reminder,
    case: &Case,
    rules: &Rulebook,
    now: Timestamp,
) -> Vec<Addressee> {
    let rung = reminder.reach();
    let urgency = match rung {
        Rung::Half | Rung::Repeat => Urgency::Digest,
        Rung::Yellow | Rung::Due | Rung::Red | Rung::Notice => Urgency::Immediate,
        // By then it is a matter of lists and signatures, unless somebody is in danger or need.
        Rung::Report => urgency_of(case.tier),
    };
    let mut list = List::new(&rules.org, case, now, urgency);
    let late = rung >= Rung::Red;
    match reminder.clock {
        ClockKind::Resolve => list.resolve_rung(rung, rules),
        ClockKind::Triage | ClockKind::Revisit => {
            list.desk();
            if late {
                list.head_of(&case.report.place.community);
            }
        }
        ClockKind::Approval => {
            for proposal in &case.proposals {
                list.approvers(proposal.ask.matter());
            }
            if list.by_unit.is_empty() || late {
                list.supervision();
            }
        }
        ClockKind::Awaited => list.awaited(late),
        ClockKind::Supervision => {
            list.assignee();
            list.head_of(case.responsible_unit());
            list.approvers(Matter::Supervision);
            list.supervision();
        }
        ClockKind::Accept
        | ClockKind::Contact
        | ClockKind::Return
        | ClockKind::Word
        | ClockKind::Secure
        | ClockKind::Visit => {
            list.assignee();
            list.desk();
            if late {
                list.head_of(case.responsible_unit());
            }
        }
    }
    list.finish()
}

/// The roles that do the work where a case is assigned.
const WORKERS: &[Role] = &[
    Role::Handler,
    Role::DepartmentLiaison,
    Role::TeamMember,
    Role::DeskOfficer,
];

/// The roles that lead a unit of the kind.
pub(crate) fn head_roles(kind: UnitKind) -> &'static [Role] {
    match kind {
        UnitKind::District => &[Role::DistrictSupervisor],
        UnitKind::Department => &[Role::DepartmentHead],
        UnitKind::Subdistrict => &[Role::SubdistrictDirector],
        UnitKind::Community => &[Role::CommunityDirector],
        UnitKind::Grid | UnitKind::Team => &[],
    }
}

struct List<'a> {
    org: &'a OrgChart,
    case: &'a Case,
    now: Timestamp,
    urgency: Urgency,
    by_unit: BTreeMap<UnitId, Addressee>,
}

impl<'a> List<'a> {
    fn new(org: &'a OrgChart, case: &'a Case, now: Timestamp, urgency: Urgency) -> Self {
        Self {
            org,
            case,
            now,
            urgency,
            by_unit: BTreeMap::new(),
        }
    }

    /// The rows of the resolve ladder; every later rung reaches one level more.
    fn resolve_rung(&mut self, rung: Rung, rules: &Rulebook) {
        let community = self.case.report.place.community.clone();
        if rung == Rung::Repeat {
            self.supervision();
            return;
        }
        self.assignee();
        if rung == Rung::Yellow {
            self.desk();
        }
        if rung >= Rung::Due {
            self.head_of(&community);
        }
        let subdistrict = self
            .org
            .ancestor(&community, UnitKind::Subdistrict)
            .map(|unit| unit.id.clone());
        if let Some(subdistrict) = subdistrict.filter(|_| rung >= Rung::Red) {
            self.head_of(&subdistrict);
            if rung >= Rung::Notice {
                self.add(&subdistrict, &[Role::SubdistrictSecretary], Why::Head);
            }
        }
        if rung >= Rung::Notice {
            self.liaison(rules);
        }
        if rung >= Rung::Report {
            self.supervision();
        }
    }

    /// The workers of the assigned unit, or the desk while nobody has the case.
    fn assignee(&mut self) {
        let Some(assignment) = self.case.assignment.clone() else {
            return self.desk();
        };
        self.add(&assignment.unit, WORKERS, Why::Assignee);
        if let Some(entry) = self.by_unit.get_mut(&assignment.unit) {
            entry.person = assignment.person.filter(|id| {
                let posts = self.org.staff(id).map(|person| person.posts.as_slice());
                posts.is_some_and(|posts| posts.iter().any(|post| post.unit == assignment.unit))
            });
        }
    }

    fn desk(&mut self) {
        let community = self.case.report.place.community.clone();
        self.add(&community, &[Role::DeskOfficer], Why::Desk);
    }

    fn supervision(&mut self) {
        let district = self.org.district().clone();
        self.add(&district, &[Role::DistrictSupervisor], Why::Supervision);
    }

    /// Those who may grant what was asked for: whoever leads the asking unit, in the posts that the promises name, or
    /// who signs for the subdistrict.
    fn approvers(&mut self, matter: Matter) {
        let Some(proposal) = self.case.proposal(matter) else {
            return self.signers();
        };
        match &proposal.ask {
            Ask::Supervision => self.signers(),
            Ask::Hold(_) => self.head_beside(proposal),
            Ask::Extension { approver, .. } => {
                let chain = self.granting_chain();
                let place = chain
                    .into_iter()
                    .find(|unit| self.has_other(unit, *approver, proposal));
                match place {
                    Some(unit) => self.add(&unit, &[*approver], Why::Approver),
                    None => self.head_beside(proposal),
                }
            }
        }
    }

    /// The first head of the asking unit, or above it, who did not ask: nobody grants what is their own.
    fn head_beside(&mut self, proposal: &Proposal) {
        let chain = self.org.chain(&proposal.unit).into_iter();
        let mut heads = chain.map(|link| (link.id.clone(), head_roles(link.kind)));
        let found = heads.find(|(unit, roles)| {
            let mut roles = roles.iter();
            roles.any(|role| self.has_other(unit, *role, proposal))
        });
        match found {
            Some((unit, roles)) => self.add(&unit, roles, Why::Approver),
            None => self.supervision(),
        }
    }

    /// Whether somebody can be spoken to in the role who has not asked for it.
    fn has_other(&self, unit: &UnitId, role: Role, proposal: &Proposal) -> bool {
        let present = self.org.present(unit, role, self.now).into_iter();
        present
            .map(|person| Some(&person.id))
            .any(|id| id != proposal.by.as_ref())
    }

    /// The units in which an extension may be granted, lowest first.
    fn granting_chain(&self) -> Vec<UnitId> {
        let community = &self.case.report.place.community;
        let of_unit = self.org.chain(self.case.responsible_unit()).into_iter();
        of_unit
            .chain(self.org.chain(community))
            .map(|unit| unit.id.clone())
            .collect()
    }

    /// Who signs orders of supervision: director and secretary of the subdistrict.
    fn signers(&mut self) {
        let community = &self.case.report.place.community;
        let subdistrict = self.org.ancestor(community, UnitKind::Subdistrict);
        let unit = subdistrict.map_or_else(|| community.clone(), |unit| unit.id.clone());
        let roles = [Role::SubdistrictDirector, Role::SubdistrictSecretary];
        self.add(&unit, &roles, Why::Approver);
    }

    /// The unit that is waited for, and its head when it is late.
    fn awaited(&mut self, late: bool) {
        let Some(unit) = self.case.awaited_unit().cloned() else {
            return self.assignee();
        };
        self.add(&unit, WORKERS, Why::Awaited);
        if late {
            self.head_of(&unit);
        }
    }

    /// One person, in the first unit where they hold a post; the desk when they have left.
    fn person(&mut self, id: &StaffId, why: Why) {
        let post = self.org.staff(id).and_then(|person| person.posts.first());
        let Some(post) = post.cloned() else {
            return self.desk();
        };
        self.add(&post.unit, &[post.role], why);
    }

    /// The liaison of the department that has the case, or else of the one its category names.
    fn liaison(&mut self, rules: &Rulebook) {
        let assigned = self
            .case
            .assignment
            .as_ref()
            .map(|assignment| &assignment.unit);
        let assigned =
            assigned.filter(|unit| self.org.unit_of_kind(unit, UnitKind::Department).is_some());
        let of_category = self
            .case
            .category
            .as_ref()
            .and_then(|id| rules.category(id))
            .map(|found| &found.department);
        if let Some(department) = assigned.or(of_category) {
            let department = department.clone();
            self.add(&department, &[Role::DepartmentLiaison], Why::Assignee);
        }
    }

    /// Who leads the unit; a team or grid is led by the unit above it.
    fn head_of(&mut self, unit: &UnitId) {
        let chain = self.org.chain(unit);
        let Some(led) = chain
            .into_iter()
            .find(|link| !head_roles(link.kind).is_empty())
        else {
            return;
        };
        let (id, roles) = (led.id.clone(), head_roles(led.kind));
        self.add(&id, roles, Why::Head);
    }

    /// Addresses the roles in the unit that somebody holds; when nobody does, the head above, and at last the desk.
    fn add(&mut self, unit: &UnitId, roles: &[Role], why: Why) {
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
            .map(|link| (link.id.clone(), filled(&link.id, head_roles(link.kind))));
        let desks = self
            .org
            .chain(&self.case.report.place.community)
            .into_iter();
        let desks = desks.map(|link| (link.id.clone(), filled(&link.id, &[Role::DeskOfficer])));
        let next = above.chain(desks).find(|(_, roles)| !roles.is_empty());
        // A district without a single post filled still keeps the message, for whoever comes.
        let (unit, roles) =
            next.unwrap_or_else(|| (self.org.district().clone(), vec![Role::DeskOfficer]));
        self.add_filled(&unit, &roles, why);
    }

    fn add_filled(&mut self, unit: &UnitId, roles: &[Role], why: Why) {
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

    fn finish(self) -> Vec<Addressee> {
        self.by_unit.into_values().collect()
    }
}
