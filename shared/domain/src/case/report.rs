//! What a resident hands in. Immutable once received.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::kernel::bounds::Point;
use crate::kernel::ids::{InvalidId, StaffId, UnitId};
use crate::kernel::phone::Phone;
use crate::kernel::place::PlaceCode;

/// The way by which a report came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The district's own web page.
    Web,
    /// An official account in WeChat.
    #[serde(rename = "wechat")]
    WeChat,
    /// 便民小纸条: a slip of paper, entered by staff.
    PaperSlip,
    /// The free phone line, entered by staff.
    Phone,
    /// A community's QQ group, entered by staff.
    Qq,
    /// Another system, by Open311.
    Open311,
}

impl Channel {
    /// The name in interfaces and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::WeChat => "wechat",
            Self::PaperSlip => "paper_slip",
            Self::Phone => "phone",
            Self::Qq => "qq",
            Self::Open311 => "open311",
        }
    }
}

/// From where a photo shows the thing, "so that staff know at once where the problem is".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Angle {
    /// 正面.
    Front,
    /// 侧面.
    Side,
    /// 周边标志: door plate, landmark.
    Surroundings,
    /// 近景: the damage itself.
    Detail,
}

impl Angle {
    /// The stable code of its text.
    pub fn code(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Side => "side",
            Self::Surroundings => "surroundings",
            Self::Detail => "detail",
        }
    }
}

/// A picture format that the service accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PhotoType {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
    /// WebP.
    #[serde(rename = "image/webp")]
    WebP,
}

impl PhotoType {
    /// The media type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }
}

/// One photo that was announced with a report and may be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoGrant {
    /// From where it was taken.
    pub angle: Angle,
    /// Its format.
    pub content_type: PhotoType,
    /// Its length in bytes.
    pub bytes: u32,
}

/// Where the thing is.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The community, to which the case belongs for ever.
    pub community: UnitId,
    /// Building or address, in the reporter's words.
    pub address: Option<String>,
    /// The position, when the reporter gave one.
    pub point: Option<Point>,
    /// The code that the reporter scanned there.
    pub code: Option<PlaceCode>,
}

/// What the reporter agreed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consents {
    /// The text and photos may appear on the public board once the desk has looked at them.
    pub publish: bool,
    /// The position inside the photos may be kept.
    pub photo_location: bool,
    /// The privacy notice that the reporter had before them; none where no form showed one.
    pub notice: Option<NoticeVersion>,
}

/// The version of a privacy notice: the first 32 bits of a hash of its words, in 8 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeVersion(u32);

impl NoticeVersion {
    /// The version of words with this hash.
    pub fn of_hash(hash: &[u8; 32]) -> Self {
        let [a, b, c, d, ..] = *hash;
        Self(u32::from_be_bytes([a, b, c, d]))
    }

    /// Reads the 8 digits.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let digits = Some(text).filter(|text| text.len() == 8 && !text.starts_with('+'));
        let version = digits.and_then(|text| u32::from_str_radix(text, 16).ok());
        version.map(Self).ok_or(InvalidId("notice version"))
    }
}

impl fmt::Display for NoticeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// How the reporter can be reached. Stored apart from the case and opened by its own right only.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// A name, when given.
    pub name: Option<String>,
    /// A phone number, when given.
    pub phone: Option<Phone>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(..)")
    }
}

/// The words of a report, or how they begin when they were moved to event 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// The words.
    Here(String),
    /// The first words only: all of them stand in event 0, because they are too long to be carried by every head write,
    /// or in the event that corrected them.
    InFirstEvent(String),
}

impl Text {
    /// The words that the head holds: all of them, or the first ones once the rest has moved away.
    pub fn in_head(&self) -> &str {
        let (Self::Here(words) | Self::InFirstEvent(words)) = self;
        words
    }
}

/// A report as it was received.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// When.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// In which words.
    pub text: Text,
    /// Where.
    pub place: Place,
    /// Which photos were announced.
    pub photos: Vec<PhotoGrant>,
    /// Under which consents.
    pub consents: Consents,
    /// Whether contact details were left (they are stored apart).
    pub has_contact: bool,
    /// The member of staff who entered it for the resident.
    pub on_behalf_by: Option<StaffId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_one_name_everywhere() {
        for channel in [
            Channel::Web,
            Channel::WeChat,
            Channel::PaperSlip,
            Channel::Phone,
            Channel::Qq,
            Channel::Open311,
        ] {
            assert_eq!(serde_json::to_value(channel).unwrap(), channel.code());
        }
    }
}
