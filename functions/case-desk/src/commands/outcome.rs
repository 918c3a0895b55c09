//! The outcome: done, checked, or not done after all.

use zhitiao_domain::case::decide::Command;
use zhitiao_domain::case::state::Outcome;
use zhitiao_domain::kernel::limits::{PHOTOS, REASON_CHARS};
use zhitiao_edge::body;

use super::ReasonBody;

command!(
    /// Resolve the case, with evidence photos.
    resolve_case, "/v1/desk/cases/{number}/resolve", ResolveBody
);
command!(
    /// Close the case after the desk has checked the work.
    close_case, "/v1/desk/cases/{number}/close", CloseBody
);
command!(
    /// Reopen a case that was not done after all.
    reopen_case, "/v1/desk/cases/{number}/reopen", ReasonBody, |body| Command::Reopen { reason: body.reason }
);

body! {
    /// What was done, with proof.
    pub(crate) struct ResolveBody => Command::Resolve {
        /// What was done; the resident reads it.
        reason: String = required text(1..=REASON_CHARS),
        /// Numbers of photos of this case that are ready; at least one, except for questions. A team shows at least one
        /// from before and one from after the work.
        evidence: Vec<u8> = optional list(0..=PHOTOS, integer(0..=u8::MAX)) or Vec::new(),
        /// `fixed`: it was put right, which photos prove; `answered`: it was explained, and nothing was done. Residents
        /// read which.
        #[example("fixed")]
        outcome: Outcome = optional one_of() or Outcome::Fixed,
    }
}

body! {
    /// A closing remark.
    pub(crate) struct CloseBody => Command::Close {
        /// The resident reads it.
        reason: Option<String> = optional text(1..=REASON_CHARS),
    }
}
