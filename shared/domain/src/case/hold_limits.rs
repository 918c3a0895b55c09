//! How long a case may be on hold.

use jiff::{SignedDuration, Timestamp};

use crate::case::Case;
use crate::case::hold::HoldReason;
use crate::case::policy;
use crate::case::rulebook::Rulebook;
use crate::kernel::deadline::{self, ClockSpec};

impl Case {
    /// The last moment to which the review of a hold may be put off at `now`: a resident who does not answer holds the
    /// case up for some working days only, and money that does not come for some weeks only, unless a leader has
    /// signed for it.
    pub fn latest_review(&self, reason: HoldReason, rules: &Rulebook, now: Timestamp) -> Timestamp {
        let latest = now + SignedDuration::from_hours(24 * policy::HOLD_REVIEW_DAYS);
        match reason {
            HoldReason::Resident => {
                let wait = ClockSpec::WorkDays(policy::RESIDENT_REVIEW_WORK_DAYS);
                let calendar = rules.calendar_of(self.calendar);
                deadline::due(wait, now, &[], calendar).map_or(latest, |due| due.at.min(latest))
            }
            HoldReason::Budget if self.supervision.is_none() => {
                latest.min(now + self.budget_left(now))
            }
            _ => latest,
        }
    }

    /// How much longer the case may wait for money without being supervised.
    pub fn budget_left(&self, now: Timestamp) -> SignedDuration {
        let allowed = SignedDuration::from_hours(24 * policy::BUDGET_HOLD_DAYS);
        let waited: SignedDuration = self
            .holds
            .iter()
            .filter(|hold| hold.reason == HoldReason::Budget)
            .map(|hold| hold.span.from.duration_until(hold.span.to.unwrap_or(now)))
            .sum();
        (allowed - waited).max(SignedDuration::ZERO)
    }
}
