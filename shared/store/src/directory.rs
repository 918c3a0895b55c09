//! The directory: org chart, staff, categories, promises and calendar of a district as items that operators can edit,
//! read together and cached for a minute, so that a changed right counts within 60 s.

pub mod channels;
pub mod places;
pub mod seeding;
pub mod snapshot;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use zhitiao_domain::case::promise::{Category, Promises};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::calendar::{Calendar, CalendarData};
use zhitiao_domain::kernel::ids::{DistrictId, UnitId};
use zhitiao_domain::kernel::org::{OrgChart, Staff, Unit};
use zhitiao_domain::kernel::worded::Worded;
use zhitiao_domain::notify::channel::ChannelSettings;

use crate::error::StoreError;
use crate::item::{Item, from_item, s, to_item};
use crate::keys;
use crate::schema;
use crate::table::{Table, sort_key};

/// Seconds for which a district's directory, and the channels of a unit, may be used before they are read again.
const CACHED_SECONDS: i64 = 60;

/// The number of the change that last wrote an item; absent while it is as it was seeded.
pub(crate) const VERSION: &str = "ver";

/// The idempotency key by which an item was made, where a POST made it.
pub(crate) const COMMAND: &str = "cmd";

/// Whether what was read then may still be used.
fn is_fresh(read_at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(read_at);
    (SignedDuration::ZERO..SignedDuration::from_secs(CACHED_SECONDS)).contains(&age)
}

/// The channels of a unit, and when they were read.
type ReadChannels = (Timestamp, Arc<[ChannelSettings]>);

/// The directory table.
#[derive(Debug)]
pub struct Directory {
    pub(crate) table: Table,
    with_people: bool,
    cached: Mutex<HashMap<DistrictId, (Timestamp, Arc<Rulebook>)>>,
    channels: Mutex<HashMap<(DistrictId, UnitId), ReadChannels>>,
}

impl Directory {
    /// Opens the table.
    pub fn new(config: &aws_config::SdkConfig, table: String) -> Self {
        Self {
            table: Table::open(config, table),
            with_people: true,
            cached: Mutex::default(),
            channels: Mutex::default(),
        }
    }

    /// For functions that serve residents: their rulebooks know units, categories, promises and calendars, and nobody
    /// who works there. In a district of hundreds the people are most of what is read.
    pub fn without_people(self) -> Self {
        Self {
            with_people: false,
            ..self
        }
    }

    /// The district's rulebook, at most 60 s old. Reading it in Init also opens the connection, so that the first
    /// caller does not wait for a TLS handshake. An unknown district has none.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when the directory contradicts itself.
    pub async fn rulebook(
        &self,
        district: &DistrictId,
        now: Timestamp,
    ) -> Result<Option<Arc<Rulebook>>, StoreError> {
        // The lock is held while reading: callers that wait get the fresh copy instead of reading it again.
        let mut cached = self.cached.lock().await;
        if let Some((read_at, rulebook)) = cached.get(district)
            && is_fresh(*read_at, now)
        {
            return Ok(Some(Arc::clone(rulebook)));
        }
        let Some(rulebook) = self.load(district).await?.map(Arc::new) else {
            return Ok(None);
        };
        cached.insert(district.clone(), (now, Arc::clone(&rulebook)));
        Ok(Some(rulebook))
    }

    /// The rulebook of a district that must be there: its cases exist.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it is not.
    pub async fn require_rulebook(
        &self,
        district: &DistrictId,
        now: Timestamp,
    ) -> Result<Arc<Rulebook>, StoreError> {
        let found = self.rulebook(district, now).await?;
        found.ok_or_else(|| StoreError::no_directory(district))
    }

    async fn load(&self, district: &DistrictId) -> Result<Option<Rulebook>, StoreError> {
        let items = if self.with_people {
            self.stored(district).await?
        } else {
            // One after the other: at the same time they would open two connections.
            let query = || self.table.hash(district.to_string());
            let before = query().range("sk < :staff", ":staff", s(keys::STAFF));
            let behind = query().range("sk > :staff", ":staff", s(keys::AFTER_STAFF));
            let mut items = before.all().await?;
            items.extend(behind.all().await?);
            items
        };
        if items.is_empty() {
            return Ok(None);
        }
        let mut data = DirectoryData::default();
        for item in items {
            data.add(item)?;
        }
        data.rulebook().map(Some)
    }

    /// Every item of the district.
    pub(crate) async fn stored(&self, district: &DistrictId) -> Result<Vec<Item>, StoreError> {
        self.table.hash(district.to_string()).all().await
    }

    /// Says of a new directory that it is as the newest step leaves it: there is nothing to be done with it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn begins_with_newest(&self, district: &DistrictId) -> Result<(), StoreError> {
        match schema::SCHEMA {
            0 => Ok(()),
            newest => self.table.finish(district, newest).await,
        }
    }

    /// Refuses to work on stored data that is newer than this code, for functions that read no directory.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when it is.
    pub async fn require_known_data(&self, district: &DistrictId) -> Result<(), StoreError> {
        self.table.schema(district).await?.require(schema::SCHEMA)
    }

    /// Whether the district has a directory at all.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn is_empty(&self, district: &DistrictId) -> Result<bool, StoreError> {
        let query = self.table.hash(district.to_string()).limit(1);
        Ok(query.page().await?.0.is_empty())
    }

    /// Makes the stored directory that of `data`, after checking that it makes a rulebook. Returns how many items were
    /// written or deleted.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when the data contradicts itself or rewrites a stored version; nothing is written
    /// then.
    pub async fn write(
        &self,
        district: &DistrictId,
        data: DirectoryData,
    ) -> Result<usize, StoreError> {
        let plan = self.plan(district, &data).await?;
        let writes = plan.writes();
        self.execute(plan, |_| ()).await?;
        Ok(writes)
    }
}

/// The raw data of a directory, as files or items hold it.
#[derive(Debug, Clone, Default)]
pub struct DirectoryData {
    /// Units.
    pub units: Vec<Unit>,
    /// Staff.
    pub staff: Vec<Staff>,
    /// Categories.
    pub categories: Vec<Category>,
    /// Versions of the promises.
    pub promises: Vec<Promises>,
    /// Versions of the calendar; the highest is in force.
    pub calendars: Vec<CalendarData>,
}

impl DirectoryData {
    /// Reads the five files of a seed folder: `units.json`, `staff.json`, `categories.json`, `promises.json` and
    /// `calendar.json`.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] naming the file.
    pub fn from_folder(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            units: read_entries(folder, "units.json")?,
            staff: read_entries(folder, "staff.json")?,
            categories: read_entries(folder, "categories.json")?,
            promises: vec![read_file(folder, "promises.json")?],
            calendars: vec![cleaned(
                read_file(folder, "calendar.json")?,
                "calendar.json",
            )?],
        })
    }

    /// Checks the data and makes the rulebook.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] saying what contradicts what.
    pub fn rulebook(self) -> Result<Rulebook, StoreError> {
        let calendars = self.calendars.into_iter().map(Calendar::from_data);
        let calendars = calendars
            .collect::<Result<_, _>>()
            .map_err(StoreError::malformed)?;
        let org = OrgChart::new(self.units, self.staff).map_err(StoreError::malformed)?;
        Rulebook::new(org, calendars, self.categories, self.promises).map_err(StoreError::malformed)
    }

    pub(crate) fn add(&mut self, mut item: Item) -> Result<(), StoreError> {
        let key = sort_key(&item)?.to_owned();
        if key == schema::KEY {
            return schema::require_known(item);
        }
        for name in ["pk", "sk", VERSION, COMMAND] {
            item.remove(name);
        }
        match key.split_once('#').map(|(kind, _)| kind) {
            Some("UNIT") => self.units.push(from_item(item)?),
            Some("STAFF") => self.staff.push(from_item(item)?),
            Some("CATEGORY") => self.categories.push(from_item(item)?),
            Some("PROMISES") => self.promises.push(from_item(item)?),
            Some("CALENDAR") => self.calendars.push(from_item(item)?),
            _ => return Err(StoreError::malformed(format!("directory item {key}"))),
        }
        Ok(())
    }

    /// The items that hold it.
    pub(crate) fn items(&self, district: &DistrictId) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut add = |sk: String, item: Result<Item, StoreError>| -> Result<(), StoreError> {
            let mut item = item?;
            item.insert("pk".to_owned(), s(district.as_str()));
            item.insert("sk".to_owned(), s(sk));
            items.push(item);
            Ok(())
        };
        for unit in &self.units {
            add(keys::unit(&unit.id), to_item(unit))?;
        }
        for person in &self.staff {
            add(keys::staff(&person.id), to_item(person))?;
        }
        for category in &self.categories {
            add(format!("CATEGORY#{}", category.id), to_item(category))?;
        }
        for promises in &self.promises {
            add(
                format!("PROMISES#{:06}", promises.version),
                to_item(promises),
            )?;
        }
        for calendar in &self.calendars {
            add(keys::calendar(calendar.version), to_item(calendar))?;
        }
        Ok(items)
    }
}

/// A list of entries whose texts are clean.
fn read_entries<T: DeserializeOwned + Worded>(
    folder: &Path,
    name: &str,
) -> Result<Vec<T>, StoreError> {
    let entries: Vec<T> = read_file(folder, name)?;
    entries
        .into_iter()
        .map(|entry| cleaned(entry, name))
        .collect()
}

fn cleaned<T: Worded>(mut entry: T, file: &str) -> Result<T, StoreError> {
    match entry.clean().first() {
        None => Ok(entry),
        Some((field, fault)) => Err(StoreError::malformed(format!("{file}: {field}: {fault}"))),
    }
}

fn read_file<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, StoreError> {
    let path = folder.join(name);
    let text = std::fs::read(&path).map_err(StoreError::malformed_of(name))?;
    serde_json::from_slice(&text).map_err(StoreError::malformed_of(name))
}
