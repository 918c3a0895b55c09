//! Lists that are cut into pages by id.

use zhitiao_domain::kernel::ids::StaffId;
use zhitiao_domain::kernel::limits::{DEFAULT_PAGE_ROWS, PAGE_ROWS};
use zhitiao_edge::{FieldErrors, Fields, Problem};

use crate::Desk;

/// Which page is wanted.
pub(crate) struct Page {
    pub(crate) limit: usize,
    pub(crate) cursor: Option<String>,
}

pub(crate) fn page(f: &mut Fields) -> Result<Page, FieldErrors> {
    let limit = f.optional("limit", |v| v.integer(1..=PAGE_ROWS));
    let cursor = f.optional("cursor", |v| v.line(1..=4096));
    Ok(Page {
        limit: limit?.unwrap_or(DEFAULT_PAGE_ROWS),
        cursor: cursor?,
    })
}

impl Desk {
    /// Up to a page of the rows, which come in the order of their ids, and where the next page starts. A cursor belongs
    /// to one caller and one list with its filters.
    pub(crate) fn cut<T>(
        &self,
        caller: &StaffId,
        list: &[&str],
        page: &Page,
        rows: impl Iterator<Item = T>,
        id: impl Fn(&T) -> &str,
    ) -> Result<(Vec<T>, Option<String>), Problem> {
        let mut binding = vec![self.district.as_str(), caller.as_str()];
        binding.extend(list);
        let behind: Option<String> = match &page.cursor {
            Some(cursor) => Some(self.cursors.open(cursor, &binding)?),
            None => None,
        };
        let rows = rows.skip_while(|row| behind.as_deref().is_some_and(|behind| id(row) <= behind));
        let mut rows: Vec<T> = rows.take(page.limit + 1).collect();
        let more = rows.len() > page.limit;
        rows.truncate(page.limit);
        let last = rows.last().filter(|_| more).map(|row| id(row).to_owned());
        let next = last.map(|last| self.cursors.seal(&last, &binding));
        Ok((rows, next.transpose()?))
    }
}
