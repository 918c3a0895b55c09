//! `GET /v1/desk/inbox` and `GET /v1/desk/deliveries`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use zhitiao_domain::ids::UnitId;
use zhitiao_domain::limits::{DEFAULT_PAGE_ROWS, PAGE_ROWS};
use zhitiao_domain::rights;
use zhitiao_edge::view::local_time;
use zhitiao_edge::{Problem, ProblemBody, QueryString, StaffCaller};
use zhitiao_store::inbox::Message;

use crate::{Desk, Seat};

/// Which messages to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the wire; `read_inbox` reads it")]
pub(crate) struct InboxParams {
    /// Only messages before this moment (RFC 3339): the `at` of the last one of the page before.
    before: Option<String>,
    /// Messages on the page, 1 to 100; 20 when left out.
    limit: Option<u8>,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageView {
    /// When it happened.
    at: String,
    /// The unit whose post it speaks to.
    unit: String,
    /// The case's number.
    #[schema(example = "K7M3-9QXD-4")]
    number: String,
    /// What happened, as a stable code.
    #[schema(example = "reminded")]
    code: String,
    /// The words.
    text: String,
}

/// The messages to my posts, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InboxView {
    /// The messages.
    messages: Vec<MessageView>,
}

/// What the posts that I hold were told.
#[utoipa::path(get, path = "/v1/desk/inbox", tag = "staff", security(("staff" = [])), params(InboxParams),
    responses((status = 200, description = "The newest messages.", body = InboxView)))]
pub(crate) async fn read_inbox(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<InboxView>, Problem> {
    let seat = desk.seat(caller).await?;
    let (before, limit) = query.read(|f| {
        let before = f.optional("before", |v| v.parsed(str::parse::<Timestamp>));
        let limit = f.optional("limit", |v| v.integer(1..=PAGE_ROWS));
        Ok((before?, limit?.unwrap_or(DEFAULT_PAGE_ROWS)))
    })?;

    let mut found: Vec<(UnitId, Message)> = Vec::new();
    for unit in seat.units() {
        let messages = desk
            .cases
            .inbox(&seat.tenant, &unit, before, PAGE_ROWS)
            .await?;
        found.extend(
            messages
                .into_iter()
                .filter(|m| seat.is_for(&unit, m))
                .map(|m| (unit.clone(), m)),
        );
    }
    found.sort_by_key(|(_, message)| std::cmp::Reverse(message.at));
    found.truncate(limit);
    let messages = found.into_iter().map(|(unit, message)| MessageView {
        at: local_time(message.at),
        unit: unit.to_string(),
        number: message.case.number().to_string(),
        code: message.code,
        text: message.text,
    });
    Ok(Json(InboxView {
        messages: messages.collect(),
    }))
}

impl Seat {
    fn units(&self) -> Vec<UnitId> {
        let mut units: Vec<UnitId> = self
            .staff
            .posts
            .iter()
            .map(|post| post.unit.clone())
            .collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    fn is_for(&self, unit: &UnitId, message: &Message) -> bool {
        message.person.as_ref() == Some(&self.staff.id) || self.staff.holds(unit, &message.roles)
    }
}

/// Which unit's failed deliveries to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the wire; `list_parked_deliveries` reads it"
)]
pub(crate) struct DeliveriesParams {
    /// The unit that did not get its messages; your first post's unit when left out.
    unit: Option<String>,
}

/// A message that could not be delivered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// The case's number.
    number: String,
    /// The event that it told.
    event: u32,
    /// The unit that did not get it.
    unit: String,
    /// The channel that failed.
    #[schema(example = "wecom")]
    channel: String,
    /// When it was given up.
    parked_at: String,
}

/// The messages to a unit that were given up after the last try.
#[utoipa::path(get, path = "/v1/desk/deliveries", tag = "staff", security(("staff" = [])), params(DeliveriesParams),
    responses(
        (status = 200, description = "The newest 100.", body = Vec<DeliveryView>),
        (status = 404, description = "There is no such unit, or none that you may see.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn list_parked_deliveries(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<Vec<DeliveryView>>, Problem> {
    let seat = desk.seat(caller).await?;
    let asked = query.read(|f| f.optional("unit", |v| v.parsed(UnitId::parse)))?;
    let unit = asked.or_else(|| seat.staff.posts.first().map(|post| post.unit.clone()));
    let unit = unit.filter(|unit| rights::may_see_deliveries(&seat.rules.org, &seat.staff, unit));
    let unit = unit.ok_or_else(Problem::not_found)?;

    let parked = desk.cases.parked(&seat.tenant, &unit).await?;
    let views = parked.into_iter().map(|(key, at)| DeliveryView {
        number: key.case.number().to_string(),
        event: key.event,
        unit: key.unit.to_string(),
        channel: key.channel,
        parked_at: local_time(at),
    });
    Ok(Json(views.collect()))
}
