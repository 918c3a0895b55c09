//! Messages to persons: what cannot wait, when they may be disturbed, and not more of it in an hour than they can read.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use zhitiao_domain::case::announcement;
use zhitiao_domain::case::announcement::Recipient;
use zhitiao_domain::kernel::ids::StaffId;
use zhitiao_domain::notify::audience::Addressee;
use zhitiao_domain::notify::schedule::{self, Plan};
use zhitiao_store::StoreError;
use zhitiao_store::notify::delivery::{Delivery, DeliveryKey, Outcome};

use crate::channels::Channel;
use crate::{Letter, News, Notifier, message};

impl Notifier {
    /// Tells the persons behind the addressees, each once and when it is time.
    pub(crate) async fn tell_people(
        &self,
        news: &News,
        audience: &[Addressee],
    ) -> Result<(), StoreError> {
        let Some(gateway) = self.channels.people() else {
            return Ok(());
        };
        let recipients = self.recipients(news, audience).into_iter();
        let told = recipients.map(|to| self.tell_person(gateway, news, to));
        try_join_all(told).await.map(|_| ())
    }

    async fn tell_person(
        &self,
        gateway: &Channel,
        news: &News,
        to: Recipient<'_>,
    ) -> Result<(), StoreError> {
        let key = DeliveryKey::to_person(&news.case.tenant, news.about(), &to.person.id);
        let (unit, now) = (&to.addressee.unit, self.clock.now());
        match plan(news, &to, now) {
            Plan::Now => match self.cases.claim(&key, unit, now).await? {
                Some(claimed) => self.ring(gateway, &key, &claimed, news, &to).await,
                None => Ok(()),
            },
            Plan::WaitUntil(at) => self.cases.put_aside(&key, unit, at, now).await,
            Plan::Digest | Plan::Never => Ok(()),
        }
    }

    /// A message to a person whose time has come, or another try of one. What it says is read anew.
    pub(crate) async fn tell_person_again(
        &self,
        asked: &Delivery,
        key: &DeliveryKey,
        person: &StaffId,
        news: &News,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Some(gateway) = self.channels.people() else {
            return self.drop_again(asked).await;
        };
        if announcement::is_overtaken(news.event.as_ref(), &news.case) {
            return self.drop_again(asked).await;
        }
        let audience = news.audience(now);
        let recipients = self.recipients(news, &audience);
        let Some(to) = recipients.into_iter().find(|to| to.person.id == *person) else {
            // The person is absent by now, or has left: whoever is there instead hears it, and nobody hears it twice.
            self.tell_people(news, &audience).await?;
            return self.drop_again(asked).await;
        };
        match plan(news, &to, now) {
            Plan::Now => match self.cases.claim_again(asked, now).await? {
                Some(claimed) => self.ring(gateway, key, &claimed, news, &to).await,
                None => Ok(()),
            },
            Plan::WaitUntil(at) => self.cases.put_aside_again(asked, at).await,
            // The person wants no such messages any more.
            Plan::Digest | Plan::Never => self.drop_again(asked).await,
        }
    }

    /// Sends one message to a person, or holds it back when the person's hour is full. Danger is never held back.
    async fn ring(
        &self,
        gateway: &Channel,
        key: &DeliveryKey,
        claimed: &Delivery,
        news: &News,
        to: &Recipient<'_>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let is_critical = announcement::is_critical(to.urgency, news.case.tier);
        let (id, per_hour) = (&to.person.id, to.person.notifications.per_hour);
        if !is_critical && !self.cases.admit(key, id, per_hour, now).await? {
            return self.record(key, claimed, Outcome::Folded).await;
        }
        let text = message::text(news, to.addressee, now, &self.public_url);
        let number = Some(news.case.id.number());
        let letter = Letter {
            payload: message::to_person("notice", id, is_critical, &text, number),
            text,
        };
        self.send(gateway, key, claimed, &letter).await
    }

    /// The one message that tells how many were held back in an hour.
    pub(crate) async fn tell_folded(
        &self,
        asked: &Delivery,
        key: &DeliveryKey,
        person: &StaffId,
        hour: Timestamp,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let rules = self.directory.require_rulebook(&key.tenant, now).await?;
        let staff = rules.org.staff(person);
        let count = self.cases.held_back(&key.tenant, person, hour).await?;
        let (Some(gateway), Some(staff), 1..) = (self.channels.people(), staff, count) else {
            return self.drop_again(asked).await;
        };
        if let Plan::WaitUntil(at) = schedule::when_awake(staff, now, rules.calendar()) {
            return self.cases.put_aside_again(asked, at).await;
        }
        match self.cases.claim_again(asked, now).await? {
            Some(claimed) => {
                let text = message::folded(count, &self.public_url);
                let letter = Letter {
                    payload: message::to_person("folded", person, false, &text, None),
                    text,
                };
                self.send(gateway, key, &claimed, &letter).await
            }
            None => Ok(()),
        }
    }

    fn recipients<'a>(&self, news: &'a News, audience: &'a [Addressee]) -> Vec<Recipient<'a>> {
        let (event, org) = (news.event.as_ref(), &news.rules.org);
        announcement::recipients(audience, &news.case, event, org, self.clock.now())
    }
}

fn plan(news: &News, to: &Recipient<'_>, now: Timestamp) -> Plan {
    let calendar = news.rules.calendar();
    let is_critical = announcement::is_critical(to.urgency, news.case.tier);
    schedule::plan(to.urgency, is_critical, to.person, now, calendar)
}
