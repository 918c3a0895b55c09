//! `GET /v1/desk/cases/{number}` and the view that every command answers with.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_app::StaffSession;
use zhitiao_app::uploads::photo_key;
use zhitiao_domain::case::photo::Photo;
use zhitiao_domain::case::publication::Publication;
use zhitiao_domain::case::report::{Channel, Point};
use zhitiao_domain::case::rights::{self, Right};
use zhitiao_domain::case::state::{self, State as CaseState, Verb};
use zhitiao_domain::case::timers::{ClockKind, Timer};
use zhitiao_domain::case::{Author, Event, Visibility};
use zhitiao_domain::kernel::ids::CaseNumber;
use zhitiao_domain::kernel::place::PlaceCode;
use zhitiao_edge::{ETag, Language, NumberInPath, Problem, StaffCaller};
use zhitiao_store::CasePage;
use zhitiao_texts::Lang;
use zhitiao_views::{EntryView, PhotoView, PromiseView, local_time, unit_name};

use crate::Desk;

mod details;
mod personal;

use personal::PersonalView;

use details::{
    CoHandlerView, HoldView, PartView, ProposalView, StaffPhotoView, SupervisionView, VisitView,
    minutes_to_fix,
};

/// The verbs that have no route here: callers are offered only what they can ask for.
const WITHOUT_ROUTE: &[Verb] = &[Verb::Begin];

/// A case as staff see it. Contact details are not part of it.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, read by people"
)]
pub(crate) struct CaseView {
    /// Its number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    number: String,
    /// Send it as `If-Match` with the next command; the `ETag` has it too. It grows with every command, and with every
    /// photo of the reporter that becomes ready.
    version: u32,
    /// Where it stands.
    #[schema(value_type = String, example = "assigned")]
    state: CaseState,
    /// What the reporter wrote.
    text: String,
    /// How it came in.
    #[schema(value_type = String, example = "web")]
    channel: Channel,
    /// Who entered it for the reporter.
    on_behalf_by: Option<String>,
    /// When it was received.
    received_at: String,
    /// The community's id.
    community: String,
    /// The community's name.
    community_name: String,
    /// Building or address.
    address: Option<String>,
    /// The position, degrees, WGS 84.
    #[schema(value_type = Option<Object>)]
    point: Option<Point>,
    /// The code that the reporter scanned there.
    #[schema(value_type = Option<String>)]
    place_code: Option<PlaceCode>,
    /// The category's id.
    category: Option<String>,
    /// The promise to the reporter.
    promise: PromiseView,
    /// Whether the promise was missed.
    overdue: bool,
    /// Every clock that runs.
    clocks: Vec<ClockView>,
    /// The unit that has it.
    unit: Option<String>,
    /// That unit's name.
    unit_name: Option<String>,
    /// The person who has it.
    person: Option<String>,
    /// Whether it is on the public board.
    published: bool,
    /// Whether the reporter agreed to publication.
    may_be_published: bool,
    /// Whether contact details were left.
    has_contact: bool,
    /// What waits for a second person.
    proposals: Vec<ProposalView>,
    /// What the case waits for, while it is on hold.
    hold: Option<HoldView>,
    /// The supervision order, where one was signed.
    supervision: Option<SupervisionView>,
    /// The units that help.
    co_handlers: Vec<CoHandlerView>,
    /// The number of the case that this one is a part of.
    part_of: Option<String>,
    /// The parts into which it was split.
    parts: Vec<PartView>,
    /// The visit to the place.
    visit: Option<VisitView>,
    /// Minutes from receipt to resolution, once it is resolved.
    minutes_to_fix: Option<i64>,
    /// The photos.
    photos: Vec<StaffPhotoView>,
    /// Everything that happened.
    events: Vec<StaffEntryView>,
    /// Places that seem to name a person, a flat or a number, in what everyone reads once the case is public: look at
    /// them before you publish it.
    personal: Vec<PersonalView>,
    /// What the caller may do with it now.
    #[schema(value_type = Vec<String>)]
    allowed: Vec<Verb>,
}

/// One clock.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClockView {
    /// Which.
    #[schema(value_type = String, example = "accept")]
    clock: ClockKind,
    /// When it is due; none while a hold stops it.
    due_at: Option<String>,
    /// When it was stopped.
    stopped_at: Option<String>,
}

impl ClockView {
    fn of(timer: &Timer) -> Self {
        Self {
            clock: timer.kind,
            due_at: timer.due.map(|due| local_time(due.at)),
            stopped_at: timer.stopped.map(local_time),
        }
    }
}

/// One line of the timeline, with the colleague's name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaffEntryView {
    #[serde(flatten)]
    entry: EntryView,
    /// The colleague.
    by: Option<String>,
    /// Whether only staff see it.
    internal: bool,
}

/// Read one case with its clocks, events and photos.
#[utoipa::path(get, path = "/v1/desk/cases/{number}", tag = "staff", security(("staff" = [])),
    params(("number" = String, Path, example = json!(CaseNumber::EXAMPLE))),
    responses(
        (status = 200, description = "The case; `ETag` carries its version.", body = CaseView),
    ))]
pub(crate) async fn read_case(
    State(desk): State<Arc<Desk>>,
    Language(lang): Language,
    caller: StaffCaller,
    NumberInPath(id): NumberInPath,
) -> Result<(ETag, Json<CaseView>), Problem> {
    let session = desk.session(caller).await?;
    let page = session.load_readable_case(&desk.cases, id).await?;
    desk.view(&session, &page, lang).await
}

impl Desk {
    /// The answer to a person who reads or changes a case.
    pub(crate) async fn view(
        &self,
        session: &StaffSession,
        page: &CasePage,
        lang: Lang,
    ) -> Result<(ETag, Json<CaseView>), Problem> {
        let (case, rules) = (&page.case, &session.rules);
        let publication = &page.publication();
        let (report, place) = (&case.report, &case.report.place);
        let with = case.assignment.as_ref();
        let supervision = case.supervision.as_ref();
        let received = StaffEntryView {
            entry: EntryView::received(report.at, lang),
            by: None,
            internal: false,
        };
        let events = page
            .events
            .iter()
            .filter_map(|event| StaffEntryView::of(event, publication, session, lang));
        let view = CaseView {
            number: case.id.number().to_string(),
            version: page.version(),
            state: case.state,
            text: page.text().to_owned(),
            channel: report.channel,
            on_behalf_by: report.on_behalf_by.as_ref().map(|id| session.name_of(id)),
            received_at: local_time(report.at),
            community: place.community.to_string(),
            community_name: unit_name(&place.community, rules, lang),
            address: place.address.clone(),
            point: place.point,
            place_code: place.code,
            category: case.category.as_ref().map(ToString::to_string),
            promise: PromiseView::of(case),
            overdue: case.is_overdue(self.clock.now()),
            clocks: case.timers.iter().map(ClockView::of).collect(),
            unit: with.map(|with| with.unit.to_string()),
            unit_name: with.map(|with| unit_name(&with.unit, rules, lang)),
            person: with
                .and_then(|with| with.person.as_ref())
                .map(|id| session.name_of(id)),
            published: case.published,
            may_be_published: report.consents.publish,
            has_contact: report.has_contact,
            proposals: ProposalView::all(case, rules),
            hold: case.open_hold().map(HoldView::of),
            supervision: supervision.map(|order| SupervisionView::of(order, session)),
            co_handlers: case.co_handlers.iter().map(CoHandlerView::of).collect(),
            part_of: case.parent.map(|whole| whole.number().to_string()),
            parts: self.part_views(page).await?,
            visit: case.visit.map(VisitView::of),
            minutes_to_fix: minutes_to_fix(case),
            photos: self.photo_views(page, lang).await?,
            events: std::iter::once(received).chain(events).collect(),
            personal: PersonalView::all(page, publication, lang),
            allowed: allowed(session, page),
        };
        Ok((ETag(u64::from(page.version())), Json(view)))
    }

    async fn photo_views(
        &self,
        page: &CasePage,
        lang: Lang,
    ) -> Result<Vec<StaffPhotoView>, Problem> {
        let publication = page.publication();
        let mut views = Vec::new();
        for (number, grant, photo) in page.announced_photos() {
            let urls = match photo.filter(|photo| photo.is_ready()) {
                Some(_) => Some(
                    self.photos
                        .view_urls(&photo_key(&page.case, number))
                        .await?,
                ),
                None => None,
            };
            let progress = page.case.photo_progress(photo, self.clock.now());
            let announced = (number, grant);
            views.push(StaffPhotoView {
                view: PhotoView::of(announced, progress, &publication, urls, lang),
                point: photo.and_then(Photo::point),
            });
        }
        Ok(views)
    }
}

impl StaffEntryView {
    fn of(
        event: &Event,
        publication: &Publication,
        session: &StaffSession,
        lang: Lang,
    ) -> Option<Self> {
        let by = match &event.author {
            Author::Staff { id, .. } => Some(session.name_of(id)),
            Author::Resident | Author::System => None,
        };
        let rules = &session.rules;
        let entry = EntryView::of(event, Visibility::Internal, publication, rules, lang)?;
        Some(Self {
            entry,
            by,
            internal: event.kind.visibility() == Visibility::Internal,
        })
    }
}

/// The commands that both the state and the person's rights allow.
fn allowed(session: &StaffSession, page: &CasePage) -> Vec<Verb> {
    let rights = rights::rights_on(&session.rules.org, &session.staff, &page.case);
    let verbs = rights.into_iter().filter_map(|right| match right {
        Right::Do(verb) => Some(verb),
        _ => None,
    });
    verbs
        .filter(|verb| !WITHOUT_ROUTE.contains(verb))
        .filter(|verb| state::transition(*verb, page.case.state).is_some())
        .collect()
}
