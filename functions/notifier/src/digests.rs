//! The digest of the working morning: into the unit's inbox, to its group robot, and to each person whose unit it is.

use std::collections::BTreeMap;
use std::slice::from_ref;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::Mutex;
use zhitiao_domain::case::digest::{self, Entry, Morning};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::calendar::date_of;
use zhitiao_domain::kernel::ids::{DistrictId, StaffId, UnitId};
use zhitiao_domain::notify::audience::Urgency;
use zhitiao_domain::notify::channel::{ChannelName, MessageKind};
use zhitiao_domain::notify::digest_schedule::{self, ReaderRoles, Readers};
use zhitiao_domain::notify::schedule::{self, Plan};
use zhitiao_store::notify::delivery::{About, DeliveryKey, Recipient};
use zhitiao_store::notify::digest::DigestRequest;
use zhitiao_store::notify::inbox::{NewMessage, Subject};

use crate::deliver::{Matter, Message, Verdict};
use crate::words::Words;
use crate::{Notifier, NotifierError, message};

/// What the digests of one unit are written from; each queue is read once.
#[derive(Debug)]
pub(crate) struct Desk {
    request: DigestRequest,
    rules: Arc<Rulebook>,
    now: Timestamp,
    queues: Mutex<BTreeMap<UnitId, Vec<Entry>>>,
}

impl Desk {
    fn reader(&self, readers: Readers) -> Option<ReaderRoles> {
        let unit = self.request.unit.clone();
        let roles = digest_schedule::roles(&self.rules.org, &unit, readers, self.now);
        (!roles.is_empty()).then_some(ReaderRoles { unit, roles })
    }

    fn key(&self, to: Recipient, channel: ChannelName) -> DeliveryKey {
        DeliveryKey {
            district: self.request.district.clone(),
            about: About::Digest(self.request.day),
            to,
            channel: channel.code().to_owned(),
        }
    }
}

impl Matter for Desk {
    fn judge<'a>(
        &'a self,
        notifier: &'a Notifier,
        key: &'a DeliveryKey,
        _channel: ChannelName,
    ) -> BoxFuture<'a, Result<Verdict, NotifierError>> {
        Box::pin(notifier.judge_digest(self, key))
    }
}

impl Notifier {
    /// Puts the digests that the sweep asks for into the unit's inbox and begins their deliveries.
    pub(crate) async fn tell_digest(&self, request: DigestRequest) -> Result<(), NotifierError> {
        let Some(desk) = self.desk(request).await? else {
            return Ok(());
        };
        for readers in Readers::ALL {
            let Some(reader) = desk.reader(readers) else {
                continue;
            };
            let Some(words) = self.words_of(&desk, from_ref(&reader), None).await? else {
                continue;
            };
            let entry = NewMessage {
                subject: Subject::Digest(desk.request.day, readers),
                roles: reader.roles,
                person: None,
                code: "digest".to_owned(),
                text: words.whole(),
            };
            let (district, unit) = (&desk.request.district, &desk.request.unit);
            self.notifications.deliver(district, unit, &entry).await?;
        }
        let unit = desk.request.unit.clone();
        let persons = digest_schedule::persons(&desk.rules.org, &unit, desk.now);
        let persons = persons.into_iter().map(|one| Recipient::Staff(one.id));
        let receivers = [Recipient::Unit(unit.clone())].into_iter().chain(persons);
        let mut deliveries = Vec::new();
        for to in receivers {
            let channels = self.channels_to(&desk.request.district, &to).await?;
            let channels = channels.into_iter();
            let channels = channels.filter(|one| one.carries(MessageKind::Digest, Urgency::Digest));
            deliveries
                .extend(channels.map(|channel| (desk.key(to.clone(), channel), unit.clone())));
        }
        self.deliver_new(&desk, &deliveries).await
    }

    /// What a digest of the unit and the day is written from; `None` when none was requested, or its day is over.
    pub(crate) async fn desk_of(
        &self,
        district: &DistrictId,
        day: Date,
        unit: &UnitId,
    ) -> Result<Option<Desk>, NotifierError> {
        match self
            .notifications
            .digest_request(district, day, unit)
            .await?
        {
            Some(request) => self.desk(request).await,
            None => Ok(None),
        }
    }

    async fn desk(&self, request: DigestRequest) -> Result<Option<Desk>, NotifierError> {
        let now = self.clock.now();
        if date_of(now) != request.day {
            tracing::info!(unit = %request.unit, day = %request.day, "digest overtaken, not sent");
            return Ok(None);
        }
        Ok(Some(Desk {
            rules: self
                .directory
                .require_rulebook(&request.district, now)
                .await?,
            request,
            now,
            queues: Mutex::default(),
        }))
    }

    /// What is to become of the delivery of a digest: it is written as things stand now.
    async fn judge_digest(&self, desk: &Desk, key: &DeliveryKey) -> Result<Verdict, NotifierError> {
        let words = match &key.to {
            Recipient::Staff(id) => {
                let mut persons =
                    digest_schedule::persons(&desk.rules.org, &desk.request.unit, desk.now)
                        .into_iter();
                let person = persons.find(|one| one.id == *id);
                let Some(person) = person.filter(|one| one.notifications.digest) else {
                    return Ok(Verdict::Drop);
                };
                let reader_roles = digest_schedule::reader_roles(&person);
                let words = self.words_of(desk, &reader_roles, Some(id)).await?;
                let awake = schedule::when_awake(&person, desk.now, desk.rules.calendar());
                if let (Some(_), Plan::WaitUntil(at)) = (&words, awake) {
                    return Ok(Verdict::Wait(at));
                }
                words
            }
            Recipient::Unit(_) => self.words_for_chat(desk).await?,
        };
        Ok(words.map_or(Verdict::Drop, |words| {
            Verdict::send(Message::new(MessageKind::Digest, words))
        }))
    }

    /// The digest for the unit's group chat: that of the workers, or of the leaders where there is no other.
    async fn words_for_chat(&self, desk: &Desk) -> Result<Option<Words>, NotifierError> {
        for readers in Readers::ALL {
            if let Some(reader) = desk.reader(readers)
                && let Some(words) = self.words_of(desk, from_ref(&reader), None).await?
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
        reader_roles: &[ReaderRoles],
        person: Option<&StaffId>,
    ) -> Result<Option<Words>, NotifierError> {
        // Held while reading: who waits for a queue finds it there.
        let mut queues = desk.queues.lock().await;
        for reader in reader_roles {
            if !queues.contains_key(&reader.unit) {
                let (district, rules) = (&desk.request.district, &desk.rules);
                let queue = self
                    .cases
                    .whole_queue(district, &reader.unit, rules)
                    .await?;
                queues.insert(reader.unit.clone(), queue);
            }
        }
        let morning = Morning {
            now: desk.now,
            since: desk.request.since,
            calendar: desk.rules.calendar(),
        };
        let queue = |reader: &ReaderRoles| queues.get(&reader.unit).map_or(&[][..], Vec::as_slice);
        let rows = reader_roles.iter().map(|reader| (reader, queue(reader)));
        let digest = digest::compose(rows, person, morning, &desk.rules.org);
        let units = reader_roles.iter().map(|reader| &reader.unit);
        Ok((!digest.is_empty())
            .then(|| message::digest(&digest, units, &desk.rules, desk.now, &self.public_url)))
    }
}
