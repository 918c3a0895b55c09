//! Lists that are cut into pages by id.

use zhitiao_domain::kernel::ids::StaffId;
use zhitiao_edge::{Page, Problem};

use crate::Desk;

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
        let behind: Option<String> = page.start(&self.cursors, &binding)?;
        let rows = rows.skip_while(|row| behind.as_deref().is_some_and(|behind| id(row) <= behind));
        let mut rows: Vec<T> = rows.take(page.limit + 1).collect();
        let last = page.cut(&mut rows).map(|row| id(row).to_owned());
        let next = last.map(|last| self.cursors.seal(&last, &binding));
        Ok((rows, next.transpose()?))
    }
}
