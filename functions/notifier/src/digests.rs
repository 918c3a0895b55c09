//! The digest of the working morning: into the unit's inbox, to its group robot, and to each person whose unit it is.

use std::collections::BTreeMap;
use std::slice::from_ref;
use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use zhitiao_domain::case::digest::{self, Digest, Entry, Morning};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::calendar::date_of;
use zhitiao_domain::kernel::ids::{DistrictId, StaffId, UnitId};
use zhitiao_domain::kernel::org::Staff;
use zhitiao_domain::notify::digest_schedule;
use zhitiao_domain::notify::digest_schedule::{ReaderRoles, Readers};
use zhitiao_domain::notify::schedule::{self, Plan};
use zhitiao_store::StoreError;
use zhitiao_store::notify::delivery::{About, Delivery, DeliveryKey, Recipient};
use zhitiao_store::notify::digest::DigestRequest;
use zhitiao_store::notify::inbox::{NewMessage, Subject};

use crate::channels::Channel;
use crate::{Letter, Notifier, message};

/// What the digests of one unit are written from; each queue is read once.
struct Desk {
    tenant: DistrictId,
    rules: Arc<Rulebook>,
    now: Timestamp,
    since: Timestamp,
    queues: BTreeMap<UnitId, Vec<Entry>>,
}

impl Desk {
    fn compose(&self, reader_roles: &[ReaderRoles], person: Option<&StaffId>) -> Digest {
        let morning = Morning {
            now: self.now,
            since: self.since,
            calendar: self.rules.calendar(),
        };
        let queue =
            |reader: &ReaderRoles| self.queues.get(&reader.unit).map_or(&[][..], Vec::as_slice);
        let reader_roles = reader_roles.iter().map(|reader| (reader, queue(reader)));
        digest::compose(reader_roles, person, morning, &self.rules.org)
    }
}

impl Notifier {
    /// Writes and sends the digests of a unit that the sweep asks for.
    pub(crate) async fn tell_digest(&self, order: &DigestRequest) -> Result<(), StoreError> {
        let Some(mut desk) = self.desk(order).await? else {
            return Ok(());
        };
        let unit = &order.unit;
        let mut for_the_robot = None;
        for readers in Readers::ALL {
            let roles = digest_schedule::roles(&desk.rules.org, unit, readers, desk.now);
            let reader = ReaderRoles {
                unit: unit.clone(),
                roles,
            };
            if reader.roles.is_empty() {
                continue;
            }
            let Some(text) = self.text_of(&mut desk, from_ref(&reader), None).await? else {
                continue;
            };
            let message = NewMessage {
                subject: Subject::Digest(order.day, readers),
                roles: reader.roles,
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
        for person in digest_schedule::persons(&desk.rules.org, unit, desk.now) {
            let reader_roles = digest_schedule::reader_roles(&person);
            if person.notifications.digest
                && let Some(text) = self
                    .text_of(&mut desk, &reader_roles, Some(&person.id))
                    .await?
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
        order: &DigestRequest,
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
        order: &DigestRequest,
        person: Staff,
        text: String,
    ) -> Result<(), StoreError> {
        let key = DeliveryKey::to_person(&order.tenant, About::Digest(order.day), &person.id);
        let now = self.clock.now();
        if let Plan::WaitUntil(at) = schedule::when_awake(&person, now, desk.rules.calendar()) {
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
                let mut persons = digest_schedule::persons(&org.org, unit, desk.now).into_iter();
                let (Some(person), Some(gateway)) =
                    (persons.find(|one| one.id == *id), self.channels.people())
                else {
                    return Ok(None);
                };
                let reader_roles = digest_schedule::reader_roles(&person);
                let text = self.text_of(&mut desk, &reader_roles, Some(id)).await?;
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
                    let roles = digest_schedule::roles(&org.org, unit, readers, desk.now);
                    let reader = ReaderRoles {
                        unit: unit.clone(),
                        roles,
                    };
                    if let Some(text) = self.text_of(&mut desk, from_ref(&reader), None).await? {
                        let payload = serde_json::Value::Null;
                        return Ok(Some((channel, Letter { payload, text })));
                    }
                }
                Ok(None)
            }
        }
    }

    /// What is needed to write the digests of an order, unless its day is over.
    async fn desk(&self, order: &DigestRequest) -> Result<Option<Desk>, StoreError> {
        let now = self.clock.now();
        if date_of(now) != order.day {
            tracing::info!(unit = %order.unit, day = %order.day, "digest overtaken, not sent");
            return Ok(None);
        }
        Ok(Some(Desk {
            tenant: order.tenant.clone(),
            rules: self.directory.require_rulebook(&order.tenant, now).await?,
            now,
            since: order.since,
            queues: BTreeMap::new(),
        }))
    }

    /// The words of a digest; nothing when there is nothing to say.
    async fn text_of(
        &self,
        desk: &mut Desk,
        reader_roles: &[ReaderRoles],
        person: Option<&StaffId>,
    ) -> Result<Option<String>, StoreError> {
        for reader in reader_roles {
            if !desk.queues.contains_key(&reader.unit) {
                let queue = self
                    .cases
                    .whole_queue(&desk.tenant, &reader.unit, &desk.rules)
                    .await?;
                desk.queues.insert(reader.unit.clone(), queue);
            }
        }
        let digest = desk.compose(reader_roles, person);
        let units = reader_roles.iter().map(|reader| &reader.unit);
        Ok((!digest.is_empty())
            .then(|| message::digest(&digest, units, &desk.rules, desk.now, &self.public_url)))
    }
}
