//! Channels out of the house: WeCom group robots and signed webhooks, by unit, and the district's own gateway to the
//! people in it, from the operators' secret.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::{Client, Url, redirect};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_store::notify::delivery::PEOPLE;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Bytes of a WeCom text message.
const WECOM_BYTES: usize = 2048;

/// One way out of the house.
#[derive(Clone)]
pub enum Channel {
    /// A group robot of WeCom; whoever has the address can post, so it is a secret.
    WeCom {
        /// Where to post.
        url: Url,
    },
    /// An HTTPS endpoint that gets every event of the unit but no digests, signed by the Standard Webhooks scheme.
    Webhook(Webhook),
    /// The district's message gateway (app, SMS, telephone), signed likewise; each message is to one person.
    People(Webhook),
}

/// An address that takes signed messages.
#[derive(Clone)]
pub struct Webhook {
    /// Where to post.
    url: Url,
    /// The key that signs: the bytes behind `whsec_`.
    secret: Vec<u8>,
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The channels of every unit.
#[derive(Debug)]
pub struct Channels {
    by_unit: HashMap<UnitId, Vec<Channel>>,
    people: Option<Channel>,
    client: Client,
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
    webhooks: HashMap<UnitId, WireWebhook>,
    people: Option<WireWebhook>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireWebhook {
    url: String,
    secret: String,
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
        let mut by_unit: HashMap<UnitId, Vec<Channel>> = HashMap::new();
        for (unit, url) in wire.wecom {
            by_unit.entry(unit).or_default().push(Channel::WeCom {
                url: address(&url)?,
            });
        }
        for (unit, hook) in wire.webhooks {
            let channel = Channel::Webhook(Webhook::parse(&hook)?);
            by_unit.entry(unit).or_default().push(channel);
        }
        let people = wire.people.as_ref().map(Webhook::parse).transpose()?;
        // Only the first call installs it; later ones find it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .build();
        Ok(Self {
            by_unit,
            people: people.map(Channel::People),
            client: client.map_err(|_| InvalidChannels)?,
        })
    }

    /// The channels of a unit.
    pub fn of(&self, unit: &UnitId) -> &[Channel] {
        self.by_unit.get(unit).map_or(&[], Vec::as_slice)
    }

    /// The channel to the people of the district, when it has one.
    pub fn people(&self) -> Option<&Channel> {
        self.people.as_ref()
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
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

/// The key behind a secret of Standard Webhooks.
fn key_of(secret: &str) -> Result<Vec<u8>, InvalidChannels> {
    let encoded = secret.strip_prefix("whsec_").ok_or(InvalidChannels)?;
    let key = STANDARD.decode(encoded).map_err(|_| InvalidChannels)?;
    if (24..=64).contains(&key.len()) {
        Ok(key)
    } else {
        Err(InvalidChannels)
    }
}

impl Channel {
    /// The stable name, part of the delivery's key.
    pub fn name(&self) -> &'static str {
        match self {
            Self::WeCom { .. } => "wecom",
            Self::Webhook(_) => "webhook",
            Self::People(_) => PEOPLE,
        }
    }

    /// Sends one message.
    ///
    /// # Errors
    /// The stable code of the failure: `no_answer`, `http_503`, `wecom_45009`, ...
    pub async fn send(
        &self,
        client: &Client,
        id: &str,
        now: Timestamp,
        payload: &Value,
        text: &str,
    ) -> Result<(), String> {
        match self {
            Self::WeCom { url } => {
                let body =
                    json!({"msgtype": "text", "text": {"content": shortened(text, WECOM_BYTES)}});
                let answer = ok(client.post(url.clone()).json(&body).send().await)?;
                let answer: Value = answer.json().await.map_err(|_| "no_answer".to_owned())?;
                match answer["errcode"].as_i64() {
                    Some(0) => Ok(()),
                    Some(code) => Err(format!("wecom_{code}")),
                    None => Err("not_understood".to_owned()),
                }
            }
            Self::Webhook(hook) | Self::People(hook) => hook.send(client, id, now, payload).await,
        }
    }
}

impl Webhook {
    fn parse(wire: &WireWebhook) -> Result<Self, InvalidChannels> {
        Ok(Self {
            url: address(&wire.url)?,
            secret: key_of(&wire.secret)?,
        })
    }

    async fn send(
        &self,
        client: &Client,
        id: &str,
        now: Timestamp,
        payload: &Value,
    ) -> Result<(), String> {
        let body = payload.to_string();
        let seconds = now.as_second().to_string();
        let signature = signature(&self.secret, id, &seconds, &body);
        let request = client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", &seconds)
            .header("webhook-signature", signature)
            .body(body);
        ok(request.send().await).map(|_| ())
    }
}

fn ok(answer: reqwest::Result<reqwest::Response>) -> Result<reqwest::Response, String> {
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(answer),
        Ok(answer) => Err(format!("http_{}", answer.status().as_u16())),
        Err(_) => Err("no_answer".to_owned()),
    }
}

/// `v1,<base64 of HMAC-SHA256(secret, "id.timestamp.body")>`, as Standard Webhooks has it.
pub fn signature(secret: &[u8], id: &str, timestamp: &str, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The text cut to so many bytes at a character's end.
fn shortened(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
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
        assert_eq!(sound.of(&UnitId::parse("badaguan").unwrap()).len(), 1);
        assert!(sound.people().is_none());
        let people = json!({"people": {"url": "https://example.org/people", "secret": SECRET}});
        assert!(
            Channels::parse(&people.to_string())
                .unwrap()
                .people()
                .is_some()
        );
    }

    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        // The example of the scheme's specification: secret, id, timestamp and body as published there.
        let secret = key_of(SECRET).unwrap();
        let signed = signature(
            &secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("井盖井盖", 7), "井盖");
        assert_eq!(shortened("ok", 7), "ok");
    }
}
