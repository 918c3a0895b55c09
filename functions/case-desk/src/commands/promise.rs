//! What moves the promise: holds and extensions, asked for by one person and granted by another.

use jiff::Timestamp;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::hold::{HoldReason, HoldTerms};
use zhitiao_domain::case::proposal::Matter;
use zhitiao_domain::kernel::deadline::ClockSpec;
use zhitiao_domain::kernel::ids::{BudgetLineId, UnitId};
use zhitiao_domain::kernel::limits::REASON_CHARS;
use zhitiao_edge::body;
use zhitiao_edge::body::EmptyBody;

/// The most working days that a person may ask for; the promises say how many a case allows.
const MOST_WORK_DAYS: u32 = 60;

command!(
    /// Request a hold, which stops the promise. A leader at or above your unit must approve it.
    ask_to_hold, "/v1/desk/cases/{number}/hold", HoldBody, HoldBody::command
);
command!(
    /// Review a hold and continue it. The reviewer must not be the person who requested it.
    review_hold, "/v1/desk/cases/{number}/review", ReviewBody
);
command!(
    /// End the hold. The unit whose answer the case waits for may do this too.
    resume_case, "/v1/desk/cases/{number}/resume", EmptyBody, |_| Command::Resume
);
command!(
    /// Request more time before the promise falls due.
    ask_to_extend, "/v1/desk/cases/{number}/extend", ExtendBody,
    |body| Command::Extend { by: ClockSpec::WorkDays(body.work_days), reason: body.reason }
);
command!(
    /// Grant a hold or an extension that another person requested.
    approve_proposal, "/v1/desk/cases/{number}/approve", ApproveBody
);
command!(
    /// Decline a hold, an extension or a supervision that another person requested.
    decline_proposal, "/v1/desk/cases/{number}/decline", DeclineBody
);

body! {
    /// What is waited for, until when, and why.
    pub(crate) struct HoldBody {
        /// `budget`, `other_unit`, `resident`, `season` or `legal`.
        #[example("budget")]
        hold: HoldReason = required one_of(),
        /// When the hold must be reviewed: within 30 days, or 5 working days when it waits for the resident. Without a
        /// review the hold ends by itself.
        #[example("2026-12-20T09:00:00+08:00")]
        review_at: Timestamp = required moment(),
        /// With `other_unit`: the department or team whose answer is waited for.
        waits_for: Option<UnitId> = optional parsed(UnitId::parse),
        /// With `budget`: the line whose approval is waited for.
        #[example("2026-pipes-07")]
        budget_line: Option<BudgetLineId> = optional parsed(BudgetLineId::parse),
        /// Why; public.
        reason: String = required text(1..=REASON_CHARS),
    }
}

impl HoldBody {
    fn command(self) -> Command {
        Command::Hold {
            terms: HoldTerms {
                reason: self.hold,
                review_at: self.review_at,
                waits_for: self.waits_for,
                budget_line: self.budget_line,
            },
            reason: self.reason,
        }
    }
}

body! {
    /// The next review and the reason.
    pub(crate) struct ReviewBody => Command::ReviewHold {
        /// When the hold must be reviewed.
        #[example("2027-01-15T09:00:00+08:00")]
        review_at: Timestamp = required moment(),
        /// What the review found; public.
        reason: String = required text(1..=REASON_CHARS),
    }
}

body! {
    /// How much more time, and why.
    pub(crate) struct ExtendBody {
        /// Working days.
        work_days: u32 = required integer(1..=MOST_WORK_DAYS),
        /// Why; the resident reads it once it is granted.
        reason: String = required text(1..=REASON_CHARS),
    }
}

body! {
    /// What is granted.
    pub(crate) struct ApproveBody => Command::Approve {
        /// `hold` or `extension`.
        #[example("hold")]
        matter: Matter = required one_of(),
    }
}

body! {
    /// What is not granted, and why.
    pub(crate) struct DeclineBody => Command::Decline {
        /// `hold`, `extension` or `supervision`.
        #[example("extension")]
        matter: Matter = required one_of(),
        /// Why.
        reason: String = required text(1..=REASON_CHARS),
    }
}
