//! The digest in the table: one item that says when the next one is, and one item per unit and day that asks for it.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use zhitiao_domain::kernel::ids::{DistrictId, UnitId};

use crate::error::StoreError;
use crate::item::{Item, from_item, moment, n, to_item};
use crate::keys;
use crate::notify::Notifications;
use crate::partition::Partition;
use crate::write::{Key, Write};

/// Days for which it is kept that a digest was asked for.
const KEPT_DAYS: i64 = 30;

/// When the next digest of a district is, and when the one before was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextDigest {
    /// When it is due.
    pub at: Timestamp,
    /// The one before.
    pub since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct NextItem {
    pk: String,
    sk: String,
    dp: String,
    dn: i64,
    since: i64,
}

/// The digest of a unit and a day, asked for by the sweep; the stream carries this to the notifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestRequest {
    /// The district.
    pub district: DistrictId,
    /// The unit.
    pub unit: UnitId,
    /// The day.
    pub day: Date,
    /// The digest before.
    pub since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct RequestItem {
    pk: String,
    sk: String,
    since: i64,
    ttl: i64,
}

impl DigestRequest {
    /// Reads a stored request, for example from the stream.
    ///
    /// # Errors
    /// [`StoreError::Malformed`].
    pub(crate) fn from_item(item: Item) -> Result<Self, StoreError> {
        let item: RequestItem = from_item(item)?;
        let Ok(Partition::Digests(district)) = Partition::parse(&item.pk) else {
            return Err(StoreError::malformed(format!("digest key {}", item.pk)));
        };
        let key = item.sk.strip_prefix(keys::DIGEST).unwrap_or_default();
        let (day, unit) = key
            .split_once('#')
            .ok_or_else(|| StoreError::malformed(format!("digest key {}", item.sk)))?;
        Ok(Self {
            district,
            unit: UnitId::parse(unit).map_err(StoreError::malformed)?,
            day: day.parse().map_err(StoreError::malformed)?,
            since: moment(item.since)?,
        })
    }
}

fn next_item(district: &DistrictId, next: NextDigest) -> NextItem {
    NextItem {
        pk: Partition::Digests(district.clone()).to_string(),
        sk: keys::NEXT.to_owned(),
        dp: keys::due_shard(district.as_str()),
        dn: next.at.as_millisecond(),
        since: next.since.as_millisecond(),
    }
}

impl Notifications {
    /// Says when the first digest of a district is, unless one is known already.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn begin_digests(
        &self,
        district: &DistrictId,
        first: NextDigest,
    ) -> Result<(), StoreError> {
        let item = to_item(&next_item(district, first))?;
        self.table.put_new(item).await.map(|_| ())
    }

    /// When the next digest of a district is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn next_digest(
        &self,
        district: &DistrictId,
    ) -> Result<Option<NextDigest>, StoreError> {
        let key = Key::new(&Partition::Digests(district.clone()), keys::NEXT);
        let Some(item) = self.table.get(key).await? else {
            return Ok(None);
        };
        let item: NextItem = from_item(item)?;
        Ok(Some(NextDigest {
            at: moment(item.dn)?,
            since: moment(item.since)?,
        }))
    }

    /// Goes on to the next digest, unless another sweep did.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn move_digest(
        &self,
        district: &DistrictId,
        from: NextDigest,
        to: NextDigest,
    ) -> Result<(), StoreError> {
        let put = Write::put(to_item(&next_item(district, to))?)
            .when("dn = :from")
            .value(":from", n(from.at.as_millisecond()));
        self.table.write_if(put).await.map(|_| ())
    }

    /// Asks for the digest of a unit and a day, once: whether this was the first time.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn request_digest(
        &self,
        request: &DigestRequest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let item = RequestItem {
            pk: Partition::Digests(request.district.clone()).to_string(),
            sk: keys::digest(request.day, &request.unit),
            since: request.since.as_millisecond(),
            ttl: (now + SignedDuration::from_hours(24 * KEPT_DAYS)).as_second(),
        };
        self.table.put_new(to_item(&item)?).await
    }

    /// The digest of a unit and a day that was asked for.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn digest_request(
        &self,
        district: &DistrictId,
        day: Date,
        unit: &UnitId,
    ) -> Result<Option<DigestRequest>, StoreError> {
        let key = Key::new(
            &Partition::Digests(district.clone()),
            keys::digest(day, unit),
        );
        let item = self.table.get(key).await?;
        item.map(DigestRequest::from_item).transpose()
    }
}
