//! Digests: asked for here, written and sent by the notifier.

use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{DistrictId, UnitId};
use zhitiao_domain::notify::digest_schedule;
use zhitiao_store::StoreError;
use zhitiao_store::notify::digest::{DigestRequest, NextDigest};

use crate::{AT_ONCE, Sweep, Tally};

impl Sweep {
    /// Sees to it once that the district has a next digest. A failure is only logged: the next tick tries again, and
    /// reminders do not wait for it.
    pub(crate) async fn begin_digests(&self, now: Timestamp) {
        let begin = || async {
            let rules = self.directory.require_rulebook(&self.district, now).await?;
            let first = NextDigest {
                at: digest_schedule::next_morning(now, rules.calendar()),
                since: digest_schedule::last_morning(now, rules.calendar()),
            };
            self.notifications
                .begin_digests(&self.district, first)
                .await
        };
        if let Err(error) = self.has_digests.get_or_try_init(begin).await {
            tracing::error!(%error, "no next digest");
        }
    }

    /// Asks for the digest of every unit in which a person has something to read, then schedules the next working
    /// morning.
    ///
    /// Each request is written once per unit and day, so that a run which was broken off is simply repeated. A day
    /// that is over, or on which no unit works, has no digest.
    pub(crate) async fn request_digests(
        &self,
        district: &DistrictId,
        now: Timestamp,
    ) -> Result<Tally, StoreError> {
        let mut tally = Tally::default();
        let Some(next) = self.notifications.next_digest(district).await? else {
            return Ok(tally);
        };
        if next.at > now {
            return Ok(tally);
        }
        let rules = self.directory.require_rulebook(district, now).await?;
        let today = digest_schedule::day_of(now, rules.calendar());
        if let Some(day) = today {
            let requests = self.units(district, &rules, now).await?.into_iter();
            let requests = requests.map(|unit| DigestRequest {
                district: district.clone(),
                unit,
                day,
                since: next.since,
            });
            let notifications = &self.notifications;
            let mut requested = futures_util::stream::iter(requests)
                .map(|request| async move { notifications.request_digest(&request, now).await })
                .buffer_unordered(AT_ONCE);
            while let Some(is_first) = requested.try_next().await? {
                tally.digests += u32::from(is_first);
            }
        } else {
            tracing::warn!(missed = %next.at, "no digest: its day is over");
        }
        let at = digest_schedule::next_morning(now, rules.calendar());
        // A day without a digest leaves what was new to the next one.
        let since = today.map_or(next.since, |_| now);
        let after = NextDigest { at, since };
        self.notifications
            .move_digest(district, next, after)
            .await?;
        Ok(tally)
    }

    /// The units whose digests can say anything: something is open there, or in the unit of a person who reads the
    /// digest there.
    async fn units(
        &self,
        district: &DistrictId,
        rules: &Rulebook,
        now: Timestamp,
    ) -> Result<Vec<UnitId>, StoreError> {
        let mut units = digest_schedule::units(&rules.org, now);
        let busy = self.cases.with_open_cases(district, &units, rules).await?;
        units.retain(|unit| {
            let persons = digest_schedule::persons(&rules.org, unit, now);
            let mut readers = persons.iter().flat_map(digest_schedule::reader_roles);
            busy.contains(unit) || readers.any(|reader| busy.contains(&reader.unit))
        });
        Ok(units)
    }
}
