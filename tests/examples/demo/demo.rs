//! The steps of the demo: a person acts, time passes, and every message that goes out is shown.

use anstyle::Style;
use jiff::Timestamp;
use serde_json::Value;
use zhitiao_domain::kernel::calendar::date_of;
use zhitiao_domain::kernel::org::Role;
use zhitiao_local::BoxError;
use zhitiao_tests::world::moment;
use zhitiao_tests::{Case, World};

use crate::names::Names;
use crate::photo_folder::PhotoFolder;
use crate::terminal::{ALARM, DONE, FAINT, Terminal, WARNING};

/// The desk officer through whose eyes the demo reads cases.
pub(crate) const DESK: &str = "wang.fang";

/// The state of the demo.
pub(crate) struct Demo {
    pub(crate) terminal: Terminal,
    pub(crate) world: World,
    pub(crate) names: Names,
    pub(crate) photo_folder: PhotoFolder,
    /// The cases that reminders may be about.
    pub(crate) cases: Vec<Case>,
    pub(crate) figures: Figures,
}

/// What was counted on the way.
#[derive(Default)]
pub(crate) struct Figures {
    /// Photos that came back clean.
    pub(crate) photos: usize,
    /// Bytes of metadata that they had before.
    pub(crate) metadata: usize,
    /// Reminders that fired.
    pub(crate) reminders: usize,
}

impl Demo {
    /// A member of staff executes a command, and the new line of the timeline is shown.
    pub(crate) async fn act(
        &mut self,
        who: &str,
        case: &Case,
        verb: &str,
        body: Value,
    ) -> Result<(), BoxError> {
        let staff = self.world.staff(who);
        let after = staff.command(&case.number, verb, body).await.expect(200);
        let english = self.read(case, "en").await;
        let (zh, en) = (last(&after), last(&english));
        let style = if verb == "resolve" || verb == "close" {
            DONE
        } else {
            Style::new()
        };
        let (now, name) = (self.world.cloud.now(), self.names.person(who));
        let line = format!("{name}：{}", title(zh));
        self.terminal.both_at(now, &line, title(en), style)?;
        if let Some(words) = zh["detail"].as_str() {
            self.terminal.more(format_args!("“{words}”"))?;
        }
        self.world.settle().await;
        Ok(())
    }

    /// The case as the desk reads it, in a language.
    pub(crate) async fn read(&self, case: &Case, lang: &str) -> Value {
        let desk = self.world.staff(DESK).with("accept-language", lang);
        desk.case(&case.number).await
    }

    /// Moves the clock to a moment and shows the reminders that fired on the way.
    pub(crate) async fn wait(&mut self, until: &str) -> Result<(), BoxError> {
        let mut reminders = self.world.wait_until(until).await;
        reminders.retain(|message| message["code"] == "reminded");
        for round in reminders.chunk_by(|a, b| a["case"] == b["case"] && a["event"] == b["event"]) {
            self.figures.reminders += 1;
            self.remind(round).await?;
        }
        Ok(())
    }

    /// Lets day after day pass up to a moment.
    pub(crate) async fn wait_for_days(&mut self, until: &str) -> Result<(), BoxError> {
        let end = date_of(moment(until));
        let mut today = date_of(self.world.cloud.now()).tomorrow()?;
        while today < end {
            self.wait(&format!("{today}T20:00:00+08:00")).await?;
            today = today.tomorrow()?;
        }
        self.wait(until).await
    }

    /// Shows one reminder: what it says, and to whom.
    async fn remind(&mut self, round: &[Value]) -> Result<(), BoxError> {
        let first = &round[0];
        let case = self.cases.iter().find(|case| first["case"] == case.id());
        let case = case.ok_or("a reminder about a case that nobody reported")?;
        let english = self.read(case, "en").await;
        let mut events = english["events"].as_array().into_iter().flatten();
        let event = events.find(|event| event["number"] == first["event"]);
        let words = first["text"].as_str().unwrap_or_default();
        let what = words.trim_start_matches('【').split('】').next();
        let what = what.unwrap_or_default();
        let moment = Timestamp::from_millisecond(first["at"].as_i64().unwrap_or_default())?;
        self.terminal
            .both_at(moment, what, event.map_or("", title), color_of(what))?;
        for message in round {
            self.address(message)?;
        }
        Ok(())
    }

    /// Every message that went to a unit's inbox so far.
    pub(crate) fn messages(&self) -> Vec<Value> {
        let mut messages = self.world.stored();
        messages.retain(|item| {
            let key = item["pk"].as_str().unwrap_or_default();
            key.contains("#INBOX#")
        });
        messages
    }

    /// Shows to whom a message goes, and why to them.
    pub(crate) fn address(&mut self, message: &Value) -> Result<(), BoxError> {
        let unit = message["pk"]
            .as_str()
            .and_then(|key| key.rsplit('#').next());
        let unit = unit.unwrap_or_default();
        let roles: Vec<Role> = serde_json::from_value(message["roles"].clone())?;
        let holders = self.names.holders(unit, &roles).join(", ");
        let words = message["text"].as_str().unwrap_or_default();
        let why = words.split('。').rev().nth(1).unwrap_or_default();
        let unit = self.names.unit(unit);
        let line = format_args!("-> {unit}：{holders}  {FAINT}{why}{FAINT:#}");
        Ok(self.terminal.more(line)?)
    }
}

fn color_of(reminder: &str) -> Style {
    let late = ["红牌", "催办", "通报", "时限已到"];
    if late.iter().any(|word| reminder.contains(word)) {
        ALARM
    } else {
        WARNING
    }
}

fn last(case: &Value) -> &Value {
    case["events"]
        .as_array()
        .and_then(|events| events.last())
        .unwrap_or(&Value::Null)
}

/// What a line of a timeline says.
pub(crate) fn title(event: &Value) -> &str {
    event["title"].as_str().unwrap_or_default()
}
