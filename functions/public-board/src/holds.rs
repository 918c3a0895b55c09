//! `GET /v1/board/holds`: how many cases wait for what, by subdistrict, so that a hold cannot hide lateness.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;
use zhitiao_domain::case::hold::HoldReason;
use zhitiao_domain::case::rulebook::Rulebook;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::kernel::org::UnitKind;
use zhitiao_edge::{Language, Problem};
use zhitiao_texts::{Lang, text};
use zhitiao_views::{local_time, unit_name};

use crate::Board;

/// How old the figures may be: they are counted row by row, and everybody may ask for them.
const KEPT: SignedDuration = SignedDuration::from_secs(60);

/// The counts of a moment, by subdistrict.
type Counts = Vec<(UnitId, BTreeMap<HoldReason, u32>)>;

/// The figures as they were counted last.
pub(crate) type Counted = Mutex<Option<(Timestamp, Arc<Counts>)>>;

/// How many cases wait for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitView {
    /// Why, as a stable code.
    #[schema(value_type = String, example = "budget")]
    reason: HoldReason,
    /// Why, in the caller's language.
    name: String,
    /// How many cases.
    cases: u32,
}

/// The cases of one subdistrict that wait.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubdistrictHoldsView {
    /// The subdistrict.
    subdistrict: String,
    /// Its name.
    name: String,
    /// All of its cases that wait.
    cases: u32,
    /// The same by reason.
    reasons: Vec<WaitView>,
}

/// What waits in the district.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HoldsView {
    /// When this was counted.
    counted_at: String,
    /// All cases that wait.
    cases: u32,
    /// By subdistrict.
    subdistricts: Vec<SubdistrictHoldsView>,
}

/// Count the cases on hold by subdistrict and reason.
#[utoipa::path(get, path = "/v1/board/holds", tag = "residents",
    responses((status = 200, description = "The figures, at most a minute old.", body = HoldsView)))]
pub(crate) async fn count_holds(
    State(board): State<Arc<Board>>,
    Language(lang): Language,
) -> Result<Json<HoldsView>, Problem> {
    let rules = board.district.rules().await?;
    let (at, counts) = board.counted(&rules).await?;
    let subdistricts: Vec<_> = counts
        .iter()
        .map(|(unit, reasons)| SubdistrictHoldsView::of(unit, reasons, &rules, lang))
        .collect();
    Ok(Json(HoldsView {
        counted_at: local_time(at),
        cases: subdistricts.iter().map(|unit| unit.cases).sum(),
        subdistricts,
    }))
}

impl Board {
    async fn counted(&self, rules: &Rulebook) -> Result<(Timestamp, Arc<Counts>), Problem> {
        let now = self.district.now();
        // The lock is held while counting: a request that waits gets the fresh figures instead of counting again.
        let mut counted = self.holds.lock().await;
        if let Some((at, counts)) = counted.as_ref() {
            let age = now.duration_since(*at);
            if (SignedDuration::ZERO..KEPT).contains(&age) {
                return Ok((*at, Arc::clone(counts)));
            }
        }
        let units = rules.org.units_of_kind(UnitKind::Subdistrict);
        let count = units.map(async |unit| {
            let counts = self.cases.hold_counts(self.district.id(), &unit.id).await?;
            Ok::<_, Problem>((unit.id.clone(), counts))
        });
        let counts = Arc::new(try_join_all(count).await?);
        *counted = Some((now, Arc::clone(&counts)));
        Ok((now, counts))
    }
}

impl SubdistrictHoldsView {
    fn of(
        unit: &UnitId,
        reasons: &BTreeMap<HoldReason, u32>,
        rules: &Rulebook,
        lang: Lang,
    ) -> Self {
        let view = |(reason, cases): (&HoldReason, &u32)| WaitView {
            reason: *reason,
            name: text(&format!("hold.{}", reason.code()), lang)
                .unwrap_or_default()
                .to_owned(),
            cases: *cases,
        };
        Self {
            subdistrict: unit.to_string(),
            name: unit_name(unit, rules, lang),
            cases: reasons.values().sum(),
            reasons: reasons.iter().map(view).collect(),
        }
    }
}
