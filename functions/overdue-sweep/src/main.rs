//! The overdue-sweep function.

fn main() {}
