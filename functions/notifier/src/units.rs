//! Messages to units: the inbox, which gets everything, and the robots and webhooks that a unit has beside it.

use futures_util::future::try_join_all;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::notify::audience::{Addressee, Urgency};
use zhitiao_store::StoreError;
use zhitiao_store::notify::delivery::{Delivery, DeliveryKey, Recipient};
use zhitiao_store::notify::inbox::{NewMessage, Subject};

use crate::channels::Channel;
use crate::{Letter, News, Notifier, message};

impl Notifier {
    pub(crate) async fn tell_units(
        &self,
        news: &News,
        audience: &[Addressee],
    ) -> Result<(), StoreError> {
        let told = audience.iter().map(|to| self.tell_unit(news, to));
        try_join_all(told).await.map(|_| ())
    }

    /// Puts the message into the unit's inbox, then sends it over the unit's other channels.
    async fn tell_unit(&self, news: &News, to: &Addressee) -> Result<(), StoreError> {
        let code = news
            .event
            .as_ref()
            .map_or("received", |event| event.kind.code());
        let letter = self.letter(news, to);
        let entry = NewMessage {
            subject: Subject::Event {
                case: news.case.id,
                event: news.number(),
                at: news.at(),
            },
            roles: to.roles.clone(),
            person: to.person.clone(),
            code: code.to_owned(),
            text: letter.text.clone(),
        };
        self.cases
            .deliver(&news.case.tenant, &to.unit, &entry)
            .await?;
        let channels = self.channels.of(&to.unit).iter();
        for channel in channels.filter(|channel| channel.carries(to.urgency)) {
            let key = DeliveryKey {
                tenant: news.case.tenant.clone(),
                about: news.about(),
                to: Recipient::Unit(to.unit.clone()),
                channel: channel.name().to_owned(),
            };
            let now = self.clock.now();
            if let Some(claimed) = self.cases.claim(&key, &to.unit, now).await? {
                self.send(channel, &key, &claimed, &letter).await?;
            }
        }
        Ok(())
    }

    /// Another try of one delivery to a unit, asked for by the sweep.
    pub(crate) async fn tell_unit_again(
        &self,
        asked: &Delivery,
        key: &DeliveryKey,
        unit: &UnitId,
        news: &News,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let audience = news.audience(now);
        let to = audience.iter().find(|to| to.unit == *unit);
        let (Some(to), Some(channel)) = (to, self.channel(unit, &key.channel)) else {
            return self.drop_again(asked).await;
        };
        if news.is_stale() {
            return self.drop_again(asked).await;
        }
        match self.cases.claim_again(asked, now).await? {
            Some(claimed) => {
                self.send(channel, key, &claimed, &self.letter(news, to))
                    .await
            }
            None => Ok(()),
        }
    }

    /// The unit's channel of that name.
    pub(crate) fn channel(&self, unit: &UnitId, name: &str) -> Option<&Channel> {
        let mut channels = self.channels.of(unit).iter();
        channels.find(|channel| channel.name() == name)
    }

    fn letter(&self, news: &News, to: &Addressee) -> Letter {
        let text = message::text(news, to, self.clock.now(), &self.public_url);
        Letter {
            payload: message::payload(&news.case, news.event.as_ref(), &to.unit, &text),
            text,
        }
    }
}

impl Channel {
    /// A group chat hears what cannot wait; a webhook, which is a machine, hears everything.
    fn carries(&self, urgency: Urgency) -> bool {
        match self {
            Self::WeCom { .. } => urgency == Urgency::Immediate,
            Self::Webhook(_) => true,
            Self::People(_) => false,
        }
    }
}
