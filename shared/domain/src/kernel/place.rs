//! Places with a code that people scan: buildings, lamps, lifts, courtyards.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};

use crate::kernel::ids::{CaseId, CaseNumber, CategoryId, DistrictId, InvalidId, UnitId};
use crate::kernel::limits::{ADDRESS_CHARS, PHONE_CHARS};
use crate::kernel::worded::{Worded, Wording};

/// The code on a place: eight symbols and a check character, spelled and read as the number of a case is.
///
/// It follows from the district and the id that the district gave to the thing, so that an import that is repeated
/// makes no second code, and a code is never used for another thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceCode(CaseId);

impl PlaceCode {
    /// The code of the thing that the district knows by this id.
    pub fn of(district: &DistrictId, id: &str) -> Self {
        let named = format!("place\n{district}\n{id}");
        Self(CaseId::from_hash(&Sha256::digest(named).into()))
    }

    /// Reads a code as people type or scan it.
    ///
    /// # Errors
    /// When it is none, or its check character does not fit.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let number = CaseNumber::parse(text).map_err(|_| InvalidId("place code"))?;
        Ok(Self(number.id()))
    }

    /// The eight symbols, as keys hold them.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Reads [`Self::as_str`] back.
    ///
    /// # Errors
    /// When the text is no such key.
    pub fn from_key(text: &str) -> Result<Self, InvalidId> {
        CaseId::parse(text).map(Self)
    }
}

impl fmt::Display for PlaceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.number().fmt(f)
    }
}

impl Serialize for PlaceCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlaceCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asset {
    /// A building, or one entrance of it.
    Building,
    /// A lift.
    Lift,
    /// A street lamp.
    Lamp,
    /// A courtyard or a garden.
    Courtyard,
    /// A playground or fitness equipment.
    Playground,
    /// Anything else.
    Other,
}

impl Asset {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Lift => "lift",
            Self::Lamp => "lamp",
            Self::Courtyard => "courtyard",
            Self::Playground => "playground",
            Self::Other => "other",
        }
    }
}

/// A place with a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodedPlace {
    /// What the district calls the thing: the number on the lamp post, the lift's registration.
    pub id: String,
    /// The community in which it stands.
    pub community: UnitId,
    /// Where it is, as residents say it.
    pub address: String,
    /// What stands there.
    pub asset: Asset,
    /// What is likely to be wrong with it, the likeliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryId>,
    /// The unit that looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Whom to call in an emergency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Whether the thing is gone or stands elsewhere: its code leads to the form of the community only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

/// Characters of the id of a thing.
pub const ASSET_ID_CHARS: usize = 40;

impl Worded for CodedPlace {
    fn wordings(&mut self) -> Vec<Wording<'_>> {
        let wording = |field, text, max| Wording { field, text, max };
        let mut all = vec![
            wording("id", &mut self.id, ASSET_ID_CHARS),
            wording("address", &mut self.address, ADDRESS_CHARS),
        ];
        all.extend(
            self.phone
                .as_mut()
                .map(|phone| wording("phone", phone, PHONE_CHARS)),
        );
        all
    }
}
