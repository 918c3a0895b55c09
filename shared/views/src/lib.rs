//! What callers see of a case. Each audience has its own type; stored types are never shown.

mod own_data;
mod public_case;
mod receipt;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use zhitiao_domain::case::Author;
use zhitiao_domain::case::event::{Event, EventKind, Reminder, Visibility};
use zhitiao_domain::case::personal::masked;
use zhitiao_domain::case::photo::{FIRST_EVIDENCE, Progress};
use zhitiao_domain::case::publication::Publication;
use zhitiao_domain::case::report::{Angle, PhotoGrant};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::timers::ClockKind;
use zhitiao_domain::kernel::calendar::{OFFSET, date_of};
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::ladder::Rung;
use zhitiao_texts::{Lang, fill, text};

pub use own_data::{OwnConsentsView, OwnDataView, OwnEntryView, OwnPhotoView};
pub use public_case::{
    BoardRowView, ContinuationView, PositionView, PublicCaseView, outcome_name, state_name,
};
pub use receipt::{PromiseView, ReceiptView, UploadView};

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
    /// Whether the unit took it, to prove its work; the reporter's photos show the place before.
    pub by_unit: bool,
    /// `waiting`, `expired` (its upload grant lapsed before it arrived), `ready` or `rejected`.
    pub state: &'static str,
    /// Why it was refused, as a stable code; `expired` when it did not arrive in time.
    #[schema(example = "unsupported_heic")]
    pub reason: Option<String>,
    /// The same in the caller's language.
    pub reason_text: Option<&'static str>,
    /// Whether everyone sees it while the case is on the public board.
    pub public: bool,
    /// Whether only staff see it.
    pub hidden: bool,
    /// Address of the large size for five minutes: longest side 1600 px, or shortest 640 px of a picture longer than
    /// 5:2.
    pub url: Option<String>,
    /// Address of the small size for five minutes: longest side 320 px; of a picture longer than 5:2 only the top, or
    /// the middle of its width.
    pub thumbnail_url: Option<String>,
}

impl PhotoView {
    /// A photo that was announced. `urls` are those of the large and the small size, when it is ready and shown.
    pub fn of(
        (number, grant): (u8, PhotoGrant),
        progress: Progress<'_>,
        publication: &Publication,
        urls: Option<(String, String)>,
        lang: Lang,
    ) -> Self {
        let state = progress.code();
        let reason = match progress {
            Progress::Waiting | Progress::Ready => None,
            Progress::Expired => Some(state.to_owned()),
            Progress::Rejected(reason) => Some(reason.to_owned()),
        };
        let hidden = publication.hidden_photos.contains(&number);
        let reason_text = reason
            .as_ref()
            .and_then(|code| text(&format!("photo.{code}"), lang));
        let (url, thumbnail_url) = urls.unzip();
        Self {
            number,
            angle: grant.angle,
            by_unit: number >= FIRST_EVIDENCE,
            state,
            reason,
            reason_text,
            public: publication.photos.contains(&number) && !hidden,
            hidden,
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
    /// Whether only staff see its words.
    pub hidden: bool,
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
            hidden: false,
        }
    }

    /// An event, when the audience may see it. Words that were hidden are shown to staff only.
    pub fn of(
        event: &Event,
        audience: Visibility,
        publication: &Publication,
        rules: &Rulebook,
        lang: Lang,
    ) -> Option<Self> {
        if event.kind.visibility() < audience {
            return None;
        }
        let unit = match &event.author {
            Author::Staff { unit, .. } => Some(unit_name(unit, rules, lang)),
            Author::Resident | Author::System => None,
        };
        let hidden = publication.hidden_events.contains(&event.number);
        let words = event.kind.words_for(audience);
        let words = words.filter(|_| !hidden || audience == Visibility::Internal);
        Some(Self {
            number: event.number,
            at: local_time(event.at),
            code: event.kind.code(),
            title: title(event, unit.as_deref().unwrap_or_default(), rules, lang),
            detail: words.map(|words| match audience {
                Visibility::Public => masked(words),
                Visibility::Resident | Visibility::Internal => words.to_owned(),
            }),
            unit,
            hidden,
        })
    }
}

/// What happened, as one sentence. `by` names the unit that did it.
pub fn title(event: &Event, by: &str, rules: &Rulebook, lang: Lang) -> String {
    let kind = &event.kind;
    let code = title_code(kind);
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
        EventKind::EnteredLate { received_at, .. } => vec![("received", time(*received_at))],
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
        EventKind::Refused {
            authority: Some(authority),
            ..
        } => vec![("authority", authority.clone())],
        EventKind::Reminded(reminder) => vec![("due", time(reminder.due_at))],
        EventKind::CalendarChanged {
            promise: Some(date),
            ..
        } => vec![("from", time(date.from)), ("to", time(date.to))],
        _ => vec![("unit", by.to_owned())],
    };
    fill(text(&code, lang).unwrap_or_default(), &values)
}

fn title_code(kind: &EventKind) -> String {
    match kind {
        EventKind::Reminded(reminder) => reminder_code(reminder),
        EventKind::Resumed { cause, .. } => format!("event.{}", cause.code()),
        EventKind::Proposed { matter, .. } | EventKind::Declined { matter, .. } => {
            format!("event.{}.{}", kind.code(), matter.code())
        }
        EventKind::Held { hold, .. } => format!("event.held.{}", hold.code()),
        EventKind::PublicationChanged { step, .. } => {
            format!("event.{}.{}", kind.code(), step.code())
        }
        EventKind::CalendarChanged { promise: None, .. } => "event.calendar_counted".to_owned(),
        EventKind::Resolved {
            outcome: Some(outcome),
            ..
        } => format!("event.resolved.{}", outcome.code()),
        EventKind::Refused {
            code: Some(code), ..
        } => format!("event.refused.{}", code.code()),
        kind => format!("event.{}", kind.code()),
    }
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
        ClockKind::Contact | ClockKind::ReturnWindow => "contact",
        ClockKind::ResidentUpdate => "word",
        ClockKind::FollowUp => "revisit",
        ClockKind::Secure => "secure",
        ClockKind::Approval => "approval",
        ClockKind::OtherUnit => "awaited",
        ClockKind::Visit => "visit",
        ClockKind::Supervision => "supervision",
    };
    format!("reminder.{clock}")
}
