//! Accepting a report: one conditional write, however often the report is handed in.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use sha2::{Digest, Sha256};

use zhitiao_domain::case::Case;
use zhitiao_domain::case::late_entry::LateEntry;
use zhitiao_domain::case::report::{Contact, Report};
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{CaseId, CategoryId, DistrictId};

use crate::case::contact;
use crate::case::event;
use crate::case::item::{self, Identity};
use crate::error::StoreError;
use crate::item::Item;
use crate::table::{CaseTable, put_item};

/// How often another identity is tried when two submissions share their first 40 hash bits.
const PROBES: u8 = 8;

/// A report about to be accepted.
#[derive(Debug)]
pub struct Submission<'a> {
    /// The district.
    pub tenant: &'a DistrictId,
    /// The route and the caller that the idempotency key is scoped to.
    pub scope: &'a str,
    /// The caller's idempotency key.
    pub key: &'a str,
    /// The hash of the canonical body without what a photo weighs and is made of: it may be sent again in another form.
    pub fingerprint: [u8; 32],
    /// The hash of the whole canonical body: heads of earlier versions hold this one.
    pub whole_fingerprint: [u8; 32],
    /// What came in.
    pub report: Report,
    /// The category that the reporter chose.
    pub category: Option<CategoryId>,
    /// The version of the key that signs the reporter's tracking token.
    pub token_version: u32,
    /// How the reporter can be reached.
    pub contact: Option<Contact>,
    /// That it was entered later than it came in, and why.
    pub late: Option<LateEntry>,
}

/// What became of a submission.
#[derive(Debug)]
pub enum Accepted {
    /// A new case.
    New(Box<Case>),
    /// The same submission came before: its case as it is now.
    Replay(Box<Case>),
    /// The key was used before with another body.
    KeyReused,
}

impl CaseTable {
    /// Accepts a report once, however often it is handed in: one request, 3 write units for an item up to 1 KB
    /// (6 with contact details, which are a second item in the same transaction; likewise with a late entry, which is an
    /// event).
    ///
    /// The identity decides: the same key meets its own item, and the comparison runs on the item that came back with
    /// the failure, so a replay needs no read.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it is unknown whether the write landed; handing in again is then safe.
    pub async fn accept(
        &self,
        submission: Submission<'_>,
        rules: &Rulebook,
    ) -> Result<Accepted, StoreError> {
        for probe in 0..PROBES {
            let hash = identity_hash(&submission, probe);
            let id = CaseId::from_hash(&hash);
            let mut fingerprint = [0; 16];
            fingerprint.copy_from_slice(&submission.fingerprint[..16]);
            let identity = Identity { hash, fingerprint };
            let mut case = Case::open(
                submission.tenant.clone(),
                id,
                submission.report.clone(),
                submission.category.clone(),
                rules,
            );
            case.token_version = submission.token_version;
            let mut with = Vec::new();
            if let Some(contact) = &submission.contact {
                with.push(contact::item(&case, contact)?);
            }
            if let Some(late) = submission.late.clone() {
                let event = case.enter_late(late, rules);
                with.push(event::write(&case, &event)?);
            }
            let head = item::write(&case, identity, rules, submission.report.at)?;
            let Some(met) = self.put_new(head, with).await? else {
                return Ok(Accepted::New(Box::new(case)));
            };
            let (met, theirs) = item::read(met)?;
            if theirs.hash == identity.hash {
                let known = [submission.fingerprint, submission.whole_fingerprint];
                let same = known
                    .iter()
                    .any(|known| known.starts_with(&theirs.fingerprint));
                return Ok(if same {
                    Accepted::Replay(Box::new(met))
                } else {
                    Accepted::KeyReused
                });
            }
        }
        Err(StoreError::malformed("no free case id in eight probes"))
    }

    /// Puts a new head with what belongs to it; returns the item that was met when there is one.
    async fn put_new(&self, head: Item, with: Vec<Item>) -> Result<Option<Item>, StoreError> {
        if with.is_empty() {
            self.put_alone(head).await
        } else {
            self.put_together(head, with).await
        }
    }

    async fn put_alone(&self, head: Item) -> Result<Option<Item>, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(head))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send().await {
            Ok(_) => Ok(None),
            Err(err) => match err.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => met(failed.item()),
                _ => Err(StoreError::from_sdk(err)),
            },
        }
    }

    async fn put_together(&self, head: Item, with: Vec<Item>) -> Result<Option<Item>, StoreError> {
        let head = self
            .put(head)
            .condition_expression("attribute_not_exists(pk)");
        let head = head
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let mut items = vec![put_item(head)?];
        for item in with {
            items.push(put_item(self.put(item))?);
        }
        match self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .send()
            .await
        {
            Ok(_) => Ok(None),
            Err(err) => match first_failed_condition(&err) {
                Some(item) => met(item),
                None => Err(StoreError::from_transaction(err)),
            },
        }
    }
}

/// `SHA-256(tenant, scope, key, probe)`, each part preceded by its length so that no two lists read alike.
fn identity_hash(submission: &Submission<'_>, probe: u8) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [submission.tenant.as_str(), submission.scope, submission.key] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update([probe]);
    hash.finalize().into()
}

/// The item that a failed condition met. Without it nothing may be concluded.
fn met(item: Option<&Item>) -> Result<Option<Item>, StoreError> {
    match item {
        Some(item) if !item.is_empty() => Ok(Some(item.clone())),
        _ => Err(StoreError::malformed(
            "the failed condition came without the item it met",
        )),
    }
}

/// The item of the first write whose condition failed, when that is why the transaction was cancelled.
#[expect(
    clippy::option_option,
    reason = "no failed condition, or one with or without its item"
)]
fn first_failed_condition<R>(err: &SdkError<TransactWriteItemsError, R>) -> Option<Option<&Item>> {
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        err.as_service_error()
    else {
        return None;
    };
    let failed = cancelled.cancellation_reasons().first()?;
    (failed.code() == Some("ConditionalCheckFailed")).then(|| failed.item())
}
