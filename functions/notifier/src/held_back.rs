//! The one message about what was held back: of an hour, or about an incident.

use futures_util::future::BoxFuture;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::notify::channel::{ChannelName, MessageKind};
use zhitiao_domain::notify::schedule::{self, Plan};
use zhitiao_store::notify::delivery::{DeliveryKey, Recipient};

use crate::case_notice::CaseNotice;
use crate::deliver::{Matter, Message, Verdict};
use crate::{Notifier, NotifierError, message};

/// So many messages were held back of an hour.
#[derive(Debug)]
pub(crate) struct OfHour(pub(crate) u32);

/// So many messages were held back about the incident of a case.
#[derive(Debug)]
pub(crate) struct OfIncident(pub(crate) u32, pub(crate) CaseNotice);

impl Matter for OfHour {
    fn judge<'a>(
        &'a self,
        notifier: &'a Notifier,
        key: &'a DeliveryKey,
        _channel: ChannelName,
    ) -> BoxFuture<'a, Result<Verdict, NotifierError>> {
        Box::pin(notifier.judge_folded(self.0, key))
    }
}

impl Matter for OfIncident {
    fn judge<'a>(
        &'a self,
        notifier: &'a Notifier,
        key: &'a DeliveryKey,
        _channel: ChannelName,
    ) -> BoxFuture<'a, Result<Verdict, NotifierError>> {
        let Self(count, matter) = self;
        Box::pin(async move { Ok(notifier.judge_incident(matter, *count, key)) })
    }
}

impl Notifier {
    /// How many messages about an incident were held back: danger waits for no morning.
    fn judge_incident(&self, matter: &CaseNotice, count: u32, key: &DeliveryKey) -> Verdict {
        if count == 0 || !self.is_there(key, &matter.rules) {
            return Verdict::Drop;
        }
        let words = message::incident(&matter.case, &matter.rules, count, &self.public_url);
        let number = Some(matter.case.id.number());
        Verdict::send(Message {
            number,
            is_critical: true,
            ..Message::new(MessageKind::Incident, words)
        })
    }

    /// How many messages of an hour were held back: to be read when the person is awake.
    async fn judge_folded(&self, count: u32, key: &DeliveryKey) -> Result<Verdict, NotifierError> {
        let now = self.clock.now();
        let rules = self.directory.require_rulebook(&key.district, now).await?;
        let staff = match &key.to {
            Recipient::Staff(id) => rules.org.staff(id),
            Recipient::Unit(_) => None,
        };
        let Some(staff) = staff.filter(|_| count > 0) else {
            return Ok(Verdict::Drop);
        };
        if let Plan::WaitUntil(at) = schedule::when_awake(staff, now, rules.calendar()) {
            return Ok(Verdict::Wait(at));
        }
        let words = message::folded(count, &self.public_url);
        Ok(Verdict::send(Message::new(MessageKind::Folded, words)))
    }

    /// Whether the directory still has the receiver.
    fn is_there(&self, key: &DeliveryKey, rules: &Rulebook) -> bool {
        match &key.to {
            Recipient::Unit(unit) => rules.org.unit(unit).is_some(),
            Recipient::Staff(id) => rules.org.acting(id, self.clock.now()).is_some(),
        }
    }
}
