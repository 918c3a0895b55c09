//! The words of printed documents.

use super::Row;

#[rustfmt::skip]
pub(super) const TEXTS: &[Row] = &[
    ("document.case", "事项编号", "Case"),
    ("document.category", "事项类别", "Kind"),
    ("document.issued", "签发时间：", "Issued "),
    ("document.notice", "催办通知书", "Notice to expedite"),
    ("document.notice.words", "该事项承诺于{due}前办结，现已超过时限。请立即组织办理，在 2 个工作日内书面说明进展，并把结果告知居民。", "This case was promised by {due}, and that time has passed. Please act at once, report in writing within 2 working days, and tell the resident the result."),
    ("document.number", "编号：{number}（{event}）", "Number {number} ({event})"),
    ("document.order", "督办单", "Order of supervision"),
    ("document.order.words", "该事项列入督办。请明确责任人和完成时限，每 5 个工作日报告一次进展，办结后报领导核实销号。", "This case is under supervision. Please name who is responsible and by when, report every 5 working days, and have it signed off by a leader when it is done."),
    ("document.place", "地点", "Place"),
    ("document.promised", "承诺办结时间", "Promised by"),
    ("document.receipt", "签收人：____________　签收时间：____________", "Received by ____________ on ____________"),
    ("document.received", "收到时间", "Received"),
    ("document.sign_off", "督办销号单", "Sign-off of supervision"),
    ("document.signed", "签批人：", "Signed by "),
    ("document.signed_words", "签批内容：", "What was signed:"),
    ("document.text", "居民诉求", "What the resident wrote"),
    ("document.to", "主送：", "To: "),
];
