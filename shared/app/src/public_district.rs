//! The district that a public function serves: its rules without the people who work there, and the time.

use std::sync::Arc;

use jiff::Timestamp;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_edge::Problem;
use zhitiao_runtime::Clock;
use zhitiao_store::{Directory, StoreError};

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
}
