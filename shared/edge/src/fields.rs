//! Parse, do not validate: the strict reader of what callers send.
//!
//! A route reads its body once, into a value of the domain, and learns **all** faults in one go:
//!
//! ```
//! use zhitiao_edge::{FieldErrors, Field, Fields, JsonBody};
//!
//! struct Report { text: String, photos: Vec<u32> }
//!
//! fn report(f: &mut Fields) -> Result<Report, FieldErrors> {
//!     let text = f.required("text", |v| v.text(1..=4000));
//!     let photos = f.optional("photos", |v| v.list(0..=9, |v| v.object(photo)));
//!     Ok(Report { text: text?, photos: photos?.unwrap_or_default() })
//! }
//!
//! fn photo(f: &mut Fields) -> Result<u32, FieldErrors> {
//!     f.required("bytes", |v| v.integer(1..=10_485_760))
//! }
//!
//! let body = JsonBody::parse(br#"{"text": "", "photos": [{"bytes": 0}], "role": "admin"}"#)?;
//! let problem = body.read(report).map(|_| ()).unwrap_err();
//! let faults: Vec<_> = problem.faults().iter().map(|f| (&*f.field, f.code)).collect();
//! assert_eq!(faults, [("text", "required"), ("photos[0].bytes", "out_of_range"), ("role", "unknown_field")]);
//! # Ok::<(), zhitiao_edge::Problem>(())
//! ```
//!
//! The `?` comes after all fields are read: that is what collects the faults.

use std::fmt::Display;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde::de::{DeserializeOwned, IntoDeserializer, value::StrDeserializer};
use zhitiao_domain::kernel::input::{self, MomentFault, TextError};

use crate::node::{Names, Node};
use crate::problem::{FieldError, Problem};

/// Faults that one answer lists; more would only make the answer large.
const MAX_FAULTS: usize = 32;
/// Characters of a caller's own field name that an answer repeats.
const MAX_NAME_CHARS: usize = 64;
/// Bytes of a text that a parser of ids, dates and the like is shown.
const MAX_PARSED_BYTES: usize = 256;

/// What is wrong with a value; empty when the [`Fields`] that gave it have noted it already.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    fn add(&mut self, more: Self) {
        let room = MAX_FAULTS - self.0.len();
        self.0.extend(more.0.into_iter().take(room));
    }
}

impl From<FieldError> for FieldErrors {
    fn from(fault: FieldError) -> Self {
        Self(vec![fault])
    }
}

/// The fields of one object. What no call asks for is reported as unknown.
#[derive(Debug)]
pub struct Fields {
    path: String,
    names: Names,
    faults: FieldErrors,
}

impl Fields {
    /// Reads a whole tree as one object.
    pub(crate) fn read_root<T>(
        root: Node,
        read: impl FnOnce(&mut Self) -> Result<T, FieldErrors>,
    ) -> Result<T, Problem> {
        let path = String::new();
        Field { path, node: root }
            .object(read)
            .map_err(|FieldErrors(faults)| Problem::invalid_fields(faults))
    }

    /// A field that must be there and not empty.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Field) -> Result<T, FieldErrors>,
    ) -> Result<T, FieldErrors> {
        match self.optional(name, read)? {
            Some(value) => Ok(value),
            None => Err(self.refuse(name, "required")),
        }
    }

    /// A field that may be absent, `null` or a text with nothing to read in it: forms send all three for what was left
    /// empty, and they mean the same.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Field) -> Result<T, FieldErrors>,
    ) -> Result<Option<T>, FieldErrors> {
        let mut values = self.names.remove(name).unwrap_or_default();
        let Some(node) = values.pop() else {
            return Ok(None);
        };
        if !values.is_empty() {
            return Err(self.refuse(name, "duplicate"));
        }
        if node.is_empty() {
            return Ok(None);
        }
        let path = joined(&self.path, name);
        read(Field { path, node })
            .map(Some)
            .map_err(|faulty| self.note(faulty))
    }

    /// Records a fault that only several fields together show, under the name of one of them.
    pub fn refuse(&mut self, name: &str, code: &'static str) -> FieldErrors {
        let fault = FieldError::new(joined(&self.path, name), code);
        self.note(fault.into())
    }

    fn note(&mut self, errors: FieldErrors) -> FieldErrors {
        self.faults.add(errors);
        FieldErrors::default()
    }

    fn refuse_the_rest(&mut self) {
        for name in std::mem::take(&mut self.names).into_keys() {
            let shown: String = name.chars().take(MAX_NAME_CHARS).collect();
            self.refuse(&shown, "unknown_field");
        }
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// One value that is there: a field of an object, or an item of a list.
#[derive(Debug)]
pub struct Field {
    path: String,
    node: Node,
}

impl Field {
    /// Text of so many characters (Unicode scalar values) after cleaning; may have several lines.
    pub fn text(self, chars: RangeInclusive<usize>) -> Result<String, FieldErrors> {
        self.written(chars, input::normalize_text)
    }

    /// Text of so many characters after cleaning, on one line: names, addresses.
    pub fn line(self, chars: RangeInclusive<usize>) -> Result<String, FieldErrors> {
        self.written(chars, input::normalize_line)
    }

    /// Text that a parser reads after cleaning: an id, a number of a case. The parser's own error is not shown.
    pub fn parsed<T, E>(self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, FieldErrors> {
        self.parsed_or(parse, |field, _| field.refuse("not_recognized"))
    }

    /// Text that a parser reads after cleaning; `refuse` says what the parser found wrong.
    pub fn parsed_or<T, E>(
        self,
        parse: impl FnOnce(&str) -> Result<T, E>,
        refuse: impl FnOnce(Self, E) -> FieldErrors,
    ) -> Result<T, FieldErrors> {
        let (Node::Text(text) | Node::Word(text)) = &self.node else {
            return Err(self.refuse("not_text"));
        };
        if text.len() > MAX_PARSED_BYTES {
            return Err(self.refuse("not_recognized"));
        }
        parse(&input::normalize_line(text)).map_err(|fault| refuse(self, fault))
    }

    /// Text of so many characters that a parser reads exactly as it was sent: the name that another system gave to
    /// something.
    pub fn verbatim<T, E>(
        self,
        chars: RangeInclusive<usize>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, FieldErrors> {
        let (Node::Text(text) | Node::Word(text)) = &self.node else {
            return Err(self.refuse("not_text"));
        };
        let value = chars
            .contains(&text.chars().count())
            .then(|| parse(text).ok())
            .flatten();
        value.ok_or_else(|| self.refuse("not_recognized"))
    }

    /// A moment with its offset, `2026-12-01T09:00:00+08:00`.
    pub fn moment(self) -> Result<Timestamp, FieldErrors> {
        self.parsed_or(input::moment, |field, fault| match fault {
            MomentFault::NotAMoment => field.refuse("not_a_moment"),
            MomentFault::Contradiction => field.refuse("contradictory_moment"),
        })
    }

    /// One of the names of an enum, as serde knows them.
    pub fn one_of<T: DeserializeOwned>(self) -> Result<T, FieldErrors> {
        self.parsed(|text| {
            let name: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
            T::deserialize(name)
        })
    }

    /// A whole number in a range.
    pub fn integer<T>(self, range: RangeInclusive<T>) -> Result<T, FieldErrors>
    where
        T: TryFrom<i128> + PartialOrd + Display,
    {
        let number: Option<i128> = match &self.node {
            Node::Number(number) => number
                .as_i64()
                .map(i128::from)
                .or_else(|| number.as_u64().map(i128::from)),
            Node::Word(word) => word.parse().ok(),
            _ => None,
        };
        let Some(number) = number else {
            return Err(self.refuse("not_integer"));
        };
        match T::try_from(number) {
            Ok(value) if range.contains(&value) => Ok(value),
            _ => Err(self.out_of(&range)),
        }
    }

    /// A number in a range.
    pub fn number(self, range: RangeInclusive<f64>) -> Result<f64, FieldErrors> {
        let number = match &self.node {
            Node::Number(number) => number.as_f64(),
            Node::Word(word) => word.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        };
        match number {
            Some(value) if range.contains(&value) => Ok(value),
            Some(_) => Err(self.out_of(&range)),
            None => Err(self.refuse("not_number")),
        }
    }

    /// Yes or no.
    pub fn boolean(self) -> Result<bool, FieldErrors> {
        match &self.node {
            Node::Bool(value) => Ok(*value),
            Node::Word(word) if word == "true" => Ok(true),
            Node::Word(word) if word == "false" => Ok(false),
            _ => Err(self.refuse("not_boolean")),
        }
    }

    /// An object with its own fields.
    pub fn object<T>(
        self,
        read: impl FnOnce(&mut Fields) -> Result<T, FieldErrors>,
    ) -> Result<T, FieldErrors> {
        let Node::Object(names) = self.node else {
            return Err(self.refuse("not_object"));
        };
        let mut fields = Fields {
            path: self.path,
            names,
            faults: FieldErrors::default(),
        };
        let value = read(&mut fields);
        fields.refuse_the_rest();
        match value {
            Ok(value) if fields.faults.0.is_empty() => Ok(value),
            _ => Err(fields.faults),
        }
    }

    /// A list of so many items; every item is read, so that every faulty one is named.
    pub fn list<T>(
        self,
        len: RangeInclusive<usize>,
        mut read: impl FnMut(Self) -> Result<T, FieldErrors>,
    ) -> Result<Vec<T>, FieldErrors> {
        let Self {
            path,
            node: Node::List(items),
        } = self
        else {
            return Err(self.refuse("not_list"));
        };
        if items.len() > *len.end() {
            return Err(FieldError::new(path, "too_many")
                .with("max", len.end())
                .into());
        }
        if items.len() < *len.start() {
            return Err(FieldError::new(path, "too_few")
                .with("min", len.start())
                .into());
        }
        let (mut values, mut faults) = (Vec::new(), FieldErrors::default());
        for (i, node) in items.into_iter().enumerate() {
            let path = format!("{path}[{i}]");
            match read(Self { path, node }) {
                Ok(value) => values.push(value),
                Err(faulty) => faults.add(faulty),
            }
        }
        if faults.0.is_empty() {
            Ok(values)
        } else {
            Err(faults)
        }
    }

    /// The fault of this field with a code of the caller's.
    pub fn refuse(self, code: &'static str) -> FieldErrors {
        FieldError::new(self.path, code).into()
    }

    fn written(
        self,
        chars: RangeInclusive<usize>,
        clean: impl FnOnce(&str) -> String,
    ) -> Result<String, FieldErrors> {
        let (Node::Text(raw) | Node::Word(raw)) = &self.node else {
            return Err(self.refuse("not_text"));
        };
        let text = clean(raw);
        let fault = match input::judge(&text, &chars) {
            Ok(()) => return Ok(text),
            Err(TextError::Required) => FieldError::new(self.path, "required"),
            Err(TextError::BadCharacter) => FieldError::new(self.path, "bad_character"),
            Err(TextError::TooShort(min)) => {
                FieldError::new(self.path, "too_short").with("min", &min)
            }
            Err(TextError::TooLong(max)) => {
                FieldError::new(self.path, "too_long").with("max", &max)
            }
        };
        Err(fault.into())
    }

    fn out_of(self, range: &RangeInclusive<impl Display>) -> FieldErrors {
        FieldError::new(self.path, "out_of_range")
            .with("min", range.start())
            .with("max", range.end())
            .into()
    }
}

#[cfg(test)]
mod tests;
