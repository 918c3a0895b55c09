//! The district's message gateway (app, SMS, telephone): each message is to one person.

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::json;
use zhitiao_store::notify::outbound::OutboundMessage;

use super::Channel;
use super::signed::Endpoint;

/// The gateway.
#[derive(Debug)]
pub(super) struct Gateway(pub(super) Endpoint);

impl Channel for Gateway {
    fn send<'a>(
        &'a self,
        message: &'a OutboundMessage,
        at: Timestamp,
    ) -> BoxFuture<'a, Result<(), String>> {
        let body = json!({
            "type": message.kind.code(),
            "to": message.to,
            "critical": message.is_critical,
            "text": message.text,
            "number": message.number,
        });
        Box::pin(async move { self.0.post(&message.id, at, &body).await })
    }
}
