//! The exact words that leaders sign: one text for every reader, because there is one signature.

use std::fmt::Write;

use jiff::Timestamp;

use crate::case::Case;
use crate::case::proposal::Proposal;
use crate::kernel::calendar::OFFSET;
use crate::kernel::org::OrgChart;

/// The exact words of an order of supervision.
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

fn minute(at: Timestamp) -> String {
    OFFSET
        .to_datetime(at)
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}
