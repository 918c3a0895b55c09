//! Supervision: an order that a leader signs, under which a case is reminded of until a leader signs it off.
//!
//! A signature names the person, the post, the time and the SHA-256 of the exact words that were signed. The words stand
//! in the event beside it, so that what was printed can be held against what is stored.

use std::fmt::Write;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::case::Case;
use crate::case::proposal::Proposal;
use crate::kernel::calendar::OFFSET;
use crate::kernel::ids::{StaffId, UnitId};
use crate::kernel::org::{OrgChart, Role};

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

/// The exact words of an order of supervision: one text for every reader, because there is one signature.
pub fn order_statement(case: &Case, proposal: &Proposal, org: &OrgChart) -> String {
    let by = match &proposal.by {
        None => "系统自动提请 the rules".to_owned(),
        Some(id) => org
            .staff(id)
            .map_or_else(|| id.to_string(), |person| person.name.clone()),
    };
    let unit = org.unit(&proposal.unit);
    let unit = unit.map_or_else(|| proposal.unit.to_string(), |unit| unit.name.zh.clone());
    let due = case.due_at().map_or_else(|| "—".to_owned(), minute);
    let mut words = format!(
        "督办立项 Order of supervision\n事项 Case: {}\n提请人 Proposed by: {by}（{unit}）\n提请时间 Proposed at: {}\n承诺办结时间 Promised by: {due}\n",
        case.id.number(),
        minute(proposal.at),
    );
    if !proposal.reason.is_empty() {
        let _ = writeln!(words, "事由 Reason: {}", proposal.reason);
    }
    words
}

/// The exact words by which a supervised case is signed off.
pub fn sign_off_statement(case: &Case, statement: &str) -> String {
    let order = case.supervision.as_ref();
    let at = order.map_or_else(|| "—".to_owned(), |order| minute(order.at));
    format!(
        "督办销号 Sign-off\n事项 Case: {}\n立项时间 Ordered at: {at}\n意见 Statement: {statement}\n",
        case.id.number(),
    )
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

fn minute(at: Timestamp) -> String {
    OFFSET
        .to_datetime(at)
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}
