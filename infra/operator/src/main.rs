//! `zhitiao-operator`: what operators do and the console cannot.

mod arguments;
mod channels;
mod check;
mod export;
mod law;
mod migrate;
mod places;
mod seed;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use zhitiao_runtime::bootstrap::Error;

use arguments::{Arguments, Command, Places};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Check { source, channels } => check::run(&source, channels.as_deref()),
        Command::Seed(order) => seed::run(&order).await,
        Command::Export(order) => export::run(&order).await,
        Command::Channels(order) => channels::run(&order).await,
        Command::Places(Places::Import(order)) => places::import::run(&order).await,
        Command::Places(Places::Print(order)) => places::print::run(&order).await,
        Command::Migrate(order) => migrate::run(&order).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A closed standard error leaves nobody to tell.
            let _ = writeln!(std::io::stderr(), "zhitiao-operator: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints one line for the operator.
fn say(line: &str) -> Result<(), Error> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
