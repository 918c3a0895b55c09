//! The count of all open cases under a new calendar, some pages with each tick.
//!
//! Whatever is written here can be repeated: a case is counted once because it carries the version that it was counted
//! by, and the progress is saved page by page on condition that no other sweep did. A tick that dies in a page is
//! followed by one that looks at the same page again, and what was moved already it learns from the case's history.

use std::time::SystemTime;

use futures_util::StreamExt;
use jiff::Timestamp;
use zhitiao_domain::case::Case;
use zhitiao_domain::case::event::EventKind;
use zhitiao_domain::case::recalculate::Recalculation;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::error::Failure;
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};
use zhitiao_runtime::bootstrap;
use zhitiao_store::StoreError;
use zhitiao_store::case::recalculation::Progress;

use crate::{AT_ONCE, RESERVE, Sweep, Tally};

/// Pages of one tick: about a thousand cases, which leaves the reminders most of it.
const PAGES: usize = 10;

/// What became of one case.
#[derive(Debug, Default, Clone, Copy)]
struct Counted {
    /// A moment moved.
    moved: bool,
    /// The promised date moved.
    promise: bool,
}

impl Sweep {
    /// Goes on with the district's count where the last tick stopped.
    pub(crate) async fn recalculate(
        &self,
        district: &DistrictId,
        now: Timestamp,
        deadline: SystemTime,
    ) -> Result<Tally, StoreError> {
        let rules = self.directory.require_rulebook(district, now).await?;
        let mut tally = Tally::default();
        let Some(mut progress) = self.cases.recalculation_progress(district).await? else {
            return Ok(tally);
        };
        for _ in 0..PAGES {
            // A directory from before the load knows nothing of the new days yet; the next tick does.
            let is_known = progress.version <= rules.calendar().version();
            let is_late = bootstrap::is_nearly_over(deadline, RESERVE);
            if progress.finished_at.is_some() || !is_known || is_late {
                break;
            }
            let page = self
                .cases
                .open_cases(district, &rules, &progress.place)
                .await?;
            let (ids, next) = page.map_or((Vec::new(), None), |page| (page.ids, page.next));
            let looked = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            let [moved, promises] = self
                .page(district, ids, &progress, &rules, now, &mut tally)
                .await?;
            let after = progress.after(looked, [moved, promises], next, now);
            match self.cases.save_progress(district, &progress, &after).await {
                Ok(()) => progress = after,
                // Another sweep does the same, or a newer calendar begins anew.
                Err(StoreError::Conflict) => break,
                Err(error) => return Err(error),
            }
        }
        tracing::info!(
            version = progress.version,
            looked = progress.looked,
            moved = progress.moved,
            promises = progress.promises,
            finished = progress.finished_at.is_some(),
            "open cases counted by the new calendar"
        );
        Ok(tally)
    }

    /// Counts the cases of one page; how many of them moved, and how many promised dates. A case that cannot be read is
    /// left as it is, so that it holds up no other case; a temporary failure ends the page, and the next tick repeats
    /// it.
    async fn page(
        &self,
        district: &DistrictId,
        ids: Vec<CaseId>,
        progress: &Progress,
        rules: &Rulebook,
        now: Timestamp,
        tally: &mut Tally,
    ) -> Result<[u32; 2], StoreError> {
        let mut counted = futures_util::stream::iter(ids)
            .map(|id| async move { (id, self.count(district, id, progress, rules, now).await) })
            .buffer_unordered(AT_ONCE);
        let mut sum = [0, 0];
        while let Some((id, one)) = counted.next().await {
            match one {
                Ok(one) => {
                    sum[0] += u32::from(one.moved);
                    sum[1] += u32::from(one.promise);
                    tally.moved += u32::from(one.moved);
                }
                Err(error) if error.is_temporary() => return Err(error),
                Err(error) => {
                    tracing::error!(case_id = %id, %error, "case cannot be counted");
                    tally.failed += 1;
                }
            }
        }
        Ok(sum)
    }

    async fn count(
        &self,
        district: &DistrictId,
        id: CaseId,
        progress: &Progress,
        rules: &Rulebook,
        now: Timestamp,
    ) -> Result<Counted, StoreError> {
        let count = async |case: Case| {
            let recalculation = case.recalculate(rules, now);
            let promise = recalculation.promise().is_some();
            match recalculation {
                Recalculation::Untouched
                    if case.report.at > progress.loaded_at || case.rev == 0 =>
                {
                    Ok(Counted::default())
                }
                Recalculation::Untouched => self.counted_before(district, id, progress).await,
                Recalculation::Unmoved { after, next_at } => {
                    let saved = self.cases.save_unmoved(&case, &after, next_at).await;
                    saved.map(|()| Counted::default())
                }
                Recalculation::Moved(change) => {
                    let moved = true;
                    let saved = self.cases.save(&change).await;
                    saved.map(|()| Counted { moved, promise })
                }
            }
        };
        let counted = self.with_head(district, id, count).await?;
        Ok(counted.unwrap_or_default())
    }

    /// What a tick that did not get as far as saving its progress did to the case.
    async fn counted_before(
        &self,
        district: &DistrictId,
        id: CaseId,
        progress: &Progress,
    ) -> Result<Counted, StoreError> {
        let page = self.cases.page(district, id).await?;
        let events = page.iter().flat_map(|page| &page.events);
        let mut found = events.filter_map(|event| match event.kind {
            EventKind::CalendarChanged { version, promise } if version == progress.version => {
                Some(Counted {
                    moved: true,
                    promise: promise.is_some(),
                })
            }
            _ => None,
        });
        Ok(found.next_back().unwrap_or_default())
    }
}
