//! What people type, cleaned and then judged: the one place for every text of every route and of the operator's files.
//!
//! Phones, office programs and chats put invisible marks into a text: byte order marks, directions, line ends of
//! their own. A resident cannot delete what they cannot see, so such marks are removed, and what is left is
//! judged.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{
    BinaryProperty, DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic,
    GeneralCategory, GeneralCategoryGroup, JoiningType, VariationSelector,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use jiff::Timestamp;
use jiff::fmt::temporal::{Pieces, PiecesOffset, TimeZoneAnnotationKind};
use jiff::tz::Offset;

use crate::kernel::calendar::OFFSET;

/// Symbols without ink: the blank pattern of Braille and the null note head. Unicode counts them as no space.
const BLANK_SYMBOLS: [char; 2] = ['\u{2800}', '\u{1d159}'];

/// The dots that stand between the parts of a name, as keyboards have them: one and the same to people.
const MIDDLE_DOTS: [char; 6] = [
    '\u{b7}', '\u{2022}', '\u{2027}', '\u{2219}', '\u{22c5}', '\u{30fb}',
];

/// Between letters or pictures these decide on the shape: non-joiner, joiner, Mongolian vowel separator.
const JOINERS: [char; 3] = ['\u{200c}', '\u{200d}', '\u{180e}'];

/// The letters inside a flag that is a picture followed by tags, e.g. that of Scotland.
const TAGS: RangeInclusive<char> = '\u{e0020}'..='\u{e007f}';

/// The picture that tags follow.
const FLAG: char = '\u{1f3f4}';

/// The furthest offset from UTC that a clock on Earth may show (ISO 8601 allows less), in hours.
const FURTHEST_OFFSET_HOURS: i32 = 18;

/// The zone of the district, as the tz database names it.
const ZONE: &str = "Asia/Shanghai";

/// What is wrong with a cleaned text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is nothing to read.
    #[error("there is nothing to read in it")]
    Required,
    /// A control character is left, which no keyboard types.
    #[error("it has a control character")]
    BadCharacter,
    /// It has fewer characters than this.
    #[error("it is shorter than {0} characters")]
    TooShort(usize),
    /// It has more characters than this.
    #[error("it is longer than {0} characters")]
    TooLong(usize),
}

/// The text with every line end as `\n`, without marks that carry no meaning, and without blanks around it. A text in
/// which there is nothing to read becomes empty.
///
/// Joiners, variation selectors and tags stay where they shape what stands before them: in emoji, in Arabic, Mongolian
/// and Indic scripts, and in the variants of Chinese characters.
pub fn normalize_text(raw: &str) -> String {
    let mut clean = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    let mut before = None;
    while let Some(c) = chars.next() {
        let c = match c {
            '\r' if chars.peek() == Some(&'\n') => continue,
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            c => c,
        };
        if !is_ignorable(c) || is_shaping(before, c, chars.peek().copied()) {
            clean.push(c);
            before = Some(c);
        }
    }
    if is_blank(&clean) {
        return String::new();
    }
    clean.trim_matches(is_space).to_owned()
}

/// A text of one line: cleaned like [`normalize_text`], with a space for every line end and tab.
pub fn normalize_line(raw: &str) -> String {
    let text = normalize_text(raw);
    let parts = text
        .split(['\n', '\t'])
        .map(|part| part.trim_matches(is_space));
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// Whether there is nothing to read: only spaces, marks, and signs without ink.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        let is_mark = GeneralCategoryGroup::Mark.contains(category(c));
        is_space(c) || is_ignorable(c) || is_mark || category(c) == GeneralCategory::Format
    })
}

/// Judges a cleaned text of so many characters (Unicode scalar values).
///
/// # Errors
/// See [`TextError`].
pub fn judge(text: &str, chars: &RangeInclusive<usize>) -> Result<(), TextError> {
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    {
        return Err(TextError::BadCharacter);
    }
    match text.chars().count() {
        0 if *chars.start() > 0 => Err(TextError::Required),
        count if count < *chars.start() => Err(TextError::TooShort(*chars.start())),
        count if count > *chars.end() => Err(TextError::TooLong(*chars.end())),
        _ => Ok(()),
    }
}

/// A code as people copy it, in the letters and digits that it is made of: full-width characters made plain (NFKC),
/// without spaces, invisible marks and punctuation. `None` when anything else stands in it.
pub fn letters_and_digits(raw: &str) -> Option<String> {
    let plain = compose(raw);
    let mut code = String::with_capacity(plain.len());
    for c in plain.chars().filter(|c| !is_space(*c) && !is_ignorable(*c)) {
        if c.is_ascii_alphanumeric() {
            code.push(c);
        } else if !is_punctuation(c) {
            return None;
        }
    }
    Some(code)
}

/// Whether two spellings are the same name to people: width, spaces, invisible marks and the kind of middle dot do not
/// count.
pub fn is_same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> String {
        let name = compose(name).into_owned();
        let inked = name.chars().filter(|c| !is_space(*c) && !is_ignorable(*c));
        inked
            .map(|c| if MIDDLE_DOTS.contains(&c) { '·' } else { c })
            .collect()
    };
    plain(one) == plain(other)
}

/// What is wrong with a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MomentFault {
    /// It is not a date with a time and an offset.
    #[error("it is not a date with a time and an offset")]
    NotAMoment,
    /// Its offset is not that of the zone that stands behind it, or of a zone that is not the district's.
    #[error("its offset and its time zone contradict each other")]
    Contradiction,
}

/// A moment as RFC 3339 writes it, `2026-12-01T09:00:00+08:00`. A zone behind it (RFC 9557) must be the district's own
/// and agree with the offset: no other is known here, and so none could be compared.
///
/// # Errors
/// See [`MomentFault`].
pub fn moment(text: &str) -> Result<Timestamp, MomentFault> {
    let pieces = Pieces::parse(text).map_err(|_| MomentFault::NotAMoment)?;
    let (Some(time), Some(written)) = (pieces.time(), pieces.offset()) else {
        return Err(MomentFault::NotAMoment);
    };
    let offset = written.to_numeric_offset();
    if offset.seconds().abs() > FURTHEST_OFFSET_HOURS * 3600 {
        return Err(MomentFault::NotAMoment);
    }
    if let Some(zone) = pieces.time_zone_annotation()
        && !agrees(written, zone.kind())
    {
        return Err(MomentFault::Contradiction);
    }
    let local = pieces.date().to_datetime(time);
    offset
        .to_timestamp(local)
        .map_err(|_| MomentFault::NotAMoment)
}

/// Whether an offset is that of the zone. `Z` says only which moment it is, and no offset.
fn agrees(written: PiecesOffset, zone: &TimeZoneAnnotationKind<'_>) -> bool {
    let named: Option<Offset> = match zone {
        TimeZoneAnnotationKind::Named(name) => (name.as_str() == ZONE).then_some(OFFSET),
        TimeZoneAnnotationKind::Offset(offset) => Some(*offset),
        _ => None,
    };
    named.is_some_and(|named| {
        matches!(written, PiecesOffset::Zulu) || written.to_numeric_offset() == named
    })
}

/// The compatibility composition (NFKC): full-width, circled and superscript forms become the plain ones.
pub(crate) fn compose(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfkc().normalize(text)
}

/// A hyphen, dash or minus sign, of whatever width.
pub(crate) fn is_dash(c: char) -> bool {
    c == '\u{2212}' || category(c) == GeneralCategory::DashPunctuation
}

/// White space, or a symbol that looks like it.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || BLANK_SYMBOLS.contains(&c)
}

/// A character that is shown as nothing wherever it is not understood.
pub(crate) fn is_ignorable(c: char) -> bool {
    has::<DefaultIgnorableCodePoint>(c)
}

fn is_punctuation(c: char) -> bool {
    is_dash(c) || GeneralCategoryGroup::Punctuation.contains(category(c))
}

/// Whether an invisible character shapes what stands around it.
fn is_shaping(before: Option<char>, c: char, after: Option<char>) -> bool {
    let Some(before) = before.filter(|c| !is_space(*c)) else {
        return false;
    };
    if JOINERS.contains(&c) {
        let is_seen = |c: char| !is_space(c) && !is_ignorable(c);
        return joins(before) && after.is_some_and(is_seen);
    }
    if TAGS.contains(&c) {
        return before == FLAG || TAGS.contains(&before);
    }
    has::<VariationSelector>(c) && !is_ignorable(before)
}

/// Whether a character can be joined to the next: in a cursive script, by a mark (a virama, the selector of an emoji),
/// or as a picture.
fn joins(c: char) -> bool {
    let joining = CodePointMapData::<JoiningType>::new().get(c);
    !matches!(joining, JoiningType::NonJoining | JoiningType::Transparent)
        || (GeneralCategoryGroup::Mark.contains(category(c)) && !JOINERS.contains(&c))
        || has::<ExtendedPictographic>(c)
        || has::<EmojiModifier>(c)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn has<P: BinaryProperty>(c: char) -> bool {
    CodePointSetData::new::<P>().contains(c)
}
