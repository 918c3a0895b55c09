//! Imports the file with the channels, and checks it against the units: a mistyped unit would silence the one that was
//! meant.

use std::path::Path;

use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::org::OrgChart;
use zhitiao_domain::notify::channel::{ChannelSettings, check_channel};
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_store::Directory;
use zhitiao_store::directory::channels::read_channels;

use crate::arguments::ChannelsImport;
use crate::say;

/// Writes the channels that differ.
pub(crate) async fn run(order: &ChannelsImport) -> Result<(), Error> {
    let aws = bootstrap::aws_loader().load().await;
    let directory = Directory::new(&aws, order.table.clone());
    let district = &order.district;
    let Some(snapshot) = directory.snapshot(district).await? else {
        return Err(format!("the table has no directory of {district}").into());
    };
    let rules = snapshot.data.rulebook()?;
    let stored = directory.channels(district).await?;
    let there: Vec<_> = stored.iter().map(|one| one.settings.clone()).collect();
    let wanted = check(&order.file, district, &rules.org, &there)?;
    let is_new = |one: &ChannelSettings| stored.iter().all(|there| there.settings != *one);
    let differing: Vec<_> = wanted.into_iter().filter(is_new).collect();
    for channel in &differing {
        say(&format!("+ {channel:?}"))?;
    }
    if order.dry_run || differing.is_empty() {
        return say("nothing was written");
    }
    directory.import_channels(district, &differing).await?;
    say("done: they take effect within a minute")
}

/// Reads the file and checks every channel against the chart, the others of the file, and those that are stored and
/// that it does not replace.
///
/// # Errors
/// Every fault, one a line. Addresses and keys are secrets, and are never repeated.
pub(crate) fn check(
    file: &Path,
    district: &DistrictId,
    org: &OrgChart,
    stored: &[ChannelSettings],
) -> Result<Vec<ChannelSettings>, String> {
    let name = file.display();
    let text = std::fs::read(file).map_err(|error| format!("{name}: {error}"))?;
    let channels = read_channels(&text, district)
        .map_err(|faults| format!("{name}: {}", faults.join("\n  ")))?;
    let is_replaced = |there: &&ChannelSettings| {
        channels
            .iter()
            .any(|one| (&one.unit, one.name) == (&there.unit, there.name))
    };
    let kept = stored.iter().filter(|there| !is_replaced(there));
    let all: Vec<_> = channels.iter().chain(kept).cloned().collect();
    let mut faults = Vec::new();
    for channel in &channels {
        for fault in check_channel(org, channel, &all) {
            let (field, code) = (fault.field, fault.code);
            faults.push(format!("{name}: {channel:?}: {field}: {code}"));
        }
    }
    if faults.is_empty() {
        Ok(channels)
    } else {
        Err(faults.join("\n  "))
    }
}

#[cfg(test)]
mod tests {
    use zhitiao_domain::kernel::ids::UnitId;
    use zhitiao_domain::notify::channel::ChannelName;
    use zhitiao_store::DirectoryData;

    use super::*;

    #[test]
    fn every_mistyped_unit_and_every_faulty_address_is_named() {
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seed");
        let data = DirectoryData::from_folder(&seed).unwrap();
        let org = OrgChart::new(data.units, data.staff).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("channels.json");
        let district = DistrictId::parse("shinan").unwrap();
        let faults = |text: &str| {
            std::fs::write(&file, text).unwrap();
            check(&file, &district, &org, &[])
        };
        assert_eq!(faults("{}"), Ok(Vec::new()));
        let sound = r#"{"wecom": {"badaguan": "https://example.org"}}"#;
        assert_eq!(faults(sound).map(|found| found.len()), Ok(1));
        let mistyped =
            r#"{"wecom": {"badaguann": "https://example.org", "shinan": "example.org"}}"#;
        let found = faults(mistyped).unwrap_err();
        assert_eq!(found.lines().count(), 2, "{found}");
        assert!(
            found.contains("wecom of badaguann: unit: unknown"),
            "{found}"
        );
        assert!(
            found.contains("wecom of shinan: url: not_an_address"),
            "{found}"
        );
        assert!(!found.contains("example.org"), "an address is a secret");
        assert!(faults(r#"{"wecon": {}}"#).is_err());
        assert!(faults(r#"{"wecom": {"B": ""}, "webhooks": {}}"#).is_err());
        // A robot of another unit that is stored already, and that the file does not replace.
        std::fs::write(&file, sound).unwrap();
        let there = |unit: &str| ChannelSettings {
            unit: UnitId::parse(unit).unwrap(),
            name: ChannelName::Wecom,
            url: "https://example.org".to_owned(),
            secret: None,
        };
        let taken = check(&file, &district, &org, &[there("huiquan")]).unwrap_err();
        assert!(taken.contains("url: robot_of_another"), "{taken}");
        assert!(check(&file, &district, &org, &[there("badaguan")]).is_ok());
    }
}
