//! Whether every unit can still be told: a mistyped unit in the channels silences the one that was meant, and nobody
//! else would notice. Looked at in every start, several times a day.

use std::collections::BTreeSet;

use jiff::Timestamp;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{DistrictId, UnitId};
use zhitiao_runtime::telemetry::{Unit, metric};
use zhitiao_store::StoreError;

use crate::Notifier;

impl Notifier {
    /// Reports channels of units that the directory does not have, and units that lost their last way to be told
    /// outside the house since the last start.
    ///
    /// # Errors
    /// When the table cannot be reached.
    pub(crate) async fn check_channels(
        &self,
        district: &DistrictId,
        rules: &Rulebook,
    ) -> Result<(), StoreError> {
        let units = self.channels.units().into_iter();
        let unknown = units.filter(|unit| rules.org.unit(unit).is_none());
        report(
            "ChannelsOfUnknownUnits",
            "a channel of an unknown unit",
            unknown,
        );
        let reached = self.reached(rules, self.clock.now());
        let before = self.notifications.reached_units(district).await?;
        if before.as_ref() == Some(&reached) {
            return Ok(());
        }
        let before = before.unwrap_or_default();
        let lost = before.difference(&reached);
        let lost = lost.filter(|unit| rules.org.unit(unit).is_some());
        report(
            "UnitsOutOfReach",
            "a unit lost its last way to be told",
            lost,
        );
        self.notifications
            .note_reached_units(district, &reached)
            .await
    }

    /// The units with a channel of their own, or with a present person whom the gateway reaches.
    fn reached(&self, rules: &Rulebook, now: Timestamp) -> BTreeSet<UnitId> {
        let own = self.channels.units().into_iter();
        let own = own.filter(|unit| rules.org.unit(unit).is_some()).cloned();
        let staff = rules
            .org
            .all_staff()
            .filter(|_| self.channels.reach_people());
        let posts = staff.flat_map(|person| &person.posts);
        let filled = posts.filter(|post| rules.org.is_filled(&post.unit, post.role, now));
        own.chain(filled.map(|post| post.unit.clone())).collect()
    }
}

/// Names the units in the log and counts them where an alarm looks.
fn report<'u>(name: &'static str, what: &'static str, units: impl Iterator<Item = &'u UnitId>) {
    let mut count = 0_u32;
    for unit in units {
        tracing::error!(%unit, "{what}");
        count += 1;
    }
    metric(name, f64::from(count), Unit::Count, &[]);
}
