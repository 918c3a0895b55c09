//! What the terminal shows once everything runs.

use std::fmt::Write;

use crate::cloud::LocalCloud;

/// The start-up page: where everything is, and a staff token to try it with.
pub fn page(cloud: &LocalCloud, staff: &str, district: &str) -> String {
    let mut page = String::new();
    for (name, value) in rows(cloud) {
        // Writing into a text cannot fail.
        let _ = writeln!(page, "  {name:<12} {value}");
    }
    let api = cloud.api_url();
    let token = cloud.staff_token(staff, district);
    page + &format!(
        "\n  Token of {staff}, {district} (others: {api}/dev/token?sub=...&tenant=...)\n{token}\n"
    )
}

fn rows(cloud: &LocalCloud) -> [(&'static str, String); 10] {
    let services = &cloud.services;
    let api = cloud.api_url();
    let tables: Vec<_> = services.dynamodb.names().into_values().collect();
    let buckets = services
        .s3
        .buckets
        .iter()
        .map(|bucket| bucket.name.as_str());
    let buckets: Vec<_> = buckets.collect();
    let logs = services
        .lambda
        .logs
        .folder()
        .map(|path| path.display().to_string());
    [
        ("Home page", format!("{api}/")),
        ("API", api.to_owned()),
        ("What runs", format!("{api}/dev/")),
        ("Inbox", format!("{api}/dev/inbox")),
        ("To persons", format!("{api}/dev/people")),
        (
            "Clock",
            format!("{api}/dev/clock, now {}", cloud.now().strftime("%F %T UTC")),
        ),
        ("Functions", cloud.functions().join(" ")),
        (
            "Dynamodb",
            format!("{} at {}", tables.join(" "), cloud.dynamodb_url()),
        ),
        (
            "Buckets",
            format!("{} at {}", buckets.join(" "), cloud.s3_url()),
        ),
        ("Logs", logs.unwrap_or_else(|| "in memory".to_owned())),
    ]
}
