//! How a unit presents itself on the pages for residents: color, telephones, hours, words, categories.
//!
//! What a unit does not say, the unit above it says: a community needs no profile of its own, and the district sets
//! what all 65 have in common.

use serde::{Deserialize, Serialize};

use crate::kernel::ids::CategoryId;
use crate::kernel::lang::Name;
use crate::kernel::phone::Phone;

/// The color of pages. Each was chosen so that text keeps a contrast of 7:1 by day and by night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Color {
    /// The color of pages that nothing else was chosen for.
    #[default]
    Green,
    /// Blue.
    Blue,
    /// Red.
    Red,
    /// Purple.
    Purple,
    /// Brown.
    Brown,
    /// Teal.
    Teal,
}

impl Color {
    /// Every color.
    pub const ALL: [Self; 6] = [
        Self::Green,
        Self::Blue,
        Self::Red,
        Self::Purple,
        Self::Brown,
        Self::Teal,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Red => "red",
            Self::Purple => "purple",
            Self::Brown => "brown",
            Self::Teal => "teal",
        }
    }
}

/// A telephone with what answers there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedPhone {
    /// What answers: the office, the doctor, the lift's emergency service.
    pub name: Name,
    /// The number as people write it.
    pub number: String,
}

impl ListedPhone {
    /// What is dialed; nothing when the number is none.
    pub fn dialed(&self) -> Option<String> {
        let phone = Phone::parse(&self.number).ok()?;
        Some(phone.dialed().to_owned())
    }
}

/// How a unit presents itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// The color of its pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    /// One or two characters that its pages show in a disc; the first of its name when nothing is said. A picture would
    /// be read with the directory by every function that starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// Its telephones; the first is the one that pages offer to call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<ListedPhone>,
    /// When the office is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Name>,
    /// Its words to residents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome: Option<Name>,
    /// The categories that its form offers; all when none is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryId>,
}

impl Profile {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The profile with what it does not say taken from the one above.
    #[must_use]
    pub fn or(self, above: &Self) -> Self {
        let listed = |own: Vec<_>, above: &Vec<_>| if own.is_empty() { above.clone() } else { own };
        Self {
            color: self.color.or(above.color),
            logo: self.logo.or_else(|| above.logo.clone()),
            phones: listed(self.phones, &above.phones),
            hours: self.hours.or_else(|| above.hours.clone()),
            welcome: self.welcome.or_else(|| above.welcome.clone()),
            categories: if self.categories.is_empty() {
                above.categories.clone()
            } else {
                self.categories
            },
        }
    }
}
