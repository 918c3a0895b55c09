//! A case as residents see it: on the public board, or its reporter by the tracking token.

use jiff::Timestamp;
use zhitiao_domain::case::Visibility;
use zhitiao_domain::case::personal::masked;
use zhitiao_domain::case::photo::Photo;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::{CaseId, DistrictId};
use zhitiao_edge::Problem;
use zhitiao_photos::PhotoStore;
use zhitiao_runtime::Clock;
use zhitiao_store::{CasePage, CaseTable};
use zhitiao_texts::Lang;
use zhitiao_views::{
    ContinuationView, EntryView, PhotoView, PositionView, PromiseView, PublicCaseView, local_time,
    outcome_name, state_name, unit_name,
};

use crate::uploads::photo_key;

/// The most cases of a chain of mergers that are read: each is one more query.
const MERGERS: usize = 8;

/// The cases of a district as residents see them.
#[derive(Debug)]
pub struct PublicCases {
    district: DistrictId,
    cases: CaseTable,
    photos: PhotoStore,
    clock: Clock,
}

impl PublicCases {
    /// Cases of this table, with photos of this store.
    pub fn new(district: DistrictId, cases: CaseTable, photos: PhotoStore, clock: Clock) -> Self {
        Self {
            district,
            cases,
            photos,
            clock,
        }
    }

    /// A case that is on the public board.
    ///
    /// # Errors
    /// 404 for one that is not there or not public.
    pub async fn published(&self, id: CaseId) -> Result<CasePage, Problem> {
        let page = self.cases.page(&self.district, id).await?;
        page.filter(|page| page.case.published)
            .ok_or_else(Problem::not_found)
    }

    /// A case, public or not; the caller has opened its tracking token.
    ///
    /// # Errors
    /// 404 for one that is not there.
    pub async fn own(&self, id: CaseId) -> Result<CasePage, Problem> {
        let page = self.cases.page(&self.district, id).await?;
        page.ok_or_else(Problem::not_found)
    }
}

/// What everyone may know of the case in which the matter of a merged one goes on.
fn continuation_view(
    page: &CasePage,
    rules: &Rulebook,
    lang: Lang,
    now: Timestamp,
) -> ContinuationView {
    let case = &page.case;
    let publication = page.publication();
    let entry = |event| {
        let entry = EntryView::of(event, Visibility::Public, &publication, rules, lang)?;
        let detail = entry.detail.filter(|_| case.published);
        Some(EntryView { detail, ..entry })
    };
    let with = case.assignment.as_ref();
    ContinuationView {
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

impl PublicCases {
    /// The case as the audience sees it: the public, or its reporter.
    ///
    /// # Errors
    /// When a continuation cannot be read, or the credentials that sign the addresses of photos cannot be had.
    pub async fn view(
        &self,
        page: &CasePage,
        audience: Visibility,
        rules: &Rulebook,
        lang: Lang,
    ) -> Result<PublicCaseView, Problem> {
        let case = &page.case;
        let publication = &page.publication();
        let received = EntryView::received(case.report.at, lang);
        let events = page
            .events
            .iter()
            .filter_map(|event| EntryView::of(event, audience, publication, rules, lang));
        let category = case.category.as_ref().and_then(|id| rules.category(id));
        let said = |words: &str| match audience {
            Visibility::Public => masked(words),
            Visibility::Resident | Visibility::Internal => words.to_owned(),
        };
        Ok(PublicCaseView {
            number: case.id.number().to_string(),
            state: case.state,
            state_name: state_name(case.state, lang),
            outcome: case.outcome,
            outcome_name: case.outcome.map(|outcome| outcome_name(outcome, lang)),
            text: said(page.text()),
            community: unit_name(&case.report.place.community, rules, lang),
            address: case.report.place.address.as_deref().map(said),
            position: case.report.place.point.map(PositionView::of),
            category: category.map(|found| found.name.get(lang).to_owned()),
            unit: case
                .assignment
                .as_ref()
                .map(|with| unit_name(&with.unit, rules, lang)),
            received_at: local_time(case.report.at),
            promise: PromiseView::of(case),
            overdue: case.is_overdue(self.clock.now()),
            published: case.published,
            photos: self.photo_views(page, audience, lang).await?,
            timeline: std::iter::once(received).chain(events).collect(),
            goes_on_in: self.continuation(page, audience, rules, lang).await?,
        })
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
        Ok(shown.map(|last| continuation_view(&last, rules, lang, now)))
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
