//! Imports places: each is checked against the stored directory, and only what differs is written.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::directory::check_place;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::place::{CodedPlace, PlaceCode};
use zhitiao_domain::kernel::worded::Worded;
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_store::{Directory, DirectoryData};

use crate::arguments::{Folder, PlacesImport};
use crate::say;

/// The file of the places in the folder of a directory; it may be absent.
const PLACES: &str = "places.json";

/// How many places are written between two lines of progress.
const PROGRESS: usize = 500;

/// Writes the places that are new or differ.
pub(crate) async fn run(order: &PlacesImport) -> Result<(), Error> {
    let aws = bootstrap::aws_loader().load().await;
    let directory = Directory::new(&aws, order.of.table.clone());
    let district = &order.of.district;
    let Some(snapshot) = directory.snapshot(district).await? else {
        return Err(format!("the table has no directory of {district}").into());
    };
    let rules = snapshot.data.rulebook()?;
    let wanted = read(&order.folder, district, &rules)?;
    let stored = directory.places(district).await?;
    let stored: BTreeMap<&str, &CodedPlace> =
        stored.iter().map(|place| (&*place.id, place)).collect();
    let is_new = |place: &CodedPlace| stored.get(&*place.id).is_none_or(|there| *there != place);
    let (all, known) = (wanted.len(), stored.len());
    let differing: Vec<_> = wanted.into_iter().filter(is_new).collect();
    for place in &differing {
        let sign = if stored.contains_key(&*place.id) {
            "~"
        } else {
            "+"
        };
        let code = PlaceCode::of(district, &place.id);
        say(&format!("{sign} {code} {} {}", place.id, place.address))?;
    }
    say(&format!(
        "{} of {all} places are new or differ; {known} are stored",
        differing.len()
    ))?;
    if order.dry_run || differing.is_empty() {
        return say("nothing was written");
    }
    for (number, part) in differing.chunks(PROGRESS).enumerate() {
        directory.import_places(district, part).await?;
        say(&format!("{} written", number * PROGRESS + part.len()))?;
    }
    Ok(())
}

/// Checks the file where the folder has one.
pub(crate) fn check(source: &Folder, data: &DirectoryData) -> Result<(), Error> {
    if source.folder.join(PLACES).exists() {
        let rules = data.clone().rulebook()?;
        read(&source.folder, &source.district, &rules)?;
    }
    Ok(())
}

/// Reads and checks the file.
///
/// # Errors
/// Every fault, one a line: the place by its number in the list and its id, the field, and what is wrong.
fn read(folder: &Path, district: &DistrictId, rules: &Rulebook) -> Result<Vec<CodedPlace>, String> {
    let text = std::fs::read(folder.join(PLACES)).map_err(|error| format!("{PLACES}: {error}"))?;
    let values: Vec<Value> =
        serde_json::from_slice(&text).map_err(|error| format!("{PLACES}: {error}"))?;
    let mut places = Vec::with_capacity(values.len());
    let mut codes: BTreeMap<PlaceCode, String> = BTreeMap::new();
    let mut faults = Vec::new();
    let categories = rules.departments();
    for (index, value) in values.into_iter().enumerate() {
        let id = value["id"].as_str().unwrap_or_default().to_owned();
        let mut fault = |what: String| {
            faults.push(format!("{PLACES}: entry {} ({id}): {what}", index + 1));
        };
        let mut place: CodedPlace = match serde_json::from_value(value) {
            Ok(place) => place,
            Err(error) => {
                fault(error.to_string());
                continue;
            }
        };
        for (field, error) in place.clean() {
            fault(format!("{field}: {error}"));
        }
        for error in check_place(&rules.org, &categories, &place) {
            fault(format!("{}: {}", error.field, error.code));
        }
        let code = PlaceCode::of(district, &place.id);
        match codes.insert(code, place.id.clone()) {
            Some(twin) if twin == place.id => fault("is listed twice".to_owned()),
            Some(twin) => fault(format!(
                "has the code of {twin}: give one of them another id"
            )),
            None => {}
        }
        places.push(place);
    }
    if faults.is_empty() {
        return Ok(places);
    }
    let head = format!("{} faults in {}", faults.len(), folder.display());
    Err([head]
        .into_iter()
        .chain(faults)
        .collect::<Vec<_>>()
        .join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Result<usize, String> {
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seed");
        let rules = DirectoryData::from_folder(&seed)
            .unwrap()
            .rulebook()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(PLACES), text).unwrap();
        let district = DistrictId::parse("shinan").unwrap();
        read(folder.path(), &district, &rules).map(|places| places.len())
    }

    #[test]
    fn every_fault_is_named_with_its_place_and_field() {
        let sound = r#"{"id": "L-1", "community": "xianggang-huayuan", "address": "3号楼", "asset": "lift"}"#;
        assert_eq!(faults(&format!("[{sound}]")), Ok(1));
        let text = format!(
            r#"[{sound}, {sound},
                {{"id": "L-2", "community": "badaguan", "address": "x", "asset": "lift", "unit": "nowhere",
                  "categories": ["street-lamp", "moon"], "phone": "later"}},
                {{"id": "L-3", "community": "xianggang-huayuan", "address": "", "asset": "lift"}},
                {{"id": "L-4", "community": "xianggang-huayuan", "address": "x", "asset": "rocket"}}]"#
        );
        let found = faults(&text).unwrap_err();
        for named in [
            "entry 2 (L-1): is listed twice",
            "entry 3 (L-2): community: unknown",
            "entry 3 (L-2): unit: unknown",
            "entry 3 (L-2): categories[1]: unknown",
            "entry 3 (L-2): phone: not_a_phone",
            "entry 4 (L-3): address:",
            "entry 5 (L-4): unknown variant `rocket`",
        ] {
            assert!(found.contains(named), "{named}: {found}");
        }
        assert!(found.starts_with("7 faults in "), "{found}");
    }
}
