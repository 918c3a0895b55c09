//! Holds the entries of a folder to the law that the API holds each change to, and to what the tables can carry.

use std::path::Path;

use zhitiao_domain::case::promise::{Promises, TierPromise};
use zhitiao_domain::directory::{check_absence, check_staff, check_unit};
use zhitiao_domain::kernel::deadline::ClockSpec;
use zhitiao_domain::kernel::error::FieldError;
use zhitiao_domain::kernel::ids::StaffId;
use zhitiao_domain::kernel::limits::POSTS;
use zhitiao_domain::kernel::org::OrgChart;
use zhitiao_store::DirectoryData;

/// The directory is loaded whole by each worker of a function: beyond these it would no longer fit in time.
const UNITS: usize = 2_000;
const STAFF: usize = 20_000;
/// DynamoDB takes no larger item.
const ITEM_BYTES: usize = 400 * 1024;

/// A fault of one entry: its id, the field, and what is wrong with it.
pub(crate) type EntryFault = (String, String);

/// What the law of the API objects to in a unit.
pub(crate) fn units(org: &OrgChart, data: &DirectoryData) -> Vec<EntryFault> {
    let categories = data.categories.iter();
    let categories = categories
        .map(|category| (category.id.clone(), category.department.clone()))
        .collect();
    let mut faults = Vec::new();
    for unit in org.all_units() {
        let found = check_unit(org, &categories, Some(unit), unit);
        named(&mut faults, unit.id.as_str(), found);
    }
    if data.units.len() > UNITS {
        let count = data.units.len();
        faults.push((
            format!("{count} units"),
            format!("at most {UNITS} fit into a function"),
        ));
    }
    faults
}

/// What the law of the API objects to in a person.
pub(crate) fn staff(org: &OrgChart, data: &DirectoryData) -> Vec<EntryFault> {
    let mut faults = Vec::new();
    // No person edits: a folder is no person's own change.
    let Ok(nobody) = StaffId::parse("nobody") else {
        return faults;
    };
    for person in org.all_staff() {
        let mut found = check_staff(org, &nobody, Some(person), person);
        found.extend(check_absence(
            org,
            person,
            person.deputy.as_ref(),
            &person.absences,
        ));
        if person.posts.len() > POSTS {
            found.push(FieldError::new("posts", "too_many"));
        }
        named(&mut faults, person.id.as_str(), found);
        if serde_json::to_vec(person).map_or(0, |text| text.len()) > ITEM_BYTES {
            faults.push((person.id.to_string(), "is larger than 400 KB".to_owned()));
        }
    }
    if data.staff.len() > STAFF {
        let count = data.staff.len();
        faults.push((
            format!("{count} people"),
            format!("at most {STAFF} fit into a function"),
        ));
    }
    faults
}

/// Promises of no time at all: everything would be late from its first moment.
pub(crate) fn promises(promises: &Promises) -> Vec<EntryFault> {
    let rows = promises.tiers.iter().flat_map(|row| {
        let tier = serde_json::to_value(row.tier).unwrap_or_default();
        let tier = tier.as_str().unwrap_or_default().to_owned();
        of_tier(row)
            .into_iter()
            .map(move |(field, spec)| (tier.clone(), field, spec))
    });
    let general = [
        ("triage", promises.triage),
        ("word", promises.word),
        ("word_on_hold", promises.word_on_hold),
        ("revisit", promises.revisit),
        ("redo", promises.redo),
        ("approval", promises.approval),
        ("supervision", promises.supervision),
    ];
    let general = general
        .into_iter()
        .map(|(field, spec)| ("all".to_owned(), field, spec));
    rows.chain(general)
        .filter(|(_, _, spec)| is_nothing(*spec))
        .map(|(tier, field, _)| (tier, format!("{field} promises no time at all")))
        .collect()
}

fn of_tier(row: &TierPromise) -> Vec<(&'static str, ClockSpec)> {
    let mut specs = vec![
        ("accept", row.accept),
        ("contact", row.contact),
        ("resolve", row.resolve),
        ("return", row.return_window),
        ("return_hard", row.return_hard),
    ];
    specs.extend(row.make_safe.map(|spec| ("make_safe", spec)));
    specs.extend(row.extensions.iter().map(|one| ("extensions", one.by)));
    specs
}

fn is_nothing(spec: ClockSpec) -> bool {
    match spec {
        ClockSpec::ElapsedMinutes(count)
        | ClockSpec::WorkMinutes(count)
        | ClockSpec::WorkDays(count)
        | ClockSpec::CalendarDays(count) => count == 0,
    }
}

fn named(faults: &mut Vec<EntryFault>, id: &str, found: Vec<FieldError>) {
    for fault in found {
        let sentence = format!("{}: {}", fault.field, fault.code);
        faults.push((id.to_owned(), sentence));
    }
}

/// Where an entry stands in its file: `units.json:12`, or the file alone.
pub(crate) fn place(folder: &Path, file: &str, id: &str) -> String {
    let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
    let wanted = [
        format!("\"id\": \"{id}\""),
        format!("\"id\":\"{id}\""),
        format!("\"tier\": \"{id}\""),
    ];
    let mut lines = text.lines().enumerate();
    let found = lines.find(|(_, line)| wanted.iter().any(|one| line.contains(one)));
    found.map_or_else(
        || file.to_owned(),
        |(index, _)| format!("{file}:{}", index + 1),
    )
}
