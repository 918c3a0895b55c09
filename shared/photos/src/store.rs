//! Where photos lie: uploads in the quarantine bucket until they are checked, derived pictures in the photos bucket.
//!
//! Residents and staff never pass a photo through a function: they get a [`UploadGrant`] to write one object and a
//! short-lived URL to read one. Both are signed with the real clock, also where rules run on a moved one, because S3
//! compares them with its own.

mod connect;
mod error;
mod form;
mod grant;
mod key;

use std::fmt;
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::Object;
use jiff::Timestamp;
use zhitiao_domain::case::report::PhotoType;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::limits::{PHOTO_BYTES, PHOTO_PIXELS, PHOTO_SIDE, UPLOAD_MINUTES};
use zhitiao_pictures::sanitize::{MAX_BYTES, MAX_PIXELS, MAX_SIDE, Sanitized};

pub use error::PhotoStoreError;
pub use form::FormGrant;
pub use grant::UploadGrant;
pub use key::{InvalidPhotoKey, PhotoKey, Size};

// What is promised and what is looked at are one limit.
const _: () = assert!(MAX_BYTES == PHOTO_BYTES as usize);
const _: () = assert!(MAX_PIXELS == PHOTO_PIXELS && MAX_SIDE == PHOTO_SIDE);

/// How long an upload grant is valid.
pub const GRANT_LIFE: Duration = Duration::from_mins(UPLOAD_MINUTES);

/// How long a URL to view a picture is valid.
pub const VIEW_LIFE: Duration = Duration::from_mins(5);

/// Stands for a key where the address of a bucket is asked for.
const NO_KEY: &str = "~address~";

/// Uploads on one page of [`PhotoStore::waiting`].
const WAITING_PAGE: i32 = 100;

/// The two buckets of photos, as far as the function at hand may reach them.
#[derive(Clone)]
pub struct PhotoStore {
    s3: Client,
    quarantine: Option<String>,
    photos: Option<String>,
    /// What signs a form, and for where: the client keeps its own to itself.
    signs: Option<(SharedCredentialsProvider, Region)>,
}

/// What lies under an upload's key.
pub enum Original {
    /// The uploaded file.
    Bytes(Vec<u8>),
    /// A file that no grant allows, left unread: larger than [`MAX_BYTES`].
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
    },
    /// Nothing, or nothing any more: an event about it was late or repeated.
    Gone,
}

/// One page of uploads that wait in the quarantine bucket.
#[derive(Debug)]
pub struct Waiting {
    /// Uploads older than asked for, in the order of their keys.
    pub keys: Vec<PhotoKey>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<String>,
}

impl PhotoStore {
    /// Opens the store. A function names only the buckets that it may use; using another one is an
    /// [`PhotoStoreError::Unavailable`].
    pub fn new(config: &SdkConfig, quarantine: Option<String>, photos: Option<String>) -> Self {
        Self {
            s3: connect::client(config),
            quarantine,
            photos,
            signs: config.credentials_provider().zip(config.region().cloned()),
        }
    }

    /// Allows one upload: of this photo, this type and exactly this many bytes, within [`GRANT_LIFE`].
    ///
    /// The caller has checked `bytes` against the limit on photos. Nothing is sent to S3.
    pub async fn grant(
        &self,
        key: &PhotoKey,
        content_type: PhotoType,
        bytes: u32,
    ) -> Result<UploadGrant, PhotoStoreError> {
        let request = self
            .s3
            .put_object()
            .bucket(self.quarantine()?)
            .key(key.to_string())
            .content_type(content_type.mime())
            .content_length(i64::from(bytes))
            .presigned(presigning(GRANT_LIFE)?)
            .await?;
        Ok(UploadGrant::of(&request, GRANT_LIFE))
    }

    /// The addresses (scheme and host) to which uploads go and from which pictures come, for a page's content policy.
    /// Nothing is sent to S3.
    ///
    /// # Errors
    /// When a bucket is not named, or the credentials that sign cannot be had.
    pub async fn addresses(&self) -> Result<Vec<String>, PhotoStoreError> {
        let mut addresses = Vec::new();
        for bucket in [self.quarantine()?, self.photos()?] {
            let address = self.bucket_address(bucket).await?;
            let address: String = address.split_inclusive('/').take(3).collect();
            addresses.push(address.trim_end_matches('/').to_owned());
        }
        addresses.dedup();
        Ok(addresses)
    }

    /// The address of a bucket, with a slash at its end.
    async fn bucket_address(&self, bucket: &str) -> Result<String, PhotoStoreError> {
        let request = self.s3.get_object().bucket(bucket).key(NO_KEY);
        let signed = request.presigned(presigning(VIEW_LIFE)?).await?;
        let address = signed.uri().split_once(NO_KEY).map(|(address, _)| address);
        let address = address.ok_or(PhotoStoreError::Malformed("an address without a key"))?;
        Ok(address.to_owned())
    }

    /// Reads an upload.
    pub async fn original(&self, key: &PhotoKey) -> Result<Original, PhotoStoreError> {
        let answer = self
            .s3
            .get_object()
            .bucket(self.quarantine()?)
            .key(key.to_string())
            .send()
            .await;
        match answer {
            Ok(object) => read(object).await,
            Err(error) if error::is_gone(&error) => Ok(Original::Gone),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes both pictures of a photo; writing them again replaces them.
    pub async fn put_renditions(
        &self,
        key: &PhotoKey,
        pictures: &Sanitized,
    ) -> Result<(), PhotoStoreError> {
        tokio::try_join!(
            // Boxed: two requests of the SDK side by side are 19 kB of state.
            Box::pin(self.put_jpeg(key.rendition(Size::Large), &pictures.large.jpeg)),
            Box::pin(self.put_jpeg(key.rendition(Size::Small), &pictures.small.jpeg)),
        )?;
        Ok(())
    }

    async fn put_jpeg(&self, key: String, jpeg: &[u8]) -> Result<(), PhotoStoreError> {
        self.s3
            .put_object()
            .bucket(self.photos()?)
            .key(key)
            .content_type(PhotoType::Jpeg.mime())
            // Opened on its own, the picture is saved and never interpreted; pages embed it all the same.
            .content_disposition("attachment")
            .body(ByteStream::from(jpeg.to_vec()))
            .send()
            .await?;
        Ok(())
    }

    /// Removes an upload; one that is gone already is no error.
    pub async fn delete_original(&self, key: &PhotoKey) -> Result<(), PhotoStoreError> {
        self.s3
            .delete_object()
            .bucket(self.quarantine()?)
            .key(key.to_string())
            .send()
            .await?;
        Ok(())
    }

    /// Uploads of a district that have waited since before `older_than`: their event was lost, or their check failed.
    ///
    /// `from` is the `next` of the page before. Objects with foreign keys are passed over with a warning.
    pub async fn waiting(
        &self,
        district: &DistrictId,
        older_than: Timestamp,
        from: Option<String>,
    ) -> Result<Waiting, PhotoStoreError> {
        let page = self
            .s3
            .list_objects_v2()
            .bucket(self.quarantine()?)
            .prefix(format!("{district}/"))
            .max_keys(WAITING_PAGE)
            .set_continuation_token(from)
            .send()
            .await?;
        Ok(Waiting {
            keys: keys_before(&page, older_than),
            next: page.next_continuation_token,
        })
    }

    /// The URLs of both sizes, the large one first.
    pub async fn view_urls(&self, key: &PhotoKey) -> Result<(String, String), PhotoStoreError> {
        Ok((
            self.view_url(key, Size::Large).await?,
            self.view_url(key, Size::Small).await?,
        ))
    }

    /// A URL that shows one picture for [`VIEW_LIFE`] to its holder. Nothing is sent to S3: the picture may not be
    /// there.
    pub async fn view_url(&self, key: &PhotoKey, size: Size) -> Result<String, PhotoStoreError> {
        let request = self
            .s3
            .get_object()
            .bucket(self.photos()?)
            .key(key.rendition(size))
            .presigned(presigning(VIEW_LIFE)?)
            .await?;
        Ok(request.uri().to_owned())
    }

    fn quarantine(&self) -> Result<&str, PhotoStoreError> {
        named(self.quarantine.as_deref(), "no quarantine bucket is named")
    }

    fn photos(&self) -> Result<&str, PhotoStoreError> {
        named(self.photos.as_deref(), "no photos bucket is named")
    }
}

impl fmt::Debug for PhotoStore {
    // The client's own output would show how it signs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhotoStore")
            .field("quarantine", &self.quarantine)
            .field("photos", &self.photos)
            .finish_non_exhaustive()
    }
}

fn named<'a>(bucket: Option<&'a str>, fault: &'static str) -> Result<&'a str, PhotoStoreError> {
    bucket.ok_or_else(|| PhotoStoreError::Unavailable(fault.into()))
}

fn presigning(life: Duration) -> Result<PresigningConfig, PhotoStoreError> {
    PresigningConfig::expires_in(life)
        .map_err(|error| PhotoStoreError::Unavailable(Box::new(error)))
}

/// Reads the body only once its announced size is known to be acceptable.
async fn read(object: GetObjectOutput) -> Result<Original, PhotoStoreError> {
    let announced = object
        .content_length()
        .and_then(|bytes| u64::try_from(bytes).ok())
        .ok_or(PhotoStoreError::Malformed("an object without a length"))?;
    if announced > MAX_BYTES as u64 {
        return Ok(Original::TooLarge { bytes: announced });
    }
    let body = object
        .body
        .collect()
        .await
        .map_err(PhotoStoreError::unavailable)?;
    Ok(Original::Bytes(body.to_vec()))
}

fn keys_before(page: &ListObjectsV2Output, older_than: Timestamp) -> Vec<PhotoKey> {
    page.contents()
        .iter()
        .filter(|object| is_before(object, older_than))
        .filter_map(|object| {
            let key = object.key().unwrap_or_default();
            PhotoKey::parse(key)
                .inspect_err(|_| tracing::warn!("a foreign object lies in the quarantine bucket"))
                .ok()
        })
        .collect()
}

fn is_before(object: &Object, instant: Timestamp) -> bool {
    object
        .last_modified()
        .is_some_and(|written| written.secs() < instant.as_second())
}
