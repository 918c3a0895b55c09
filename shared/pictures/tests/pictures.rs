//! What comes out of good files: upright, shrunk, in the right colors, and silent about who took them where.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![allow(clippy::too_many_lines, reason = "a list of files is read at one go")]

#[path = "support/files.rs"]
mod files;
#[path = "support/look.rs"]
mod look;

use exif::{Rational, SRational, Tag, Value};
use files::{
    COLORS, exif as exif_block, jpeg, jpeg_of, png as png_of, progressive, quadrants, webp,
};
use jpeg_encoder::ColorType;
use look::{assert_near, assert_upright, color_at, pixels, sizes};
use zhitiao_pictures::scene::{
    CAMERA, CameraNote, Scene, Subject, View, photograph, photograph_repaired,
};
use zhitiao_pictures::{GpsPoint, sanitize};

/// The stored form of upright quadrants, by the words of the standard: which side of the scene the stored first row and
/// first column are (EXIF 2.32, tag 274).
fn stored(orientation: u16, (width, height): (u32, u32)) -> (Vec<u8>, (u32, u32)) {
    let (row_zero, column_zero) = match orientation {
        1 => ("top", "left"),
        2 => ("top", "right"),
        3 => ("bottom", "right"),
        4 => ("bottom", "left"),
        5 => ("left", "top"),
        6 => ("right", "top"),
        7 => ("right", "bottom"),
        _ => ("left", "bottom"),
    };
    let upright = quadrants(width, height);
    let lying = matches!(row_zero, "left" | "right");
    let (columns, rows) = if lying {
        (height, width)
    } else {
        (width, height)
    };
    let mut pixels = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let (mut x, mut y) = (0, 0);
            for (side, distance) in [(row_zero, row), (column_zero, column)] {
                match side {
                    "top" => y = distance,
                    "bottom" => y = height - 1 - distance,
                    "left" => x = distance,
                    _ => x = width - 1 - distance,
                }
            }
            let at = ((y * width + x) * 3) as usize;
            pixels.extend_from_slice(&upright[at..at + 3]);
        }
    }
    (pixels, (columns, rows))
}

#[test]
fn every_orientation_comes_out_upright() {
    for orientation in 1..=8_u16 {
        let (rgb, size) = stored(orientation, (2000, 1200));
        let block = exif_block(&[(Tag::Orientation, Value::Short(vec![orientation]))]);
        let file = jpeg_of(&rgb, size, ColorType::Rgb, |encoder| {
            encoder.add_exif_metadata(&block).unwrap();
        });
        let clean = sanitize(&file).unwrap();
        assert_eq!(sizes(&clean), [(1600, 960), (320, 192)], "{orientation}");
        assert_upright(&clean.large, &format!("orientation {orientation}"));
        assert_upright(&clean.small, &format!("orientation {orientation}, small"));
    }
}

#[test]
fn an_orientation_that_does_not_exist_changes_nothing() {
    for orientation in [0, 9, 65535] {
        let block = exif_block(&[(Tag::Orientation, Value::Short(vec![orientation]))]);
        let clean = sanitize(&webp(80, 40, block)).unwrap();
        assert_eq!(sizes(&clean), [(80, 40); 2]);
        assert_upright(&clean.large, &format!("orientation {orientation}"));
    }
}

#[test]
fn metadata_is_read_and_gone() {
    let scene = Scene {
        subject: Subject::OpenManhole,
        view: View::Front,
        seed: 3,
    };
    let taken = |orientation| {
        let point = Some(GpsPoint {
            lat: 36.0605,
            lon: 120.3250,
        });
        photograph(scene, &CameraNote { orientation, point })
    };
    let photo = taken(7);
    assert!(
        (1_500_000..5_000_000).contains(&photo.len()),
        "{} bytes",
        photo.len()
    );
    for word in CAMERA {
        assert!(contains(&photo, word), "the drawn photo names its {word}");
    }

    let clean = sanitize(&photo).unwrap();
    assert_eq!(sizes(&clean), [(1600, 1200), (320, 240)]);
    let point = clean.point.unwrap();
    assert!((point.lat - 36.0605).abs() < 1e-5 && (point.lon - 120.3250).abs() < 1e-5);
    assert_eq!(format!("{point:?}"), "GpsPoint(..)");
    for picture in [&clean.large, &clean.small] {
        assert_silent(&picture.jpeg);
    }

    let upright = sanitize(&taken(1)).unwrap();
    let difference = mean_difference(&pixels(&clean.large), &pixels(&upright.large));
    assert!(difference < 1.0, "turned by {difference}");
}

/// Nothing but the picture and a JFIF header: no other application segment, no comment, none of the camera's words.
fn assert_silent(jpeg: &[u8]) {
    for word in CAMERA
        .into_iter()
        .chain(["Exif", "GPS", "http://ns.adobe.com", "ICC_PROFILE"])
    {
        assert!(!contains(jpeg, word), "{word} survived");
    }
    let mut at = 2;
    while jpeg[at + 1] != 0xda {
        let marker = jpeg[at + 1];
        assert!(
            matches!(marker, 0xe0 | 0xdb | 0xc0 | 0xc4),
            "segment {marker:x}"
        );
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    assert_eq!(
        &jpeg[jpeg.len() - 2..],
        [0xff, 0xd9],
        "something follows the picture"
    );
}

fn contains(file: &[u8], word: &str) -> bool {
    file.windows(word.len())
        .any(|window| window == word.as_bytes())
}

#[expect(clippy::cast_precision_loss, reason = "a mean of bytes")]
fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    let sum: u64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.len() as f64
}

#[test]
fn png_and_webp_give_up_their_metadata_too() {
    let block = exif_block(&[
        (Tag::Orientation, Value::Short(vec![3])),
        (Tag::Model, Value::Ascii(vec![CAMERA[1].into()])),
    ]);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 80, 40);
    encoder.set_color(png::ColorType::Rgb);
    encoder
        .add_text_chunk("Author".into(), CAMERA[0].into())
        .unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::eXIf, &block).unwrap();
    let (upside_down, _) = stored(3, (80, 40));
    writer.write_image_data(&upside_down).unwrap();
    writer.finish().unwrap();

    let mut webp = Vec::new();
    let mut encoder = image_webp::WebPEncoder::new(&mut webp);
    encoder.set_exif_metadata(block);
    encoder.set_xmp_metadata(CAMERA[0].into());
    encoder
        .encode(&upside_down, 80, 40, image_webp::ColorType::Rgb8)
        .unwrap();

    for (file, what) in [(png, "PNG"), (webp, "WebP")] {
        assert!(contains(&file, CAMERA[1]), "{what}");
        let clean = sanitize(&file).unwrap();
        assert_upright(&clean.large, what);
        assert_silent(&clean.large.jpeg);
    }
}

#[test]
fn the_position_is_taken_only_when_it_is_one() {
    let part = |num, denom| Rational { num, denom };
    let position = |lat: [Rational; 3], south: &str, lon: [Rational; 3], west: &str| {
        let block = exif_block(&[
            (Tag::GPSLatitudeRef, Value::Ascii(vec![south.into()])),
            (Tag::GPSLatitude, Value::Rational(lat.to_vec())),
            (Tag::GPSLongitudeRef, Value::Ascii(vec![west.into()])),
            (Tag::GPSLongitude, Value::Rational(lon.to_vec())),
        ]);
        sanitize(&webp(8, 8, block)).unwrap().point
    };
    let zero = [part(0, 1); 3];
    let some = [part(10, 1), part(30, 1), part(3600, 100)];

    let point = position(some, "S", some, "W").unwrap();
    assert!((point.lat + 10.51).abs() < 1e-9 && (point.lon + 10.51).abs() < 1e-9);
    assert_eq!(
        position(zero, "N", zero, "E"),
        None,
        "a receiver without a fix"
    );
    assert_eq!(
        position([part(91, 1), part(0, 1), part(0, 1)], "N", some, "E"),
        None
    );
    assert_eq!(
        position(some, "N", [part(181, 1), part(0, 1), part(0, 1)], "E"),
        None
    );
    assert_eq!(
        position([part(1, 0); 3], "N", some, "E"),
        None,
        "division by zero"
    );
    assert_eq!(position(some, "X", some, "E"), None);
    assert_eq!(position(some, "", some, "E"), None);
    assert_eq!(sanitize(&jpeg(8, 8)).unwrap().point, None);
}

#[test]
fn a_position_is_read_in_every_way_that_programs_write_it() {
    let part = |num, denom| Rational { num, denom };
    let signed = |num, denom| SRational { num, denom };
    let position = |letters: [Value; 2], size: Value| {
        let [north, east] = letters;
        let block = exif_block(&[
            (Tag::GPSLatitudeRef, north),
            (Tag::GPSLatitude, size.clone()),
            (Tag::GPSLongitudeRef, east),
            (Tag::GPSLongitude, size),
        ]);
        let point = sanitize(&webp(8, 8, block)).unwrap().point;
        point.map(|point| (point.lat, point.lon))
    };
    let letters =
        |north: &str, east: &str| [north, east].map(|text| Value::Ascii(vec![text.into()]));
    let plus = || letters("N", "E");
    for (what, letters, size) in [
        (
            "seconds of 0/0",
            plus(),
            Value::Rational(vec![part(10, 1), part(3030, 100), part(0, 0)]),
        ),
        (
            "two parts",
            plus(),
            Value::Rational(vec![part(10, 1), part(3030, 100)]),
        ),
        (
            "one part",
            plus(),
            Value::Rational(vec![part(10_505, 1000)]),
        ),
        (
            "only degrees",
            plus(),
            Value::Rational(vec![part(10_505, 1000), part(0, 0), part(0, 0)]),
        ),
        (
            "signed parts",
            plus(),
            Value::SRational(vec![signed(10, 1), signed(30, 1), signed(18, 1)]),
        ),
        ("doubles", plus(), Value::Double(vec![10.0, 30.3, 0.0])),
        (
            "small letters",
            letters("n", "e"),
            Value::Rational(vec![part(10, 1), part(30, 1), part(18, 1)]),
        ),
        (
            "words",
            letters("North", "East"),
            Value::Rational(vec![part(10, 1), part(30, 1), part(18, 1)]),
        ),
        (
            "letters as bytes",
            [Value::Byte(b"N\0".to_vec()), Value::Byte(b"E\0".to_vec())],
            Value::Rational(vec![part(10, 1), part(30, 1), part(18, 1)]),
        ),
    ] {
        let (lat, lon) = position(letters, size).expect(what);
        assert!(
            (lat - 10.505).abs() < 1e-9 && (lon - 10.505).abs() < 1e-9,
            "{what}: {lat}, {lon}"
        );
    }
    let minus = Value::SRational(vec![signed(-10, 1)]);
    assert_eq!(
        position(letters("S", "W"), minus.clone()),
        Some((-10.0, -10.0))
    );
    assert_eq!(position(plus(), minus), None, "which is it?");
    assert_eq!(position(plus(), Value::Rational(vec![part(0, 0); 3])), None);
    let gap = Value::Rational(vec![part(10, 1), part(0, 0), part(30, 1)]);
    assert_eq!(position(plus(), gap), None, "seconds without minutes");
}

#[test]
fn pictures_shrink_and_never_grow() {
    for (size, wanted) in [
        ((1601, 1601), [(1600, 1600), (320, 320)]),
        ((1600, 1200), [(1600, 1200), (320, 240)]),
        ((1200, 1600), [(1200, 1600), (240, 320)]),
        ((200, 100), [(200, 100); 2]),
        ((1, 1), [(1, 1); 2]),
        // Longer than 5:2: the short side stays readable, and the small one is an excerpt.
        ((4000, 1600), [(1600, 640), (320, 128)]),
        ((4000, 1000), [(2560, 640), (320, 128)]),
        ((1080, 20_000), [(640, 11_852), (128, 320)]),
        ((400, 100), [(400, 100), (250, 100)]),
        ((5000, 10), [(5000, 10), (25, 10)]),
        ((3, 9000), [(3, 9000), (3, 7)]),
    ] {
        let clean = sanitize(&jpeg(size.0, size.1)).unwrap();
        assert_eq!(sizes(&clean), wanted, "{size:?}");
    }
}

/// A picture of three equal parts in the colors of the first three quadrants, one below or beside the other.
fn thirds(width: u32, height: u32) -> Vec<u8> {
    let part = |x: u32, y: u32| {
        let part = if height > width {
            3 * y / height
        } else {
            3 * x / width
        };
        COLORS[part as usize]
    };
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let rgb: Vec<u8> = pixels.flat_map(|(x, y)| part(x, y)).collect();
    jpeg_of(&rgb, (width, height), ColorType::Rgb, |_| ())
}

#[test]
fn a_long_screenshot_is_listed_by_its_top_and_a_panorama_by_its_middle() {
    for (size, wanted, what) in [
        ((720, 9000), COLORS[0], "screenshot"),
        ((9000, 720), COLORS[1], "panorama"),
    ] {
        let small = sanitize(&thirds(size.0, size.1)).unwrap().small;
        for (x, y) in [(0, 0), (2, 2), (3, 3)] {
            assert_near(color_at(&small, x, y), wanted, what);
        }
    }
}

#[test]
fn every_format_comes_out_in_its_colors() {
    for (file, what) in [
        (jpeg(160, 120), "JPEG"),
        (progressive(160, 120), "progressive JPEG"),
        (png_of(160, 120), "PNG"),
        (webp(160, 120, Vec::new()), "WebP"),
    ] {
        let clean = sanitize(&file).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
        assert_upright(&clean.large, what);
    }
    assert_eq!(sizes(&sanitize(files::LOSSY_WEBP).unwrap()), [(1, 1); 2]);
    assert_eq!(sizes(&sanitize(files::ALPHA_WEBP).unwrap()), [(1, 1); 2]);
}

#[test]
fn jpegs_of_other_color_spaces() {
    let size = (64, 64);
    let flat = |color: &[u8]| color.repeat(64 * 64);
    for (pixels, color, wanted) in [
        (flat(&[99]), ColorType::Luma, [99, 99, 99]),
        (flat(&[0, 255, 255, 0]), ColorType::Cmyk, [255, 0, 0]),
        (flat(&[255, 0, 255, 0]), ColorType::CmykAsYcck, [0, 255, 0]),
    ] {
        let clean = sanitize(&jpeg_of(&pixels, size, color, |_| ())).unwrap();
        assert_near(color_at(&clean.large, 2, 2), wanted, &format!("{color:?}"));
    }
}

/// A PNG file of 16 equal rows; a palette comes with the transparency of its entries.
fn rows_png(
    color: png::ColorType,
    depth: png::BitDepth,
    row: &[u8],
    palette: Option<(&[u8], &[u8])>,
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 16, 16);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some((colors, transparency)) = palette {
        encoder.set_palette(colors);
        encoder.set_trns(transparency);
    }
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&row.repeat(16))
        .unwrap();
    file
}

#[test]
fn pngs_of_every_color_type_and_depth() {
    use png::BitDepth::{Eight, Four, One, Sixteen, Two};
    use png::ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let palette: (&[u8], &[u8]) = (&[0, 0, 0, 200, 100, 50, 9, 9, 9], &[255, 255, 0]);
    for (color, depth, row, palette, wanted) in [
        (Grayscale, One, vec![0xff; 2], None, [255; 3]),
        (Grayscale, Two, vec![0x55; 4], None, [85; 3]),
        (Grayscale, Four, vec![0x88; 8], None, [136; 3]),
        (Grayscale, Eight, vec![70; 16], None, [70; 3]),
        (Grayscale, Sixteen, [70, 0].repeat(16), None, [70; 3]),
        (GrayscaleAlpha, Eight, [0, 128].repeat(16), None, [127; 3]),
        (
            GrayscaleAlpha,
            Sixteen,
            [9, 0, 0, 0].repeat(16),
            None,
            [255; 3],
        ),
        (Rgb, Eight, [200, 100, 50].repeat(16), None, [200, 100, 50]),
        (
            Rgb,
            Sixteen,
            [200, 0, 100, 0, 50, 0].repeat(16),
            None,
            [200, 100, 50],
        ),
        (
            Rgba,
            Eight,
            [200, 100, 50, 255].repeat(16),
            None,
            [200, 100, 50],
        ),
        (Rgba, Eight, [1, 2, 3, 0].repeat(16), None, [255; 3]),
        (
            Rgba,
            Sixteen,
            [0, 0, 0, 0, 0, 0, 128, 0].repeat(16),
            None,
            [127; 3],
        ),
        (Indexed, Eight, vec![1; 16], Some(palette), [200, 100, 50]),
        (Indexed, Eight, vec![2; 16], Some(palette), [255; 3]),
        (Indexed, Two, vec![0x55; 4], Some(palette), [200, 100, 50]),
    ] {
        let what = format!("{color:?} {depth:?}");
        let clean = sanitize(&rows_png(color, depth, &row, palette)).unwrap();
        assert_near(color_at(&clean.large, 2, 2), wanted, &what);
    }
}

#[test]
fn transparent_webp_lies_on_white() {
    let mut file = Vec::new();
    image_webp::WebPEncoder::new(&mut file)
        .encode(
            &[10, 20, 30, 0].repeat(256),
            16,
            16,
            image_webp::ColorType::Rgba8,
        )
        .unwrap();
    let clean = sanitize(&file).unwrap();
    assert_near(color_at(&clean.large, 2, 2), [255; 3], "transparent WebP");
}

#[test]
fn a_motion_photo_gives_its_still_picture() {
    let mut file = jpeg(160, 120);
    file.extend_from_slice(b"\0\0\0\x18ftypmp42 and a film of the children");
    let clean = sanitize(&file).unwrap();
    assert_upright(&clean.large, "motion photo");
    assert_silent(&clean.large.jpeg);
}

#[test]
fn one_seed_draws_one_photo() {
    let scene = |seed| Scene {
        subject: Subject::DarkLamp,
        view: View::Side,
        seed,
    };
    let note = CameraNote {
        orientation: 1,
        point: None,
    };
    let first = photograph(scene(1), &note);
    assert!(first == photograph(scene(1), &note));
    assert!(first != photograph(scene(2), &note));
}

#[test]
fn a_repaired_lamp_lights_its_street() {
    let scene = Scene {
        subject: Subject::DarkLamp,
        view: View::Surroundings,
        seed: 1,
    };
    let note = CameraNote {
        orientation: 1,
        point: None,
    };
    let brightness = |photo: Vec<u8>| {
        let pixels = pixels(&sanitize(&photo).unwrap().small);
        pixels.iter().map(|value| u64::from(*value)).sum::<u64>() / pixels.len() as u64
    };
    let (dark, lit) = (
        brightness(photograph(scene, &note)),
        brightness(photograph_repaired(scene, &note)),
    );
    assert!(lit > dark + 5, "{dark} before, {lit} after");
}
