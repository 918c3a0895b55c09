//! Why an upload is refused.

use super::format::Unsupported;
use super::{MAX_BYTES, MAX_PIXELS};

/// A file that does not become a photo of a case. Each kind has a stable [`code`](Rejection::code) that the case
/// records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing was uploaded.
    #[error("the file is empty")]
    Empty,
    /// The file is larger than [`MAX_BYTES`].
    #[error("the file has {bytes} bytes, more than the {MAX_BYTES} that are accepted")]
    TooManyBytes {
        /// Size of the file, in bytes.
        bytes: u64,
    },
    /// The first bytes are not those of a JPEG, PNG or WebP file.
    #[error("the file is {0}, and only JPEG, PNG and WebP photos are accepted")]
    UnsupportedFormat(Unsupported),
    /// A JPEG of a kind that cameras do not write: lossless, arithmetic coding, more than 8 bits.
    #[error("the file uses a rare kind of JPEG that cannot be read")]
    UnsupportedVariant,
    /// A moving picture.
    #[error("the picture is animated, and only still photos are accepted")]
    Animated,
    /// The header announces more pixels than are decoded, or than the memory for this kind of file allows.
    #[error(
        "the picture is {width}x{height} pixels, more than can be processed (at most {MAX_PIXELS} pixels)"
    )]
    TooManyPixels {
        /// Announced width in pixels.
        width: u32,
        /// Announced height in pixels.
        height: u32,
    },
    /// The file ends before the picture does.
    #[error("the file is cut off before the picture ends")]
    Truncated,
    /// The file contradicts its own format.
    #[error("the file is damaged")]
    Corrupt,
}

impl Rejection {
    /// The reason in `snake_case`, stable across releases: residents' texts and statistics are keyed by it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooManyBytes { .. } => "too_many_bytes",
            Self::UnsupportedFormat(format) => format.code(),
            Self::UnsupportedVariant => "unsupported_jpeg",
            Self::Animated => "animated",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::Truncated => "truncated",
            Self::Corrupt => "corrupt",
        }
    }
}
