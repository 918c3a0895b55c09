//! `make demo`: three reports from one street, from the photos to the last word, told in the terminal.
//!
//! Everything is real but the street: the template, the function binaries, tables, buckets and streams run in memory on
//! this machine, and nobody waits, because the clock is moved. Leaves `demo-out/` behind.

mod album;
mod cast;
mod chapters;
mod ending;
mod reports;
mod stage;
mod tale;

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use zhitiao_local::BoxError;
use zhitiao_tests::World;
use zhitiao_tests::world::{options, workspace};

use album::Album;
use cast::Cast;
use chapters::Repairs;
use stage::Stage;
use tale::{Figures, Tale};

#[tokio::main]
async fn main() -> ExitCode {
    // A step that goes otherwise than told panics with what came instead: that line is the whole message.
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.payload_as_str().unwrap_or("an unknown reason");
        let _ = writeln!(std::io::stderr(), "\nthe demo stops: {words}");
    }));
    match tell().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "\nthe demo stops: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn tell() -> Result<(), BoxError> {
    let start = Instant::now();
    // First of all: this names what is missing where nothing was built yet.
    let options = options();
    let mut stage = Stage::open();
    stage.title(
        "一张纸条，件件有回音",
        "Zhitiao: a paper slip that gets an answer",
    )?;
    let album = Album::open(workspace().join("demo-out"))?;
    let photos = reports::take_photos(&mut stage, &album).await?;

    stage.progress("starting the district")?;
    let mut tale = Tale {
        stage,
        world: World::start_with(options).await,
        cast: Cast::read()?,
        album,
        cases: Vec::new(),
        figures: Figures::default(),
    };
    tale.world.cloud.recorder().set(true);
    let repairs = Repairs::among(&photos)?;
    let cases = reports::come_in(&mut tale, &photos).await?;
    chapters::everyone_hears(&mut tale, &cases)?;
    chapters::the_desk(&mut tale, &cases).await?;
    chapters::the_manhole(&mut tale, &cases, repairs.manhole).await?;
    chapters::the_wall(&mut tale, &cases, repairs.wall).await?;
    chapters::the_lamp(&mut tale, &cases, repairs.lamp).await?;
    ending::the_board(&mut tale, &cases, &repairs).await?;
    ending::figures(&mut tale, start.elapsed())?;
    tale.world.cloud.stop().await;
    Ok(())
}
