//! `GET /v1/board/cases/{number}` and `GET /v1/my/case`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_app::TrackingToken;
use zhitiao_app::uploads::photo_key;
use zhitiao_domain::case::Visibility;
use zhitiao_domain::case::photo::Photo;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::case::state::State as CaseState;
use zhitiao_domain::kernel::ids::CaseNumber;
use zhitiao_edge::{Language, NumberInPath, Problem};
use zhitiao_store::CasePage;
use zhitiao_texts::Lang;
use zhitiao_views::{EntryView, PhotoView, PromiseView, local_time, unit_name};

use crate::Board;
use crate::list::state_name;

/// A case as residents see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicCaseView {
    /// Its number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    number: String,
    /// Where it stands.
    #[schema(value_type = String)]
    state: CaseState,
    /// The same in the caller's language.
    state_name: String,
    /// What the reporter wrote.
    text: String,
    /// The community's name.
    community: String,
    /// Building or address.
    address: Option<String>,
    /// The category, in the caller's language.
    category: Option<String>,
    /// The unit that has it.
    unit: Option<String>,
    /// When it was received.
    received_at: String,
    /// The promise.
    promise: PromiseView,
    /// Whether the promise was missed.
    overdue: bool,
    /// Whether the case stands on the public board.
    published: bool,
    /// The photos; the board shows those that the desk has published.
    photos: Vec<PhotoView>,
    /// What happened, in order.
    timeline: Vec<EntryView>,
    /// For a case that was merged: the case in which its matter goes on.
    goes_on_in: Option<ContinuationView>,
}

/// The case in which the matter of a merged one goes on: what everybody may know of it. What its own reporter wrote is not
/// part of it; nor are, while it is not public, the words that staff wrote to that reporter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContinuationView {
    /// Its number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    number: String,
    /// Where it stands.
    #[schema(value_type = String)]
    state: CaseState,
    /// The same in the caller's language.
    state_name: String,
    /// The unit that has it.
    unit: Option<String>,
    /// The promise.
    promise: PromiseView,
    /// Whether the promise was missed.
    overdue: bool,
    /// Whether it stands on the public board.
    published: bool,
    /// What happened, in order.
    timeline: Vec<EntryView>,
}

/// The most cases of a chain of mergers that are read: each is one more query.
const MERGERS: usize = 8;

/// Read one public case with its timeline.
#[utoipa::path(get, path = "/v1/board/cases/{number}", tag = "residents",
    params(("number" = String, Path, example = json!(CaseNumber::EXAMPLE))),
    responses(
        (status = 200, description = "The case.", body = PublicCaseView),
    ))]
pub(crate) async fn read_public_case(
    State(board): State<Arc<Board>>,
    Language(lang): Language,
    NumberInPath(id): NumberInPath,
) -> Result<Json<PublicCaseView>, Problem> {
    let page = board.cases.page(&board.district, id).await?;
    let page = page
        .filter(|page| page.case.published)
        .ok_or_else(Problem::not_found)?;
    board.view(&page, Visibility::Public, lang).await
}

/// Read your own case, public or private, by the tracking token from the receipt.
#[utoipa::path(get, path = "/v1/my/case", tag = "residents",
    params(("Tracking-Token" = String, Header, description = "From the receipt.")),
    responses(
        (status = 200, description = "The case.", body = PublicCaseView),
    ))]
pub(crate) async fn read_my_case(
    State(board): State<Arc<Board>>,
    Language(lang): Language,
    token: TrackingToken,
) -> Result<Json<PublicCaseView>, Problem> {
    let id = board.tracking.open(&token)?;
    let page = board
        .cases
        .page(&board.district, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    board.view(&page, Visibility::Resident, lang).await
}

impl ContinuationView {
    fn of(page: &CasePage, rules: &Rulebook, lang: Lang, now: Timestamp) -> Self {
        let case = &page.case;
        let publication = page.publication();
        let entry = |event| {
            let entry = EntryView::of(event, Visibility::Public, &publication, rules, lang)?;
            let detail = entry.detail.filter(|_| case.published);
            Some(EntryView { detail, ..entry })
        };
        let with = case.assignment.as_ref();
        Self {
            number: case.id.number().to_string(),
            state: case.state,
            state_name: state_name(case.state, lang),
            unit: with.map(|with| unit_name(&with.unit, rules, lang)),
            promise: PromiseView::of(case),
            overdue: case.is_overdue(now),
            published: case.published,
            timeline: page.events.iter().filter_map(entry).collect(),
        }
    }
}

impl Board {
    async fn view(
        &self,
        page: &CasePage,
        audience: Visibility,
        lang: Lang,
    ) -> Result<Json<PublicCaseView>, Problem> {
        let rules = self.rules().await?;
        let case = &page.case;
        let publication = &page.publication();
        let received = EntryView::received(case.report.at, lang);
        let events = page
            .events
            .iter()
            .filter_map(|event| EntryView::of(event, audience, publication, &rules, lang));
        let category = case.category.as_ref().and_then(|id| rules.category(id));
        Ok(Json(PublicCaseView {
            number: case.id.number().to_string(),
            state: case.state,
            state_name: state_name(case.state, lang),
            text: page.text().to_owned(),
            community: unit_name(&case.report.place.community, &rules, lang),
            address: case.report.place.address.clone(),
            category: category.map(|found| found.name.get(lang).to_owned()),
            unit: case
                .assignment
                .as_ref()
                .map(|with| unit_name(&with.unit, &rules, lang)),
            received_at: local_time(case.report.at),
            promise: PromiseView::of(case),
            overdue: case.is_overdue(self.clock.now()),
            published: case.published,
            photos: self.photo_views(page, audience, lang).await?,
            timeline: std::iter::once(received).chain(events).collect(),
            goes_on_in: self.continuation(page, audience, &rules, lang).await?,
        }))
    }

    /// Where the matter of a merged case goes on, at the end of the chain of mergers. For the public a case that is not
    /// published does not exist.
    async fn continuation(
        &self,
        page: &CasePage,
        audience: Visibility,
        rules: &Rulebook,
        lang: Lang,
    ) -> Result<Option<ContinuationView>, Problem> {
        let mut next = page.merged_into();
        let mut last = None;
        for _ in 0..MERGERS {
            let Some(into) = next else { break };
            last = self.cases.page(&self.district, into).await?;
            next = last.as_ref().and_then(CasePage::merged_into);
        }
        let shown = last.filter(|last| last.case.published || audience == Visibility::Resident);
        let now = self.clock.now();
        Ok(shown.map(|last| ContinuationView::of(&last, rules, lang, now)))
    }

    /// The board shows only what the desk has looked at; the reporter also sees what waits for that, and learns what is
    /// missing or was refused. What staff have hidden is shown to neither.
    async fn photo_views(
        &self,
        page: &CasePage,
        audience: Visibility,
        lang: Lang,
    ) -> Result<Vec<PhotoView>, Problem> {
        let publication = page.publication();
        let mut views = Vec::new();
        for (number, grant, photo) in page.announced_photos() {
            let is_public = photo.is_some_and(|photo| publication.shows(photo));
            if !is_public && audience == Visibility::Public {
                continue;
            }
            let is_hidden = publication.hidden_photos.contains(&number);
            let is_shown = photo.is_some_and(Photo::is_ready) && !is_hidden;
            let key = photo_key(&page.case, number);
            let urls = if is_shown {
                Some(self.photos.view_urls(&key).await?)
            } else {
                None
            };
            let progress = page.case.photo_progress(photo, self.clock.now());
            let announced = (number, grant);
            views.push(PhotoView::of(announced, progress, &publication, urls, lang));
        }
        Ok(views)
    }
}
