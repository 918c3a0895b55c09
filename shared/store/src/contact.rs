//! Contact details: a partition of their own, opened by a right of their own, with a log of every reading.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use zhitiao_domain::case::Case;
use zhitiao_domain::ids::{CaseId, StaffId, TenantId, UnitId};
use zhitiao_domain::phone::Phone;
use zhitiao_domain::report::Contact;

use crate::cases::CaseTable;
use crate::error::StoreError;
use crate::item::{Item, from_item, to_item};
use crate::keys;

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

#[derive(Serialize)]
struct ReadingItem<'a> {
    pk: String,
    sk: String,
    by: &'a StaffId,
    unit: &'a UnitId,
}

pub(crate) fn item(case: &Case, contact: &Contact) -> Result<Item, StoreError> {
    to_item(&ContactItem {
        pk: keys::contact(&case.tenant, case.id),
        sk: keys::HEAD.to_owned(),
        name: contact.name.clone(),
        phone: contact.phone.as_ref().map(|phone| phone.typed().to_owned()),
    })
}

impl CaseTable {
    /// Opens the contact details of a case: first the reading is logged, then they are read.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is shown when the reading could not be logged.
    pub async fn contact(
        &self,
        tenant: &TenantId,
        id: CaseId,
        (by, unit): (&StaffId, &UnitId),
        now: Timestamp,
    ) -> Result<Option<Contact>, StoreError> {
        let pk = keys::contact(tenant, id);
        let reading = ReadingItem {
            pk: pk.clone(),
            sk: format!("READ#{:013}#{by}", now.as_millisecond()),
            by,
            unit,
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
}
