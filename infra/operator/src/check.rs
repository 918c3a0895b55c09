//! Checks the files of a directory and names every fault, not only the first.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;
use zhitiao_domain::case::promise::TierPromise;
use zhitiao_domain::case::rulebook::{Rulebook, RulebookError};
use zhitiao_domain::directory::has_operator;
use zhitiao_domain::kernel::calendar::{Calendar, CalendarData, CalendarError};
use zhitiao_domain::kernel::ids::StaffId;
use zhitiao_domain::kernel::org::{OrgChart, OrgError, Staff};
use zhitiao_domain::kernel::worded::Worded;
use zhitiao_runtime::bootstrap::Error;
use zhitiao_store::DirectoryData;

use crate::arguments::Folder;
use crate::{channels, law, places, say};

const UNITS: &str = "units.json";
const STAFF: &str = "staff.json";
const CATEGORIES: &str = "categories.json";
const PROMISES: &str = "promises.json";
const CALENDAR: &str = "calendar.json";

/// Checks a folder and says what is in it.
pub(crate) fn run(source: &Folder, channels: Option<&Path>) -> Result<(), Error> {
    let data = read(source)?;
    if let Some(file) = channels {
        let org = OrgChart::new(data.units.clone(), data.staff.clone())?;
        channels::check(file, &source.district, &org, &[])?;
    }
    places::import::check(source, &data)?;
    say(&format!(
        "sound: {} units, {} staff, {} categories, promises version {}, calendar version {}",
        data.units.len(),
        data.staff.len(),
        data.categories.len(),
        data.promises.first().map_or(0, |promises| promises.version),
        data.calendars
            .first()
            .map_or(0, |calendar| calendar.version),
    ))
}

/// Reads the files of a directory that a rulebook can be made of.
///
/// # Errors
/// Every fault, one a line.
pub(crate) fn read(source: &Folder) -> Result<DirectoryData, String> {
    let mut faults = Faults::default();
    let folder = &source.folder;
    let data = DirectoryData {
        units: faults.entries(folder, UNITS),
        staff: faults.entries(folder, STAFF),
        categories: faults.entries(folder, CATEGORIES),
        promises: faults.file(folder, PROMISES).into_iter().collect(),
        calendars: faults.calendar_file(folder).into_iter().collect(),
    };
    // What could not be read is missing: entries that refer to it would be reported in its place.
    if !faults.has_unread {
        faults.contradictions(folder, data.clone(), source.district.as_str());
    }
    if faults.named.is_empty() {
        return Ok(data);
    }
    let count = faults.named.len();
    let head = format!("{count} faults in {}", folder.display());
    Err([head]
        .into_iter()
        .chain(faults.named)
        .collect::<Vec<_>>()
        .join("\n  "))
}

/// The faults found so far.
#[derive(Debug, Default)]
struct Faults {
    named: Vec<String>,
    /// Whether a file or an entry could not be read.
    has_unread: bool,
}

impl Faults {
    fn add(&mut self, file: &str, fault: impl Display) {
        self.named.push(format!("{file}: {fault}"));
    }

    fn add_unread(&mut self, file: &str, fault: impl Display) {
        self.has_unread = true;
        self.add(file, fault);
    }

    fn file<T: DeserializeOwned>(&mut self, folder: &Path, file: &str) -> Option<T> {
        let read = std::fs::read(folder.join(file)).map_err(|error| error.to_string());
        let read = read.and_then(|text| serde_json::from_slice(&text).map_err(|e| e.to_string()));
        read.map_err(|fault| self.add_unread(file, fault)).ok()
    }

    /// A list whose entries are read one by one, so that each faulty one is named.
    fn entries<T: DeserializeOwned + Worded>(&mut self, folder: &Path, file: &str) -> Vec<T> {
        let values: Vec<Value> = self.file(folder, file).unwrap_or_default();
        let mut entries = Vec::with_capacity(values.len());
        let mut ids = BTreeSet::new();
        for (index, value) in values.into_iter().enumerate() {
            let id = value["id"].as_str().unwrap_or_default().to_owned();
            match T::deserialize(value) {
                Ok(_) if !ids.insert(id.clone()) => {
                    self.add_unread(file, format_args!("{id} is listed twice"));
                }
                Ok(mut entry) => {
                    self.wording(file, &id, &mut entry);
                    entries.push(entry);
                }
                Err(fault) => {
                    self.add_unread(file, format_args!("entry {} ({id}): {fault}", index + 1));
                }
            }
        }
        entries
    }

    /// Cleans the texts of an entry and names those with which a route would not take it.
    fn wording(&mut self, file: &str, entry: &str, worded: &mut impl Worded) {
        for (field, fault) in worded.clean() {
            self.add(file, format_args!("{entry}: {field}: {fault}"));
        }
    }

    /// The file of the calendar. Every year has holidays: one without was never filled in.
    fn calendar_file(&mut self, folder: &Path) -> Option<CalendarData> {
        let mut data: CalendarData = self.file(folder, CALENDAR)?;
        self.wording(CALENDAR, &format!("version {}", data.version), &mut data);
        for (year, _) in data.years.iter().filter(|(_, days)| !days.has_holiday()) {
            self.add(CALENDAR, format_args!("{year} has no day off"));
        }
        Some(data)
    }

    /// What the rules object to. They name the first contradiction; each is taken out of the way and they are asked
    /// again, so that the rules stand in one place and all contradictions are named.
    fn contradictions(&mut self, folder: &Path, mut data: DirectoryData, district: &str) {
        let calendar = data
            .calendars
            .pop()
            .and_then(|calendar| self.calendar(calendar));
        let org = self.org(&mut data);
        if let Some(org) = &org
            && org.district().as_str() != district
        {
            let fault = format!("the topmost unit is {} and not {district}", org.district());
            self.add(UNITS, fault);
        }
        if let Some(org) = &org
            && !has_operator(org)
        {
            self.add(STAFF, "nobody is operator of the district");
        }
        if let Some(org) = &org {
            self.by_the_law_of_the_api(folder, org, &data);
        }
        if let (Some(calendar), Some(org)) = (calendar, org) {
            self.rulebook(&org, &calendar, data);
        }
    }

    /// What the API would refuse, entry by entry: a folder is no way around it.
    fn by_the_law_of_the_api(&mut self, folder: &Path, org: &OrgChart, data: &DirectoryData) {
        let promised = data.promises.iter().flat_map(law::promises);
        for (file, faults) in [
            (UNITS, law::units(org, data)),
            (STAFF, law::staff(org, data)),
            (PROMISES, promised.collect()),
        ] {
            for (id, fault) in faults {
                let place = law::place(folder, file, &id);
                self.add(&place, format_args!("{id}: {fault}"));
            }
        }
    }

    fn calendar(&mut self, mut data: CalendarData) -> Option<Calendar> {
        loop {
            let error = match Calendar::from_data(data.clone()) {
                Ok(calendar) => return Some(calendar),
                Err(error) => error,
            };
            self.add(CALENDAR, error);
            if !mend_calendar(&mut data, error) {
                return None;
            }
        }
    }

    fn org(&mut self, data: &mut DirectoryData) -> Option<OrgChart> {
        loop {
            let error = match OrgChart::new(data.units.clone(), data.staff.clone()) {
                Ok(chart) => return Some(chart),
                Err(error) => error,
            };
            let file = match error {
                OrgError::Duplicate(_) | OrgError::Detached(_) | OrgError::Root => UNITS,
                OrgError::UnknownUnit(..)
                | OrgError::Deputy(..)
                | OrgError::Absence(_)
                | OrgError::Subject(..) => STAFF,
            };
            self.add(file, &error);
            if !mend_org(data, error) {
                return None;
            }
        }
    }

    fn rulebook(&mut self, org: &OrgChart, calendar: &Calendar, mut data: DirectoryData) {
        while let Err(error) = Rulebook::new(
            org.clone(),
            vec![calendar.clone()],
            data.categories.clone(),
            data.promises.clone(),
        ) {
            let file = if matches!(error, RulebookError::NotADepartment(..)) {
                CATEGORIES
            } else {
                PROMISES
            };
            self.add(file, &error);
            if !mend_rulebook(&mut data, error) {
                return;
            }
        }
    }
}

/// Takes a named fault out of the calendar; `false` when the rest cannot be judged without it.
fn mend_calendar(data: &mut CalendarData, error: CalendarError) -> bool {
    match error {
        CalendarError::Coverage(..) => {
            let (Some(first), Some(last)) =
                (data.years.keys().next(), data.years.keys().next_back())
            else {
                return false;
            };
            data.coverage = (*first, *last);
            for year in data.coverage.0..=data.coverage.1 {
                data.years.entry(year).or_default();
            }
            true
        }
        CalendarError::WrongYear(day, _)
        | CalendarError::WrongWeekday(day)
        | CalendarError::Twice(day) => {
            // One mention at a time: another one may be right, or be wrong for a reason of its own.
            let mentioned = data.years.iter_mut().flat_map(|(year, table)| {
                let lists = [&mut table.off, &mut table.off_weekend, &mut table.work];
                lists.map(|list| (*year, list))
            });
            let wrong_year = matches!(error, CalendarError::WrongYear(..));
            for (year, list) in mentioned {
                let here = list.iter().position(|listed| *listed == day);
                if let Some(index) = here.filter(|_| !wrong_year || year != day.year()) {
                    list.remove(index);
                    return true;
                }
            }
            false
        }
    }
}

/// Takes a named fault out of units and staff.
fn mend_org(data: &mut DirectoryData, error: OrgError) -> bool {
    match error {
        // Without a root nothing leads anywhere; ids that stand twice were named while reading.
        OrgError::Root | OrgError::Duplicate(_) => false,
        OrgError::Detached(id) => {
            let root = data.units.iter().find(|unit| unit.parent.is_none());
            let root = root.map(|unit| unit.id.clone());
            let lost = data.units.iter_mut().find(|unit| unit.id == id);
            lost.is_some_and(|unit| {
                unit.parent = root;
                true
            })
        }
        OrgError::UnknownUnit(person, unit) => mend_person(data, &person, |staff| {
            staff.posts.retain(|post| post.unit != unit);
        }),
        OrgError::Deputy(person, _) => mend_person(data, &person, |staff| staff.deputy = None),
        OrgError::Absence(person) => mend_person(data, &person, |staff| staff.absences.clear()),
        // By their ids no two are the same.
        OrgError::Subject(one, other) => [one, other]
            .iter()
            .all(|person| mend_person(data, person, |staff| staff.subject = None)),
    }
}

fn mend_person(data: &mut DirectoryData, id: &StaffId, mend: impl FnOnce(&mut Staff)) -> bool {
    let person = data.staff.iter_mut().find(|staff| staff.id == *id);
    person.map(mend).is_some()
}

/// Takes a named fault out of categories and promises.
fn mend_rulebook(data: &mut DirectoryData, error: RulebookError) -> bool {
    match error {
        RulebookError::NoCalendar | RulebookError::NoPromises => false,
        RulebookError::MissingTier(version, tier) => {
            let promises = data
                .promises
                .iter_mut()
                .find(|promises| promises.version == version);
            promises.is_some_and(|promises| {
                let row = promises.tiers.first().cloned();
                promises
                    .tiers
                    .extend(row.map(|row| TierPromise { tier, ..row }));
                promises.of(tier).is_some()
            })
        }
        RulebookError::NotADepartment(category, _) => {
            data.categories.retain(|one| one.id != category);
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use zhitiao_domain::kernel::ids::DistrictId;

    use super::*;

    /// A copy of the seed with some words of its files replaced.
    fn seed(changes: &[(&str, &str, &str)]) -> (tempfile::TempDir, Folder) {
        let folder = tempfile::tempdir().unwrap();
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seed");
        for file in [UNITS, STAFF, CATEGORIES, PROMISES, CALENDAR] {
            let mut text = std::fs::read_to_string(original.join(file)).unwrap();
            for (_, from, to) in changes.iter().filter(|(changed, ..)| *changed == file) {
                assert!(text.contains(from), "{file} has no {from}");
                text = text.replacen(from, to, 1);
            }
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        let source = Folder {
            folder: folder.path().to_owned(),
            district: DistrictId::parse("shinan").unwrap(),
        };
        (folder, source)
    }

    /// The faults, without the head line.
    fn faults(changes: &[(&str, &str, &str)]) -> Vec<String> {
        let (_folder, source) = seed(changes);
        let text = read(&source).unwrap_err();
        text.lines()
            .skip(1)
            .map(|line| line.trim().to_owned())
            .collect()
    }

    #[test]
    fn the_seed_is_sound() {
        let (_folder, source) = seed(&[]);
        assert!(read(&source).is_ok());
    }

    #[test]
    fn every_file_and_entry_that_cannot_be_read_is_named() {
        let found = faults(&[
            (UNITS, r#""kind": "department""#, r#""kind": "ministry""#),
            (
                STAFF,
                r#"{"id": "han.wen""#,
                r#"{"nick": "x", "id": "han.wen""#,
            ),
            (STAFF, r#""role": "operator""#, r#""role": "king""#),
            (CALENDAR, r#""version": 1,"#, r#""version": 1"#),
        ]);
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(
            found[0]
                .starts_with("units.json: entry 2 (urban-management): unknown variant `ministry`")
        );
        assert!(found[1].starts_with("staff.json: entry 1 (han.wen): unknown field `nick`"));
        assert!(found[2].starts_with("staff.json: entry 4 (he.lei): unknown variant `king`"));
        assert!(found[3].starts_with("calendar.json: ") && found[3].contains("line 3"));
    }

    #[test]
    fn every_contradiction_is_named() {
        let found = faults(&[
            (UNITS, r#""parent": "shinan""#, r#""parent": "nowhere""#),
            (STAFF, r#""unit": "shinan""#, r#""unit": "atlantis""#),
            (
                STAFF,
                r#""id": "wu.xin","#,
                r#""id": "wu.xin", "deputy": "nobody","#,
            ),
            (STAFF, r#""unit": "housing""#, r#""unit": "avalon""#),
            (
                CATEGORIES,
                r#""department": "power""#,
                r#""department": "shinan""#,
            ),
            (PROMISES, r#""tier": "p4""#, r#""tier": "p3""#),
            (
                CALENDAR,
                "\"2024-01-01\"",
                "\"2025-01-02\", \"2024-01-06\", \"2024-02-12\"",
            ),
        ]);
        assert_eq!(
            found,
            [
                "calendar.json: 2025-01-02 stands in the table of 2024",
                "calendar.json: 2024-01-06 is not the kind of weekday that its list is for",
                "calendar.json: 2024-02-12 is listed twice",
                "staff.json: deng.shumin holds a post in unknown unit avalon",
                "staff.json: han.wen holds a post in unknown unit atlantis",
                "staff.json: wu.xin has nobody as deputy, who is unknown or the same person",
                "units.json: unit urban-management does not lead up to the district",
                "promises.json: promises version 1 have no row for tier P4",
                "categories.json: category live-wire names shinan, which is not a department",
            ]
        );
    }

    #[test]
    fn ids_that_stand_twice_and_another_district_are_named() {
        let found = faults(&[(STAFF, r#""id": "ma.guiying""#, r#""id": "han.wen""#)]);
        assert_eq!(found, ["staff.json: han.wen is listed twice"]);
        let (_folder, mut source) = seed(&[]);
        source.district = DistrictId::parse("shibei").unwrap();
        let text = read(&source).unwrap_err();
        assert!(
            text.contains("units.json: the topmost unit is shinan and not shibei"),
            "{text}"
        );
    }

    #[test]
    fn names_without_anything_to_read_years_without_holidays_and_a_missing_operator_are_named() {
        let year = |text: &str| -> String {
            let (_, rest) = text.split_once("\"2024\": ").unwrap();
            rest[..=rest.find('}').unwrap()].to_owned()
        };
        let seed_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seed");
        let calendar = std::fs::read_to_string(seed_folder.join(CALENDAR)).unwrap();
        let found = faults(&[
            (UNITS, "\"市南区\"", "\"\""),
            (
                UNITS,
                "\"Shinan Housing and Construction Bureau\"",
                "\"\u{200b}\u{3164}\"",
            ),
            (STAFF, "\"韩文\"", "\"\u{2800}\""),
            (STAFF, "\"马桂英\"", "\"马\u{7f}英\""),
            (STAFF, r#""role": "operator""#, r#""role": "desk_officer""#),
            (
                CALENDAR,
                &year(&calendar),
                r#"{"off": [], "off_weekend": [], "work": []}"#,
            ),
        ]);
        assert_eq!(
            found,
            [
                "units.json: shinan: name.zh: there is nothing to read in it",
                "units.json: housing: name.en: there is nothing to read in it",
                "staff.json: han.wen: name: there is nothing to read in it",
                "staff.json: ma.guiying: name: it has a control character",
                "calendar.json: 2024 has no day off",
                "staff.json: nobody is operator of the district",
            ]
        );
    }

    #[test]
    fn names_are_cleaned_as_a_route_would_clean_them() {
        let (_folder, source) = seed(&[(STAFF, "\"韩文\"", "\"\u{feff}韩文 \"")]);
        let data = read(&source).unwrap();
        assert!(data.staff.iter().any(|person| person.name == "韩文"));
    }

    #[test]
    fn subjects_that_two_people_share_are_named() {
        let found = faults(&[
            (
                STAFF,
                r#""id": "wu.xin","#,
                r#""id": "wu.xin", "subject": "han.wen","#,
            ),
            (
                STAFF,
                r#""id": "he.lei","#,
                r#""id": "he.lei", "subject": "","#,
            ),
        ]);
        assert!(found[0].contains("entry 4 (he.lei)"), "{found:?}");
        let found = faults(&[(
            STAFF,
            r#""id": "wu.xin","#,
            r#""id": "wu.xin", "subject": "han.wen","#,
        )]);
        assert_eq!(
            found,
            ["staff.json: han.wen and wu.xin have the same subject"]
        );
    }

    #[test]
    fn missing_files_are_all_named() {
        let folder = tempfile::tempdir().unwrap();
        let district = DistrictId::parse("shinan").unwrap();
        let source = Folder {
            folder: folder.path().to_owned(),
            district,
        };
        let text = read(&source).unwrap_err();
        for file in [UNITS, STAFF, CATEGORIES, PROMISES, CALENDAR] {
            assert!(text.contains(file), "{text}");
        }
    }

    #[test]
    fn what_the_api_would_refuse_is_refused_with_its_line() {
        let found = faults(&[
            // A community under the district; a team under a department; bounds of a department.
            (UNITS, r#""parent": "badaguan""#, r#""parent": "shinan""#),
            (
                UNITS,
                r#"Water Supply Service"}, "parent": "shinan""#,
                r#"Water Supply Service"}, "parent": "shinan", "bounds": {"south": 36.03, "west": 120.26, "north": 36.12, "east": 120.47}"#,
            ),
            // A department that is retired and still needed.
            (
                UNITS,
                r#"Drainage Service"}, "parent": "shinan""#,
                r#"Drainage Service"}, "parent": "shinan", "retired": true"#,
            ),
            // A role of another kind of unit; an operator who sees cases; a deputy from elsewhere.
            (STAFF, r#""department_head"}"#, r#""grid_worker"}"#),
            (
                STAFF,
                r#"{"unit": "shinan", "role": "operator"}"#,
                r#"{"unit": "shinan", "role": "operator"}, {"unit": "shinan", "role": "desk_officer"}"#,
            ),
            (
                STAFF,
                r#""deputy": "lin.xiaohong""#,
                r#""deputy": "han.wen""#,
            ),
            // A promise of no time.
            (
                PROMISES,
                r#""resolve": {"work_days": 5}"#,
                r#""resolve": {"work_days": 0}"#,
            ),
        ]);
        for wanted in [
            "parent: wrong_parent",
            "water: bounds: of_the_district_only",
            "drainage: retired: in_use",
            "gao.ming: posts[0].role: wrong_role",
            "he.lei: posts: operator_apart",
            "p2: resolve promises no time at all",
        ] {
            assert!(
                found.iter().any(|one| one.contains(wanted)),
                "{wanted}: {found:#?}"
            );
        }
        let has_line = |one: &&String| {
            one.split(':')
                .nth(1)
                .is_some_and(|line| line.parse::<u32>().is_ok())
        };
        assert!(found.iter().filter(has_line).count() >= 6, "{found:#?}");
    }

    #[test]
    fn deputies_are_colleagues() {
        let found = faults(&[(
            STAFF,
            r#""deputy": "lin.xiaohong""#,
            r#""deputy": "deng.shumin""#,
        )]);
        assert!(
            found
                .iter()
                .any(|one| one.contains("xu.li: deputy: no_colleague")),
            "{found:#?}"
        );
    }
}
