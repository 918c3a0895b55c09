//! Messages signed by the Standard Webhooks scheme.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::Client;
use serde_json::Value;
use sha2::Sha256;

use super::taken;

/// An address that takes signed messages. Neither the address nor the key is ever printed.
pub(super) struct Endpoint {
    /// Where to post.
    pub(super) url: String,
    /// The key that signs, as Standard Webhooks spells it.
    pub(super) secret: String,
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
        let key = key_of(&self.secret).ok_or("no_key")?;
        let signature = signature(&key, id, &seconds, &body);
        let request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", &seconds)
            .header("webhook-signature", signature)
            .body(body);
        taken(request.send().await).map(|_| ())
    }
}

/// The bytes behind a key of Standard Webhooks.
fn key_of(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix("whsec_")?).ok()
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
    use zhitiao_domain::notify::channel::is_key;

    use super::*;

    #[test]
    fn a_key_that_is_taken_for_one_can_sign() {
        for text in [
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA==",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAA=",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAB==",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAB=",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA===",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_",
            "whsec_c2hvcnQ=",
            "whsec_",
            "whsec_!",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "",
        ] {
            let sound = key_of(text).filter(|key| (24..=64).contains(&key.len()));
            assert_eq!(is_key(text), sound.is_some(), "{text}");
        }
    }

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
