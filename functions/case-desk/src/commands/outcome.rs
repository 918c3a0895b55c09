//! The outcome: done, checked, or not done after all.

use std::sync::Arc;

use axum::extract::State;
use utoipa::ToSchema;
use zhitiao_domain::case::decide::Command;
use zhitiao_domain::kernel::limits::PHOTOS;
use zhitiao_edge::{
    FieldErrors, Fields, IdempotencyKey, IfMatch, JsonBody, Language, NumberInPath, StaffCaller,
};

use super::{Answer, CommandRequest, ReasonBody, optional_reason, reason};
use crate::Desk;
use crate::case_view::CaseView;

command!(
    /// Resolve the case, with evidence photos.
    resolve_case, "/v1/desk/cases/{number}/resolve", ResolveBody, resolve
);
command!(
    /// Close the case after the desk has checked the work.
    close_case, "/v1/desk/cases/{number}/close", CloseBody, |f| Ok(Command::Close { reason: optional_reason(f)? })
);
command!(
    /// Reopen a case that was not done after all.
    reopen_case, "/v1/desk/cases/{number}/reopen", ReasonBody, |f| Ok(Command::Reopen { reason: reason(f)? })
);

fn resolve(f: &mut Fields) -> Result<Command, FieldErrors> {
    let reason = reason(f);
    let evidence = f.optional("evidence", |v| {
        v.list(0..=PHOTOS, |v| v.integer(0..=u8::MAX))
    });
    Ok(Command::Resolve {
        reason: reason?,
        evidence: evidence?.unwrap_or_default(),
    })
}

/// What was done, with proof.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `resolve` reads it")]
pub(crate) struct ResolveBody {
    /// What was done; the resident reads it.
    #[schema(max_length = 1000)]
    reason: String,
    /// Numbers of photos of this case that are ready; at least one, except for questions. A team shows at least one
    /// from before and one from after the work.
    evidence: Option<Vec<u8>>,
}

/// A closing remark.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the wire; `optional_reason` reads it")]
pub(crate) struct CloseBody {
    /// The resident reads it.
    #[schema(max_length = 1000)]
    reason: Option<String>,
}
