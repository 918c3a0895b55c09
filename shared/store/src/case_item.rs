//! The head of a case as an item.
//!
//! Attribute names are short because they are paid for: an accepted report of about 200 Chinese characters must stay
//! within 1,024 B, so that it costs 3 write units. docs/access-patterns.md spells every name out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use zhitiao_domain::case::{Assignment, Case, Hold, HoldReason};
use zhitiao_domain::clock::{Due, Hold as HeldSpan};
use zhitiao_domain::ids::{CategoryId, StaffId, UnitId};
use zhitiao_domain::ladder::Climb;
use zhitiao_domain::org::UnitKind;
use zhitiao_domain::promise::Tier;
use zhitiao_domain::report::{
    Angle, Channel, Consents, PhotoGrant, PhotoType, Place, Point, Report, Text,
};
use zhitiao_domain::rulebook::Rulebook;
use zhitiao_domain::state::State;
use zhitiao_domain::timers::{ClockKind, Timer, Timers};

use crate::error::StoreError;
use crate::item::{Item, from_item, moment, to_item};
use crate::keys;

/// Characters of the text that stand in `s`, which the queue and the board project; the rest stands in `t`.
const SNIPPET_CHARS: usize = 24;

/// Bytes of text beyond which the first command moves it into event 0. Every later write pays for the whole head, whose
/// other attributes need up to 600 B once the case is assigned: within 1,024 B a command or a reminder saves two units.
const TEXT_BYTES_IN_HEAD: usize = 384;

/// The head as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CaseItem {
    pk: String,
    sk: String,
    /// Identity hash, 32 B.
    h: ByteBuf,
    /// Fingerprint of the body, 16 B.
    f: ByteBuf,
    /// The first characters of the text.
    s: String,
    /// The rest of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<String>,
    /// Set when the text was moved into event 0.
    #[serde(default, skip_serializing_if = "is_false")]
    tm: bool,
    /// Queue partition and, as its sort key, the time of receipt in ms.
    qp: String,
    qs: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dn: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bs: Option<i64>,
    st: State,
    cm: UnitId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ca: Option<CategoryId>,
    ti: Tier,
    /// Promises version.
    pv: u32,
    /// Calendar version.
    cv: u32,
    /// Version of the key that signed the tracking token.
    tv: u32,
    ch: Channel,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ob: Option<StaffId>,
    /// Consents and contact, one bit each.
    co: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ad: Option<String>,
    /// `latitude,longitude`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pt: Option<String>,
    /// `angle:type:bytes` per photo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ph: Vec<String>,
    /// Assigned unit, person, time in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    un: Option<UnitId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pe: Option<StaffId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ua: Option<i64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    dc: u8,
    #[serde(default, skip_serializing_if = "is_zero")]
    ro: u8,
    /// `involved`: units that had the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty", rename = "in")]
    involved: Vec<UnitId>,
    /// Clocks, see [`timer_text`].
    k: Vec<String>,
    /// Holds: `reason:from:to:review`, seconds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ho: Vec<String>,
    /// Resolve due, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    du: Option<i64>,
    v: u32,
    r: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

const PUBLISH: u8 = 1;
const PHOTO_LOCATION: u8 = 2;
const CONTACT: u8 = 4;

/// The hash and the fingerprint by which a repeated submission is recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) hash: [u8; 32],
    pub(crate) fingerprint: [u8; 16],
}

/// How the case stands in the table now: what [`crate::cases::CaseTable`] compares, diffs and writes.
pub(crate) fn write(
    case: &Case,
    identity: Identity,
    rules: &Rulebook,
    now: Timestamp,
) -> Result<Item, StoreError> {
    let report = &case.report;
    let community = &report.place.community;
    let subdistrict = rules
        .org
        .ancestor(community, UnitKind::Subdistrict)
        .map_or_else(|| community.clone(), |unit| unit.id.clone());
    let received = report.at.as_millisecond();
    let qp = if case.state.is_open() {
        keys::open_queue(&case.tenant, &subdistrict)
    } else {
        keys::done_queue(&case.tenant, &subdistrict, now)
    };
    let next = case.next_at(rules).map(Timestamp::as_millisecond);
    let (snippet, rest) = split(&report.text);
    to_item(&CaseItem {
        pk: keys::case(&case.tenant, case.id),
        sk: keys::HEAD.to_owned(),
        h: ByteBuf::from(identity.hash),
        f: ByteBuf::from(identity.fingerprint),
        s: snippet.to_owned(),
        t: (!rest.is_empty()).then(|| rest.to_owned()),
        tm: matches!(report.text, Text::InFirstEvent(_)),
        qp,
        qs: received,
        dp: next.map(|_| keys::due_shard(case.id)),
        dn: next,
        bp: case
            .published
            .then(|| keys::board(&case.tenant, community, &keys::month(report.at))),
        bs: case.published.then_some(received),
        st: case.state,
        cm: community.clone(),
        ca: case.category.clone(),
        ti: case.tier,
        pv: case.promises,
        cv: case.calendar,
        tv: case.token_version,
        ch: report.channel,
        ob: report.on_behalf_by.clone(),
        co: bits(&[
            (PUBLISH, report.consents.publish),
            (PHOTO_LOCATION, report.consents.photo_location),
            (CONTACT, report.has_contact),
        ]),
        ad: report.place.address.clone(),
        pt: report
            .place
            .point
            .map(|point| format!("{},{}", point.latitude, point.longitude)),
        ph: report.photos.iter().copied().map(grant_text).collect(),
        un: case.assignment.as_ref().map(|with| with.unit.clone()),
        pe: case
            .assignment
            .as_ref()
            .and_then(|with| with.person.clone()),
        ua: case
            .assignment
            .as_ref()
            .map(|with| with.at.as_millisecond()),
        dc: case.dispatches,
        ro: case.reopened,
        involved: case.involved.clone(),
        k: case
            .timers
            .iter()
            .map(|timer| timer_text(timer, report.at))
            .collect(),
        ho: case.holds.iter().map(hold_text).collect(),
        du: case.due_at().map(Timestamp::as_second),
        v: case.version,
        r: case.rev,
    })
}

fn bits(flags: &[(u8, bool)]) -> u8 {
    flags
        .iter()
        .filter(|(_, set)| *set)
        .fold(0, |bits, (bit, _)| bits | bit)
}

/// Reads a head back, with its identity.
pub(crate) fn read(item: Item) -> Result<(Case, Identity), StoreError> {
    let item: CaseItem = from_item(item)?;
    let (tenant, id) = keys::parse_case(&item.pk).map_err(StoreError::malformed)?;
    let identity = Identity {
        hash: item
            .h
            .as_slice()
            .try_into()
            .map_err(StoreError::malformed)?,
        fingerprint: item
            .f
            .as_slice()
            .try_into()
            .map_err(StoreError::malformed)?,
    };
    let at = moment(item.qs)?;
    let text = if item.tm {
        Text::InFirstEvent(item.s)
    } else {
        Text::Here(item.s + item.t.as_deref().unwrap_or_default())
    };
    let assignment = match (item.un, item.ua) {
        (Some(unit), Some(since)) => Some(Assignment {
            unit,
            person: item.pe,
            at: moment(since)?,
        }),
        _ => None,
    };
    let report = Report {
        at,
        channel: item.ch,
        text,
        place: Place {
            community: item.cm,
            address: item.ad,
            point: item.pt.as_deref().map(read_point).transpose()?,
        },
        photos: item
            .ph
            .iter()
            .map(|text| read_grant(text))
            .collect::<Result<_, _>>()?,
        consents: Consents {
            publish: item.co & PUBLISH != 0,
            photo_location: item.co & PHOTO_LOCATION != 0,
        },
        has_contact: item.co & CONTACT != 0,
        on_behalf_by: item.ob,
    };
    let timers = item
        .k
        .iter()
        .map(|text| read_timer(text, at))
        .collect::<Result<_, _>>()?;
    let case = Case {
        tenant,
        id,
        report,
        token_version: item.tv,
        state: item.st,
        category: item.ca,
        tier: item.ti,
        promises: item.pv,
        calendar: item.cv,
        assignment,
        dispatches: item.dc,
        involved: item.involved,
        reopened: item.ro,
        published: item.bp.is_some(),
        timers: Timers::from_stored(timers),
        holds: item
            .ho
            .iter()
            .map(|text| read_hold(text))
            .collect::<Result<_, _>>()?,
        version: item.v,
        rev: item.r,
    };
    Ok((case, identity))
}

/// The first characters of the words, and those of the rest that the head carries.
pub(crate) fn split(words: &Text) -> (&str, &str) {
    let (Text::Here(text) | Text::InFirstEvent(text)) = words;
    let cut = text.char_indices().nth(SNIPPET_CHARS);
    text.split_at(cut.map_or(text.len(), |(at, _)| at))
}

/// Whether the text is too long to be carried by every write.
pub(crate) fn is_long(text: &str) -> bool {
    text.len() > TEXT_BYTES_IN_HEAD
}

fn bad(what: &str, text: &str) -> StoreError {
    StoreError::malformed(format!("{what} {text:?}"))
}

fn grant_text(grant: PhotoGrant) -> String {
    let angle = match grant.angle {
        Angle::Front => 'f',
        Angle::Side => 's',
        Angle::Surroundings => 'u',
        Angle::Detail => 'd',
    };
    let kind = match grant.content_type {
        PhotoType::Jpeg => 'j',
        PhotoType::Png => 'p',
        PhotoType::WebP => 'w',
    };
    format!("{angle}{kind}{}", grant.bytes)
}

fn read_grant(text: &str) -> Result<PhotoGrant, StoreError> {
    let fault = || bad("photo grant", text);
    let angle = match text.get(..1).ok_or_else(fault)? {
        "f" => Angle::Front,
        "s" => Angle::Side,
        "u" => Angle::Surroundings,
        "d" => Angle::Detail,
        _ => return Err(fault()),
    };
    let content_type = match text.get(1..2).ok_or_else(fault)? {
        "j" => PhotoType::Jpeg,
        "p" => PhotoType::Png,
        "w" => PhotoType::WebP,
        _ => return Err(fault()),
    };
    let bytes = text
        .get(2..)
        .and_then(|bytes| bytes.parse().ok())
        .ok_or_else(fault)?;
    Ok(PhotoGrant {
        angle,
        content_type,
        bytes,
    })
}

fn read_point(text: &str) -> Result<Point, StoreError> {
    let (latitude, longitude) = text.split_once(',').ok_or_else(|| bad("point", text))?;
    match (latitude.parse(), longitude.parse()) {
        (Ok(latitude), Ok(longitude)) => Ok(Point {
            latitude,
            longitude,
        }),
        _ => Err(bad("point", text)),
    }
}

const KINDS: [(ClockKind, &str); 7] = [
    (ClockKind::Triage, "t"),
    (ClockKind::Accept, "a"),
    (ClockKind::Contact, "c"),
    (ClockKind::Return, "b"),
    (ClockKind::Resolve, "r"),
    (ClockKind::Word, "w"),
    (ClockKind::Revisit, "v"),
];

/// `kind:start:due:version:climb:stopped` in seconds; a start at receipt is left out, a provisional due ends in `?`.
fn timer_text(timer: &Timer, received: Timestamp) -> String {
    let kind = KINDS
        .iter()
        .find(|(kind, _)| *kind == timer.kind)
        .map_or("", |(_, text)| text);
    let start = if timer.start.as_second() == received.as_second() {
        String::new()
    } else {
        timer.start.as_second().to_string()
    };
    let due = timer.due.map_or_else(String::new, |due| {
        format!(
            "{}{}",
            due.at.as_second(),
            if due.provisional { "?" } else { "" }
        )
    });
    let stopped = timer
        .stopped
        .map_or_else(String::new, |at| format!(":{}", at.as_second()));
    format!(
        "{kind}:{start}:{due}:{}:{}{stopped}",
        timer.version,
        timer.climb.to_bits()
    )
}

fn read_timer(text: &str, received: Timestamp) -> Result<Timer, StoreError> {
    let fault = || bad("clock", text);
    let seconds = |text: &str| {
        text.parse()
            .ok()
            .and_then(|s| Timestamp::from_second(s).ok())
            .ok_or_else(fault)
    };
    let parts: Vec<&str> = text.split(':').collect();
    let [kind, start, due, version, climb, rest @ ..] = parts.as_slice() else {
        return Err(fault());
    };
    let kind = KINDS
        .iter()
        .find(|(_, name)| name == kind)
        .map(|(kind, _)| *kind)
        .ok_or_else(fault)?;
    let received = Timestamp::from_second(received.as_second()).map_err(StoreError::malformed)?;
    let due = match due.strip_suffix('?') {
        _ if due.is_empty() => None,
        Some(at) => Some(Due {
            at: seconds(at)?,
            provisional: true,
        }),
        None => Some(Due {
            at: seconds(due)?,
            provisional: false,
        }),
    };
    Ok(Timer {
        kind,
        start: if start.is_empty() {
            received
        } else {
            seconds(start)?
        },
        due,
        version: version.parse().map_err(|_| fault())?,
        climb: Climb::from_bits(climb.parse().map_err(|_| fault())?),
        stopped: rest.first().map(|at| seconds(at)).transpose()?,
    })
}

const REASONS: [(HoldReason, &str); 5] = [
    (HoldReason::Budget, "budget"),
    (HoldReason::OtherUnit, "other_unit"),
    (HoldReason::Resident, "resident"),
    (HoldReason::Season, "season"),
    (HoldReason::Legal, "legal"),
];

fn hold_text(hold: &Hold) -> String {
    let reason = REASONS
        .iter()
        .find(|(reason, _)| *reason == hold.reason)
        .map_or("", |(_, text)| text);
    let to = hold
        .span
        .to
        .map_or_else(String::new, |to| to.as_second().to_string());
    format!(
        "{reason}:{}:{to}:{}",
        hold.span.from.as_second(),
        hold.review_at.as_second()
    )
}

fn read_hold(text: &str) -> Result<Hold, StoreError> {
    let fault = || bad("hold", text);
    let seconds = |text: &str| {
        text.parse()
            .ok()
            .and_then(|s| Timestamp::from_second(s).ok())
            .ok_or_else(fault)
    };
    let parts: Vec<&str> = text.split(':').collect();
    let [reason, from, to, review] = parts.as_slice() else {
        return Err(fault());
    };
    let reason = REASONS
        .iter()
        .find(|(_, name)| name == reason)
        .map(|(reason, _)| *reason)
        .ok_or_else(fault)?;
    let to = if to.is_empty() {
        None
    } else {
        Some(seconds(to)?)
    };
    Ok(Hold {
        span: HeldSpan {
            from: seconds(from)?,
            to,
        },
        reason,
        review_at: seconds(review)?,
    })
}
