//! What residents and staff do, as steps of a story.

use reqwest::StatusCode;
use serde_json::{Value, json};
use zhitiao_pictures::GpsPoint;
use zhitiao_pictures::scene::{CameraNote, Scene, Subject, View, photograph, photograph_repaired};

use crate::world::{Answer, Caller, DISTRICT, World, workspace};

/// Where the photos are taken: a street in the district.
const HERE: GpsPoint = GpsPoint {
    lat: 36.0610,
    lon: 120.3880,
};

const TINY_PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x04\0\0\0\x04\x08\x02\0\0\0\x26\x93\x09\x29\
    \0\0\0\x10IDAT\x78\xda\x63\x68\x70\x50\x80\x23\x06\xe2\x38\0\x72\x43\x0e\x01\x44\x83\x5a\x32\
    \0\0\0\0IEND\xae\x42\x60\x82";

/// A photo to upload.
#[derive(Debug, Clone)]
pub struct Upload {
    /// `front`, `side`, `surroundings` or `detail`.
    pub angle: &'static str,
    /// The file.
    pub jpeg: Vec<u8>,
}

impl Upload {
    /// A resident's photo of the subject, held as the orientation (1 to 8, EXIF) says.
    pub fn of(subject: Subject, view: View, orientation: u8) -> Self {
        Self::taken(photograph, subject, view, orientation)
    }

    /// A photo from the same place when the work is done.
    pub fn repaired(subject: Subject, view: View, orientation: u8) -> Self {
        Self::taken(photograph_repaired, subject, view, orientation)
    }

    /// A sound picture of four by four pixels, for stories in which it does not matter what it shows. It is a PNG file
    /// under another name: what counts is its content.
    pub fn tiny() -> Self {
        Self {
            angle: "front",
            jpeg: TINY_PNG.to_vec(),
        }
    }

    fn taken(
        camera: fn(Scene, &CameraNote) -> Vec<u8>,
        subject: Subject,
        view: View,
        orientation: u8,
    ) -> Self {
        let angle = match view {
            View::Front => "front",
            View::Side => "side",
            View::Surroundings => "surroundings",
        };
        let scene = Scene {
            subject,
            view,
            seed: 7,
        };
        let note = CameraNote {
            orientation,
            point: Some(HERE),
        };
        Self {
            angle,
            jpeg: camera(scene, &note),
        }
    }

    /// How the photo is announced.
    pub fn announcement(&self) -> Value {
        json!({"angle": self.angle, "content_type": "image/jpeg", "bytes": self.jpeg.len()})
    }
}

/// A registered case, as its reporter knows it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its number.
    pub number: String,
    /// The key to follow it.
    pub token: String,
    /// The whole receipt.
    pub receipt: Value,
}

impl Case {
    /// Reads a receipt.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn of(receipt: Value) -> Self {
        let text = |name: &str| {
            receipt[name]
                .as_str()
                .unwrap_or_else(|| panic!("{receipt:#}"))
                .to_owned()
        };
        Self {
            number: text("number"),
            token: text("tracking_token"),
            receipt,
        }
    }

    /// Its identifier as keys and logs spell it: the number without hyphens and check character.
    pub fn id(&self) -> String {
        self.number.chars().filter(|c| *c != '-').take(8).collect()
    }
}

/// A sound report that may be published.
pub fn report(text: &str, community: &str, category: &str) -> Value {
    json!({
        "text": text,
        "community": community,
        "category": category,
        "consents": {"publish": true},
    })
}

/// The seeded calendar as operators send it, so that a story can add to it.
///
/// # Panics
/// When the seed cannot be read.
pub fn calendar() -> Value {
    let path = workspace().join("infra/seed/calendar.json");
    let seed = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}"));
    let seed: Value = serde_json::from_str(&seed).unwrap_or_else(|error| panic!("{error}"));
    let years = seed["years"].as_object().into_iter().flatten();
    let years: Vec<Value> = years
        .map(|(year, days)| {
            let mut days = days.clone();
            days["year"] = year.parse::<u16>().unwrap_or_default().into();
            days
        })
        .collect();
    json!({"source": seed["source"], "years": years})
}

/// The same with one weekday more off in its last year.
pub fn calendar_with_day_off(day: &str) -> Value {
    let mut calendar = calendar();
    let last = calendar["years"]
        .as_array_mut()
        .and_then(|years| years.last_mut());
    if let Some(off) = last.and_then(|year| year["off"].as_array_mut()) {
        off.push(day.into());
    }
    calendar
}

impl World {
    /// A resident reports, and uploads the photos.
    pub async fn reports(&self, mut body: Value, photos: &[Upload]) -> Case {
        if !photos.is_empty() {
            body["photos"] = photos.iter().map(Upload::announcement).collect();
        }
        let case = Case::of(self.anyone().post("/v1/reports", &body).await.expect(201));
        for (grant, photo) in case.receipt["uploads"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(photos)
        {
            self.upload(grant, &photo.jpeg).await.expect(200);
        }
        case
    }

    /// Uploads a file as the grant says.
    pub async fn upload(&self, grant: &Value, file: &[u8]) -> Answer {
        let mut request = self.http().put(grant["url"].as_str().unwrap_or_default());
        for (name, value) in grant["headers"].as_object().into_iter().flatten() {
            // The client counts the length itself.
            if name != "content-length" {
                request = request.header(name, value.as_str().unwrap_or_default());
            }
        }
        self.anyone().send(request.body(file.to_vec())).await
    }

    /// Downloads a file from the address that the API gave for it.
    ///
    /// # Panics
    /// When it cannot be downloaded.
    pub async fn download(&self, url: &str) -> Vec<u8> {
        let answer = self.count(self.http().get(url)).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let answer = answer.unwrap_or_else(|error| panic!("{error}"));
        answer.bytes().await.unwrap_or_default().to_vec()
    }

    /// The reporter looks at their case.
    pub async fn follow(&self, case: &Case) -> Value {
        self.anyone()
            .with("tracking-token", &case.token)
            .get("/v1/my/case")
            .await
            .expect(200)
    }

    /// The stored heads of all cases.
    pub fn heads(&self) -> Vec<Value> {
        let mut heads = self.stored();
        heads.retain(|item| item["sk"] == "#" && item["k"].is_array());
        heads
    }

    /// What is stored of a case under sort keys with this prefix, in order.
    pub fn stored_of(&self, case: &Case, prefix: &str) -> Vec<Value> {
        let partition = format!("{DISTRICT}#{}", case.id());
        self.cloud.items_of("CasesTable", &partition, prefix)
    }

    /// What happened to a case, as stored: its events in order, the receipt excluded.
    pub fn events(&self, case: &Case) -> Vec<Value> {
        self.stored_of(case, "EVENT#")
    }
}

impl Caller<'_> {
    /// Reads a case at the desk.
    pub async fn case(&self, number: &str) -> Value {
        self.get(&format!("/v1/desk/cases/{number}"))
            .await
            .expect(200)
    }

    /// Executes a command on the case as it is now, and looks again when a photo arrived meanwhile.
    pub async fn command(&self, number: &str, verb: &str, body: Value) -> Answer {
        loop {
            let version = self.case(number).await["version"].as_u64();
            let version = version.unwrap_or_default();
            let answer = self.command_at(number, version, verb, body.clone()).await;
            let is_outdated = answer.body["current_version"].as_u64() > Some(version);
            if answer.status != StatusCode::CONFLICT || !is_outdated {
                return answer;
            }
        }
    }

    /// Executes a command on the version of the case that the caller saw.
    pub async fn command_at(&self, number: &str, version: u64, verb: &str, body: Value) -> Answer {
        let seen = self.clone().with("if-match", &format!("\"{version}\""));
        seen.post(&format!("/v1/desk/cases/{number}/{verb}"), &body)
            .await
    }

    /// Triages a case without publishing it, and deals it out to a unit.
    pub async fn deal_out(&self, number: &str, category: &str, unit: &str) {
        let triage = json!({"category": category, "publish": false});
        self.command(number, "triage", triage).await.expect(200);
        let assign = json!({"unit": unit});
        self.command(number, "assign", assign).await.expect(200);
    }

    /// Uploads an evidence photo and answers its number once the photo is ready.
    pub async fn add_evidence(&self, world: &World, number: &str, photo: &Upload) -> u64 {
        let path = format!("/v1/desk/cases/{number}/photos");
        let grant = self.post(&path, &photo.announcement()).await.expect(201);
        world.upload(&grant, &photo.jpeg).await.expect(200);
        world.settle().await;
        grant["number"].as_u64().unwrap_or_default()
    }
}

/// The inbox messages that went to a unit.
pub fn to_unit<'m>(messages: &'m [Value], unit: &str) -> Vec<&'m Value> {
    let suffix = format!("#INBOX#{unit}");
    messages
        .iter()
        .filter(|message| {
            message["pk"]
                .as_str()
                .is_some_and(|key| key.ends_with(&suffix))
        })
        .collect()
}
