//! What the notifier hands to the sender: a delivery with the message that it makes, as the queue carries it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zhitiao_domain::notify::channel::MessageKind;

use crate::error::StoreError;
use crate::notify::delivery::Delivery;

/// A message that leaves the house. It holds nothing personal of residents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutboundMessage {
    /// The id by which a receiver recognizes a repetition: the same for every try.
    pub id: String,
    /// The id of the unit or the person who gets it.
    pub to: String,
    /// What it is.
    pub kind: MessageKind,
    /// The number of the case that it is about, when it is about one.
    pub number: Option<String>,
    /// Whether it is about danger to life.
    pub is_critical: bool,
    /// What happened, for machines; null when it is about no single event.
    pub event: Value,
    /// The words, as many as the channel's receiver takes.
    pub text: String,
}

/// A delivery that waits for the sender, with its message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutboundDelivery {
    /// The delivery as it stood when it was handed over: a newer state of it makes this one void.
    pub delivery: Delivery,
    /// The message.
    pub message: OutboundMessage,
}

impl OutboundDelivery {
    /// The text that the queue carries.
    ///
    /// # Errors
    /// [`StoreError::Malformed`].
    pub fn to_text(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(StoreError::malformed)
    }

    /// Reads [`Self::to_text`] back.
    ///
    /// # Errors
    /// [`StoreError::Malformed`].
    pub fn from_text(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text).map_err(StoreError::malformed)
    }
}
