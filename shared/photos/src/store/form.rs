//! The permission to upload one photo by a plain form of a page, for browsers that run no script.
//!
//! Such a browser does not say the length and the type of a file beforehand, so that a presigned PUT is no use to it.
//! S3 takes a form with a signed policy instead ("POST policy", Signature Version 4), for which the SDK has no helper.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use jiff::Timestamp;
use serde_json::json;

use super::{GRANT_LIFE, PHOTO_BYTES, PhotoKey, PhotoStore, PhotoStoreError};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A form that uploads one file, in the field `file` after all others.
#[derive(Clone, PartialEq, Eq)]
pub struct FormGrant {
    /// Where the form goes.
    pub action: String,
    /// The hidden fields, in order.
    pub fields: Vec<(&'static str, String)>,
}

impl std::fmt::Debug for FormGrant {
    // Every holder may upload: the fields are a secret until they expire.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FormGrant").finish_non_exhaustive()
    }
}

impl PhotoStore {
    /// Allows one upload by a form: of this photo, up to the limit on photos, within [`GRANT_LIFE`]. The browser is
    /// led to `then` afterwards. Nothing is sent to S3.
    ///
    /// # Errors
    /// When no quarantine bucket is named, or the credentials that sign cannot be had.
    #[allow(
        clippy::disallowed_methods,
        reason = "S3 compares it with its own clock, also where rules run on a moved one"
    )]
    pub async fn form(&self, key: &PhotoKey, then: &str) -> Result<FormGrant, PhotoStoreError> {
        let Some((provider, region)) = &self.signs else {
            return Err(PhotoStoreError::Unavailable("no credentials".into()));
        };
        let credentials = provider.provide_credentials().await;
        let credentials = credentials.map_err(PhotoStoreError::unavailable)?;
        let signer = Signer {
            credentials: &credentials,
            region: region.as_ref(),
            now: SystemTime::now(),
        };
        let bucket = self.quarantine()?;
        Ok(FormGrant {
            action: self.bucket_address(bucket).await?,
            fields: signer.fields(bucket, key, then, GRANT_LIFE)?,
        })
    }
}

struct Signer<'a> {
    credentials: &'a Credentials,
    region: &'a str,
    /// The real time: S3 compares it with its own.
    now: SystemTime,
}

impl Signer<'_> {
    fn fields(
        &self,
        bucket: &str,
        key: &PhotoKey,
        then: &str,
        life: Duration,
    ) -> Result<Vec<(&'static str, String)>, PhotoStoreError> {
        let now = Timestamp::try_from(self.now).map_err(PhotoStoreError::unavailable)?;
        let until = Timestamp::try_from(self.now + life).map_err(PhotoStoreError::unavailable)?;
        let (day, stamp) = (
            now.strftime("%Y%m%d").to_string(),
            now.strftime("%Y%m%dT%H%M%SZ").to_string(),
        );
        let access_key = self.credentials.access_key_id();
        let mut fields = vec![
            ("key", key.to_string()),
            ("success_action_redirect", then.to_owned()),
            ("x-amz-algorithm", ALGORITHM.to_owned()),
            (
                "x-amz-credential",
                format!("{access_key}/{day}/{}/s3/aws4_request", self.region),
            ),
            ("x-amz-date", stamp),
        ];
        if let Some(token) = self.credentials.session_token() {
            fields.push(("x-amz-security-token", token.to_owned()));
        }
        let exact = fields.iter().map(|(name, value)| json!({ *name: value }));
        let limits = [
            json!({ "bucket": bucket }),
            json!(["content-length-range", 1, PHOTO_BYTES]),
        ];
        let policy = json!({
            "expiration": until.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(),
            "conditions": exact.chain(limits).collect::<Vec<_>>(),
        });
        let policy = aws_smithy_types::base64::encode(policy.to_string());
        let secret = self.credentials.secret_access_key();
        let signing_key = generate_signing_key(secret, self.now, self.region, "s3");
        let signature = calculate_signature(signing_key, policy.as_bytes());
        fields.push(("policy", policy));
        fields.push(("x-amz-signature", signature));
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PhotoKey;

    #[test]
    fn a_form_is_signed_over_its_policy_and_says_what_it_allows() {
        let credentials =
            Credentials::new("AKID", "secret", Some("token".to_owned()), None, "test");
        let signer = Signer {
            credentials: &credentials,
            region: "cn-north-1",
            now: SystemTime::UNIX_EPOCH + Duration::from_hours(498_850),
        };
        let key = PhotoKey::parse("shinan/K7M39QXD/3").unwrap();
        let fields = signer.fields(
            "quarantine",
            &key,
            "https://zhitiao.example/my/1",
            GRANT_LIFE,
        );
        let fields = fields.unwrap();
        let field = |name| &fields.iter().find(|(known, _)| *known == name).unwrap().1;
        assert_eq!(
            field("x-amz-credential"),
            "AKID/20261128/cn-north-1/s3/aws4_request"
        );
        let policy = aws_smithy_types::base64::decode(field("policy")).unwrap();
        let policy: serde_json::Value = serde_json::from_slice(&policy).unwrap();
        assert_eq!(policy["expiration"], "2026-11-28T10:15:00.000Z");
        for condition in [
            json!({ "bucket": "quarantine" }),
            json!({ "key": "shinan/K7M39QXD/3" }),
            json!({ "success_action_redirect": "https://zhitiao.example/my/1" }),
            json!({ "x-amz-security-token": "token" }),
            json!(["content-length-range", 1, PHOTO_BYTES]),
        ] {
            let conditions = policy["conditions"].as_array().unwrap();
            assert!(conditions.contains(&condition), "{condition}");
        }
        assert_eq!(field("x-amz-signature").len(), 64);
    }
}
