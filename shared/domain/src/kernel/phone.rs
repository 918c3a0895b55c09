//! Telephone numbers as people write them: what was typed is kept beside what is dialed.

use crate::kernel::input::{compose, is_dash, is_ignorable, is_space};

/// Digits of a number without its extension: from short service numbers to international ones.
const DIGITS: std::ops::RangeInclusive<usize> = 5..=20;

/// The most digits of an extension.
const EXTENSION_DIGITS: usize = 8;

/// What stands before an extension, the longer of two that begin alike first.
const EXTENSION_MARKS: [&str; 9] = [
    "转分机",
    "轉分機",
    "分机",
    "转",
    "轉",
    "extension",
    "ext",
    "x",
    "#",
];

/// A text that is no telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number")]
pub struct NotAPhone;

/// A telephone number. What is dialed follows from what was typed, so that only that is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone {
    typed: String,
    dialed: String,
}

impl Phone {
    /// Reads a number with the separators, brackets, dashes and widths that people use, and with an extension behind
    /// `转`, `分机`, `ext.`, `x` or `#`.
    ///
    /// # Errors
    /// [`NotAPhone`] when there is anything else in it, or too few or too many digits.
    pub fn parse(typed: &str) -> Result<Self, NotAPhone> {
        let plain: String = compose(typed)
            .to_lowercase()
            .chars()
            .filter(|c| !is_ignorable(*c))
            .collect();
        let plain = plain.trim_matches(is_space);
        let end = plain.find(|c: char| c.is_alphabetic() || c == '#');
        let (number, extension) = plain.split_at(end.unwrap_or(plain.len()));
        let mut dialed = number_of(number).ok_or(NotAPhone)?;
        if !extension.is_empty() {
            dialed.push_str(";ext=");
            dialed.push_str(&extension_of(extension).ok_or(NotAPhone)?);
        }
        let typed = typed.trim_matches(is_space).to_owned();
        Ok(Self { typed, dialed })
    }

    /// A number as it was stored. One that today's rules refuse is dialed by its digits: it was taken when it came in.
    pub fn from_stored(typed: String) -> Self {
        Self::parse(&typed).unwrap_or_else(|NotAPhone| {
            let dialed = typed.chars().filter(char::is_ascii_digit).collect();
            Self { typed, dialed }
        })
    }

    /// What was typed, for people.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// What is dialed, as RFC 3966 writes it without its visual separators: `053288888888;ext=801`.
    pub fn dialed(&self) -> &str {
        &self.dialed
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phone(..)")
    }
}

/// The digits of a number, after a `+` where one leads it.
fn number_of(text: &str) -> Option<String> {
    let mut number = String::new();
    for c in text.chars().filter(|c| !is_separator(*c)) {
        if !(c.is_ascii_digit() || (c == '+' && number.is_empty())) {
            return None;
        }
        number.push(c);
    }
    let digits = number.trim_start_matches('+').len();
    DIGITS.contains(&digits).then_some(number)
}

fn extension_of(text: &str) -> Option<String> {
    let mut marks = EXTENSION_MARKS.iter();
    let behind = marks.find_map(|mark| text.strip_prefix(mark))?;
    let digits: String = behind
        .chars()
        .filter(|c| !is_separator(*c) && *c != ':')
        .collect();
    let is_sound = (1..=EXTENSION_DIGITS).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_sound.then_some(digits)
}

fn is_separator(c: char) -> bool {
    is_space(c) || is_dash(c) || matches!(c, '(' | ')' | '.')
}
