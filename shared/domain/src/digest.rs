//! The digest of the working morning: what is late, what comes due, what is new, and what waits for whom.
//!
//! It is computed from the queues at the time at which it is sent: nothing is collected, so nothing can be forgotten, and
//! after an outage there is one, of today.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time, time};

use serde::{Deserialize, Serialize};

use crate::calendar::{CLOSE_OF_BUSINESS, Calendar, OFFSET, date_of, moment_of};
use crate::clock::due_day;
use crate::ids::{CaseId, CategoryId, StaffId, UnitId};
use crate::org::{OrgChart, Role, Staff, UnitKind};
use crate::overdue::Promise;
use crate::state::State;

/// The local time of the digest on working days: 08:45.
pub const MORNING: Time = time(8, 45, 0, 0);

/// The moment of the digest of a day.
pub fn moment(day: Date) -> Timestamp {
    moment_of(day, MORNING)
}

/// The first digest after a moment.
pub fn next_morning(after: Timestamp, calendar: &Calendar) -> Timestamp {
    let today = date_of(after);
    let of_today = moment(today);
    if calendar.is_working_day(today) && of_today > after {
        of_today
    } else {
        moment(calendar.next_working_day(today))
    }
}

/// The last digest that there should have been by a moment.
pub fn last_morning(by: Timestamp, calendar: &Calendar) -> Timestamp {
    let today = date_of(by);
    let of_today = moment(today);
    if calendar.is_working_day(today) && of_today <= by {
        of_today
    } else {
        moment(calendar.previous_working_day(today))
    }
}

/// The day whose digest is to be sent now: today's, from 08:45 of a working day until its close of business.
///
/// Later than that an outage has swallowed it: tomorrow's says what is still so.
pub fn day_of(now: Timestamp, calendar: &Calendar) -> Option<Date> {
    let local = OFFSET.to_datetime(now);
    let is_time = (MORNING..CLOSE_OF_BUSINESS).contains(&local.time());
    (is_time && calendar.is_working_day(local.date())).then_some(local.date())
}

/// For whom a digest is: those who deal out and do the work, or those who lead them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readers {
    /// Desk officers and those who do the work.
    Workers,
    /// Directors, secretaries, heads and supervisors: only what is late, and the table of the week.
    Leaders,
}

impl Readers {
    /// Both, for whoever writes to each.
    pub const ALL: [Self; 2] = [Self::Workers, Self::Leaders];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::Leaders => "leaders",
        }
    }

    /// As which reader a role gets the digest. Grid workers file and operators run: neither has cases.
    pub fn of(role: Role) -> Option<Self> {
        if role.is_leader() {
            Some(Self::Leaders)
        } else if role.is_doer() || role == Role::DeskOfficer {
            Some(Self::Workers)
        } else {
            None
        }
    }
}

/// The roles of one unit in which somebody reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The unit.
    pub unit: UnitId,
    /// The roles in it.
    pub roles: Vec<Role>,
}

/// The units in which anybody is present who reads a digest, by id.
pub fn units(org: &OrgChart, now: Timestamp) -> Vec<UnitId> {
    let posts = org.all_staff().flat_map(|person| &person.posts);
    let mut units: Vec<UnitId> = posts
        .filter(|post| Readers::of(post.role).is_some())
        .filter(|post| org.is_filled(&post.unit, post.role, now))
        .map(|post| post.unit.clone())
        .collect();
    units.sort_unstable();
    units.dedup();
    units
}

/// The roles of the unit in which somebody is present, of one kind of readers.
pub fn roles(org: &OrgChart, unit: &UnitId, readers: Readers, now: Timestamp) -> Vec<Role> {
    let filled = org.filled_roles(unit, now).into_iter();
    filled
        .filter(|role| Readers::of(*role) == Some(readers))
        .collect()
}

/// The persons who get their digest with this unit's, with all posts in which they act: whoever is present here and has
/// no earlier post elsewhere, so that each person gets one.
pub fn persons(org: &OrgChart, unit: &UnitId, now: Timestamp) -> Vec<Staff> {
    let roles = Role::ALL.into_iter();
    let mut ids: Vec<&StaffId> = roles
        .filter(|role| Readers::of(*role).is_some())
        .flat_map(|role| org.present(unit, role, now))
        .map(|person| &person.id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .filter_map(|id| org.acting(id, now))
        .filter(|person| home(person) == Some(unit))
        .collect()
}

/// The unit with whose digest a person gets theirs.
pub fn home(person: &Staff) -> Option<&UnitId> {
    let mut posts = person.posts.iter();
    posts
        .find(|post| Readers::of(post.role).is_some())
        .map(|post| &post.unit)
}

/// Where a person reads, unit by unit.
pub fn seats(person: &Staff) -> Vec<Seat> {
    let mut by_unit: BTreeMap<&UnitId, Vec<Role>> = BTreeMap::new();
    for post in &person.posts {
        if Readers::of(post.role).is_some() {
            by_unit.entry(&post.unit).or_default().push(post.role);
        }
    }
    let seats = by_unit.into_iter();
    seats
        .map(|(unit, roles)| Seat {
            unit: unit.clone(),
            roles,
        })
        .collect()
}

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

/// The digest of a person, or of a whole unit, from the queues of the seats.
pub fn compose<'e>(
    seats: impl IntoIterator<Item = (&'e Seat, &'e [Entry])>,
    person: Option<&StaffId>,
    morning: Morning<'_>,
    org: &OrgChart,
) -> Digest {
    let mut digest = Digest::default();
    let mut found: BTreeMap<CaseId, (Section, &Entry)> = BTreeMap::new();
    for (seat, entries) in seats {
        let own = org.unit(&seat.unit).map(|unit| unit.kind);
        let is_own = matches!(own, Some(UnitKind::Department | UnitKind::Team));
        for entry in entries {
            // In the queue of a department or team stands only what it has, helps with, or owes an answer to.
            let is_asked = is_own && entry.unit.as_ref() != Some(&seat.unit);
            if let Some(section) = section(entry, seat, is_asked, person, morning) {
                let best = found.entry(entry.id).or_insert((section, entry));
                best.0 = best.0.min(section);
            }
        }
        if morning.is_first_of_week() && seat.roles.iter().any(|role| role.is_leader()) {
            count(&mut digest.table, seat, entries, morning.now, org);
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
    seat: &Seat,
    is_asked: bool,
    person: Option<&StaffId>,
    morning: Morning<'_>,
) -> Option<Section> {
    let is_desk = seat.roles.contains(&Role::DeskOfficer);
    let is_doer = seat.roles.iter().any(|role| role.is_doer());
    let is_leader = seat.roles.iter().any(|role| role.is_leader());
    let is_here = entry.unit.as_ref() == Some(&seat.unit);
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
            | State::Resolved => is_desk && entry.community == seat.unit,
            _ => false,
        };
        is_waiting.then_some(Section::Waiting)
    }
}

/// Counts the cases by the units right below the seat's, or by itself when its cases lie nowhere below it.
fn count(
    table: &mut BTreeMap<UnitId, Tally>,
    seat: &Seat,
    entries: &[Entry],
    now: Timestamp,
    org: &OrgChart,
) {
    for entry in entries {
        let chain = org.chain(&entry.community);
        let below = chain.iter().take_while(|unit| unit.id != seat.unit).last();
        let is_within = chain.iter().any(|unit| unit.id == seat.unit);
        let unit = below
            .filter(|_| is_within)
            .map_or(&seat.unit, |unit| &unit.id);
        let tally = table.entry(unit.clone()).or_default();
        tally.open += 1;
        tally.overdue += u32::from(entry.is_overdue(now));
        tally.on_hold += u32::from(entry.state == State::OnHold);
    }
}
