//! The first two parts: photos are taken, and reports come in with them.

use anstyle::Style;
use futures_util::StreamExt;
use serde_json::{Value, json};
use uuid::Uuid;
use zhitiao_local::BoxError;
use zhitiao_pictures::scene::{CAMERA, HEIGHT, Subject, WIDTH};
use zhitiao_tests::story::report;
use zhitiao_tests::{Case, Upload};

use crate::demo::Demo;
use crate::handling::Cases;
use crate::photo_folder::{Motif, Photo, PhotoFolder, metadata_bytes, take};
use crate::terminal::{DONE, FAINT, Terminal, size};

/// What the old lady left so that she can be called back; the public never sees it.
pub(crate) const PHONE: &str = "0532-8000 0081";

/// What one resident has to say.
struct Account {
    subject: Subject,
    category: &'static str,
    words: &'static str,
    english: &'static str,
    /// Who enters it, when it comes by telephone.
    by: Option<&'static str>,
}

const ACCOUNTS: [Account; 3] = [
    Account {
        subject: Subject::OpenManhole,
        category: "manhole-cover",
        words: "东门外马路中间的井盖不见了，露着一个大洞，孩子放学都走这里！",
        english: "The manhole cover outside the east gate is gone, children walk here!",
        by: None,
    },
    Account {
        subject: Subject::LeaningWall,
        category: "leaning-wall",
        words: "车库边的围墙往外歪，砖头已经掉下来了，旁边就是人行道。",
        english: "The wall by the garage leans over the sidewalk, bricks are falling.",
        by: None,
    },
    Account {
        subject: Subject::DarkLamp,
        category: "street-lamp",
        words: "81岁老人来电：门口的路灯坏了快一个月，晚上倒垃圾看不清路，怕摔跤。",
        english: "By telephone, a lady of 81: the lamp at my door is dark, I am afraid to fall.",
        by: Some("zhao.min"),
    },
];

/// A resident walks the street with a phone.
pub(crate) async fn take_photos(
    terminal: &mut Terminal,
    photo_folder: &PhotoFolder,
) -> Result<Vec<Photo>, BoxError> {
    terminal.heading("拍照", "Photos are taken")?;
    let [maker, model, serial] = CAMERA;
    terminal.aside(format_args!(
        "Drawn by code, {WIDTH} x {HEIGHT}. Like any phone, this one ({maker} {model}, {serial})"
    ))?;
    terminal.aside("writes maker, serial number, time and GPS position into every file.")?;
    let motifs = Motif::all();
    let count = motifs.len();
    let mut photos = Vec::with_capacity(count);
    let mut taken = std::pin::pin!(take(motifs));
    terminal.progress(format_args!("photo 1 of {count}"))?;
    while let Some(photo) = taken.next().await {
        let photo = photo?;
        photo_folder.keep(&photo)?;
        photos.push(photo);
        show(terminal, &photos, count)?;
    }
    Ok(photos)
}

fn show(terminal: &mut Terminal, photos: &[Photo], count: usize) -> Result<(), BoxError> {
    let Some(photo) = photos.last() else {
        return Ok(());
    };
    let jpeg = &photo.upload.jpeg;
    terminal.line(format_args!(
        "{:>2}/{count}  {:<20} {:>6}, {} B of metadata, EXIF orientation {}  {FAINT}{:.1} s{FAINT:#}",
        photos.len(),
        photo.motif.name(),
        size(jpeg.len()),
        metadata_bytes(jpeg),
        photo.motif.orientation,
        photo.took.as_secs_f32(),
    ))?;
    if photos.len() < count {
        terminal.progress(format_args!("photo {} of {count}", photos.len() + 1))?;
    }
    Ok(())
}

/// Three reports come in, each with three photos.
pub(crate) async fn come_in(demo: &mut Demo, photos: &[Photo]) -> Result<Cases, BoxError> {
    demo.terminal
        .heading("居民上报", "Three residents report, with three photos each")?;
    demo.terminal.aside(
        "Each report is sent twice, as on a bad line. The second answer, in English, is the same case.",
    )?;
    let [manhole, wall, lamp] = ACCOUNTS;
    Ok(Cases {
        manhole: demo.hears(&manhole, photos).await?,
        wall: demo.hears(&wall, photos).await?,
        lamp: demo.hears(&lamp, photos).await?,
    })
}

impl Demo {
    async fn hears(&mut self, account: &Account, photos: &[Photo]) -> Result<Case, BoxError> {
        let shown =
            |photo: &&Photo| photo.motif.subject == account.subject && !photo.motif.repaired;
        let photos: Vec<&Photo> = photos.iter().filter(shown).collect();
        let mut body = report(account.words, "xianggang-huayuan", account.category);
        body["photos"] = photos
            .iter()
            .map(|photo| photo.upload.announcement())
            .collect();
        let (caller, path) = match account.by {
            None => (self.world.anyone(), "/v1/reports"),
            Some(id) => {
                body["channel"] = json!("phone");
                body["contact"] = json!({"name": "徐阿姨", "phone": PHONE});
                (self.world.staff(id), "/v1/desk/reports")
            }
        };
        let key = Uuid::new_v4().to_string();
        let case = Case::of(caller.post_with_key(path, &key, &body).await.expect(201));
        let again = caller.with("accept-language", "en");
        let again = Case::of(again.post_with_key(path, &key, &body).await.expect(200));
        if again.number != case.number {
            return Err("a report sent twice became two cases".into());
        }
        let words = format!("“{}”", account.words);
        let now = self.world.cloud.now();
        self.terminal
            .both_at(now, &words, account.english, Style::new())?;
        for (receipt, style) in [(&case, DONE), (&again, FAINT)] {
            let message = receipt.receipt["message"].as_str().unwrap_or_default();
            self.terminal
                .more(format_args!("{style}{message}{style:#}"))?;
        }
        self.hands_over(&case, &photos).await?;
        self.cases.push(case.clone());
        Ok(case)
    }

    /// Uploads the photos, waits until they are clean, and downloads what the reporter gets to see.
    async fn hands_over(&mut self, case: &Case, photos: &[&Photo]) -> Result<(), BoxError> {
        let grants = case.receipt["uploads"].as_array();
        for (grant, photo) in grants.into_iter().flatten().zip(photos) {
            let Upload { jpeg, .. } = &photo.upload;
            self.terminal
                .progress(format_args!("uploading {}", photo.motif.name()))?;
            self.world.upload(grant, jpeg).await.expect(200);
        }
        self.terminal.progress("sanitizing")?;
        self.world.settle().await;
        let mine = self.world.follow(case).await;
        let (sent, came) = self.fetch(&mine, photos).await?;
        Ok(self.terminal.more(format_args!(
            "{} photos: {} sent, {} come back upright, without a byte of metadata",
            photos.len(),
            size(sent),
            size(came)
        ))?)
    }

    /// Downloads photos of a case as it is shown, and puts them on the contact sheet. Answers the bytes of the
    /// originals and of what came back.
    pub(crate) async fn fetch(
        &mut self,
        case: &Value,
        photos: &[&Photo],
    ) -> Result<(usize, usize), BoxError> {
        let shown = case["photos"].as_array().into_iter().flatten();
        let shown: Vec<_> = shown.collect();
        if shown.len() != photos.len() {
            return Err("not every photo is shown".into());
        }
        let (mut sent, mut came) = (0, 0);
        for (view, photo) in shown.into_iter().zip(photos) {
            let url = view["url"].as_str().ok_or("a photo is not ready")?;
            let clean = self.world.download(url).await;
            if metadata_bytes(&clean) > 0 {
                return Err(format!("{} still carries metadata", photo.motif.name()).into());
            }
            sent += photo.upload.jpeg.len();
            came += clean.len();
            self.figures.photos += 1;
            let removed = metadata_bytes(&photo.upload.jpeg);
            self.figures.metadata += removed;
            self.photo_folder.paste(photo.motif, clean, removed);
        }
        Ok((sent, came))
    }
}
