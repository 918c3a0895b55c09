//! The names of objects: `<district>/<case id>/<n>` for an upload, with `/1600.jpg` or `/320.jpg` for its pictures.

use std::fmt;

use zhitiao_domain::kernel::ids::{CaseId, DistrictId};

use zhitiao_pictures::sanitize::{LARGE_SIDE, SMALL_SIDE};

/// One photo of one case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhotoKey {
    /// The district that the case belongs to.
    pub district: DistrictId,
    /// The case.
    pub case_id: CaseId,
    /// The photo's number within the case, from 0.
    pub n: u8,
}

/// An object whose key is not that of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the key of an uploaded photo")]
pub struct InvalidPhotoKey;

/// Which of a photo's two pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Size {
    /// Longest side at most [`LARGE_SIDE`] pixels, but for very long pictures.
    Large,
    /// Longest side at most [`SMALL_SIDE`] pixels.
    Small,
}

impl PhotoKey {
    /// Reads the key of an upload as S3 names it in listings. Each photo has one spelling: anything else is refused.
    pub fn parse(key: &str) -> Result<Self, InvalidPhotoKey> {
        let mut parts = key.split('/');
        let (Some(district), Some(case_id), Some(n), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidPhotoKey);
        };
        let parsed = Self {
            district: DistrictId::parse(district).map_err(|_| InvalidPhotoKey)?,
            case_id: CaseId::parse(case_id).map_err(|_| InvalidPhotoKey)?,
            n: n.parse().map_err(|_| InvalidPhotoKey)?,
        };
        // Numbers also read with leading zeros or a plus sign.
        if parsed.to_string() == key {
            Ok(parsed)
        } else {
            Err(InvalidPhotoKey)
        }
    }

    /// The key of a picture in the photos bucket.
    pub(super) fn rendition(&self, size: Size) -> String {
        let side = match size {
            Size::Large => LARGE_SIDE,
            Size::Small => SMALL_SIDE,
        };
        format!("{self}/{side}.jpg")
    }
}

impl fmt::Display for PhotoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.district, self.case_id, self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> PhotoKey {
        PhotoKey {
            district: DistrictId::parse("shinan").unwrap(),
            case_id: CaseId::parse("K7M39QXD").unwrap(),
            n,
        }
    }

    #[test]
    fn a_key_reads_back() {
        assert_eq!(key(0).to_string(), "shinan/K7M39QXD/0");
        for n in [0, 8, 255] {
            assert_eq!(PhotoKey::parse(&key(n).to_string()), Ok(key(n)));
        }
        assert_eq!(key(3).rendition(Size::Large), "shinan/K7M39QXD/3/1600.jpg");
        assert_eq!(key(3).rendition(Size::Small), "shinan/K7M39QXD/3/320.jpg");
    }

    #[test]
    fn forged_keys_are_refused() {
        for forged in [
            "",
            "/",
            "//",
            "shinan/K7M39QXD",
            "shinan/K7M39QXD/",
            "shinan/K7M39QXD/0/",
            "shinan/K7M39QXD/0/1600.jpg",
            "/shinan/K7M39QXD/0",
            "shinan//K7M39QXD/0",
            "shinan/K7M39QXD/00",
            "shinan/K7M39QXD/+1",
            "shinan/K7M39QXD/-1",
            "shinan/K7M39QXD/256",
            "shinan/K7M39QXD/٣",
            "shinan/k7m39qxd/0",
            "shinan/K7M39QX/0",
            "Shinan/K7M39QXD/0",
            "shi nan/K7M39QXD/0",
            "../K7M39QXD/0",
            "shinan/../0",
            "shinan%2FK7M39QXD%2F0",
            "shinan/K7M39QXD/0\n",
        ] {
            assert_eq!(PhotoKey::parse(forged), Err(InvalidPhotoKey), "{forged:?}");
        }
    }
}
