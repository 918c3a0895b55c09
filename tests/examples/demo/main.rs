//! `make demo`: three reports from one street, from the photos to the last word, told in the terminal.
//!
//! Everything is real but the street: the template, the function binaries, tables, buckets and streams run in memory on
//! this machine, and nobody waits, because the clock is moved. Leaves `demo-out/` behind.

mod demo;
mod ending;
mod handling;
mod names;
mod photo_folder;
mod reports;
mod screens;
mod terminal;

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use zhitiao_local::BoxError;
use zhitiao_tests::World;
use zhitiao_tests::world::{options, workspace};

use demo::{Demo, Figures};
use handling::Repairs;
use names::Names;
use photo_folder::PhotoFolder;
use terminal::Terminal;

#[tokio::main]
async fn main() -> ExitCode {
    // A step that goes otherwise than planned panics with what came instead: that line is the whole message.
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.payload_as_str().unwrap_or("an unknown reason");
        let _ = writeln!(std::io::stderr(), "\nthe demo stops: {words}");
    }));
    match play().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "\nthe demo stops: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn play() -> Result<(), BoxError> {
    let start = Instant::now();
    // First of all: this names what is missing where nothing was built yet.
    let options = options();
    let mut terminal = Terminal::open();
    terminal.title(
        "一张纸条，件件有回音",
        "Zhitiao: a paper slip that gets an answer",
    )?;
    let photo_folder = PhotoFolder::open(workspace().join("demo-out"))?;
    let photos = reports::take_photos(&mut terminal, &photo_folder).await?;

    terminal.progress("starting the district")?;
    let mut demo = Demo {
        terminal,
        world: World::start_with(options).await,
        names: Names::read()?,
        photo_folder,
        cases: Vec::new(),
        figures: Figures::default(),
    };
    demo.world.cloud.recorder().set(true);
    let repairs = Repairs::among(&photos)?;
    let cases = reports::come_in(&mut demo, &photos).await?;
    handling::everyone_hears(&mut demo, &cases)?;
    handling::the_desk(&mut demo, &cases).await?;
    handling::the_manhole(&mut demo, &cases, repairs.manhole).await?;
    handling::the_wall(&mut demo, &cases, repairs.wall).await?;
    handling::the_lamp(&mut demo, &cases, repairs.lamp).await?;
    ending::the_board(&mut demo, &cases, &repairs).await?;
    screens::draw(&mut demo, &cases).await?;
    ending::figures(&mut demo, start.elapsed())?;
    demo.world.cloud.stop().await;
    Ok(())
}
