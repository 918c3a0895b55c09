//! Writes the nine drawn street photos and a contact sheet of what the sanitizer makes of them.
//!
//! `cargo run -p zhitiao-photos --features scenes --example scenes -- FOLDER`
#![allow(clippy::print_stdout, reason = "a command-line example")]

use std::path::Path;
use std::time::Instant;
use std::{env, error::Error, fs};

use zhitiao_pictures::GpsPoint;
use zhitiao_pictures::sanitize;
use zhitiao_pictures::scene::{CameraNote, Scene, Subject, View, contact_sheet, photograph};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os()
        .nth(1)
        .ok_or("usage: scenes FOLDER (which exists)")?;
    let mut pictures = Vec::new();
    for (subject, view) in Subject::ALL
        .into_iter()
        .flat_map(|subject| View::ALL.map(|view| (subject, view)))
    {
        let name = format!("{subject:?}-{view:?}");
        let (photo, small) = take(subject, view, &name)?;
        fs::write(Path::new(&folder).join(format!("{name}.jpg")), photo)?;
        pictures.push((small, name));
    }
    let pictures: Vec<_> = pictures
        .iter()
        .map(|(jpeg, name)| (jpeg.as_slice(), name.as_str()))
        .collect();
    fs::write(
        Path::new(&folder).join("sheet.png"),
        contact_sheet(&pictures)?,
    )?;
    Ok(())
}

/// The photo and its large rendition.
fn take(subject: Subject, view: View, name: &str) -> Result<(Vec<u8>, Vec<u8>), Box<dyn Error>> {
    let scene = Scene {
        subject,
        view,
        seed: 12,
    };
    let note = CameraNote {
        orientation: 6,
        point: Some(GpsPoint {
            lat: 36.0605,
            lon: 120.3250,
        }),
    };
    let start = Instant::now();
    let photo = photograph(scene, &note);
    let taken = start.elapsed();
    let start = Instant::now();
    let clean = sanitize(&photo)?;
    println!(
        "{name}: {} kB drawn in {taken:.0?}; {:?} and {:?} in {:.0?}",
        photo.len() / 1000,
        clean.large,
        clean.small,
        start.elapsed()
    );
    Ok((photo, clean.large.jpeg))
}
