//! Something that happened to an aggregate: into the inboxes of the units that it concerns, and over their channels.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::reference::AggregateRef;
use zhitiao_domain::notify::audience::Addressee;
use zhitiao_store::StoreError;
use zhitiao_store::notify::delivery::{About, DeliveryKey, Recipient};
use zhitiao_store::notify::inbox::{NewMessage, Subject};

use crate::Notifier;
use crate::channels::{Channel, Kind};
use crate::deliver::Matter;
use crate::words::Words;

/// Which event.
#[derive(Debug)]
pub(crate) struct Happened<'a> {
    /// The district.
    pub(crate) district: &'a DistrictId,
    /// The aggregate.
    pub(crate) about: AggregateRef,
    /// The event's number; 0 is the receipt.
    pub(crate) number: u32,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// The stable code of its text.
    pub(crate) code: &'static str,
}

impl Happened<'_> {
    /// The key of the delivery of a message about it.
    pub(crate) fn key(&self, to: Recipient, channel: &dyn Channel) -> DeliveryKey {
        DeliveryKey {
            district: self.district.clone(),
            about: About::Event(self.about.clone(), self.number),
            to,
            channel: channel.name().to_owned(),
        }
    }
}

/// A matter that units are told of: each context says what happened in its aggregates, to whom it matters and in which
/// words.
pub(crate) trait Announce: Matter {
    /// What happened.
    fn happened(&self) -> Happened<'_>;

    /// The units that it concerns.
    fn audience(&self) -> &[Addressee];

    /// The words for one of them.
    fn words(&self, to: &Addressee, now: Timestamp, public_url: &str) -> Words;
}

impl Notifier {
    /// Puts a message into each unit's inbox, and begins its deliveries to the unit.
    pub(crate) async fn tell_units<M: Announce>(&self, matter: &M) -> Result<(), StoreError> {
        let happened = &matter.happened();
        let told = matter.audience().iter().map(|to| async move {
            self.put_into_inbox(matter, happened, to).await?;
            let unit = Recipient::Unit(to.unit.clone());
            for channel in self.channels.to(&unit) {
                if channel.carries(Kind::Notice, to.urgency) {
                    let key = happened.key(unit.clone(), channel.as_ref());
                    self.deliver_new(matter, &key, &to.unit).await?;
                }
            }
            Ok::<_, StoreError>(())
        });
        try_join_all(told).await.map(|_: Vec<()>| ())
    }

    /// The inbox lies in our own table and takes a message under the event's key: it needs no claim.
    async fn put_into_inbox<M: Announce>(
        &self,
        matter: &M,
        happened: &Happened<'_>,
        to: &Addressee,
    ) -> Result<(), StoreError> {
        let words = matter.words(to, self.clock.now(), &self.public_url);
        let entry = NewMessage {
            subject: Subject::Event {
                about: happened.about.clone(),
                event: happened.number,
                at: happened.at,
            },
            roles: to.roles.clone(),
            person: to.person.clone(),
            code: happened.code.to_owned(),
            text: words.whole(),
        };
        self.notifications
            .deliver(happened.district, &to.unit, &entry)
            .await
    }
}
