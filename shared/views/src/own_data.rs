//! What the service knows of a reporter by one of their cases (PIPL, article 45: access and copy).

use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::case::report::{Angle, Channel, Point};
use zhitiao_domain::kernel::ids::CaseNumber;

/// Everything about the reporter that is stored with a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnDataView {
    /// The case's number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    pub number: String,
    /// When it was received.
    pub received_at: String,
    /// How: `web`, `paper_slip`, `phone`, `qq`, ...
    #[schema(value_type = String, example = "web")]
    pub channel: Channel,
    /// What the reporter wrote, as it is now.
    pub text: String,
    /// The community's name.
    pub community: String,
    /// Building or address.
    pub address: Option<String>,
    /// The position, degrees, WGS 84.
    #[schema(value_type = Option<Object>)]
    pub point: Option<Point>,
    /// The code that was scanned at the place.
    pub place_code: Option<String>,
    /// What the reporter agreed to.
    pub consents: OwnConsentsView,
    /// Whether a name or a telephone number is stored. Neither is ever shown here: who finds a slip must not learn
    /// them.
    pub has_contact: bool,
    /// Whether everyone can read the case on the public board.
    pub published: bool,
    /// The photos that were announced.
    pub photos: Vec<OwnPhotoView>,
    /// What the reporter did and wrote since.
    pub entries: Vec<OwnEntryView>,
}

/// What a reporter agreed to.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnConsentsView {
    /// The case may appear on the public board.
    pub publish: bool,
    /// The position inside the photos may be kept.
    pub photo_location: bool,
    /// The version of the privacy notice that the reporter had before them.
    pub notice: Option<String>,
}

/// A photo of the reporter.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnPhotoView {
    /// Its number in the case.
    pub number: u8,
    /// From where it was taken.
    #[schema(value_type = String, example = "front")]
    pub angle: Angle,
    /// Whether a picture is stored.
    pub stored: bool,
    /// The position that was kept, degrees, WGS 84.
    #[schema(value_type = Option<Object>)]
    pub point: Option<Point>,
}

/// Something that the reporter did.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnEntryView {
    /// When.
    pub at: String,
    /// What, as a stable code.
    pub code: &'static str,
    /// The words, where there are any.
    pub text: Option<String>,
}
