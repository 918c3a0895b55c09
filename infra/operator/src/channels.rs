//! Checks the file with the channels against the units: a mistyped unit would silence the one that was meant.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::org::Unit;

/// What the notifier reads from `CHANNELS`, as far as units are named in it. Addresses and keys are secrets of the
/// notifier.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Channels {
    wecom: BTreeMap<String, Value>,
    webhooks: BTreeMap<String, Value>,
    people: Option<Value>,
}

/// Checks that every unit of the file is among `units`.
///
/// # Errors
/// Every fault, one a line.
pub(crate) fn check(file: &Path, units: &[Unit]) -> Result<(), String> {
    let name = file.display();
    let text = std::fs::read(file).map_err(|error| format!("{name}: {error}"))?;
    let channels: Channels =
        serde_json::from_slice(&text).map_err(|error| format!("{name}: {error}"))?;
    let named = [("wecom", &channels.wecom), ("webhooks", &channels.webhooks)];
    let named = named
        .into_iter()
        .flat_map(|(list, of)| of.keys().map(move |unit| (list, unit)));
    let is_known =
        |id: &str| UnitId::parse(id).is_ok_and(|id| units.iter().any(|unit| unit.id == id));
    let faults: Vec<String> = named
        .filter(|(_, unit)| !is_known(unit))
        .map(|(list, unit)| format!("{name}: {list} names {unit}, which is no unit"))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n  "))
    }
}

#[cfg(test)]
mod tests {
    use zhitiao_store::DirectoryData;

    use super::*;

    #[test]
    fn every_mistyped_unit_is_named() {
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seed");
        let units = DirectoryData::from_folder(&seed).unwrap().units;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("channels.json");
        let faults = |text: &str| {
            std::fs::write(&file, text).unwrap();
            check(&file, &units)
        };
        assert_eq!(faults("{}"), Ok(()));
        assert_eq!(
            faults(r#"{"wecom": {"badaguan": "https://example.org"}}"#),
            Ok(())
        );
        let mistyped = r#"{"wecom": {"badaguann": "https://example.org", "shinan": ""}, "webhooks": {"B": {}}}"#;
        let found = faults(mistyped).unwrap_err();
        assert_eq!(found.lines().count(), 2, "{found}");
        assert!(found.contains("wecom names badaguann") && found.contains("webhooks names B"));
        assert!(!found.contains("example.org"), "an address is a secret");
        assert!(faults(r#"{"wecon": {}}"#).is_err());
    }
}
