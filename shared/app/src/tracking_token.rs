//! Tracking tokens: the holder of one may follow that one case, without an account.
//!
//! A token is `id.version.mac`: the case id, the version of the key that signed it, and 128 bits of HMAC-SHA256 over
//! district, id and version in URL-safe base64. It can be computed again from the case at any time, so nothing is
//! stored but the version; keys are rotated by adding a version, and old tokens go on working while their key is kept.

use std::collections::BTreeMap;
use std::fmt;

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};
use zhitiao_edge::Problem;
use zhitiao_runtime::config::Secret;
use zhitiao_runtime::mac;

/// The request header that carries a token; never a path or a query, which get logged.
pub const HEADER: &str = "tracking-token";

const PURPOSE: &str = "zhitiao tracking token";
/// A real token has at most 8 + 1 + 10 + 1 + 22 characters.
const MAX_TOKEN_BYTES: usize = 64;

/// The secrets of tracking tokens, by version.
#[derive(Debug, Clone)]
pub struct TrackingSecrets {
    keys: BTreeMap<u32, Secret>,
    signs: u32,
}

/// The keys that sign and verify the tracking tokens of a district.
#[derive(Debug, Clone)]
pub struct TrackingKeys {
    district: DistrictId,
    keys: BTreeMap<u32, Secret>,
    signs: u32,
}

/// A text that is not a list of versioned keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a comma list of version:secret")]
pub struct InvalidKeys;

impl TrackingSecrets {
    /// Reads `1:<secret>,2:<secret>`. Versions must differ. One that begins with `~` verifies and does not sign yet: a
    /// deployment changes the functions one after the other, and none may sign what another cannot verify.
    pub fn parse(list: &str) -> Result<Self, InvalidKeys> {
        let mut keys = BTreeMap::new();
        let mut signs = None;
        for entry in list.split(',') {
            let (version, secret) = entry.trim().split_once(':').ok_or(InvalidKeys)?;
            let (version, is_next) = match version.strip_prefix('~') {
                Some(version) => (version, true),
                None => (version, false),
            };
            let version: u32 = version.parse().map_err(|_| InvalidKeys)?;
            let secret = Secret::new(secret).ok_or(InvalidKeys)?;
            if keys.insert(version, secret).is_some() {
                return Err(InvalidKeys);
            }
            signs = signs.max((!is_next).then_some(version));
        }
        let signs = signs.ok_or(InvalidKeys)?;
        Ok(Self { keys, signs })
    }
}

impl TrackingKeys {
    /// The keys of a district: the highest version that is not marked `~` signs, all verify.
    pub fn new(district: DistrictId, secrets: TrackingSecrets) -> Self {
        let TrackingSecrets { keys, signs } = secrets;
        Self {
            district,
            keys,
            signs,
        }
    }

    /// The version that signs now; stored with each new case.
    pub fn current_version(&self) -> u32 {
        self.signs
    }

    /// The token of a case under a stored version; nothing when that key was retired.
    pub fn token(&self, case: CaseId, version: u32) -> Option<TrackingToken> {
        let key = self.keys.get(&version)?;
        let mac = mac::sign(key, PURPOSE, &self.signed(case, version).each_part());
        Some(TrackingToken(format!(
            "{case}.{version}.{}",
            mac::encode(&mac)
        )))
    }

    /// The case that a token opens, or 401 `tracking_token_invalid`: forged, altered, of another district, or retired.
    pub fn open(&self, token: &TrackingToken) -> Result<CaseId, Problem> {
        self.verified(&token.0)
            .ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "tracking_token_invalid"))
    }

    fn verified(&self, token: &str) -> Option<CaseId> {
        let (id, rest) = token.split_once('.')?;
        let (written, mac) = rest.split_once('.')?;
        let case = CaseId::parse(id).ok()?;
        let version: u32 = written.parse().ok()?;
        let mac = mac::decode(mac)?;
        let key = self.keys.get(&version)?;
        // `+1` and `01` are not how a version is written.
        let canonical = version.to_string() == written;
        let signed = self.signed(case, version);
        (canonical && mac::verifies(key, PURPOSE, &signed.each_part(), &mac)).then_some(case)
    }

    fn signed(&self, case: CaseId, version: u32) -> Signed<'_> {
        Signed {
            district: &self.district,
            case,
            version: version.to_be_bytes(),
        }
    }
}

/// What a token vouches for.
struct Signed<'k> {
    district: &'k DistrictId,
    case: CaseId,
    version: [u8; 4],
}

impl Signed<'_> {
    fn each_part(&self) -> [&[u8]; 3] {
        [
            self.district.as_str().as_bytes(),
            self.case.as_str().as_bytes(),
            &self.version,
        ]
    }
}

/// A token as a caller presents it; nothing is known of it until [`TrackingKeys::open`]. Its `Debug` hides it.
///
/// As an extractor it reads the header `Tracking-Token`, and refuses with 401 `tracking_token_required` without one.
#[derive(Clone, PartialEq, Eq)]
pub struct TrackingToken(String);

impl TrackingToken {
    /// Takes a text that may be a token; nothing when it is longer than any, or has other characters.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let is_token = (1..=MAX_TOKEN_BYTES).contains(&text.len()) && text.bytes().all(is_plain);
        is_token.then(|| Self(text.to_owned()))
    }

    /// The token as the resident keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TrackingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrackingToken(..)")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TrackingToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let refused = |code| Problem::new(StatusCode::UNAUTHORIZED, code);
        let value = parts
            .headers
            .get(HEADER)
            .ok_or_else(|| refused("tracking_token_required"))?;
        let text = value.to_str().ok();
        text.and_then(Self::parse)
            .ok_or_else(|| refused("tracking_token_invalid"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(district: &str, list: &str) -> TrackingKeys {
        let secrets = TrackingSecrets::parse(list).unwrap();
        TrackingKeys::new(DistrictId::parse(district).unwrap(), secrets)
    }

    fn case() -> CaseId {
        CaseId::parse("K7M39QXD").unwrap()
    }

    const OLD: &str = "1:aaaaaaaaaaaaaaaaaaaaaaaa";
    const BOTH: &str = "1:aaaaaaaaaaaaaaaaaaaaaaaa,2:bbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn the_highest_version_signs_and_all_verify() {
        let (old, both) = (keys("shinan", OLD), keys("shinan", BOTH));
        assert_eq!(both.current_version(), 2);
        let given = old.token(case(), old.current_version()).unwrap();
        assert_eq!(both.open(&given).unwrap(), case());
        assert_eq!(
            both.token(case(), 1),
            Some(given),
            "a replay gives the same token"
        );
        let new = both.token(case(), 2).unwrap();
        assert!(old.open(&new).is_err());
    }

    #[test]
    fn a_version_that_comes_next_verifies_and_does_not_sign() {
        let next = keys(
            "shinan",
            "1:aaaaaaaaaaaaaaaaaaaaaaaa,~2:bbbbbbbbbbbbbbbbbbbbbbbb",
        );
        assert_eq!(next.current_version(), 1);
        let early = keys("shinan", BOTH).token(case(), 2).unwrap();
        assert_eq!(next.open(&early).unwrap(), case());
        assert!(TrackingSecrets::parse("~1:aaaaaaaaaaaaaaaaaaaaaaaa").is_err());
    }

    #[test]
    fn a_token_of_another_district_opens_nothing() {
        let token = keys("shinan", OLD).token(case(), 1).unwrap();
        let problem = keys("shibei", OLD).open(&token).unwrap_err();
        assert_eq!(problem.code(), "tracking_token_invalid");
    }

    #[test]
    fn key_lists_that_are_not_are_refused() {
        for list in [
            "",
            "1",
            "1:",
            "1:short",
            "x:aaaaaaaaaaaaaaaaaaaa",
            ",",
            "-1:aaaaaaaaaaaaaaaaaaaa",
            "1:aaaaaaaaaaaaaaaaaaaa,1:bbbbbbbbbbbbbbbbbbbb",
        ] {
            assert_eq!(
                TrackingSecrets::parse(list).err(),
                Some(InvalidKeys),
                "{list}"
            );
        }
    }

    #[test]
    fn hostile_tokens_are_refused() {
        let keys = keys("shinan", OLD);
        let good = keys.token(case(), 1).unwrap();
        let mac = good.as_str().rsplit('.').next().unwrap();
        for token in [
            "",
            ".",
            "..",
            "K7M39QXD",
            "K7M39QXD.1",
            "K7M39QXD.1.",
            "K7M39QXD..",
            "井.1.盖",
            &format!("K7M39QXD.01.{mac}"),
            &format!("K7M39QXD.+1.{mac}"),
            &format!("K7M39QXD.2.{mac}"),
            &format!("K7M39QXD.1.{mac}="),
            &format!("K7M39QXD.1.{mac}AA"),
            &format!(" {}", good.as_str()),
        ] {
            assert!(
                keys.open(&TrackingToken(token.to_owned())).is_err(),
                "{token}"
            );
        }
    }

    #[tokio::test]
    async fn the_token_comes_by_its_header_only() {
        let read = |headers: &'static [(&str, &str)]| async move {
            let mut request = http::Request::builder();
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            TrackingToken::from_request_parts(&mut parts, &()).await
        };
        assert_eq!(
            read(&[("tracking-token", "a.1.b")]).await.unwrap().as_str(),
            "a.1.b"
        );
        assert_eq!(
            read(&[]).await.unwrap_err().code(),
            "tracking_token_required"
        );
    }

    #[test]
    fn no_single_changed_character_passes() {
        let keys = keys("shinan", BOTH);
        let token = keys.token(case(), 2).unwrap();
        let chars: Vec<char> = token.as_str().chars().collect();
        let others = (' '..='~').chain(['\0', '\n', 'é', '井', '\u{212a}']);
        let changes = (0..chars.len()).flat_map(|at| others.clone().map(move |c| (at, c)));
        for (at, c) in changes.filter(|(at, c)| chars[*at] != *c) {
            let mut forged = chars.clone();
            forged[at] = c;
            let forged: String = forged.into_iter().collect();
            assert!(
                keys.open(&TrackingToken(forged.clone())).is_err(),
                "{forged}"
            );
        }
    }
}
