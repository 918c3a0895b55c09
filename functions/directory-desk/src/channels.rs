//! Channels out of the house: which unit has which, set and taken away by operators.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use zhitiao_domain::kernel::ids::UnitId;
use zhitiao_domain::notify::channel::{ChannelName, ChannelSettings, check_channel, reached_units};
use zhitiao_edge::{
    ETag, IfMatch, JsonBody, Page, Precondition, Problem, ProblemBody, QueryString, StaffCaller,
    body,
};
use zhitiao_store::StoreError;
use zhitiao_store::directory::channels::StoredChannel;
use zhitiao_store::directory::snapshot::Subject;

use crate::{Desk, EditorSession, TRIES, accept, check_seen};

body! {
    /// Which channels to list.
    pub(crate) struct ChannelsParams {
        /// Only those of this unit.
        unit: Option<UnitId> = optional parsed(UnitId::parse),
        ..page: Page = Page::read(),
    }
}

/// A channel. Its key is shown to nobody, and of its address only the host.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelView {
    /// The unit's id.
    #[schema(example = "badaguan")]
    unit: String,
    /// `wecom`, `webhook` or `people`.
    #[schema(value_type = String, example = "wecom")]
    channel: ChannelName,
    /// Where messages are posted, without the path, which may hold a key.
    #[schema(example = "https://qyapi.weixin.qq.com/…")]
    address: String,
    /// Whether messages are signed with a key.
    signed: bool,
    /// Its version, to be sent as `If-Match` with a change.
    version: u64,
}

impl ChannelView {
    fn of(channel: &StoredChannel) -> Self {
        let settings = &channel.settings;
        Self {
            unit: settings.unit.to_string(),
            channel: settings.name,
            address: masked(&settings.url),
            signed: settings.secret.is_some(),
            version: channel.version,
        }
    }
}

/// An address up to its host.
fn masked(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    format!("{scheme}://{host}/…")
}

/// A page of channels, by unit and name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelsView {
    /// The channels.
    channels: Vec<ChannelView>,
    /// Send it as `cursor` to get the next page; absent on the last page.
    next_cursor: Option<String>,
}

/// List the channels that messages go out by. Keys are not shown.
#[utoipa::path(get, path = "/v1/directory/channels", tag = "operators", security(("staff" = [])), params(ChannelsParams),
    responses(
        (status = 200, description = "A page of channels.", body = ChannelsView),
    ))]
pub(crate) async fn list_channels(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    query: QueryString,
) -> Result<Json<ChannelsView>, Problem> {
    let session = desk.session(&caller).await?;
    session.must_run()?;
    let ChannelsParams { unit, page } = query.read(ChannelsParams::read)?;
    let all = desk.directory.channels(&desk.district).await?.into_iter();
    let found = all
        .filter(|one| unit.as_ref().is_none_or(|unit| one.settings.unit == *unit))
        .map(|one| (format!("{}#{}", one.settings.unit, one.settings.name), one));
    let list = ["channels", unit.as_ref().map_or("", UnitId::as_str)];
    let (channels, next_cursor) =
        desk.cut(&session.editor.id, &list, &page, found, |(key, _)| key)?;
    let channels = channels.iter().map(|(_, one)| ChannelView::of(one));
    Ok(Json(ChannelsView {
        channels: channels.collect(),
        next_cursor,
    }))
}

body! {
    /// A channel as it is to be.
    pub(crate) struct ChannelBody {
        /// Where messages are posted: an address with https.
        #[example("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…")]
        url: String = required line(1..=2_000),
        /// The key that signs, for `webhook` and `people`: `whsec_` and 24 to 64 random bytes in base64.
        #[example("whsec_…")]
        secret: Option<String> = optional line(1..=200),
    }
}

fn place(unit: &str, channel: &str) -> Result<(UnitId, ChannelName), Problem> {
    match (UnitId::parse(unit), ChannelName::parse(channel)) {
        (Ok(unit), Ok(channel)) => Ok((unit, channel)),
        _ => Err(Problem::not_found()),
    }
}

/// What a change of channels is decided by.
struct Before<'a> {
    session: &'a EditorSession,
    channels: &'a [StoredChannel],
}

impl Before<'_> {
    fn find(&self, unit: &UnitId, name: ChannelName) -> Option<&StoredChannel> {
        let mut all = self.channels.iter();
        all.find(|one| one.settings.unit == *unit && one.settings.name == name)
    }

    fn settings(&self) -> Vec<ChannelSettings> {
        let all = self.channels.iter();
        all.map(|one| one.settings.clone()).collect()
    }
}

impl Desk {
    /// Load, decide, save, and decide again when another change was faster. Answers the number of the change, if there
    /// was one to make, and the channels before it with the directory.
    async fn change_channel(
        &self,
        caller: &StaffCaller,
        decide: impl Fn(&Before<'_>) -> Result<Option<Subject>, Problem>,
    ) -> Result<(EditorSession, Vec<StoredChannel>), Problem> {
        for _ in 0..TRIES {
            let session = self.session(caller).await?;
            session.must_run()?;
            let channels = self.directory.channels(&self.district).await?;
            let before = Before {
                session: &session,
                channels: &channels,
            };
            let Some(what) = decide(&before)? else {
                return Ok((session, channels));
            };
            if let Some(session) = self.save(session, what).await? {
                return Ok((session, channels));
            }
        }
        Err(Problem::unavailable(StoreError::Conflict))
    }
}

/// Set a channel of a unit, or the gateway to the people of the district. It takes effect within a minute.
#[utoipa::path(put, path = "/v1/directory/channels/{unit}/{channel}", tag = "operators", security(("staff" = [])), request_body = ChannelBody,
    params(
        ("unit" = String, Path, description = "The unit; for `people` the district.", example = "badaguan"),
        ("channel" = String, Path, description = "`wecom`, `webhook` or `people`.", example = "wecom"),
        ("If-Match" = Option<String>, Header, description = "The version that you read.", example = "\"3\""),
        ("If-None-Match" = Option<String>, Header, description = "`*`: the unit has no such channel yet."),
    ),
    responses(
        (status = 200, description = "The channel after the change.", body = ChannelView),
        (status = 422, description = "The unit is unknown or retired, or the address or the key is not sound; `errors` names each.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn put_channel(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    Path((unit, channel)): Path<(String, String)>,
    seen: Precondition,
    body: JsonBody,
) -> Result<(ETag, Json<ChannelView>), Problem> {
    let (unit, name) = place(&unit, &channel)?;
    let ChannelBody { url, secret } = body.read(ChannelBody::read)?;
    let wanted = ChannelSettings {
        unit,
        name,
        url,
        secret,
    };
    let decide = |before: &Before<'_>| {
        let found = before.find(&wanted.unit, wanted.name);
        if found.is_some_and(|found| found.settings == wanted) {
            return Ok(None);
        }
        accept(check_channel(
            &before.session.rules.org,
            &wanted,
            &before.settings(),
        ))?;
        check_seen(seen, found.map(|found| found.version))?;
        Ok(Some(Subject::Channel {
            unit: wanted.unit.clone(),
            channel: wanted.name,
            set: true,
            settings: Some(wanted.clone()),
        }))
    };
    let (session, before) = desk.change_channel(&caller, decide).await?;
    let mut found = before.iter();
    let found = found.find(|one| one.settings == wanted);
    let version = found.map_or(session.snapshot.number, |found| found.version);
    let stored = StoredChannel {
        settings: wanted,
        version,
    };
    Ok((ETag(version), Json(ChannelView::of(&stored))))
}

/// What a channel that was taken away leaves behind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RemovalView {
    /// Warning: these units lost their last way to be told outside the service. They have their inbox only, until they
    /// get another channel. Within hours, the operators' alarm names them, too.
    #[schema(example = json!(["badaguan"]))]
    out_of_reach: Vec<String>,
}

/// Take a channel of a unit away, or the gateway to the people. The answer warns of units that cannot be told any more.
#[utoipa::path(delete, path = "/v1/directory/channels/{unit}/{channel}", tag = "operators", security(("staff" = [])),
    params(
        ("unit" = String, Path, description = "The unit; for `people` the district.", example = "badaguan"),
        ("channel" = String, Path, description = "`wecom`, `webhook` or `people`.", example = "wecom"),
        ("If-Match" = String, Header, description = "The version that you read.", example = "\"3\""),
    ),
    responses(
        (status = 200, description = "The channel is gone, within a minute also for what is sent.", body = RemovalView),
    ))]
pub(crate) async fn delete_channel(
    State(desk): State<Arc<Desk>>,
    caller: StaffCaller,
    Path((unit, channel)): Path<(String, String)>,
    seen: IfMatch,
) -> Result<Json<RemovalView>, Problem> {
    let (unit, name) = place(&unit, &channel)?;
    let decide = |before: &Before<'_>| {
        let found = before.find(&unit, name).ok_or_else(Problem::not_found)?;
        check_seen(Precondition::Version(seen.0), Some(found.version))?;
        Ok(Some(Subject::Channel {
            unit: unit.clone(),
            channel: name,
            set: false,
            settings: None,
        }))
    };
    let (session, before) = desk.change_channel(&caller, decide).await?;
    let mut channels: Vec<_> = before.into_iter().map(|one| one.settings).collect();
    let (org, now) = (&session.rules.org, desk.clock.now());
    let reached = reached_units(org, &channels, now);
    channels.retain(|one| one.unit != unit || one.name != name);
    let still = reached_units(org, &channels, now);
    let lost: Vec<_> = reached.difference(&still).collect();
    Ok(Json(RemovalView {
        out_of_reach: lost.into_iter().map(ToString::to_string).collect(),
    }))
}
