//! Who is told in person of what happens to a case, and when a message about it is overtaken.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::case::promise::Tier;
use crate::case::state::State;
use crate::case::timers::ClockKind;
use crate::case::{Author, Case, Event, EventKind, Reminder};
use crate::kernel::ids::{CategoryId, StaffId, UnitId};
use crate::kernel::org::{OrgChart, Role, Staff};
use crate::notify::audience::{Addressee, Urgency};

/// Whether a message about a case of this tier is about danger to life: it reaches everybody at any hour.
///
/// No other message wakes a person. The directory does not say who is on call, so what households need (P1) is sent in
/// the group chats and at the webhooks of the units, which are staffed or not as each unit arranges it, and in pockets
/// by day.
pub fn is_critical(urgency: Urgency, tier: Tier) -> bool {
    urgency == Urgency::Immediate && tier == Tier::P0
}

/// How long one message about an incident stands for those like it.
pub const INCIDENT_PAUSE: SignedDuration = SignedDuration::from_mins(1);

/// How much later the message that counts what was held back may come; then the next one is sent as it is.
pub const INCIDENT_GRACE: SignedDuration = SignedDuration::from_mins(2);

/// What makes messages about danger one incident to their receivers: the same kind of thing in the same community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// The community.
    pub community: UnitId,
    /// The kind; `None` while the case has none.
    pub category: Option<CategoryId>,
}

/// The incident that a message is about; `None` when it is not about danger to life.
pub fn incident(urgency: Urgency, case: &Case) -> Option<Incident> {
    is_critical(urgency, case.tier).then(|| Incident {
        community: case.report.place.community.clone(),
        category: case.category.clone(),
    })
}

/// Whether no unit has accepted the case, so that no staff are on the way.
pub fn is_unaccepted(case: &Case) -> bool {
    matches!(
        case.state,
        State::Submitted
            | State::Triaged
            | State::Assigned
            | State::Escalated
            | State::Returned
            | State::Reopened
    )
}

/// A person who is told of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient<'a> {
    /// The person.
    pub person: &'a Staff,
    /// What the person's unit is told, and why.
    pub addressee: &'a Addressee,
    /// How soon the person must read it.
    pub urgency: Urgency,
}

/// The persons behind the addressees, each once: those present in the roles, or instead of the doers the one person
/// that the case was given to. The author of the event gets no message about it.
pub fn recipients<'a>(
    audience: &'a [Addressee],
    case: &Case,
    event: Option<&Event>,
    org: &'a OrgChart,
    now: Timestamp,
) -> Vec<Recipient<'a>> {
    let author = match event.map(|event| &event.author) {
        Some(Author::Staff { id, .. }) => Some(id),
        _ => None,
    };
    let mut by_person: BTreeMap<&StaffId, Recipient<'a>> = BTreeMap::new();
    for addressee in audience {
        for (person, role) in persons(addressee, org, now) {
            if Some(&person.id) == author {
                continue;
            }
            let urgency = urgency(addressee, role, case.tier, event);
            let entry = by_person.entry(&person.id).or_insert(Recipient {
                person,
                addressee,
                urgency,
            });
            if urgency > entry.urgency {
                (entry.addressee, entry.urgency) = (addressee, urgency);
            }
        }
    }
    by_person.into_values().collect()
}

/// Leaders hear in person of what is late and of danger, not of every new case of their area.
fn urgency(addressee: &Addressee, role: Role, tier: Tier, event: Option<&Event>) -> Urgency {
    if event.is_none() && tier != Tier::P0 && role.is_leader() {
        Urgency::Digest
    } else {
        addressee.urgency
    }
}

fn persons<'a>(addressee: &Addressee, org: &'a OrgChart, now: Timestamp) -> Vec<(&'a Staff, Role)> {
    let named = addressee.person.as_ref();
    let named = named.and_then(|id| org.stand_in(id, now));
    let mut persons: Vec<_> = named
        .map(|person| (person, Role::Handler))
        .into_iter()
        .collect();
    for role in &addressee.roles {
        if named.is_none() || !role.is_doer() {
            let present = org.present(&addressee.unit, *role, now);
            persons.extend(present.into_iter().map(|person| (person, *role)));
        }
    }
    persons
}

/// Whether what a message says is no longer so: it waited, or the case moved on meanwhile. No post is told of it then.
pub fn is_overtaken(event: Option<&Event>, case: &Case) -> bool {
    let Some(event) = event else {
        return !matches!(case.state, State::Submitted | State::Triaged);
    };
    match &event.kind {
        EventKind::Reminded(reminder) => is_reminder_overtaken(reminder, case),
        EventKind::Assigned { unit, .. }
        | EventKind::Escalated { unit, .. }
        | EventKind::HandedDown { unit, .. } => {
            let is_untaken = matches!(case.state, State::Assigned | State::Escalated);
            !is_untaken || case.responsible_unit() != unit
        }
        EventKind::Returned { .. } => case.state != State::Returned,
        EventKind::Resolved { .. } => case.state != State::Resolved,
        EventKind::Reopened { .. } | EventKind::Objected { .. } => {
            !matches!(case.state, State::Reopened | State::Escalated)
        }
        _ => false,
    }
}

/// Whether the reason of a reminder is gone: the case was finished, put on hold, or given to another unit.
pub fn is_reminder_overtaken(reminder: &Reminder, case: &Case) -> bool {
    let timer = case.timers.get(reminder.clock);
    let is_running =
        timer.is_some_and(|timer| timer.stopped.is_none() && timer.version == reminder.due_version);
    let is_held = reminder.clock == ClockKind::Resolve && case.state == State::OnHold;
    !case.state.is_open() || !is_running || is_held
}
