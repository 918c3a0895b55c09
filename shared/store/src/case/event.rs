//! An event of a case as an item. The event is also the outbox row: the table's stream carries it to the notifier.

use serde::{Deserialize, Serialize};

use zhitiao_domain::case::{Author, Case, Event, EventKind};

use crate::error::StoreError;
use crate::item::{Item, from_item, moment, to_item};
use crate::keys;
use crate::partition::Partition;

#[derive(Serialize, Deserialize)]
struct EventItem {
    pk: String,
    sk: String,
    at: i64,
    who: Author,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cmd: Option<String>,
    what: EventKind,
}

/// The item of an event of the case.
pub(crate) fn write(case: &Case, event: &Event) -> Result<Item, StoreError> {
    to_item(&EventItem {
        pk: Partition::Case(case.tenant.clone(), case.id).to_string(),
        sk: keys::event(event.number),
        at: event.at.as_millisecond(),
        who: event.author.clone(),
        cmd: event.command.clone(),
        what: event.kind.clone(),
    })
}

/// Reads an event back.
pub(crate) fn read(item: Item) -> Result<Event, StoreError> {
    let item: EventItem = from_item(item)?;
    let number = item
        .sk
        .strip_prefix(keys::EVENT)
        .and_then(|number| number.parse().ok());
    Ok(Event {
        number: number.ok_or_else(|| StoreError::malformed(format!("event key {}", item.sk)))?,
        at: moment(item.at)?,
        author: item.who,
        command: item.cmd,
        kind: item.what,
    })
}
