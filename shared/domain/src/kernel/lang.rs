//! The languages that people read.

use serde::{Deserialize, Serialize};

/// A language that the service speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Simplified Chinese, the language of the residents.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Chooses by an `Accept-Language` header (RFC 9110 section 12.5.4): the language with the highest weight that the
    /// service speaks, the first of equals; Chinese when none is named.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (0, Self::default());
        for range in header.split(',') {
            let (tag, weight) = weighted(range);
            if let Some(lang) = Self::from_tag(tag)
                && weight > best.0
            {
                best = (weight, lang);
            }
        }
        best.1
    }

    /// The language tag (BCP 47), as `Content-Language` names it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }
}

/// Splits `en;q=0.8` into the tag and its weight in thousandths; a weight that cannot be read counts as none.
fn weighted(range: &str) -> (&str, u16) {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, "q=1"));
    let weight = parameters
        .trim()
        .strip_prefix("q=")
        .map_or("", str::trim)
        .parse::<f32>()
        .ok()
        .filter(|weight| (0.0..=1.0).contains(weight))
        .unwrap_or_default();
    // Between 0 and 1000 by the filter above.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (tag.trim(), (weight * 1000.0) as u16)
}

/// A name in the two languages that people read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Name {
    /// The name in the asked language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_with_the_highest_weight_is_spoken() {
        for (header, lang) in [
            ("", Lang::Zh),
            ("fr", Lang::Zh),
            ("*", Lang::Zh),
            ("en", Lang::En),
            ("EN-us", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("fr, en;q=0.5, zh;q=0.4", Lang::En),
            ("zh;q=0.4, en ; q=0.5", Lang::En),
            ("en;q=0", Lang::Zh),
            ("en;q=NaN", Lang::Zh),
            ("en;q=7", Lang::Zh),
            ("english", Lang::Zh),
            (",,;;q=,", Lang::Zh),
        ] {
            assert_eq!(Lang::from_accept_language(header), lang, "{header}");
        }
    }
}
