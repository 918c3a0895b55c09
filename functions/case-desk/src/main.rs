//! The case-desk function.

fn main() {}
