//! The count of a district's open cases under a new calendar: who is next, and how far it is.
//!
//! The marker lies in the `due` index until every case was recalculated, so that the sweep finds it with each tick and
//! goes on where the last one stopped, however that ended.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use zhitiao_domain::case::Case;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{CaseId, DistrictId, UnitId};
use zhitiao_domain::kernel::org::UnitKind;

use crate::case::CaseTable;
use crate::case::item::{case_of, clocks};
use crate::case::page::{head_key, untouched};
use crate::error::StoreError;
use crate::item::{Item, from_item, moment, n, s, to_item};
use crate::keys;
use crate::partition::Partition;
use crate::transaction::Transaction;
use crate::write::{Key, Write};

/// When the count begins after a load: by then no function works with a directory from before it, which is kept for a
/// minute, and so no function opens a case under the old calendar behind the count.
const BEGINS_AFTER: SignedDuration = SignedDuration::from_secs(120);

/// When the count goes on after a tick whose time was up: with the next tick, whichever second that comes in.
const GOES_ON_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// The most keys of one batch that is read.
pub const BATCH: usize = 100;

/// Where a walk through all open cases stands: in which subdistrict, and behind which case there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    unit: Option<UnitId>,
    behind: Option<(i64, CaseId)>,
}

/// Some of the open cases of one subdistrict, in the order of their receipt; at least one.
#[derive(Debug)]
pub struct OpenCases {
    /// The subdistrict.
    pub unit: UnitId,
    /// The cases.
    pub ids: Vec<CaseId>,
    /// Where the walk goes on; none at its end.
    pub next: Option<Place>,
}

/// How far the count is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The version of the calendar that the cases are counted by.
    pub version: u32,
    /// When that version was loaded.
    pub loaded_at: Timestamp,
    /// Where the count goes on.
    pub place: Place,
    /// The cases that were looked at.
    pub looked: u32,
    /// Those of which a moment moved.
    pub moved: u32,
    /// Those of which the date moved that the resident was promised.
    pub promises: u32,
    /// When the last case was recalculated.
    pub finished_at: Option<Timestamp>,
    due: Timestamp,
    step: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct ProgressItem {
    pk: String,
    sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dn: Option<i64>,
    version: u32,
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<UnitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    behind: Option<(i64, CaseId)>,
    looked: u32,
    moved: u32,
    promises: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<i64>,
    step: u32,
}

impl Progress {
    fn begin(version: u32, loaded_at: Timestamp) -> Self {
        Self {
            version,
            loaded_at,
            place: Place::default(),
            looked: 0,
            moved: 0,
            promises: 0,
            finished_at: None,
            due: loaded_at + BEGINS_AFTER,
            step: 0,
        }
    }

    /// The count after some more cases, and when it goes on.
    #[must_use]
    pub fn after(
        &self,
        looked: u32,
        [moved, promises]: [u32; 2],
        next: Option<Place>,
        now: Timestamp,
    ) -> Self {
        Self {
            looked: self.looked + looked,
            moved: self.moved + moved,
            promises: self.promises + promises,
            finished_at: next.is_none().then_some(now),
            place: next.unwrap_or_default(),
            due: now + GOES_ON_AFTER,
            step: self.step + 1,
            ..self.clone()
        }
    }

    /// How many of the subdistricts are behind the count.
    pub fn units_done(&self, rules: &Rulebook) -> usize {
        let all = rules.org.units_of_kind(UnitKind::Subdistrict);
        let place = self.place.unit.as_ref();
        all.filter(|unit| self.finished_at.is_some() || place.is_some_and(|at| unit.id < *at))
            .count()
    }

    fn write(&self, district: &DistrictId) -> Result<Item, StoreError> {
        let open = self.finished_at.is_none();
        to_item(&ProgressItem {
            pk: Partition::Recalculation(district.clone()).to_string(),
            sk: keys::RECALCULATION.to_owned(),
            dp: open.then(|| keys::due_shard_number(0)),
            dn: open.then(|| self.due.as_millisecond()),
            version: self.version,
            at: self.loaded_at.as_millisecond(),
            unit: self.place.unit.clone(),
            behind: self.place.behind,
            looked: self.looked,
            moved: self.moved,
            promises: self.promises,
            end: self.finished_at.map(Timestamp::as_millisecond),
            step: self.step,
        })
    }

    fn read(item: Item) -> Result<Self, StoreError> {
        let item: ProgressItem = from_item(item)?;
        Ok(Self {
            version: item.version,
            loaded_at: moment(item.at)?,
            place: Place {
                unit: item.unit,
                behind: item.behind,
            },
            looked: item.looked,
            moved: item.moved,
            promises: item.promises,
            finished_at: item.end.map(moment).transpose()?,
            due: moment(item.dn.unwrap_or(item.at))?,
            step: item.step,
        })
    }
}

impl CaseTable {
    /// Sets off the count of a district's open cases, in the transaction that loads the new calendar.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn begin_recalculation(
        &self,
        district: &DistrictId,
        version: u32,
        loaded_at: Timestamp,
        with: &mut Transaction,
    ) -> Result<(), StoreError> {
        let marker = Progress::begin(version, loaded_at).write(district)?;
        self.table.join(with, Write::put(marker))
    }

    /// How far the district's latest count is; none before the first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn recalculation_progress(
        &self,
        district: &DistrictId,
    ) -> Result<Option<Progress>, StoreError> {
        let partition = Partition::Recalculation(district.clone());
        let item = self
            .table
            .get(Key::new(&partition, keys::RECALCULATION))
            .await?;
        item.map(Progress::read).transpose()
    }

    /// Writes how far the count is, if no other sweep did since it was read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another sweep was faster, or a newer calendar was loaded.
    pub async fn save_progress(
        &self,
        district: &DistrictId,
        before: &Progress,
        after: &Progress,
    ) -> Result<(), StoreError> {
        let put = Write::put(after.write(district)?)
            .when("version = :version AND step = :step")
            .value(":version", n(before.version))
            .value(":step", n(before.step));
        self.table.write(put).await
    }

    /// The next open cases of the walk, at most [`BATCH`], all of one subdistrict; none when all are behind it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open_cases(
        &self,
        district: &DistrictId,
        rules: &Rulebook,
        place: &Place,
    ) -> Result<Option<OpenCases>, StoreError> {
        let from = place.unit.as_ref();
        let mut units = rules
            .org
            .units_of_kind(UnitKind::Subdistrict)
            .map(|unit| &unit.id)
            .filter(|unit| from.is_none_or(|from| *unit >= from));
        while let Some(unit) = units.next() {
            let behind = place.behind.filter(|_| from == Some(unit));
            let (found, more) = self.open_page(district, unit, behind).await?;
            let Some(last) = found.last().copied() else {
                continue;
            };
            let next = if more {
                Some((unit, Some(last)))
            } else {
                units.next().map(|next| (next, None))
            };
            return Ok(Some(OpenCases {
                unit: unit.clone(),
                ids: found.into_iter().map(|(_, id)| id).collect(),
                next: next.map(|(unit, behind)| Place {
                    unit: Some(unit.clone()),
                    behind,
                }),
            }));
        }
        Ok(None)
    }

    /// A page of a subdistrict's open cases with their times of receipt, and whether there are more.
    async fn open_page(
        &self,
        district: &DistrictId,
        unit: &UnitId,
        behind: Option<(i64, CaseId)>,
    ) -> Result<(Vec<(i64, CaseId)>, bool), StoreError> {
        let partition = keys::open_queue(district, unit);
        let behind = behind.map(|(at, id)| {
            let mut key = head_key(district, id).into_item();
            key.insert("qp".to_owned(), s(&partition));
            key.insert("qs".to_owned(), n(at));
            key
        });
        let query = self.table.index("queue", "qp", &partition);
        let (found, more) = query.limit(BATCH).behind(behind).page().await?;
        let found = found.iter().map(key).collect::<Result<_, _>>()?;
        Ok((found, more.is_some()))
    }

    /// Marks a case as counted by another calendar under which none of its moments moves. Nothing happened to it, so
    /// there is no event and its revision stays; a concurrent change is refused by the calendar's number.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another writer changed the case first.
    pub async fn save_unmoved(
        &self,
        before: &Case,
        after: &Case,
        next_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let next =
            next_at.ok_or_else(|| StoreError::malformed("an open case without a next moment"))?;
        let head = head_key(&before.district, before.id);
        let update = Write::update(head, "SET cv = :new, k = :clocks, dn = :next")
            .value(":new", n(after.calendar))
            .value(":clocks", clocks(after)?)
            .value(":next", n(next.as_millisecond()));
        self.table.write(untouched(update, before, "")).await
    }
}

/// When a row was received, and which case it is.
fn key(item: &Item) -> Result<(i64, CaseId), StoreError> {
    let pk = item.get("pk").and_then(|value| value.as_s().ok());
    let pk = pk.ok_or_else(|| StoreError::malformed("a row without a case"))?;
    let at = item.get("qs").and_then(|value| value.as_n().ok());
    let at = at.ok_or_else(|| StoreError::malformed("a row without a time"))?;
    Ok((at.parse().map_err(StoreError::malformed)?, case_of(pk)?.1))
}
