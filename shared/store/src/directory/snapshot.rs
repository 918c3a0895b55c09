//! Changing the directory: what is there is read fresh and whole, and each change is written with the next entry of the
//! log.
//!
//! The log is the lock. Its entries are numbered without holes, a change is written only together with the entry whose
//! number follows the last one that was read, and so of two people who change different things at once the second reads
//! and checks the whole again: together they cannot break what each alone would keep.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use zhitiao_domain::kernel::calendar::CalendarData;
use zhitiao_domain::kernel::ids::{DistrictId, StaffId, UnitId};
use zhitiao_domain::kernel::org::{Staff, Unit};
use zhitiao_domain::notify::channel::{ChannelName, ChannelSettings};

use crate::directory::{COMMAND, Directory, DirectoryData, VERSION, channels};
use crate::error::StoreError;
use crate::item::{Item, from_item, moment, n, s, to_item};
use crate::keys;
use crate::table::sort_key;
use crate::transaction::Transaction;
use crate::write::Write;

/// The directory as it is now.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Everything in it.
    pub data: DirectoryData,
    /// The number of the latest change; 0 while everything is as it was seeded.
    pub number: u64,
    versions: BTreeMap<String, u64>,
    commands: BTreeMap<u32, String>,
}

impl Snapshot {
    /// The version of a unit: the number of the change that last wrote it.
    pub fn version_of_unit(&self, id: &UnitId) -> u64 {
        self.version(&keys::unit(id))
    }

    /// The version of a member of staff.
    pub fn version_of_staff(&self, id: &StaffId) -> u64 {
        self.version(&keys::staff(id))
    }

    fn version(&self, key: &str) -> u64 {
        self.versions.get(key).copied().unwrap_or_default()
    }

    /// The versions of the calendar with the commands that loaded them.
    pub fn calendar_commands(&self) -> impl Iterator<Item = (u32, &str)> {
        self.commands
            .iter()
            .map(|(version, command)| (*version, command.as_str()))
    }

    fn add(&mut self, item: Item) -> Result<(), StoreError> {
        let key = sort_key(&item)?.to_owned();
        let version = item.get(VERSION).and_then(|value| value.as_n().ok());
        if let Some(version) = version {
            let version = version.parse().map_err(StoreError::malformed)?;
            self.versions.insert(key, version);
        }
        let command = item
            .get(COMMAND)
            .and_then(|value| value.as_s().ok())
            .cloned();
        self.data.add(item)?;
        if let (Some(command), Some(calendar)) = (command, self.data.calendars.last()) {
            self.commands.insert(calendar.version, command);
        }
        Ok(())
    }

    /// The directory as the change leaves it.
    #[must_use]
    pub fn after(&self, change: &DirectoryChange) -> Self {
        let mut after = self.clone();
        after.number = change.number;
        let data = &mut after.data;
        let key = match &change.what {
            // The directory as it is loaded has no channels.
            Subject::Channel { .. } => return after,
            Subject::Unit { after, .. } => {
                data.units.retain(|unit| unit.id != after.id);
                data.units.push(after.as_ref().clone());
                keys::unit(&after.id)
            }
            Subject::Staff { after, .. } => {
                data.staff.retain(|person| person.id != after.id);
                data.staff.push(after.as_ref().clone());
                keys::staff(&after.id)
            }
            Subject::Calendar { table, .. } => {
                data.calendars.push(table.clone());
                keys::calendar(table.version)
            }
        };
        after.versions.insert(key, change.number);
        after
    }
}

/// What a change was about, before and after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Subject {
    /// A unit; none before when it is new.
    Unit {
        /// The unit before.
        before: Option<Box<Unit>>,
        /// The unit after.
        after: Box<Unit>,
    },
    /// A member of staff; none before when they are new.
    Staff {
        /// The person before.
        before: Option<Box<Staff>>,
        /// The person after.
        after: Box<Staff>,
    },
    /// A new version of the calendar. The log keeps its number and origin; the days stand in the directory.
    Calendar {
        /// The version.
        version: u32,
        /// Where its dates come from.
        source: String,
        /// The first and the last year that it announces.
        coverage: (i16, i16),
        /// The table itself, for the write.
        #[serde(skip, default = "no_table")]
        table: CalendarData,
        /// The command that loads it.
        #[serde(skip)]
        command: String,
    },
    /// A channel of a unit was set or taken away. The log keeps no address and no key.
    Channel {
        /// The unit.
        unit: UnitId,
        /// Which channel.
        channel: ChannelName,
        /// Whether the unit has it since.
        set: bool,
        /// The settings, for the write.
        #[serde(skip)]
        settings: Option<ChannelSettings>,
    },
}

fn no_table() -> CalendarData {
    CalendarData {
        version: 0,
        source: String::new(),
        coverage: (0, 0),
        years: BTreeMap::new(),
    }
}

impl Subject {
    /// A calendar that is loaded by a command.
    pub fn calendar(table: CalendarData, command: String) -> Self {
        Self::Calendar {
            version: table.version,
            source: table.source.clone(),
            coverage: table.coverage,
            table,
            command,
        }
    }

    /// The write of the change of that number.
    fn write(&self, district: &DistrictId, number: u64) -> Result<Write, StoreError> {
        let (sk, mut item) = match self {
            Self::Channel {
                unit,
                channel,
                settings,
                ..
            } => return channels::write(district, (unit, *channel), settings.as_ref(), number),
            Self::Unit { after, .. } => (keys::unit(&after.id), to_item(after)?),
            Self::Staff { after, .. } => (keys::staff(&after.id), to_item(after)?),
            Self::Calendar { table, command, .. } => {
                let mut item = to_item(table)?;
                item.insert(COMMAND.to_owned(), s(command));
                (keys::calendar(table.version), item)
            }
        };
        item.insert("pk".to_owned(), s(district.as_str()));
        item.insert("sk".to_owned(), s(sk));
        item.insert(VERSION.to_owned(), n(number));
        Ok(Write::put(item))
    }
}

/// One entry of the log: who changed what, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectoryChange {
    /// Its number: 1, 2, 3 without holes.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: StaffId,
    /// What.
    pub what: Subject,
}

#[derive(Serialize, Deserialize)]
struct ChangeItem {
    pk: String,
    sk: String,
    at: i64,
    by: StaffId,
    what: Subject,
}

impl ChangeItem {
    fn change(self) -> Result<DirectoryChange, StoreError> {
        let number = self.sk.trim_start_matches("CHANGE#").parse();
        Ok(DirectoryChange {
            number: number.map_err(StoreError::malformed)?,
            at: moment(self.at)?,
            by: self.by,
            what: self.what,
        })
    }
}

impl Directory {
    /// The directory as it is now, strongly consistent, for an editor who changes it. An unknown district has none.
    ///
    /// The log is read first: what is written meanwhile makes the number too low, and the change is refused.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn snapshot(&self, district: &DistrictId) -> Result<Option<Snapshot>, StoreError> {
        let latest = self.changes(district, None, 1).await?;
        let mut snapshot = Snapshot {
            data: DirectoryData::default(),
            number: latest.first().map_or(0, |change| change.number),
            versions: BTreeMap::new(),
            commands: BTreeMap::new(),
        };
        let items = self.table.hash(district.to_string()).consistent().all();
        for item in items.await? {
            snapshot.add(item)?;
        }
        Ok((!snapshot.data.units.is_empty()).then_some(snapshot))
    }

    /// Writes a change with its entry in the log, and with what else belongs to it, if nothing was changed since the
    /// snapshot was read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another editor changed something first.
    pub async fn apply(
        &self,
        district: &DistrictId,
        change: &DirectoryChange,
        mut with: Transaction,
    ) -> Result<(), StoreError> {
        let write = change.what.write(district, change.number)?;
        let entry = to_item(&ChangeItem {
            pk: keys::changes(district),
            sk: keys::change(change.number),
            at: change.at.as_millisecond(),
            by: change.by.clone(),
            what: change.what.clone(),
        })?;
        self.table.join(&mut with, Write::put_new(entry))?;
        self.table.join(&mut with, write)?;
        self.table.commit(with).await
    }

    /// Up to `limit` changes before number `before`, the newest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn changes(
        &self,
        district: &DistrictId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DirectoryChange>, StoreError> {
        let before = keys::change(before.unwrap_or(LAST));
        let query = self
            .table
            .hash(keys::changes(district))
            .range("sk < :before", ":before", s(before))
            .newest_first()
            .consistent()
            .limit(limit);
        let (items, _) = query.page().await?;
        items
            .into_iter()
            .map(|item| from_item::<ChangeItem>(item)?.change())
            .collect()
    }
}

/// More than ten digits hold no number.
const LAST: u64 = 9_999_999_999;
