//! Does to one file what photo-intake does to an upload: `cargo run -p zhitiao-photo-intake --example sanitize -- IN
//! OUT`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line example"
)]

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use zhitiao_pictures::{Sanitized, sanitize};

const HELP: &str = "\
Makes the pictures that the service would keep of a photo: upright, shrunk, without metadata.

Usage: sanitize IN OUT
  IN   a JPEG, PNG or WebP file
  OUT  where the large picture goes, e.g. clean.jpg;
       the one of at most 320 pixels goes beside it, e.g. clean.320.jpg

Exit status: 0 done; 1 the photo is refused, with the reason; 2 wrong usage or a file that cannot be read or written.";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [flag] if flag == "--help" || flag == "-h" => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        [from, to] => run(Path::new(from), Path::new(to)),
        _ => {
            eprintln!("{HELP}");
            ExitCode::from(2)
        }
    }
}

fn run(from: &Path, to: &Path) -> ExitCode {
    let original = match fs::read(from) {
        Ok(original) => original,
        Err(error) => return unusable(from, &error),
    };
    let clean = match sanitize(&original) {
        Ok(clean) => clean,
        Err(rejection) => {
            eprintln!("refused ({}): {rejection}", rejection.code());
            return ExitCode::from(1);
        }
    };
    let beside = to.with_extension("320.jpg");
    for (path, picture) in [(to, &clean.large), (beside.as_path(), &clean.small)] {
        if let Err(error) = fs::write(path, &picture.jpeg) {
            return unusable(path, &error);
        }
    }
    tell(original.len(), &clean, [to, &beside]);
    ExitCode::SUCCESS
}

fn unusable(path: &Path, error: &io::Error) -> ExitCode {
    eprintln!("{}: {error}", path.display());
    ExitCode::from(2)
}

fn tell(original: usize, clean: &Sanitized, paths: [&Path; 2]) {
    println!("original: {original} bytes");
    for (path, picture) in paths.into_iter().zip([&clean.large, &clean.small]) {
        println!(
            "{}: {}x{}, {} bytes",
            path.display(),
            picture.width,
            picture.height,
            picture.jpeg.len()
        );
    }
    match clean.point {
        Some(point) => println!(
            "taken at {:.5}, {:.5} (read, not written)",
            point.lat, point.lon
        ),
        None => println!("no position in the file"),
    }
}
