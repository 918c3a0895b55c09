//! The digest of the working morning: what is late, what comes due, what is new, and what waits for whom.
//!
//! It is computed from the queues at the time at which it is sent: nothing is collected, so nothing can be forgotten,
//! and after an outage there is one, of today.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::case::overdue::Promise;
use crate::case::state::State;
use crate::kernel::calendar::{Calendar, date_of};
use crate::kernel::deadline::due_day;
use crate::kernel::ids::{CaseId, CategoryId, StaffId, UnitId};
use crate::kernel::org::{OrgChart, Role, UnitKind};
use crate::notify::digest_schedule::ReaderRoles;

/// What the digest must know of an open case: what queues hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The case.
    pub id: CaseId,
    /// Where it stands.
    pub state: State,
    /// Its community.
    pub community: UnitId,
    /// Who has it.
    pub unit: Option<UnitId>,
    /// The person who has it.
    pub person: Option<StaffId>,
    /// What kind it is.
    pub category: Option<CategoryId>,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it is promised; none while a hold is open that began before that.
    pub due_at: Option<Timestamp>,
    /// Whether it was done later than promised.
    pub missed: bool,
}

impl Entry {
    /// What tells whether the case is overdue.
    fn promise(&self) -> Promise {
        Promise {
            state: self.state,
            due_at: self.due_at,
            missed: self.missed,
        }
    }

    /// Whether the promise was missed.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.promise().is_overdue(now)
    }
}

/// Why a case is in a digest; a case is in the first section that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// 红牌: late.
    Red,
    /// Due today.
    Today,
    /// Due by the end of the next working day.
    Next,
    /// Received since the last digest.
    New,
    /// Waits for the reader: to be taken, dealt out, or checked.
    Waiting,
}

impl Section {
    /// The stable code of its heading.
    pub fn code(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Today => "today",
            Self::Next => "next",
            Self::New => "new",
            Self::Waiting => "waiting",
        }
    }
}

/// A unit's line in the table of the week.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases that are not closed.
    pub open: u32,
    /// Of these, late.
    pub overdue: u32,
    /// Of these, on hold.
    pub on_hold: u32,
}

/// The time of a digest.
#[derive(Debug, Clone, Copy)]
pub struct Morning<'a> {
    /// Now.
    pub now: Timestamp,
    /// The digest before.
    pub since: Timestamp,
    /// The working days.
    pub calendar: &'a Calendar,
}

impl Morning<'_> {
    /// Whether this is the first working day of its week, on which leaders get the table.
    pub fn is_first_of_week(&self) -> bool {
        let today = date_of(self.now);
        let before = self.calendar.previous_working_day(today);
        let week = |day: Date| (day.iso_week_date().year(), day.iso_week_date().week());
        week(before) != week(today)
    }
}

/// What one reader is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    /// The cases by section, the earliest due first.
    pub sections: BTreeMap<Section, Vec<Entry>>,
    /// The table of the week; empty on other days.
    pub table: BTreeMap<UnitId, Tally>,
}

impl Digest {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty() && self.table.is_empty()
    }
}

/// The digest of a person, or of a whole unit, from the queues that the roles may read.
pub fn compose<'e>(
    reader_roles: impl IntoIterator<Item = (&'e ReaderRoles, &'e [Entry])>,
    person: Option<&StaffId>,
    morning: Morning<'_>,
    org: &OrgChart,
) -> Digest {
    let mut digest = Digest::default();
    let mut found: BTreeMap<CaseId, (Section, &Entry)> = BTreeMap::new();
    for (reader, entries) in reader_roles {
        let own = org.unit(&reader.unit).map(|unit| unit.kind);
        let is_own = matches!(own, Some(UnitKind::Department | UnitKind::Team));
        for entry in entries {
            // In the queue of a department or team stands only what it has, helps with, or owes an answer to.
            let is_asked = is_own && entry.unit.as_ref() != Some(&reader.unit);
            if let Some(section) = section(entry, reader, is_asked, person, morning) {
                let best = found.entry(entry.id).or_insert((section, entry));
                best.0 = best.0.min(section);
            }
        }
        if morning.is_first_of_week() && reader.roles.iter().any(|role| role.is_leader()) {
            count(&mut digest.table, reader, entries, morning.now, org);
        }
    }
    for (section, entry) in found.into_values() {
        let section = digest.sections.entry(section).or_default();
        section.push(entry.clone());
    }
    for entries in digest.sections.values_mut() {
        entries.sort_by_key(|entry| (entry.due_at.is_none(), entry.due_at, entry.id));
    }
    digest
}

/// In which section a reader finds the case, if any.
fn section(
    entry: &Entry,
    reader: &ReaderRoles,
    is_asked: bool,
    person: Option<&StaffId>,
    morning: Morning<'_>,
) -> Option<Section> {
    let is_desk = reader.roles.contains(&Role::DeskOfficer);
    let is_doer = reader.roles.iter().any(|role| role.is_doer());
    let is_leader = reader.roles.iter().any(|role| role.is_leader());
    let is_here = entry.unit.as_ref() == Some(&reader.unit);
    // What was given to a colleague by name is not the reader's; a unit's own digest speaks for all in it.
    let is_anothers = entry.person.is_some() && person.is_some() && entry.person.as_ref() != person;
    let concerns = is_desk || (is_doer && (is_asked || is_here && !is_anothers));

    let today = date_of(morning.now);
    let day = entry.promise().open_due().map(due_day);
    if entry.is_overdue(morning.now) && (is_leader || concerns) {
        Some(Section::Red)
    } else if !concerns {
        None
    } else if day.is_some_and(|day| day <= today) {
        Some(Section::Today)
    } else if day.is_some_and(|day| day <= morning.calendar.next_working_day(today)) {
        Some(Section::Next)
    } else if entry.received_at >= morning.since {
        Some(Section::New)
    } else {
        let is_waiting = match entry.state {
            _ if is_asked => true,
            State::Assigned | State::Escalated => is_here && !is_anothers,
            State::Submitted
            | State::Triaged
            | State::Returned
            | State::Reopened
            | State::Resolved => is_desk && entry.community == reader.unit,
            _ => false,
        };
        is_waiting.then_some(Section::Waiting)
    }
}

/// Counts the cases by the units right below the reader's, or by itself when its cases lie nowhere below it.
fn count(
    table: &mut BTreeMap<UnitId, Tally>,
    reader: &ReaderRoles,
    entries: &[Entry],
    now: Timestamp,
    org: &OrgChart,
) {
    for entry in entries {
        let chain = org.chain(&entry.community);
        let below = chain
            .iter()
            .take_while(|unit| unit.id != reader.unit)
            .last();
        let is_within = chain.iter().any(|unit| unit.id == reader.unit);
        let unit = below
            .filter(|_| is_within)
            .map_or(&reader.unit, |unit| &unit.id);
        let tally = table.entry(unit.clone()).or_default();
        tally.open += 1;
        tally.overdue += u32::from(entry.is_overdue(now));
        tally.on_hold += u32::from(entry.state == State::OnHold);
    }
}
