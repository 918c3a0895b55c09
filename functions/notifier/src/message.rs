//! What a message says: what, where, by when, why you, and one link. Never anything personal of residents.

use jiff::Timestamp;
use serde_json::{Value, json};
use zhitiao_domain::case::digest::{Digest, Entry, Tally};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::{Author, Case, Event};
use zhitiao_domain::kernel::calendar::{Calendar, date_of};
use zhitiao_domain::kernel::deadline::due_day;
use zhitiao_domain::kernel::ids::{CategoryId, UnitId};
use zhitiao_domain::kernel::limits::DIGEST_LINES;
use zhitiao_domain::notify::audience::Addressee;
use zhitiao_texts::{Lang, fill, text as sentence};
use zhitiao_views::{local_time, spoken_time, title, unit_name};

use crate::words::{Block, Words};

/// Staff read Chinese; the codes beside the words are for machines.
const LANG: Lang = Lang::Zh;

/// The words of a message about what happened to a case.
pub(crate) fn notice(
    case: &Case,
    event: Option<&Event>,
    rules: &Rulebook,
    to: &Addressee,
    now: Timestamp,
    public_url: &str,
) -> Words {
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
        ("number", number.clone()),
    ];
    let link = format!("{public_url}/v1/desk/cases/{number}");
    Words::new(sentence_with("notice", &values), link, LANG)
}

/// A sentence with these places filled in; others stay open.
fn sentence_with(code: &str, values: &[(&str, String)]) -> String {
    fill(sentence(code, LANG).unwrap_or_default(), values)
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

/// What happened, for machines. Its text is the channel's to add.
pub(crate) fn event(case: &Case, event: Option<&Event>, unit: &UnitId) -> Value {
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
        },
    })
}

/// The words about what was held back in an hour.
pub(crate) fn folded(count: u32, public_url: &str) -> Words {
    let frame = sentence_with("folded", &[("count", count.to_string())]);
    Words::new(frame, format!("{public_url}/v1/desk/inbox"), LANG)
}

/// The words about what was held back of an incident, by one of its cases.
pub(crate) fn incident(case: &Case, rules: &Rulebook, count: u32, public_url: &str) -> Words {
    let community = &case.report.place.community;
    let values = [
        ("where", unit_name(community, rules, LANG)),
        ("category", category(case.category.as_ref(), rules)),
        ("count", count.to_string()),
    ];
    let link = format!("{public_url}/v1/desk/queue");
    Words::new(sentence_with("incident", &values), link, LANG)
}

/// The words of a digest: the sections with their cases, as many as one reads, and the table of the week.
pub(crate) fn digest<'u>(
    digest: &Digest,
    units: impl Iterator<Item = &'u UnitId>,
    rules: &Rulebook,
    now: Timestamp,
    public_url: &str,
) -> Words {
    let mut blocks = Vec::new();
    let mut room = DIGEST_LINES;
    for (section, entries) in &digest.sections {
        let named = entries.len().min(room);
        room -= named;
        let heading = format!("digest.{}", section.code());
        let lines = entries.iter().take(named);
        blocks.push(Block {
            heading: sentence_with(&heading, &[("count", entries.len().to_string())]),
            lines: lines.map(|entry| line(entry, rules, now)).collect(),
            left_out: entries.len() - named,
            more: "digest.more",
        });
    }
    if !digest.table.is_empty() {
        let rows = digest.table.iter();
        blocks.push(Block {
            heading: said("digest.table"),
            lines: rows.map(|(unit, tally)| row(unit, *tally, rules)).collect(),
            left_out: 0,
            more: "digest.more_units",
        });
    }
    let units: Vec<_> = units.map(|unit| unit_name(unit, rules, LANG)).collect();
    let frame = sentence_with("digest", &[("units", units.join("、"))]);
    Words::with_lines(frame, blocks, format!("{public_url}/v1/desk/queue"), LANG)
}

fn row(unit: &UnitId, tally: Tally, rules: &Rulebook) -> String {
    let values = [
        ("unit", unit_name(unit, rules, LANG)),
        ("open", tally.open.to_string()),
        ("overdue", tally.overdue.to_string()),
        ("on_hold", tally.on_hold.to_string()),
    ];
    sentence_with("digest.row", &values)
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

/// Who caused an event, for machines: staff are named by their unit only.
fn author_unit(author: &Author) -> Option<&str> {
    match author {
        Author::Staff { unit, .. } => Some(unit.as_str()),
        Author::Resident | Author::System => None,
    }
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
