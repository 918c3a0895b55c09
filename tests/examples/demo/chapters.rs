//! What becomes of the three reports, chapter by chapter.

use serde_json::{Value, json};
use zhitiao_local::BoxError;
use zhitiao_pictures::scene::Subject;
use zhitiao_tests::Case;

use crate::album::Photo;
use crate::tale::{DESK, Tale};

/// The three cases of the story.
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
pub(crate) fn everyone_hears(tale: &mut Tale, cases: &Cases) -> Result<(), BoxError> {
    tale.stage
        .chapter("人人看得到", "Everyone hears of it at once")?;
    let mut messages = tale.messages();
    messages.retain(|message| message["case"] == cases.manhole.id());
    let words = messages
        .first()
        .and_then(|message| message["text"].as_str());
    let words = words.ok_or("nobody was told of the new case")?;
    let (words, link) = words.split_once("办理：").unwrap_or((words, ""));
    tale.stage.at(tale.world.cloud.now(), words)?;
    tale.stage.more(format_args!("办理：{link}"))?;
    for message in &messages {
        tale.address(message)?;
    }
    Ok(tale.stage.aside(
        "So for each of the three, to every level. The unit's group chat or webhook gets the same words.",
    )?)
}

/// The desk names categories and deals the cases out.
pub(crate) async fn the_desk(tale: &mut Tale, cases: &Cases) -> Result<(), BoxError> {
    tale.stage
        .chapter("分派", "The community's desk assigns the cases")?;
    tale.wait("2026-11-23T09:05:00+08:00").await?;
    for (case, category, unit) in [
        (&cases.manhole, "manhole-cover", "urban-management"),
        (&cases.wall, "leaning-wall", "emergency-management"),
        (&cases.lamp, "street-lamp", "xianggang-huayuan"),
    ] {
        let triage = json!({"category": category, "publish": true});
        tale.act(DESK, case, "triage", triage).await?;
        let assign = json!({"unit": unit});
        tale.act(DESK, case, "assign", assign).await?;
    }
    tale.wait("2026-11-23T09:12:00+08:00").await?;
    let (wall, lamp) = (&cases.wall, &cases.lamp);
    tale.act("zhong.yuhua", wall, "accept", json!({})).await?;
    tale.note("zhong.yuhua", wall, "人行道先封闭，连夜拆除重砌。")
        .await?;
    tale.act("zhang.wei", lamp, "accept", json!({})).await?;
    tale.note("zhang.wei", lamp, "已去看过，要换灯泡，等配件。")
        .await
}

/// Where nobody takes on what is dangerous, the service speaks up within minutes.
pub(crate) async fn the_manhole(
    tale: &mut Tale,
    cases: &Cases,
    photo: &Photo,
) -> Result<(), BoxError> {
    let case = &cases.manhole;
    tale.stage.chapter(
        "井盖：按分钟算",
        "The manhole: danger is counted in minutes",
    )?;
    tale.stage
        .aside("Two units have taken on their case. Nobody takes on the manhole ...")?;
    tale.wait("2026-11-23T09:36:00+08:00").await?;
    tale.act("ma.jun", case, "accept", json!({})).await?;
    tale.note("ma.jun", case, "围挡已放好，有人看守，新井盖在路上。")
        .await?;
    tale.wait("2026-11-23T10:40:00+08:00").await?;
    tale.resolve("ma.jun", case, photo, "新井盖已装好，检查合格。")
        .await?;
    tale.wait("2026-11-23T11:15:00+08:00").await?;
    tale.close(case, "现场看过，已装好。").await
}

/// The wall is safe within the promised day.
pub(crate) async fn the_wall(
    tale: &mut Tale,
    cases: &Cases,
    photo: &Photo,
) -> Result<(), BoxError> {
    let case = &cases.wall;
    tale.stage
        .chapter("围墙：一天之内", "The wall: safe within the promised day")?;
    tale.wait("2026-11-24T08:20:00+08:00").await?;
    let words = "危墙已拆除重砌，人行道已开放。";
    tale.resolve("zhong.yuhua", case, photo, words).await?;
    tale.wait("2026-11-24T09:30:00+08:00").await?;
    tale.close(case, "现场看过，可以放心走。").await
}

/// The lamp was taken on and forgotten, until the service climbs its ladder.
pub(crate) async fn the_lamp(
    tale: &mut Tale,
    cases: &Cases,
    photo: &Photo,
) -> Result<(), BoxError> {
    let case = &cases.lamp;
    tale.stage
        .chapter("路灯：谁也忘不掉", "The lamp: nobody gets to forget it")?;
    tale.stage
        .aside("It is not dangerous, and it is quiet. Day after day passes ...")?;
    tale.wait_for_days("2026-12-01T09:30:00+08:00").await?;
    let reason = "社区没有登高车，由街道协调。";
    tale.act("sun.zhiqiang", case, "escalate", json!({"reason": reason}))
        .await?;
    tale.act("liu.yang", case, "accept", json!({})).await?;
    tale.note("liu.yang", case, "今天下午登高车到，天黑前修好。")
        .await?;
    tale.wait("2026-12-01T17:05:00+08:00").await?;
    tale.resolve("liu.yang", case, photo, "灯泡和线路都换了，已经亮了。")
        .await?;
    tale.wait("2026-12-02T09:10:00+08:00").await?;
    tale.close(case, "已打电话回访，老人说亮了，谢谢。").await
}

impl Tale {
    /// Somebody writes to the resident.
    async fn note(&mut self, who: &str, case: &Case, text: &str) -> Result<(), BoxError> {
        let note = json!({"to": "resident", "text": text});
        self.act(who, case, "notes", note).await
    }

    /// Somebody uploads a photo of the finished work and says that it is done.
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
