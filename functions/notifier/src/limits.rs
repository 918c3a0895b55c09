//! Not more than people can read: so many messages in an hour, and of one incident one a minute.

use zhitiao_domain::case::Case;
use zhitiao_domain::case::announcement;
use zhitiao_domain::case::announcement::{INCIDENT_GRACE, INCIDENT_PAUSE, Incident};
use zhitiao_domain::kernel::ids::CaseId;
use zhitiao_store::StoreError;
use zhitiao_store::notify::delivery::{Delivery, DeliveryKey, Recipient};
use zhitiao_store::notify::rate::{Opening, Window};

use crate::Notifier;

/// What holds a message back.
#[derive(Debug)]
pub(crate) enum Limit {
    /// Nothing.
    None,
    /// So many messages in the person's hour.
    PerHour(u8),
    /// One message a minute about this incident, of which the case is part.
    Incident(Incident, OfCase),
}

/// The case that a message about an incident tells of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfCase {
    id: CaseId,
    is_unaccepted: bool,
}

impl Limit {
    /// Danger is never held back but behind a message about the same incident.
    pub(crate) fn of_incident(incident: Incident, case: &Case) -> Self {
        let of = OfCase {
            id: case.id,
            is_unaccepted: announcement::is_unaccepted(case),
        };
        Self::Incident(incident, of)
    }
}

impl Notifier {
    /// Whether a message may be sent now; if not, it is held back and counted.
    pub(crate) async fn may_send(
        &self,
        key: &DeliveryKey,
        delivery: &Delivery,
        limit: Limit,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let (window, opening) = match (limit, &key.to) {
            (Limit::None, _) | (Limit::PerHour(_), Recipient::Unit(_)) => return Ok(true),
            (Limit::PerHour(most), Recipient::Staff(id)) => {
                let hour = Window::hour(&key.district, id, now);
                if self.notifications.admit(key, &hour, most, now).await? {
                    return Ok(true);
                }
                (hour, None)
            }
            (Limit::Incident(incident, case), _) => {
                let window = Window::incident(key, incident);
                match self.begin_minute(key, delivery, &window, case).await? {
                    None => return Ok(true),
                    opening => (window, opening),
                }
            }
        };
        let opening = opening.as_ref();
        if self
            .notifications
            .hold_back(delivery, &window, opening, now)
            .await?
        {
            Self::count("DeliveriesFolded", key);
        }
        Ok(false)
    }

    /// Begins the incident's minute with this message, unless it began with one about a case that no unit has accepted.
    async fn begin_minute(
        &self,
        key: &DeliveryKey,
        delivery: &Delivery,
        window: &Window,
        case: OfCase,
    ) -> Result<Option<Opening>, StoreError> {
        let now = self.clock.now();
        let opening = Opening::of(key, case.id, case.is_unaccepted, now + INCIDENT_PAUSE);
        let (unit, times) = (delivery.unit()?, (now, now - INCIDENT_GRACE));
        let windows = &self.notifications;
        let before = windows.open(window, &opening, &unit, None, times).await?;
        let Some(before) = before else {
            return Ok(None);
        };
        if before.waiting && self.is_accepted(key, before.case).await? {
            let over = Some(&before);
            return windows.open(window, &opening, &unit, over, times).await;
        }
        Ok(Some(before))
    }

    async fn is_accepted(&self, key: &DeliveryKey, case: CaseId) -> Result<bool, StoreError> {
        let head = self.cases.head(&key.district, case).await?;
        Ok(head.is_none_or(|case| !announcement::is_unaccepted(&case)))
    }
}
