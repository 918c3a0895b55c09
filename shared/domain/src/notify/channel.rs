//! Channels out of the house: which there are, what each carries, and which settings are sound.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kernel::error::FieldError;
use crate::kernel::ids::{InvalidId, UnitId};
use crate::kernel::org::OrgChart;
use crate::notify::audience::Urgency;

/// Bytes of a robot's text message, by the documentation of group robots (a Markdown message would take 4,096).
const ROBOT_BYTES: usize = 2_048;

/// Bytes of the words of a webhook: Standard Webhooks advises to stay below 20 kB with the whole body.
const WEBHOOK_BYTES: usize = 16_384;

/// Bytes of a message to a person: what the apps behind a gateway take as one.
const GATEWAY_BYTES: usize = 4_096;

/// Characters of an address.
const ADDRESS_CHARS: usize = 2_000;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Something happened to an aggregate.
    Notice,
    /// The digest of a working morning.
    Digest,
    /// How many messages an hour held back.
    Folded,
    /// How many messages about an incident were held back.
    Incident,
}

impl MessageKind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Digest => "digest",
            Self::Folded => "folded",
            Self::Incident => "incident",
        }
    }
}

/// A way out of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelName {
    /// A WeCom group robot: a chat is told what cannot wait, and the digest.
    Wecom,
    /// A signed webhook of a unit: a machine is told every event, and no digest.
    Webhook,
    /// The district's own gateway to the people in it.
    People,
}

impl ChannelName {
    /// Every channel.
    pub const ALL: [Self; 3] = [Self::Wecom, Self::Webhook, Self::People];

    /// The stable name, part of the key of every delivery.
    pub fn code(self) -> &'static str {
        match self {
            Self::Wecom => "wecom",
            Self::Webhook => "webhook",
            Self::People => "people",
        }
    }

    /// Reads [`Self::code`] back.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let mut all = Self::ALL.into_iter();
        all.find(|name| name.code() == text)
            .ok_or(InvalidId("channel"))
    }

    /// Whether it takes such messages.
    pub fn carries(self, kind: MessageKind, urgency: Urgency) -> bool {
        match (self, kind) {
            (Self::Wecom, MessageKind::Notice) => urgency == Urgency::Immediate,
            (Self::Wecom, MessageKind::Folded) => false,
            (Self::Webhook, kind) => kind == MessageKind::Notice,
            (Self::Wecom | Self::People, _) => true,
        }
    }

    /// Whether people read what comes over it, who can read only so much.
    pub fn is_for_people(self) -> bool {
        self != Self::Webhook
    }

    /// How many bytes of words its receiver takes.
    pub fn text_bytes(self) -> usize {
        match self {
            Self::Wecom => ROBOT_BYTES,
            Self::Webhook => WEBHOOK_BYTES,
            Self::People => GATEWAY_BYTES,
        }
    }

    /// Whether its messages are signed with a key. The address of a robot is a key by itself.
    pub fn is_signed(self) -> bool {
        self != Self::Wecom
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A channel of a unit with its settings; the gateway to the people is the district's. Address and key are secrets and
/// are never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelSettings {
    /// The unit.
    pub unit: UnitId,
    /// Which way.
    pub name: ChannelName,
    /// Where its messages are posted.
    pub url: String,
    /// The key that signs them, as Standard Webhooks spells it: `whsec_` and 24 to 64 random bytes in base64.
    pub secret: Option<String>,
}

impl fmt::Debug for ChannelSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.name, self.unit)
    }
}

/// What is wrong with a channel as an operator wants it; `others` are the other channels of the district.
pub fn check_channel(
    org: &OrgChart,
    wanted: &ChannelSettings,
    others: &[ChannelSettings],
) -> Vec<FieldError> {
    let mut faults = Vec::new();
    match org.unit(&wanted.unit) {
        None => faults.push(FieldError::new("unit", "unknown")),
        Some(unit) if unit.retired => faults.push(FieldError::new("unit", "retired")),
        Some(_) => {}
    }
    if wanted.name == ChannelName::People && wanted.unit != *org.district() {
        faults.push(FieldError::new("channel", "people_of_the_district"));
    }
    if !is_address(&wanted.url) {
        faults.push(FieldError::new("url", "not_an_address"));
    } else if others.iter().any(|other| is_same_chat(other, wanted)) {
        faults.push(FieldError::new("url", "robot_of_another"));
    }
    match &wanted.secret {
        None if wanted.name.is_signed() => faults.push(FieldError::new("secret", "required")),
        Some(_) if !wanted.name.is_signed() => {
            faults.push(FieldError::new("secret", "robots_sign_nothing"));
        }
        Some(secret) if !is_key(secret) => faults.push(FieldError::new("secret", "not_a_key")),
        _ => {}
    }
    faults
}

/// A robot posts into one chat: at two units, one of them would be told what is the other's.
fn is_same_chat(other: &ChannelSettings, wanted: &ChannelSettings) -> bool {
    let is_robot = wanted.name == ChannelName::Wecom && other.name == ChannelName::Wecom;
    is_robot && other.unit != wanted.unit && other.url == wanted.url
}

/// Whether messages can be posted there: by HTTPS, or by plain HTTP to this machine only.
pub fn is_address(text: &str) -> bool {
    let (rest, is_secure) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return false,
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let is_local = matches!(host, "127.0.0.1" | "localhost");
    text.len() <= ADDRESS_CHARS
        && (is_secure || is_local)
        && is_host(host)
        && port.is_none_or(is_port)
        && path.chars().all(|c| c.is_ascii_graphic())
        && !path.contains(['#', '"', '<', '>', '\\', '`', '{', '}', '|', '^'])
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
            // Such labels stand for other scripts, and not every one is sound.
            && !label.to_ascii_lowercase().starts_with("xn--")
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    // What ends in a number is read as an address of four.
    let is_number = last.starts_with(|c: char| c.is_ascii_digit());
    host.len() <= 253
        && host.split('.').all(is_label)
        && (!is_number || host.parse::<Ipv4Addr>().is_ok())
}

fn is_port(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Whether a text is a key of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64.
pub fn is_key(text: &str) -> bool {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let Some(encoded) = text.strip_prefix("whsec_") else {
        return false;
    };
    let digits = encoded.trim_end_matches('=');
    let padding = encoded.len() - digits.len();
    let bytes = (encoded.len() / 4 * 3).saturating_sub(padding);
    // The last digit holds bits of no byte, which are zero.
    let last = digits.chars().next_back().and_then(|c| DIGITS.find(c));
    let is_ended = match padding {
        0 => true,
        1 => last.is_some_and(|digit| digit % 4 == 0),
        2 => last.is_some_and(|digit| digit % 16 == 0),
        _ => false,
    };
    encoded.len().is_multiple_of(4)
        && (24..=64).contains(&bytes)
        && is_ended
        && digits.chars().all(|c| DIGITS.contains(c))
}

/// The units that can be told outside the house: those with a channel of their own, and, where the district has a
/// gateway, those with a post that is filled at the moment.
pub fn reached_units(
    org: &OrgChart,
    channels: &[ChannelSettings],
    now: Timestamp,
) -> BTreeSet<UnitId> {
    let is_open = |unit: &UnitId| org.unit(unit).is_some_and(|unit| !unit.retired);
    let own = channels
        .iter()
        .filter(|one| one.name != ChannelName::People && is_open(&one.unit));
    let has_gateway = channels.iter().any(|one| one.name == ChannelName::People);
    let staff = org.all_staff().filter(|_| has_gateway);
    let posts = staff.flat_map(|person| &person.posts);
    let filled = posts.filter(|post| org.is_filled(&post.unit, post.role, now));
    let own = own.map(|one| &one.unit);
    own.chain(filled.map(|post| &post.unit)).cloned().collect()
}
