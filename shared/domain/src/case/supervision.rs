//! Supervision: an order that a leader signs, under which a case is reminded of until a leader signs it off.
//!
//! A signature names the person, the post, the time and the SHA-256 of the exact words that were signed. The words
//! stand in the event beside it, so that what was printed can be held against what is stored.

use std::fmt::Write;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kernel::ids::{StaffId, UnitId};
use crate::kernel::roles::Role;

/// Who signed what, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The person.
    pub staff: StaffId,
    /// The name as the person wrote it, which is the one in the directory.
    pub name: String,
    /// The post.
    pub role: Role,
    /// The unit of the post.
    pub unit: UnitId,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the words that were signed, as 64 hexadecimal digits.
    pub sha256: String,
}

/// The order under which a case is supervised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    /// The number of the event that ordered it.
    pub order: u32,
    /// Who signed the order.
    pub signed_by: StaffId,
    /// The unit in whose name.
    pub unit: UnitId,
    /// When.
    pub at: Timestamp,
    /// Who said that the case is done, who may not sign it off as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<StaffId>,
    /// Whether a leader has signed it off.
    #[serde(default)]
    pub signed_off: bool,
}

/// SHA-256 as 64 hexadecimal digits.
pub fn sha256_hex(words: &str) -> String {
    Sha256::digest(words.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
