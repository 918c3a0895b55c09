//! What one photo costs. `make bench`; compare rows of one run, never of two.

use zhitiao_pictures::sanitize;
use zhitiao_pictures::scene::{CameraNote, Scene, Subject, View, photograph};

fn main() {
    divan::main();
}

/// A 12-megapixel photo, held so that it must be turned or not.
#[divan::bench(args = [1, 6], sample_count = 10)]
fn twelve_megapixels(bencher: divan::Bencher<'_, '_>, orientation: u8) {
    let scene = Scene {
        subject: Subject::LeaningWall,
        view: View::Side,
        seed: 7,
    };
    let jpeg = photograph(
        scene,
        &CameraNote {
            orientation,
            point: None,
        },
    );
    bencher.bench_local(|| sanitize(divan::black_box(&jpeg)));
}

/// What a refusal before decoding costs.
#[divan::bench]
fn refused_by_its_first_bytes(bencher: divan::Bencher<'_, '_>) {
    let html = b"<html><body>not a picture</body></html>".repeat(1000);
    bencher.bench_local(|| sanitize(divan::black_box(&html)).is_err());
}
