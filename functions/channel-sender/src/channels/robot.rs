//! WeCom group robots: each posts into one chat.

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use reqwest::Client;
use serde_json::{Value, json};
use zhitiao_store::notify::outbound::OutboundMessage;

use super::{Channel, taken};

/// A group robot. Every holder of the address can post, so the address is a secret and is never printed.
pub(super) struct Robot {
    pub(super) url: String,
    pub(super) client: Client,
}

impl std::fmt::Debug for Robot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a robot")
    }
}

impl Channel for Robot {
    fn send<'a>(
        &'a self,
        message: &'a OutboundMessage,
        _at: Timestamp,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let body = json!({"msgtype": "text", "text": {"content": message.text}});
            let answer = taken(self.client.post(&self.url).json(&body).send().await)?;
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
