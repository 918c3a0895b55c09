//! The privacy notice: its version follows from its words, so that a changed word is a new version by itself.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use zhitiao_domain::case::report::NoticeVersion;
use zhitiao_texts::{Lang, text};

/// The paragraphs of the notice, in their order.
pub const PARAGRAPHS: [&str; 9] = [
    "privacy.who",
    "privacy.what",
    "privacy.contact",
    "privacy.photos",
    "privacy.board",
    "privacy.recipients",
    "privacy.kept",
    "privacy.rights",
    "privacy.free",
];

/// What a reporter agrees to, each on its own.
const CONSENTS: [&str; 2] = ["field.consent.publish", "field.consent.location"];

static CURRENT: LazyLock<NoticeVersion> = LazyLock::new(|| {
    let mut words = Sha256::new();
    for code in PARAGRAPHS.into_iter().chain(CONSENTS) {
        for lang in [Lang::Zh, Lang::En] {
            words.update(text(&format!("page.{code}"), lang).unwrap_or_default());
        }
    }
    let hash: [u8; 32] = words.finalize().into();
    NoticeVersion::of_hash(&hash)
});

/// The version of the notice as it is now: the first 32 bits of a SHA-256 of its words in both languages.
pub fn current() -> NoticeVersion {
    *CURRENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_paragraph_has_words() {
        for code in PARAGRAPHS.into_iter().chain(CONSENTS) {
            assert!(text(&format!("page.{code}"), Lang::Zh).is_some(), "{code}");
        }
        assert_eq!(NoticeVersion::parse(&current().to_string()), Ok(current()));
    }
}
