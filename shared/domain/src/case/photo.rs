//! What became of each photo of a case.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::cooperation::Phase;
use crate::case::report::{PhotoGrant, Point};
use crate::kernel::ids::StaffId;
use crate::kernel::limits;

/// What became of a photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PhotoState {
    /// Announced by staff, or by the reporter after the report; not received yet.
    Pending,
    /// Checked, cleaned and stored in two sizes.
    Ready {
        /// Pixels of the large size.
        width: u32,
        /// Pixels of the large size.
        height: u32,
        /// Where it was taken, kept only with the reporter's consent.
        point: Option<Point>,
    },
    /// Refused, with the stable code of the reason.
    Rejected {
        /// Why.
        reason: String,
    },
}

/// One photo of a case. Numbers from 0 are the reporter's, in the order of the report; from
/// [`FIRST_EVIDENCE`] on they are evidence by staff.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Its number in the case.
    pub number: u8,
    /// What became of it.
    pub state: PhotoState,
    /// When that was recorded.
    pub at: Timestamp,
    /// For evidence: what was announced, by whom, under which idempotency key.
    pub announced: Option<Announced>,
}

/// An evidence photo that a member of staff announced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Announced {
    /// The member of staff.
    pub by: StaffId,
    /// The idempotency key of the announcement.
    pub command: String,
    /// Whether it shows the place before or after the work, when that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Angle, type and length.
    #[serde(flatten)]
    pub grant: PhotoGrant,
}

impl Photo {
    /// Whether it can be shown.
    pub fn is_ready(&self) -> bool {
        matches!(self.state, PhotoState::Ready { .. })
    }

    /// Where it was taken, when that was kept; for staff only.
    pub fn point(&self) -> Option<Point> {
        match self.state {
            PhotoState::Ready { point, .. } => point,
            PhotoState::Pending | PhotoState::Rejected { .. } => None,
        }
    }
}

/// The number of the first evidence photo.
#[expect(clippy::cast_possible_truncation, reason = "the limit is 9")]
pub const FIRST_EVIDENCE: u8 = limits::PHOTOS as u8;

/// How far an announced photo has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// It may still arrive.
    Waiting,
    /// Its upload grant lapsed before it arrived.
    Expired,
    /// It can be shown.
    Ready,
    /// It was refused, with the stable code of the reason.
    Rejected(&'a str),
}

impl Progress<'_> {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Expired => "expired",
            Self::Ready => "ready",
            Self::Rejected(_) => "rejected",
        }
    }
}
