//! Contact details: a partition of their own, opened by a right of their own, with a log of every reading.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use zhitiao_domain::case::report::Contact;
use zhitiao_domain::case::{Case, Change};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId, StaffId, UnitId};
use zhitiao_domain::kernel::phone::Phone;

use crate::case::CaseTable;
use crate::error::StoreError;
use crate::item::{Item, from_item, s, to_item};
use crate::keys;
use crate::partition::Partition;
use crate::write::{Key, Write};

#[derive(Serialize, Deserialize)]
struct ContactItem {
    pk: String,
    sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// As it was typed: what is dialed follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ReadingItem {
    pk: String,
    sk: String,
    by: StaffId,
    unit: UnitId,
}

/// One reading of the contact details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactReading {
    /// Where the log goes on behind it.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: StaffId,
    /// In the name of which unit.
    pub unit: UnitId,
}

pub(crate) fn item(case: &Case, contact: &Contact) -> Result<Item, StoreError> {
    to_item(&ContactItem {
        pk: Partition::Contact(case.district.clone(), case.id).to_string(),
        sk: keys::HEAD.to_owned(),
        name: contact.name.clone(),
        phone: contact.phone.as_ref().map(|phone| phone.typed().to_owned()),
    })
}

fn read(item: Item) -> Result<ContactReading, StoreError> {
    let item: ReadingItem = from_item(item)?;
    Ok(ContactReading {
        at: keys::parse_reading(&item.sk).map_err(StoreError::malformed)?,
        key: item.sk,
        by: item.by,
        unit: item.unit,
    })
}

impl CaseTable {
    /// Saves a change by which the reporter is reached in another way, or in none: the contact details are written or
    /// erased in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another writer was first.
    pub async fn save_with_contact(
        &self,
        change: &Change,
        contact: Option<&Contact>,
    ) -> Result<(), StoreError> {
        let case = &change.after;
        let write = if let Some(contact) = contact {
            Write::put(item(case, contact)?)
        } else {
            let partition = Partition::Contact(case.district.clone(), case.id);
            Write::delete(Key::new(&partition, keys::HEAD))
        };
        self.table.save(change, vec![write]).await
    }

    /// Opens the contact details of a case: first the reading is logged, then they are read.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is shown when the reading could not be logged.
    pub async fn contact(
        &self,
        district: &DistrictId,
        id: CaseId,
        (by, unit): (&StaffId, &UnitId),
        now: Timestamp,
    ) -> Result<Option<Contact>, StoreError> {
        let partition = Partition::Contact(district.clone(), id);
        let reading = ReadingItem {
            pk: partition.to_string(),
            sk: keys::reading(now, by),
            by: by.clone(),
            unit: unit.clone(),
        };
        self.table.put_new(to_item(&reading)?).await?;
        let key = Key::new(&partition, keys::HEAD);
        let Some(item) = self.table.get(key).await? else {
            return Ok(None);
        };
        let item: ContactItem = from_item(item)?;
        Ok(Some(Contact {
            name: item.name,
            phone: item.phone.map(Phone::from_stored),
        }))
    }

    /// Up to `limit` readings of the contact details of a case, the newest first, behind the key of an earlier page.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn contact_readings(
        &self,
        district: &DistrictId,
        id: CaseId,
        behind: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ContactReading>, StoreError> {
        let partition = Partition::Contact(district.clone(), id);
        let behind = behind.map(|sk| Key::new(&partition, sk).into_item());
        let query = self
            .table
            .partition(&partition)
            .range("begins_with(sk, :reading)", ":reading", s(keys::READING))
            .newest_first()
            .limit(limit)
            .behind(behind);
        let (found, _) = query.page().await?;
        found.into_iter().map(read).collect()
    }
}
