//! What `templates/E9710.yaml` is compared with; nothing compiles it.

fn report() {
    metric("ReportsAccepted", 1.0, Unit::Count, &[]);
}
