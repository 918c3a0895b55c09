//! Why a case is refused: one of a fixed list, so that residents read a reason and figures can be counted.

use serde::{Deserialize, Serialize};

/// Why a case is out of the service's scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// 不属于公共事务: it concerns nobody but the reporter.
    NotPublic,
    /// 民事纠纷: a dispute between private persons.
    PrivateDispute,
    /// 属于其他机关: another authority decides, and is named.
    OtherAuthority,
    /// 重复反映: it was decided before.
    Duplicate,
    /// 查无此事: it could not be found at the place.
    NotFound,
    /// 没有依据: no law lets the district act.
    NoLaw,
}

impl RefusalReason {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::NotPublic,
        Self::PrivateDispute,
        Self::OtherAuthority,
        Self::Duplicate,
        Self::NotFound,
        Self::NoLaw,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotPublic => "not_public",
            Self::PrivateDispute => "private_dispute",
            Self::OtherAuthority => "other_authority",
            Self::Duplicate => "duplicate",
            Self::NotFound => "not_found",
            Self::NoLaw => "no_law",
        }
    }
}
