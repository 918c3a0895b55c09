//! The rulebook: everything about the district that rules need and that is data, loaded together and checked once.

use std::collections::BTreeMap;

use crate::case::promise::{Category, Promises, Tier, TierPromise};
use crate::kernel::calendar::Calendar;
use crate::kernel::ids::{CategoryId, UnitId};
use crate::kernel::org::{OrgChart, UnitKind};

/// Org chart, categories, promises and calendars of one district.
#[derive(Debug, Clone)]
pub struct Rulebook {
    /// Units and staff.
    pub org: OrgChart,
    calendars: BTreeMap<u32, Calendar>,
    categories: BTreeMap<CategoryId, Category>,
    promises: BTreeMap<u32, Promises>,
}

/// A rulebook that contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulebookError {
    /// No version of the calendar is there.
    #[error("the rulebook has no calendar")]
    NoCalendar,
    /// No version of the promises is there.
    #[error("the rulebook has no promises")]
    NoPromises,
    /// A version lacks a tier.
    #[error("promises version {0} have no row for tier {1:?}")]
    MissingTier(u32, Tier),
    /// A category escalates to something that is no department.
    #[error("category {0} names {1}, which is not a department")]
    NotADepartment(CategoryId, UnitId),
}

impl Rulebook {
    /// Puts the data together.
    ///
    /// # Errors
    /// See [`RulebookError`].
    pub fn new(
        org: OrgChart,
        calendars: Vec<Calendar>,
        categories: Vec<Category>,
        promises: Vec<Promises>,
    ) -> Result<Self, RulebookError> {
        if calendars.is_empty() {
            return Err(RulebookError::NoCalendar);
        }
        if promises.is_empty() {
            return Err(RulebookError::NoPromises);
        }
        for version in &promises {
            for tier in [
                Tier::P0,
                Tier::P1,
                Tier::P2,
                Tier::P3,
                Tier::P4,
                Tier::Question,
            ] {
                if version.of(tier).is_none() {
                    return Err(RulebookError::MissingTier(version.version, tier));
                }
            }
        }
        for category in &categories {
            if org
                .unit_of_kind(&category.department, UnitKind::Department)
                .is_none()
            {
                return Err(RulebookError::NotADepartment(
                    category.id.clone(),
                    category.department.clone(),
                ));
            }
        }
        Ok(Self {
            org,
            calendars: calendars
                .into_iter()
                .map(|calendar| (calendar.version(), calendar))
                .collect(),
            categories: categories
                .into_iter()
                .map(|category| (category.id.clone(), category))
                .collect(),
            promises: promises
                .into_iter()
                .map(|version| (version.version, version))
                .collect(),
        })
    }

    /// The working-day calendar in force: the newest version.
    pub fn calendar(&self) -> &Calendar {
        self.calendars
            .values()
            .next_back()
            .unwrap_or_else(|| unreachable!("checked in `new`"))
    }

    /// The calendar of a version, or the one in force when that version is no longer kept. The moments of a case are
    /// computed by the version that it was last counted under, so that they move only by a change that says so.
    pub fn calendar_of(&self, version: u32) -> &Calendar {
        self.calendars
            .get(&version)
            .unwrap_or_else(|| self.calendar())
    }

    /// The category, when it exists.
    pub fn category(&self, id: &CategoryId) -> Option<&Category> {
        self.categories.get(id)
    }

    /// All categories, by id.
    pub fn categories(&self) -> impl Iterator<Item = &Category> {
        self.categories.values()
    }

    /// The department that each category escalates to.
    pub fn departments(&self) -> BTreeMap<CategoryId, UnitId> {
        let categories = self.categories.iter();
        categories
            .map(|(id, category)| (id.clone(), category.department.clone()))
            .collect()
    }

    /// The promises in force for new cases.
    pub fn current_promises(&self) -> &Promises {
        self.promises
            .values()
            .next_back()
            .unwrap_or_else(|| unreachable!("checked in `new`"))
    }

    /// The promises of a version, or those in force when that version is no longer kept.
    pub fn promises(&self, version: u32) -> &Promises {
        self.promises
            .get(&version)
            .unwrap_or_else(|| self.current_promises())
    }

    /// What a version promises for a tier.
    pub fn promise(&self, version: u32, tier: Tier) -> &TierPromise {
        self.promises(version)
            .of(tier)
            .unwrap_or_else(|| unreachable!("`new` checked that every tier has a row"))
    }
}
