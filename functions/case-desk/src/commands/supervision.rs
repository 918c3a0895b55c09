//! Supervision: proposed, signed, directed and signed off.

use std::sync::Arc;

use axum::extract::State;
use utoipa::ToSchema;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::kernel::limits::{NAME_CHARS, REASON_CHARS};
use zhitiao_edge::{
    FieldErrors, Fields, IdempotencyKey, IfMatch, JsonBody, Language, NumberInPath, StaffCaller,
};

use super::{Answer, CommandRequest, ReasonBody, reason};
use crate::Desk;
use crate::case_view::CaseView;

command!(
    /// Request supervision of the case by a leader.
    ask_to_supervise, "/v1/desk/cases/{number}/supervise", ReasonBody, |f| Ok(Command::Supervise { reason: reason(f)? })
);
command!(
    /// Sign the supervision request. The signer must not be the person who requested it.
    sign_order, "/v1/desk/cases/{number}/sign", SignBody, sign
);
command!(
    /// Write a leader's directive to the units that have the case.
    direct_case, "/v1/desk/cases/{number}/directives", DirectiveBody, direct
);
command!(
    /// Sign off a supervised case. The signer must not be the person who resolved it.
    sign_off_case, "/v1/desk/cases/{number}/sign-off", SignOffBody, sign_off
);

fn sign(f: &mut Fields) -> Result<Command, FieldErrors> {
    let name = f.required("name", |v| v.line(1..=NAME_CHARS));
    let sha256 = f.required("sha256", |v| v.line(64..=64));
    Ok(Command::Sign {
        name: name?,
        sha256: sha256?,
    })
}

fn direct(f: &mut Fields) -> Result<Command, FieldErrors> {
    let text = f.required("text", |v| v.text(1..=REASON_CHARS));
    Ok(Command::Direct { text: text? })
}

fn sign_off(f: &mut Fields) -> Result<Command, FieldErrors> {
    let name = f.required("name", |v| v.line(1..=NAME_CHARS));
    let statement = f.required("statement", |v| v.text(1..=REASON_CHARS));
    Ok(Command::SignOff {
        name: name?,
        statement: statement?,
    })
}

/// A signature.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `sign` reads it")]
pub(crate) struct SignBody {
    /// Your own name, as the directory has it.
    #[schema(example = "周海燕")]
    name: String,
    /// The hash of the words that you read: `sha256` of the proposal.
    #[schema(min_length = 64, max_length = 64)]
    sha256: String,
}

/// A directive.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `direct` reads it")]
pub(crate) struct DirectiveBody {
    /// Up to 1,000 characters; staff only read it.
    #[schema(max_length = 1000)]
    text: String,
}

/// A signature at the end.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `sign_off` reads it")]
pub(crate) struct SignOffBody {
    /// Your own name, as the directory has it.
    name: String,
    /// What you found.
    #[schema(max_length = 1000)]
    statement: String,
}
