//! `zhitiao-local`: runs the application of a template on this machine.

mod arguments;

use std::io::Write;

use clap::Parser;
use tracing_subscriber::EnvFilter;
use zhitiao_local::{BoxError, LocalCloud, banner, walkthrough};

use arguments::Arguments;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let filter = EnvFilter::new("warn,dynoxide=error,s3s=error");
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let cloud = match LocalCloud::start(Arguments::parse().into()).await {
        Ok(cloud) => cloud,
        Err(error) => {
            writeln!(std::io::stderr(), "zhitiao-local: {error}")?;
            std::process::exit(1);
        }
    };
    writeln!(
        std::io::stdout(),
        "{}",
        banner::page(&cloud, "wang.fang", "shinan")
    )?;
    writeln!(std::io::stdout(), "{}", walkthrough::page(cloud.api_url()))?;
    tokio::signal::ctrl_c().await?;
    cloud.stop().await;
    Ok(())
}
