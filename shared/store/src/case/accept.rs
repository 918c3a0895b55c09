//! Accepting a report: one conditional write, however often the report is handed in.

use sha2::{Digest, Sha256};

use zhitiao_domain::case::listing::Listing;
use zhitiao_domain::case::report::Contact;
use zhitiao_domain::case::{Case, Event};
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};

use crate::case::item::{self, Identity};
use crate::case::{CaseTable, contact};
use crate::change::Stored;
use crate::error::StoreError;
use crate::event;
use crate::write::Write;

/// How often another identity is tried when two submissions share their first 40 hash bits.
const PROBES: u8 = 8;

/// A report about to be accepted.
#[derive(Debug)]
pub struct Submission<'a> {
    /// The district.
    pub district: &'a DistrictId,
    /// The route and the caller that the idempotency key is scoped to.
    pub scope: &'a str,
    /// The caller's idempotency key.
    pub key: &'a str,
    /// The hash of the canonical body without what a photo weighs and is made of: it may be sent again in another form.
    pub fingerprint: [u8; 32],
    /// The hash of the whole canonical body: heads of earlier versions hold this one.
    pub whole_fingerprint: [u8; 32],
    /// How the reporter can be reached.
    pub contact: Option<Contact>,
}

/// A case as it is opened under an id.
#[derive(Debug)]
pub struct Opening {
    /// The case.
    pub case: Case,
    /// Where it stands in the lists.
    pub listing: Listing,
    /// An event that it begins with beside its receipt.
    pub event: Option<Event>,
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
    /// Accepts a report once, however often it is handed in: one request, 3 write units for an item up to 1 KB (6 with
    /// contact details, which are a second item in the same transaction; likewise with a late entry, which is an
    /// event).
    ///
    /// `open` opens the case under the id that the submission gets.
    ///
    /// The identity decides: the same key meets its own item, and the comparison runs on the item that came back with
    /// the failure, so a replay needs no read.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it is unknown whether the write landed; handing in again is then safe.
    pub async fn accept(
        &self,
        submission: Submission<'_>,
        open: impl Fn(CaseId) -> Opening,
    ) -> Result<Accepted, StoreError> {
        for probe in 0..PROBES {
            let hash = identity_hash(&submission, probe);
            let id = CaseId::from_hash(&hash);
            let mut fingerprint = [0; 16];
            fingerprint.copy_from_slice(&submission.fingerprint[..16]);
            let identity = Identity { hash, fingerprint };
            let Opening {
                case,
                listing,
                event,
            } = open(id);
            let mut with = Vec::new();
            if let Some(contact) = &submission.contact {
                with.push(Write::put(contact::item(&case, contact)?));
            }
            if let Some(event) = event {
                with.push(Write::put(event::write(&case.partition(), &event)?));
            }
            let head = item::write(&case, identity, &listing, case.report.at)?;
            let Some(met) = self.table.put_new_or_met(head, with).await? else {
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
}

/// `SHA-256(district, scope, key, probe)`, each part preceded by its length so that no two lists read alike.
fn identity_hash(submission: &Submission<'_>, probe: u8) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [
        submission.district.as_str(),
        submission.scope,
        submission.key,
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update([probe]);
    hash.finalize().into()
}
