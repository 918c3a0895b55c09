//! What `templates/E9604.yaml` is compared with; nothing compiles it.

/// The variables that this sample reads.
pub const ENV: &[&str] = &["CASES_TABLE", "LOG_LEVEL"];
