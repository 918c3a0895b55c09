//! What a message says: what, where, by when, why you, and one link. Never anything personal of residents.

use jiff::Timestamp;
use serde_json::{Value, json};
use zhitiao_domain::case::digest::{Digest, Entry};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::{Case, Event};
use zhitiao_domain::kernel::calendar::{Calendar, date_of};
use zhitiao_domain::kernel::deadline::due_day;
use zhitiao_domain::kernel::ids::{CaseNumber, CategoryId, StaffId, UnitId};
use zhitiao_domain::kernel::limits::DIGEST_LINES;
use zhitiao_domain::notify::audience::Addressee;
use zhitiao_texts::{Lang, fill, text as sentence};
use zhitiao_views::{local_time, spoken_time, title, unit_name};

use crate::{News, author_unit};

/// Staff read Chinese; the codes beside the words are for machines.
const LANG: Lang = Lang::Zh;

/// The words of a message to a unit.
pub(crate) fn text(news: &News, to: &Addressee, now: Timestamp, public_url: &str) -> String {
    let News { case, event, rules } = news;
    let what = match event {
        None => said("notice.new"),
        Some(event) => {
            let by = author_unit(&event.author).and_then(|unit| UnitId::parse(unit).ok());
            let by = by
                .map(|unit| unit_name(&unit, rules, LANG))
                .unwrap_or_default();
            title(event, &by, rules, LANG)
        }
    };
    let number = case.id.number().to_string();
    let values = [
        ("what", what),
        ("category", category(case.category.as_ref(), rules)),
        (
            "where",
            unit_name(&case.report.place.community, rules, LANG),
        ),
        ("when", when(case, rules, now)),
        ("why", said(&format!("why.{}", to.why.code()))),
        ("link", format!("{public_url}/v1/desk/cases/{number}")),
        ("number", number),
    ];
    fill(sentence("notice", LANG).unwrap_or_default(), &values)
}

/// A sentence without places.
fn said(code: &str) -> String {
    sentence(code, LANG).unwrap_or_default().to_owned()
}

fn category(id: Option<&CategoryId>, rules: &Rulebook) -> String {
    let category = id.and_then(|id| rules.category(id));
    category.map_or_else(
        || said("notice.uncategorized"),
        |found| found.name.get(LANG).to_owned(),
    )
}

fn when(case: &Case, rules: &Rulebook, now: Timestamp) -> String {
    case.due_at().map_or_else(
        || said("notice.held"),
        |due| until(due, case.is_overdue(now), rules.calendar(), now),
    )
}

fn until(due: Timestamp, is_overdue: bool, calendar: &Calendar, now: Timestamp) -> String {
    let (today, last) = (date_of(now), due_day(due));
    let days = calendar
        .working_days_after(today)
        .take_while(|day| *day <= last)
        .count();
    let code = match days {
        _ if is_overdue => "notice.overdue",
        _ if last == today => "notice.due_today",
        // What is dangerous may fall due before the next working day.
        0 => "digest.due",
        _ => "notice.due",
    };
    let values = [
        ("due", spoken_time(due, now, LANG)),
        ("days", days.to_string()),
    ];
    fill(sentence(code, LANG).unwrap_or_default(), &values)
}

/// The body of a webhook.
pub(crate) fn payload(case: &Case, event: Option<&Event>, unit: &UnitId, text: &str) -> Value {
    json!({
        "type": format!("case.{}", event.map_or("received", |event| event.kind.code())),
        "timestamp": local_time(event.map_or(case.report.at, |event| event.at)),
        "data": {
            "number": case.id.number(),
            "event": event.map_or(0, |event| event.number),
            "state": case.state,
            "category": case.category,
            "tier": case.tier,
            "community": case.report.place.community,
            "unit": unit,
            "assigned_unit": case.assignment.as_ref().map(|with| &with.unit),
            "by_unit": event.and_then(|event| author_unit(&event.author)),
            "due_at": case.due_at().map(local_time),
            "text": text,
        },
    })
}

/// The body of a message to a person, for the district's gateway.
pub(crate) fn to_person(
    kind: &str,
    person: &StaffId,
    critical: bool,
    text: &str,
    number: Option<CaseNumber>,
) -> Value {
    json!({"type": kind, "to": person, "critical": critical, "text": text, "number": number})
}

/// The words about what was held back in an hour.
pub(crate) fn folded(count: usize, public_url: &str) -> String {
    let values = [
        ("count", count.to_string()),
        ("link", format!("{public_url}/v1/desk/inbox")),
    ];
    fill(sentence("folded", LANG).unwrap_or_default(), &values)
}

/// The words of a digest: the sections with their cases, as many as one reads, and the table of the week.
pub(crate) fn digest<'u>(
    digest: &Digest,
    units: impl Iterator<Item = &'u UnitId>,
    rules: &Rulebook,
    now: Timestamp,
    public_url: &str,
) -> String {
    let mut lines = Vec::new();
    let (mut room, mut left_out) = (DIGEST_LINES, 0);
    for (section, entries) in &digest.sections {
        let named = entries.len().min(room);
        room -= named;
        left_out += entries.len() - named;
        let heading = format!("digest.{}", section.code());
        let values = [("count", entries.len().to_string())];
        lines.push(fill(sentence(&heading, LANG).unwrap_or_default(), &values));
        let entries = entries.iter().take(named);
        lines.extend(entries.map(|entry| line(entry, rules, now)));
    }
    if left_out > 0 {
        let values = [("count", left_out.to_string())];
        lines.push(fill(
            sentence("digest.more", LANG).unwrap_or_default(),
            &values,
        ));
    }
    if !digest.table.is_empty() {
        lines.push(said("digest.table"));
    }
    lines.extend(digest.table.iter().map(|(unit, tally)| {
        let values = [
            ("unit", unit_name(unit, rules, LANG)),
            ("open", tally.open.to_string()),
            ("overdue", tally.overdue.to_string()),
            ("on_hold", tally.on_hold.to_string()),
        ];
        fill(sentence("digest.row", LANG).unwrap_or_default(), &values)
    }));
    let units: Vec<_> = units.map(|unit| unit_name(unit, rules, LANG)).collect();
    let values = [
        ("units", units.join("、")),
        ("lines", lines.join("\n")),
        ("link", format!("{public_url}/v1/desk/queue")),
    ];
    fill(sentence("digest", LANG).unwrap_or_default(), &values)
}

fn line(entry: &Entry, rules: &Rulebook, now: Timestamp) -> String {
    let when = match entry.due_at {
        None => said("notice.held"),
        Some(due) => {
            let code = if entry.is_overdue(now) {
                "digest.overdue"
            } else {
                "digest.due"
            };
            let values = [("due", spoken_time(due, now, LANG))];
            fill(sentence(code, LANG).unwrap_or_default(), &values)
        }
    };
    let values = [
        ("number", entry.id.number().to_string()),
        ("category", category(entry.category.as_ref(), rules)),
        ("where", unit_name(&entry.community, rules, LANG)),
        ("when", when),
    ];
    fill(sentence("digest.line", LANG).unwrap_or_default(), &values)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use zhitiao_store::DirectoryData;

    use zhitiao_domain::case::overdue::is_past;

    use super::*;

    #[test]
    fn days_are_counted_until_the_day_itself() {
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/seed");
        let rules = DirectoryData::from_folder(&seed)
            .unwrap()
            .rulebook()
            .unwrap();
        let at = |local: &str| format!("{local}+08:00").parse().unwrap();
        for (now, due, words) in [
            (
                "2026-11-25T10:00",
                "2026-11-30T17:30",
                "11月30日17:30到期，剩 3 个工作日",
            ),
            (
                "2026-11-30T09:00",
                "2026-11-30T17:30",
                "11月30日17:30到期，就在今天",
            ),
            (
                "2026-11-30T17:31",
                "2026-11-30T17:30",
                "已经超期，原定11月30日17:30办结",
            ),
            ("2026-11-27T20:00", "2026-11-28T20:00", "11月28日20:00到期"),
            (
                "2026-12-31T10:00",
                "2027-01-04T17:30",
                "2027年1月4日17:30到期，剩 1 个工作日",
            ),
        ] {
            let (now, due) = (at(now), at(due));
            let said = until(due, is_past(due, now), rules.calendar(), now);
            assert_eq!(said, words, "{now}");
        }
    }
}
