//! Signed webhooks of units: a machine hears every event, and no digest.

use futures_util::future::BoxFuture;
use serde_json::json;
use zhitiao_domain::notify::audience::Urgency;

use super::signed::Endpoint;
use super::{Channel, Kind, OutboundMessage};

/// Bytes of the words: Standard Webhooks advises to stay below 20 kB with the whole body.
const TEXT_BYTES: usize = 16_384;

/// An HTTPS endpoint of a unit.
#[derive(Debug)]
pub(super) struct Webhook(pub(super) Endpoint);

impl Channel for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn carries(&self, kind: Kind, _urgency: Urgency) -> bool {
        kind == Kind::Notice
    }

    fn is_for_people(&self) -> bool {
        false
    }

    fn send<'a>(&'a self, message: &'a OutboundMessage) -> BoxFuture<'a, Result<(), String>> {
        let mut body = message.event.clone();
        body["data"]["text"] = json!(message.words.within(TEXT_BYTES));
        Box::pin(async move { self.0.post(&message.id, message.at, &body).await })
    }
}
