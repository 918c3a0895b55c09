//! A phone's EXIF data: what the sanitizer has to read, and to leave out.

use std::io::Cursor;

use ::exif::experimental::Writer;
use ::exif::{Field, In, Rational, Tag, Value};

use super::{CAMERA, CameraNote};
use crate::sanitize::GpsPoint;

/// The EXIF block of a photo, without the `Exif` prefix of a JPEG segment.
pub(super) fn write(note: &CameraNote) -> Vec<u8> {
    let [maker, model, serial] = CAMERA;
    let mut fields = vec![
        field(Tag::Make, text(maker)),
        field(Tag::Model, text(model)),
        field(
            Tag::Orientation,
            Value::Short(vec![u16::from(note.orientation)]),
        ),
        field(Tag::DateTimeOriginal, text("2025:11:03 08:42:17")),
        field(Tag::BodySerialNumber, text(serial)),
        field(Tag::MakerNote, Value::Undefined(maker_note(), 0)),
    ];
    if let Some(point) = note.point {
        fields.extend(position(point));
    }
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut block = Cursor::new(Vec::new());
    // Writing to memory fails only if a field is malformed; then the photo simply has no notes.
    match writer.write(&mut block, false) {
        Ok(()) => block.into_inner(),
        Err(_) => Vec::new(),
    }
}

fn field(tag: Tag, value: Value) -> Field {
    Field {
        tag,
        ifd_num: In::PRIMARY,
        value,
    }
}

fn text(text: &str) -> Value {
    Value::Ascii(vec![text.as_bytes().to_vec()])
}

/// Makers hide serial numbers and worse in an undocumented block.
fn maker_note() -> Vec<u8> {
    CAMERA.join("\0").into_bytes().repeat(20)
}

fn position(point: GpsPoint) -> [Field; 4] {
    let letter = |value: f64, plus, minus| text(if value < 0.0 { minus } else { plus });
    [
        field(Tag::GPSLatitudeRef, letter(point.lat, "N", "S")),
        field(Tag::GPSLatitude, sexagesimal(point.lat)),
        field(Tag::GPSLongitudeRef, letter(point.lon, "E", "W")),
        field(Tag::GPSLongitude, sexagesimal(point.lon)),
    ]
}

/// Degrees, minutes and hundredths of seconds, as phones write them: exact to about 0.3 m.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most 180 degrees, without their sign"
)]
fn sexagesimal(degrees: f64) -> Value {
    let hundredths = (degrees.abs() * 360_000.0).round() as u32;
    let rational = |num, denom| Rational { num, denom };
    Value::Rational(vec![
        rational(hundredths / 360_000, 1),
        rational(hundredths / 6_000 % 60, 1),
        rational(hundredths % 6_000, 100),
    ])
}
