//! Contact details: a partition of their own, opened by a right of their own, with a log of every reading.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use zhitiao_domain::case::Case;
use zhitiao_domain::case::report::Contact;
use zhitiao_domain::kernel::ids::{CaseId, DistrictId, StaffId, UnitId};
use zhitiao_domain::kernel::phone::Phone;

use crate::error::StoreError;
use crate::item::{Item, from_item, s, to_item};
use crate::keys;
use crate::table::CaseTable;

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
        pk: keys::contact(&case.tenant, case.id),
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
    /// Opens the contact details of a case: first the reading is logged, then they are read.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is shown when the reading could not be logged.
    pub async fn contact(
        &self,
        tenant: &DistrictId,
        id: CaseId,
        (by, unit): (&StaffId, &UnitId),
        now: Timestamp,
    ) -> Result<Option<Contact>, StoreError> {
        let pk = keys::contact(tenant, id);
        let reading = ReadingItem {
            pk: pk.clone(),
            sk: keys::reading(now, by),
            by: by.clone(),
            unit: unit.clone(),
        };
        self.put_once(to_item(&reading)?).await?;
        let Some(item) = self.get(pk, keys::HEAD.to_owned()).await? else {
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
        tenant: &DistrictId,
        id: CaseId,
        behind: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ContactReading>, StoreError> {
        let pk = keys::contact(tenant, id);
        let start = behind.map(|sk| {
            let key = [("pk", pk.as_str()), ("sk", sk)];
            key.map(|(name, value)| (name.to_owned(), s(value))).into()
        });
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :reading)")
            .expression_attribute_values(":pk", s(&pk))
            .expression_attribute_values(":reading", s(keys::READING))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::from_sdk)?;
        let found = answer.items.unwrap_or_default().into_iter();
        found.map(read).collect()
    }
}
