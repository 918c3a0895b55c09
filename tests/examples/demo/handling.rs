//! What becomes of the three reports, part by part.

use serde_json::{Value, json};
use zhitiao_local::BoxError;
use zhitiao_pictures::scene::Subject;
use zhitiao_tests::Case;

use crate::demo::{DESK, Demo};
use crate::photo_folder::Photo;

/// The three cases of the demo.
pub(crate) struct Cases {
    pub(crate) manhole: Case,
    pub(crate) wall: Case,
    pub(crate) lamp: Case,
}

/// The photos of the finished work.
pub(crate) struct Repairs<'p> {
    pub(crate) manhole: &'p Photo,
    pub(crate) wall: &'p Photo,
    pub(crate) lamp: &'p Photo,
}

impl<'p> Repairs<'p> {
    pub(crate) fn among(photos: &'p [Photo]) -> Result<Self, BoxError> {
        let of = |subject| {
            let mut repaired = photos.iter().filter(|photo| photo.motif.repaired);
            let found = repaired.find(|photo| photo.motif.subject == subject);
            found.ok_or("a photo of the finished work is missing")
        };
        Ok(Self {
            manhole: of(Subject::OpenManhole)?,
            wall: of(Subject::LeaningWall)?,
            lamp: of(Subject::DarkLamp)?,
        })
    }
}

/// Everyone up the chain has the reports in the inbox at once.
pub(crate) fn everyone_hears(demo: &mut Demo, cases: &Cases) -> Result<(), BoxError> {
    demo.terminal
        .heading("人人看得到", "Everyone hears of it at once")?;
    let mut messages = demo.messages();
    messages.retain(|message| message["case"] == cases.manhole.id());
    let words = messages
        .first()
        .and_then(|message| message["text"].as_str());
    let words = words.ok_or("nobody was told of the new case")?;
    let (words, link) = words.split_once("办理：").unwrap_or((words, ""));
    demo.terminal.at(demo.world.cloud.now(), words)?;
    demo.terminal.more(format_args!("办理：{link}"))?;
    for message in &messages {
        demo.address(message)?;
    }
    Ok(demo.terminal.aside(
        "So for each of the three, to every level. The unit's group chat or webhook gets the same words.",
    )?)
}

/// The desk names categories and assigns the cases.
pub(crate) async fn the_desk(demo: &mut Demo, cases: &Cases) -> Result<(), BoxError> {
    demo.terminal
        .heading("分派", "The community's desk assigns the cases")?;
    demo.wait("2026-11-23T09:05:00+08:00").await?;
    for (case, category, unit) in [
        (&cases.manhole, "manhole-cover", "urban-management"),
        (&cases.wall, "leaning-wall", "emergency-management"),
        (&cases.lamp, "street-lamp", "xianggang-huayuan"),
    ] {
        let triage = json!({"category": category, "publish": true});
        demo.act(DESK, case, "triage", triage).await?;
        let assign = json!({"unit": unit});
        demo.act(DESK, case, "assign", assign).await?;
    }
    demo.wait("2026-11-23T09:12:00+08:00").await?;
    let (wall, lamp) = (&cases.wall, &cases.lamp);
    demo.act("zhong.yuhua", wall, "accept", json!({})).await?;
    demo.note("zhong.yuhua", wall, "人行道先封闭，连夜拆除重砌。")
        .await?;
    demo.act("zhang.wei", lamp, "accept", json!({})).await?;
    demo.note("zhang.wei", lamp, "已去看过，要换灯泡，等配件。")
        .await
}

/// Where no unit takes on what is dangerous, the service speaks up within minutes.
pub(crate) async fn the_manhole(
    demo: &mut Demo,
    cases: &Cases,
    photo: &Photo,
) -> Result<(), BoxError> {
    let case = &cases.manhole;
    demo.terminal.heading(
        "井盖：按分钟算",
        "The manhole: danger is counted in minutes",
    )?;
    demo.terminal
        .aside("Two units have taken on their case. Nobody takes on the manhole ...")?;
    demo.wait("2026-11-23T09:36:00+08:00").await?;
    demo.act("ma.jun", case, "accept", json!({})).await?;
    demo.note("ma.jun", case, "围挡已放好，有人看守，新井盖在路上。")
        .await?;
    demo.wait("2026-11-23T10:40:00+08:00").await?;
    demo.resolve("ma.jun", case, photo, "新井盖已装好，检查合格。")
        .await?;
    demo.wait("2026-11-23T11:15:00+08:00").await?;
    demo.close(case, "现场看过，已装好。").await
}

/// The wall is safe within the promised day.
pub(crate) async fn the_wall(
    demo: &mut Demo,
    cases: &Cases,
    photo: &Photo,
) -> Result<(), BoxError> {
    let case = &cases.wall;
    demo.terminal
        .heading("围墙：一天之内", "The wall: safe within the promised day")?;
    demo.wait("2026-11-24T08:20:00+08:00").await?;
    let words = "危墙已拆除重砌，人行道已开放。";
    demo.resolve("zhong.yuhua", case, photo, words).await?;
    demo.wait("2026-11-24T09:30:00+08:00").await?;
    demo.close(case, "现场看过，可以放心走。").await
}

/// The lamp was taken on and forgotten, until the service climbs its ladder.
pub(crate) async fn the_lamp(
    demo: &mut Demo,
    cases: &Cases,
    photo: &Photo,
) -> Result<(), BoxError> {
    let case = &cases.lamp;
    demo.terminal
        .heading("路灯：谁也忘不掉", "The lamp: nobody gets to forget it")?;
    demo.terminal
        .aside("It is not dangerous, and it is quiet. Day after day passes ...")?;
    demo.wait_for_days("2026-12-01T09:30:00+08:00").await?;
    let reason = "社区没有登高车，由街道协调。";
    demo.act("sun.zhiqiang", case, "escalate", json!({"reason": reason}))
        .await?;
    demo.act("liu.yang", case, "accept", json!({})).await?;
    demo.note("liu.yang", case, "今天下午登高车到，天黑前修好。")
        .await?;
    demo.wait("2026-12-01T17:05:00+08:00").await?;
    demo.resolve("liu.yang", case, photo, "灯泡和线路都换了，已经亮了。")
        .await?;
    demo.wait("2026-12-02T09:10:00+08:00").await?;
    demo.close(case, "已打电话回访，老人说亮了，谢谢。").await
}

impl Demo {
    /// A colleague writes to the resident.
    async fn note(&mut self, who: &str, case: &Case, text: &str) -> Result<(), BoxError> {
        let note = json!({"to": "resident", "text": text});
        self.act(who, case, "notes", note).await
    }

    /// A colleague uploads a photo of the finished work and says that it is done.
    async fn resolve(
        &mut self,
        who: &str,
        case: &Case,
        photo: &Photo,
        words: &str,
    ) -> Result<(), BoxError> {
        let staff = self.world.staff(who);
        let adding = staff.add_evidence(&self.world, &case.number, &photo.upload);
        let resolution: Value = json!({"reason": words, "evidence": [adding.await]});
        self.act(who, case, "resolve", resolution).await
    }

    /// The desk looks at all photos, shows them to everyone, and confirms that it is done.
    async fn close(&mut self, case: &Case, words: &str) -> Result<(), BoxError> {
        let page = self.world.staff(DESK).case(&case.number).await;
        let photos = page["photos"].as_array().into_iter().flatten();
        let photos: Vec<_> = photos.map(|photo| &photo["number"]).collect();
        let all = json!({"publish": true, "photos": photos});
        self.act(DESK, case, "publication", all).await?;
        self.act(DESK, case, "close", json!({"reason": words}))
            .await
    }
}
