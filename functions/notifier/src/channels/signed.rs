//! Messages signed by the Standard Webhooks scheme.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::{Client, Url};
use serde_json::Value;
use sha2::Sha256;

use super::{InvalidChannels, taken};

/// An address that takes signed messages. Neither the address nor the key is ever printed.
pub(super) struct Endpoint {
    /// Where to post.
    pub(super) url: Url,
    /// The key that signs: the bytes behind `whsec_`.
    pub(super) secret: Vec<u8>,
    pub(super) client: Client,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an address")
    }
}

impl Endpoint {
    /// Posts a body under the id by which the receiver recognizes a repetition.
    pub(super) async fn post(&self, id: &str, at: Timestamp, body: &Value) -> Result<(), String> {
        let body = body.to_string();
        let seconds = at.as_second().to_string();
        let signature = signature(&self.secret, id, &seconds, &body);
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", &seconds)
            .header("webhook-signature", signature)
            .body(body);
        taken(request.send().await).map(|_| ())
    }
}

/// The key behind a secret of Standard Webhooks.
pub(super) fn key_of(secret: &str) -> Result<Vec<u8>, InvalidChannels> {
    let encoded = secret.strip_prefix("whsec_").ok_or(InvalidChannels)?;
    let key = STANDARD.decode(encoded).map_err(|_| InvalidChannels)?;
    if (24..=64).contains(&key.len()) {
        Ok(key)
    } else {
        Err(InvalidChannels)
    }
}

/// `v1,<base64 of HMAC-SHA256(secret, "id.timestamp.body")>`, as Standard Webhooks has it.
fn signature(secret: &[u8], id: &str, timestamp: &str, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        // The example of the scheme's specification: secret, id, timestamp and body as published there.
        let secret = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signature(
            &secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
