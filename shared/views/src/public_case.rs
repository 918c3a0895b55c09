//! What everyone sees of a case, and what its reporter sees.

use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::case::state::{Outcome, State as CaseState};
use zhitiao_domain::kernel::bounds::Point;
use zhitiao_domain::kernel::ids::CaseNumber;
use zhitiao_texts::{Lang, text};

use crate::{EntryView, PhotoView, PromiseView};

/// A case as residents see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicCaseView {
    /// Its number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    pub number: String,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: CaseState,
    /// The same in the caller's language.
    pub state_name: String,
    /// Once it is resolved: `fixed` when it was put right, `answered` when it was explained and nothing was done.
    #[schema(value_type = Option<String>, example = "fixed")]
    pub outcome: Option<Outcome>,
    /// The same in the caller's language.
    pub outcome_name: Option<&'static str>,
    /// What the reporter wrote.
    pub text: String,
    /// The community's name.
    pub community: String,
    /// Building or address.
    pub address: Option<String>,
    /// Where it is, to about 100 meters, when the report said it.
    pub position: Option<PositionView>,
    /// The category, in the caller's language.
    pub category: Option<String>,
    /// The unit that has it.
    pub unit: Option<String>,
    /// When it was received.
    pub received_at: String,
    /// The promise.
    pub promise: PromiseView,
    /// Whether the promise was missed.
    pub overdue: bool,
    /// Whether the case is on the public board.
    pub published: bool,
    /// The photos; the board shows those that the desk has published.
    pub photos: Vec<PhotoView>,
    /// What happened, in order.
    pub timeline: Vec<EntryView>,
    /// For a case that was merged: the case in which its matter goes on.
    pub goes_on_in: Option<ContinuationView>,
}

/// A position as the public sees it: degrees, WGS 84, to three decimals.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PositionView {
    /// The latitude.
    #[schema(example = 36.062)]
    pub latitude: f64,
    /// The longitude.
    #[schema(example = 120.384)]
    pub longitude: f64,
}

impl PositionView {
    /// The coarse position of a point.
    pub fn of(point: Point) -> Self {
        let Point {
            latitude,
            longitude,
        } = point.coarse();
        Self {
            latitude,
            longitude,
        }
    }
}

/// The case in which the matter of a merged one goes on: what everybody may know of it. What its own reporter wrote is
/// not part of it; nor are, while it is not public, the words that staff wrote to that reporter.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContinuationView {
    /// Its number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    pub number: String,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: CaseState,
    /// The same in the caller's language.
    pub state_name: String,
    /// The unit that has it.
    pub unit: Option<String>,
    /// The promise.
    pub promise: PromiseView,
    /// Whether the promise was missed.
    pub overdue: bool,
    /// Whether it is on the public board.
    pub published: bool,
    /// What happened, in order.
    pub timeline: Vec<EntryView>,
}

/// One public case.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardRowView {
    /// Its number.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
    pub number: String,
    /// The first words.
    pub snippet: String,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: CaseState,
    /// The same in the caller's language.
    pub state_name: String,
    /// The category, in the caller's language.
    pub category: Option<String>,
    /// The unit that has it.
    pub unit: Option<String>,
    /// When it was received.
    pub received_at: String,
    /// When it is promised.
    pub due_at: Option<String>,
    /// Whether the promise was missed.
    pub overdue: bool,
}

/// What residents call what the work came to.
pub fn outcome_name(outcome: Outcome, lang: Lang) -> &'static str {
    text(&format!("outcome.{}", outcome.code()), lang).unwrap_or_default()
}

/// What residents call the state.
pub fn state_name(state: CaseState, lang: Lang) -> String {
    text(&format!("state.{}", state.code()), lang)
        .unwrap_or_default()
        .to_owned()
}
