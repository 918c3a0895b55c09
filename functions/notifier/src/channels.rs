//! Channels out of the house, from the operators' secret: WeCom group robots and signed webhooks by unit, and the
//! district's own gateway to the people in it.

mod gateway;
mod robot;
mod signed;
mod webhook;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::{Client, Url, redirect};
use serde::Deserialize;
use serde_json::{Map, Value};
use zhitiao_domain::kernel::ids::{CaseNumber, UnitId};
use zhitiao_domain::notify::audience::Urgency;
use zhitiao_store::notify::delivery::{DeliveryKey, Recipient};

use crate::words::Words;
use gateway::Gateway;
use robot::Robot;
use signed::Endpoint;
use webhook::Webhook;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something happened to a case.
    Notice,
    /// The digest of a working morning.
    Digest,
    /// How many messages an hour held back.
    Folded,
    /// How many messages about an incident were held back.
    Incident,
}

impl Kind {
    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Digest => "digest",
            Self::Folded => "folded",
            Self::Incident => "incident",
        }
    }
}

/// A message that leaves the house.
#[derive(Debug)]
pub(crate) struct OutboundMessage {
    /// The id by which a receiver recognizes a repetition: the same for every try.
    pub(crate) id: String,
    /// When this try begins.
    pub(crate) at: Timestamp,
    /// Who gets it.
    pub(crate) to: Recipient,
    /// What it is.
    pub(crate) kind: Kind,
    /// The case that it is about, when it is about one.
    pub(crate) number: Option<CaseNumber>,
    /// Whether it is about danger to life.
    pub(crate) is_critical: bool,
    /// What happened, for machines; null when it is about no single event.
    pub(crate) event: Value,
    /// The words.
    pub(crate) words: Words,
}

/// A way out of the house.
pub(crate) trait Channel: fmt::Debug + Send + Sync {
    /// The stable name, part of the delivery's key.
    fn name(&self) -> &'static str;

    /// Whether it takes such messages.
    fn carries(&self, kind: Kind, urgency: Urgency) -> bool;

    /// Whether people read what comes over it, who can read only so much.
    fn is_for_people(&self) -> bool;

    /// Makes one call. The words fit into what the receiver takes.
    ///
    /// # Errors
    /// The stable code of the failure: `no_answer`, `http_503`, `wecom_45009`, ...
    fn send<'a>(&'a self, message: &'a OutboundMessage) -> BoxFuture<'a, Result<(), String>>;
}

/// The channels of every unit, and to the people.
#[derive(Debug)]
pub struct Channels {
    by_unit: HashMap<UnitId, Vec<Box<dyn Channel>>>,
    people: Vec<Box<dyn Channel>>,
}

/// `CHANNELS` is not what it should be. The value is a secret and is not repeated.
#[derive(Debug, thiserror::Error)]
#[error(
    "not {{\"wecom\": {{unit: url}}, \"webhooks\": {{unit: {{\"url\", \"secret\": \"whsec_..\"}}}}, \"people\": {{\"url\", \"secret\"}}}}"
)]
pub struct InvalidChannels;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Wire {
    wecom: HashMap<UnitId, String>,
    webhooks: HashMap<UnitId, WireEndpoint>,
    people: Option<WireEndpoint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEndpoint {
    url: String,
    secret: String,
}

impl WireEndpoint {
    fn open(&self, client: &Client) -> Result<Endpoint, InvalidChannels> {
        Ok(Endpoint {
            url: address(&self.url)?,
            secret: signed::key_of(&self.secret)?,
            client: client.clone(),
        })
    }
}

impl Channels {
    /// Reads the operators' JSON: `{"wecom": {unit: url}, "webhooks": {unit: {"url": .., "secret": "whsec_.."}},
    /// "people": {"url": .., "secret": ..}}`.
    ///
    /// A webhook's secret is spelled as Standard Webhooks has it, so that a receiver's library takes it as it is:
    /// `whsec_` and 24 to 64 random bytes in base64.
    ///
    /// # Errors
    /// [`InvalidChannels`]; a typing mistake must not silence a channel.
    pub fn parse(text: &str) -> Result<Self, InvalidChannels> {
        // By way of a map: serde would read a struct from a list, too.
        let map: Map<String, Value> = serde_json::from_str(text).map_err(|_| InvalidChannels)?;
        let wire: Wire = serde_json::from_value(Value::Object(map)).map_err(|_| InvalidChannels)?;
        // Only the first call installs it; later ones find it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|_| InvalidChannels)?;
        let mut by_unit: HashMap<UnitId, Vec<Box<dyn Channel>>> = HashMap::new();
        for (unit, url) in wire.wecom {
            let robot = Robot {
                url: address(&url)?,
                client: client.clone(),
            };
            by_unit.entry(unit).or_default().push(Box::new(robot));
        }
        for (unit, hook) in wire.webhooks {
            let hook = Webhook(hook.open(&client)?);
            by_unit.entry(unit).or_default().push(Box::new(hook));
        }
        let people = wire.people.map(|gateway| gateway.open(&client));
        let people = people
            .transpose()?
            .map(|gateway| -> Box<dyn Channel> { Box::new(Gateway(gateway)) });
        Ok(Self {
            by_unit,
            people: people.into_iter().collect(),
        })
    }

    /// The channels to a unit, or to any member of staff.
    pub(crate) fn to(&self, to: &Recipient) -> &[Box<dyn Channel>] {
        match to {
            Recipient::Unit(unit) => self.by_unit.get(unit).map_or(&[], Vec::as_slice),
            Recipient::Staff(_) => &self.people,
        }
    }

    /// The channel of a delivery, when it is still there.
    pub(crate) fn of(&self, key: &DeliveryKey) -> Option<&dyn Channel> {
        let mut channels = self.to(&key.to).iter();
        let found = channels.find(|channel| channel.name() == key.channel);
        found.map(AsRef::as_ref)
    }

    /// Whether the district has a way to its people.
    pub(crate) fn reach_people(&self) -> bool {
        !self.people.is_empty()
    }

    /// The units that have a channel of their own.
    pub(crate) fn units(&self) -> BTreeSet<&UnitId> {
        self.by_unit.keys().collect()
    }
}

/// HTTPS, or plain HTTP to this machine only.
fn address(text: &str) -> Result<Url, InvalidChannels> {
    let url: Url = text.parse().map_err(|_| InvalidChannels)?;
    let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
    if url.scheme() == "https" || (url.scheme() == "http" && local) {
        Ok(url)
    } else {
        Err(InvalidChannels)
    }
}

/// The answer of a receiver that took the message, or the stable code of the failure.
fn taken(answer: reqwest::Result<reqwest::Response>) -> Result<reqwest::Response, String> {
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(answer),
        Ok(answer) => Err(format!("http_{}", answer.status().as_u16())),
        Err(_) => Err("no_answer".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use zhitiao_domain::kernel::ids::StaffId;

    use super::*;

    /// The example of the scheme's specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_typing_mistake_in_the_channels_is_refused() {
        for text in [
            "",
            "[]",
            r#"{"wecon":{}}"#,
            r#"{"wecom":{"badaguan":"ftp://x"}}"#,
            r#"{"wecom":{"BAD":"https://x"}}"#,
            r#"{"people":{"url":"https://x"}}"#,
            r#"{"people":{"url":"https://x","secret":"whsec_c2hvcnQ="}}"#,
        ] {
            assert!(Channels::parse(text).is_err(), "{text}");
        }
        let webhook = |url: &str, secret: &str| {
            let hook = json!({"webhooks": {"badaguan": {"url": url, "secret": secret}}});
            Channels::parse(&hook.to_string()).is_ok()
        };
        assert!(webhook("https://example.org/hook", SECRET));
        assert!(!webhook("http://example.org/hook", SECRET));
        for secret in [
            "",
            "secret",
            &SECRET[6..],
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_!",
        ] {
            assert!(!webhook("https://example.org/hook", secret), "{secret}");
        }
        let sound =
            Channels::parse(r#"{"wecom":{"badaguan":"https://example.org/robot"}}"#).unwrap();
        let unit = Recipient::Unit(UnitId::parse("badaguan").unwrap());
        assert_eq!(sound.to(&unit).len(), 1);
        let person = Recipient::Staff(StaffId::parse("wang.fang").unwrap());
        assert!(sound.to(&person).is_empty());
        let people = json!({"people": {"url": "https://example.org/people", "secret": SECRET}});
        let sound = Channels::parse(&people.to_string()).unwrap();
        assert_eq!(sound.to(&person).len(), 1);
    }
}
