//! How many messages a person was sent in an hour: one small item per person and hour, which also remembers what was held
//! back, so that a single message can say so when the hour is over.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use zhitiao_domain::kernel::ids::{DistrictId, StaffId};

use crate::case::table::CaseTable;
use crate::error::StoreError;
use crate::item::{n, s};
use crate::keys;
use crate::notify::delivery::DeliveryKey;

/// Hours for which the item is kept after its own.
const KEPT_HOURS: i64 = 48;

/// The hour of a moment, and the one after it; hours begin at the same moments everywhere that matters here.
fn hour_of(at: Timestamp) -> (Timestamp, Timestamp) {
    let seconds = at.as_second();
    let begin = seconds - seconds.rem_euclid(3600);
    let hour = Timestamp::from_second(begin).unwrap_or(at);
    (
        hour,
        hour.saturating_add(SignedDuration::from_hours(1))
            .unwrap_or(hour),
    )
}

impl CaseTable {
    /// Whether one more message may be sent to the person in this hour. The hour remembers which deliveries it let through,
    /// so that another try of the same one counts once; and those that it did not, of which it becomes due to tell at its
    /// end.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn admit(
        &self,
        key: &DeliveryKey,
        person: &StaffId,
        per_hour: u8,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (hour, end) = hour_of(now);
        let name = key.text();
        let expires = end
            .saturating_add(SignedDuration::from_hours(KEPT_HOURS))
            .map_err(StoreError::malformed)?;
        let update = || {
            self.client
                .update_item()
                .table_name(&self.table)
                .key("pk", s(keys::rate(&key.tenant, person)))
                .key("sk", s(keys::stamp(hour)))
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":one", AttributeValue::Ss(vec![name.clone()]))
                .expression_attribute_values(":ttl", n(expires.as_second()))
        };
        if per_hour > 0 {
            let admission = update()
                .update_expression("SET #ttl = :ttl ADD passed :one")
                .condition_expression(
                    "attribute_not_exists(passed) OR contains(passed, :name) OR size(passed) < :most",
                )
                .expression_attribute_values(":name", s(&name))
                .expression_attribute_values(":most", n(per_hour));
            match admission.send().await.map_err(StoreError::from_sdk) {
                Ok(_) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        let folding = update()
            .update_expression("SET #ttl = :ttl, dp = :shard, dn = :end ADD folded :one")
            .expression_attribute_values(":shard", s(keys::due_shard(person.as_str())))
            .expression_attribute_values(":end", n(end.as_millisecond()));
        folding.send().await.map_err(StoreError::from_sdk)?;
        Ok(false)
    }

    /// How many messages to the person were held back in the hour.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn held_back(
        &self,
        tenant: &DistrictId,
        person: &StaffId,
        hour: Timestamp,
    ) -> Result<usize, StoreError> {
        let item = self
            .get(keys::rate(tenant, person), keys::stamp(hour))
            .await?;
        let folded = item.as_ref().and_then(|item| item.get("folded"));
        Ok(folded
            .and_then(|names| names.as_ss().ok())
            .map_or(0, Vec::len))
    }

    /// Notes that the message about the hour is asked for: the hour is due no more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn close_hour(
        &self,
        tenant: &DistrictId,
        person: &StaffId,
        hour: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", s(keys::rate(tenant, person)))
            .key("sk", s(keys::stamp(hour)))
            .condition_expression("attribute_exists(pk)")
            .update_expression("REMOVE dp, dn");
        match update.send().await.map_err(StoreError::from_sdk) {
            // It may be gone: it does not live long.
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_begins_and_ends_with_the_clocks_own() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let hour = (at("2026-11-24T01:00:00Z"), at("2026-11-24T02:00:00Z"));
        assert_eq!(hour_of(at("2026-11-24T09:00:00+08:00")), hour);
        assert_eq!(hour_of(at("2026-11-24T09:59:59.999+08:00")), hour);
    }
}
