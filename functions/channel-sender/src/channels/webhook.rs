//! Signed webhooks of units: a machine is told every event.

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::json;
use zhitiao_store::notify::outbound::OutboundMessage;

use super::Channel;
use super::signed::Endpoint;

/// An HTTPS endpoint of a unit.
#[derive(Debug)]
pub(super) struct Webhook(pub(super) Endpoint);

impl Channel for Webhook {
    fn send<'a>(
        &'a self,
        message: &'a OutboundMessage,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<(), String>> {
        let mut body = message.event.clone();
        body["data"]["text"] = json!(message.text);
        Box::pin(async move { self.0.post(&message.id, at, &body).await })
    }
}
