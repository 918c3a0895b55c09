//! What the terminal shows once everything runs.

use std::fmt::Write;

use crate::cloud::LocalCloud;

/// The start-up page: where everything is, and a staff token to try it with.
pub fn page(cloud: &LocalCloud, staff: &str, tenant: &str) -> String {
    let parts = &cloud.parts;
    let tables: Vec<_> = parts.tables.names().into_values().collect();
    let buckets: Vec<_> = parts
        .objects
        .buckets
        .iter()
        .map(|bucket| bucket.name.as_str())
        .collect();
    let logs = parts
        .lambda
        .logs
        .folder()
        .map_or_else(|| "in memory".to_owned(), |path| path.display().to_string());
    let rows = [
        ("API", cloud.api_url().to_owned()),
        ("What runs", format!("{}/dev/", cloud.api_url())),
        ("Inbox", format!("{}/dev/inbox", cloud.api_url())),
        (
            "Clock",
            format!(
                "{}/dev/clock  (now {})",
                cloud.api_url(),
                cloud.now().strftime("%F %T UTC")
            ),
        ),
        ("Functions", cloud.functions().join(" ")),
        (
            "Tables",
            format!("{}  at {}", tables.join(" "), cloud.dynamodb_url()),
        ),
        (
            "Buckets",
            format!("{}  at {}", buckets.join(" "), cloud.s3_url()),
        ),
        ("Logs", logs),
        (
            "Staff token",
            format!(
                "{staff} of {tenant}; more at {}/dev/token?sub=...&tenant=...",
                cloud.api_url()
            ),
        ),
    ];
    let mut page = String::new();
    for (name, value) in rows {
        // Writing into a text cannot fail.
        let _ = writeln!(page, "  {name:<12} {value}");
    }
    page + "\n" + &cloud.staff_token(staff, tenant) + "\n"
}
