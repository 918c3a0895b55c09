//! The two facts that are read from a photo's EXIF data before it is dropped: which way is up, and where it was taken.

use std::fmt;
use std::io::Cursor;

use exif::{Exif, In, Rational, Reader, Tag, Value};

use super::raster::Orientation;

/// A position from a camera's receiver, in degrees of WGS-84 (not the shifted coordinates of Chinese maps).
#[derive(Clone, Copy, PartialEq)]
pub struct GpsPoint {
    /// Latitude, -90 to 90, north positive.
    pub lat: f64,
    /// Longitude, -180 to 180, east positive.
    pub lon: f64,
}

impl fmt::Debug for GpsPoint {
    // Where a resident stood is personal data: it must not get into logs by way of a debug print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GpsPoint(..)")
    }
}

/// What the camera noted.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) orientation: Orientation,
    pub(super) point: Option<GpsPoint>,
}

impl Facts {
    /// Reads the EXIF data; a file without, or with broken EXIF data, has no facts and is no worse a photo for it.
    pub(super) fn read(original: &[u8]) -> Self {
        Reader::new()
            .continue_on_error(true)
            .read_from_container(&mut Cursor::new(original))
            .or_else(|error| error.distill_partial_result(|_| ()))
            .map(|exif| Self {
                orientation: orientation(&exif),
                point: point(&exif),
            })
            .unwrap_or_default()
    }
}

fn orientation(exif: &Exif) -> Orientation {
    exif.get_field(Tag::Orientation, In::PRIMARY)
        .and_then(|field| field.value.get_uint(0))
        .and_then(Orientation::from_exif)
        .unwrap_or_default()
}

fn point(exif: &Exif) -> Option<GpsPoint> {
    let lat = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, [b'N', b'S'])?;
    let lon = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, [b'E', b'W'])?;
    // Receivers without a fix write zeros.
    let fixed = lat != 0.0 || lon != 0.0;
    (fixed && lat.abs() <= 90.0 && lon.abs() <= 180.0).then_some(GpsPoint { lat, lon })
}

/// One coordinate: degrees, minutes and seconds, signed by its reference letter (EXIF 2.32, section 4.6.6).
fn degrees(exif: &Exif, value: Tag, reference: Tag, [plus, minus]: [u8; 2]) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(value, In::PRIMARY)?.value else {
        return None;
    };
    let [degrees, minutes, seconds] = parts.as_slice() else {
        return None;
    };
    let Value::Ascii(letters) = &exif.get_field(reference, In::PRIMARY)?.value else {
        return None;
    };
    let letter = letters.first()?.first()?.to_ascii_uppercase();
    let size = number(*degrees)? + number(*minutes)? / 60.0 + number(*seconds)? / 3600.0;
    match letter {
        _ if letter == plus => Some(size),
        _ if letter == minus => Some(-size),
        _ => None,
    }
}

fn number(rational: Rational) -> Option<f64> {
    (rational.denom != 0).then(|| rational.to_f64())
}
