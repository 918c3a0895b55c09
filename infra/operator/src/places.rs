//! Places with a code: imported from a file, printed as sheets.

pub(crate) mod import;
pub(crate) mod print;
