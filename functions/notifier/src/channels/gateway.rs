//! The district's message gateway (app, SMS, telephone): each message is to one person.

use futures_util::future::BoxFuture;
use serde_json::json;
use zhitiao_domain::notify::audience::Urgency;
use zhitiao_store::notify::delivery::PEOPLE;

use super::signed::Endpoint;
use super::{Channel, Kind, OutboundMessage};

/// Bytes of the words: what the apps behind a gateway take as one message.
const TEXT_BYTES: usize = 4_096;

/// The gateway.
#[derive(Debug)]
pub(super) struct Gateway(pub(super) Endpoint);

impl Channel for Gateway {
    fn name(&self) -> &'static str {
        PEOPLE
    }

    fn carries(&self, _kind: Kind, _urgency: Urgency) -> bool {
        true
    }

    fn is_for_people(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, message: &'a OutboundMessage) -> BoxFuture<'a, Result<(), String>> {
        let body = json!({
            "type": message.kind.code(),
            "to": message.to.as_str(),
            "critical": message.is_critical,
            "text": message.words.within(TEXT_BYTES),
            "number": message.number,
        });
        Box::pin(async move { self.0.post(&message.id, message.at, &body).await })
    }
}
