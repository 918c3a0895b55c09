//! The report-intake function.

fn main() {}
