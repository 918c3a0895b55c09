//! Identifiers, each with one fixed form that `parse` enforces: no id is ever concatenated from unchecked input.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::kernel::input::letters_and_digits;

/// Crockford's base32 alphabet: no I, L, O or U, so that a dictated number has one spelling.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters in a case id: 8 of 5 bits each, the first 40 bits of the identity hash.
const CASE_ID_LEN: usize = 8;

/// Characters that a written number may have with everything that people put around it.
const MAX_NUMBER_CHARS: usize = 40;

/// A text that is not an identifier of the asked kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct InvalidId(pub &'static str);

/// The slugs share one form, so that they can stand in keys and URLs unescaped.
fn is_slug(text: &str, extra: &[u8]) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || extra.contains(&b)
        })
        && text.as_bytes()[0].is_ascii_alphanumeric()
}

macro_rules! slug {
    ($(#[$doc:meta])* $name:ident, $what:literal, $extra:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads the identifier; at most 32 characters of `a-z`, `0-9`, `-` (and `.`, `_` where people are named).
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                if is_slug(text, $extra) { Ok(Self(text.to_owned())) } else { Err(InvalidId($what)) }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    };
}

slug!(
    /// The district that runs the service, e.g. `shinan`. It is part of every key.
    DistrictId, "district id", b""
);
slug!(
    /// A unit of the org chart, e.g. `badaguan` or `urban-management`.
    UnitId, "unit id", b""
);
slug!(
    /// A category of cases (Open311: service code), e.g. `manhole-cover`.
    CategoryId, "category id", b""
);
slug!(
    /// A line of the district's budget, by the name that the finance office gives it, e.g. `2026-pipes-07`.
    BudgetLineId, "budget line", b""
);
slug!(
    /// A member of staff as the directory and the history of cases call them, e.g. `wang.fang`.
    StaffId, "staff id", b"._"
);

/// The most characters of a token's subject (OpenID Connect Core 1.0, section 2).
pub const MAX_SUBJECT_CHARS: usize = 255;

/// Whom a staff issuer's token is about, as the issuer names them: a UUID, `auth0|5f7c…`, a mail address. It is opaque,
/// and the directory says which person it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenSubject(String);

impl TokenSubject {
    /// Takes a subject as it is: 1 to 255 characters without control characters; capitals count.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let is_sound = (1..=MAX_SUBJECT_CHARS).contains(&text.chars().count())
            && !text.chars().any(char::is_control);
        is_sound
            .then(|| Self(text.to_owned()))
            .ok_or(InvalidId("subject"))
    }

    /// The subject as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for TokenSubject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TokenSubject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A case: the first 40 bits of its identity hash as 8 Crockford base32 characters, e.g. `K7M39QXD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId([u8; CASE_ID_LEN]);

impl CaseId {
    /// The case id of an identity hash: its first 40 bits.
    pub fn from_hash(hash: &[u8; 32]) -> Self {
        let bits = hash[..5]
            .iter()
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let mut id = [0; CASE_ID_LEN];
        for (i, slot) in id.iter_mut().enumerate() {
            *slot = CROCKFORD[(bits >> (35 - 5 * i) & 31) as usize];
        }
        Self(id)
    }

    /// Reads the stored form: exactly 8 upper-case characters.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let bytes: [u8; CASE_ID_LEN] = text
            .as_bytes()
            .try_into()
            .map_err(|_| InvalidId("case id"))?;
        if bytes.iter().all(|b| CROCKFORD.contains(b)) {
            Ok(Self(bytes))
        } else {
            Err(InvalidId("case id"))
        }
    }

    /// The stored form.
    pub fn as_str(&self) -> &str {
        // Only ASCII gets in: both constructors pick from the alphabet.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The number that people read, print and dictate.
    pub fn number(&self) -> CaseNumber {
        CaseNumber(*self)
    }

    /// The check character over the field of 32 elements: with the digits of the number and the check character as
    /// `d1` to `d9`, the sum of `di * a^(9 - i)` is 0.
    ///
    /// The powers of `a` differ from each other and from 0, so that one wrong character and two characters that changed
    /// places always make another sum.
    fn check_character(self) -> u8 {
        let sum = self
            .0
            .iter()
            .fold(0, |sum, b| times_a(sum ^ digit(*b).unwrap_or(0)));
        CROCKFORD[sum]
    }
}

/// The product with `a`, a root of `x^5 + x^2 + 1` that makes every element but 0.
fn times_a(element: usize) -> usize {
    let shifted = element << 1;
    if shifted < 32 {
        shifted
    } else {
        shifted ^ 0b10_0101
    }
}

fn digit(byte: u8) -> Option<usize> {
    CROCKFORD.iter().position(|c| *c == byte)
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseId({self})")
    }
}

impl Serialize for CaseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CaseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The number in every example and in every sentence that shows one. A macro, because `concat!` takes literals only.
#[macro_export]
macro_rules! example_number {
    () => {
        "K7M3-9QXD-5"
    };
}

/// A case id with its check character as people see it, such as [`CaseNumber::EXAMPLE`]: 11 characters, within
/// WeChat's limit of 20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CaseNumber(CaseId);

impl CaseNumber {
    /// A number for examples; its check character is right.
    pub const EXAMPLE: &'static str = example_number!();

    /// Reads a number as people write it: any case and width, with or without dashes, spaces, quotes and a full stop, I
    /// and L for 1, O for 0.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let fault = InvalidId("case number");
        if text.chars().count() > MAX_NUMBER_CHARS {
            return Err(fault);
        }
        let plain = letters_and_digits(text).ok_or(fault)?;
        let plain: String = plain
            .chars()
            .map(|c| match c.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                c => c,
            })
            .collect();
        let (id, check) = plain.split_at_checked(CASE_ID_LEN).ok_or(fault)?;
        let id = CaseId::parse(id).map_err(|_| fault)?;
        if check.as_bytes() == [id.check_character()] {
            Ok(Self(id))
        } else {
            Err(fault)
        }
    }

    /// The case that the number names.
    pub fn id(&self) -> CaseId {
        self.0
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.as_str().split_at(4);
        write!(
            f,
            "{first}-{second}-{}",
            char::from(self.0.check_character())
        )
    }
}

impl Serialize for CaseNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_back_however_a_person_writes_it() {
        let id = CaseId::parse("K7M39QX0").unwrap();
        let number = id.number().to_string();
        for spelling in [
            number.clone(),
            number.to_lowercase(),
            number.replace('-', ""),
            number.replace('0', "o"),
        ] {
            assert_eq!(
                CaseNumber::parse(&spelling).map(|n| n.id()),
                Ok(id),
                "{spelling}"
            );
        }
    }

    #[test]
    fn the_example_is_the_number_of_a_case() {
        let id = CaseId::parse("K7M39QXD").unwrap();
        assert_eq!(CaseNumber::EXAMPLE, id.number().to_string());
    }

    #[test]
    fn a_number_that_was_copied_from_a_letter_or_a_chat_is_found() {
        let id = CaseId::parse("K7M39QXD").unwrap();
        let check = id.number().to_string().pop().unwrap();
        for spelling in [
            format!("Ｋ７Ｍ３－９ＱＸＤ－{check}"),
            format!("k7m3–9qxd–{check}。"),
            format!("K7M3 — 9QXD — {check}."),
            format!("「K7M3−9QXD−{check}」，"),
            format!("\u{feff}K7M3\u{2011}9QXD\u{a0}{check}\u{200b}"),
            format!(" k7m39qxd{check} "),
        ] {
            assert_eq!(
                CaseNumber::parse(&spelling).map(|n| n.id()),
                Ok(id),
                "{spelling:?}"
            );
        }
    }

    /// Every number in which each value stands at each place.
    fn numbers() -> impl Iterator<Item = [u8; CASE_ID_LEN + 1]> {
        let beginnings = ["K7M39QXD", "00000000", "ZZZZZZZZ", "0Z0Z0Z0Z"];
        beginnings.into_iter().flat_map(|beginning| {
            (0..CASE_ID_LEN).flat_map(move |place| {
                CROCKFORD.iter().map(move |c| {
                    let mut id: [u8; CASE_ID_LEN] = beginning.as_bytes().try_into().unwrap();
                    id[place] = *c;
                    let mut number = [0; CASE_ID_LEN + 1];
                    number[..CASE_ID_LEN].copy_from_slice(&id);
                    number[CASE_ID_LEN] = CaseId(id).check_character();
                    number
                })
            })
        })
    }

    fn passes(number: [u8; CASE_ID_LEN + 1]) -> bool {
        CaseNumber::parse(std::str::from_utf8(&number).unwrap()).is_ok()
    }

    #[test]
    fn every_single_mistyping_is_noticed() {
        for number in numbers() {
            assert!(passes(number));
            for place in 0..number.len() {
                for c in CROCKFORD.iter().filter(|c| **c != number[place]) {
                    let mut wrong = number;
                    wrong[place] = *c;
                    assert!(!passes(wrong), "{wrong:?} passed for {number:?}");
                }
            }
        }
    }

    #[test]
    fn two_characters_that_changed_places_are_noticed() {
        for number in numbers() {
            for one in 0..number.len() {
                for other in (0..one).filter(|other| number[*other] != number[one]) {
                    let mut wrong = number;
                    wrong.swap(one, other);
                    assert!(!passes(wrong), "{wrong:?} passed for {number:?}");
                }
            }
        }
    }

    #[test]
    fn hostile_ids_are_refused() {
        for text in [
            "",
            "#",
            "a#b",
            ":v",
            "../x",
            "井盖",
            "UPPER",
            &"a".repeat(33),
            "-a",
        ] {
            assert!(UnitId::parse(text).is_err(), "{text}");
        }
        for text in [
            "",
            "K7M39QX",
            "K7M39QXDD",
            "K7M39QXU",
            "k7m39qxd",
            "K7M39QX井",
        ] {
            assert!(CaseId::parse(text).is_err(), "{text}");
        }
        for text in ["", "-", "井盖井盖井盖", "K7M3-9QXD", &"9".repeat(1000)] {
            assert!(CaseNumber::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_forty_bits_name_the_case() {
        let mut hash = [0xff; 32];
        hash[0] = 0;
        assert_eq!(CaseId::from_hash(&hash).as_str(), "03ZZZZZZ");
    }
}
