//! The JWT authorizer of HTTP APIs: signature, issuer, audience and times, the latter by the moved clock.

use std::sync::Arc;

use axum::http::HeaderMap;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Map, Value};

use crate::issuer::{Issuer, KEY_ID};
use crate::resources::{AuthorizerProps, JwtConfiguration};

/// An authorizer of the template.
#[derive(Debug)]
pub(crate) struct Authorizer {
    header: String,
    rules: JwtConfiguration,
    issuer: Arc<Issuer>,
}

/// Why a request may not pass.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// No token, or none that is valid: 401 with the reason for `WWW-Authenticate`.
    Unauthorized(&'static str),
    /// A valid token without a scope that the route asks for: 403.
    Forbidden,
}

impl Authorizer {
    pub(crate) fn new(props: AuthorizerProps, issuer: Arc<Issuer>) -> Result<Self, String> {
        if props.authorizer_type != "JWT" {
            return Err(format!(
                "the authorizer type {} is not supported",
                props.authorizer_type
            ));
        }
        let [source] = props.identity_source.as_slice() else {
            return Err("an authorizer has exactly one IdentitySource".into());
        };
        let header = source.strip_prefix("$request.header.");
        let header =
            header.ok_or_else(|| format!("the identity source {source} is not supported"))?;
        if props.jwt_configuration.issuer != issuer.name() {
            return Err("all authorizers must name the same issuer".into());
        }
        Ok(Self {
            header: header.to_lowercase(),
            rules: props.jwt_configuration,
            issuer,
        })
    }

    /// The verified claims of a request.
    pub(crate) fn check(
        &self,
        headers: &HeaderMap,
        scopes: &[String],
        now: Timestamp,
    ) -> Result<Map<String, Value>, Denied> {
        let header = headers
            .get(&self.header)
            .and_then(|value| value.to_str().ok());
        let token = header.map(|text| text.strip_prefix("Bearer ").unwrap_or(text).trim());
        let token = token
            .filter(|token| !token.is_empty())
            .ok_or(Denied::Unauthorized(""))?;
        let claims = self.signed(token).ok_or(Denied::Unauthorized(
            "the token has an invalid signature or form",
        ))?;
        self.times(&claims, now).map_err(Denied::Unauthorized)?;
        if claims.get("iss").and_then(Value::as_str) != Some(&self.rules.issuer) {
            return Err(Denied::Unauthorized("the token has an invalid issuer"));
        }
        if !self.for_us(&claims) {
            return Err(Denied::Unauthorized("the token has an invalid audience"));
        }
        if scopes.is_empty() || granted(&claims, scopes) {
            Ok(claims)
        } else {
            Err(Denied::Forbidden)
        }
    }

    /// The claims of a token that the issuer's key signed with the one algorithm that is accepted.
    fn signed(&self, token: &str) -> Option<Map<String, Value>> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        // What a token calls critical has to be understood, and no extension is (RFC 7515, 4.1.11; RFC 7797, 7).
        let is_plain = header.crit.is_none() && header.extras.get::<Value>("b64").ok()?.is_none();
        if header.alg != Algorithm::RS256 || header.kid.as_deref() != Some(KEY_ID) || !is_plain {
            return None;
        }
        // Times and audience are checked here by the moved clock, not by the library.
        let mut rules = Validation::new(Algorithm::RS256);
        rules.validate_exp = false;
        rules.validate_nbf = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        let token = jsonwebtoken::decode(token, self.issuer.verifying_key(), &rules).ok()?;
        Some(token.claims)
    }

    #[expect(
        clippy::unused_self,
        reason = "reads as one of the authorizer's checks"
    )]
    fn times(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<(), &'static str> {
        let now = now.as_second();
        let time = |name: &str| claims.get(name).and_then(Value::as_i64);
        let expires = time("exp").ok_or("the token has no expiry")?;
        if expires <= now {
            return Err("the token has expired");
        }
        if time("nbf").is_some_and(|start| start > now)
            || time("iat").is_some_and(|issued| issued > now)
        {
            return Err("the token is not valid yet");
        }
        Ok(())
    }

    /// `aud` counts; `client_id` only when there is no `aud`.
    fn for_us(&self, claims: &Map<String, Value>) -> bool {
        let named = |value: &Value| {
            value
                .as_str()
                .is_some_and(|name| self.rules.audience.iter().any(|own| own == name))
        };
        match claims.get("aud").or_else(|| claims.get("client_id")) {
            Some(Value::Array(names)) => names.iter().any(named),
            Some(single) => named(single),
            None => false,
        }
    }
}

fn granted(claims: &Map<String, Value>, wanted: &[String]) -> bool {
    let own = claims.get("scope").or_else(|| claims.get("scp"));
    let own = own.and_then(Value::as_str).unwrap_or_default();
    own.split(' ')
        .any(|scope| wanted.iter().any(|wanted| wanted == scope))
}
