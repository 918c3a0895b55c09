//! A step of stored data that no release has: it counts how often it changed each unit and member of staff.

use zhitiao_store::schema::Step;
use zhitiao_store::schema::migration::{Place, Steps, Walk};
use zhitiao_store::{Item, StoreError};

/// The attribute that the step adds.
pub const MARK: &str = "marked";

/// The step.
#[derive(Debug)]
pub struct Marking;

impl Steps for Marking {
    fn steps(&self) -> &[Step] {
        &[Step {
            number: 1,
            says: "marks every unit and member of staff",
        }]
    }

    async fn partitions(&self, _number: u32, place: &Place) -> Result<Vec<Walk>, StoreError> {
        Ok(vec![Walk::Directory(place.district.to_string())])
    }

    fn change(&self, _number: u32, item: &Item) -> Option<Item> {
        let key = item.get("sk")?.as_s().ok()?;
        let is_meant = key.starts_with("UNIT#") || key.starts_with("STAFF#");
        // The name is marked: it shows which name the mark was given under.
        let name = item.get("name")?;
        (is_meant && !item.contains_key(MARK)).then(|| {
            let mut marked = item.clone();
            marked.insert(MARK.to_owned(), name.clone());
            marked
        })
    }
}
