//! Writes the stored directory into a folder, as `seed` reads it.

use std::fs;
use std::path::Path;

use serde::Serialize;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_store::{Directory, DirectoryData};

use crate::arguments::Export;
use crate::say;

/// Reads the table and writes five files. Of promises and calendar the versions in force: the others stay in the table.
pub(crate) async fn run(order: &Export) -> Result<(), Error> {
    let aws = bootstrap::aws_loader().load().await;
    let directory = Directory::new(&aws, order.table.clone());
    let Some(snapshot) = directory.snapshot(&order.source.district).await? else {
        return Err(format!("the table has no directory of {}", order.source.district).into());
    };
    write(&order.source.folder, &snapshot.data)?;
    say(&format!(
        "{} units, {} staff, {} categories, as of change {}",
        snapshot.data.units.len(),
        snapshot.data.staff.len(),
        snapshot.data.categories.len(),
        snapshot.number
    ))
}

/// Writes the files of a directory.
pub(crate) fn write(folder: &Path, data: &DirectoryData) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    put(folder, "units.json", &lines(&data.units)?)?;
    put(folder, "staff.json", &lines(&data.staff)?)?;
    put(folder, "categories.json", &lines(&data.categories)?)?;
    if let Some(promises) = data.promises.iter().max_by_key(|one| one.version) {
        put(
            folder,
            "promises.json",
            &serde_json::to_string_pretty(promises)?,
        )?;
    }
    if let Some(calendar) = data.calendars.iter().max_by_key(|one| one.version) {
        put(
            folder,
            "calendar.json",
            &serde_json::to_string_pretty(calendar)?,
        )?;
    }
    Ok(())
}

/// A list with one entry a line: two exports differ in the lines that changed.
fn lines(entries: &[impl Serialize]) -> Result<String, Error> {
    let entries: Result<Vec<String>, _> = entries.iter().map(serde_json::to_string).collect();
    Ok(format!("[\n  {}\n]", entries?.join(",\n  ")))
}

fn put(folder: &Path, file: &str, text: &str) -> Result<(), Error> {
    Ok(fs::write(folder.join(file), format!("{text}\n"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exported_reads_as_what_was_imported() {
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seed");
        let data = DirectoryData::from_folder(&seed).unwrap();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &data).unwrap();
        let again = DirectoryData::from_folder(folder.path()).unwrap();
        assert_eq!(data.units, again.units);
        assert_eq!(data.staff, again.staff);
        assert_eq!(data.categories, again.categories);
        assert_eq!(data.promises, again.promises);
        assert_eq!(data.calendars, again.calendars);
    }
}
