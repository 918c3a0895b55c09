//! Who hears what: the posts that an event speaks to, grouped by unit.
//!
//! A message goes to posts, not to persons, so that it survives changes of staff; where the holder is absent it goes to
//! the deputy, where nobody is there it climbs, and at the end it lands on the desk that triages: never with nobody.

use jiff::Timestamp;

use crate::case::Case;
use crate::case::event::{Event, EventKind, NoteTo, Reminder};
use crate::case::hold::Hold;
use crate::case::promise::Tier;
use crate::case::proposal::{Ask, Matter, Proposal};
use crate::case::rulebook::Rulebook;
use crate::case::timers::ClockKind;
use crate::kernel::ids::{StaffId, UnitId};
use crate::kernel::ladder::Rung;
use crate::kernel::org::{OrgChart, Role, UnitKind};
use crate::notify::audience::{Addressee, Audience, Urgency, WORKERS, Why};

/// Danger and households in need cannot wait; whatever else happens to a case is in the inbox at once and in the
/// digest.
fn urgency_of(tier: Tier) -> Urgency {
    if tier <= Tier::P1 {
        Urgency::Immediate
    } else {
        Urgency::Digest
    }
}

/// Everyone who hears of a new case: every filled post of every unit up the chain, from ordinary staff to the
/// secretary.
pub fn of_new_case(case: &Case, rules: &Rulebook, now: Timestamp) -> Vec<Addressee> {
    let mut list = List::new(&rules.org, case, now, urgency_of(case.tier));
    for unit in rules.org.chain(&case.report.place.community) {
        let roles: Vec<Role> = rules
            .org
            .filled_roles(&unit.id, now)
            .into_iter()
            .filter(|role| *role != Role::Operator)
            .collect();
        list.to.add_filled(&unit.id, &roles, Why::Chain);
    }
    if list.to.is_empty() {
        list.to.desk();
    }
    list.to.finish()
}

/// Everyone who hears of a later event; no post for those that only the resident is told of.
pub fn of_event(event: &Event, case: &Case, rules: &Rulebook, now: Timestamp) -> Vec<Addressee> {
    if let EventKind::Reminded(reminder) = &event.kind {
        return of_reminder(reminder, case, rules, now);
    }
    let list = |urgency| List::new(&rules.org, case, now, urgency);
    let soon = match &event.kind {
        // Supervision and the reporter speak like the urging rung, whatever the case is about.
        EventKind::SupervisionOrdered { .. } | EventKind::Directed { .. } | EventKind::Urged => {
            Urgency::Immediate
        }
        _ => urgency_of(case.tier),
    };
    let (mut soon, mut later) = (list(soon), list(Urgency::Digest));
    let (circle, named) = heard_by(&event.kind);
    match circle {
        Circle::AssigneeSoon => soon.assignee(),
        Circle::DeskSoon => soon.to.desk(),
        Circle::BothSoon => {
            soon.assignee();
            soon.to.desk();
        }
        Circle::BothLater => {
            later.assignee();
            later.to.desk();
        }
        Circle::NamedOnly => {}
    }
    match named {
        Named::None => {}
        Named::Chain(unit) => soon.to.add(unit, WORKERS, Why::Chain),
        Named::Helper(unit) => soon.to.add(unit, WORKERS, Why::Helper),
        Named::FormerHelper(unit) => later.to.add(unit, WORKERS, Why::Helper),
        Named::Awaited(unit) => later.to.add(unit, WORKERS, Why::Awaited),
        Named::Approver(person) => later.to.person(person, Why::Approver),
        Named::Approvers(matter) => later.approvers(matter),
        Named::Head => soon.to.head_of(case.responsible_unit()),
        Named::Supervision => {
            soon.to.head_of(case.responsible_unit());
            soon.to.supervision();
        }
        Named::Hands => later.hands(event),
    }
    let mut heard = soon.to.finish();
    heard.extend(later.to.finish());
    heard
}

/// Whom an event concerns by its kind, beside those that it names.
enum Circle {
    /// The unit that has the case, at once.
    AssigneeSoon,
    /// The desk, at once.
    DeskSoon,
    /// Both, at once.
    BothSoon,
    /// Both, with the next digest.
    BothLater,
    /// Only those that the event names; none for what only the resident is told of.
    NamedOnly,
}

/// Whom an event names.
enum Named<'e> {
    None,
    /// The unit below, which gave the case away.
    Chain(&'e UnitId),
    Helper(&'e UnitId),
    FormerHelper(&'e UnitId),
    Awaited(&'e UnitId),
    Approver(&'e StaffId),
    /// All who may decide in a matter.
    Approvers(Matter),
    /// The head of the unit.
    Head,
    /// The head of the unit, and those who supervise it.
    Supervision,
    /// All units that have worked on the case.
    Hands,
}

#[rustfmt::skip]
fn heard_by(kind: &EventKind) -> (Circle, Named<'_>) {
    let nobody = Named::None;
    match kind {
        EventKind::Assigned { .. } | EventKind::HandedDown { .. } => (Circle::AssigneeSoon, nobody),
        EventKind::Escalated { from, .. } => (Circle::AssigneeSoon, Named::Chain(from)),
        EventKind::SupervisionOrdered { .. }
        | EventKind::Directed { .. } => (Circle::AssigneeSoon, Named::Supervision),
        EventKind::Returned { .. }
        | EventKind::Resolved { .. }
        | EventKind::Secured { .. }
        | EventKind::Reopened { .. } => (Circle::DeskSoon, nobody),
        // The unit that has the case may need it, and the desk must look before everyone sees it.
        // And when a report is withdrawn, the unit may be on its way.
        EventKind::PhotoArrived { .. }
        | EventKind::Replied { .. }
        | EventKind::Withdrawn { .. } => (Circle::BothSoon, nobody),
        EventKind::Held { waits_for, .. } => {
            (Circle::BothLater, waits_for.as_ref().map_or(nobody, Named::Awaited))
        }
        EventKind::Resumed { approver, .. } => {
            (Circle::BothLater, approver.as_ref().map_or(nobody, Named::Approver))
        }
        EventKind::Urged => (Circle::AssigneeSoon, Named::Head),
        EventKind::Objected { .. } => (Circle::BothSoon, Named::Head),
        EventKind::Declined { .. }
        | EventKind::ConsentRevoked
        | EventKind::Confirmed { .. }
        | EventKind::ContactSet
        | EventKind::ContactErased
        | EventKind::Extended { .. }
        | EventKind::CalendarChanged { promise: Some(_), .. }
        | EventKind::HoldReviewed { .. }
        | EventKind::SignedOff { .. }
        | EventKind::PartFinished { .. }
        | EventKind::Noted { to: NoteTo::Internal, .. } => (Circle::BothLater, nobody),
        EventKind::Involved { unit, .. } => (Circle::NamedOnly, Named::Helper(unit)),
        EventKind::Released { unit, .. } => (Circle::NamedOnly, Named::FormerHelper(unit)),
        EventKind::Proposed { matter, .. } => (Circle::NamedOnly, Named::Approvers(*matter)),
        EventKind::Refused { .. } | EventKind::Merged { .. } => (Circle::NamedOnly, Named::Hands),
        // A reminder has an audience of its own; of internal deadlines a late unit is reminded by the clock itself.
        EventKind::Reminded(_)
        | EventKind::CalendarChanged { promise: None, .. }
        | EventKind::Received { .. }
        | EventKind::Corrected { .. }
        | EventKind::PhotosAnnounced { .. }
        | EventKind::EnteredLate { .. }
        | EventKind::Triaged { .. }
        | EventKind::PublicationChanged { .. }
        | EventKind::Accepted
        | EventKind::Noted { to: NoteTo::Resident, .. }
        | EventKind::Split { .. }
        | EventKind::VisitScheduled { .. }
        | EventKind::Arrived
        | EventKind::Closed { .. } => (Circle::NamedOnly, nobody),
    }
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
        // By then it is a matter of lists and signatures, unless a person is in danger or need.
        Rung::Report => urgency_of(case.tier),
    };
    let mut list = List::new(&rules.org, case, now, urgency);
    let late = rung >= Rung::Red;
    match reminder.clock {
        ClockKind::Resolve => list.resolve_rung(rung, rules),
        ClockKind::Triage | ClockKind::FollowUp => {
            list.to.desk();
            if late {
                list.to.head_of(&case.report.place.community);
            }
        }
        ClockKind::Approval => {
            for proposal in &case.proposals {
                list.approvers(proposal.ask.matter());
            }
            if list.to.is_empty() || late {
                list.to.supervision();
            }
        }
        ClockKind::OtherUnit => list.awaited(late),
        ClockKind::Supervision => {
            list.assignee();
            list.to.head_of(case.responsible_unit());
            list.approvers(Matter::Supervision);
            list.to.supervision();
        }
        ClockKind::Accept
        | ClockKind::Contact
        | ClockKind::ReturnWindow
        | ClockKind::ResidentUpdate
        | ClockKind::Secure
        | ClockKind::Visit => {
            list.assignee();
            list.to.desk();
            if late {
                list.to.head_of(case.responsible_unit());
            }
        }
    }
    list.to.finish()
}

/// The audience of a case: units by what they have to do with it.
struct List<'a> {
    to: Audience<'a>,
    case: &'a Case,
}

impl<'a> List<'a> {
    fn new(org: &'a OrgChart, case: &'a Case, now: Timestamp, urgency: Urgency) -> Self {
        Self {
            to: Audience::new(org, &case.report.place.community, now, urgency),
            case,
        }
    }

    /// The rows of the resolve ladder; every later rung reaches one level more.
    fn resolve_rung(&mut self, rung: Rung, rules: &Rulebook) {
        let community = self.case.report.place.community.clone();
        if rung == Rung::Repeat {
            self.to.supervision();
            return;
        }
        self.assignee();
        if rung == Rung::Yellow {
            self.to.desk();
        }
        if rung >= Rung::Due {
            self.to.head_of(&community);
        }
        let subdistrict = self
            .to
            .org
            .ancestor(&community, UnitKind::Subdistrict)
            .map(|unit| unit.id.clone());
        if let Some(subdistrict) = subdistrict.filter(|_| rung >= Rung::Red) {
            self.to.head_of(&subdistrict);
            if rung >= Rung::Notice {
                self.to
                    .add(&subdistrict, &[Role::SubdistrictSecretary], Why::Head);
            }
        }
        if rung >= Rung::Notice {
            self.liaison(rules);
        }
        if rung >= Rung::Report {
            self.to.supervision();
        }
    }

    /// The workers of the assigned unit, or the desk while no unit has the case.
    fn assignee(&mut self) {
        let Some(assignment) = self.case.assignment.clone() else {
            return self.to.desk();
        };
        self.to.add(&assignment.unit, WORKERS, Why::Assignee);
        if let Some(person) = &assignment.person {
            self.to.name(&assignment.unit, person);
        }
    }

    /// Every unit that has to do with a case that ends with this event, so that it works no longer: the unit that has
    /// it, helps, or was waited for. Mostly there is none, because the desk refuses and merges what no unit has; but
    /// parts end with their whole.
    fn hands(&mut self, event: &Event) {
        let case = self.case;
        if case.assignment.is_some() {
            self.assignee();
        }
        for helper in case.co_handlers.iter().filter(|helper| !helper.done) {
            self.to.add(&helper.unit, WORKERS, Why::Helper);
        }
        let ended = |hold: &&Hold| hold.span.to == Some(event.at);
        let awaited = case.holds.last().filter(ended);
        if let Some(unit) = awaited.and_then(|hold| hold.waits_for.as_ref()) {
            self.to.add(unit, WORKERS, Why::Awaited);
        }
    }

    /// Those who may grant what was asked for: the heads of the asking unit, in the posts that the promises name, or
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
                    Some(unit) => self.to.add(&unit, &[*approver], Why::Approver),
                    None => self.head_beside(proposal),
                }
            }
        }
    }

    /// The first head of the asking unit, or above it, who did not ask: a person does not grant their own request.
    fn head_beside(&mut self, proposal: &Proposal) {
        let chain = self.to.org.chain(&proposal.unit).into_iter();
        let mut heads = chain.map(|link| (link.id.clone(), link.kind.head_roles()));
        let found = heads.find(|(unit, roles)| {
            let mut roles = roles.iter();
            roles.any(|role| self.has_other(unit, *role, proposal))
        });
        match found {
            Some((unit, roles)) => self.to.add(&unit, roles, Why::Approver),
            None => self.to.supervision(),
        }
    }

    /// Whether a person other than the one who asked can be spoken to in the role.
    fn has_other(&self, unit: &UnitId, role: Role, proposal: &Proposal) -> bool {
        let present = self.to.org.present(unit, role, self.to.now).into_iter();
        present
            .map(|person| Some(&person.id))
            .any(|id| id != proposal.by.as_ref())
    }

    /// The units in which an extension may be granted, lowest first.
    fn granting_chain(&self) -> Vec<UnitId> {
        let community = &self.case.report.place.community;
        let of_unit = self.to.org.chain(self.case.responsible_unit()).into_iter();
        of_unit
            .chain(self.to.org.chain(community))
            .map(|unit| unit.id.clone())
            .collect()
    }

    /// Who signs orders of supervision: director and secretary of the subdistrict.
    fn signers(&mut self) {
        let community = &self.case.report.place.community;
        let subdistrict = self.to.org.ancestor(community, UnitKind::Subdistrict);
        let unit = subdistrict.map_or_else(|| community.clone(), |unit| unit.id.clone());
        let roles = [Role::SubdistrictDirector, Role::SubdistrictSecretary];
        self.to.add(&unit, &roles, Why::Approver);
    }

    /// The unit that is waited for, and its head when it is late.
    fn awaited(&mut self, late: bool) {
        let Some(unit) = self.case.awaited_unit().cloned() else {
            return self.assignee();
        };
        self.to.add(&unit, WORKERS, Why::Awaited);
        if late {
            self.to.head_of(&unit);
        }
    }

    /// The liaison of the department that has the case, or else of the one its category names.
    fn liaison(&mut self, rules: &Rulebook) {
        let assigned = self
            .case
            .assignment
            .as_ref()
            .map(|assignment| &assignment.unit);
        let assigned = assigned.filter(|unit| {
            self.to
                .org
                .unit_of_kind(unit, UnitKind::Department)
                .is_some()
        });
        let of_category = self
            .case
            .category
            .as_ref()
            .and_then(|id| rules.category(id))
            .map(|found| &found.department);
        if let Some(department) = assigned.or(of_category) {
            let department = department.clone();
            self.to
                .add(&department, &[Role::DepartmentLiaison], Why::Assignee);
        }
    }
}
