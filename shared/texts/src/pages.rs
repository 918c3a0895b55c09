//! The headings and labels of pages.

use super::Row;

#[rustfmt::skip]
pub(super) const TEXTS: &[Row] = &[
    ("page.field_errors", "需要改的地方", "What to correct"),
    ("page.request_id", "故障编号：", "Request id:"),
];
