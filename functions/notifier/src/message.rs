//! What a message says: what, where, by when, why you, and one link. Never anything personal.

use jiff::Timestamp;
use serde_json::{Value, json};
use zhitiao_domain::audience::Addressee;
use zhitiao_domain::calendar::date_of;
use zhitiao_domain::case::{Case, Event};
use zhitiao_domain::clock::due_day;
use zhitiao_domain::ids::UnitId;
use zhitiao_domain::rulebook::Rulebook;
use zhitiao_domain::texts::{Lang, fill, text as sentence};
use zhitiao_edge::view::{local_time, spoken_time, title, unit_name};

use crate::author_unit;

/// Staff read Chinese; the codes beside the words are for machines.
const LANG: Lang = Lang::Zh;

/// The words of a message to a unit.
pub(crate) fn text(
    case: &Case,
    event: Option<&Event>,
    to: &Addressee,
    rules: &Rulebook,
    now: Timestamp,
    public_url: &str,
) -> String {
    let what = match event {
        None => sentence("notice.new", LANG).unwrap_or_default().to_owned(),
        Some(event) => {
            let by = author_unit(&event.author).and_then(|unit| UnitId::parse(unit).ok());
            let by = by
                .map(|unit| unit_name(&unit, rules, LANG))
                .unwrap_or_default();
            title(&event.kind, &by, rules, LANG)
        }
    };
    let category = case
        .category
        .as_ref()
        .and_then(|id| rules.category(id))
        .map(|found| found.name.get(LANG));
    let number = case.id.number().to_string();
    let values = [
        ("what", what),
        (
            "category",
            category
                .or(sentence("notice.uncategorized", LANG))
                .unwrap_or_default()
                .to_owned(),
        ),
        (
            "where",
            unit_name(&case.report.place.community, rules, LANG),
        ),
        ("when", when(case, rules, now)),
        (
            "why",
            sentence(&format!("why.{}", to.why.code()), LANG)
                .unwrap_or_default()
                .to_owned(),
        ),
        ("link", format!("{public_url}/v1/desk/cases/{number}")),
        ("number", number),
    ];
    fill(sentence("notice", LANG).unwrap_or_default(), &values)
}

fn when(case: &Case, rules: &Rulebook, now: Timestamp) -> String {
    let Some(due) = case.due_at() else {
        return sentence("notice.held", LANG).unwrap_or_default().to_owned();
    };
    let last = due_day(due);
    let days = rules
        .calendar()
        .working_days_after(date_of(now))
        .take_while(|day| *day <= last)
        .count();
    let code = if due < now {
        "notice.overdue"
    } else {
        "notice.due"
    };
    let values = [("due", spoken_time(due, LANG)), ("days", days.to_string())];
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
