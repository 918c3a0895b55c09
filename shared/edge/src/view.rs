//! What callers see of a case. Each audience has its own type; stored types are never shown.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use zhitiao_domain::calendar::{OFFSET, date_of};
use zhitiao_domain::event::{Author, Event, EventKind, Reminder, Visibility};
use zhitiao_domain::ids::UnitId;
use zhitiao_domain::ladder::Rung;
use zhitiao_domain::photo::{Photo, PhotoState};
use zhitiao_domain::report::{Angle, PhotoGrant};
use zhitiao_domain::rulebook::Rulebook;
use zhitiao_domain::texts::{Lang, fill, text};
use zhitiao_domain::timers::ClockKind;

/// A moment as RFC 3339 in Asia/Shanghai, whole seconds: `2026-11-30T17:30:00+08:00`.
pub fn local_time(at: Timestamp) -> String {
    OFFSET
        .to_datetime(at)
        .strftime("%Y-%m-%dT%H:%M:%S+08:00")
        .to_string()
}

/// A moment as people say it: `11月30日17:30`, with its year when it is not the one in which it is said.
pub fn spoken_time(at: Timestamp, said_at: Timestamp, lang: Lang) -> String {
    if date_of(at).year() != date_of(said_at).year() {
        return written_time(at, lang);
    }
    let format = match lang {
        Lang::Zh => "%-m月%-d日%H:%M",
        Lang::En => "%-d %B, %H:%M",
    };
    OFFSET.to_datetime(at).strftime(format).to_string()
}

/// A moment as documents have it, with its year: `2026年11月30日17:30`.
pub fn written_time(at: Timestamp, lang: Lang) -> String {
    let format = match lang {
        Lang::Zh => "%Y年%-m月%-d日%H:%M",
        Lang::En => "%-d %B %Y, %H:%M",
    };
    OFFSET.to_datetime(at).strftime(format).to_string()
}

/// What a unit is called; its id when the chart no longer has it.
pub fn unit_name(unit: &UnitId, rules: &Rulebook, lang: Lang) -> String {
    rules
        .org
        .unit(unit)
        .map_or_else(|| unit.to_string(), |found| found.name.get(lang).to_owned())
}

/// A photo that can be looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct PhotoView {
    /// Its number in the case.
    pub number: u8,
    /// From where it was taken.
    #[schema(value_type = String, example = "front")]
    pub angle: Angle,
    /// `waiting`, `ready` or `rejected`.
    pub state: &'static str,
    /// Why it was refused, as a stable code.
    #[schema(example = "unsupported_heic")]
    pub reason: Option<String>,
    /// Why it was refused, in the caller's language.
    pub reason_text: Option<&'static str>,
    /// Address of the large size for five minutes: longest side 1600 px, or shortest 640 px of a picture longer than 5:2.
    pub url: Option<String>,
    /// Address of the small size for five minutes: longest side 320 px; of a picture longer than 5:2 only the top, or the
    /// middle of its width.
    pub thumbnail_url: Option<String>,
}

impl PhotoView {
    /// A photo that was announced. `urls` are those of the large and the small size, when it is ready.
    pub fn of(
        number: u8,
        grant: PhotoGrant,
        photo: Option<&Photo>,
        urls: Option<(String, String)>,
        lang: Lang,
    ) -> Self {
        let (state, reason) = match photo.map(|photo| &photo.state) {
            None | Some(PhotoState::Pending) => ("waiting", None),
            Some(PhotoState::Ready { .. }) => ("ready", None),
            Some(PhotoState::Rejected { reason }) => ("rejected", Some(reason.clone())),
        };
        let reason_text = reason
            .as_ref()
            .and_then(|code| text(&format!("photo.{code}"), lang));
        let (url, thumbnail_url) = urls.unzip();
        Self {
            number,
            angle: grant.angle,
            state,
            reason,
            reason_text,
            url,
            thumbnail_url,
        }
    }
}

/// One line of a case's timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// Its number: 0 is the receipt.
    pub number: u32,
    /// When, Asia/Shanghai.
    pub at: String,
    /// What, as a stable code.
    #[schema(example = "assigned")]
    pub code: &'static str,
    /// What, in the caller's language.
    #[schema(example = "已交给城市管理局办理")]
    pub title: String,
    /// The words that were written with it.
    pub detail: Option<String>,
    /// The unit that did it.
    pub unit: Option<String>,
}

impl EntryView {
    /// The receipt, with which every timeline begins.
    pub fn received(at: Timestamp, lang: Lang) -> Self {
        let title = text("event.received", lang).unwrap_or_default().to_owned();
        Self {
            number: 0,
            at: local_time(at),
            code: "received",
            title,
            detail: None,
            unit: None,
        }
    }

    /// An event, when the audience may see it.
    pub fn of(event: &Event, audience: Visibility, rules: &Rulebook, lang: Lang) -> Option<Self> {
        if event.kind.visibility() < audience {
            return None;
        }
        let unit = match &event.author {
            Author::Staff { unit, .. } => Some(unit_name(unit, rules, lang)),
            Author::Resident | Author::System => None,
        };
        Some(Self {
            number: event.number,
            at: local_time(event.at),
            code: event.kind.code(),
            title: title(event, unit.as_deref().unwrap_or_default(), rules, lang),
            detail: detail(&event.kind).map(str::to_owned),
            unit,
        })
    }
}

/// What happened, as one sentence. `by` names the unit that did it.
pub fn title(event: &Event, by: &str, rules: &Rulebook, lang: Lang) -> String {
    let kind = &event.kind;
    let code = match kind {
        EventKind::Reminded(reminder) => reminder_code(reminder),
        EventKind::Resumed { cause, .. } => format!("event.{}", cause.code()),
        EventKind::Proposed { matter, .. } | EventKind::Declined { matter, .. } => {
            format!("event.{}.{}", kind.code(), matter.code())
        }
        EventKind::Held { hold, .. } => format!("event.held.{}", hold.code()),
        EventKind::CalendarChanged { promise: None, .. } => "event.calendar_counted".to_owned(),
        kind => format!("event.{}", kind.code()),
    };
    let name = |unit: &UnitId| unit_name(unit, rules, lang);
    let time = |at: Timestamp| spoken_time(at, event.at, lang);
    let values = match kind {
        EventKind::Assigned { unit, .. }
        | EventKind::Escalated { unit, .. }
        | EventKind::HandedDown { unit, .. }
        | EventKind::Involved { unit, .. }
        | EventKind::PartFinished { unit, .. }
        | EventKind::Released { unit, .. } => vec![("unit", name(unit))],
        EventKind::Triaged { category, .. } => {
            let found = rules
                .category(category)
                .map(|found| found.name.get(lang).to_owned());
            vec![("category", found.unwrap_or_else(|| category.to_string()))]
        }
        EventKind::Held {
            review_at,
            waits_for,
            ..
        } => vec![
            ("review", time(*review_at)),
            ("unit", waits_for.as_ref().map(name).unwrap_or_default()),
        ],
        EventKind::HoldReviewed { review_at, .. } => {
            vec![("review", time(*review_at))]
        }
        EventKind::Extended { due_at, .. } => {
            let due = due_at.map(time);
            vec![("due", due.unwrap_or_default())]
        }
        EventKind::VisitScheduled { from, to } => vec![("from", time(*from)), ("to", time(*to))],
        EventKind::Split { children } => {
            let numbers = children.iter().map(|id| id.number().to_string());
            let between = match lang {
                Lang::Zh => "、",
                Lang::En => ", ",
            };
            vec![("children", numbers.collect::<Vec<_>>().join(between))]
        }
        EventKind::Merged { into, .. } => vec![("into", into.number().to_string())],
        EventKind::Reminded(reminder) => vec![("due", time(reminder.due_at))],
        EventKind::CalendarChanged {
            promise: Some(date),
            ..
        } => vec![("from", time(date.from)), ("to", time(date.to))],
        _ => vec![("unit", by.to_owned())],
    };
    fill(text(&code, lang).unwrap_or_default(), &values)
}

/// The code of a reminder's text: by rung for the promise to the resident, by clock for the inner ones.
pub fn reminder_code(reminder: &Reminder) -> String {
    let rung = match reminder.rung {
        Rung::Half => "half",
        Rung::Yellow => "yellow",
        Rung::Due => "due",
        Rung::Red => "red",
        Rung::Notice => "notice",
        Rung::Report => "report",
        Rung::Repeat => "repeat",
    };
    let clock = match reminder.clock {
        ClockKind::Resolve => return format!("reminder.{rung}"),
        ClockKind::Triage => "triage",
        ClockKind::Accept => "accept",
        ClockKind::Contact | ClockKind::Return => "contact",
        ClockKind::Word => "word",
        ClockKind::Revisit => "revisit",
        ClockKind::Secure => "secure",
        ClockKind::Approval => "approval",
        ClockKind::Awaited => "awaited",
        ClockKind::Visit => "visit",
        ClockKind::Supervision => "supervision",
    };
    format!("reminder.{clock}")
}

fn detail(kind: &EventKind) -> Option<&str> {
    match kind {
        EventKind::Received { text }
        | EventKind::Noted { text, .. }
        | EventKind::Directed { text } => Some(text),
        EventKind::Triaged { reason, .. }
        | EventKind::Assigned { reason, .. }
        | EventKind::Closed { reason } => reason.as_deref(),
        EventKind::Returned { reason, .. }
        | EventKind::Escalated { reason, .. }
        | EventKind::HandedDown { reason, .. }
        | EventKind::Proposed { reason, .. }
        | EventKind::Declined { reason, .. }
        | EventKind::Extended { reason, .. }
        | EventKind::Held { reason, .. }
        | EventKind::HoldReviewed { reason, .. }
        | EventKind::Involved { reason, .. }
        | EventKind::PartFinished { reason, .. }
        | EventKind::Released { reason, .. }
        | EventKind::Secured { reason }
        | EventKind::Resolved { reason, .. }
        | EventKind::Reopened { reason }
        | EventKind::Refused { reason }
        | EventKind::Merged { reason, .. } => Some(reason),
        // What was signed is printed as a document; the timeline says that it was.
        EventKind::SupervisionOrdered { .. }
        | EventKind::SignedOff { .. }
        | EventKind::Split { .. }
        | EventKind::VisitScheduled { .. }
        | EventKind::Arrived
        | EventKind::Accepted
        | EventKind::Resumed { .. }
        | EventKind::Withdrawn
        | EventKind::CalendarChanged { .. }
        | EventKind::Reminded(_) => None,
    }
}
