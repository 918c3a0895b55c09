//! WeCom group robots: a chat hears what cannot wait, and the digest.

use futures_util::future::BoxFuture;
use reqwest::{Client, Url};
use serde_json::{Value, json};
use zhitiao_domain::notify::audience::Urgency;

use super::{Channel, Kind, OutboundMessage, taken};

/// Bytes of a text message, by the documentation of group robots (a Markdown message would take 4,096).
const TEXT_BYTES: usize = 2_048;

/// A group robot. Every holder of the address can post, so the address is a secret and is never printed.
pub(super) struct Robot {
    pub(super) url: Url,
    pub(super) client: Client,
}

impl std::fmt::Debug for Robot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Channel for Robot {
    fn name(&self) -> &'static str {
        "wecom"
    }

    fn carries(&self, kind: Kind, urgency: Urgency) -> bool {
        match kind {
            Kind::Notice => urgency == Urgency::Immediate,
            Kind::Digest | Kind::Incident => true,
            Kind::Folded => false,
        }
    }

    fn is_for_people(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, message: &'a OutboundMessage) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let content = message.words.within(TEXT_BYTES);
            let body = json!({"msgtype": "text", "text": {"content": content}});
            let answer = taken(self.client.post(self.url.clone()).json(&body).send().await)?;
            // A robot answers 200 also when it does not post the message.
            let answer: Value = answer.json().await.map_err(|_| "no_answer".to_owned())?;
            match answer["errcode"].as_i64() {
                Some(0) => Ok(()),
                Some(code) => Err(format!("wecom_{code}")),
                None => Err("not_understood".to_owned()),
            }
        })
    }
}
