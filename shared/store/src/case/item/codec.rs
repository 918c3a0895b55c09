//! The short texts in which a head keeps what there may be several of: announced photos, clocks, holds.

use jiff::Timestamp;

use zhitiao_domain::case::hold::{Hold, HoldReason};
use zhitiao_domain::case::report::{Angle, PhotoGrant, PhotoType, Point};
use zhitiao_domain::case::timers::{ClockKind, Timer};
use zhitiao_domain::kernel::deadline::{Due, Hold as HeldSpan};
use zhitiao_domain::kernel::ids::{BudgetLineId, InvalidId, StaffId, UnitId};
use zhitiao_domain::kernel::ladder::Climb;

use crate::error::StoreError;

fn bad(what: &str, text: &str) -> StoreError {
    StoreError::malformed(format!("{what} {text:?}"))
}

pub(super) fn grant_text(grant: PhotoGrant) -> String {
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

pub(super) fn read_grant(text: &str) -> Result<PhotoGrant, StoreError> {
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

/// `latitude,longitude`.
pub(super) fn point_text(point: Point) -> String {
    format!("{},{}", point.latitude, point.longitude)
}

pub(super) fn read_point(text: &str) -> Result<Point, StoreError> {
    let (latitude, longitude) = text.split_once(',').ok_or_else(|| bad("point", text))?;
    match (latitude.parse(), longitude.parse()) {
        (Ok(latitude), Ok(longitude)) => Ok(Point {
            latitude,
            longitude,
        }),
        _ => Err(bad("point", text)),
    }
}

const KINDS: [(ClockKind, &str); 12] = [
    (ClockKind::Triage, "t"),
    (ClockKind::Accept, "a"),
    (ClockKind::Contact, "c"),
    (ClockKind::ReturnWindow, "b"),
    (ClockKind::Resolve, "r"),
    (ClockKind::ResidentUpdate, "w"),
    (ClockKind::FollowUp, "v"),
    (ClockKind::Secure, "s"),
    (ClockKind::Approval, "p"),
    (ClockKind::OtherUnit, "o"),
    (ClockKind::Visit, "x"),
    (ClockKind::Supervision, "u"),
];

/// `kind:start:due:version:climb:stopped` in seconds; a start at receipt is left out, a provisional due ends in `?`.
pub(super) fn timer_text(timer: &Timer, received: Timestamp) -> String {
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

pub(super) fn read_timer(text: &str, received: Timestamp) -> Result<Timer, StoreError> {
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

/// `reason:from:to:review:requester:approver:unit:line`, seconds; what is not there is empty.
pub(super) fn hold_text(hold: &Hold) -> String {
    fn or_empty<T: ToString>(value: Option<&T>) -> String {
        value.map(ToString::to_string).unwrap_or_default()
    }
    [
        hold.reason.code().to_owned(),
        hold.span.from.as_second().to_string(),
        or_empty(hold.span.to.map(Timestamp::as_second).as_ref()),
        hold.review_at.as_second().to_string(),
        or_empty(hold.requester.as_ref()),
        or_empty(hold.approver.as_ref()),
        or_empty(hold.waits_for.as_ref()),
        or_empty(hold.budget_line.as_ref()),
    ]
    .join(":")
}

pub(super) fn read_hold(text: &str) -> Result<Hold, StoreError> {
    let fault = || bad("hold", text);
    let seconds = |text: &str| {
        let second = text.parse().ok();
        second
            .and_then(|second| Timestamp::from_second(second).ok())
            .ok_or_else(fault)
    };
    let parts: Vec<&str> = text.split(':').collect();
    let [reason, from, to, review, requester, approver, unit, line] = parts.as_slice() else {
        return Err(fault());
    };
    let reason = HoldReason::ALL
        .into_iter()
        .find(|known| known.code() == *reason)
        .ok_or_else(fault)?;
    let to = (!to.is_empty()).then(|| seconds(to)).transpose()?;
    Ok(Hold {
        span: HeldSpan {
            from: seconds(from)?,
            to,
        },
        reason,
        review_at: seconds(review)?,
        requester: optional(requester, StaffId::parse)?,
        approver: optional(approver, StaffId::parse)?,
        waits_for: optional(unit, UnitId::parse)?,
        budget_line: optional(line, BudgetLineId::parse)?,
    })
}

fn optional<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, InvalidId>,
) -> Result<Option<T>, StoreError> {
    let value = (!text.is_empty()).then(|| parse(text)).transpose();
    value.map_err(StoreError::malformed)
}
