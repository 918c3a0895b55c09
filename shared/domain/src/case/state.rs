//! The case state machine: one table says which verb leads from where to where, what it needs and who is told.

use serde::{Deserialize, Serialize};

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Received; the desk has not looked yet.
    Submitted,
    /// 分流: has a category and waits to be dealt out.
    Triaged,
    /// 交办: a unit has it and must take it.
    Assigned,
    /// 逐级上报: assigned one level up; that unit must take it.
    Escalated,
    /// 签收: the unit has taken it.
    Accepted,
    /// The unit has spoken to the resident and works on it.
    InProgress,
    /// 挂起: waits for money, another unit, the resident, the season or a court.
    OnHold,
    /// 退回: the unit gave it back to the desk.
    Returned,
    /// 办结: the unit says it is done.
    Resolved,
    /// 重办: it was not done.
    Reopened,
    /// 结案: the desk has checked.
    Closed,
    /// Out of the service's scope, with a reason.
    Refused,
    /// Counted with another case.
    Merged,
    /// Taken back by the reporter.
    Withdrawn,
}

/// What the work came to. Residents are never told that something was mended when it was explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 已修好: it was put right, and a photo proves it.
    Fixed,
    /// 已答复: it was explained; nothing was done.
    Answered,
}

impl Outcome {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Answered => "answered",
        }
    }
}

impl State {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 14] = [
        Self::Submitted,
        Self::Triaged,
        Self::Assigned,
        Self::Escalated,
        Self::Accepted,
        Self::InProgress,
        Self::OnHold,
        Self::Returned,
        Self::Resolved,
        Self::Reopened,
        Self::Closed,
        Self::Refused,
        Self::Merged,
        Self::Withdrawn,
    ];

    /// The stable code, as the APIs and the texts name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Triaged => "triaged",
            Self::Assigned => "assigned",
            Self::Escalated => "escalated",
            Self::Accepted => "accepted",
            Self::InProgress => "in_progress",
            Self::OnHold => "on_hold",
            Self::Returned => "returned",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Closed => "closed",
            Self::Refused => "refused",
            Self::Merged => "merged",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether a unit still owes the resident something: such a case always has a next reminder.
    pub fn is_open(self) -> bool {
        !matches!(
            self,
            Self::Closed | Self::Refused | Self::Merged | Self::Withdrawn
        )
    }
}

/// What can be done with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Give it a category.
    Triage,
    /// Decide what of it everyone sees.
    Publish,
    /// Deal it out to a unit.
    Assign,
    /// Take it.
    Accept,
    /// Speak to the resident for the first time: work has begun.
    Begin,
    /// Write a note, to the resident or to colleagues.
    Note,
    /// Give it back to the desk.
    Return,
    /// Hand it one level up.
    Escalate,
    /// Hand it back to a unit below that had it.
    HandDown,
    /// Ask that the promise stands still for a stated reason.
    Hold,
    /// Grant that.
    ApproveHold,
    /// Look at a hold and let it go on.
    ReviewHold,
    /// Let the promise run again.
    Resume,
    /// Ask for more time.
    Extend,
    /// Grant that.
    ApproveExtension,
    /// Not grant what was asked for.
    Decline,
    /// Ask for supervision.
    Supervise,
    /// Sign the order of supervision.
    Sign,
    /// Write a directive.
    Direct,
    /// Sign a supervised case off.
    SignOff,
    /// Let another unit help.
    Involve,
    /// Say that the helping unit's part is done.
    FinishPart,
    /// Let a helping unit go.
    Release,
    /// Split it into parts.
    Split,
    /// Agree a visit.
    ScheduleVisit,
    /// Say that staff are at the place.
    Arrive,
    /// Say that the danger is out of the way.
    Secure,
    /// Say that it is done.
    Resolve,
    /// Confirm that it is done.
    Close,
    /// Say that it was not done.
    Reopen,
    /// Decline what is out of scope.
    Refuse,
    /// Count it with another case.
    Merge,
    /// Take it back.
    Withdraw,
    /// The reporter answers or adds something.
    Reply,
    /// 催一催: the reporter asks that it go on.
    Urge,
    /// The reporter puts right what was written.
    Correct,
    /// The reporter adds photos.
    AddPhotos,
    /// The reporter takes back the consent to publish.
    RevokeConsent,
    /// The reporter says that it is solved.
    Confirm,
    /// The reporter says that it is not solved.
    Object,
    /// The reporter says how to reach them.
    SetContact,
    /// The reporter lets name and telephone number be erased.
    EraseContact,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// What is done.
    pub verb: Verb,
    /// From where it may be done.
    pub from: &'static [State],
    /// Where it leads; none when the state stays.
    pub to: Option<State>,
    /// Whether a reason must be given.
    pub needs_reason: bool,
    /// Whether a photo must prove it (questions excepted).
    pub needs_evidence: bool,
    /// Whether the resident is told, which also counts as a word to the resident.
    pub tells_resident: bool,
}

use State::{
    Accepted, Assigned, Closed, Escalated, InProgress, Merged, OnHold, Refused, Reopened, Resolved,
    Returned, Submitted, Triaged, Withdrawn,
};

const fn row(
    verb: Verb,
    from: &'static [State],
    to: Option<State>,
    (needs_reason, needs_evidence): (bool, bool),
    tells_resident: bool,
) -> Transition {
    Transition {
        verb,
        from,
        to,
        needs_reason,
        needs_evidence,
        tells_resident,
    }
}

/// A unit has it and has accepted it.
const AT_WORK: &[State] = &[Accepted, InProgress];
/// A unit has it.
const WITH_A_UNIT: &[State] = &[Assigned, Escalated, Accepted, InProgress];
/// A unit owes the resident the result.
const UNDONE: &[State] = &[
    Submitted, Triaged, Assigned, Escalated, Accepted, InProgress, OnHold, Returned, Reopened,
];

/// A unit still owes the resident something.
const OPEN: &[State] = &[
    Submitted, Triaged, Assigned, Escalated, Accepted, InProgress, OnHold, Returned, Resolved,
    Reopened,
];

const NOTHING: (bool, bool) = (false, false);
const REASON: (bool, bool) = (true, false);
const REASON_AND_EVIDENCE: (bool, bool) = (true, true);

/// The whole state machine.
#[rustfmt::skip]
pub const TRANSITIONS: &[Transition] = &[
    row(Verb::Triage,           &[Submitted, Triaged, Returned, Reopened],                             Some(Triaged),    NOTHING, true),
    row(Verb::Publish,          &State::ALL,                                                           None,             NOTHING, false),
    row(Verb::Assign,           &[Triaged, Returned, Reopened, Assigned, Escalated, Accepted, InProgress], Some(Assigned), NOTHING, true),
    row(Verb::Accept,           &[Assigned, Escalated],                                                Some(Accepted),   NOTHING, true),
    row(Verb::Begin,            &[Accepted],                                                           Some(InProgress), NOTHING, true),
    row(Verb::Note,             OPEN,                                                                  None,             NOTHING, false),
    row(Verb::Return,           &[Assigned, Escalated],                                                Some(Returned),   REASON, false),
    row(Verb::Escalate,         &[Triaged, Assigned, Escalated, Accepted, InProgress],                 Some(Escalated),  REASON, true),
    row(Verb::HandDown,         AT_WORK,                                                               Some(Assigned),   REASON, true),
    row(Verb::Hold,             AT_WORK,                                                               None,             REASON, false),
    row(Verb::ApproveHold,      AT_WORK,                                                               Some(OnHold),     NOTHING, true),
    row(Verb::ReviewHold,       &[OnHold],                                                             None,             REASON, true),
    row(Verb::Resume,           &[OnHold],                                                             Some(InProgress), NOTHING, true),
    row(Verb::Extend,           AT_WORK,                                                               None,             REASON, false),
    row(Verb::ApproveExtension, AT_WORK,                                                               None,             NOTHING, true),
    row(Verb::Decline,          UNDONE,                                                                None,             REASON, false),
    row(Verb::Supervise,        UNDONE,                                                                None,             REASON, false),
    row(Verb::Sign,             UNDONE,                                                                None,             NOTHING, true),
    row(Verb::Direct,           UNDONE,                                                                None,             NOTHING, false),
    row(Verb::SignOff,          &[Resolved],                                                           None,             REASON, true),
    row(Verb::Involve,          WITH_A_UNIT,                                                           None,             REASON, true),
    row(Verb::FinishPart,       &[Assigned, Escalated, Accepted, InProgress, OnHold],                  None,             REASON, true),
    row(Verb::Release,          &[Assigned, Escalated, Accepted, InProgress, OnHold],                  None,             REASON, false),
    row(Verb::Split,            &[Triaged, Assigned, Escalated, Accepted, InProgress],                 None,             NOTHING, false),
    row(Verb::ScheduleVisit,    AT_WORK,                                                               None,             NOTHING, true),
    row(Verb::Arrive,           AT_WORK,                                                               None,             NOTHING, true),
    row(Verb::Secure,           WITH_A_UNIT,                                                           None,             REASON, true),
    row(Verb::Resolve,          AT_WORK,                                                               Some(Resolved),   REASON_AND_EVIDENCE, true),
    row(Verb::Close,            &[Resolved],                                                           Some(Closed),     NOTHING, true),
    row(Verb::Reopen,           &[Resolved, Closed],                                                   Some(Reopened),   REASON, true),
    row(Verb::Refuse,           &[Submitted, Triaged, Returned],                                       Some(Refused),    REASON, true),
    row(Verb::Merge,            &[Submitted, Triaged, Returned],                                       Some(Merged),     REASON, true),
    row(Verb::Withdraw,         UNDONE,                                                                Some(Withdrawn),  NOTHING, false),
    row(Verb::Reply,            OPEN,                                                                  None,             NOTHING, false),
    row(Verb::Urge,             UNDONE,                                                                None,             NOTHING, false),
    row(Verb::Correct,          &[Submitted],                                                          None,             NOTHING, false),
    row(Verb::AddPhotos,        OPEN,                                                                  None,             NOTHING, false),
    row(Verb::RevokeConsent,    &State::ALL,                                                           None,             NOTHING, false),
    row(Verb::Confirm,          &[Resolved, Closed],                                                   None,             NOTHING, false),
    row(Verb::Object,           &[Resolved, Closed],                                                   Some(Reopened),   NOTHING, false),
    row(Verb::SetContact,       OPEN,                                                                  None,             NOTHING, false),
    row(Verb::EraseContact,     &State::ALL,                                                           None,             NOTHING, false),
];

/// The row of a verb when it may be done from that state.
pub fn transition(verb: Verb, from: State) -> Option<&'static Transition> {
    TRANSITIONS
        .iter()
        .find(|row| row.verb == verb && row.from.contains(&from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_but_the_first_can_be_reached_and_every_open_one_left() {
        for state in State::ALL {
            let reached = TRANSITIONS.iter().any(|row| row.to == Some(state));
            assert!(reached || state == Submitted, "{state:?} cannot be reached");
            let left = TRANSITIONS
                .iter()
                .any(|row| row.from.contains(&state) && row.to.is_some_and(|to| to != state));
            assert_eq!(left, state.is_open() || state == Closed, "{state:?}");
        }
    }

    #[test]
    fn a_finished_case_takes_no_more_notes() {
        for state in State::ALL {
            assert_eq!(
                transition(Verb::Note, state).is_some(),
                state.is_open(),
                "{state:?}"
            );
        }
    }
}
