//! Waking what waits for a budget line that was approved.

use futures_util::StreamExt;
use jiff::Timestamp;
use zhitiao_domain::case::Case;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{BudgetLineId, CaseId, DistrictId};
use zhitiao_store::StoreError;
use zhitiao_store::case::budget::SETTLING;
use zhitiao_store::case::queue::{List, Position, QueueFilter};

use crate::{AT_ONCE, Sweep, Tally};

/// Cases that one tick wakes for one line: the rest waits for the next tick, and everything else is not held up.
const BATCH: usize = 100;

impl Sweep {
    /// Wakes one batch. The line stays due until some time has passed in which nothing was found waiting.
    pub(crate) async fn wake_waiting(
        &self,
        district: &DistrictId,
        line: &BudgetLineId,
        now: Timestamp,
    ) -> Result<Tally, StoreError> {
        let Some(approval) = self.cases.budget(district, line).await? else {
            return Ok(Tally::default());
        };
        let rules = self.directory.require_rulebook(district, now).await?;
        let filter = QueueFilter {
            list: List::Holds,
            budget_line: Some(line.clone()),
            ..QueueFilter::default()
        };
        let whole = rules.org.district();
        let start = Position::default();
        let page = self
            .cases
            .queue(district, whole, &rules, &filter, start, BATCH)
            .await?;
        let found = page.rows.len();
        let mut waking = futures_util::stream::iter(page.rows)
            .map(|row| self.wake(district, row.id, line, &rules, now))
            .buffer_unordered(AT_ONCE);
        let (mut woken, mut failed) = (0, 0);
        // A case that cannot be woken stays in the list, and the line stays due; its neighbors go on.
        while let Some(one) = waking.next().await {
            match one {
                Ok(is_woken) => woken += u32::from(is_woken),
                Err(error) => {
                    tracing::error!(%line, %error, "case not woken");
                    failed += 1;
                }
            }
        }
        let settled = found == 0 && now >= approval.at + SETTLING;
        let next = (!settled).then(|| {
            if page.next.is_some() {
                now
            } else {
                now + SETTLING
            }
        });
        let in_all = approval.woken + woken;
        self.cases
            .record_waking(district, line, in_all, next)
            .await?;
        Ok(Tally {
            woken,
            failed,
            ..Tally::default()
        })
    }

    /// Wakes one case, when it still waits for the line.
    async fn wake(
        &self,
        district: &DistrictId,
        id: CaseId,
        line: &BudgetLineId,
        rules: &Rulebook,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let wake = async |case: Case| {
            let Some(change) = case.wake(line, rules, now) else {
                return Ok(false);
            };
            self.cases.save(&change).await.map(|()| true)
        };
        let woken = self.with_head(district, id, wake).await?;
        Ok(woken.unwrap_or_default())
    }
}
