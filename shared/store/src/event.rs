//! An event of an aggregate as an item, the same for every context. The event is also the outbox row: the table's
//! stream carries it to the notifier.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use zhitiao_domain::kernel::change::{Author, Recorded};

use crate::error::StoreError;
use crate::item::{Item, from_item, moment, to_item};
use crate::keys;
use crate::partition::Partition;

#[derive(Serialize, Deserialize)]
struct EventItem<E> {
    pk: String,
    sk: String,
    at: i64,
    who: Author,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cmd: Option<String>,
    what: E,
}

/// The item of an event in the partition of its aggregate.
pub(crate) fn write<E: Serialize + Clone>(
    partition: &Partition,
    event: &Recorded<E>,
) -> Result<Item, StoreError> {
    to_item(&EventItem {
        pk: partition.to_string(),
        sk: keys::event(event.number),
        at: event.at.as_millisecond(),
        who: event.author.clone(),
        cmd: event.command.clone(),
        what: event.kind.clone(),
    })
}

/// Reads an event back.
pub(crate) fn read<E: DeserializeOwned>(item: Item) -> Result<Recorded<E>, StoreError> {
    let item: EventItem<E> = from_item(item)?;
    let number = item
        .sk
        .strip_prefix(keys::EVENT)
        .and_then(|number| number.parse().ok());
    Ok(Recorded {
        number: number.ok_or_else(|| StoreError::malformed(format!("event key {}", item.sk)))?,
        at: moment(item.at)?,
        author: item.who,
        command: item.cmd,
        kind: item.what,
    })
}
