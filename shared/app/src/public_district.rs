//! The district that a public function serves: its rules without the people who work there, and the time.

use std::sync::Arc;

use jiff::Timestamp;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::place::{CodedPlace, PlaceCode};
use zhitiao_edge::Problem;
use zhitiao_runtime::Clock;
use zhitiao_store::{Directory, StoreError};

use crate::intake::NewReport;
use crate::places;

/// A district as residents deal with it.
#[derive(Debug)]
pub struct PublicDistrict {
    id: DistrictId,
    directory: Directory,
    clock: Clock,
}

impl PublicDistrict {
    /// Reads the directory, which also opens the connection.
    ///
    /// # Errors
    /// When the directory cannot be read, or the district has none.
    pub async fn open(
        id: DistrictId,
        directory: Directory,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let district = Self {
            id,
            directory: directory.without_people(),
            clock,
        };
        let now = district.now();
        district
            .directory
            .require_rulebook(&district.id, now)
            .await?;
        Ok(district)
    }

    /// Its identifier.
    pub fn id(&self) -> &DistrictId {
        &self.id
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Its rules, at most 60 s old.
    ///
    /// # Errors
    /// 503 when the directory cannot be read.
    pub async fn rules(&self) -> Result<Arc<Rulebook>, Problem> {
        let now = self.now();
        Ok(self.directory.require_rulebook(&self.id, now).await?)
    }

    /// The place with a code.
    ///
    /// # Errors
    /// 404 when there is none, 503 when the directory cannot be read.
    pub async fn place(&self, code: PlaceCode) -> Result<CodedPlace, Problem> {
        let found = self.directory.place(&self.id, code).await?;
        found.ok_or_else(Problem::not_found)
    }

    /// A report held against the place that it names; see [`places::complete`].
    ///
    /// # Errors
    /// 400 when no place of the community has the code, 503 when the directory cannot be read.
    pub async fn at_place(&self, report: NewReport) -> Result<NewReport, Problem> {
        places::complete(&self.directory, &self.id, report).await
    }
}
