//! The photo-intake function.

fn main() {}
