//! Message authentication for what callers carry around for us: tracking tokens and cursors.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::Secret;

/// Bytes of a truncated MAC: 128 bits, half of HMAC-SHA256 (RFC 2104 section 5 asks for at least that half).
pub const MAC_BYTES: usize = 16;

/// The MAC of these parts under a purpose. Each part is preceded by its length, so that no two lists of parts share one
/// message; the purpose keeps a MAC for one use from passing in another.
fn hmac(key: &Secret, purpose: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes())
        .expect("HMAC takes a key of any length");
    for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

/// Signs the parts.
pub fn sign(key: &Secret, purpose: &str, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
    let full = hmac(key, purpose, parts).finalize().into_bytes();
    let mut short = [0; MAC_BYTES];
    short.copy_from_slice(&full[..MAC_BYTES]);
    short
}

/// Whether a MAC is the one of these parts, in constant time. A shorter MAC never passes.
pub fn verifies(key: &Secret, purpose: &str, parts: &[&[u8]], mac: &[u8]) -> bool {
    mac.len() == MAC_BYTES && hmac(key, purpose, parts).verify_truncated_left(mac).is_ok()
}

/// URL-safe base64 without padding.
pub fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads URL-safe base64; stray trailing bits are refused, so that each value has one spelling.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Secret {
        Secret::new("0123456789abcdef").unwrap()
    }

    #[test]
    fn parts_cannot_be_shifted_into_one_another() {
        let mac = sign(&key(), "p", &[b"ab", b"c"]);
        assert!(verifies(&key(), "p", &[b"ab", b"c"], &mac));
        assert!(!verifies(&key(), "p", &[b"a", b"bc"], &mac));
        assert!(!verifies(&key(), "p", &[b"abc"], &mac));
        assert!(!verifies(&key(), "q", &[b"ab", b"c"], &mac));
    }

    #[test]
    fn a_shortened_mac_does_not_pass() {
        let mac = sign(&key(), "p", &[b"a"]);
        for len in 0..MAC_BYTES {
            assert!(!verifies(&key(), "p", &[b"a"], &mac[..len]), "{len}");
        }
    }
}
