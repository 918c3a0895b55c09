//! Prints the API description; `make openapi` writes it to infra/openapi.json.

use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = zhitiao_tests::description::openapi().to_pretty_json()?;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
