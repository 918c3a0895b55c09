//! Cases: each rung that is due is climbed, and a hold that was not reviewed ends.

use jiff::Timestamp;
use zhitiao_domain::case::{Case, EventKind};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};
use zhitiao_runtime::telemetry::{Unit, metric};
use zhitiao_store::StoreError;

use crate::{Sweep, TRIES, Tally};

impl Sweep {
    /// Climbs every ladder of the case up to now; each rung is one change, saved only if the case is unchanged.
    pub(crate) async fn remind(
        &self,
        district: &DistrictId,
        id: CaseId,
        now: Timestamp,
    ) -> Result<Tally, StoreError> {
        let rules = self.directory.require_rulebook(district, now).await?;
        let mut tally = Tally::default();
        for _ in 0..TRIES {
            let Some(mut case) = self.cases.head(district, id).await? else {
                return Ok(tally);
            };
            loop {
                let Some(change) = case.remind(&rules, now) else {
                    // What was just saved carries its next moment already.
                    if tally.fired == 0 {
                        let next = case.next_at(&rules);
                        self.cases.reschedule(&case, next, now).await?;
                    }
                    return Ok(tally);
                };
                match self.cases.save(&change).await {
                    Ok(()) => {
                        tally.fired += 1;
                        announce(&change.after, &change.event.kind, now);
                        case = change.after;
                    }
                    Err(StoreError::Conflict) => break,
                    Err(error) => return Err(error),
                }
            }
        }
        // So much is going on with this case that the next tick will find it again.
        Ok(tally)
    }
}

fn announce(case: &Case, kind: &EventKind, now: Timestamp) {
    let EventKind::Reminded(reminder) = kind else {
        return;
    };
    let late = now
        .duration_since(reminder.scheduled_at)
        .as_secs_f64()
        .max(0.0);
    tracing::info!(
        case_id = %case.id,
        clock = ?reminder.clock,
        rung = ?reminder.rung,
        superseded = reminder.superseded.len(),
        late_seconds = late,
        "reminder fired"
    );
    metric("ReminderLateness", late, Unit::Seconds, &[]);
}
