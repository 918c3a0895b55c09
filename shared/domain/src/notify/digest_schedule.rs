//! When digests are sent, and who reads one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time, time};
use serde::{Deserialize, Serialize};

use crate::kernel::calendar::{CLOSE_OF_BUSINESS, Calendar, OFFSET, date_of, moment_of};
use crate::kernel::ids::{StaffId, UnitId};
use crate::kernel::org::{OrgChart, Role, Staff};

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
    /// Both, for code that writes to each.
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

/// The roles of one unit that have readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderRoles {
    /// The unit.
    pub unit: UnitId,
    /// The roles in it.
    pub roles: Vec<Role>,
}

/// The units in which a person is present who reads a digest, by id.
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

/// The roles of the unit that are present, of one kind of readers.
pub fn roles(org: &OrgChart, unit: &UnitId, readers: Readers, now: Timestamp) -> Vec<Role> {
    let filled = org.filled_roles(unit, now).into_iter();
    filled
        .filter(|role| Readers::of(*role) == Some(readers))
        .collect()
}

/// The persons who get their digest with this unit's, with all posts in which they act: those who are present here
/// and have no earlier post elsewhere, so that each person gets one.
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
pub fn reader_roles(person: &Staff) -> Vec<ReaderRoles> {
    let mut by_unit: BTreeMap<&UnitId, Vec<Role>> = BTreeMap::new();
    for post in &person.posts {
        if Readers::of(post.role).is_some() {
            by_unit.entry(&post.unit).or_default().push(post.role);
        }
    }
    let reader_roles = by_unit.into_iter();
    reader_roles
        .map(|(unit, roles)| ReaderRoles {
            unit: unit.clone(),
            roles,
        })
        .collect()
}
