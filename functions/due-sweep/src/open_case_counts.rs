//! Once an hour, for the operators' dashboard: what is open and overdue in each subdistrict.

use jiff::Timestamp;
use zhitiao_domain::kernel::calendar::OFFSET;
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_runtime::telemetry::{Unit, metric};
use zhitiao_store::StoreError;
use zhitiao_store::case::open_case_counts::OpenCaseCounts;

use crate::Sweep;

/// The minute of each hour at which open cases are counted: reminders fall on full and half hours.
const COUNTING_MINUTE: i8 = 7;

impl Sweep {
    /// Counts in its minute. A failure leaves a gap of an hour in the chart; what is due was done.
    pub(crate) async fn count_open_cases(&self, now: Timestamp) {
        if OFFSET.to_datetime(now).minute() != COUNTING_MINUTE {
            return;
        }
        if let Err(error) = self.open_case_counts(now).await {
            tracing::error!(%error, "open cases not counted");
        }
    }

    /// Once an hour: what is open in each subdistrict, and whether the calendar knows the coming year.
    async fn open_case_counts(&self, now: Timestamp) -> Result<(), StoreError> {
        let rules = self.directory.require_rulebook(&self.district, now).await?;
        let mut total = OpenCaseCounts::default();
        for unit in rules.org.units_of_kind(UnitKind::Subdistrict) {
            let open_case_counts = self
                .cases
                .open_case_counts(&self.district, &unit.id, now)
                .await?;
            count(open_case_counts, &[("subdistrict", unit.id.as_str())]);
            total.open += open_case_counts.open;
            total.overdue += open_case_counts.overdue;
        }
        count(total, &[]);
        let is_missing = rules.calendar().lacks_next_year(now);
        let is_missing = f64::from(u8::from(is_missing));
        metric("CalendarMissingNextYear", is_missing, Unit::Count, &[]);
        Ok(())
    }
}

fn count(open_case_counts: OpenCaseCounts, dimensions: &[(&str, &str)]) {
    for (name, value) in [
        ("OpenCases", open_case_counts.open),
        ("OverdueCases", open_case_counts.overdue),
    ] {
        metric(name, f64::from(value), Unit::Count, dimensions);
    }
}
