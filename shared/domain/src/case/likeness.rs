//! Whether two reports may be about the same thing: a hint for people, never a decision.

use std::collections::BTreeSet;

use crate::kernel::ids::CategoryId;
use crate::kernel::place::PlaceCode;

/// How much of the shorter text must stand in the other, in percent.
const SHARED: usize = 50;

/// The same for two reports of one category.
const SHARED_IN_CATEGORY: usize = 30;

/// The fewest pairs of characters by which texts can be compared: shorter ones are alike by chance.
const FEWEST_PAIRS: usize = 4;

/// What reports are compared by.
#[derive(Debug, Clone, Copy)]
pub struct Reported<'a> {
    /// The words, or how they begin.
    pub text: &'a str,
    /// The category, when it has one.
    pub category: Option<&'a CategoryId>,
    /// The code of the place, when it was scanned.
    pub place: Option<PlaceCode>,
}

impl Reported<'_> {
    /// Whether both may be about the same thing: at the same coded place, or in like words.
    ///
    /// Words are compared by their pairs of neighboring characters, which serves Chinese without a dictionary. Two
    /// codes that differ are two things, whatever the words say.
    pub fn is_like(&self, other: &Self) -> bool {
        if let (Some(here), Some(there)) = (self.place, other.place) {
            return here == there;
        }
        let (own, others) = (pairs(self.text), pairs(other.text));
        let fewer = own.len().min(others.len());
        let shared = own.intersection(&others).count();
        let is_same_category = self.category.is_some() && self.category == other.category;
        let needed = if is_same_category {
            SHARED_IN_CATEGORY
        } else {
            SHARED
        };
        fewer >= FEWEST_PAIRS && shared * 100 >= needed * fewer
    }
}

/// The pairs of neighboring letters and digits; what stands between words ends a pair. Addresses of pages are no words.
fn pairs(text: &str) -> BTreeSet<(char, char)> {
    let spoken = text.split_whitespace().filter(|word| !word.contains("://"));
    let letters = spoken.flat_map(|word| word.split(|c: char| !c.is_alphanumeric()));
    let of_word = letters.flat_map(|word| {
        let lower: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
        let pairs: Vec<_> = lower.windows(2).map(|pair| (pair[0], pair[1])).collect();
        pairs
    });
    of_word.collect()
}
