//! The digest of the working morning: into the unit's inbox, to its group robot, and to each person whose unit it is.

use std::collections::BTreeMap;
use std::slice::from_ref;
use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::Mutex;
use zhitiao_domain::audience::Urgency;
use zhitiao_domain::calendar::date_of;
use zhitiao_domain::digest::{self, Entry, Morning, Readers, Seat};
use zhitiao_domain::ids::{StaffId, TenantId, UnitId};
use zhitiao_domain::notice::{self, Plan};
use zhitiao_domain::rulebook::Rulebook;
use zhitiao_store::StoreError;
use zhitiao_store::delivery::{About, DeliveryKey, Recipient};
use zhitiao_store::digest_item::DigestOrder;
use zhitiao_store::inbox::{NewMessage, Subject};

use crate::channels::Kind;
use crate::deliver::{Matter, Verdict};
use crate::words::Words;
use crate::{Notifier, message};

/// What the digests of one unit are written from; each queue is read once.
#[derive(Debug)]
pub(crate) struct Desk {
    order: DigestOrder,
    rules: Arc<Rulebook>,
    now: Timestamp,
    queues: Mutex<BTreeMap<UnitId, Vec<Entry>>>,
}

impl Desk {
    fn seat(&self, readers: Readers) -> Option<Seat> {
        let unit = self.order.unit.clone();
        let roles = digest::roles(&self.rules.org, &unit, readers, self.now);
        (!roles.is_empty()).then_some(Seat { unit, roles })
    }

    fn key(&self, to: Recipient, channel: &str) -> DeliveryKey {
        DeliveryKey {
            tenant: self.order.tenant.clone(),
            about: About::Digest(self.order.day),
            to,
            channel: channel.to_owned(),
        }
    }
}

impl Notifier {
    /// Puts the digests that the sweep asks for into the unit's inbox and begins their deliveries.
    pub(crate) async fn tell_digest(&self, order: DigestOrder) -> Result<(), StoreError> {
        let Some(desk) = self.desk(order).await? else {
            return Ok(());
        };
        for readers in Readers::ALL {
            let Some(seat) = desk.seat(readers) else {
                continue;
            };
            let Some(words) = self.words_of(&desk, from_ref(&seat), None).await? else {
                continue;
            };
            let entry = NewMessage {
                subject: Subject::Digest(desk.order.day, readers),
                roles: seat.roles,
                person: None,
                code: "digest".to_owned(),
                text: words.whole(),
            };
            let (tenant, unit) = (&desk.order.tenant, &desk.order.unit);
            self.cases.deliver(tenant, unit, &entry).await?;
        }
        let unit = desk.order.unit.clone();
        let persons = digest::persons(&desk.rules.org, &unit, desk.now);
        let persons = persons.into_iter().map(|one| Recipient::Staff(one.id));
        let receivers = [Recipient::Unit(unit.clone())].into_iter().chain(persons);
        let mut keys = Vec::new();
        for to in receivers {
            let channels = self.channels.to(&to).iter();
            let channels = channels.filter(|one| one.carries(Kind::Digest, Urgency::Digest));
            keys.extend(channels.map(|channel| desk.key(to.clone(), channel.name())));
        }
        // All at once: a gateway that is slow must not hold up the stream person by person.
        let matter = Matter::Digest(desk);
        let told = keys.iter().map(|key| self.deliver_new(&matter, key, &unit));
        try_join_all(told).await.map(|_: Vec<()>| ())
    }

    /// What a digest of the unit and the day is written from; `None` when nobody asked for one, or its day is over.
    pub(crate) async fn desk_of(
        &self,
        tenant: &TenantId,
        day: Date,
        unit: &UnitId,
    ) -> Result<Option<Desk>, StoreError> {
        match self.cases.digest_order(tenant, day, unit).await? {
            Some(order) => self.desk(order).await,
            None => Ok(None),
        }
    }

    async fn desk(&self, order: DigestOrder) -> Result<Option<Desk>, StoreError> {
        let now = self.clock.now();
        if date_of(now) != order.day {
            tracing::info!(unit = %order.unit, day = %order.day, "digest overtaken, not sent");
            return Ok(None);
        }
        Ok(Some(Desk {
            rules: self.directory.known(&order.tenant, now).await?,
            order,
            now,
            queues: Mutex::default(),
        }))
    }

    /// What is to become of the delivery of a digest: it is written as things stand now.
    pub(crate) async fn judge_digest(
        &self,
        desk: &Desk,
        key: &DeliveryKey,
    ) -> Result<Verdict, StoreError> {
        let words = match &key.to {
            Recipient::Staff(id) => {
                let mut persons =
                    digest::persons(&desk.rules.org, &desk.order.unit, desk.now).into_iter();
                let person = persons.find(|one| one.id == *id);
                let Some(person) = person.filter(|one| one.notifications.digest) else {
                    return Ok(Verdict::Drop);
                };
                let seats = digest::seats(&person);
                let words = self.words_of(desk, &seats, Some(id)).await?;
                let awake = notice::when_awake(&person, desk.now, desk.rules.calendar());
                if let (Some(_), Plan::WaitUntil(at)) = (&words, awake) {
                    return Ok(Verdict::Wait(at));
                }
                words
            }
            Recipient::Unit(_) => self.words_for_chat(desk).await?,
        };
        Ok(words.map_or(Verdict::Drop, |words| {
            Verdict::send(self.outbound(key, Kind::Digest, words))
        }))
    }

    /// The digest for the unit's group chat: that of the workers, or of the leaders where there is no other.
    async fn words_for_chat(&self, desk: &Desk) -> Result<Option<Words>, StoreError> {
        for readers in Readers::ALL {
            if let Some(seat) = desk.seat(readers)
                && let Some(words) = self.words_of(desk, from_ref(&seat), None).await?
            {
                return Ok(Some(words));
            }
        }
        Ok(None)
    }

    /// The words of a digest; `None` when there is nothing to say.
    async fn words_of(
        &self,
        desk: &Desk,
        seats: &[Seat],
        person: Option<&StaffId>,
    ) -> Result<Option<Words>, StoreError> {
        // Held while reading: who waits for a queue finds it there.
        let mut queues = desk.queues.lock().await;
        for seat in seats {
            if !queues.contains_key(&seat.unit) {
                let (tenant, rules) = (&desk.order.tenant, &desk.rules);
                let queue = self.cases.whole_queue(tenant, &seat.unit, rules).await?;
                queues.insert(seat.unit.clone(), queue);
            }
        }
        let morning = Morning {
            now: desk.now,
            since: desk.order.since,
            calendar: desk.rules.calendar(),
        };
        let queue = |seat: &Seat| queues.get(&seat.unit).map_or(&[][..], Vec::as_slice);
        let rows = seats.iter().map(|seat| (seat, queue(seat)));
        let digest = digest::compose(rows, person, morning, &desk.rules.org);
        let units = seats.iter().map(|seat| &seat.unit);
        Ok((!digest.is_empty())
            .then(|| message::digest(&digest, units, &desk.rules, desk.now, &self.public_url)))
    }
}
