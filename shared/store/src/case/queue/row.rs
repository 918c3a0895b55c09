//! A row: what the indexes project of a case, and the item that stands for it in another list.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use zhitiao_domain::case::Case;
use zhitiao_domain::case::hold::{Hold, HoldReason};
use zhitiao_domain::case::overdue::Promise;
use zhitiao_domain::case::promise::Tier;
use zhitiao_domain::case::state::State;
use zhitiao_domain::kernel::ids::{BudgetLineId, CaseId, CategoryId, StaffId, UnitId};
use zhitiao_domain::kernel::place::PlaceCode;

use crate::case::item;
use crate::error::StoreError;
use crate::item::moment;
use crate::partition::Partition;

/// One row of a queue or of the board.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The case.
    pub id: CaseId,
    /// The first words.
    pub snippet: String,
    /// Where it stands.
    pub state: State,
    /// Its community.
    pub community: UnitId,
    /// Who has it.
    pub unit: Option<UnitId>,
    /// The person who has it.
    pub person: Option<StaffId>,
    /// What kind it is.
    pub category: Option<CategoryId>,
    /// The code that was scanned at the place; the board alone has it.
    pub place: Option<PlaceCode>,
    /// How urgent.
    pub tier: Tier,
    /// When it was received; in the list of holds since when it waits, in that of supervised cases since when it is.
    pub received_at: Timestamp,
    /// When it is promised; none while a hold is open that began before that.
    pub due_at: Option<Timestamp>,
    /// Whether it was done later than promised.
    pub missed: bool,
    /// Its version; the board does not show it.
    pub version: Option<u32>,
    /// What it waits for; in the list of holds only.
    pub waiting: Option<Waiting>,
}

impl Row {
    /// Whether the promise was missed.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let promise = Promise {
            state: self.state,
            due_at: self.due_at,
            missed: self.missed,
        };
        promise.is_overdue(now)
    }
}

/// The promise as `du` holds it: the moment in seconds, with a minus once it was missed for ever.
pub(crate) fn stored_promise(promise: Promise) -> Option<i64> {
    let due = promise.due_at?.as_second();
    Some(if promise.missed { -due } else { due })
}

/// Reads [`stored_promise`] back.
///
/// # Errors
/// When it is no moment.
pub(crate) fn read_promise(state: State, du: Option<i64>) -> Result<Promise, StoreError> {
    let due_at = du
        .map(|du| Timestamp::from_second(du.abs()))
        .transpose()
        .map_err(StoreError::malformed)?;
    Ok(Promise {
        state,
        due_at,
        missed: du.is_some_and(i64::is_negative),
    })
}

/// What a case on hold waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Why.
    pub reason: HoldReason,
    /// The unit whose answer it waits for.
    pub unit: Option<UnitId>,
    /// The budget line that it waits for.
    pub budget_line: Option<BudgetLineId>,
    /// When it must be looked at again.
    pub review_at: Timestamp,
}

/// The attributes that the indexes project, and the item that stands for a case in a department's queue.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct QueueItem {
    pub(super) pk: String,
    pub(super) sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) qp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) qs: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bs: Option<i64>,
    #[serde(default)]
    pub(super) s: String,
    pub(super) st: State,
    pub(super) cm: UnitId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) un: Option<UnitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pe: Option<StaffId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ca: Option<CategoryId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pc: Option<PlaceCode>,
    pub(super) ti: Tier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) du: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) v: Option<u32>,
    /// Why it is on hold, for which unit or budget line, until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hr: Option<HoldReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wu: Option<UnitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bl: Option<BudgetLineId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rv: Option<i64>,
}

impl QueueItem {
    /// A row of the case beside its head, in a partition of `queue` of its own.
    pub(crate) fn beside(case: &Case, sk: String, partition: String, at: Timestamp) -> Self {
        Self {
            pk: Partition::Case(case.district.clone(), case.id).to_string(),
            sk,
            qp: Some(partition),
            qs: Some(at.as_millisecond()),
            bs: None,
            s: item::split(&case.report.text).0.to_owned(),
            st: case.state,
            cm: case.report.place.community.clone(),
            un: case.assignment.as_ref().map(|with| with.unit.clone()),
            pe: case
                .assignment
                .as_ref()
                .and_then(|with| with.person.clone()),
            ca: case.category.clone(),
            pc: None,
            ti: case.tier,
            du: stored_promise(case.promise()),
            v: Some(case.version),
            hr: None,
            wu: None,
            bl: None,
            rv: None,
        }
    }

    /// The same, with what the case waits for.
    pub(crate) fn held(self, hold: &Hold) -> Self {
        Self {
            hr: Some(hold.reason),
            wu: hold.waits_for.clone(),
            bl: hold.budget_line.clone(),
            rv: Some(hold.review_at.as_second()),
            ..self
        }
    }

    /// The time of receipt in milliseconds: the sort key of the index that the row comes from.
    pub(super) fn at(&self) -> i64 {
        self.qs.or(self.bs).unwrap_or_default()
    }

    fn waiting(&self) -> Result<Option<Waiting>, StoreError> {
        let (Some(reason), Some(review)) = (self.hr, self.rv) else {
            return Ok(None);
        };
        Ok(Some(Waiting {
            reason,
            unit: self.wu.clone(),
            budget_line: self.bl.clone(),
            review_at: Timestamp::from_second(review).map_err(StoreError::malformed)?,
        }))
    }

    pub(super) fn row(self) -> Result<Row, StoreError> {
        let (_, id) = item::case_of(&self.pk)?;
        let received_at = moment(self.at())?;
        let waiting = self.waiting()?;
        let promise = read_promise(self.st, self.du)?;
        Ok(Row {
            id,
            snippet: self.s,
            state: self.st,
            community: self.cm,
            unit: self.un,
            person: self.pe,
            category: self.ca,
            place: self.pc,
            tier: self.ti,
            received_at,
            due_at: promise.due_at,
            missed: promise.missed,
            version: self.v,
            waiting,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_of_a_promise_what_the_case_says() {
        let due = Timestamp::from_second(1_764_495_000).unwrap();
        for state in State::ALL {
            for due_at in [None, Some(due)] {
                for missed in [false, due_at.is_some()] {
                    let promise = Promise {
                        state,
                        due_at,
                        missed,
                    };
                    let stored = stored_promise(promise);
                    assert_eq!(read_promise(state, stored).unwrap(), promise);
                }
            }
        }
    }
}
