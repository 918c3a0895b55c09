//! `GET /v1/desk/inbox` and `GET /v1/desk/deliveries`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_app::StaffSession;
use zhitiao_domain::case::rights;
use zhitiao_domain::kernel::ids::{CaseNumber, UnitId};
use zhitiao_domain::kernel::limits::PAGE_ROWS;
use zhitiao_domain::kernel::org::Role;
use zhitiao_edge::{Page, Problem, ProblemBody, QueryString, StaffCaller, body};
use zhitiao_store::notify::delivery::{About, Recipient};
use zhitiao_store::notify::inbox::Message;
use zhitiao_views::local_time;

use crate::Desk;

/// One message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageView {
    /// When it happened.
    at: String,
    /// The unit of the post that it was sent to.
    unit: String,
    /// The case's number; none for a digest, which is about many.
    #[schema(example = json!(CaseNumber::EXAMPLE))]
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
    /// Send it as `cursor` to get the next page; absent on the last page.
    next_cursor: Option<String>,
}

/// Where a person's inbox goes on: for each of the person's units the key of the last message behind.
type Position = BTreeMap<UnitId, String>;

/// List the messages to the caller's posts, newest first.
#[utoipa::path(get, path = "/v1/desk/inbox", tag = "staff", security(("staff" = [])), params(Page),
    responses((status = 200, description = "The newest messages.", body = InboxView)))]
pub(crate) async fn read_inbox(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<InboxView>, Problem> {
    let session = desk.session(caller).await?;
    let page = query.read(Page::read)?;
    let binding = [
        session.district.as_str(),
        session.staff.id.as_str(),
        "inbox",
    ];
    let mut position: Position = page.start(&desk.cursors, &binding)?.unwrap_or_default();

    let mut found: Vec<(UnitId, String, Message)> = Vec::new();
    for unit in units(&session) {
        found.extend(
            desk.messages(&session, &unit, position.get(&unit), page.limit + 1)
                .await?,
        );
    }
    found.sort_by(|a, b| b.1.cmp(&a.1));
    let more = page.cut(&mut found).is_some();
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
        session: &StaffSession,
        unit: &UnitId,
        before: Option<&String>,
        wanted: usize,
    ) -> Result<Vec<(UnitId, String, Message)>, Problem> {
        let mut before = before.cloned();
        let mut found = Vec::new();
        loop {
            let page = self
                .notifications
                .inbox(&session.district, unit, before.as_deref(), PAGE_ROWS)
                .await?;
            let is_last = page.len() < PAGE_ROWS;
            before = page.last().map(|(key, _)| key.clone());
            let mine = page
                .into_iter()
                .filter(|(_, message)| is_for(session, unit, message));
            found.extend(mine.map(|(key, message)| (unit.clone(), key, message)));
            if is_last || found.len() >= wanted {
                return Ok(found);
            }
        }
    }
}

/// The units of the person's posts.
fn units(session: &StaffSession) -> Vec<UnitId> {
    let posts = session.staff.posts.iter();
    let mut units: Vec<UnitId> = posts
        // No message speaks to those who run the service.
        .filter(|post| post.role != Role::Operator)
        .map(|post| post.unit.clone())
        .collect();
    units.sort_unstable();
    units.dedup();
    units
}

fn is_for(session: &StaffSession, unit: &UnitId, message: &Message) -> bool {
    let staff = &session.staff;
    message.person.as_ref() == Some(&staff.id) || staff.holds(unit, &message.roles)
}

body! {
    /// Which unit's failed deliveries to list.
    pub(crate) struct DeliveriesParams {
        /// The unit that did not get its messages; your first post's unit when left out.
        unit: Option<UnitId> = optional parsed(UnitId::parse),
    }
}

/// A message that could not be delivered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// The case's number; absent for a digest and for the message that folds those of an hour.
    number: Option<String>,
    /// The event that the message was about; absent where `number` is.
    event: Option<u32>,
    /// The unit that did not get the message, or whose case the message to a person was about.
    unit: String,
    /// The person who did not get it.
    person: Option<String>,
    /// The channel that failed.
    #[schema(example = "wecom")]
    channel: String,
    /// When the last attempt failed.
    parked_at: String,
}

/// List the messages to a unit, and to persons about its cases, whose last attempt failed.
#[utoipa::path(get, path = "/v1/desk/deliveries", tag = "staff", security(("staff" = [])), params(DeliveriesParams),
    responses(
        (status = 200, description = "The newest 100.", body = Vec<DeliveryView>),
        (status = 404, description = "No such unit exists, or you may not see it.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn list_parked_deliveries(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<Vec<DeliveryView>>, Problem> {
    let session = desk.session(caller).await?;
    let asked = query.read(DeliveriesParams::read)?.unit;
    let unit = asked.or_else(|| session.staff.posts.first().map(|post| post.unit.clone()));
    let unit =
        unit.filter(|unit| rights::may_see_deliveries(&session.rules.org, &session.staff, unit));
    let unit = unit.ok_or_else(Problem::not_found)?;

    let parked = desk
        .cases
        .notifications()
        .parked(&session.district, &unit)
        .await?;
    let views = parked.into_iter().map(|(key, at)| {
        let (case, event) = match key.about {
            About::Event(about, event) => (about.case(), Some(event)),
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
