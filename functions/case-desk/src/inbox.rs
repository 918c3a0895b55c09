//! `GET /v1/desk/inbox` and `GET /v1/desk/deliveries`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use zhitiao_domain::ids::UnitId;
use zhitiao_domain::limits::{DEFAULT_PAGE_ROWS, PAGE_ROWS};
use zhitiao_domain::org::Role;
use zhitiao_domain::rights;
use zhitiao_edge::view::local_time;
use zhitiao_edge::{Problem, ProblemBody, QueryString, StaffCaller};
use zhitiao_store::delivery::{About, Recipient};
use zhitiao_store::inbox::Message;

use crate::{Desk, Seat};

/// Which messages to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the wire; `read_inbox` reads it")]
pub(crate) struct InboxParams {
    /// Messages on the page, 1 to 100; 20 when left out.
    limit: Option<u8>,
    /// Where the page starts, from the page before.
    cursor: Option<String>,
}

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageView {
    /// When it happened.
    at: String,
    /// The unit whose post it speaks to.
    unit: String,
    /// The case's number; none for a digest, which is about many.
    #[schema(example = "K7M3-9QXD-4")]
    number: Option<String>,
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
    /// To be sent as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
}

/// Where a person's inbox goes on: for each of the person's units the key of the last message behind.
type Position = BTreeMap<UnitId, String>;

/// What the posts that I hold were told.
#[utoipa::path(get, path = "/v1/desk/inbox", tag = "staff", security(("staff" = [])), params(InboxParams),
    responses((status = 200, description = "The newest messages.", body = InboxView)))]
pub(crate) async fn read_inbox(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<InboxView>, Problem> {
    let seat = desk.seat(caller).await?;
    let (limit, cursor) = query.read(|f| {
        let limit = f.optional("limit", |v| v.integer(1..=PAGE_ROWS));
        let cursor = f.optional("cursor", |v| v.line(1..=4096));
        Ok((limit?.unwrap_or(DEFAULT_PAGE_ROWS), cursor?))
    })?;
    let binding = [seat.tenant.as_str(), seat.staff.id.as_str(), "inbox"];
    let mut position: Position = match &cursor {
        Some(cursor) => desk.cursors.open(cursor, &binding)?,
        None => Position::new(),
    };

    let mut found: Vec<(UnitId, String, Message)> = Vec::new();
    for unit in seat.units() {
        found.extend(
            desk.messages(&seat, &unit, position.get(&unit), limit + 1)
                .await?,
        );
    }
    found.sort_by(|a, b| b.1.cmp(&a.1));
    let more = found.len() > limit;
    found.truncate(limit);
    for (unit, key, _) in &found {
        position.insert(unit.clone(), key.clone());
    }
    let next_cursor = more
        .then(|| desk.cursors.seal(&position, &binding))
        .transpose()?;
    let messages = found.into_iter().map(|(unit, _, message)| MessageView {
        at: local_time(message.at),
        unit: unit.to_string(),
        number: message.case.map(|case| case.number().to_string()),
        code: message.code,
        text: message.text,
    });
    Ok(Json(InboxView {
        messages: messages.collect(),
        next_cursor,
    }))
}

impl Desk {
    /// Up to `wanted` messages of a unit that speak to the person, newest first, however many speak to others.
    async fn messages(
        &self,
        seat: &Seat,
        unit: &UnitId,
        before: Option<&String>,
        wanted: usize,
    ) -> Result<Vec<(UnitId, String, Message)>, Problem> {
        let mut before = before.cloned();
        let mut found = Vec::new();
        loop {
            let page = self
                .cases
                .inbox(&seat.tenant, unit, before.as_deref(), PAGE_ROWS)
                .await?;
            let is_last = page.len() < PAGE_ROWS;
            before = page.last().map(|(key, _)| key.clone());
            let mine = page
                .into_iter()
                .filter(|(_, message)| seat.is_for(unit, message));
            found.extend(mine.map(|(key, message)| (unit.clone(), key, message)));
            if is_last || found.len() >= wanted {
                return Ok(found);
            }
        }
    }
}

impl Seat {
    fn units(&self) -> Vec<UnitId> {
        let mut units: Vec<UnitId> = self
            .staff
            .posts
            .iter()
            // No message speaks to those who run the service.
            .filter(|post| post.role != Role::Operator)
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
    /// The case's number; none for a digest, and for the message about what an hour held back.
    number: Option<String>,
    /// The event that it told; none likewise.
    event: Option<u32>,
    /// The unit that did not get it, or in whose matter a person did not.
    unit: String,
    /// The person who did not get it.
    person: Option<String>,
    /// The channel that failed.
    #[schema(example = "wecom")]
    channel: String,
    /// When it was given up.
    parked_at: String,
}

/// The messages to a unit, and in its matters to persons, that were given up after the last try.
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
    let views = parked.into_iter().map(|(key, at)| {
        let (case, event) = match key.about {
            About::Event(case, event) => (Some(case), Some(event)),
            About::Incident(case, _) => (Some(case), None),
            About::Digest(_) | About::Folded(_) => (None, None),
        };
        DeliveryView {
            number: case.map(|case| case.number().to_string()),
            event,
            unit: unit.to_string(),
            person: match key.to {
                Recipient::Unit(_) => None,
                Recipient::Staff(person) => Some(person.to_string()),
            },
            channel: key.channel,
            parked_at: local_time(at),
        }
    });
    Ok(Json(views.collect()))
}
