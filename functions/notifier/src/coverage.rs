//! Whether every unit can still be told: a unit whose last person leaves or is absent is silent, and nobody else would
//! notice. Looked at in every start, several times a day.

use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::notify::channel::reached_units;
use zhitiao_runtime::telemetry::{Unit, metric};
use zhitiao_store::StoreError;

use crate::Notifier;

impl Notifier {
    /// Reports units that lost their last way to be told outside the house since the last start.
    ///
    /// # Errors
    /// When a table cannot be reached.
    pub(crate) async fn check_reach(
        &self,
        district: &DistrictId,
        rules: &Rulebook,
    ) -> Result<(), StoreError> {
        let channels = self.directory.channels(district).await?.into_iter();
        let channels: Vec<_> = channels.map(|stored| stored.settings).collect();
        let reached = reached_units(&rules.org, &channels, self.clock.now());
        let before = self.notifications.reached_units(district).await?;
        if before.as_ref() == Some(&reached) {
            return Ok(());
        }
        let before = before.unwrap_or_default();
        let lost = before.difference(&reached);
        let mut count = 0_u32;
        for unit in lost.filter(|unit| rules.org.unit(unit).is_some_and(|unit| !unit.retired)) {
            tracing::error!(%unit, "a unit lost its last way to be told");
            count += 1;
        }
        metric("UnitsOutOfReach", f64::from(count), Unit::Count, &[]);
        self.notifications
            .note_reached_units(district, &reached)
            .await
    }
}
