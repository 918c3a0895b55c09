//! Writes the files of a directory into the table.

use zhitiao_domain::directory::moves_cases;
use zhitiao_domain::kernel::org::{NotificationPreferences, OrgChart};
use zhitiao_runtime::bootstrap::{self, Error};
use zhitiao_store::directory::seeding::Plan;
use zhitiao_store::{Directory, DirectoryData};

use crate::arguments::Order;
use crate::{check, law, say};

/// Writes what differs, when that is allowed.
pub(crate) async fn run(order: &Order) -> Result<(), Error> {
    let source = &order.source;
    let mut data = check::read(source)?;
    let aws = bootstrap::aws_loader().load().await;
    let directory = Directory::new(&aws, order.table.clone());
    if let Some(stored) = directory.snapshot(&source.district).await? {
        keep_what_people_set(&mut data, &stored.data);
        if let Some(refusal) = kept_in_vain(&data) {
            return Err(refusal.into());
        }
        if let Some(refusal) = moved_units(&data, &stored.data) {
            return Err(refusal.into());
        }
    }
    let plan = directory.plan(&source.district, &data).await?;
    show(&plan)?;
    if let Some(refusal) = refusal(order, &plan) {
        return Err(refusal.into());
    }
    if order.dry_run || plan.is_done() {
        return say("nothing was written");
    }
    let (total, is_new) = (plan.writes(), plan.stored == 0);
    directory
        .execute(plan, |done| {
            // Progress that cannot be written is no reason to stop.
            let _ = say(&format!("{done} of {total} written"));
        })
        .await?;
    if is_new {
        directory.begins_with_newest(&source.district).await?;
    }
    say("done: functions know it within a minute")
}

/// Deputies, absences and preferences that the files do not name stay: people set them over the API every day.
fn keep_what_people_set(data: &mut DirectoryData, stored: &DirectoryData) {
    for person in &mut data.staff {
        let Some(before) = stored.staff.iter().find(|one| one.id == person.id) else {
            continue;
        };
        if person.deputy.is_none() {
            person.deputy.clone_from(&before.deputy);
        }
        if person.absences.is_empty() {
            person.absences.clone_from(&before.absences);
        }
        if person.notifications == NotificationPreferences::default() {
            person.notifications.clone_from(&before.notifications);
        }
    }
}

/// Why what is kept does not fit the files: they remove or move the stored deputy of a person, for example. The files
/// alone were sound.
fn kept_in_vain(data: &DirectoryData) -> Option<String> {
    let faults = match OrgChart::new(data.units.clone(), data.staff.clone()) {
        Ok(org) => law::staff(&org, data),
        Err(error) => vec![("staff".to_owned(), error.to_string())],
    };
    let lines = faults
        .iter()
        .map(|(who, what)| format!("\n  {who}: {what}"));
    (!faults.is_empty()).then(|| {
        format!(
            "deputies and absences that are stored do not fit the files; change them over the API first \
             (`PUT /v1/directory/staff/{{id}}/absence`), or name them in the files:{}",
            lines.collect::<String>()
        )
    })
}

/// Why the units must not change like this: files do not know which of them have open cases, the API does.
fn moved_units(data: &DirectoryData, stored: &DirectoryData) -> Option<String> {
    let moved: Vec<&str> = stored
        .units
        .iter()
        .filter(|before| {
            let after = data.units.iter().find(|unit| unit.id == before.id);
            after.is_none_or(|after| moves_cases(before, after))
        })
        .map(|unit| unit.id.as_str())
        .collect();
    (!moved.is_empty()).then(|| {
        format!(
            "{}: the files remove, move or retire units, which may have open cases; do that over the API \
             (`PUT /v1/directory/units/{{id}}`), which knows, and keep retired units in the files",
            moved.join(", ")
        )
    })
}

fn show(plan: &Plan) -> Result<(), Error> {
    for (sign, keys) in [
        ("+", &plan.added),
        ("~", &plan.changed),
        ("-", &plan.removed),
    ] {
        for key in keys {
            say(&format!("{sign} {key}"))?;
        }
    }
    say(&format!(
        "{} to add, {} to change, {} to remove, {} as they are",
        plan.added.len(),
        plan.changed.len(),
        plan.removed.len(),
        plan.unchanged
    ))
}

/// Why this must not be done, if so.
fn refusal(order: &Order, plan: &Plan) -> Option<String> {
    if !plan.rewritten.is_empty() {
        let versions = plan.rewritten.join(", ");
        return Some(format!(
            "{versions}: stored with another content, and cases are promised under it; raise `version` in the file"
        ));
    }
    (plan.stored > 0 && !plan.is_done() && !order.replace && !order.dry_run).then(|| {
        format!(
            "{} has a directory already: say --replace to change it",
            order.source.district
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeded() -> DirectoryData {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../seed");
        DirectoryData::from_folder(&folder).unwrap()
    }

    #[test]
    fn deputies_absences_and_preferences_that_the_files_do_not_name_stay() {
        let mut stored = seeded();
        let before = serde_json::json!({"from": "2026-10-01", "to": "2026-10-08"});
        stored.staff[0].absences = vec![serde_json::from_value(before).unwrap()];
        stored.staff[0].deputy = Some(stored.staff[1].id.clone());
        let mut files = seeded();
        files.staff[0].name = "韩文静".to_owned();
        keep_what_people_set(&mut files, &stored);
        assert_eq!(files.staff[0].absences, stored.staff[0].absences);
        assert_eq!(files.staff[0].deputy, stored.staff[0].deputy);
        assert_eq!(files.staff[0].name, "韩文静");
    }

    #[test]
    fn a_stored_deputy_whom_the_files_remove_is_named_before_anything_is_written() {
        let mut stored = seeded();
        let at = |data: &DirectoryData, id: &str| {
            let place = data.staff.iter().position(|one| one.id.as_str() == id);
            place.unwrap()
        };
        let (leaver, desk) = (at(&stored, "zhang.wei"), at(&stored, "wang.fang"));
        stored.staff[desk].deputy = Some(stored.staff[leaver].id.clone());
        let mut files = seeded();
        keep_what_people_set(&mut files, &stored);
        assert_eq!(kept_in_vain(&files), None);
        files.staff.remove(leaver);
        let refusal = kept_in_vain(&files).unwrap();
        assert!(refusal.contains("zhang.wei"), "{refusal}");
        assert!(refusal.contains("/absence"), "{refusal}");
    }

    #[test]
    fn units_are_neither_removed_nor_moved_nor_retired_by_files() {
        let stored = seeded();
        assert_eq!(moved_units(&seeded(), &stored), None);
        let last = stored.units.len() - 1;
        let spoil: [fn(&mut DirectoryData, usize); 3] = [
            |data, last| drop(data.units.remove(last)),
            |data, last| data.units[last].retired = true,
            |data, last| data.units[last].parent = Some(data.units[0].id.clone()),
        ];
        for change in spoil {
            let mut files = seeded();
            change(&mut files, last);
            let refusal = moved_units(&files, &stored).unwrap();
            assert!(
                refusal.contains(stored.units[last].id.as_str()),
                "{refusal}"
            );
        }
        let mut renamed = seeded();
        renamed.units[last].name.zh = "新名".to_owned();
        assert_eq!(moved_units(&renamed, &stored), None);
    }
}
