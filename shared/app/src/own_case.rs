//! What a reporter does with their own case: load, decide, save.

use zhitiao_domain::case::decide::{DecisionContext, ResidentCommand};
use zhitiao_domain::case::report::PhotoGrant;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::Verb;
use zhitiao_domain::case::{Change, EventKind};
use zhitiao_domain::kernel::ids::CaseId;
use zhitiao_domain::kernel::limits::{PHOTOS, REASON_CHARS, TEXT_CHARS};
use zhitiao_edge::{FieldErrors, Fields, IdempotencyKey, JsonBody, Problem, body};
use zhitiao_photos::PhotoStore;
use zhitiao_runtime::telemetry::about_case;
use zhitiao_store::{CasePage, CaseTable, StoreError};
use zhitiao_views::UploadView;

use crate::execute::{count, load_parts, refused};
use crate::public_district::PublicDistrict;
use crate::report::{ContactBody, PhotoBody};
use crate::uploads;

/// How often a command is decided again when staff or time were faster: a reporter names no version, for what they ask
/// does not depend on what staff did meanwhile.
const TRIES: usize = 4;

body! {
    /// Words of the reporter.
    pub struct WordsBody {
        /// Up to 4,000 characters.
        text: String = required text(1..=TEXT_CHARS),
    }
}

body! {
    /// Why the report is withdrawn.
    pub struct WithdrawBody => ResidentCommand::Withdraw {
        /// Up to 1,000 characters; may be left out.
        reason: Option<String> = optional text(1..=REASON_CHARS),
    }
}

body! {
    /// The photos that will be uploaded.
    pub struct PhotosBody => ResidentCommand::AddPhotos {
        /// 1 to 9; a case has up to nine photos of its reporter.
        photos: Vec<PhotoGrant> = required list(1..=PHOTOS, object(PhotoBody::read)),
    }
}

body! {
    /// What the reporter says of work that solved the matter.
    pub struct ConfirmBody => ResidentCommand::Confirm {
        /// Whether the reporter is satisfied; left out, that is not known.
        satisfied: Option<bool> = optional boolean(),
        /// Up to 1,000 characters; the desk reads them.
        text: Option<String> = optional text(1..=REASON_CHARS),
    }
}

/// Reads what a reporter asks for. A verb that is no reporter's has no fields and asks for nothing.
///
/// # Errors
/// The field errors are noted in `f`: all of them.
pub fn read(verb: Verb, f: &mut Fields) -> Result<ResidentCommand, FieldErrors> {
    let words = |f: &mut Fields| WordsBody::read(f).map(|body| body.text);
    match verb {
        Verb::Reply => Ok(ResidentCommand::Reply { text: words(f)? }),
        Verb::Urge => Ok(ResidentCommand::Urge),
        Verb::Correct => Ok(ResidentCommand::Correct { text: words(f)? }),
        Verb::Withdraw => WithdrawBody::read(f),
        Verb::AddPhotos => PhotosBody::read(f),
        Verb::RevokeConsent => Ok(ResidentCommand::RevokeConsent),
        Verb::Confirm => ConfirmBody::read(f),
        Verb::Object => WordsBody::read(f).map(|body| ResidentCommand::Object { text: body.text }),
        Verb::SetContact => {
            ContactBody::given(f).map(|contact| ResidentCommand::SetContact { contact })
        }
        Verb::EraseContact => Ok(ResidentCommand::EraseContact),
        _ => Err(f.refuse("command", "unknown")),
    }
}

/// What every command of a reporter has in common. The caller has opened the tracking token.
#[derive(Debug)]
pub struct OwnCaseRequest {
    /// The case.
    pub id: CaseId,
    /// The key by which a repetition is recognized.
    pub key: IdempotencyKey,
    /// The key with what it is used for: [`IdempotencyKey::command_id`].
    pub command_id: String,
}

impl OwnCaseRequest {
    /// A request under a key. The same for the API and for the pages, so that one key does one thing in both.
    pub fn new(id: CaseId, key: IdempotencyKey, verb: Verb, body: &JsonBody) -> Self {
        let what = format!("{verb:?}");
        Self {
            id,
            key,
            command_id: key.command_id("reporter", &what, &body.fingerprint()),
        }
    }
}

/// The cases of a district, for those who reported them.
#[derive(Debug, Clone, Copy)]
pub struct OwnCases<'a> {
    /// The district.
    pub district: &'a PublicDistrict,
    /// Its cases.
    pub cases: &'a CaseTable,
}

impl OwnCases<'_> {
    /// Executes a command once, however often it is sent, and returns the case after it.
    ///
    /// # Errors
    /// 404 for a case that is not there; 422 when the rules refuse the command, and `idempotency_key_reused` when the
    /// key was used for another one; 503 when a table does not answer.
    pub async fn execute(
        self,
        request: &OwnCaseRequest,
        command: ResidentCommand,
    ) -> Result<CasePage, Problem> {
        about_case(request.id);
        for _ in 0..TRIES {
            let page = self.cases.page(self.district.id(), request.id).await?;
            let mut page = page.ok_or_else(Problem::not_found)?;
            let done = page.commands().find(|done| request.key.names(done));
            match done.map(|done| done == request.command_id) {
                Some(true) => return Ok(page),
                Some(false) => return Err(Problem::unprocessable("idempotency_key_reused")),
                None => {}
            }
            if matches!(command, ResidentCommand::Withdraw { .. }) {
                page.parts = Some(load_parts(self.cases, &page).await?);
            }
            let change = self.decide(&page, request, command.clone()).await?;
            match self.save(&change, &command).await {
                Ok(()) => {
                    count(&change);
                    return Ok(page.after(change));
                }
                Err(StoreError::Conflict) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(Problem::unavailable(StoreError::Conflict))
    }

    async fn save(self, change: &Change, command: &ResidentCommand) -> Result<(), StoreError> {
        match command {
            ResidentCommand::SetContact { contact } => {
                self.cases.save_with_contact(change, Some(contact)).await
            }
            ResidentCommand::EraseContact => self.cases.save_with_contact(change, None).await,
            _ => self.cases.save(change).await,
        }
    }

    async fn decide(
        self,
        page: &CasePage,
        request: &OwnCaseRequest,
        command: ResidentCommand,
    ) -> Result<Change, Problem> {
        let rules = self.district.rules().await?;
        let context = DecisionContext {
            command_id: Some(&request.command_id),
            ..self.context(page, &rules)
        };
        let decided = page.case.decide_for_reporter(command, &context);
        decided.map_err(refused)
    }

    /// What the reporter can do with the case now.
    pub fn possible(self, page: &CasePage, rules: &Rulebook) -> Vec<Verb> {
        page.case.open_to_reporter(&self.context(page, rules))
    }

    fn context<'p>(self, page: &'p CasePage, rules: &'p Rulebook) -> DecisionContext<'p> {
        DecisionContext {
            rules,
            now: self.district.now(),
            photos: &page.photos,
            events: &page.events,
            parts: page.parts.as_deref().unwrap_or_default(),
            part_ids: &[],
            budget_approved: false,
            target: None,
            command_id: None,
        }
    }
}

/// The grants to upload the photos that a command announced. A repetition gives new ones.
///
/// # Errors
/// When the credentials that sign cannot be had.
pub async fn grants(
    store: &PhotoStore,
    page: &CasePage,
    command_id: &str,
) -> Result<Vec<UploadView>, Problem> {
    let mut uploads = Vec::new();
    let of_command = |command: &Option<String>| command.as_deref() == Some(command_id);
    let event = page.events.iter().find(|event| of_command(&event.command));
    if let Some(EventKind::PhotosAnnounced { photos }) = event.map(|event| &event.kind) {
        for number in photos {
            if let Some(photo) = page.case.report.photos.get(usize::from(*number)) {
                uploads.push(uploads::grant(store, &page.case, *number, *photo).await?);
            }
        }
    }
    Ok(uploads)
}
