//! How much a subdistrict has open, for the operators' dashboard.

use jiff::Timestamp;
use serde::Deserialize;

use zhitiao_domain::case::state::State;
use zhitiao_domain::kernel::ids::{DistrictId, UnitId};

use crate::case::CaseTable;
use crate::case::queue::read_promise;
use crate::error::StoreError;
use crate::item::from_item;
use crate::keys;

/// What was counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct OpenCaseCounts {
    /// Cases that have not ended.
    pub open: u32,
    /// Those of them that are overdue.
    pub overdue: u32,
}

impl OpenCaseCounts {
    fn add(&mut self, row: &Row, now: Timestamp) -> Result<(), StoreError> {
        let is_overdue = read_promise(row.st, row.du)?.is_overdue(now);
        self.open += 1;
        self.overdue += u32::from(is_overdue);
        Ok(())
    }
}

/// What must be known of each case.
#[derive(Debug, Deserialize)]
struct Row {
    st: State,
    du: Option<i64>,
}

impl CaseTable {
    /// Counts a subdistrict's open cases, by reading its whole partition of `queue`: 455 cases are 9.5 read units.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open_case_counts(
        &self,
        district: &DistrictId,
        subdistrict: &UnitId,
        now: Timestamp,
    ) -> Result<OpenCaseCounts, StoreError> {
        let queue = keys::open_queue(district, subdistrict);
        let query = self.table.index("queue", "qp", &queue).only("st, du");
        let mut open_case_counts = OpenCaseCounts::default();
        for item in query.all().await? {
            open_case_counts.add(&from_item(item)?, now)?;
        }
        Ok(open_case_counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_in_time_or_held_in_time_is_open_and_not_overdue() {
        let now = Timestamp::from_second(1_000).unwrap();
        let mut open_case_counts = OpenCaseCounts::default();
        for (st, du) in [
            (State::Assigned, Some(999)),
            (State::Assigned, Some(1_000)),
            (State::Resolved, Some(999)),
            (State::OnHold, None),
            (State::OnHold, Some(999)),
            (State::Resolved, Some(-999)),
        ] {
            open_case_counts.add(&Row { st, du }, now).unwrap();
        }
        let expected = OpenCaseCounts {
            open: 6,
            overdue: 3,
        };
        assert_eq!(open_case_counts, expected);
    }
}
