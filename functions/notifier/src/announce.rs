//! Something that happened to an aggregate: into the inboxes of the units that it concerns, and over their channels.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use zhitiao_domain::kernel::ids::DistrictId;
use zhitiao_domain::kernel::reference::AggregateRef;
use zhitiao_domain::notify::audience::Addressee;
use zhitiao_domain::notify::channel::{ChannelName, MessageKind};
use zhitiao_store::notify::delivery::{About, DeliveryKey, Recipient};
use zhitiao_store::notify::inbox::{NewMessage, Subject};

use crate::deliver::Matter;
use crate::words::Words;
use crate::{Notifier, NotifierError};

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
    pub(crate) fn key(&self, to: Recipient, channel: ChannelName) -> DeliveryKey {
        DeliveryKey {
            district: self.district.clone(),
            about: About::Event(self.about.clone(), self.number),
            to,
            channel: channel.code().to_owned(),
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
    /// Puts a message into each unit's inbox, and makes its deliveries to the unit.
    pub(crate) async fn notify_units<M: Announce>(&self, matter: &M) -> Result<(), NotifierError> {
        let happened = &matter.happened();
        let told = matter.audience().iter().map(|to| async move {
            self.put_into_inbox(matter, happened, to).await?;
            let unit = Recipient::Unit(to.unit.clone());
            let channels = self.channels_to(happened.district, &unit).await?;
            let carrying = channels
                .into_iter()
                .filter(|channel| channel.carries(MessageKind::Notice, to.urgency));
            let keys =
                carrying.map(|channel| (happened.key(unit.clone(), channel), to.unit.clone()));
            Ok::<_, NotifierError>(keys.collect::<Vec<_>>())
        });
        let deliveries = try_join_all(told).await?.concat();
        self.deliver_new(matter, &deliveries).await
    }

    /// The inbox lies in our own table and takes a message under the event's key: it needs no claim.
    async fn put_into_inbox<M: Announce>(
        &self,
        matter: &M,
        happened: &Happened<'_>,
        to: &Addressee,
    ) -> Result<(), NotifierError> {
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
            .await?;
        Ok(())
    }
}
