//! The built-in issuer of staff tokens: an RSA key, its public half as a key set, tokens by the moved clock.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, LineEnding};
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::state::StateFolder;

/// The key's id in tokens and key sets.
pub(crate) const KEY_ID: &str = "development";

/// How long a development token lives, in seconds: a working day.
const LIFETIME: i64 = 12 * 3600;

const KEY_FILE: &str = "secrets/issuer-key.json";

/// The issuer.
#[derive(Debug)]
pub(crate) struct Issuer {
    name: String,
    audience: String,
    clock: Arc<Clock>,
    state: Arc<StateFolder>,
    keys: OnceLock<Keys>,
}

struct Keys {
    signing: EncodingKey,
    verifying: DecodingKey,
    set: Value,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keys")
    }
}

impl Issuer {
    pub(crate) fn new(
        name: String,
        audience: String,
        clock: Arc<Clock>,
        state: Arc<StateFolder>,
    ) -> Self {
        Self {
            name,
            audience,
            clock,
            state,
            keys: OnceLock::new(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The public key set.
    pub(crate) fn key_set(&self) -> &Value {
        &self.keys().set
    }

    pub(crate) fn verifying_key(&self) -> &DecodingKey {
        &self.keys().verifying
    }

    /// A staff token for a subject of a district; its claim is called `tenant`.
    pub(crate) fn token(&self, subject: &str, district: &str) -> String {
        let now = self.clock.now().as_second();
        self.sign(&json!({
            "iss": self.name,
            "aud": self.audience,
            "sub": subject,
            "tenant": district,
            "token_use": "access",
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME,
        }))
    }

    /// A token with any claims, for tests of what the gateway refuses.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(KEY_ID.to_owned());
        self.sign_as(&header, claims)
    }

    /// The same under any header.
    pub(crate) fn sign_as(&self, header: &Header, claims: &Value) -> String {
        // Signing plain JSON with a key of our own making cannot fail.
        jsonwebtoken::encode(header, claims, &self.keys().signing).unwrap_or_default()
    }

    /// The key is made at first use: finding primes takes a moment that not every start needs.
    fn keys(&self) -> &Keys {
        self.keys.get_or_init(|| {
            let kept = self.state.read::<String>(KEY_FILE);
            let kept = kept.and_then(|pem| RsaPrivateKey::from_pkcs1_pem(&pem).ok());
            let key = kept.unwrap_or_else(|| self.make());
            keys(&key).expect("a fresh RSA key can be encoded")
        })
    }

    fn make(&self) -> RsaPrivateKey {
        let key = RsaPrivateKey::new(&mut OsRng, 2048).expect("2048 bits are a valid size");
        let pem = key.to_pkcs1_pem(LineEnding::LF).ok();
        if let Some(Err(error)) = pem.map(|pem| self.state.write(KEY_FILE, &pem.as_str())) {
            tracing::warn!(%error, "the issuer's key will not outlive this run");
        }
        key
    }
}

fn keys(key: &RsaPrivateKey) -> Result<Keys, Box<dyn std::error::Error>> {
    let public = RsaPublicKey::from(key);
    let modulus = URL_SAFE_NO_PAD.encode(public.n().to_bytes_be());
    let exponent = URL_SAFE_NO_PAD.encode(public.e().to_bytes_be());
    Ok(Keys {
        signing: EncodingKey::from_rsa_pem(key.to_pkcs1_pem(LineEnding::LF)?.as_bytes())?,
        verifying: DecodingKey::from_rsa_components(&modulus, &exponent)?,
        set: json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": modulus, "e": exponent,
        }] }),
    })
}
