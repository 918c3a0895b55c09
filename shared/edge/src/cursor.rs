//! Cursors: where the next page of a list begins, carried by the caller and signed by us.
//!
//! A cursor is bound to who asked and for what, so that it neither opens another caller's list nor another filter of
//! the same list. Its content is not secret, only unforgeable; callers are to treat it as opaque.

use serde::{Serialize, de::DeserializeOwned};

use crate::body;
use crate::problem::Problem;
use zhitiao_domain::kernel::limits::{DEFAULT_PAGE_ROWS, PAGE_ROWS};
use zhitiao_runtime::config::Secret;
use zhitiao_runtime::mac::{self, MAC_BYTES};

const PURPOSE: &str = "zhitiao cursor";
/// A cursor holds some index keys, at most ten positions of a merged list.
const MAX_CURSOR_BYTES: usize = 4096;

body! {
    /// Which page of a list is wanted.
    pub struct Page {
        /// Rows on the page, 1 to 100; 20 when left out.
        limit: usize = optional integer(1..=PAGE_ROWS) or DEFAULT_PAGE_ROWS,
        /// `next_cursor` of the previous page.
        cursor: Option<String> = optional line(1..=MAX_CURSOR_BYTES),
    }
}

impl Page {
    /// Where the page starts: the position in its cursor, or nothing for the first page.
    pub fn start<T: DeserializeOwned>(
        &self,
        cursors: &CursorKey,
        binding: &[&str],
    ) -> Result<Option<T>, Problem> {
        let cursor = self.cursor.as_deref();
        cursor
            .map(|cursor| cursors.open(cursor, binding))
            .transpose()
    }

    /// Cuts rows, of which one more than the page was read, to the page; answers the last one when more follow.
    pub fn cut<'r, T>(&self, rows: &'r mut Vec<T>) -> Option<&'r T> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        rows.last().filter(|_| more)
    }
}

/// The key that signs cursors; while it is replaced, also the other one that still opens them.
#[derive(Debug, Clone)]
pub struct CursorKey {
    signs: Secret,
    opens: Vec<Secret>,
}

impl CursorKey {
    /// Takes the key, or a comma list of keys: the first signs, all open.
    pub fn new(secret: Secret) -> Self {
        let opens = secret.parts();
        let signs = opens.first().cloned().unwrap_or(secret);
        Self { signs, opens }
    }

    /// Seals a position for the caller and filter that `binding` names, e.g. `["shinan", "wang.fang", "queue",
    /// "open"]`.
    ///
    /// Fails only for a position that cannot be JSON.
    pub fn seal(&self, position: &impl Serialize, binding: &[&str]) -> Result<String, Problem> {
        let payload = serde_json::to_vec(position).map_err(Problem::internal)?;
        let mut signed = self.mac(&payload, binding).to_vec();
        signed.extend(payload);
        Ok(mac::encode(&signed))
    }

    /// Opens a cursor; 400 `invalid_cursor` when it is forged, altered, or belongs to another caller or filter.
    pub fn open<T: DeserializeOwned>(&self, cursor: &str, binding: &[&str]) -> Result<T, Problem> {
        self.opened(cursor, binding)
            .ok_or_else(|| Problem::malformed("invalid_cursor"))
    }

    fn opened<T: DeserializeOwned>(&self, cursor: &str, binding: &[&str]) -> Option<T> {
        if cursor.len() > MAX_CURSOR_BYTES {
            return None;
        }
        let signed = mac::decode(cursor)?;
        let (mac, payload) = signed.split_at_checked(MAC_BYTES)?;
        let signed = parts(payload, binding);
        let is_ours = |key: &Secret| mac::verifies(key, PURPOSE, &signed, mac);
        let found = self.opens.iter().any(is_ours);
        found.then(|| serde_json::from_slice(payload).ok())?
    }

    fn mac(&self, payload: &[u8], binding: &[&str]) -> [u8; MAC_BYTES] {
        mac::sign(&self.signs, PURPOSE, &parts(payload, binding))
    }
}

fn parts<'p>(payload: &'p [u8], binding: &[&'p str]) -> Vec<&'p [u8]> {
    std::iter::once(payload)
        .chain(binding.iter().map(|part| part.as_bytes()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::single_changes;

    const MINE: &[&str] = &["shinan", "wang.fang", "state=open"];

    fn key() -> CursorKey {
        CursorKey::new(Secret::new("0123456789abcdef0123456789abcdef").unwrap())
    }

    #[test]
    fn a_cursor_opens_for_the_caller_and_filter_that_it_was_given_to() {
        let position = ("Q#badaguan".to_owned(), 1_764_000_000_000_i64);
        let cursor = key().seal(&position, MINE).unwrap();
        assert_eq!(
            key().open::<(String, i64)>(&cursor, MINE).unwrap(),
            position
        );
    }

    #[test]
    fn while_the_key_is_replaced_cursors_of_both_keys_open() {
        let [old, new] = [
            "the old key that is long enough",
            "the new key that is long enough",
        ];
        let key = |list: String| CursorKey::new(Secret::new(&list).unwrap());
        let steps = [
            old.to_owned(),
            format!("{old},{new}"),
            format!("{new},{old}"),
            new.to_owned(),
        ];
        for pair in steps.windows(2) {
            let [before, after] = [&pair[0], &pair[1]].map(|list| key(list.clone()));
            for (signs, opens) in [(&before, &after), (&after, &before), (&after, &after)] {
                let cursor = signs.seal(&1, MINE).unwrap();
                assert_eq!(opens.open::<i32>(&cursor, MINE).unwrap(), 1, "{pair:?}");
            }
        }
        let over = key(old.to_owned()).seal(&1, MINE).unwrap();
        assert!(key(new.to_owned()).open::<i32>(&over, MINE).is_err());
    }

    #[test]
    fn a_cursor_of_another_caller_filter_or_key_is_refused() {
        let cursor = key().seal(&1, MINE).unwrap();
        let other_key = CursorKey::new(Secret::new("another key, long enough").unwrap());
        for binding in [
            &["shinan", "li.na", "state=open"] as &[&str],
            &["shinan", "wang.fang", "state=closed"],
            &["shinan", "wang.fang"],
            &["shinanwang", ".fang", "state=open"],
            &[],
        ] {
            let problem = key().open::<i32>(&cursor, binding).unwrap_err();
            assert_eq!(problem.code(), "invalid_cursor");
        }
        assert!(other_key.open::<i32>(&cursor, MINE).is_err());
    }

    #[test]
    fn hostile_cursors_are_refused() {
        let huge = "A".repeat(1_000_000);
        for cursor in ["", "A", "====", "井盖", "AAAAAAAAAAAAAAAAAAAAAA", &huge] {
            assert!(key().open::<i32>(cursor, MINE).is_err(), "{}", cursor.len());
        }
    }

    #[test]
    fn no_single_changed_character_passes() {
        let cursor = key().seal(&("Q#badaguan", 42), MINE).unwrap();
        for forged in single_changes(&cursor) {
            assert!(
                key().open::<(String, i64)>(&forged, MINE).is_err(),
                "{forged}"
            );
        }
    }
}
