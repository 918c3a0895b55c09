//! Which aggregate: what events, messages and deliveries are about, across contexts.

use std::fmt;

use crate::kernel::ids::{CaseId, InvalidId};

/// An aggregate of any context, by its id. Its text is a part of stored keys and of ids that receivers compare: an id
/// alone for a case; every other kind begins with a word of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AggregateRef {
    /// A case.
    Case(CaseId),
}

impl AggregateRef {
    /// Reads the text back.
    ///
    /// # Errors
    /// When it names no aggregate.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        CaseId::parse(text).map(Self::Case)
    }

    /// The case, when it is one.
    pub fn case(&self) -> Option<CaseId> {
        match self {
            Self::Case(id) => Some(*id),
        }
    }
}

impl From<CaseId> for AggregateRef {
    fn from(id: CaseId) -> Self {
        Self::Case(id)
    }
}

impl fmt::Display for AggregateRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(id) => id.fmt(f),
        }
    }
}
