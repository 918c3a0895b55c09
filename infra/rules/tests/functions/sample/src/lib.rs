//! What `templates/E9604.yaml` and `templates/E9710.yaml` are compared with; nothing compiles it.

/// The variables that this sample reads.
pub const ENV: &[&str] = &["CASES_TABLE", "LOG_LEVEL"];

fn report() {
    metric("ReportsAccepted", 1.0, Unit::Count, &[]);
}
