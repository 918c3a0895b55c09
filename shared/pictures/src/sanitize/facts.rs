//! The two facts that are read from a photo's EXIF data before it is dropped: which way is up, and where it was taken.

use std::fmt;

use exif::{Exif, In, Reader, Tag, Value};

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
    /// Reads EXIF data as they lie in a file; broken data have no facts, and the photo is no worse for it.
    pub(super) fn read(block: &[u8]) -> Self {
        Reader::new()
            .continue_on_error(true)
            .read_raw(without_prefix(block).to_vec())
            .or_else(|error| error.distill_partial_result(|_| ()))
            .map(|exif| Self {
                orientation: orientation(&exif),
                point: point(&exif),
            })
            .unwrap_or_default()
    }
}

/// The TIFF structure behind the prefix of a JPEG segment, which some programs also write into other formats, and some
/// write twice.
fn without_prefix(mut block: &[u8]) -> &[u8] {
    while let Some([_, rest @ ..]) = block.strip_prefix(b"Exif\0") {
        block = rest;
    }
    block
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
    let size = size(&exif.get_field(value, In::PRIMARY)?.value)?;
    let letter = match &exif.get_field(reference, In::PRIMARY)?.value {
        Value::Ascii(letters) => *letters.first()?.first()?,
        Value::Byte(letters) | Value::Undefined(letters, _) => *letters.first()?,
        _ => return None,
    };
    match letter.to_ascii_uppercase() {
        // A negative size under the letter for positive ones says two things.
        letter if letter == plus && size >= 0.0 => Some(size),
        letter if letter == minus => Some(-size.abs()),
        _ => None,
    }
}

/// Degrees from one to three parts of any numeric type. Parts at the end may be left out, or be 0/0: programs that
/// write decimal degrees or minutes do either.
fn size(value: &Value) -> Option<f64> {
    let ratio = |numerator: f64, denominator: f64| numerator / denominator;
    let mut parts: Vec<f64> = match value {
        Value::Rational(parts) => parts
            .iter()
            .map(|p| ratio(p.num.into(), p.denom.into()))
            .collect(),
        Value::SRational(parts) => parts
            .iter()
            .map(|p| ratio(p.num.into(), p.denom.into()))
            .collect(),
        Value::Double(parts) => parts.clone(),
        Value::Float(parts) => parts.iter().copied().map(f64::from).collect(),
        _ => return None,
    };
    while parts.last().is_some_and(|part| part.is_nan()) {
        parts.pop();
    }
    if !(1..=3).contains(&parts.len()) || !parts.iter().all(|part| part.is_finite()) {
        return None;
    }
    Some(
        parts
            .iter()
            .rev()
            .fold(0.0, |size, part| part + size / 60.0),
    )
}
