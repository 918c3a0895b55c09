//! Deliveries whose time has come, and messages about what was held back: asked for here, sent by the notifier.

use jiff::Timestamp;
use zhitiao_domain::case::announcement::INCIDENT_PAUSE;
use zhitiao_domain::notify::digest_schedule;
use zhitiao_store::StoreError;
use zhitiao_store::notify::delivery::{DeliveryKey, Recipient};
use zhitiao_store::notify::rate::Window;

use crate::{Sweep, Tally};

impl Sweep {
    /// Asks for a delivery.
    pub(crate) async fn retry(
        &self,
        key: &DeliveryKey,
        now: Timestamp,
    ) -> Result<Tally, StoreError> {
        let is_asked = self.notifications.retry_delivery(key, now).await?;
        Ok(Tally {
            retried: u32::from(is_asked),
            ..Tally::default()
        })
    }

    /// Asks for the one message about what was held back from a receiver for a while.
    pub(crate) async fn close_window(
        &self,
        window: &Window,
        now: Timestamp,
    ) -> Result<Tally, StoreError> {
        let rules = self
            .directory
            .require_rulebook(&window.district, now)
            .await?;
        let home = match &window.to {
            Recipient::Unit(unit) => Some(unit.clone()),
            Recipient::Staff(id) => {
                let acting = rules.org.acting(id, now);
                acting.and_then(|person| digest_schedule::home(&person).cloned())
            }
        };
        let unit = home.as_ref().unwrap_or(rules.org.district());
        let next = now + INCIDENT_PAUSE;
        self.notifications
            .close_window(window, unit, next, now)
            .await?;
        Ok(Tally::default())
    }
}
