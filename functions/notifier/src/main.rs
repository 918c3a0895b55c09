//! The notifier function.

fn main() {}
