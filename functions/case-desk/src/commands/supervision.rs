//! Supervision: proposed, signed, directed and signed off.

use zhitiao_domain::case::decide::Command;
use zhitiao_domain::kernel::limits::{NAME_CHARS, REASON_CHARS};
use zhitiao_edge::body;

use super::ReasonBody;

command!(
    /// Request supervision of the case by a leader.
    ask_to_supervise, "/v1/desk/cases/{number}/supervise", ReasonBody, |body| Command::Supervise { reason: body.reason }
);
command!(
    /// Sign the supervision request. The signer must not be the person who requested it.
    sign_order, "/v1/desk/cases/{number}/sign", SignBody
);
command!(
    /// Write a leader's directive to the units that have the case.
    direct_case, "/v1/desk/cases/{number}/directives", DirectiveBody
);
command!(
    /// Sign off a supervised case. The signer must not be the person who resolved it.
    sign_off_case, "/v1/desk/cases/{number}/sign-off", SignOffBody
);

body! {
    /// A signature.
    pub(crate) struct SignBody => Command::Sign {
        /// Your own name, as the directory has it.
        #[example("周海燕")]
        name: String = required line(1..=NAME_CHARS),
        /// The hash of the words that you read: `sha256` of the proposal.
        sha256: String = required line(64..=64),
    }
}

body! {
    /// A directive.
    pub(crate) struct DirectiveBody => Command::Direct {
        /// Up to 1,000 characters; staff only read it.
        text: String = required text(1..=REASON_CHARS),
    }
}

body! {
    /// A signature at the end.
    pub(crate) struct SignOffBody => Command::SignOff {
        /// Your own name, as the directory has it.
        name: String = required line(1..=NAME_CHARS),
        /// What you found.
        statement: String = required text(1..=REASON_CHARS),
    }
}
