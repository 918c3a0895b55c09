//! Prints the API description as JSON, or with `--page` as the page docs/api.md; `make openapi` writes both.

use std::io::Write;

use zhitiao_tests::{description, reference};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let openapi = description::openapi();
    let text = if std::env::args().any(|argument| argument == "--page") {
        reference::page(&serde_json::to_value(openapi)?)
    } else {
        openapi.to_pretty_json()? + "\n"
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}
