//! The public-board function.

fn main() {}
