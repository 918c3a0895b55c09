//! The last parts: what the public reads, and what was counted.

use std::path::Path;
use std::time::Duration;

use anstyle::Style;
use serde_json::{Value, json};
use zhitiao_local::BoxError;
use zhitiao_tests::Case;
use zhitiao_tests::world::{MONDAY, moment, workspace};

use crate::demo::{DESK, Demo, Figures, title};
use crate::handling::{Cases, Repairs};
use crate::reports::PHONE;
use crate::terminal::{ALARM, DONE, FAINT, clock};

/// The public board: the whole story of the lamp, lateness included, and no telephone number.
pub(crate) async fn the_board(
    demo: &mut Demo,
    cases: &Cases,
    repairs: &Repairs<'_>,
) -> Result<(), BoxError> {
    demo.terminal
        .heading("公示", "What anybody can read about the lamp")?;
    let zh = demo.board(&cases.lamp, "zh-CN").await;
    let en = demo.board(&cases.lamp, "en").await;
    demo.head(&zh, &en)?;
    for (zh, en) in entries(&zh).zip(entries(&en)) {
        let at = moment(word(zh, "at"));
        demo.terminal
            .both_at(at, title(zh), title(en), Style::new())?;
        if let Some(words) = zh["detail"].as_str() {
            demo.terminal.more(format_args!("“{words}”"))?;
        }
    }
    demo.check_privacy(&cases.lamp, &zh).await?;
    for (case, photo) in [
        (&cases.manhole, repairs.manhole),
        (&cases.wall, repairs.wall),
        (&cases.lamp, repairs.lamp),
    ] {
        let page = demo.board(case, "zh-CN").await;
        // Evidence comes after the reporter's photos.
        let evidence = page["photos"].as_array().and_then(|photos| photos.last());
        demo.fetch(&json!({"photos": [evidence]}), &[photo]).await?;
    }
    Ok(())
}

impl Demo {
    /// A case as every visitor reads it.
    async fn board(&self, case: &Case, lang: &str) -> Value {
        let anybody = self.world.anyone().with("accept-language", lang);
        let path = format!("/v1/board/cases/{}", case.number);
        anybody.get(&path).await.expect(200)
    }

    /// The head of the page, honest about the promise.
    fn head(&mut self, zh: &Value, en: &Value) -> Result<(), BoxError> {
        let due = clock(moment(word(&zh["promise"], "resolve_due_at")));
        let (style, verdict) = match zh["overdue"].as_bool() {
            Some(true) => (ALARM, "超期 late"),
            _ => (DONE, "按时 on time"),
        };
        Ok(self.terminal.line(format_args!(
            "{}  {}，{}  {FAINT}{}, {}; promised for {due}:{FAINT:#} {style}{verdict}{style:#}",
            word(zh, "number"),
            word(zh, "category"),
            word(zh, "state_name"),
            word(en, "category"),
            word(en, "state_name"),
        ))?)
    }

    /// The desk can call the lady back; the public never sees her number.
    async fn check_privacy(&mut self, case: &Case, page: &Value) -> Result<(), BoxError> {
        let path = format!("/v1/desk/cases/{}/contact", case.number);
        let contact = self.world.staff(DESK).get(&path).await.expect(200);
        if !contact.to_string().contains(PHONE) || page.to_string().contains(PHONE) {
            return Err("the telephone number is not where it belongs".into());
        }
        Ok(self
            .terminal
            .aside("The desk can read the lady's telephone number; this page does not have it.")?)
    }
}

fn entries(case: &Value) -> impl Iterator<Item = &Value> {
    case["timeline"].as_array().into_iter().flatten()
}

fn word<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// What this run has really done.
pub(crate) fn figures(demo: &mut Demo, took: Duration) -> Result<(), BoxError> {
    let sheet = demo.photo_folder.print()?;
    let world = &demo.world;
    let days = world.cloud.now().duration_since(moment(MONDAY)).as_hours() / 24;
    let Figures {
        photos,
        metadata,
        reminders,
    } = demo.figures;
    let lines = [
        format!(
            "{days} days of the district in {:.0} s on this machine",
            took.as_secs_f32()
        ),
        format!(
            "{} requests by people and phones, {} requests to the database",
            world.requests(),
            world.cloud.recorder().calls().len()
        ),
        format!(
            "{} messages into inboxes; {reminders} reminders, and nobody had to think of one",
            demo.messages().len()
        ),
        format!("{photos} photos made clean, {metadata} B about camera, time and place removed"),
        format!("photos as taken: {}", shown(&demo.photo_folder.photos())),
        format!("photos as seen:  {}", shown(&sheet)),
    ];
    demo.terminal.heading("小结", "What was counted")?;
    for line in lines {
        demo.terminal.line(line)?;
    }
    Ok(demo
        .terminal
        .aside("Now it is your turn: `make run` starts a district and prints lines to try.")?)
}

fn shown(path: &Path) -> impl std::fmt::Display {
    let root = workspace();
    path.strip_prefix(&root)
        .unwrap_or(path)
        .display()
        .to_string()
}
