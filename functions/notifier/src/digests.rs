//! The digest of the working morning: into the unit's inbox, to its group robot, and to each person whose unit it is.

use std::collections::BTreeMap;
use std::slice::from_ref;
use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use zhitiao_domain::calendar::date_of;
use zhitiao_domain::digest::{self, Digest, Entry, Morning, Readers, Seat};
use zhitiao_domain::ids::{StaffId, TenantId, UnitId};
use zhitiao_domain::notice::{self, Plan};
use zhitiao_domain::org::Staff;
use zhitiao_domain::rulebook::Rulebook;
use zhitiao_store::StoreError;
use zhitiao_store::delivery::{About, Delivery, DeliveryKey, Recipient};
use zhitiao_store::digest_item::DigestOrder;
use zhitiao_store::inbox::{NewMessage, Subject};

use crate::channels::Channel;
use crate::{Letter, Notifier, message};

/// What the digests of one unit are written from; each queue is read once.
struct Desk {
    tenant: TenantId,
    rules: Arc<Rulebook>,
    now: Timestamp,
    since: Timestamp,
    queues: BTreeMap<UnitId, Vec<Entry>>,
}

impl Desk {
    fn compose(&self, seats: &[Seat], person: Option<&StaffId>) -> Digest {
        let morning = Morning {
            now: self.now,
            since: self.since,
            calendar: self.rules.calendar(),
        };
        let queue = |seat: &Seat| self.queues.get(&seat.unit).map_or(&[][..], Vec::as_slice);
        let seats = seats.iter().map(|seat| (seat, queue(seat)));
        digest::compose(seats, person, morning, &self.rules.org)
    }
}

impl Notifier {
    /// Writes and sends the digests of a unit that the sweep asks for.
    pub(crate) async fn tell_digest(&self, order: &DigestOrder) -> Result<(), StoreError> {
        let Some(mut desk) = self.desk(order).await? else {
            return Ok(());
        };
        let unit = &order.unit;
        let mut for_the_robot = None;
        for readers in Readers::ALL {
            let roles = digest::roles(&desk.rules.org, unit, readers, desk.now);
            let seat = Seat {
                unit: unit.clone(),
                roles,
            };
            if seat.roles.is_empty() {
                continue;
            }
            let Some(text) = self.text_of(&mut desk, from_ref(&seat), None).await? else {
                continue;
            };
            let message = NewMessage {
                subject: Subject::Digest(order.day, readers),
                roles: seat.roles,
                person: None,
                code: "digest".to_owned(),
                text: text.clone(),
            };
            self.cases.deliver(&order.tenant, unit, &message).await?;
            for_the_robot.get_or_insert(text);
        }
        if let Some(text) = for_the_robot {
            self.post_digest(order, text, desk.now).await?;
        }
        let Some(gateway) = self.channels.people() else {
            return Ok(());
        };
        let mut letters = Vec::new();
        for person in digest::persons(&desk.rules.org, unit, desk.now) {
            let seats = digest::seats(&person);
            if person.notifications.digest
                && let Some(text) = self.text_of(&mut desk, &seats, Some(&person.id)).await?
            {
                letters.push((person, text));
            }
        }
        // All at once: a gateway that is slow must not hold up the stream person by person.
        let sent = letters
            .into_iter()
            .map(|(person, text)| self.tell_digest_to(gateway, &desk, order, person, text));
        try_join_all(sent).await.map(|_| ())
    }

    /// Posts the digest in the unit's group chat: that of the workers, or of the leaders where there is no other.
    async fn post_digest(
        &self,
        order: &DigestOrder,
        text: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let letter = Letter {
            payload: serde_json::Value::Null,
            text,
        };
        for channel in self.channels.of(&order.unit) {
            if !matches!(channel, Channel::WeCom { .. }) {
                continue;
            }
            let key = DeliveryKey {
                tenant: order.tenant.clone(),
                about: About::Digest(order.day),
                to: Recipient::Unit(order.unit.clone()),
                channel: channel.name().to_owned(),
            };
            if let Some(claimed) = self.cases.claim(&key, &order.unit, now).await? {
                self.send(channel, &key, &claimed, &letter).await?;
            }
        }
        Ok(())
    }

    async fn tell_digest_to(
        &self,
        gateway: &Channel,
        desk: &Desk,
        order: &DigestOrder,
        person: Staff,
        text: String,
    ) -> Result<(), StoreError> {
        let key = DeliveryKey::to_person(&order.tenant, About::Digest(order.day), &person.id);
        let now = self.clock.now();
        if let Plan::WaitUntil(at) = notice::when_awake(&person, now, desk.rules.calendar()) {
            return self.cases.put_aside(&key, &order.unit, at, now).await;
        }
        match self.cases.claim(&key, &order.unit, now).await? {
            Some(claimed) => {
                let letter = Letter {
                    payload: message::to_person("digest", &person.id, false, &text, None),
                    text,
                };
                self.send(gateway, &key, &claimed, &letter).await
            }
            None => Ok(()),
        }
    }

    /// A digest that waited or failed: written anew, of its own day only.
    pub(crate) async fn tell_digest_again(
        &self,
        asked: &Delivery,
        key: &DeliveryKey,
        day: Date,
    ) -> Result<(), StoreError> {
        let Some((channel, letter)) = self.letter_again(asked, key, day).await? else {
            return self.drop_again(asked).await;
        };
        match self.cases.claim_again(asked, self.clock.now()).await? {
            Some(claimed) => self.send(channel, key, &claimed, &letter).await,
            None => Ok(()),
        }
    }

    /// The channel and the words of a digest that is sent again; nothing when there is nothing to say any more.
    async fn letter_again(
        &self,
        asked: &Delivery,
        key: &DeliveryKey,
        day: Date,
    ) -> Result<Option<(&Channel, Letter)>, StoreError> {
        let unit = match (&key.to, &asked.unit) {
            (Recipient::Unit(unit), _) | (Recipient::Person(_), Some(unit)) => unit,
            (Recipient::Person(_), None) => return Ok(None),
        };
        let order = self.cases.digest_order(&key.tenant, day, unit).await?;
        let Some(order) = order else { return Ok(None) };
        let Some(mut desk) = self.desk(&order).await? else {
            return Ok(None);
        };
        let org = Arc::clone(&desk.rules);
        match &key.to {
            Recipient::Person(id) => {
                let mut persons = digest::persons(&org.org, unit, desk.now).into_iter();
                let (Some(person), Some(gateway)) =
                    (persons.find(|one| one.id == *id), self.channels.people())
                else {
                    return Ok(None);
                };
                let seats = digest::seats(&person);
                let text = self.text_of(&mut desk, &seats, Some(id)).await?;
                Ok(text.map(|text| {
                    let payload = message::to_person("digest", id, false, &text, None);
                    (gateway, Letter { payload, text })
                }))
            }
            Recipient::Unit(unit) => {
                let Some(channel) = self.channel(unit, &key.channel) else {
                    return Ok(None);
                };
                for readers in Readers::ALL {
                    let roles = digest::roles(&org.org, unit, readers, desk.now);
                    let seat = Seat {
                        unit: unit.clone(),
                        roles,
                    };
                    if let Some(text) = self.text_of(&mut desk, from_ref(&seat), None).await? {
                        let payload = serde_json::Value::Null;
                        return Ok(Some((channel, Letter { payload, text })));
                    }
                }
                Ok(None)
            }
        }
    }

    /// What is needed to write the digests of an order, unless its day is over.
    async fn desk(&self, order: &DigestOrder) -> Result<Option<Desk>, StoreError> {
        let now = self.clock.now();
        if date_of(now) != order.day {
            tracing::info!(unit = %order.unit, day = %order.day, "digest overtaken, not sent");
            return Ok(None);
        }
        Ok(Some(Desk {
            tenant: order.tenant.clone(),
            rules: self.directory.known(&order.tenant, now).await?,
            now,
            since: order.since,
            queues: BTreeMap::new(),
        }))
    }

    /// The words of a digest; nothing when there is nothing to say.
    async fn text_of(
        &self,
        desk: &mut Desk,
        seats: &[Seat],
        person: Option<&StaffId>,
    ) -> Result<Option<String>, StoreError> {
        for seat in seats {
            if !desk.queues.contains_key(&seat.unit) {
                let queue = self
                    .cases
                    .whole_queue(&desk.tenant, &seat.unit, &desk.rules)
                    .await?;
                desk.queues.insert(seat.unit.clone(), queue);
            }
        }
        let digest = desk.compose(seats, person);
        let units = seats.iter().map(|seat| &seat.unit);
        Ok((!digest.is_empty())
            .then(|| message::digest(&digest, units, &desk.rules, desk.now, &self.public_url)))
    }
}
