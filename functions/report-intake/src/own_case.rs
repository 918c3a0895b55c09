//! `POST /v1/my/case/...`: what a reporter does with their own case, by the tracking token.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_app::own_case::{
    ConfirmBody, OwnCaseRequest, OwnCases, PhotosBody, WithdrawBody, WordsBody, grants, read,
};
use zhitiao_app::report::ContactBody;
use zhitiao_app::{TrackingToken, own_data};
use zhitiao_domain::case::state::{State as CaseState, Verb};
use zhitiao_domain::kernel::ids::CaseNumber;
use zhitiao_domain::kernel::lang::Lang;
use zhitiao_edge::body::EmptyBody;
use zhitiao_edge::{IdempotencyKey, JsonBody, Language, Problem};
use zhitiao_store::CasePage;
use zhitiao_views::{OwnDataView, UploadView, state_name};

use crate::PublicEntry;

/// A case after what its reporter did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnCaseView {
    /// Its number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    number: String,
    /// Where it stands.
    #[schema(value_type = String, example = "in_progress")]
    state: CaseState,
    /// The same in the caller's language.
    state_name: String,
    /// One upload grant per announced photo, in order; none otherwise.
    uploads: Vec<UploadView>,
}

impl OwnCaseView {
    fn of(page: &CasePage, uploads: Vec<UploadView>, lang: Lang) -> Self {
        Self {
            number: page.case.id.number().to_string(),
            state: page.case.state,
            state_name: state_name(page.case.state, lang),
            uploads,
        }
    }
}

/// Declares the handler of one command.
macro_rules! own_case_command {
    ($(#[$doc:meta])* $name:ident, $path:literal, $body:ty, $verb:expr) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "residents",
            params(
                ("Tracking-Token" = String, Header, description = "From the receipt."),
                ("Idempotency-Key" = String, Header, description = "A UUID; repeat the request under the same key."),
            ),
            request_body = $body,
            responses((status = 200, description = "The case afterwards.", body = OwnCaseView)))]
        pub(crate) async fn $name(
            State(entry): State<Arc<PublicEntry>>,
            Language(lang): Language,
            token: TrackingToken,
            key: IdempotencyKey,
            body: JsonBody,
        ) -> Result<(StatusCode, Json<OwnCaseView>), Problem> {
            entry.run($verb, &token, key, body, lang).await
        }
    };
}

own_case_command!(
    /// Answer the office, or add what was forgotten. A hold that waits for the resident ends with it.
    reply_to_office, "/v1/my/case/replies", WordsBody, Verb::Reply
);
own_case_command!(
    /// Urge the unit. Once on a working day; the unit and its head are told, and the timeline shows it.
    urge_case, "/v1/my/case/urge", EmptyBody, Verb::Urge
);
own_case_command!(
    /// Correct the words of the report within ten minutes, while staff have not read it.
    correct_case, "/v1/my/case/correct", WordsBody, Verb::Correct
);
own_case_command!(
    /// Withdraw the report.
    withdraw_case, "/v1/my/case/withdraw", WithdrawBody, Verb::Withdraw
);
own_case_command!(
    /// Revoke the consent to publish. The case leaves the board and cannot be published again.
    revoke_consent, "/v1/my/case/revoke-consent", EmptyBody, Verb::RevokeConsent
);
own_case_command!(
    /// Add photos, or send anew those that were refused or never arrived.
    add_photos, "/v1/my/case/photos", PhotosBody, Verb::AddPhotos
);

own_case_command!(
    /// Say that it is solved, and whether you are satisfied. Until 14 days after the end of the work, once.
    confirm_case, "/v1/my/case/confirm", ConfirmBody, Verb::Confirm
);
own_case_command!(
    /// Say that it is not solved. The case goes on one level above the unit that ended it, with a new promise; the
    /// second time a leader is asked to supervise it. Until 14 days after the end of the work.
    object_to_result, "/v1/my/case/object", WordsBody, Verb::Object
);
own_case_command!(
    /// Say how to be reached, instead of what was said before. Name and number are stored apart and never shown again.
    set_contact, "/v1/my/case/contact", ContactBody, Verb::SetContact
);
own_case_command!(
    /// Erase name and telephone number.
    erase_contact, "/v1/my/case/erase-contact", EmptyBody, Verb::EraseContact
);

/// Everything about the reporter that is stored with the case. Name and telephone number are not shown, only that they
/// are there.
#[utoipa::path(get, path = "/v1/my/case/data", tag = "residents",
    params(("Tracking-Token" = String, Header, description = "From the receipt.")),
    responses((status = 200, description = "The data.", body = OwnDataView)))]
pub(crate) async fn show_own_data(
    State(entry): State<Arc<PublicEntry>>,
    Language(lang): Language,
    token: TrackingToken,
) -> Result<Json<OwnDataView>, Problem> {
    let id = entry.tracking.open(&token)?;
    let rules = entry.district.rules().await?;
    let page = entry.cases.page(entry.district.id(), id).await?;
    let page = page.ok_or_else(Problem::not_found)?;
    Ok(Json(own_data(&page, &rules, lang)))
}

impl PublicEntry {
    async fn run(
        &self,
        verb: Verb,
        token: &TrackingToken,
        key: IdempotencyKey,
        body: JsonBody,
        lang: Lang,
    ) -> Result<(StatusCode, Json<OwnCaseView>), Problem> {
        let id = self.tracking.open(token)?;
        let request = OwnCaseRequest::new(id, key, verb, &body);
        let command = body.read(|f| read(verb, f))?;
        let own = OwnCases {
            district: &self.district,
            cases: &self.cases,
        };
        let page = own.execute(&request, command).await?;
        let uploads = grants(&self.photos, &page, &request.command_id).await?;
        Ok((StatusCode::OK, Json(OwnCaseView::of(&page, uploads, lang))))
    }
}
