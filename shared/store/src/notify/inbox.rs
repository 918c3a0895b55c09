//! A unit's inbox: what its posts were told. Putting a message twice leaves one.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use zhitiao_domain::kernel::calendar::whole_second;
use zhitiao_domain::kernel::ids::{CaseId, DistrictId, StaffId, UnitId};
use zhitiao_domain::kernel::org::Role;
use zhitiao_domain::kernel::reference::AggregateRef;
use zhitiao_domain::notify::digest_schedule;
use zhitiao_domain::notify::digest_schedule::Readers;

use crate::error::StoreError;
use crate::item::{from_item, moment, s, to_item};
use crate::keys;
use crate::notify::Notifications;
use crate::partition::Partition;

/// Days after which a message leaves the inbox; the case keeps its history for ever.
const KEPT_DAYS: i64 = 180;

/// What a message tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An event of an aggregate.
    Event {
        /// The aggregate.
        about: AggregateRef,
        /// The event; 0 is the receipt.
        event: u32,
        /// When it happened.
        at: Timestamp,
    },
    /// The digest of a day.
    Digest(Date, Readers),
}

impl Subject {
    /// When: in whole seconds, as all events but the receipt are, so that what followed a receipt within its second
    /// stands behind it.
    fn at(&self) -> Timestamp {
        match self {
            Self::Event { at, .. } => whole_second(*at),
            Self::Digest(day, _) => digest_schedule::moment(*day),
        }
    }

    /// The end of the message's key: what is told once has one key.
    fn key(&self) -> String {
        match self {
            Self::Event { about, event, .. } => format!("{about}#{event:08}"),
            Self::Digest(_, readers) => format!("DIGEST#{}", readers.code()),
        }
    }
}

/// A message to put into an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// What it tells.
    pub subject: Subject,
    /// The roles in the unit that it speaks to.
    pub roles: Vec<Role>,
    /// The person, when it speaks to one.
    pub person: Option<StaffId>,
    /// What the event was: the stable code of its text.
    pub code: String,
    /// The words.
    pub text: String,
}

/// A message in an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The case it is about; a digest is about many.
    pub case: Option<CaseId>,
    /// When that happened.
    pub at: Timestamp,
    /// The roles in the unit that it speaks to.
    pub roles: Vec<Role>,
    /// The person, when it speaks to one.
    pub person: Option<StaffId>,
    /// What the event was: the stable code of its text.
    pub code: String,
    /// The words.
    pub text: String,
}

#[derive(Serialize, Deserialize)]
struct MessageItem {
    pk: String,
    sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    case: Option<CaseId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<u32>,
    at: i64,
    roles: Vec<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<StaffId>,
    code: String,
    text: String,
    ttl: i64,
}

impl Notifications {
    /// Puts a message into a unit's inbox. The key follows from the event: a repeated delivery changes nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn deliver(
        &self,
        district: &DistrictId,
        unit: &UnitId,
        message: &NewMessage,
    ) -> Result<(), StoreError> {
        let at = message.subject.at();
        let about = match &message.subject {
            Subject::Event { about, event, .. } => about.case().map(|case| (case, *event)),
            Subject::Digest(..) => None,
        };
        let item = MessageItem {
            pk: Partition::Inbox(district.clone(), unit.clone()).to_string(),
            sk: format!("{}#{}", keys::stamp(at), message.subject.key()),
            case: about.map(|(case, _)| case),
            event: about.map(|(_, event)| event),
            at: at.as_millisecond(),
            roles: message.roles.clone(),
            person: message.person.clone(),
            code: message.code.clone(),
            text: message.text.clone(),
            ttl: (at + SignedDuration::from_hours(24 * KEPT_DAYS)).as_second(),
        };
        self.table.put_new(to_item(&item)?).await.map(|_| ())
    }

    /// The newest messages of a unit, at most `limit`, each with its key; those before the key `before` when given.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn inbox(
        &self,
        district: &DistrictId,
        unit: &UnitId,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Message)>, StoreError> {
        // Keys begin with thirteen digits: `~` comes after all of them.
        let before = before.unwrap_or("~");
        let query = self
            .table
            .partition(&Partition::Inbox(district.clone(), unit.clone()))
            .range("sk < :before", ":before", s(before))
            .newest_first()
            .limit(limit);
        let (found, _) = query.page().await?;
        found
            .into_iter()
            .map(|item| {
                let item: MessageItem = from_item(item)?;
                Ok((item.sk.clone(), message(item)?))
            })
            .collect()
    }
}

fn message(item: MessageItem) -> Result<Message, StoreError> {
    Ok(Message {
        case: item.case,
        at: moment(item.at)?,
        roles: item.roles,
        person: item.person,
        code: item.code,
        text: item.text,
    })
}
